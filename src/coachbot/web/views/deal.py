"""A deal: where it stands, what is known of it, who matters, what happened."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from coachbot.insights.deal_risks import DealRisk
from coachbot.model.playbook import Methodology, Playbook
from coachbot.model.recap import CriterionResult, RiskResult
from coachbot.model.workspace import Fact, ReviewItem
from coachbot.web.views.evidence import Chip, chips
from coachbot.web.views.items import words_of


@dataclass(frozen=True, slots=True)
class StageStep:
    """A stage on the tracker. `met` of `total` exit criteria hold, where that is known."""

    id: str
    name: str
    place: Literal["done", "now", "later"]
    met: int = 0
    total: int = 0
    days: int | None = None


@dataclass(frozen=True, slots=True)
class TileView:
    """One letter of a methodology."""

    label: str
    question: str
    state: Literal["empty", "suggested", "accepted"]
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PersonView:
    """Somebody at the account."""

    name: str
    title: str | None
    side: str
    influence: str | None
    last: str | None


@dataclass(frozen=True, slots=True)
class EventView:
    """Something that happened. `kind` is call, move, back or change."""

    at: str
    day: str
    kind: str
    title: str
    text: str = ""
    href: str = ""


@dataclass(frozen=True, slots=True)
class CriterionView:
    """An exit criterion, with the quotes behind it or the question to ask.

    `draft`: it holds only by a draft that nobody has finished reviewing.
    """

    id: str
    text: str
    met: bool
    question: str
    chips: tuple[Chip, ...]
    draft: bool = False


@dataclass(frozen=True, slots=True)
class RiskView:
    """A warning and its reason, and where the last call showed it."""

    label: str
    message: str
    chips: tuple[Chip, ...]


def stage_steps(
    playbook: Playbook,
    stage: str | None,
    criteria: Sequence[CriterionView] = (),
    days: int | None = None,
) -> tuple[StageStep, ...]:
    """All stages in order; the present one with its criteria. Nothing is `now` for an unknown stage."""
    at = playbook.stage_index(stage) if stage in playbook.stage_by_id and stage else -1
    return tuple(
        StageStep(
            id=s.id,
            name=s.name,
            place="done" if n < at else "now" if n == at else "later",
            met=sum(c.met and not c.draft for c in criteria) if n == at else 0,
            total=(len(criteria) or len(s.exit_criteria)) if n == at else 0,
            days=days if n == at else None,
        )
        for n, s in enumerate(playbook.stages)
    )


def tiles(
    method: Methodology, facts: Iterable[Fact], drafts: Iterable[ReviewItem], playbook: Playbook
) -> tuple[TileView, ...]:
    """A tile is accepted with a fact, suggested with a draft item, else empty. Rules only."""
    held, open_ = list(facts), [d for d in drafts if d.status == "draft"]
    found = []
    for element in method.elements:
        sure = _values(held, element.fields, element.influence, playbook)
        maybe = _values(open_, element.fields, element.influence, playbook)
        state: Literal["empty", "suggested", "accepted"] = (
            "accepted" if sure else "suggested" if maybe else "empty"
        )
        found.append(TileView(element.label, element.question, state, tuple(sure or maybe)))
    return tuple(found)


def _values(
    known: Iterable[Fact | ReviewItem], fields: Sequence[str], roles: Sequence[str], playbook: Playbook
) -> list[str]:
    found = []
    for one in known:
        if getattr(one, "replaced_by", None) is not None:
            continue
        fills = one.kind == "field" and one.key in fields
        if fills or (one.kind == "stakeholder" and one.value.get("influence") in roles):
            found.append(words_of(one.kind, one.key, one.value, playbook)[1])
    return list(dict.fromkeys(found))


def criterion_views(
    results: Iterable[CriterionResult], known: Mapping[str, str]
) -> tuple[CriterionView, ...]:
    """The exit criteria of the stage."""
    return tuple(CriterionView(c.id, c.text, c.met, c.question, chips(c.evidence, known)) for c in results)


def risk_views(
    risks: Iterable[DealRisk], told: Iterable[RiskResult], known: Mapping[str, str], call: str
) -> tuple[RiskView, ...]:
    """The warnings that nobody dismissed; `told` are those of the last recap, for the words behind them."""
    words = {r.id: r.evidence for r in told}
    return tuple(
        RiskView(r.label, r.message, chips(words.get(r.risk, ()), known, call))
        for r in risks
        if not r.dismissed
    )


def event(at: datetime, kind: str, title: str, *, text: str = "", href: str = "") -> EventView:
    """An entry of the timeline."""
    return EventView(at.isoformat(), f"{at:%a} {at.day} {at:%b %Y}", kind, title, text, href)
