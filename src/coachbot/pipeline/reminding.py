"""The clock of the reminders: a thread that looks whether a round is due, in every process that works."""

from __future__ import annotations

import logging
import threading

from coachbot.insights.rounds import run_due, zone_of
from coachbot.settings import Settings
from coachbot.store import Store

POLL_S = 20.0

log = logging.getLogger("coachbot.pipeline")


class ReminderClock:
    """Makes rounds of reminders at the times of the settings; of several processes, one makes each.

    Raises UsageError for a time zone that is none.
    """

    def __init__(self, store: Store, conf: Settings, name: str, *, poll_s: float = POLL_S) -> None:
        if conf.remind_at:
            zone_of(conf)
        self.store = store
        self.conf = conf
        self.name = name
        self.poll_s = poll_s
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin, where the settings ask for it."""
        if not self.conf.remind_at:
            return
        self._thread = threading.Thread(target=self._watch, name="coachbot-reminders", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop; a round at work ends first, or is taken up by another process."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=5)

    def _watch(self) -> None:
        while True:
            try:
                made = run_due(self.store, self.conf, self.name)
                for line in made.failed if made else ():
                    log.warning("a reminder was not delivered: %s", line)
            except Exception as error:  # the database may be away for a while
                log.warning("the reminders could not be looked at: %s", error)
            if self._stop.wait(self.poll_s):
                return
