"""What must hold when all is done: nothing lost, nothing twice, and everything fits together."""

from __future__ import annotations

from collections import Counter
from typing import Any

from coachbot.model.workspace import STEPS, CallState, StepState
from coachbot.pipeline.work import _calls_index
from coachbot.settings import settings
from coachbot.store import Store
from coachbot.store.export import check


def left(store: Store) -> tuple[int, int]:
    """How many calls are not done, and how many have no index yet."""
    with store.read() as unit:
        counts = unit.calls.counts()
        done = unit.steps.counts().get(("index", StepState.DONE), 0)
    waiting = counts.get(CallState.QUEUED, 0) + counts.get(CallState.RUNNING, 0)
    return waiting, counts.get(CallState.DRAFT, 0) + waiting - done


def faults(store: Store, ids: list[str]) -> list[str]:
    """What is wrong, one line each."""
    wrong: list[str] = []

    def expect(what: str, found: Any, wanted: Any) -> None:
        if found != wanted:
            wrong.append(f"{what}: {found}, expected {wanted}")

    expect("ids given out twice", [i for i, n in Counter(ids).items() if n > 1], [])
    with store.read() as unit:
        calls = unit.calls.many(ids)
        expect("calls in the store", sum(unit.calls.counts().values()), len(ids))
        expect("calls lost", sorted(set(ids) - set(calls)), [])
        expect(
            "states", Counter((str(c.state), c.error) for c in calls.values()), {("draft", None): len(ids)}
        )
        runs = unit.steps.of_calls(ids)
        expect("steps", Counter(r.step for rs in runs.values() for r in rs), dict.fromkeys(STEPS, len(ids)))
        states = Counter((str(r.state), r.error) for rs in runs.values() for r in rs)
        expect("states of steps", states, {("done", None): len(ids) * len(STEPS)})
        expect("recaps a call", Counter(len(unit.recaps.versions(i)) for i in ids), {1: len(ids)})
        transcripts = Counter(getattr(unit.transcripts.info(i), "number", None) for i in ids)
        expect("transcripts a call", transcripts, {1: len(ids)})
        notices = Counter(len(unit.marks.history("notice.draft", f"call:{i}")) for i in ids)
        expect("notices a call", notices, {1: len(ids)})
        items = {i: unit.items.of_call(i) for i in ids}
        for call_id, found in items.items():
            same = [k for k, n in Counter((x.kind, x.key, str(x.proposed)) for x in found).items() if n > 1]
            expect(f"items twice in {call_id}", same, [])
        jobs = [u.job for i in ids for u in unit.usage.of_call(i)]
        expect("entries of usage", len(jobs), len(ids))
        for what, wanted in (("call.add", 1), ("call.retry", 0), ("call.cancel", 0)):
            found_in = Counter(e.subject for e in _audit(unit, what))
            expect(f"audit {what}", found_in, {f"call:{i}": wanted for i in ids} if wanted else {})
    wrong += [f"store: {line}" for line in check(store, deep=True)]
    return wrong + _index_faults(ids)


def _audit(unit: Any, what: str) -> list[Any]:
    found, cursor = [], None
    while True:
        page = unit.audit.list(what=what, limit=500, cursor=cursor)
        found += page.items
        cursor = page.next_cursor
        if cursor is None:
            return found


def _index_faults(ids: list[str]) -> list[str]:
    wrong: list[str] = []
    _calls_index.cache_clear()
    index = _calls_index(settings().home)
    try:
        name, total = index._collection(), 0
        for call_id in ids:
            rows = index._words.rows("select n, fingerprint, id from passages where owner = ?", (call_id,))
            there = sorted(f"{n}-{mark}" for n, mark, _ in rows)
            if not rows or len({row[2] for row in rows}) != len(rows):
                wrong.append(
                    f"index: call {call_id} has {len(rows)} passages, {len({r[2] for r in rows})} ids"
                )
            if sorted(index._chroma.owned(name, call_id)) != there:
                wrong.append(f"index: vectors of call {call_id} are not those of its passages")
            total += len(rows)
        if not index._chroma.count(name) == index.size == total:
            wrong.append(
                f"index: {index._chroma.count(name)} vectors, {index.size} passages, {total} of calls"
            )
    finally:
        index.close()
        _calls_index.cache_clear()
    return wrong


def unfinished_jobs(store: Store) -> dict[str, int]:
    """Jobs of the line that did not end well, by state; empty is right."""
    from dbos import DBOSClient

    from coachbot.pipeline import Runtime

    client = DBOSClient(system_database_url=Runtime(store, work=False)._config()["system_database_url"])
    try:
        found = client.list_workflows(load_input=False, load_output=False)
    finally:
        client.destroy()
    return dict(Counter(w.status for w in found if w.status != "SUCCESS"))
