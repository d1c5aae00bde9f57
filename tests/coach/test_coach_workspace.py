"""Coaching in a workspace: deals, reps, scorecards, marks, briefs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from coaching_world import BOOK, FakeLook, a_call, a_recap

from coachbot.coach import (
    brief_html,
    brief_markdown,
    brief_of,
    coach_call,
    coach_deal,
    coach_rep,
    counts,
    exported,
    mark,
    override,
    score_call,
)
from coachbot.coach.feedback import FEWEST, weights
from coachbot.coach.notes import Note, notes_of, summarised
from coachbot.errors import NotFoundError, UsageError
from coachbot.model.recap import Recap
from coachbot.model.workspace import Call, CallState, Deal, Document, RecapVersion
from coachbot.review import publish
from coachbot.store import Store, Unit, new_id, now
from store_world import START, add_call, add_deal, add_user, at, sha


@pytest.fixture(autouse=True)
def _no_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("coachbot.coach.case.second_look", lambda transcript, book: FakeLook())
    monkeypatch.setattr("coachbot.coach.look.likeness", lambda: None)


@pytest.fixture
def unit(sqlite_store: Store) -> Iterator[Unit]:
    with sqlite_store.begin() as made:
        yield made


def hold(
    unit: Unit, number: int, deal: Deal | None, recap: Recap | None = None, owner: str | None = None
) -> Call:
    """A call with the transcript and a recap, published as a draft."""
    call = add_call(
        unit, number, deal_id=deal.id if deal else None, owner=owner, stage="find",
        date=START + timedelta(days=number), state=CallState.DRAFT,
    )  # fmt: skip
    unit.transcripts.put(call.id, a_call())
    made = recap or a_recap()
    unit.recaps.put(
        RecapVersion(
            call_id=call.id, number=1, playbook="small", playbook_version="7", engine="local",
            created_at=at(number), recap=made.model_dump(mode="json", by_alias=True),
        )
    )  # fmt: skip
    publish(unit, call, made)
    return call


def small_deal(unit: Unit, name: str = "Holm", **known: object) -> Deal:
    return add_deal(unit, name, playbook="small", stage="find", **known)


def test_what_another_call_of_the_deal_knows_is_not_missing(
    unit: Unit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("coachbot.coach.case.second_look", lambda transcript, book: FakeLook(held=(3,)))
    deal = small_deal(unit)
    hold(unit, 1, deal, a_recap(worth=0.9))
    call = hold(unit, 2, deal)
    found = coach_call(unit, call, BOOK)
    assert not any("worth" in p.causes for p in found.prompts)
    criterion = next(p for p in found.prompts if p.kind == "criterion")
    assert criterion.absence is not None
    assert criterion.absence.text == "not found in 20 of 20 turns, 2 calls"
    assert all(m.call_id in (call.id, "call-0001") for p in found.prompts for m in p.moments)


def test_a_deal_is_coached_on_its_newest_call(unit: Unit) -> None:
    deal = small_deal(unit)
    with pytest.raises(NotFoundError, match="recap of deal"):
        coach_deal(unit, deal, BOOK)
    hold(unit, 1, deal)
    hold(unit, 2, deal)
    found = coach_deal(unit, deal, BOOK)
    assert (found.subject, found.title) == (f"deal:{deal.id}", "Holm")
    assert found.prompts


def test_marks_need_a_reason_and_feed_the_ranking(unit: Unit) -> None:
    deal = small_deal(unit)
    call = hold(unit, 1, deal)
    sheet = coach_call(unit, call, BOOK)
    risk = next(p for p in sheet.prompts if p.kind == "risk")
    with pytest.raises(UsageError, match="say why"):
        mark(unit, sheet, risk, useful=False, by="m", why=" ")
    for n in range(FEWEST - 1):
        mark(unit, sheet, risk, useful=False, by=f"m{n}", why="we knew")
    assert weights(unit) == {}
    mark(unit, sheet, risk, useful=False, by="m0", why="we still knew")  # a second word replaces the first
    assert weights(unit) == {}
    mark(unit, sheet, risk, useful=False, by="last", why="we knew")
    assert weights(unit)[("risk", "no_day")] < -6
    assert counts(unit) == (0, FEWEST)
    rows = list(exported(unit))
    assert {r["why"] for r in rows} == {"we knew", "we still knew"}
    assert rows[0]["prompt"]["title"] == risk.title
    lighter = next(p for p in coach_call(unit, call, BOOK).prompts if p.kind == "objection")
    assert lighter.weight > risk.weight


def test_a_scorecard_is_filled_and_a_manager_may_change_it(unit: Unit) -> None:
    call = hold(unit, 1, small_deal(unit))
    card = score_call(unit, call, BOOK)
    verdicts = {line.indicator: line.verdict for line in card.lines}
    assert verdicts == {"need_said": "met", "they_talk": "not_met", "day_set": "not_met"}
    assert card.lines[0].moments[0].turn == 1
    assert "of the words" not in card.lines[1].seen
    assert "words (" in card.lines[1].seen
    stage = BOOK.stages[0]
    with pytest.raises(UsageError, match="say why"):
        override(unit, call, stage, "day_set", "met", by="mia", why="")
    with pytest.raises(NotFoundError, match="indicator"):
        override(unit, call, stage, "nope", "met", by="mia", why="x")
    override(unit, call, stage, "day_set", "met", by="mia", why="The day was set by mail.")
    line = score_call(unit, call, BOOK).lines[2]
    assert (line.verdict, line.engine_verdict, line.overridden_by) == ("met", "not_met", "mia")
    override(unit, call, stage, "day_set", None, by="mia", why=None)
    assert score_call(unit, call, BOOK).lines[2].verdict == "not_met"


def test_keep_start_stop_counts_with_denominators(unit: Unit) -> None:
    rep = add_user(unit, "Ana")
    for n in range(1, 5):
        hold(unit, n, small_deal(unit, f"Deal {n}"), a_recap(step=n == 1), owner=rep.id)
    found = coach_rep(unit, rep, lambda call: BOOK)
    assert found.calls == 4
    advice = {(h.advice, h.text): (h.met, h.of) for h in found.habits}
    assert advice == {
        ("keep", "They say what hurts."): (4, 4),
        ("start", "The call ends with a day."): (1, 4),
        ("stop", "They have half of the words."): (0, 4),
    }
    figures = {f.id: f for f in found.figures}
    assert figures["dated_next_step"].text == "1 of 4 calls"
    assert figures["talk_share"].of == 4 * a_call().words
    assert figures["objections_handled"].text == "0 of 4"


def test_two_calls_are_too_little_for_a_rep(unit: Unit) -> None:
    rep = add_user(unit, "Ana")
    for n in (1, 2):
        hold(unit, n, small_deal(unit, f"Deal {n}"), owner=rep.id)
    found = coach_rep(unit, rep, lambda call: BOOK)
    assert found.habits == ()
    assert found.too_little == "too little to judge: 2 calls that can be judged, 3 are needed"


def test_a_brief_holds_people_promises_and_what_is_open(unit: Unit) -> None:
    deal = small_deal(unit)
    hold(unit, 1, deal, a_recap(step=True))
    hold(unit, 5, deal)  # on 7 March; the step was for the 6th
    made = brief_of(unit, deal, BOOK, today=date(2026, 3, 20))
    assert [(p.name, p.calls) for p in made.people] == [("Bea Holm", 2)]
    assert made.people[0].cares[0].turn == 5
    (promise,) = made.promises
    assert (promise.state, promise.owner) == ("held", "both")
    assert [q.question for q in made.open_questions] == [
        "Would each of you call that a success?", "What does it cost you in a month?",
    ]  # fmt: skip
    assert [o.label for o in made.objections] == ["Too dear"]
    assert made.agenda[-1].text.startswith("Agree on the next step")
    text = brief_markdown(made)
    assert "held: Call 5" in text
    assert "“That is far too expensive" in text


def test_a_promise_nobody_spoke_of_again_is_overdue(unit: Unit) -> None:
    deal = small_deal(unit)
    hold(unit, 1, deal, a_recap(step=True))
    made = brief_of(unit, deal, BOOK, today=date(2026, 3, 20))
    assert (made.promises[0].state, made.promises[0].overdue) == ("waiting", True)
    assert "overdue, no call since" in brief_markdown(made)
    assert made.agenda[0].text.startswith("Settle what was promised: “Look at the ledger")


def test_past_answers_come_from_deals_that_went_on(unit: Unit) -> None:
    deal, other, lost = (small_deal(unit, n) for n in ("Holm", "Berg", "Lund"))
    hold(unit, 1, deal)
    hold(unit, 2, other, a_recap(handled="yes"))
    hold(unit, 3, lost, a_recap(handled="yes"))
    unit.deals.move(other.id, "close", expected=other.version, by=None, why="signed soon")
    (likely,) = brief_of(unit, deal, BOOK).objections
    (answer,) = likely.answers
    assert (answer.deal, answer.after, answer.answer.turn) == ("Berg", "moved on to Close", 6)


def test_text_of_a_call_is_not_markup_in_a_brief(unit: Unit) -> None:
    deal = small_deal(unit, "<script>alert(1)</script>")
    keep_note(unit, deal, "<b>They *bought* the mill</b> in the north last spring.")
    made = brief_of(unit, deal, BOOK)
    assert "<script>" not in brief_html(made)
    assert "\\<b\\>They \\*bought\\*" in brief_markdown(made)


def test_a_summary_is_verbatim_and_cited() -> None:
    pages = ("The hall in Aarhus opened in May with nine joiners. Weather was fine on that day, really.",)
    lines = summarised([Note(id="n", name="n.txt", pages=pages)], ["Which hall did they open?"], most=1)
    assert [line.text for line in lines] == ["The hall in Aarhus opened in May with nine joiners."]
    assert lines[0].place == "n.txt"


def keep_note(unit: Unit, deal: Deal, text: str, name: str = "n.txt") -> Document:
    """A note on the deal, without its file."""
    kept = Document(id=new_id(), deal_id=deal.id, name=name, kind="text", file=sha(text), size=len(text),
                    note=True, added_at=now())  # fmt: skip
    return unit.documents.add(kept, pages=(text,))


def test_documents_that_are_notes_are_read_and_no_others(unit: Unit) -> None:
    deal = small_deal(unit)
    keep_note(unit, deal, "One thing they said there.")
    kept = keep_note(unit, deal, "Another thing they said there.")
    unit.documents.add(kept.model_copy(update={"id": "p", "name": "proposal.txt", "note": False}))
    assert [(n.name, n.pages) for n in notes_of(unit, deal.id)] == [
        ("n.txt", ("Another thing they said there.",))
    ]
