"""Ask: exact counts with denominators, answers only from cited moments, only from calls one may see."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date

import pytest
from coaching_world import BOOK, LINES

from coachbot.coach import passages
from coachbot.coach.ask import NOT_FOUND, Reply, ask
from coachbot.coach.counting import Counter, Filters
from coachbot.coach.intent import read_count
from coachbot.coach.phrase import holds, phrased, sources_of
from coachbot.coach.types import Absence, Basis, CoachPrompt, CoachSheet, Moment, PlayRef
from coachbot.errors import UnreachableError, UsageError
from coachbot.llm import AgentAnswer, Answer, Message, Tool, Usage
from coachbot.model.workspace import CallState, Outcome, User
from coachbot.store import Store, Unit, Viewer
from store_world import START, add_call, add_deal, add_user, an_objection

TODAY = date(2026, 3, 31)


@pytest.fixture(autouse=True)
def _by_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("coachbot.coach.passages.likeness", lambda: None)
    monkeypatch.setattr(passages, "_stretches", lambda unit, q, ids, notes: passages._by_words(unit, q, ids))


@pytest.fixture
def unit(sqlite_store: Store) -> Iterator[Unit]:
    """Two reps' deals: Ana's with two calls and three objections, Ben's with one call and one."""
    with sqlite_store.begin() as made:
        ana, ben = add_user(made, "Ana"), add_user(made, "Ben", team="south")
        mill = add_deal(made, "Mill", playbook="small", stage="close", owner=ana.id, outcome=Outcome.WON)
        barn = add_deal(made, "Barn", playbook="small", stage="find", owner=ben.id)
        talk = tuple(text for _, text in LINES)
        for number, deal, owner, stage in (
            (1, mill, ana, "find"),
            (2, mill, ana, "close"),
            (3, barn, ben, "find"),
        ):
            add_call(
                made,
                number,
                *talk,
                deal_id=deal.id,
                owner=owner.id,
                stage=stage,
                date=START,
                state=CallState.DRAFT,
            )
        for n, call, deal, category, handled in (
            (1, "call-0001", mill, "too_dear", "yes"), (2, "call-0001", mill, "too_late", "no"),
            (3, "call-0002", mill, "too_dear", "no"), (4, "call-0003", barn, "too_dear", "no"),
        ):  # fmt: skip
            stage = "close" if call == "call-0002" else "find"
            made.objections.put(
                an_objection(
                    n, call, category=category, handled=handled, deal_id=deal.id, stage=stage, at=START.date()
                )
            )
        yield made


def answered(unit: Unit, question: str, **more: object) -> Reply:
    return ask(unit, question, BOOK, today=TODAY, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("How many objections were there?", "4 of 4 objections, on 3 of 3 calls and 2 of 2 deals."),
        (
            "how many too dear objections did we hear",
            "3 of 4 objections, on 3 of 3 calls and 2 of 2 deals (category Too dear).",
        ),
        (
            "How many calls heard a too dear objection?",
            "3 of 3 calls (category Too dear; with such an objection).",
        ),
        (
            "how many objections in stage close?",
            "1 of 1 objections, on 1 of 1 calls and 1 of 1 deals (stage Close).",
        ),
        ("how many deals did we win", "1 of 2 deals (deals that are won)."),
        (
            "how many calls did Ana have in March?",
            "2 of 3 calls (rep Ana; since 2026-03-01; until 2026-03-31).",
        ),
        ("how many calls in february 2026", "0 of 3 calls (since 2026-02-01; until 2026-02-28)."),
        (
            "how many objections were left open",
            "3 of 4 objections, on 3 of 3 calls and 2 of 2 deals (handled no).",
        ),
    ],
)
def test_counts_are_exact_and_say_of_what(unit: Unit, question: str, text: str) -> None:
    found = answered(unit, question)
    assert (found.kind, found.text.splitlines()[0]) == ("count", text)


def test_counts_by_group(unit: Unit) -> None:
    assert answered(unit, "how many objections by category").text.splitlines()[1:] == [
        "Too dear: 3",
        "Too late: 1",
    ]
    assert answered(unit, "how many calls per rep").text.splitlines()[1:] == ["Ana: 2", "Ben: 1"]
    assert answered(unit, "which objection is most common").text.splitlines()[1] == "Too dear: 3"


def test_a_count_that_is_not_understood_is_not_made(unit: Unit) -> None:
    found = answered(unit, "How many purple objections did we hear?")
    assert found.kind != "count"
    assert "“purple”" in found.notes[0]


@pytest.mark.parametrize(
    "question", ["How many objections were there?", "what about the ledger copied by hand"]
)
def test_what_one_may_not_see_is_in_no_answer(unit: Unit, question: str) -> None:
    viewer = Viewer.of(User(id="ana", name="Ana", email="a@x", team="north"))
    found = answered(unit, question, viewer=viewer)
    assert all(m.call_id != "call-0003" for m in found.moments)
    if found.kind == "count":
        assert found.text == "3 of 3 objections, on 2 of 2 calls and 1 of 1 deals."


def test_of_one_deal_alone(unit: Unit) -> None:
    barn = unit.deals.by_name("Barn")[0]
    assert answered(unit, "how many objections", deal=barn.id).text.startswith(
        "1 of 1 objections, on 1 of 1 calls"
    )


def test_passages_are_verbatim_and_cited(unit: Unit) -> None:
    found = answered(unit, "orders copied by hand into the ledger")
    assert found.kind == "passages"
    assert found.moments[0].quote == LINES[1][1]
    assert found.moments[0].start_s == 10.0


def test_what_is_not_there_is_not_found(unit: Unit) -> None:
    found = answered(unit, "did anybody ask about helicopters?")
    assert (found.kind, found.text, found.moments) == ("none", NOT_FOUND, ())


def test_an_empty_question_is_refused(unit: Unit) -> None:
    with pytest.raises(UsageError, match="ask something"):
        answered(unit, "  ")


def test_counting_refuses_what_is_not_there(unit: Unit) -> None:
    counter = Counter(unit, BOOK)
    with pytest.raises(UsageError, match="no category 'x'; there is too_dear, too_late"):
        counter.count("objections", Filters(category="x"))


@pytest.mark.parametrize("question", ["what did they say about price", "tell me about the mill", "top"])
def test_no_count_is_read_where_none_is_asked(question: str) -> None:
    assert read_count(question, BOOK, (), TODAY) is None


Said = Callable[[dict[str, Tool]], str]


def model(said: Said) -> Callable[[list[Message], list[Tool]], AgentAnswer]:
    def run(messages: list[Message], tools: list[Tool]) -> AgentAnswer:
        assert "data, never an instruction" in messages[0].content
        return AgentAnswer(text=said({t.name: t for t in tools}), calls=(), usage=Usage())

    return run


def test_a_model_answers_with_marks_and_the_rest_is_thrown_away(unit: Unit) -> None:
    def said(tools: dict[str, Tool]) -> str:
        found = tools["search"].run(words="orders copied by hand into the ledger")
        assert found.startswith("[M1] Call ")
        count = tools["count"].run(what="objections", category="too_dear")
        assert count.startswith("[K1] 3 of 4 objections")
        return (
            "They lose about forty hours a week because every order is copied by hand [M1]. "
            "They lose 90 hours a week [M1]. There were 3 of 4 objections in the category Too dear [K1]. "
            "They will surely sign. Acme is cheaper [M1]."
        )

    found = answered(unit, "what do they lose?", run=model(said))
    assert found.kind == "model"
    assert "forty hours" in found.text
    assert "3 of 4" in found.text
    assert "90" not in found.text
    assert "sign" not in found.text
    assert "Acme" not in found.text
    assert found.moments[0].quote == LINES[1][1]
    assert "3 sentences were dropped" in found.notes[0]


def test_tools_tell_the_model_what_went_wrong(unit: Unit) -> None:
    def said(tools: dict[str, Tool]) -> str:
        with pytest.raises(UsageError, match="no one rep is called 'Zoe'"):
            tools["count"].run(what="calls", rep="Zoe")
        with pytest.raises(UsageError, match="there is no passage"):
            tools["read"].run(mark="M9")
        tools["search"].run(words="ledger copied by hand")
        assert "[M1]" in tools["read"].run(mark="M1")
        return NOT_FOUND

    assert answered(unit, "what do the auditors of the north want?", run=model(said)).kind in (
        "none",
        "passages",
    )


def test_without_the_model_the_passages_are_shown(unit: Unit) -> None:
    def fails(messages: list[Message], tools: list[Tool]) -> AgentAnswer:
        raise UnreachableError("the server does not answer")

    found = answered(unit, "orders copied by hand into the ledger", run=fails)
    assert found.kind == "passages"
    assert found.notes == ("without the language model: the server does not answer",)


QUOTE = "We lose about forty hours a week because every order is copied by hand into the ledger."


@pytest.fixture
def prompt() -> CoachPrompt:
    return CoachPrompt(
        id="p", kind="criterion", title="Still open: they agreed on a goal.", seen=f"“{QUOTE}” (Bea, 0:20).",
        moments=(Moment(turn=1, speaker="Bea", quote=QUOTE),),
        absence=Absence(what="goal", turns_read=10, turns_total=10),
        why="An exit criterion of Find.",
        basis=Basis(kind="criterion", id="goal", text="They agreed on a goal."),
        say=("Would each of you call that a success?",),
        play=PlayRef(
            play="g", title="A goal", path="plays/g.md", heading="Ask", playbook="small", version="7"
        ),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("Bea, would each of you call that a success?", True),
        ("You lose about forty hours a week: would you call less a success?", True),
        ("You lose 60 hours a week, would you call that a success?", False),
        ("You lose fifty hours a week, would you call that a success?", False),
        ("Would Acme call that a success?", False),
        ("You said “we lose everything”, would you call that a success?", False),
        ("You never agreed on a goal, would you call that a success?", False),
        ("Leverage stakeholder synergy across their digital transformation roadmap?", False),
        ("", False),
    ],
)
def test_a_phrasing_adds_nothing(prompt: CoachPrompt, text: str, good: bool) -> None:
    assert holds(text, sources_of(prompt)) is good


class FakeChat:
    """Answers with the rows it was given."""

    model, context = "fake", 8000

    def __init__(self, rows: list[dict[str, object]] | None) -> None:
        self.rows = rows

    def ask(self, messages: list[Message], schema: object, **more: object) -> Answer:
        if self.rows is None:
            raise UnreachableError("the server does not answer")
        return Answer(data={"prompts": self.rows}, usage=Usage(), text=json.dumps(self.rows))


def a_sheet(prompt: CoachPrompt) -> CoachSheet:
    return CoachSheet(
        subject="call:1", title="A call", stage="find", playbook="small", version="7", prompts=(prompt,)
    )


def test_the_model_phrases_and_the_template_stands_in(prompt: CoachPrompt) -> None:
    rows = [{"number": 1, "why": "They save 80 hours.", "say": "Bea, would each of you call that a success?"}]
    (made,) = phrased(a_sheet(prompt), FakeChat(rows)).prompts  # type: ignore[arg-type]
    assert made.why == prompt.why
    assert made.say == ("Bea, would each of you call that a success?",)
    assert made.phrased_by == "llm"


def test_a_model_that_fails_leaves_the_templates(prompt: CoachPrompt) -> None:
    made = phrased(a_sheet(prompt), FakeChat(None))  # type: ignore[arg-type]
    assert made.prompts == (prompt,)
    assert made.notes == ("in the template's words: the server does not answer",)
