"""The pre-call brief: one page to read before a call with a deal, every line with where it comes from."""

from __future__ import annotations

from datetime import date
from typing import Any

from pydantic import Field

from coachbot.coach.brief_parts import Likely, Promise, Who, likely, people, promises
from coachbot.coach.case import held_criteria, recap_of
from coachbot.coach.notes import NoteLine, notes_of, summarised
from coachbot.coach.sheet import coach_deal
from coachbot.coach.types import CoachPrompt
from coachbot.errors import NotFoundError
from coachbot.model.base import Frozen
from coachbot.model.playbook import Playbook
from coachbot.model.recap import Recap
from coachbot.model.workspace import Call, Deal
from coachbot.review import Gate, gate_of
from coachbot.store import Unit, Viewer, now

MOST_PEOPLE, MOST_PROMISES, MOST_OPEN, MOST_AGENDA = 6, 6, 6, 5


class OpenQuestion(Frozen):
    """Something still to find out, and the criterion or field that asks for it."""

    about: str
    question: str


class AgendaItem(Frozen):
    """A point for the call; `why` names what it comes from."""

    text: str
    why: str


class Brief(Frozen):
    """The brief of a deal. `left_out` says how much more there is of what did not fit the page."""

    deal: Deal
    stage: str | None
    days_in_stage: int | None
    healthy_days: int | None
    calls: int
    last_contact: date | None
    met: tuple[str, ...] = ()
    people: tuple[Who, ...] = ()
    promises: tuple[Promise, ...] = ()
    open_questions: tuple[OpenQuestion, ...] = ()
    objections: tuple[Likely, ...] = ()
    notes: tuple[NoteLine, ...] = ()
    agenda: tuple[AgendaItem, ...] = ()
    left_out: dict[str, int] = Field(default_factory=dict)
    playbook: str = ""
    made_on: date


def brief_of(
    unit: Unit, deal: Deal, book: Playbook, *, viewer: Viewer | None = None, today: date | None = None
) -> Brief:
    """The brief of a deal, from its calls, facts and notes; answers only from calls the viewer may see."""
    today = today or now().date()
    overview = unit.deals.overview(deal.id)
    recaps = [(c, r) for c in overview.calls if (r := recap_of(unit, c)) is not None]
    gate = gate_of(unit, deal, book)
    stage = book.stage_by_id.get(deal.stage or "")
    who = people(overview, recaps, book)
    promised = promises(unit, recaps, today)
    known = {name for _, recap in recaps for name, found in recap.fields.items() if found.items}
    drafted = held_criteria(stage, [r for _, r in recaps]) if stage else set()
    asked = _open(gate, known, drafted, book)
    prompts = _prompts(unit, deal, book, recaps)
    notes = summarised(
        notes_of(unit, deal.id), [deal.account, *(q.question for q in asked)], likeness=_likeness()
    )
    entered = (today - deal.entered_stage_on).days if deal.entered_stage_on else None
    return Brief(
        deal=deal,
        stage=stage.name if stage else None,
        days_in_stage=entered,
        healthy_days=stage.healthy_days if stage else None,
        calls=len(overview.calls),
        last_contact=max(((c.date or c.created_at).date() for c in overview.calls), default=None),
        met=tuple(c.text for c in gate.criteria if c.met),
        people=who[:MOST_PEOPLE],
        promises=promised[:MOST_PROMISES],
        open_questions=asked[:MOST_OPEN],
        objections=likely(unit, overview, book, viewer),
        notes=notes,
        agenda=_agenda(promised, prompts, asked),
        left_out={
            name: over
            for name, over in (
                ("people", len(who) - MOST_PEOPLE),
                ("promises", len(promised) - MOST_PROMISES),
                ("open questions", len(asked) - MOST_OPEN),
            )
            if over > 0
        },
        playbook=f"{book.name} {book.version}",
        made_on=today,
    )


def _open(gate: Gate, known: set[str], drafted: set[str], book: Playbook) -> tuple[OpenQuestion, ...]:
    """What neither an accepted fact nor a draft answers."""
    asked = [
        OpenQuestion(about=c.text, question=c.question)
        for c in gate.criteria
        if not c.met and c.id not in drafted and c.question
    ]
    fields = (book.field_by_id[f] for f in gate.missing if f not in known)
    return (*asked, *(OpenQuestion(about=f.label, question=f.question) for f in fields))


def _prompts(
    unit: Unit, deal: Deal, book: Playbook, recaps: list[tuple[Call, Recap]]
) -> tuple[CoachPrompt, ...]:
    if not recaps:
        return ()
    try:
        return coach_deal(unit, deal, book).prompts
    except NotFoundError:
        return ()


def _agenda(
    promised: tuple[Promise, ...], prompts: tuple[CoachPrompt, ...], asked: tuple[OpenQuestion, ...]
) -> tuple[AgendaItem, ...]:
    """What is owed first, then what holds the deal back most, then the next step."""
    items = []
    owed = [p for p in promised if p.state in ("silent", "waiting")]
    if owed:
        sides = {"seller": "ours", "buyer": "theirs", "both": "both sides'", "unknown": "open whose"}
        first = sorted(owed, key=lambda p: not p.overdue)[:2]
        text = "; ".join(f"“{p.what.rstrip('.')}” ({sides.get(p.owner, 'open whose')})" for p in first)
        items.append(AgendaItem(text=f"Settle what was promised: {text}", why="promises of earlier calls"))
    for prompt in prompts:
        if prompt.say and len(items) < MOST_AGENDA - 1:
            items.append(AgendaItem(text=prompt.say[0], why=prompt.title))
    if not prompts:
        items += [AgendaItem(text=q.question, why=q.about) for q in asked[: MOST_AGENDA - 2]]
    items.append(
        AgendaItem(text="Agree on the next step, its purpose, who comes, and the day", why="every call")
    )
    return tuple(items)


def _likeness() -> Any:
    """The sentence encoder's likeness, None where it is not installed."""
    from coachbot.coach.look import likeness

    return likeness()
