from __future__ import annotations

import zlib

import pytest
from sqlalchemy import text

from coachbot.errors import StoreError, UsageError
from coachbot.model.workspace import StepRun, StepState
from coachbot.store import ConflictError, Decision, NotFoundError, Store, Usage
from store_world import a_fact, a_recap, a_transcript, add_call, add_deal, add_user, an_item, at


def test_a_transcript_is_stored_once_and_never_changed(store: Store) -> None:
    first, second = a_transcript("Hello", "Good morning ☀"), a_transcript("Hello", "Good evening")
    with store.begin() as unit:
        call = add_call(unit)
        one = unit.transcripts.put(call.id, first)
        assert unit.transcripts.put(call.id, first) == one
        two = unit.transcripts.put(call.id, second)
        assert (one.number, two.number) == (1, 2)
        assert one.hash != two.hash
        assert unit.transcripts.load(call.id) == second
        assert unit.transcripts.load(call.id, 1) == first
        assert unit.transcripts.turns([call.id])[call.id][1]["text"] == "Good evening"
        with pytest.raises(NotFoundError):
            unit.transcripts.load(call.id, 3)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE transcripts SET hash = 'x'",
        "UPDATE audit SET who = 'me'",
        "DELETE FROM audit",
        "UPDATE decisions SET action = 'accept'",
    ],
)
def test_the_database_itself_keeps_records_as_they_were(store: Store, statement: str) -> None:
    with store.begin() as unit:
        call = add_call(unit, 1, "Hello")
        unit.audit.add("call.add", f"call:{call.id}", who="ana")
        unit.decisions.add(a_decision(call.id))
    with pytest.raises(UsageError, match="only ever added to"), store.begin() as unit:
        unit.connection.execute(text(statement))


def test_the_audit_cannot_be_emptied_at_once(postgres_store: Store) -> None:
    with pytest.raises(UsageError, match="only ever added to"), postgres_store.begin() as unit:
        unit.connection.execute(text("TRUNCATE audit"))


@pytest.mark.parametrize("damage", [b"not zlib", zlib.compress(b'{"id":"x"}')])
def test_a_damaged_transcript_is_noticed(sqlite_store: Store, damage: bytes) -> None:
    with sqlite_store.begin() as unit:
        call = add_call(unit, 1, "Hello")
        unit.connection.execute(text("DROP TRIGGER transcripts_no_update"))
        unit.connection.execute(text("UPDATE transcripts SET body = :body"), {"body": damage})
        with pytest.raises(StoreError, match="restore a backup"):
            unit.transcripts.load(call.id)


def test_every_recap_is_kept_with_its_order(store: Store) -> None:
    with store.begin() as unit:
        call = add_call(unit)
        assert unit.recaps.next_number(call.id) == 1
        first = unit.recaps.put(a_recap(call.id, 1))
        assert unit.recaps.put(a_recap(call.id, 1)) == first
        unit.recaps.put(a_recap(call.id, 2, more=True))
        with pytest.raises(ConflictError):
            unit.recaps.put(a_recap(call.id, 1, more=True))
        assert unit.recaps.next_number(call.id) == 3
        assert list(unit.recaps.load(call.id, 1).recap) == ["schema", "zebra", "apple"]
        latest = unit.recaps.latest(call.id)
        assert latest is not None
        assert latest.number == 2
        assert [v["number"] for v in unit.recaps.versions(call.id)] == [1, 2]
        with pytest.raises(NotFoundError):
            unit.recaps.load("none")


def test_an_item_with_all_its_parts_comes_back(store: Store) -> None:
    with store.begin() as unit:
        call = add_call(unit)
        item = an_item(
            call.id, by_hand=True, status="edited", proposed={"value": "x"}, why="clearer", decided_by="ana",
            decided_at=at(4), key=None, kind="next_step",
        )  # fmt: skip
        unit.items.add(item)
        assert unit.items.need(item.id) == item
        saved = unit.items.update(item.model_copy(update={"status": "rejected"}), expected=1)
        assert unit.items.need(item.id) == saved
        with pytest.raises(ConflictError) as caught:
            unit.items.update(item, expected=1)
        assert (caught.value.current, caught.value.proposed) == (saved, item)
    with pytest.raises(UsageError, match="refused"), store.begin() as unit:
        unit.items.add(item)


def test_running_again_never_undoes_a_decision(store: Store) -> None:
    with store.begin() as unit:
        call = add_call(unit)
        drafts = [an_item(call.id, f"i{n}", value={"value": f"v{n}"}) for n in range(5)]
        unit.items.sync(call.id, drafts, recap_version=1)
        for n, status in ((1, "accepted"), (2, "edited"), (3, "rejected")):
            item = unit.items.need(f"i{n}")
            unit.items.update(
                item.model_copy(update={"status": status, "decided_by": "ana", "value": {"value": "mine"}}),
                expected=1,
            )
        unit.items.add(an_item(call.id, "hand", by_hand=True))
        again = [
            an_item(call.id, "new"),
            drafts[1],
            drafts[0].model_copy(update={"value": {"value": "better"}}),
        ]
        found = {i.id: i for i in unit.items.sync(call.id, again, recap_version=2)}
    assert list(found) == ["new", "i1", "i0", "i2", "i3", "hand"] or set(found) == {
        "new", "i1", "i0", "i2", "i3", "hand",
    }  # fmt: skip
    assert found["i0"].value == {"value": "better"}
    assert (found["i1"].status, found["i1"].value, found["i1"].stale) == (
        "accepted",
        {"value": "mine"},
        False,
    )
    assert (found["i2"].status, found["i2"].stale) == ("edited", True)
    assert (found["i3"].status, found["i3"].stale) == ("rejected", True)
    assert (found["hand"].stale, found["hand"].by_hand) == (False, True)
    assert (found["i0"].recap_version, found["i0"].version, found["i1"].version) == (2, 2, 2)


def test_syncing_the_same_again_changes_no_version(store: Store) -> None:
    with store.begin() as unit:
        call = add_call(unit)
        drafts = [an_item(call.id, f"i{n}") for n in (2, 1)]
        first = unit.items.sync(call.id, drafts, recap_version=1)
        assert unit.items.sync(call.id, drafts, recap_version=1) == first
        assert [i.id for i in first] == ["i2", "i1"]
        other = add_call(unit, 2)
        with pytest.raises(UsageError, match="belongs to call"):
            unit.items.sync(other.id, drafts, recap_version=1)
        assert unit.items.progress([call.id, other.id]) == {call.id: (0, 2)}


def a_decision(call_id: str, item_id: str = "item-1", action: str = "accept", **known: object) -> Decision:
    values = {"kind": "field", "key": "pain", "at": at(9), "engine": "local", "by": "ana"} | known
    return Decision(item_id=item_id, call_id=call_id, action=action, **values)  # type: ignore[arg-type]


def test_decisions_are_counted_by_the_last_word(store: Store) -> None:
    with store.begin() as unit:
        call = add_call(unit)
        for item, action in (("a", "reject"), ("a", "accept"), ("b", "accept"), ("c", "edit")):
            unit.decisions.add(a_decision(call.id, item, action))
        unit.decisions.add(a_decision(call.id, "d", "accept", prompt="v2"))
        found = {(c.prompt, c.action): c.count for c in unit.decisions.acceptance(kind="field")}
        assert found == {(None, "accept"): 2, (None, "edit"): 1, ("v2", "accept"): 1}
        assert unit.decisions.acceptance(kind="objection") == ()
        assert [d.action for d in unit.decisions.of_item("a")] == ["reject", "accept"]
        ids = [d.id for d in unit.decisions.of_call(call.id)]
        assert ids == sorted(ids)
        assert len(set(ids)) == 5


def test_a_fact_is_one_for_an_item_and_can_be_taken_back(store: Store) -> None:
    with store.begin() as unit:
        add_user(unit, "Ana")
        deal = add_deal(unit)
        call = add_call(unit, deal_id=deal.id)
        old = unit.facts.put(a_fact(deal.id, call.id, "i1"))
        assert unit.facts.put(a_fact(deal.id, call.id, "i1", id="other", value={"value": "x"})).id == old.id
        new = unit.facts.put(a_fact(deal.id, call.id, "i2", accepted_by="ana"))
        unit.facts.replace(old.id, new.id)
        assert unit.facts.of_deal(deal.id) == (new,)
        assert [f.replaced_by for f in unit.facts.of_deal(deal.id, replaced=True)] == [new.id, None]
        assert unit.facts.keys_by_deal() == {deal.id: {("field", "pain")}}
        assert unit.facts.withdraw("i2") == new
        assert [f.item_id for f in unit.facts.of_deal(deal.id, kind="field", key="pain")] == ["i1"]
        assert unit.facts.withdraw("i2") is None
        with pytest.raises(NotFoundError):
            unit.facts.replace("none", "x")


def test_steps_usage_and_marks(store: Store) -> None:
    with store.begin() as unit:
        call = add_call(unit)
        assert unit.steps.load(call.id, "extract") == StepRun(call_id=call.id, step="extract")
        for state, attempts in ((StepState.RUNNING, 1), (StepState.FAILED, 1), (StepState.DONE, 2)):
            unit.steps.put(StepRun(call_id=call.id, step="extract", state=state, attempts=attempts))
        unit.steps.put(StepRun(call_id=call.id, step="transcribe", state=StepState.DONE, started_at=at(1)))
        assert [(s.step, s.attempts) for s in unit.steps.of_call(call.id)] == [
            ("transcribe", 0),
            ("extract", 2),
        ]
        assert unit.steps.counts() == {("extract", StepState.DONE): 1, ("transcribe", StepState.DONE): 1}
        unit.steps.clear(call.id, ["extract"])
        assert [s.step for s in unit.steps.of_call(call.id)] == ["transcribe"]
        for seconds in (1.0, 2.5):
            unit.usage.put(Usage(call_id=call.id, job="extract:1", engine="local", seconds=seconds, at=at(2)))
        unit.usage.put(Usage(call_id=call.id, job="extract:2", engine="local", tokens_in=7, at=at(3)))
        (total,) = unit.usage.totals()
        assert (total["calls"], total["tokens_in"], total["seconds"], total["cost"]) == (1, 7, 2.5, None)
        assert unit.usage.totals(since=at(4)) == []


def test_the_latest_mark_counts(store: Store) -> None:
    with store.begin() as unit:
        for key, value in (("silent", 1), ("single", 2), ("silent", 3)):
            unit.marks.add("risk.dismissed", "deal:1", key=key, value={"n": value}, by="ana", why="known")
        unit.marks.add("risk.dismissed", "deal:2")
        latest = unit.marks.latest("risk.dismissed", "deal:1", "silent")
        assert latest is not None
        assert (latest.value, latest.why) == ({"n": 3}, "known")
        assert unit.marks.latest("risk.dismissed", "deal:1") is None
        assert unit.marks.latest("risk.dismissed", "deal:2") is not None
        assert [m.value.get("n") for m in unit.marks.current("risk.dismissed")] == [2, 3, None]
        assert len(unit.marks.history("risk.dismissed", "deal:1")) == 3


def test_the_audit_is_read_from_both_ends(store: Store) -> None:
    with store.begin() as unit:
        entries = [
            unit.audit.add(
                "item.accept",
                f"item:{n % 2}",
                who="ana",
                before={"status": "draft"},
                after={"n": n},
                why="yes",
            )
            for n in range(5)
        ]
        page = unit.audit.list(who="ana", limit=3)
        assert [e.after for e in page.items] == [{"n": 4}, {"n": 3}, {"n": 2}]
        assert unit.audit.list(subject="item:1", what="item.accept").items == (entries[3], entries[1])
        assert unit.audit.since(entries[2].id) == tuple(entries[3:])
        assert unit.audit.since(entries[2].id, subject="item:0") == (entries[4],)
