"""The HTTP client under the model's client: a request ends in time and an answer has an end.

A read time-out alone bounds the wait for the next byte, so a server that drips would hold a call for
ever; here the whole answer has to arrive in the time that the request was given.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

LARGEST = 4_000_000  # bytes of one answer; an extraction of a three-hour call has some 100,000
_HTTP = ("httpx", "httpx2")  # which of them the openai package uses depends on its version
_START = "coachbot_start"


class OverdueError(Exception):
    """The answer was still arriving when its time was over."""


class OverlongError(Exception):
    """The answer passed LARGEST."""


def http_client(local: bool) -> Any:
    """A client for the openai package. `local`: leave out the proxies of the environment."""
    import openai

    return openai.DefaultHttpxClient(
        event_hooks={"request": [_begin], "response": [_watch]},
        headers={"Accept-Encoding": "identity"},
        trust_env=not local,
        verify=_trust(),
    )


@lru_cache(maxsize=1)
def _trust() -> Any:
    """The certificates that are trusted, read once a process (some 40 ms)."""
    import openai

    base = next(c for c in openai.DefaultHttpxClient.__mro__ if c.__module__.partition(".")[0] in _HTTP)
    return sys.modules[base.__module__.partition(".")[0]].create_ssl_context()


def _begin(request: Any) -> None:
    request.extensions[_START] = time.monotonic()


def _watch(response: Any) -> None:
    """Put the guard around a response's body, before it is read."""
    times = response.request.extensions.get("timeout") or {}
    limit = times.get("read")
    start = response.request.extensions.get(_START)
    if limit is None or start is None:
        return
    end = start + limit
    times["read"] = max(0.05, end - time.monotonic())  # for each part that still comes
    response.stream = _guarded(response.stream, end)


def _guarded(stream: Any, end: float) -> Any:
    # httpx and httpx2 both check for a base class of their own; it is the one of the stream at hand
    base = next(c for c in type(stream).__mro__ if c.__name__ == "SyncByteStream")

    class Guard(base):  # type: ignore[misc, valid-type]
        def __iter__(self) -> Iterator[bytes]:
            size = 0
            for chunk in stream:
                size += len(chunk)
                if size > LARGEST:
                    raise OverlongError
                if time.monotonic() > end:
                    raise OverdueError
                yield chunk

        def close(self) -> None:
            stream.close()

    return Guard()


def causes(error: BaseException) -> Iterator[BaseException]:
    """The error and what it came from."""
    seen: BaseException | None = error
    for _ in range(sys.getrecursionlimit() // 10):
        if seen is None:
            return
        yield seen
        seen = seen.__cause__ or seen.__context__
