"""Prompts from objections that were left open."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from coachbot.coach import plays
from coachbot.coach.case import Case, mishandled
from coachbot.coach.gates import ANSWERS, prompt_id
from coachbot.coach.later import matters_of
from coachbot.coach.speak import back_to, first_name, purpose, spoken
from coachbot.coach.types import Basis, CoachPrompt, Moment
from coachbot.model.recap import Objection

OBJECTION, LATE = 35.0, 15.0
MOST = 2
ANSWERED_WITHIN = 4  # turns
DEALT = 8
"""Turns in which an agreed step with a day counts as an answer."""
LIKE = 0.1
"""Likeness from which the play's own question is offered as well."""
_RIVAL = re.compile(
    r"\b(?:they|he|she) (?:offers?|offered|quoted?|quotes|says? half|charges?)\b"
    r"|\balready (?:have|got|use) (?:one|a|the)\b|\b(?:contract|pilot) with\b"
    r"|\bother (?:lot|vendor|supplier|offer)\b"
    r"|\b(?:cheaper|half (?:of )?(?:your|the) (?:price|money)|competitors?)\b",
    re.IGNORECASE,
)
_FAILED = re.compile(
    r"\b(?:last time|we (?:had|tried|bought|paid for)|(?:it|they) (?:died|broke|failed|slept)|stopped working"
    r"|(?:took|sent) (?:it|them) back|switched (?:it )?off|years? (?:ago|back)|happened to (?:me|us))\b",
    re.IGNORECASE,
)
OFFERS = re.compile(
    r"\bwe (?:can|could)\b|\bpossible\b|\bwe(?:['’]?ve| have) done\b|\bhow about\b", re.IGNORECASE
)
RIVALS = "What decides between the two for you, and how do we put them side by side?"
FAILED = "What went wrong then, and what would show you early that it isn't going the same way?"
SETTLES = "What would have to be different, so that this no longer stands in the way?"


def objection_prompts(case: Case) -> Iterator[CoachPrompt]:
    """The objections that most need an answer: one a category, at most two, the surest first.

    Only those that a person accepted or that the second look confirms: an objection that was none, or was
    settled, would have the manager lose trust in all the others.
    """
    sure: dict[str, list[tuple[float, Objection]]] = defaultdict(list)
    for objection in mishandled(case.recap):
        score = _sure(case, objection)
        if score > 0:
            sure[objection.category].append((score, objection))
    ranked = sorted(sure.items(), key=lambda row: -max(s for s, _ in row[1]) - 0.2 * (len(row[1]) - 1))
    sure_of = [row for row in ranked if any(_accepted(case, o) for _, o in row[1])]
    for place, (category, rows) in enumerate([*sure_of, *(r for r in ranked if r not in sure_of)][:MOST]):
        if place and (category, rows) not in sure_of:
            return  # a second one that nobody accepted is more doubt than help
        rows.sort(key=lambda row: -row[0])
        prompt = _prompt(case, category, [o for _, o in rows], place)
        if prompt is not None:
            yield prompt


def _sure(case: Case, objection: Objection) -> float:
    """How sure it is that the objection is open: one that was asked after, or has a day, is dealt with."""
    last = max(e.turn for e in objection.evidence)
    accepted = _accepted(case, objection)
    if accepted and objection.handled == "no":
        return 1.0
    if any(case.asked_after(t) for t in (objection.evidence[0].turn, last)) or case.set_after(last, DEALT):
        return 0.0
    if accepted:
        return 0.9
    if case.look is None or _overtaken(case, objection) or _met_by_an_offer(case, last):
        return 0.0
    matters = matters_of(case)
    if matters is not None and matters.answered(last):
        return 0.0
    return case.look.left_open(objection)


def _met_by_an_offer(case: Case, turn: int) -> bool:
    """Whether our side says soon after what can be done about it: in doubt that is an answer."""
    turns = (
        case.transcript.turns[turn + 1 : turn + 1 + ANSWERED_WITHIN] if case.transcript is not None else ()
    )
    return any(not case.buyers(t.speaker) and OFFERS.search(t.text) for t in turns)


def _accepted(case: Case, objection: Objection) -> bool:
    return any((objection.category, e.turn) in case.accepted_objections for e in objection.evidence)


def _overtaken(case: Case, objection: Objection) -> bool:
    """Whether what the objection's play is about was named later, such as a price after haggling."""
    play = plays.for_objection(case.book, objection.category, case.stage.id)
    last = max(e.turn for e in objection.evidence)
    kinds = {
        f: case.book.field_by_id[f].kind for f in (play.field if play else ()) if f in case.book.field_by_id
    }
    later = [k for f, kind in kinds.items() if kind in ANSWERS for k in case.known.get(f, ())]
    return any(k.moment.call_id == case.call_id and k.moment.turn > last for k in later)


def _prompt(case: Case, category: str, objections: list[Objection], place: int) -> CoachPrompt | None:
    label = next((o.label for o in case.book.objections if o.id == category), category)
    play = plays.for_objection(case.book, category, case.stage.id)
    first = objections[0]
    said = [case.moment(e, first.text) for e in first.evidence if case.buyers(e.speaker)]
    if play is None or not said:
        return None
    near = [
        m for m in said[:2] if m.speaker == said[0].speaker and abs(m.turn - said[0].turn) <= ANSWERED_WITHIN
    ]
    said = sorted({m.turn: case.fuller(m, least=8) for m in near}.values(), key=lambda m: m.turn)
    moment = said[0]
    heart = _heart(case, said)
    about = " ".join(m.quote for m in said)
    line = plays.best_line(play, about, case.look.alike if case.look is not None else None)
    near_enough = 0.0 if case.look is None or line is None else case.look.alike(about, [line.text])[0]
    fits = near_enough >= LIKE
    answer = _answer(case, first, moment)
    others = [case.moment(o.evidence[0]) for o in objections[1:3]]
    name = first_name(moment.speaker)
    quoted = " … ".join(f"“{m.quote}”" for m in said)
    accepted = _accepted(case, first)
    ends = f" The answer: {answer.text}." if answer else ""
    settled = f" {name or 'Nobody'} did not say that {'this' if answer else 'anything'} settles it."
    again = f" The same comes up {len(objections)} times." if len(objections) > 1 else ""
    return CoachPrompt(
        id=prompt_id(case, "objection", f"{category}:{moment.turn}"),
        kind="objection",
        title=f"{f'{label}, left' if accepted else 'Left'} open: “{spoken(heart, 16)}”",
        seen=f"{quoted} ({moment.place}).{ends}{settled}{again}",
        moments=(*said, *((answer,) if answer else ()), *others),
        why=f"An objection left open in {case.stage.name} is settled without you in the room. "
        f"{purpose(case.stage)}",
        basis=Basis(kind="objection", id=category, text=label),
        say=(back_to(heart, _question(about)), *((line.text,) if fits and line is not None else ())),
        play=plays.reference(play, case.book, line),
        causes=(f"objection:{category}", *(f for f in play.field[:1] if case.lacks(f))),
        weight=OBJECTION + LATE * case.lateness + (2.0 if first.handled == "no" else 0.0) - place,
    )


def _question(about: str) -> str:
    """What to ask: of a rival and of something that failed before, what settles the others does not help."""
    if _RIVAL.search(about):
        return RIVALS
    return FAILED if _FAILED.search(about) else SETTLES


def _heart(case: Case, said: list[Moment]) -> Moment:
    """The moment to read back: the one that objects most, else the longest."""
    look = case.look
    if look is not None and len(said) > 1:
        return max(said, key=lambda m: look.bears_on(m.turn, ()).objects)
    return next((m for m in said if m.heart), max(said, key=lambda m: len(m.quote.split())))


def _answer(case: Case, objection: Objection, to: Moment) -> Moment | None:
    """What the seller answered, where it follows at once and is more than a question or a nod."""
    if objection.response is None or not objection.response.evidence:
        return None
    evidence = objection.response.evidence[0]
    if len(evidence.quote.split()) < 6 or evidence.quote.rstrip().endswith("?"):
        return None
    return case.moment(evidence) if 0 < evidence.turn - to.turn <= ANSWERED_WITHIN else None
