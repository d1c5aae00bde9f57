"""From claims to a recap: what is proven is shown as found, the rest apart. The engine is a fake."""

from __future__ import annotations

from typing import Any

import pytest

from coachbot.errors import UsageError
from coachbot.model.claims import (
    Claims,
    CommitmentClaim,
    NextStepClaim,
    ObjectionClaim,
    Quote,
    Refusal,
    Response,
    ReversionClaim,
    StakeholderClaim,
    SummaryClaim,
)
from coachbot.model.recap import Recap
from coachbot.model.transcript import DealContext
from coachbot.recap import make_recap, recap_file
from small_world import ENGINE, PLAYBOOK, TURNS, FakeEngine, call, said

INVENTED = (Quote(turn=1, text="We have already decided to buy from you this afternoon."),)


def recap(deal: DealContext | None = None, **claims: Any) -> Recap:
    engine = FakeEngine(Claims(engine=ENGINE, **claims))
    return make_recap(call(), playbook=PLAYBOOK, deal=deal or DealContext(), engine=engine)


def test_every_field_of_the_playbook_is_there_and_blank_without_claims() -> None:
    made = recap()
    assert list(made.fields) == [f.id for f in PLAYBOOK.fields]
    assert {(f.state, f.items) for f in made.fields.values()} == {("not_discussed", ())}
    assert (made.summary, made.stakeholders, made.objections, made.next_steps, made.unproven) == ((),) * 5


def test_a_proven_field_is_found_with_the_transcripts_own_words() -> None:
    made = recap(fields=(said("need", "40 hours a week of copying", 1),))
    (item,) = made.fields["need"].items
    assert made.fields["need"].state == "found"
    assert (item.value, item.status) == ("40 hours a week of copying", "draft")
    assert [(e.turn, e.speaker, e.start_s, e.quote) for e in item.evidence] == [(1, "Bea", 10.0, TURNS[1][1])]


@pytest.mark.parametrize(
    ("values", "state"),
    [
        (("north",), "found"),
        (("north", " NORTH"), "found"),
        (("north", "south"), "conflicting"),
    ],
)
def test_a_choice_with_two_values_is_conflicting(values: tuple[str, ...], state: str) -> None:
    made = recap(fields=tuple(said("region", v, 5) for v in values))
    assert made.fields["region"].state == state
    assert len(made.fields["region"].items) == len(values), "both stay for the rep to see"


def test_two_values_of_a_text_do_not_conflict() -> None:
    made = recap(fields=(said("need", "copying by hand", 1), said("need", "it is too expensive", 3)))
    assert made.fields["need"].state == "found"


def test_what_was_not_read_is_not_called_not_discussed() -> None:
    read = frozenset(range(len(TURNS) - 1))
    made = recap(turns_read=read, fields=(said("need", "copying by hand", 1),))
    assert {k: f.state for k, f in made.fields.items()} == {
        "need": "found", "worth": "not_read", "price": "not_read", "region": "not_read",
    }  # fmt: skip
    assert (made.coverage.turns_read, made.coverage.turns_total) == (len(TURNS) - 1, len(TURNS))
    assert made.coverage.words_total == sum(len(text.split()) for _, text in TURNS)


def test_the_sellers_words_are_no_field_of_the_buyer() -> None:
    made = recap(fields=(said("worth", "900 euros a month", 2), said("price", "900 euros a month", 2)))
    assert made.fields["worth"].state == "not_discussed"
    assert made.fields["price"].state == "found", "a field that either may state"
    (refused,) = made.unproven
    assert (refused.kind, refused.why, refused.quote) == ("field:worth", Refusal.WRONG_SIDE, TURNS[2][1])


def test_unproven_claims_of_every_kind_are_kept_apart() -> None:
    made = recap(
        deal=DealContext(stage="prove"),
        fields=(said("need", "x", 1).model_copy(update={"quotes": INVENTED}),),
        stakeholders=(StakeholderClaim(value="s", name="Bea", role=None, quotes=INVENTED),),
        objections=(ObjectionClaim(value="o", category="too_dear", quotes=INVENTED),),
        next_steps=(NextStepClaim(value="n", quotes=INVENTED),),
        commitments=(CommitmentClaim(value="c", commitment="accepts_plan", quotes=INVENTED),),
        reversions=(ReversionClaim(value="r", reversion="need_gone", quotes=INVENTED),),
        summary=(SummaryClaim(value="u", quotes=()),),
    )
    assert [u.kind for u in made.unproven] == [
        "field:need", "stakeholder", "objection", "next_step", "commitment", "summary",
    ]  # fmt: skip
    assert {u.why for u in made.unproven} == {Refusal.NOT_FOUND}
    assert (made.summary, made.stakeholders, made.objections, made.next_steps) == ((),) * 4
    assert (made.stage.direction, made.stage.exit_criteria[0].met) == ("stay", False)


@pytest.mark.parametrize(
    ("quotes", "handled", "answered"),
    [((Quote(turn=4, text=TURNS[4][1]),), "yes", True), (INVENTED, "no", False), ((), "no", False)],
)
def test_an_objection_is_handled_only_by_a_proven_answer(
    quotes: tuple[Quote, ...], handled: str, answered: bool
) -> None:
    claim = ObjectionClaim(
        value="too expensive",
        category="too_dear",
        handled="yes",
        quotes=(Quote(turn=3, text=TURNS[3][1]),),
        response=Response(text="you pay nothing at first", quotes=quotes),
    )
    (objection,) = recap(objections=(claim,)).objections
    assert (objection.handled, objection.response is not None) == (handled, answered)


@pytest.mark.parametrize("stage", ["", "Meet", "no_such_stage"])
def test_a_stage_that_the_playbook_lacks_is_a_usage_error_and_names_the_stages(stage: str) -> None:
    with pytest.raises(UsageError, match=r"playbook 'small' does not have; its stages: meet, prove, close"):
        recap(DealContext(stage=stage))


def test_the_stage_before_decides_which_risks_apply() -> None:
    assert [r.message for r in recap(DealContext(stage="meet")).risks] == ["Only 1 known."]
    assert recap(DealContext(contacts=("Ben",))).risks == ()


def test_ids_of_items_are_stable_and_tell_items_apart() -> None:
    claims = (said("need", "copying", 1), said("need", "copying by hand", 1), said("price", "copying", 1))
    first, again = recap(fields=claims), recap(fields=claims[::-1])

    def ids(made: Recap) -> set[str]:
        return {i.id for f in made.fields.values() for i in f.items}

    assert ids(first) == ids(again)
    assert len(ids(first)) == 3
    surer = tuple(c.model_copy(update={"confidence": 0.5}) for c in claims)
    assert ids(recap(fields=surer)) == ids(first), "the engine's confidence is no part of an id"


def test_who_was_on_the_call() -> None:
    info = recap().call
    assert [(p.name, p.side.value, p.side_source) for p in info.participants] == [
        ("Sam", "seller", "given"), ("Bea", "buyer", "given"), ("Guest", "unknown", "inferred"),
    ]  # fmt: skip
    assert sum(p.talk_share for p in info.participants) == pytest.approx(1, abs=1e-3)
    assert info.duration_s == 69.0


def test_an_engine_that_nobody_has_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="no engine is called 'oracle'"):
        make_recap(call(), playbook=PLAYBOOK, engine="oracle")


def test_a_file_in_one_line(tmp_path: Any) -> None:
    file = tmp_path / "call.txt"
    file.write_text("\n\n".join(f"{who}: {text}" for who, text in TURNS), encoding="utf-8")
    meta = tmp_path / "call.meta.json"
    meta.write_text('{"title": "From a file", "deal": {"stage": "meet"}}', encoding="utf-8")
    made = recap_file(file, meta=meta, playbook=PLAYBOOK, engine=FakeEngine())
    assert (made.call.title, made.stage.before, made.coverage.turns_total) == (
        "From a file",
        "meet",
        len(TURNS),
    )
