"""A rep's review on both databases: decisions, conflicts, undo, facts, the stage's gate."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from coachbot.errors import ConflictError, UsageError
from coachbot.model.claims import EngineReport, Evidence, Match
from coachbot.model.playbook import Playbook
from coachbot.model.recap import (
    CallInfo,
    Coverage,
    CriterionResult,
    FieldResult,
    Item,
    NextStep,
    Objection,
    PlaybookRef,
    Recap,
    SourceRef,
    StageAssessment,
    Stakeholder,
)
from coachbot.model.transcript import Participant, Side, Source, Transcript, Turn
from coachbot.model.workspace import Account, Call, CallState, Deal
from coachbot.playbook import load_playbook
from coachbot.review import (
    Reviewer,
    accept,
    accept_earned,
    acceptance,
    add,
    edit,
    evidence_at,
    evidence_for,
    finish,
    gate_of,
    link,
    publish,
    reject,
    review_of,
    reviewed_recap,
    set_stage,
    tick,
    undo,
)
from coachbot.store import Store, Unit

SAID = (
    "Our schedulers lose two hours a day to double bookings.",
    "We must be under one percent clashes by March or it was for nothing.",
    "Send the pricing to Dana by Friday, she signs it off.",
    "Honestly, the price is twice what we pay now.",
)

DOCUMENTED = "problem_and_outcome_documented"


@pytest.fixture(scope="module")
def book() -> Playbook:
    return load_playbook("b2b-saas")


@pytest.fixture(scope="module")
def by(book: Playbook) -> Reviewer:
    return Reviewer(user_id=None, playbook=book)


def said(turn: int, quote: str | None = None) -> tuple[Evidence, ...]:
    text = quote or SAID[turn]
    return (
        Evidence(turn=turn, speaker="Ana Ruiz", quote=text, match=Match.EXACT, start=SAID[turn].index(text)),
    )


def recap_with(
    fields: dict[str, tuple[tuple[str, int], ...]], *, met: tuple[int, ...] = (), price: bool = True
) -> Recap:
    return Recap(
        schema="coachbot/recap/1",
        call=CallInfo(id="c1", title="Call", date="2026-03-02", duration_s=None, participants=(),
                      source=SourceRef(format="vtt", sha256="0" * 64)),
        playbook=PlaybookRef(id="b2b-saas", version="1.1"),
        engine=EngineReport(name="local"),
        coverage=Coverage(turns_read=4, turns_total=4),
        summary=(),
        fields={
            f: FieldResult(state="found", items=tuple(
                Item(id=f"{f}{n}"[:12], value=v, confidence=0.8, evidence=said(t))
                for n, (v, t) in enumerate(vs)
            ))
            for f, vs in fields.items()
        },
        stakeholders=(Stakeholder(name="Dana Cole", role="CFO", side="buyer", on_call=False,
                                  influence="economic_buyer", evidence=said(2)),),
        objections=(Objection(category="price_budget", text="Twice what we pay", handled="no", response=None,
                              evidence=said(3)),) if price else (),
        next_steps=(NextStep(what="Send the pricing to Dana", owner="seller", when="by Friday",
                             date="2026-03-06", committed=True, evidence=said(2)),),
        stage=StageAssessment(before="discovery", suggested="discovery", direction="stay", why="",
                              exit_criteria=tuple(
                                  CriterionResult(id=DOCUMENTED, text="x", met=True, evidence=said(t))
                                  for t in met), missing=()),
        risks=(),
        warnings=(),
    )  # fmt: skip


FIRST = {"problem_statement": (("Two hours a day lost to double bookings", 0),),
         "success_criteria": (("Under one percent clashes by March", 1),)}  # fmt: skip


def seed(unit: Unit, *, stage: str | None = "discovery", call_id: str = "c1", day: int = 2) -> Call:
    if unit.accounts.get("a1") is None:
        unit.accounts.add(Account(id="a1", name="Lakeside Clinics"))
        unit.deals.add(Deal(id="d1", name="Lakeside", account_id="a1", account="Lakeside Clinics",
                            playbook="b2b-saas", stage=stage))  # fmt: skip
    call, _ = unit.calls.add(
        Call(id=call_id, title=f"Call {call_id}", file=call_id[-1] * 64, file_name="call.vtt", size=1,
             deal_id="d1", stage=stage, date=datetime(2026, 3, day, 10, tzinfo=UTC),
             created_at=datetime(2026, 3, 9, tzinfo=UTC))
    )  # fmt: skip
    unit.transcripts.put(call_id, transcript())
    return call


def transcript() -> Transcript:
    return Transcript(
        id="c1", title="Call", participants=(Participant(name="Ana Ruiz", side=Side.BUYER),),
        turns=tuple(Turn(index=n, speaker="Ana Ruiz", text=t, start_s=n * 10.0) for n, t in enumerate(SAID)),
        source=Source(format="vtt", sha256="0" * 64),
    )  # fmt: skip


def test_a_recap_becomes_a_draft_and_running_again_changes_nothing(store: Store) -> None:
    with store.begin() as unit:
        call = seed(unit)
        first = publish(unit, call, recap_with(FIRST), number=1)
        again = publish(unit, call, recap_with(FIRST), number=1)
        assert [i.id for i in first] == [i.id for i in again]
        assert [i.version for i in again] == [1] * 5
        assert unit.calls.need("c1").state is CallState.DRAFT
        assert [(o.category, o.accepted) for o in unit.objections.of_call("c1")] == [("price_budget", False)]


def test_extraction_run_again_never_undoes_a_decision(store: Store, by: Reviewer) -> None:
    with store.begin() as unit:
        call = seed(unit)
        items = {i.key: i for i in publish(unit, call, recap_with(FIRST))}
        edit(
            unit,
            items["problem_statement"].id,
            by,
            version=1,
            value={"value": "Two hours a day"},
        )
        reject(unit, items["success_criteria"].id, by, version=1, why="not theirs")
        extra = add(
            unit, "c1", by, kind="field", key="budget", value={"value": "twice today's"}, evidence=said(3)
        )
        other = {"problem_statement": (("Schedulers lose time", 0),), "why_now": (("By March", 1),)}
        after = {i.id: i for i in publish(unit, call, recap_with(other))}
        kept = after[items["problem_statement"].id]
        assert (kept.value["value"], kept.status, kept.stale) == (
            "Two hours a day",
            "edited",
            False,
        )
        assert (after[items["success_criteria"].id].status, after[items["success_criteria"].id].stale) == (
            "rejected",
            True,
        )
        assert after[extra.id].status == "accepted"
        assert [i.status for i in after.values() if i.key == "why_now"] == ["draft"]


def test_two_reviewers_the_second_is_told_and_nothing_is_overwritten(store: Store, by: Reviewer) -> None:
    with store.begin() as unit:
        item = publish(unit, seed(unit), recap_with(FIRST))[0]
        accept(unit, item.id, by, version=1)
    with pytest.raises(ConflictError) as caught, store.begin() as unit:
        reject(unit, item.id, by, version=1)
    assert caught.value.current.status == "accepted"  # type: ignore[attr-defined]
    with store.read() as unit:
        assert unit.items.need(item.id).status == "accepted"


def test_undo_walks_back_step_by_step(store: Store, by: Reviewer) -> None:
    with store.begin() as unit:
        item = publish(unit, seed(unit), recap_with(FIRST))[0]
        item = accept(unit, item.id, by, version=1)
        item = edit(unit, item.id, by, version=item.version, value={"value": "Other words"})
        item = undo(unit, item.id, by, version=item.version)
        assert (item.status, item.value["value"]) == ("accepted", "Two hours a day lost to double bookings")
        item = undo(unit, item.id, by, version=item.version)
        assert (item.status, item.decided_by, item.decided_at) == ("draft", None, None)
        with pytest.raises(UsageError, match="nothing to undo"):
            undo(unit, item.id, by, version=item.version)


@pytest.mark.parametrize(
    ("kind", "key", "value", "why"),
    [
        ("field", "no_such_field", {"value": "x"}, "no field"),
        ("field", "budget", {"value": "  "}, "empty"),
        ("field", "budget", {"value": 3}, "string"),
        ("field", "budget", {"worth": "x"}, "has no 'worth'"),
        ("objection", None, {"category": "weather", "text": "rain"}, "choose one of"),
        ("stakeholder", None, {"name": "Dana", "influence": "queen"}, "choose one of"),
        ("stakeholder", None, {}, "name or a role"),
        ("next_step", None, {"what": "Send it", "date": "next week"}, "YYYY-MM-DD"),
    ],
)
def test_values_the_playbook_does_not_allow(
    sqlite_store: Store, by: Reviewer, kind: str, key: str | None, value: dict[str, object], why: str
) -> None:
    with sqlite_store.begin() as unit:
        publish(unit, seed(unit), recap_with(FIRST))
        with pytest.raises(UsageError, match=why):
            add(unit, "c1", by, kind=kind, key=key, value=value, evidence=said(0))  # type: ignore[arg-type]


def test_a_choice_takes_only_its_options(sqlite_store: Store, book: Playbook) -> None:
    spec = book.field_by_id["budget"].model_copy(update={"kind": "choice", "options": ("approved", "none")})
    own = book.model_copy(update={"fields": tuple(spec if f.id == "budget" else f for f in book.fields)})
    with sqlite_store.begin() as unit:
        publish(unit, seed(unit), recap_with(FIRST))
        who = Reviewer(user_id=None, playbook=own)
        with pytest.raises(UsageError, match="approved, none"):
            add(unit, "c1", who, kind="field", key="budget", value={"value": "Approved"}, evidence=said(0))
        item = add(unit, "c1", who, kind="field", key="budget", value={"value": "approved"}, evidence=said(0))
        assert item.value == {"value": "approved"}


def test_finish_writes_facts_people_and_history(store: Store, by: Reviewer) -> None:
    with store.begin() as unit:
        items = {(i.kind, i.key): i for i in publish(unit, seed(unit), recap_with(FIRST))}
        accept(unit, items["field", "problem_statement"].id, by, version=1)
        accept(unit, items["stakeholder", "Dana Cole"].id, by, version=1)
        accept(unit, items["objection", "price_budget"].id, by, version=1)
        reject(unit, items["field", "success_criteria"].id, by, version=1)
        done = finish(unit, "c1", by, version=unit.calls.need("c1").version)
        assert (len(done.facts), done.left, done.call.state) == (3, 1, CallState.REVIEWED)
        assert {(f.kind, f.key) for f in unit.facts.of_deal("d1")} == {
            ("field", "problem_statement"), ("stakeholder", "Dana Cole"), ("objection", "price_budget"),
        }  # fmt: skip
        dana = unit.people.named("a1", "dana cole")
        assert dana is not None
        assert (dana.influence, dana.title, dana.last_contact) == ("economic_buyer", "CFO", None)
        assert [o.accepted for o in unit.objections.of_deal("d1")] == [True]
        assert unit.deals.need("d1").stage == "discovery"
        # A second thought after the end goes to the deal at once.
        undo(unit, items["field", "problem_statement"].id, by, version=2)
        assert {f.kind for f in unit.facts.of_deal("d1")} == {"stakeholder", "objection"}


def test_a_newer_value_takes_the_place_of_an_older_one_whatever_order_they_are_reviewed_in(
    store: Store, book: Playbook, by: Reviewer
) -> None:
    single = next(f.id for f in book.fields if f.kind in ("date", "money", "choice", "duration"))
    with store.begin() as unit:
        for call_id, day, value in (("c2", 20, "later"), ("c1", 2, "earlier")):
            call = seed(unit, call_id=call_id, day=day)
            item = publish(unit, call, recap_with({single: ((value, 0),)}, price=False))[0]
            accept(unit, item.id, by, version=1)
            view = review_of(unit, call_id, book)
            assert view.items[0].conflict is (call_id == "c1")
            finish(unit, call_id, by, version=unit.calls.need(call_id).version)
        (now,) = unit.facts.of_deal("d1", kind="field")
        assert now.value == {"value": "later"}
        assert len(unit.facts.of_deal("d1", kind="field", replaced=True)) == 2


def test_advancing_against_open_criteria_needs_a_reason_and_keeps_it(store: Store, by: Reviewer) -> None:
    with store.begin() as unit:
        publish(unit, seed(unit), recap_with(FIRST))
    with pytest.raises(UsageError, match="exit criteria are open"), store.begin() as unit:
        finish(unit, "c1", by, version=unit.calls.need("c1").version, choice="advance")
    with store.begin() as unit:
        assert unit.calls.need("c1").state is CallState.DRAFT  # the whole finish was taken back
        version = unit.calls.need("c1").version
        done = finish(unit, "c1", by, version=version, choice="advance", why="verbal yes")
        assert done.deal is not None
        assert done.deal.stage == "solution_alignment"
        last = unit.deals.stage_changes("d1")[-1]
        assert last.why == "verbal yes"
        assert last.unmet
        (entry,) = unit.audit.list(what="deal.stage").items
        assert (entry.before, entry.why) == ({"stage": "discovery"}, "verbal yes")
        back = set_stage(unit, "d1", by, to="qualification", why="the sponsor left")
        assert back.stage == "qualification"
        with pytest.raises(UsageError, match="reason for going back"):
            set_stage(unit, "d1", by, to="targeting", why=None)


def test_the_gate_rests_on_what_was_not_rejected(store: Store, book: Playbook, by: Reviewer) -> None:
    with store.begin() as unit:
        items = {i.key: i for i in publish(unit, seed(unit), recap_with(FIRST, met=(0,)))}
        deal = unit.deals.need("d1")
        assert gate_of(unit, deal, book).unmet == tuple(
            c.id for c in book.stage_by_id["discovery"].exit_criteria
        )
        assert DOCUMENTED not in gate_of(unit, deal, book, draft_call="c1").unmet
        reject(unit, items["problem_statement"].id, by, version=1)
        assert DOCUMENTED in gate_of(unit, deal, book, draft_call="c1").unmet
        tick(
            unit,
            deal,
            book.stage_by_id["discovery"],
            DOCUMENTED,
            met=True,
            by=None,
            why="on paper",
        )
        state = gate_of(unit, deal, book).criteria[0]
        assert (state.met, state.by_hand, state.why) == (True, True, "on paper")


def test_linking_a_reviewed_call_brings_its_facts_along(store: Store, by: Reviewer) -> None:
    with store.begin() as unit:
        item = publish(unit, seed(unit), recap_with(FIRST))[0]
        accept(unit, item.id, by, version=1)
        call = finish(unit, "c1", by, version=unit.calls.need("c1").version).call
        call = link(unit, "c1", None, by, version=call.version)
        assert unit.facts.of_deal("d1") == ()
        assert [o.deal_id for o in unit.objections.of_call("c1")] == [None]
        link(unit, "c1", "d1", by, version=call.version)
        assert [f.item_id for f in unit.facts.of_deal("d1")] == [item.id]


def test_acceptance_counts_last_words_and_autonomy_is_earned(
    store: Store, book: Playbook, by: Reviewer
) -> None:
    with store.begin() as unit:
        for n in range(1, 5):
            items = {i.key: i for i in publish(unit, seed(unit, call_id=f"c{n}"), recap_with(FIRST))}
            accept(unit, items["problem_statement"].id, by, version=1)
            accept(unit, items["success_criteria"].id, by, version=1)
            if n > 2:
                reject(unit, items["success_criteria"].id, by, version=2)
        rates = {a.key: (a.accepted, a.rejected, a.rate) for a in acceptance(unit, kind="field")}
        assert rates == {"problem_statement": (4, 0, 1.0), "success_criteria": (2, 2, 0.5)}
        call = seed(unit, call_id="c5")
        publish(unit, call, recap_with(FIRST))
        assert accept_earned(unit, call, book, threshold=0.9, minimum=5) == ()
        taken = accept_earned(unit, call, book, threshold=0.9, minimum=4)
        assert [(i.key, i.status) for i in taken] == [("problem_statement", "accepted")]
        assert "4 of 4" in (unit.audit.list(what="item.accept").items[0].why or "")


def test_the_reviewed_recap_is_what_was_decided(sqlite_store: Store, by: Reviewer) -> None:
    with sqlite_store.begin() as unit:
        recap = recap_with(FIRST)
        items = {(i.kind, i.key): i for i in publish(unit, seed(unit), recap)}
        edit(unit, items["field", "problem_statement"].id, by, version=1, value={"value": "Shorter"})
        reject(unit, items["field", "success_criteria"].id, by, version=1)
        reject(unit, items["objection", "price_budget"].id, by, version=1)
        add(unit, "c1", by, kind="field", key="budget", value={"value": "Twice today's"}, evidence=said(3))
        done = reviewed_recap(recap, unit.items.of_call("c1"))
        assert done.objections == ()
        assert {f: [(i.value, i.status) for i in r.items] for f, r in done.fields.items()} == {
            "problem_statement": [("Shorter", "edited")],
            "success_criteria": [("Under one percent clashes by March", "rejected")],
            "budget": [("Twice today's", "accepted")],
        }


def test_evidence_is_the_calls_own_words() -> None:
    call = transcript()
    assert evidence_at(call, 0, 4, 14).quote == "schedulers"
    found = evidence_for(call, "two  hours a day")
    assert (found.turn, found.quote, found.start_s) == (0, "two hours a day", 0.0)
    for bad in ("never said this at all", " "):
        with pytest.raises(UsageError):
            evidence_for(call, bad)
    for turn, start, end in ((9, 0, None), (0, 5, 5), (0, 0, 999), (0, 3, 4)):
        with pytest.raises(UsageError):
            evidence_at(call, turn, start, end)
