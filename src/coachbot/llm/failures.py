"""What went wrong with a request, in one line that says what to do. No key ever gets into it."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any

from coachbot.errors import (
    BadRequestError,
    ContextError,
    KeyRefusedError,
    ModelError,
    NoSuchModelError,
    QuotaError,
    RateLimitError,
    RefusedError,
    ServerFailedError,
    TimedOutError,
    TooLongError,
    UnreachableError,
    UsageError,
    WrongShapeError,
)
from coachbot.llm.target import Target
from coachbot.llm.wire import LARGEST, OverdueError, OverlongError, causes

SHOWN = 160  # characters of a server's own words
_CONTEXT = re.compile(
    r"(?i)context.?length|maximum context|context.?(?:window|size)|prompt is too long|input is too long"
    r"|too many (?:input )?tokens|exceeds? the (?:available|model)|n_ctx|token limit"
)
_QUOTA = re.compile(r"(?i)insufficient.?(?:quota|balance|credit)|exceeded your current quota|billing")
_FILTER = re.compile(r"(?i)content.?filter|content.?policy|responsible.?ai|safety system|moderation")
_BAD_JSON = re.compile(r"(?i)json_validate_failed|tool_use_failed|failed to (?:validate|generate) json")


def translate(error: Exception, target: Target, timeout: float) -> ModelError | UsageError:
    """The error of a client or provider as one of ours."""
    found = list(causes(error))
    if any(isinstance(e, OverlongError) for e in found):
        return TooLongError(
            f"{target.where} answered with more than {LARGEST // 1_000_000} MB, and was stopped; "
            "choose another model"
        )
    if any(isinstance(e, OverdueError) for e in found) or _named(found, "Timeout"):
        return TimedOutError(
            f"{target.where} did not finish an answer in {timeout:g} s; try again, or raise "
            "COACHBOT_LLM_TIMEOUT"
        )
    status = next((s for e in found if isinstance(s := getattr(e, "status_code", None), int)), None)
    said = next((words for e in found if (words := _said(e))), "")
    if status is not None:
        headers: Mapping[str, str] = next(
            (r.headers for e in found if (r := getattr(e, "response", None)) is not None), {}
        )
        return of_status(status, target.scrub(said), target, headers)
    if _named(found, "ConnectionError", "ConnectError", "NetworkError", "ProtocolError", "ReadError"):
        reason = target.scrub(found[-1])[:SHOWN]
        unreachable = UnreachableError(
            f"no connection to the model server at {target.where} ({reason}): is it running, and is "
            "COACHBOT_LLM_BASE_URL right?"
        )
        unreachable.sent = not _named(found, "ConnectError", "ConnectTimeout")
        return unreachable
    if _named(found, "ContextOverflow"):
        return _context(target)
    if _named(found, "Authentication", "PermissionDenied"):
        return of_status(401, target.scrub(said), target, {})
    if _named(found, "RateLimit"):
        return of_status(429, target.scrub(said), target, {})
    return ServerFailedError(
        f"{target.where} did not send an answer that can be read; is COACHBOT_LLM_BASE_URL that of a model "
        "server (it often ends in /v1)?",
        detail=target.scrub(said or error)[:1000],
    )


def of_status(status: int, said: str, target: Target, headers: Mapping[str, str]) -> ModelError:
    """The error of an HTTP status, with what the server says about it (scrubbed already)."""
    says = f" (it says: {said[:SHOWN]})" if said else ""
    detail = said[:1000]
    if _BAD_JSON.search(said):
        return WrongShapeError(f"{target.model} did not write valid JSON{says}", detail=detail)
    if _CONTEXT.search(said) and status in (400, 413, 422, 500):
        return _context(target, detail)
    if _FILTER.search(said) and status in (400, 403):
        return RefusedError(f"a content filter at {target.where} refused the request{says}", detail=detail)
    if status in (401, 403):
        return KeyRefusedError(
            f"{target.where} refuses the key ({status}): check COACHBOT_LLM_API_KEY{says}", detail=detail
        )
    if status == 404:
        return NoSuchModelError(
            f"{target.where} has no model {target.model!r} (404): check COACHBOT_LLM_MODEL, and "
            f"COACHBOT_LLM_BASE_URL, which often ends in /v1{says}",
            detail=detail,
        )
    if status == 402 or (status == 429 and _QUOTA.search(said)):
        return QuotaError(f"the account at {target.where} has no credit left ({status}){says}", detail=detail)
    if status == 429:
        return RateLimitError(
            f"{target.where} takes no more requests for now (429); try later{says}",
            retry_after=retry_after(headers),
            detail=detail,
        )
    if status == 413:
        return _context(target, detail)
    if status == 408:
        return TimedOutError(f"{target.where} gave up waiting (408); try again{says}", detail=detail)
    if status >= 500 or status in (409, 425):
        return ServerFailedError(
            f"{target.where} failed ({status}); try again{says}",
            retry_after=retry_after(headers),
            detail=detail,
        )
    return BadRequestError(f"{target.where} refuses the request ({status}){says}", detail=detail)


def of_body(body: Any, target: Target) -> ModelError:
    """The error that a server put into an answer which says 200."""
    inner = body.get("error", body) if isinstance(body, Mapping) else body
    said = target.scrub(_words(inner))
    code = inner.get("code", inner.get("status")) if isinstance(inner, Mapping) else None
    known = isinstance(code, (int, str)) and re.fullmatch("[45][0-9][0-9]", str(code))
    return of_status(int(str(code)) if known else 500, said, target, {})


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that a server asks to wait: `retry-after-ms`, or `retry-after` in seconds or as a date."""
    try:
        if (ms := headers.get("retry-after-ms")) is not None:
            return max(0.0, float(ms) / 1000)
        value = headers.get("retry-after")
        if value is None:
            return None
        if re.fullmatch(r"\s*[0-9.]+\s*", value):
            return float(value)
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    except (TypeError, ValueError, OverflowError):
        return None


def _context(target: Target, detail: str = "") -> ContextError:
    return ContextError(
        f"the request is longer than {target.model} can read: set COACHBOT_LLM_CONTEXT to its tokens, and "
        "give the server that much",
        detail=detail,
    )


def _named(found: list[BaseException], *words: str) -> bool:
    names = [c.__name__ for e in found for c in type(e).__mro__]
    return any(word in name for name in names for word in words)


def _said(error: BaseException) -> str:
    body = getattr(error, "body", None)
    if isinstance(body, (Mapping, list)):
        return _words(body.get("error", body) if isinstance(body, Mapping) else body)
    message = getattr(error, "message", None)
    return message if isinstance(message, str) else ""


def _words(body: Any) -> str:
    """What a body says, from the members that hold words of the server's own. An echoed input is not read."""
    if isinstance(body, str):
        return body
    if isinstance(body, list):
        return "; ".join(_words(part) for part in body[:3])
    if not isinstance(body, Mapping):
        return ""
    if "loc" in body:
        return f"{'.'.join(map(str, body['loc']))}: {body.get('msg', '')}"
    parts = [body.get(key) for key in ("message", "msg", "param", "code", "type", "detail", "error")]
    return ", ".join(_words(p) if isinstance(p, (Mapping, list)) else str(p) for p in parts if p)
