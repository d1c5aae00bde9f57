"""An answer as its page shows it, and questions that one may start from."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode

from coachbot.coach import Count, Counter, Filters, Reply
from coachbot.coach.ask import NOT_FOUND
from coachbot.coach.intent import read_count
from coachbot.model.playbook import Playbook
from coachbot.model.workspace import CallState, Outcome
from coachbot.store import Unit, Viewer
from coachbot.web.views.coach import MomentView, moment_views, sides_of

READ = (CallState.DRAFT, CallState.REVIEWED)
_MARK = re.compile(r"\s*\[([MK]\d+)\]")


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a model's answer; `target` is the id of what it cites, where it is a citation."""

    text: str
    target: str = ""


@dataclass(frozen=True, slots=True)
class AnswerView:
    """An answer. `title` heads it, `engine` says who answered, `about` how that is done.

    `bases` say of each count what it counts.
    `told` is what there is to say in place of an answer: that a name is nobody's, or which one is meant.
    """

    kind: str
    title: str
    told: str
    engine: str
    about: str
    parts: tuple[Part, ...]
    counts: tuple[Count, ...]
    bases: tuple[str, ...]
    moments: tuple[MomentView, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Example:
    """A question to start from, and what it shows."""

    text: str
    href: str
    shows: str


def answer_view(unit: Unit, reply: Reply, model: str) -> AnswerView:
    """The page from a reply. `model` is the language model's name."""
    known = sides_of(unit, reply.moments)
    told = {
        "count": ("Counted by code", "Counted one by one over all calls and deals that you may see."),
        "passages": ("Found by search", "Word for word from the calls; no language model."),
        "model": (
            f"Answered by {model}",
            "Each sentence was held against what it cites, or thrown away.",
        ),
        "none": ("Searched, no language model", "Over all calls that you may see."),
    }  # fmt: skip
    engine, about = told[reply.kind]
    title, asks_back = _titled(reply)
    if asks_back:
        engine, about = "Names looked up", "Nothing was searched yet."
    instead = reply.text if reply.kind == "none" and reply.text != NOT_FOUND else ""
    return AnswerView(
        kind=reply.kind,
        title=title,
        told=instead,
        engine=engine,
        about=about,
        parts=tuple(_parts(reply.text)) if reply.kind == "model" else (),
        counts=reply.counts,
        bases=tuple(basis(c) for c in reply.counts),
        moments=moment_views(reply.moments, known),
        notes=tuple(n for n in reply.notes if n != instead),
    )


def basis(count: Count) -> str:
    """What is counted: drafts count here, where Insights leave them out."""
    if count.what == "objections" or count.moments or "with such an objection" in count.filters:
        return (
            "Objections that were accepted, and those of drafts that nobody reviewed yet; rejected ones are "
            "left out. Insights count accepted ones alone, unless asked for drafts as well."
        )
    return {
        "calls": "Calls that were read, whether reviewed or not.",
        "deals": "Deals as they stand today.",
    }.get(count.what, "")


def _titled(reply: Reply) -> tuple[str, bool]:
    """The heading, and whether a name has to be made clear before anything is looked for.

    A reply without an answer tells only by its sentence what kept it from one.
    """
    if reply.kind != "none":
        return {"count": "Counted", "passages": "What was said", "model": "Answer"}[reply.kind], False
    if reply.text == NOT_FOUND:
        return "Not found", False
    if reply.text.startswith("Nobody called"):
        return "Nobody by that name", True
    if reply.text.startswith("I don't find"):
        return "Not said by this person", False
    return "Which one is meant?", True


def _parts(text: str) -> Iterator[Part]:
    """The sentences and, between them, citations numbered as the lists below number what is cited."""
    numbers: dict[str, str] = {}
    at = 0
    for mark in _MARK.finditer(text):
        if mark.start() > at:
            yield Part(text[at : mark.start()])
        kind = mark[1][0]
        if mark[1] not in numbers:
            same = sum(name.startswith(kind) for name in numbers)
            numbers[mark[1]] = f"{'m' if kind == 'M' else 'c'}{same + 1}"
        target = numbers[mark[1]]
        yield Part(target[1:] if kind == "M" else f"count {target[1:]}", target)
        at = mark.end()
    if at < len(text):
        yield Part(text[at:])


def examples(unit: Unit, book: Playbook, viewer: Viewer | None) -> tuple[Example, ...]:
    """Questions that this workspace can answer, from what was raised in it lately; at most five."""
    users, today = tuple(unit.users.list()), datetime.now(UTC).date()
    found = []
    raised = Counter(unit, book, viewer).count("objections", Filters(), "category").rows
    label = raised[0].name if raised else next((o.label for o in book.objections), "")
    newest = next(iter(unit.calls.list(visible_to=viewer, states=READ, limit=1).items), None)
    month = (newest.date or newest.created_at) if newest else datetime.now(UTC)
    for text, shows in (
        (f"How many deals heard an objection about {label.casefold()}?", "a count, with what it is of"),
        ("How many objections were left open, by category?", "a count in groups"),
        (f"How many calls were there in {month:%B %Y}, by stage?", "a count over time"),
    ):
        asked = read_count(text, book, users, today)
        if asked is not None and not asked.unplaced:
            found.append(Example(text, _href(text), shows))
    deal = next(iter(unit.deals.list(visible_to=viewer, outcome=Outcome.OPEN, limit=1).items), None)
    stage = book.stage_by_id.get(deal.stage or "") if deal else None
    for spec in [book.field_by_id[f] for f in (stage or book.stages[0]).required_fields[:1]]:
        text = f"What was said about {spec.label.casefold()}?"
        found.append(Example(text, _href(text), "the words themselves, from all calls"))
    if deal:
        text = "Who decides, and who has to agree?"
        found.append(Example(text, _href(text, deal.id), f"the words, from {deal.account} alone"))
    return tuple(found)


def _href(text: str, deal: str = "") -> str:
    return "/ask?" + urlencode({"q": text} | ({"deal": deal} if deal else {}))
