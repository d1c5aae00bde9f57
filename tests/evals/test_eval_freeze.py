"""A reviewed recap becomes a case."""

from __future__ import annotations

from pathlib import Path

import pytest
from eval_fakes import GROUPS, PLAYBOOK, TURNS, item, make_case, make_recap
from test_eval_scoring import objection, step

from coachbot.errors import InputError, UsageError
from coachbot.evals.freeze import add_case, read_recap
from coachbot.evals.metrics import metric
from coachbot.evals.scoring import score_call
from coachbot.model.claims import Evidence, Match
from coachbot.model.recap import Item, ItemStatus, Recap, Stakeholder
from coachbot.model.transcript import CallMeta, DealContext, Transcript


def reviewed(turn: int, status: ItemStatus, value: str = "v") -> Item:
    evidence = Evidence(turn=turn, speaker="Ines Brandvold", quote=TURNS[turn], match=Match.EXACT)
    return Item(id="i", value=value, confidence=0.5, evidence=(evidence,), status=status)


@pytest.fixture
def call(tmp_path: Path) -> Transcript:
    return make_case(tmp_path / "source").transcript


@pytest.fixture
def recap() -> Recap:
    on_turn = {n: Evidence(turn=n, speaker="x", quote=TURNS[n], match=Match.EXACT) for n in (6, 8, 9)}
    person = Stakeholder(
        name="Ruta Okonjo",
        role="purchasing",
        side="buyer",
        on_call=False,
        influence="payer",
        evidence=(on_turn[9],),
    )
    return make_recap(
        {
            "pain": [reviewed(1, "accepted", "Pallets vanish")],
            "wish": [reviewed(3, "edited", "Back in a week")],
            "price": [reviewed(5, "rejected", "Free"), reviewed(4, "accepted", "12,000")],
        },
        stakeholders=(person,),
        objections=(objection("time", "no").model_copy(update={"evidence": (on_turn[6],)}),),
        next_steps=(step("2026-03-06").model_copy(update={"evidence": (on_turn[8],)}),),
        met={"middle_done": True, "middle_agreed": False},
        risks=("alone",),
    )


META = CallMeta(deal=DealContext(account="Brandvold Logistics", stage="middle", days_in_stage=5))


def test_accepted_items_are_gold_and_rejected_ones_are_traps(
    tmp_path: Path, recap: Recap, call: Transcript
) -> None:
    case = add_case(tmp_path, recap, call, playbook=PLAYBOOK, meta=META, case_id="frozen")
    gold = case.gold
    assert {f: [i.gist for i in items] for f, items in gold.fields.items()} == {
        "pain": ["Pallets vanish"],
        "wish": ["Back in a week"],
        "price": ["12,000"],
    }
    assert gold.fields["pain"][0].core == {1}
    assert gold.fields["pain"][0].quotes == (TURNS[1],)
    (trap,) = gold.must_not_appear
    assert (trap.kind, trap.turns, trap.why) == ("price", (5,), "rejected in review: Free")
    assert (gold.deal.stage_before, gold.stage_after, gold.deal.days_in_stage) == ("middle", "middle", 5)
    assert gold.exit_criteria == {"middle_done": True, "middle_agreed": False}
    assert gold.next_steps[0].committed
    assert case.file.cluster == "trundle"
    assert case.file.tags == ("from-review",)
    assert [t.text for t in case.transcript.turns] == TURNS


def test_the_frozen_recap_without_its_rejected_items_is_perfect(
    tmp_path: Path, recap: Recap, call: Transcript
) -> None:
    case = add_case(tmp_path, recap, call, playbook=PLAYBOOK, meta=META)
    kept = {
        f: r.model_copy(update={"items": tuple(i for i in r.items if i.status != "rejected")})
        for f, r in recap.fields.items()
    }
    score = score_call(case, recap.model_copy(update={"fields": kept}), playbook=PLAYBOOK, groups=GROUPS)
    for name in (
        "fields_f1",
        "related_f1",
        "stakeholders_f1",
        "objections_f1",
        "next_steps_f1",
        "stage",
        "risks_f1",
    ):
        assert metric(name).of_call(score) == 1.0, name
    assert score.traps == ()
    again = score_call(case, recap, playbook=PLAYBOOK, groups=GROUPS)
    assert again.traps == (0,)


def test_a_recap_nobody_reviewed_is_refused(tmp_path: Path, recap: Recap, call: Transcript) -> None:
    draft = make_recap({"pain": [item(TURNS[1])]})
    with pytest.raises(UsageError, match="1 items are still drafts"):
        add_case(tmp_path, draft, call, playbook=PLAYBOOK)
    with pytest.raises(UsageError, match="no item of this recap was reviewed"):
        add_case(tmp_path, draft, call, playbook=PLAYBOOK, drop_drafts=True)
    assert not (tmp_path / "cases").exists()


def test_drafts_are_left_out_when_asked(tmp_path: Path, call: Transcript) -> None:
    mixed = make_recap(
        {"pain": [reviewed(1, "accepted"), reviewed(2, "draft")]},
        met={"middle_done": True, "middle_agreed": True},
    )
    case = add_case(tmp_path, mixed, call, playbook=PLAYBOOK, drop_drafts=True)
    assert len(case.gold.fields["pain"]) == 1


def test_another_transcript_or_a_second_time_is_refused(
    tmp_path: Path, recap: Recap, call: Transcript
) -> None:
    other = make_case(tmp_path / "other", turns=TURNS[:-1]).transcript
    with pytest.raises(UsageError, match="13 turns, this transcript has 12"):
        add_case(tmp_path, recap, other, playbook=PLAYBOOK)
    add_case(tmp_path, recap, call, playbook=PLAYBOOK)
    with pytest.raises(UsageError, match="exists"):
        add_case(tmp_path, recap, call, playbook=PLAYBOOK)


def test_quotes_that_are_not_in_the_call_are_refused_and_nothing_is_left(
    tmp_path: Path, recap: Recap, call: Transcript
) -> None:
    foreign = reviewed(1, "accepted")
    evidence = foreign.evidence[0].model_copy(update={"quote": "words of quite another conversation"})
    fields = {**recap.fields, "pain": recap.fields["pain"].model_copy(
        update={"items": (foreign.model_copy(update={"evidence": (evidence,)}),)}
    )}  # fmt: skip
    with pytest.raises(InputError, match="is not in its turns"):
        add_case(tmp_path, recap.model_copy(update={"fields": fields}), call, playbook=PLAYBOOK)
    assert list((tmp_path / "cases").iterdir()) == []


@pytest.mark.parametrize("text", ["{", "{}", '{"schema": "other"}'])
def test_a_file_that_is_no_recap(tmp_path: Path, text: str) -> None:
    path = tmp_path / "r.json"
    path.write_text(text)
    with pytest.raises(InputError, match="not a recap"):
        read_recap(path)


def test_a_recap_is_read_as_it_was_written(tmp_path: Path, recap: Recap) -> None:
    path = tmp_path / "r.json"
    path.write_text(recap.to_json())
    assert read_recap(path) == recap
