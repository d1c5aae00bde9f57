"""Prompts from what the buyer left open in so many words and our side went past."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence, Set

from coachbot.coach import plays
from coachbot.coach.case import CLOSE, NEAR, Case
from coachbot.coach.gates import prompt_id
from coachbot.coach.later import Matters, dated_turns
from coachbot.coach.look import GIVES_WAY, Bearing, moment_at
from coachbot.coach.points import Act, Point, asked_after, points_of
from coachbot.coach.speak import back_to, first_name, lower_first, purpose, short, spoken, stop
from coachbot.coach.types import Basis, CoachPrompt, Kind, Moment
from coachbot.model.playbook import Criterion, Play
from coachbot.model.transcript import Side, Transcript

OPEN = 78.0
HELD, OBJECTS, UNSETTLED, SETTLED, SURE, LIKELY = 0.15, 0.7, 0.35, 0.6, 0.5, 0.35
"""Words bear on a criterion, or object, from the first two on; up to the third they are open, from the fourth
on settled; a field is meant from the fifth on, an objection's category from the last."""
GIVEN_UP = 6
"""Turns in which somebody may say that it is fine so."""
SET, LIKE, MOST = 4, 0.4, 3
"""Turns in which a day for it is set; likeness from which a play's own line fits; prompts in all."""
TITLES: dict[Act, str] = {
    "stake": "It may fall on this",
    "unknown": "Not known yet",
    "refuse": "Held back",
    "condition": "On a condition",
    "against": "Somebody is against it",
    "doubt": "Not believed yet",
    "someday": "Promised without a day",
    "decides": "Decided by somebody who is not here",
}
UNSAID = re.compile(r"\b(?:rather not|promise|say|date|when)\b", re.IGNORECASE)
DATED = re.compile(
    r"\b(?:when (?:i|it|we)|too far|which (?:day|week|month|year)|what (?:day|date))\b", re.IGNORECASE
)
REPORTED = re.compile(r"\b(?:he|she|they) (?:\w+ )?(?:told|said|says?|wrote)\b", re.IGNORECASE)
THEIRS = "What would they have to see first, and who shows it to them?"
BEFORE = "What would have to be clear first, so that you can say?"
SAY: dict[Act, str] = {
    "stake": "What can we do before then so that it goes the right way, and what do we do if it doesn't?",
    "unknown": "How do we find that out, and by when?",
    "refuse": "What would it take for you to be able to?",
    "condition": "Who has to do what for that, and by when?",
    "against": "What would they need to see, so that they don't stand in the way?",
    "doubt": "What would you have to see to believe it?",
    "someday": "Shall we put a day to that, even a rough one?",
    "decides": "What will they look at first, and what do we put into your hands for it?",
}
WORKED = "If that takes longer than we hope, what could go ahead in the meantime?"
WHY: dict[Act, str] = {
    "stake": "What can still turn into a no is better worked on before it is asked than after.",
    "unknown": "What the buyer cannot answer today will stop the deal on the day it is needed.",
    "refuse": "A no with its reason is worth more than a yes without one, if it is asked for.",
    "condition": "A condition that nobody owns comes back at the signature.",
    "against": "Who is against it and is not heard speaks up where you are not in the room.",
    "decides": "Who decides and was never heard decides on what somebody else remembers of it.",
    "someday": "A promise without a day is kept when nothing else comes up.",
    "doubt": "A claim that is not believed is argued over again by people who were not there.",
}
RANK: tuple[Act, ...] = ("stake", "condition", "unknown", "doubt", "refuse", "decides", "someday", "against")


def open_prompts(case: Case) -> Iterator[CoachPrompt]:
    """One for each point that bears on the deal, at most three; what our side asked after is left out."""
    call, look = case.transcript, case.look
    if call is None or look is None:
        return
    turns = range(min(len(call.turns), case.recap.coverage.turns_total or len(call.turns)))
    buyers = [t for t in turns if call.side_of(call.turns[t]) is not Side.SELLER]
    sellers = [t for t in turns if call.side_of(call.turns[t]) is Side.SELLER]
    if not sellers or len(buyers) == len(call.turns):
        return
    criteria = [c for stage in case.book.stages for c in stage.exit_criteria]
    tied = {f for c in criteria if c.commitments and c.how == "all" for f in c.fields}
    points = tuple(points_of(call, buyers))
    asked = {p.turn for p in points if p.act != "stake" and asked_after(call, sellers, p.turn)}
    matters = Matters(call, sellers, dated_turns(case))
    found = []
    for point in points:
        if _given_up(call, buyers, point.turn) or matters.taken_up(point):
            continue
        if point.act == "condition" and _step(case, point) is None and matters.day_near(point.turn, 3, 3):
            continue
        close = 0 if point.act == "decides" else CLOSE
        behind = point.act != "stake" and any(0 <= t - point.turn <= close for t in asked)
        bearing = look.bears_on(point.turn, criteria)
        weight = _weight(point, bearing, tied)
        if behind and (
            point.act != "condition" or min(bearing.criterion[1] / HELD, bearing.objects / OBJECTS) < 1
        ):
            continue
        if weight:
            found.append((weight, point, bearing, behind))
    found.sort(key=lambda row: (row[3], -round(row[0], 1), RANK.index(row[1].act)))
    taken: list[int] = []
    for weight, point, bearing, behind in found:
        if any(abs(point.turn - t) <= NEAR or _same(matters, point.turn, t) for t in taken):
            continue
        prompt = _prompt(case, call, point, bearing, criteria, sellers, weight, behind)
        if prompt is not None:
            taken.append(point.turn)
            yield prompt
        if len(taken) == MOST:
            return


def _same(matters: Matters, one: int, other: int) -> bool:
    """Whether two points are about one matter, by the words around them."""
    return matters.shares(range(one - 2, one + 1), range(other - 2, other + 1))


def _given_up(call: Transcript, buyers: Sequence[int], turn: int) -> bool:
    """Whether the same person says soon after that it is fine so."""
    who = call.turns[turn].speaker
    after = (call.turns[t] for t in buyers if turn < t <= turn + GIVEN_UP)
    return any(said.speaker == who and GIVES_WAY.search(said.text) for said in after)


def _weight(point: Point, bearing: Bearing, tied: Set[str]) -> float:
    """0 where the words bear on nothing of the deal, else how much they do (0 to 1).

    `tied` are the fields of criteria that the buyer has to agree to.
    """
    field = 0.2 if bearing.field[1] >= SURE and bearing.field[0] in tied else 0.0
    if point.act in ("decides", "someday"):
        return 0.0 if point.told else field
    if point.act == "stake" and bearing.settled > UNSETTLED:
        return 0.0
    if bearing.settled >= SETTLED:
        return 0.0
    held = bearing.criterion[1] if bearing.criterion[1] >= HELD else 0.0
    against = bearing.objects if bearing.objects >= OBJECTS and bearing.settled <= UNSETTLED else 0.0
    return max(held, 0.4 * against, field, 0.5 if point.firm else 0.0)


def _prompt(
    case: Case,
    call: Transcript,
    point: Point,
    bearing: Bearing,
    criteria: Sequence[Criterion],
    sellers: Sequence[int],
    weight: float,
    behind: bool,
) -> CoachPrompt | None:
    words = case.at(moment_at(call, point.turn, point.start, point.end))
    basis, play, causes = _rests_on(case, bearing, criteria)
    for turn in [t for t in range(point.turn - 2, point.turn) if t >= 0 and t not in sellers][::-1]:
        if play is None and case.look is not None:
            basis, play, causes = _rests_on(case, case.look.bears_on(turn, criteria), criteria)
    if play is None:
        alike = case.look.alike if case.look is not None else None
        play = plays.like_text(case.book, words.quote, case.stage.id, alike)
    if play is None:
        return None
    moment = case.fuller(words)
    step = None if point.act == "stake" else _step(case, point)
    after = next((t for t in sellers if point.turn < t <= point.turn + 3), None)
    went_on = None if after is None or step is not None else case.at(_first_words(call, after))
    line = plays.best_line(play, words.quote, case.look.alike if case.look else None)
    fits = line is not None and case.look is not None and case.look.alike(words.quote, [line.text])[0] >= LIKE
    fits = fits and point.act != "stake"
    question = SAY[point.act]
    if step is not None or behind:
        question = WORKED
    elif point.act in ("refuse", "condition", "doubt") and REPORTED.search(words.quote):
        question = THEIRS
    elif point.act == "unknown" and DATED.search(words.quote):
        question = SAY["someday"]
    elif point.act == "refuse" and UNSAID.search(words.quote):
        question = BEFORE
    own = [WORKED] if point.act == "condition" and question not in (WORKED, THEIRS) else []
    name = first_name(words.speaker)
    seen = f"{moment.text}."
    if step is not None:
        seen += f" A day was set for it: {step.text}."
    elif went_on is not None:
        seen += f" {first_name(went_on.speaker) or 'Our side'} went on with “{went_on.quote}”"
        seen += (
            "." if point.act in ("condition", "stake") or behind else ", and no question about it follows."
        )
    return CoachPrompt(
        id=prompt_id(case, _kind(basis), f"{point.act}:{point.turn}"),
        kind=_kind(basis),
        title=f"{TITLES[point.act]}{f', {name}' if name else ''}: “{spoken(words, 16)}”",
        seen=seen,
        moments=tuple(m for m in (moment, step, went_on) if m is not None),
        why=" ".join(part for part in (WHY[point.act], _bears(basis), purpose(case.stage)) if part),
        basis=basis,
        say=(back_to(words, question), *own, *((line.text,) if line is not None and fits else ())),
        play=plays.reference(play, case.book, line if fits else None),
        causes=(f"point:{point.turn}", *causes),
        weight=OPEN + 20.0 * weight - (25.0 if behind else 0.0),
    )


def _kind(basis: Basis) -> Kind:
    kinds: dict[str, Kind] = {"criterion": "criterion", "objection": "objection", "field": "field"}
    return kinds.get(basis.kind, "risk")


def _bears(basis: Basis) -> str:
    if basis.kind == "stage":
        return ""
    what = {"criterion": "the exit criterion", "objection": "the objection", "field": "what is asked for"}
    return f"It bears on {what.get(basis.kind, 'this')} “{stop(basis.text).rstrip('.')}”."


def _rests_on(
    case: Case, bearing: Bearing, criteria: Sequence[Criterion]
) -> tuple[Basis, Play | None, tuple[str, ...]]:
    """The line of the playbook that the words bear on most, its play, and what the prompt is then about."""
    book, stage = case.book, case.stage.id
    name, sure = bearing.criterion
    criterion = next((c for c in criteria if c.id == name), None)
    if criterion is not None and sure >= HELD:
        play = plays.for_criterion(book, name, stage)
        if play is not None:
            causes = (name, *criterion.commitments, *criterion.fields)
            return Basis(kind="criterion", id=name, text=criterion.text), play, causes
    category, sure = bearing.category
    label = next((o.label for o in book.objections if o.id == category), "")
    if label and sure >= LIKELY and bearing.objects >= OBJECTS:
        play = plays.for_objection(book, category, stage)
        if play is not None:
            return Basis(kind="objection", id=category, text=label), play, (f"objection:{category}",)
    field, sure = bearing.field
    if sure >= SURE and (play := plays.for_field(book, field, stage)) is not None:
        return Basis(kind="field", id=field, text=lower_first(book.field_by_id[field].label)), play, (field,)
    return Basis(kind="stage", id=stage, text=case.stage.purpose), None, ()


def _step(case: Case, point: Point) -> Moment | None:
    """The words that set a day for it: of an agreed step that came out of these very words."""
    for step in case.recap.next_steps:
        turns = [e.turn for e in step.evidence]
        if not step.committed or step.date is None or not step.when or point.turn not in turns:
            continue
        day = step.when.casefold().removeprefix("the ")
        for proof in step.evidence:
            if point.turn < proof.turn <= point.turn + SET and day in proof.quote.casefold():
                return case.moment(proof)
    return None


def _first_words(call: Transcript, turn: int) -> Moment:
    """What our side said next, cut where it goes on."""
    text = call.turns[turn].text
    kept = short(text, 14).removesuffix(" …")
    end = text.find(kept) + len(kept) if kept in text else len(text)
    return moment_at(call, turn, 0, end)
