"""Prompts from what a stage asks for: going back, exit criteria, required fields, and the stage after."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from coachbot.coach import plays
from coachbot.coach.case import Case, Known, mishandled
from coachbot.coach.later import matters_of
from coachbot.coach.speak import back_to, listing, lower_first, purpose, stop
from coachbot.coach.types import Basis, CoachPrompt, Kind, Moment, PlayRef
from coachbot.model.playbook import Criterion, Play
from coachbot.store import stable_id

REVERSION, CRITERION, FIELD, NEXT_STAGE = 100.0, 80.0, 60.0, 12.0
WEAK = 0.45
"""A draft below this confidence is taken for something only touched on."""
MOST_NEXT = 2
HELD_BACK = "Held back:"
ANSWERS = ("choice", "money", "date", "duration", "person")


def reversion_prompts(case: Case) -> Iterator[CoachPrompt]:
    """What was said takes away what the stage rests on: that comes before everything else.

    With it come the criteria of the earlier stage that the buyer's words put in doubt: they are to be earned
    again, and those of the stage the deal is in have to wait.
    """
    back = case.recap.stage
    if not goes_back(case):
        return
    moment = _said_in(case, back.why)
    to = case.book.stage_by_id[back.suggested]
    play = plays.for_text(case.book, case.book.stage_reversion_rule, case.stage.id)
    if moment is None or play is None:
        return
    moment = case.fuller(moment)
    line, ref = _line(case, play, moment.quote)
    earlier = replace(case, stage=to, met=frozenset())
    held = {c.id: case.look.held_back(c) for c in to.exit_criteria} if case.look is not None else {}
    again = [c for c in to.exit_criteria if held.get(c.id)]
    first = again[0] if again else None
    said = [case.fuller(case.at(held[first.id][0]))] if first else []
    said = [m for m in said if m.turn != moment.turn]
    question = (first.question if first else "") or line
    yield CoachPrompt(
        id=prompt_id(case, "reversion", back.suggested),
        kind="reversion",
        title=f"What {case.stage.name} rests on may be gone",
        seen=" ".join(f"{m.text}." for m in (moment, *said)),
        moments=(moment, *said),
        why=f"If that holds, the deal belongs in {to.name} again"
        f"{f': {lower_first(first.text)}' if first else '.'} {case.book.stage_reversion_rule}".strip(),
        basis=Basis(kind="stage", id=to.id, text=to.purpose),
        say=(back_to(said[0] if said else moment, question),) if question else (),
        do=f"Move the deal back to {to.name} with this quote as the reason, or write down why it stays.",
        play=ref,
        causes=(f"stage:{to.id}", *((first.id,) if first else ())),
        weight=REVERSION,
    )
    matters = matters_of(case)
    for place, criterion in enumerate(again[1:]):
        turn = held[criterion.id][0].turn
        if matters is not None and matters.answered(turn):
            continue
        about = plays.for_criterion(case.book, criterion.id, to.id)
        if about is not None:
            made = _criterion(earlier, criterion, about, place)
            yield made.model_copy(update={"title": f"To be earned again: {lower_first(criterion.text)}"})


def goes_back(case: Case) -> bool:
    """Whether the call takes away what the stage rests on."""
    back = case.recap.stage
    if case.look is not None and not case.look.takes_back():
        return False
    return (
        back.direction == "revert"
        and back.before == case.stage.id
        and back.suggested in case.book.stage_by_id
    )


def criterion_prompts(case: Case) -> Iterator[CoachPrompt]:
    """One prompt for each exit criterion that is open, with the words nearest to it."""
    for place, criterion in enumerate(() if goes_back(case) else case.unmet):
        play = plays.for_criterion(case.book, criterion.id, case.stage.id)
        play = play or next(
            (p for f in criterion.fields if (p := plays.for_field(case.book, f, case.stage.id))), None
        )
        if play is None or _answered(case, criterion, play):
            continue
        made = _criterion(case, criterion, play, place)
        if case.look is None or _shown(case, criterion, made):
            yield made


def _shown(case: Case, criterion: Criterion, prompt: CoachPrompt) -> bool:
    """Whether the gap shows: in words that hold back and that nobody asked after, or by what was never said.

    That an agreement was not found is no gap by itself: the call may not have come to it.
    """
    if any(case.lacks(f) for f in criterion.fields):
        return True
    if not prompt.moments:
        return False
    first, matters = prompt.moments[0].turn, matters_of(case)
    held = prompt.seen.startswith(HELD_BACK)
    if held and matters is not None and matters.answered(first):
        return False
    own = {k.moment.turn for f in criterion.fields for k in case.known.get(f, ())}
    return not case.asked_after(first) and (held or first in own)


def _answered(case: Case, criterion: Criterion, play: Play) -> bool:
    """Whether the day, sum or name that the criterion turns on has been said, so that asking is behind it."""
    names = criterion.fields or play.field[:1]
    asked = [n for n in names if case.book.field_by_id[n].kind in ANSWERS]
    return bool(asked) and not any(case.lacks(n) for n in asked)


def _criterion(case: Case, criterion: Criterion, play: Play, place: int) -> CoachPrompt:
    missing = [f for f in criterion.fields if case.lacks(f)]
    held = tuple(case.at(m) for m in case.look.held_back(criterion)) if case.look is not None else ()
    held = tuple(case.fuller(m) for m in held if case.buyers(m.speaker))
    anchor = [] if held and not criterion.fields else anchor_of(case, criterion, play)
    moments = _distinct((*held[:1], *(k.moment for k in anchor[:1]), *held[1:2]))
    labels = [case.book.field_by_id[f].label for f in missing]
    agreed = [case.book.commitment_by_id[c].text for c in criterion.commitments]
    what = listing([*labels, *(f"“{a}”" for a in agreed)], "or")
    absence = case.absence(what or criterion.text)
    question = _question(case, criterion, missing)
    opener = held[0] if held else anchor[0].moment if anchor else None
    line, ref = _line(case, play, " ".join(m.quote for m in moments) or criterion.text)
    return CoachPrompt(
        id=prompt_id(case, "criterion", criterion.id),
        kind="criterion",
        title=f"Still open: {lower_first(criterion.text)}",
        seen=_seen(held, anchor, labels, agreed, absence.text),
        moments=moments,
        absence=absence,
        why=_why_criterion(case, place),
        basis=Basis(kind="criterion", id=criterion.id, text=criterion.text),
        say=tuple(s for s in (back_to(opener, question) if opener else question, line) if s),
        play=ref,
        causes=(criterion.id, *(missing or criterion.fields), *criterion.commitments),
        weight=CRITERION - place + (2.0 if held else 0.0),
    )


def anchor_of(case: Case, criterion: Criterion, play: Play) -> list[Known]:
    """What is on the table already: a value of the criterion's fields, else of those its play is about."""
    for name in (*criterion.fields, *play.field):
        found = [k for k in case.known.get(name, ()) if case.buyers(k.moment.speaker) and k.confidence >= 0.6]
        if found:
            found.sort(key=lambda k: (not k.accepted, k.moment.call_id != case.call_id))
            return [replace(k, moment=case.fuller(k.moment)) for k in found]
    return []


def _seen(
    held: tuple[Moment, ...], anchor: list[Known], labels: list[str], agreed: list[str], receipt: str
) -> str:
    parts = []
    if held:
        parts.append(f"{HELD_BACK} {held[0].text}.")
    if anchor and (not held or anchor[0].moment.turn != held[0].turn):
        parts.append(f"On the table: {anchor[0].moment.text}.")
    if labels:
        parts.append(f"{listing(labels)}: {receipt}.")
    elif agreed:
        parts.append(f"The buyer's own agreement was {receipt}.")
    else:
        parts.append(f"What would show it was {receipt}.")
    return " ".join(parts)


def _question(case: Case, criterion: Criterion, missing: list[str]) -> str:
    """The criterion's question; the field's where one field alone is missing among several."""
    if len(missing) == 1 and len(criterion.fields) > 1:
        return case.book.field_by_id[missing[0]].question
    return criterion.question or (case.book.field_by_id[missing[0]].question if missing else "")


def _why_criterion(case: Case, place: int) -> str:
    following = case.book.next_stage(case.stage.id)
    to = f": the deal does not move to {following.name} without it" if following else ""
    parts = [f"An exit criterion of {case.stage.name}{to}."]
    if place == 0:
        parts.append(purpose(case.stage))
        parts += [stop(r.message) for r in case.risks if _rule(case, r.id) == "long_time_in_stage"]
    return " ".join(p for p in parts if p)


def field_prompts(case: Case) -> Iterator[CoachPrompt]:
    """Required fields that are missing, or that were only touched on; those nobody came near to, in one."""
    silent = []
    for place, name in enumerate(() if goes_back(case) else case.stage.required_fields):
        play = plays.for_field(case.book, name, case.stage.id)
        if play is None:
            continue
        if _made_up_for(case, name):
            continue
        known = case.known.get(name, ())
        weak = bool(known) and not known[0].accepted and known[0].confidence < WEAK
        if weak or case.lacks(name):
            near = case.fuller(known[0].moment) if weak else _pushed_back(case, name) or _near(case, name)
            if near is None:
                silent.append((name, play))
            else:
                yield _field(case, [name], play, near, weak, place)
    if silent:
        yield _field(case, [name for name, _ in silent], silent[0][1], None, False, 0)


def _made_up_for(case: Case, name: str) -> bool:
    """Whether a criterion of the stage takes another field in its place, and that one is there."""
    return any(
        name in c.fields and c.how == "any" and sum(not case.lacks(f) for f in c.fields) >= (c.at_least or 1)
        for c in case.stage.exit_criteria
    )


def _pushed_back(case: Case, name: str) -> Moment | None:
    """What the buyer said against the thing, where a sure objection's play is about this field first."""
    for objection in mishandled(case.recap):
        play = plays.for_objection(case.book, objection.category, case.stage.id)
        sure = case.look.left_open(objection) if case.look is not None else 0.0
        if sure and play is not None and play.field[:1] == (name,):
            said = [case.moment(e, objection.text) for e in objection.evidence if case.buyers(e.speaker)]
            return case.fuller(said[0]) if said else None
    return None


def _near(case: Case, name: str) -> Moment | None:
    moment = case.look.nearest(name) if case.look is not None else None
    return case.fuller(case.at(moment)) if moment is not None else None


def _field(
    case: Case, names: list[str], play: Play, moment: Moment | None, weak: bool, place: int
) -> CoachPrompt:
    specs = [case.book.field_by_id[n] for n in names]
    label = listing(s.label if n == 0 else lower_first(s.label) for n, s in enumerate(specs))
    line, ref = _line(case, play, moment.quote if moment else "")
    near = f"{'Only touched on' if weak else 'The nearest to it'}: {moment.text}." if moment else ""
    seen = near if weak else f"{near} {label}: {case.absence(label).text}.".strip()
    first = back_to(moment, specs[0].question) if moment else specs[0].question
    more = [s.question for s in specs[1:3]] or ([line] if plays.named_like(play, names[0]) else [])
    return CoachPrompt(
        id=prompt_id(case, "field", names[0]),
        kind="field",
        title=f"{label}: {'touched on, not pinned down' if weak else 'not known yet'}",
        seen=seen,
        moments=(moment,) if moment else (),
        absence=None if weak else case.absence(label),
        why=f"Required in {case.stage.name}. {purpose(case.stage)}",
        basis=Basis(kind="field", id=names[0], text=f"Required in {case.stage.name}: {label}"),
        say=tuple(s for s in (first, *more) if s),
        play=ref,
        causes=tuple(names),
        weight=FIELD - place - (10.0 if weak else 0.0),
    )


def next_stage_prompts(case: Case) -> Iterator[CoachPrompt]:
    """Where every criterion holds: what the stage after asks for, hung on what the buyer has said."""
    following = case.book.next_stage(case.stage.id)
    last = following is not None and case.book.next_stage(following.id) is None
    if case.unmet or following is None or last or goes_back(case):
        return
    if case.look is not None and not all(case.look.firm(c) for c in case.stage.exit_criteria):
        return  # "all of them hold" is a claim as well
    made, matters = 0, matters_of(case)
    for criterion in following.exit_criteria:
        play = plays.for_criterion(case.book, criterion.id, following.id)
        anchor = [k for k in anchor_of(case, criterion, play) if k.field in criterion.fields] if play else []
        if play is None or not anchor or (case.look is not None and case.look.agrees(criterion)):
            continue
        if case.book.field_by_id[anchor[0].field].kind in ANSWERS:
            continue  # a day or a sum that was given answers the question already
        moment = anchor[0].moment
        if matters is not None and moment.call_id == case.call_id and matters.agreed_after(moment.turn):
            continue  # they have agreed when to go into it
        line, ref = _line(case, play, moment.quote)
        yield CoachPrompt(
            id=prompt_id(case, "next_stage", criterion.id),
            kind="next_stage",
            title=f"Next, in {following.name}: {lower_first(criterion.text)}",
            seen=f"To build on: {moment.text}. All {len(case.stage.exit_criteria)} exit criteria of "
            f"{case.stage.name} hold.",
            moments=(moment,),
            why=f"An exit criterion of {following.name}. {purpose(following)}",
            basis=Basis(kind="criterion", id=criterion.id, text=criterion.text),
            say=tuple(s for s in (back_to(moment, criterion.question), line) if s),
            play=ref,
            causes=(criterion.id, *criterion.fields),
            weight=NEXT_STAGE - made,
        )
        made += 1
        if made == MOST_NEXT:
            return


def prompt_id(case: Case, kind: Kind, about: str) -> str:
    """The same prompt for the same call keeps its id."""
    return stable_id(case.subject, kind, about)[:12]


def _line(case: Case, play: Play, about: str) -> tuple[str, PlayRef]:
    """What the play would say to this, and where it says so."""
    line = plays.best_line(play, about, case.look.alike if case.look is not None else None)
    return (line.text if line else ""), plays.reference(play, case.book, line)


def _rule(case: Case, risk_id: str) -> str:
    return next((r.rule for r in case.book.risks if r.id == risk_id), "")


def _distinct(moments: tuple[Moment, ...]) -> tuple[Moment, ...]:
    return tuple({(m.call_id, m.turn): m for m in moments}.values())


def _said_in(case: Case, why: str) -> Moment | None:
    """The moment whose words the assessment quotes."""
    quote = why.partition("“")[2].rpartition("”")[0]
    if not quote or case.transcript is None:
        return None
    for turn in case.transcript.turns:
        at = turn.text.find(quote)
        if at >= 0:
            return case.at(
                Moment(turn=turn.index, speaker=turn.speaker, start_s=turn.time_at(at), quote=quote)
            )
    return None
