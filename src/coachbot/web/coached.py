"""Sheets of many calls for the coaching queue: made one after the other beside the pages, and kept.

Looking at a call takes a second or two, so no page waits for it: a page asks for the sheets of some calls,
gets those that are there, and asks again for the rest.
"""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Sequence
from typing import NamedTuple

from coachbot.coach import CoachSheet, coach_call
from coachbot.store import Store
from coachbot.web.context import book_of

log = logging.getLogger(__name__)
MOST_KEPT = 400
Stamp = tuple[object, ...]
"""What a sheet was made of; another stamp, another sheet."""


class Wanted(NamedTuple):
    """A call whose sheet is wanted."""

    call_id: str
    stamp: Stamp


class Coached:
    """Sheets by call. Safe to ask from several threads; one thread of its own makes them."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, tuple[Stamp, CoachSheet | None]] = OrderedDict()
        self._line: list[Wanted] = []
        self._at_work = False

    def of(self, wanted: Sequence[Wanted]) -> dict[str, CoachSheet | None]:
        """Those that are made, by call; None for a call that cannot be looked at. The others come into line,
        in the order given, in place of what was in line before.
        """
        with self._lock:
            there = {
                w.call_id: self._kept[w.call_id][1]
                for w in wanted
                if w.call_id in self._kept and self._kept[w.call_id][0] == w.stamp
            }
            for call_id in there:
                self._kept.move_to_end(call_id)
            missing = [w for w in wanted if w.call_id not in there]
            asked = {w.call_id for w in missing}
            self._line = [*missing, *(w for w in self._line if w.call_id not in asked)][:MOST_KEPT]
            if missing and not self._at_work:
                self._at_work = True
                threading.Thread(target=self._run, name="coaching", daemon=True).start()
        return there

    def _run(self) -> None:
        while True:
            with self._lock:
                if not self._line:
                    self._at_work = False
                    return
                call_id, stamp = self._line[0]
            sheet = self._made(call_id)
            with self._lock:
                self._line = [w for w in self._line if w != (call_id, stamp)]
                self._kept[call_id] = (stamp, sheet)
                self._kept.move_to_end(call_id)
                while len(self._kept) > MOST_KEPT:
                    self._kept.popitem(last=False)

    def _made(self, call_id: str) -> CoachSheet | None:
        try:
            with self._store.read() as unit:
                call = unit.calls.need(call_id)
                return coach_call(unit, call, book_of(unit, call))
        except Exception as error:  # one call that cannot be looked at must not end the line
            log.warning("call %s is left out of the coaching queue: %s", call_id, error)
            return None
