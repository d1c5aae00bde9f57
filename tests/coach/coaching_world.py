"""A small process with plays, a call in it, and looks that say what they are told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from coachbot.coach.look import Bearing
from coachbot.coach.types import Moment
from coachbot.model.claims import EngineReport, Evidence, Match
from coachbot.model.playbook import (
    Commitment,
    Criterion,
    FieldSpec,
    Indicator,
    InfluenceRole,
    ObjectionCategory,
    Play,
    Playbook,
    Risk,
    Stage,
)
from coachbot.model.recap import (
    CallInfo,
    Coverage,
    CriterionResult,
    FieldResult,
    Item,
    NextStep,
    Objection,
    ObjectionResponse,
    PlaybookRef,
    Recap,
    RecapParticipant,
    RiskResult,
    SourceRef,
    StageAssessment,
)
from coachbot.model.transcript import Participant, Side, Source, Transcript, Turn

PEOPLE = (("Sam", Side.SELLER, "Account executive"), ("Bea Holm", Side.BUYER, "Owner"))
LINES = (
    ("Sam", "Good morning Bea, what made you look for something new, and what happened before that?"),
    ("Bea Holm", "We lose about forty hours a week because every order is copied by hand into the ledger."),
    ("Sam", "And what would have to be true in a year for you to say that it was worth the trouble?"),
    ("Bea Holm", "I can't put a number on that today, ask me another day when the season is over."),
    ("Sam", "Understood. Our price for all of it would be nine hundred euros a month, with the training."),
    ("Bea Holm", "That is far too expensive for a workshop of our size, honestly, we are eleven people."),
    ("Sam", "You pay nothing until the first thirty days are over, so you can see for yourself if it works."),
    ("Bea Holm", "Hm. My brother keeps the books, he would have to look at that, I only run the floor here."),
    ("Sam", "Shall we sit down with him and look at the ledger together, with nothing else on the table?"),
    (
        "Bea Holm",
        "Maybe, I have to see when he is in the country, he is always on the road until the autumn.",
    ),
)

BOOK = Playbook(
    id="small",
    name="Small",
    version="7",
    stages=(
        Stage(
            id="find",
            name="Find",
            purpose="Find out what it is worth to them.",
            healthy_days=10,
            required_fields=("need", "worth"),
            exit_criteria=(
                Criterion(
                    id="need_known", text="The need is known.", question="What hurts?", fields=("need",)
                ),
                Criterion(
                    id="goal_agreed", text="They agreed on a goal.",
                    question="Would each of you call that a success?",
                    fields=("need",), commitments=("accepts_goal",), agreed=True,
                ),
            ),
            buyer_commitments=(Commitment(id="accepts_goal", text="They accept the goal."),),
            indicators=(
                Indicator(id="need_said", text="They say what hurts.", fields=("need",), play="asking"),
                Indicator(
                    id="they_talk", text="They have half of the words.", measure="talk_share", at_most=45,
                    try_next="Ask, and wait.", play="asking",
                ),
                Indicator(
                    id="day_set", text="The call ends with a day.", measure="dated_next_step",
                    try_next="Agree on a day.", play="asking",
                ),
            ),
        ),
        Stage(
            id="close",
            name="Close",
            purpose="Take the friction out.",
            healthy_days=5,
            exit_criteria=(
                Criterion(
                    id="signed", text="It is signed.", question="What is left?", commitments=("signs",)
                ),
            ),
            buyer_commitments=(Commitment(id="signs", text="They sign."),),
        ),
    ),
    fields=(
        FieldSpec(id="need", label="Need", question="What hurts?"),
        FieldSpec(id="worth", label="Worth", question="What does it cost you in a month?", kind="money"),
    ),
    objections=(
        ObjectionCategory(id="too_dear", label="Too dear", play="dear"),
        ObjectionCategory(id="too_late", label="Too late", play="dear"),
    ),
    influence_roles=(InfluenceRole(id="champion", label="Champion"),),
    risks=(
        Risk(id="no_day", label="No day", rule="no_next_step", message="Nothing has a day.", play="day"),
        Risk(id="alone", label="One contact", rule="single_threaded", message="Only {count}.", play="asking"),
    ),
    plays=(
        Play(
            id="goal", title="A goal they stand behind", stage=("find",), criterion=("goal_agreed",),
            field=("need",), path="plays/goal.md",
            body='## Ask\n- "How would you measure that today?"\n- "Who else has to like it?"\n',
        ),
        Play(
            id="asking", title="Asking", stage=("find",), field=("worth",), path="plays/asking.md",
            body='## Ask\n- "What did the last month cost you?"\n\n## Say\n- "We cost less than Acme."',
        ),
        Play(id="day", title="A day", path="plays/day.md", body='## Say\n- "When do we speak again?"'),
        Play(
            id="dear", title="Too dear for them", objection=("too_dear",), path="plays/dear.md",
            body='## Say\n- "I can give you ten per cent."\n\n## Ask\n- "Too much against what?"',
        ),
    ),
)  # fmt: skip


def a_call(*lines: tuple[str, str]) -> Transcript:
    """The call, with times."""
    return Transcript(
        id="c1",
        title="A small call",
        date=datetime(2026, 3, 2, 9, tzinfo=UTC),
        participants=tuple(Participant(name=n, side=s, side_source="given", title=t) for n, s, t in PEOPLE),
        turns=tuple(
            Turn(index=n, speaker=who, text=text, start_s=n * 20.0, end_s=n * 20.0 + 18)
            for n, (who, text) in enumerate(lines or LINES)
        ),
        source=Source(format="test", sha256="1" * 64),
    )


def proof(turn: int) -> Evidence:
    """The whole turn as evidence."""
    who, text = LINES[turn]
    return Evidence(turn=turn, speaker=who, start_s=turn * 20.0, quote=text, match=Match.EXACT)


def a_recap(
    *,
    need: float | None = 0.9,
    worth: float | None = None,
    handled: str = "no",
    met: tuple[str, ...] = ("need_known",),
    risks: tuple[str, ...] = ("no_day",),
    step: bool = False,
    direction: str = "stay",
) -> Recap:
    """A recap of the call. `need` and `worth` are how sure the value is; None: not found."""

    def found(sure: float | None, field: str, turn: int) -> FieldResult:
        if sure is None:
            return FieldResult(state="not_discussed")
        item = Item(id=f"{field}-1", value=LINES[turn][1], confidence=sure, evidence=(proof(turn),))
        return FieldResult(state="found", items=(item,))

    stage = BOOK.stages[0]
    return Recap(
        call=CallInfo(
            id="c1", title="A small call", date="2026-03-02T09:00:00+00:00", duration_s=198.0,
            participants=tuple(RecapParticipant(name=n, side=s, side_source="given", title=t, talk_share=0.5)
                               for n, s, t in PEOPLE),
            source=SourceRef(format="test", sha256="1" * 64),
        ),
        playbook=PlaybookRef(id="small", version="7"),
        engine=EngineReport(name="local"),
        coverage=Coverage(turns_read=len(LINES), turns_total=len(LINES), words_total=170),
        summary=(),
        fields={"need": found(need, "need", 1), "worth": found(worth, "worth", 7)},
        stakeholders=(),
        objections=(
            Objection(
                category="too_dear", text="far too expensive for a workshop of our size", handled=handled,
                response=ObjectionResponse(text=LINES[6][1], evidence=(proof(6),)), evidence=(proof(5),),
            ),
        ),
        next_steps=(
            (NextStep(what="Look at the ledger with the brother", owner="both", when="Friday",
                      date="2026-03-06", committed=True, evidence=(proof(9),)),) if step else ()
        ),
        stage=StageAssessment(
            before="find", suggested="find", direction=direction, why="",
            exit_criteria=tuple(
                CriterionResult(id=c.id, text=c.text, met=c.id in met, question=c.question,
                                evidence=(proof(1),) if c.id in met else ())
                for c in stage.exit_criteria
            ),
            missing=(),
        ),
        risks=tuple(RiskResult(id=r, message="Nothing has a day.") for r in risks),
        warnings=(),
    )  # fmt: skip


class FakeLook:
    """A second look that says what it is told to."""

    def __init__(
        self,
        *,
        says: tuple[str, ...] = (),
        held: tuple[int, ...] = (),
        agrees: bool = False,
        sure: float = 0.9,
        near: int | None = None,
        bearing: Bearing | None = None,
    ) -> None:
        self.bearing = bearing or Bearing()
        self.says, self.held, self.yes, self.sure, self.near = says, held, agrees, sure, near

    def says_field(self, field: str) -> bool:
        return field in self.says

    def nearest(self, field: str) -> Moment | None:
        return None if self.near is None else self._at(self.near)

    def held_back(self, criterion: Criterion) -> tuple[Moment, ...]:
        return tuple(self._at(t) for t in self.held)

    def agrees(self, criterion: Criterion) -> bool:
        return self.yes

    def firm(self, criterion: Criterion) -> bool:
        return True

    def left_open(self, objection: Objection) -> float:
        return self.sure

    def confirms(self, risk: Risk) -> bool:
        return True

    def plays_part(self, role: InfluenceRole) -> bool:
        return False

    def bears_on(self, turn: int, criteria: Sequence[Criterion]) -> Bearing:
        return self.bearing

    def takes_back(self) -> bool:
        return True

    def alike(self, text: str, others: Sequence[str]) -> Sequence[float]:
        return [1.0 / (1 + n) for n in range(len(others))]

    def _at(self, turn: int) -> Moment:
        who, text = LINES[turn]
        return Moment(turn=turn, speaker=who, start_s=turn * 20.0, quote=text)
