"""Coaching as the pages show it: prompts with their proof, scorecards, what to keep, start, stop."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from coachbot.coach import CoachPrompt, CoachSheet, Figure, Habit, Moment, PlayRef, RepSheet, Scorecard
from coachbot.coach.scorecard import Line, Verdict
from coachbot.model.transcript import Side
from coachbot.model.workspace import Call
from coachbot.render.words import clock
from coachbot.store import Mark, Unit
from coachbot.web.context import book_title
from coachbot.web.views.evidence import Chip
from coachbot.web.views.playbook import heading_id

KINDS = {
    "reversion": "taken back", "criterion": "exit criterion", "field": "to find out",
    "objection": "objection", "risk": "risk", "behaviour": "how it was held", "next_stage": "next stage",
}  # fmt: skip
VERDICTS: dict[Verdict, tuple[str, str, str]] = {
    "met": ("met", "ok", "check"),
    "not_met": ("not met", "warn", "x"),
    "na": ("not judged", "", "dashed"),
}
ADVICE = (
    ("keep", "Keep", "Seen on two thirds of the calls or more."),
    ("start", "Start", "Seen on 40 % of the calls or fewer."),
    ("stop", "Stop", "Within its limit on 40 % of the calls or fewer."),
)


@dataclass(frozen=True, slots=True)
class MomentView:
    """A moment of a call as a chip. `title` names the call where it is another than the page's."""

    chip: Chip
    call_id: str
    title: str
    place: str


@dataclass(frozen=True, slots=True)
class PlayLink:
    """The page of the playbook that something rests on."""

    title: str
    heading: str
    href: str
    version: str


@dataclass(frozen=True, slots=True)
class Opinion:
    """What somebody thinks of a prompt."""

    by: str
    mine: bool
    useful: bool
    why: str
    at: datetime


@dataclass(frozen=True, slots=True)
class PromptView:
    """A prompt. `receipt` says where something was looked for and not found."""

    id: str
    kind: str
    title: str
    seen: str
    moments: tuple[MomentView, ...]
    receipt: str
    why: str
    say: tuple[str, ...]
    do: str
    play: PlayLink
    call_id: str
    opinions: tuple[Opinion, ...] = ()

    @property
    def mine(self) -> Opinion | None:
        """What the person at the browser thought."""
        return next((o for o in self.opinions if o.mine), None)


@dataclass(frozen=True, slots=True)
class SheetView:
    """The prompts of a call, and how it was held."""

    stage: str
    version: str
    prompts: tuple[PromptView, ...]
    figures: tuple[Figure, ...]
    too_little: str
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LineView:
    """An indicator of a scorecard, with what a manager changed."""

    id: str
    text: str
    verdict: str
    words: str
    tone: str
    sign: str
    seen: str
    moments: tuple[MomentView, ...]
    changed: bool
    before: str
    by: str
    why: str


@dataclass(frozen=True, slots=True)
class CardView:
    """A scorecard."""

    stage: str
    met: int
    judged: int
    lines: tuple[LineView, ...]
    too_little: str


@dataclass(frozen=True, slots=True)
class HabitView:
    """Something to keep, start or stop: seen on `met` of `of` calls."""

    text: str
    met: int
    of: int
    seen: str
    do: str
    moments: tuple[MomentView, ...]
    calls: tuple[tuple[str, str], ...]
    play: PlayLink | None

    @property
    def share(self) -> float:
        """0 to 1."""
        return self.met / self.of if self.of else 0.0


@dataclass(frozen=True, slots=True)
class RepPage:
    """A rep's last calls."""

    id: str
    name: str
    calls: int
    figures: tuple[Figure, ...]
    advice: tuple[tuple[str, str, str, tuple[HabitView, ...]], ...]
    too_little: str


@dataclass(frozen=True, slots=True)
class QueueRow:
    """A call's strongest prompt, in the queue."""

    prompt: PromptView
    moments: tuple[MomentView, ...]
    call: Call
    deal: str
    deal_href: str
    owner: str | None
    owner_id: str
    draft: bool


@dataclass(frozen=True, slots=True)
class QueueView:
    """The queue: `looked` calls in all, `waiting` of them not yet, `total` with something to say."""

    rows: tuple[QueueRow, ...]
    looked: int
    waiting: int
    total: int
    marked: int


def sides_of(unit: Unit, moments: Iterable[Moment]) -> dict[str, str]:
    """The side of everybody who speaks on the calls of the moments."""
    found: dict[str, str] = {}
    for call_id in {m.call_id for m in moments if m.call_id}:
        if unit.transcripts.info(call_id) is not None:
            found |= {p.name: p.side.value for p in unit.transcripts.load(call_id).participants}
    return found


def moment_views(
    moments: Iterable[Moment], known: Mapping[str, str], here: str = ""
) -> tuple[MomentView, ...]:
    """Moments as chips that unfold; `here` is the call that the page is about."""
    found = []
    for m in moments:
        where = clock(m.start_s) or f"turn {m.turn + 1}"
        speaker = m.speaker or "unknown voice"
        side = known.get(m.speaker or "", Side.UNKNOWN.value)
        chip = Chip(m.turn, where, speaker, side, m.start_s, m.quote, exact=True, start=0)
        title = m.call_title if m.call_id != here else ""
        found.append(MomentView(chip, m.call_id or here, title, f"{speaker}, {where}"))
    return tuple(found)


def play_link(ref: PlayRef) -> PlayLink:
    """Where the page of the playbook lies, at its heading."""
    at = f"#{heading_id(ref.heading)}" if ref.heading else ""
    href = f"/playbook/plays/{ref.play}?book={ref.playbook}{at}"
    return PlayLink(ref.title, ref.heading, href, f"{book_title(ref.playbook)} {ref.version}")


def sheet_view(
    sheet: CoachSheet,
    call: Call,
    stage: str,
    known: Mapping[str, str],
    opinions: Mapping[str, tuple[Opinion, ...]],
) -> SheetView:
    """A sheet. `stage` is the stage's name, `opinions` what people think of its prompts by their ids."""
    return SheetView(
        stage=stage,
        version=f"{book_title(sheet.playbook)} {sheet.version}",
        prompts=tuple(prompt_view(p, call.id, known, opinions.get(p.id, ())) for p in sheet.prompts),
        figures=sheet.figures,
        too_little=sheet.too_little or "",
        notes=sheet.notes,
    )


def prompt_view(
    prompt: CoachPrompt, call_id: str, known: Mapping[str, str], opinions: tuple[Opinion, ...] = ()
) -> PromptView:
    """One prompt of a call."""
    gone = prompt.absence if prompt.absence and prompt.absence.turns_total else None
    return PromptView(
        id=prompt.id,
        kind=KINDS.get(prompt.kind, prompt.kind),
        title=prompt.title,
        seen=prompt.seen,
        moments=moment_views(prompt.moments, known, call_id),
        receipt=gone.text if gone else "",
        why=prompt.why,
        say=prompt.say,
        do=prompt.do,
        play=play_link(prompt.play),
        call_id=call_id,
        opinions=opinions,
    )


def opinions_of(
    marks: Iterable[Mark], names: Mapping[str, str], me: str | None
) -> dict[str, tuple[Opinion, ...]]:
    """What people think of prompts, by the prompts' ids."""
    found: dict[str, list[Opinion]] = {}
    for mark in marks:
        prompt = mark.value.get("prompt", {}).get("id")
        mine = mark.by == me
        by = "You" if mine else names.get(mark.by or "", "Somebody")
        useful = bool(mark.value.get("useful"))
        found.setdefault(str(prompt), []).append(Opinion(by, mine, useful, mark.why or "", mark.at))
    return {prompt: tuple(said) for prompt, said in found.items()}


def card_view(card: Scorecard, stage: str, known: Mapping[str, str], names: Mapping[str, str]) -> CardView:
    """A scorecard, with the names of those who changed it."""
    lines = tuple(_line(line, card.call_id or "", known, names) for line in card.lines)
    return CardView(stage, card.met, card.judged, lines, card.too_little or "")


def _line(line: Line, call_id: str, known: Mapping[str, str], names: Mapping[str, str]) -> LineView:
    words, tone, sign = VERDICTS[line.verdict]
    changed = line.engine_verdict is not None
    return LineView(
        id=line.indicator, text=line.text, verdict=line.verdict, words=words, tone=tone, sign=sign,
        seen=line.seen, moments=moment_views(line.moments, known, call_id), changed=changed,
        before=VERDICTS[line.engine_verdict][0] if line.engine_verdict else "",
        by=names.get(line.overridden_by or "", "") if changed else "", why=line.why or "",
    )  # fmt: skip


def rep_page(sheet: RepSheet, calls: Mapping[str, Call], known: Mapping[str, str]) -> RepPage:
    """A rep's page; `calls` are those that the habits name."""

    def of(advice: str) -> tuple[HabitView, ...]:
        return tuple(_habit(h, calls, known) for h in sheet.habits if h.advice == advice)

    return RepPage(
        id=sheet.user,
        name=sheet.name,
        calls=sheet.calls,
        figures=sheet.figures,
        advice=tuple((key, title, rule, of(key)) for key, title, rule in ADVICE),
        too_little=sheet.too_little or "",
    )


def _habit(habit: Habit, calls: Mapping[str, Call], known: Mapping[str, str]) -> HabitView:
    return HabitView(
        text=habit.text,
        met=habit.met,
        of=habit.of,
        seen=habit.seen.partition("; ")[2],  # how often is shown as a bar
        do=habit.do,
        moments=moment_views(habit.examples, known),
        calls=tuple((i, calls[i].title) for i in habit.call_ids if i in calls),
        play=play_link(habit.play) if habit.play else None,
    )


def all_moments(things: Sequence[CoachPrompt | Line]) -> Iterator[Moment]:
    """The moments of prompts or of a scorecard's lines."""
    for thing in things:
        yield from thing.moments
