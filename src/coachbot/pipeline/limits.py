"""How many requests go to a provider at a time and a minute, over all processes of a workspace."""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from coachbot.errors import StoreError
from coachbot.llm.gate import Provider
from coachbot.settings import Settings
from coachbot.store import Store

POLL_S = 0.25
MARGIN_S = 10.0
"""Seconds that a turn lasts longer than its request may take."""
log = logging.getLogger("coachbot.pipeline")


class StoppedError(BaseException):
    """The process stops while somebody waits for a turn. No step's failure: the step is taken up again."""


class Turns:
    """Turns that the workspace's database counts; see `coachbot.llm.gate`."""

    def __init__(self, store: Store, name: str, conf: Settings) -> None:
        self.store, self.name, self.conf = store, name, conf
        self._stop = threading.Event()

    def begin(self) -> None:
        """What a dead process of this worker's name held ends soon."""
        self.store.run(lambda unit: unit.slots.inherit(self.name, within_s=self.conf.worker_timeout))

    def stop(self) -> None:
        """Nobody gets a turn any more; who waits for one is sent away with StoppedError."""
        self._stop.set()

    @contextmanager
    def turn(self, provider: Provider, seconds: float) -> Iterator[None]:
        """A turn for one request; waits until there is one."""
        while (slot := self._take(provider, seconds)) is None:
            if self._stop.wait(POLL_S * (0.5 + random.random())):
                raise StoppedError
        try:
            yield
        finally:
            self._give_back(slot)

    def _take(self, provider: Provider, seconds: float) -> str | None:
        at_once, per_minute = self._limits(provider)
        try:
            return self.store.run(
                lambda unit: unit.slots.take(
                    provider, self.name, at_once=at_once, per_minute=per_minute,
                    lease_s=seconds + MARGIN_S, dead_after_s=self.conf.worker_timeout,
                )
            )  # fmt: skip
        except StoreError as error:
            if not error.transient:
                raise
            return None  # a database that is away gives no turns

    def _limits(self, provider: Provider) -> tuple[int, int | None]:
        if provider == "llm":
            return self.conf.llm_concurrency, self.conf.llm_per_minute
        return self.conf.transcribe_concurrency, self.conf.transcribe_per_minute

    def _give_back(self, slot: str) -> None:
        try:
            self.store.run(lambda unit: unit.slots.give_back(slot))
        except StoreError as error:  # it ends by itself
            log.warning("a turn could not be given back: %s", error)
