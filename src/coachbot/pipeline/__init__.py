"""The work on calls, durable: what came in is stored first, and every step survives a crash.

    take_in(store, stream, name, meta=…)    a file becomes a call
    with Runtime(store) as runtime:         works in this process, until closed
        runtime.submit(call)                put it in line; retry, cancel, wait

`work` says what the steps do, `steps` keeps their state, `runtime` is the only module that knows DBOS.
"""

from __future__ import annotations

from coachbot.pipeline.intake import Taken, files_of, find_deal, meta_from_json, take_in, take_in_path
from coachbot.pipeline.runtime import Runtime
from coachbot.pipeline.steps import states, waits_for_index
from coachbot.pipeline.work import context_of, playbook_for, playbook_of

__all__ = [
    "Runtime",
    "Taken",
    "context_of",
    "files_of",
    "find_deal",
    "meta_from_json",
    "playbook_for",
    "playbook_of",
    "states",
    "take_in",
    "take_in_path",
    "waits_for_index",
]
