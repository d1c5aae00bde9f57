"""The deals as a list, and one deal whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from coachbot.insights.deal_risks import DealRisk
from coachbot.model.playbook import Playbook
from coachbot.model.recap import Recap
from coachbot.model.workspace import Call, Deal, Fact, Outcome, Person, ReviewItem, StageChange
from coachbot.render.words import day
from coachbot.review import Gate
from coachbot.store import DealOverview
from coachbot.web.templating import ago
from coachbot.web.views.deal import (
    CriterionView,
    EventView,
    PersonView,
    RiskView,
    StageStep,
    TileView,
    event,
    risk_views,
    stage_steps,
    tiles,
)
from coachbot.web.views.evidence import Chip, chips
from coachbot.web.views.finish import Missing, criteria_of
from coachbot.web.views.held import held
from coachbot.web.views.items import words_of


@dataclass(frozen=True, slots=True)
class FactView:
    """Values of one field, or one thing said, each with its proof and the call it comes from.

    `older`: how many there are besides, from before.
    """

    label: str
    values: tuple[tuple[str, tuple[str, ...], tuple[Chip, ...], str], ...]
    older: int = 0


@dataclass(frozen=True, slots=True)
class DealRow:
    """A deal in a list."""

    id: str
    name: str
    account: str
    stage: str
    days: int | None
    late: bool
    amount: str
    close: str
    owner: str | None
    outcome: str
    waiting: int = 0


@dataclass(frozen=True, slots=True)
class DealPage:
    """All that a deal's page shows."""

    deal: Deal
    owner: str | None
    stage: str
    days: int | None
    late: bool
    amount: str
    steps: tuple[StageStep, ...]
    criteria: tuple[CriterionView, ...]
    missing: tuple[Missing, ...]
    facts: tuple[FactView, ...]
    next_steps: FactView | None
    objections: FactView | None
    methods: tuple[tuple[str, str], ...]
    method: str
    tiles: tuple[TileView, ...]
    people: tuple[PersonView, ...]
    risks: tuple[RiskView, ...]
    dismissed: int
    events: tuple[EventView, ...]
    older_calls: int
    waiting: tuple[tuple[str, str, int], ...]
    stages: tuple[tuple[str, str], ...]


def money(deal: Deal) -> str:
    """`EUR 48,000`, or nothing."""
    return f"{deal.currency or ''} {deal.amount:,.0f}".strip() if deal.amount is not None else ""


def days_in(deal: Deal, today: date | None = None) -> int | None:
    """Days since the deal entered its stage."""
    since = deal.entered_stage_on
    return ((today or datetime.now(UTC).date()) - since).days if since else None


def deal_rows(
    deals: Iterable[Deal], books: Mapping[str, Playbook], names: Mapping[str, str], waiting: Mapping[str, int]
) -> tuple[DealRow, ...]:
    """The deals, each with its stage's name and how long it is there."""
    found = []
    for deal in deals:
        spec = books[deal.playbook].stage_by_id.get(deal.stage or "")
        days = days_in(deal) if deal.outcome is Outcome.OPEN else None
        found.append(
            DealRow(
                id=deal.id,
                name=deal.name,
                account=deal.account,
                stage=spec.name if spec else (deal.stage or "no stage yet"),
                days=days,
                late=bool(spec and days is not None and days > spec.healthy_days),
                amount=money(deal),
                close=day(deal.close_date.isoformat()) if deal.close_date else "",
                owner=names.get(deal.owner or ""),
                outcome=deal.outcome.value,
                waiting=waiting.get(deal.id, 0),
            )
        )
    return tuple(found)


def deal_page(
    whole: DealOverview,
    gate: Gate,
    book: Playbook,
    drafts: Iterable[ReviewItem],
    names: Mapping[str, str],
    *,
    method: str = "",
    risks: Sequence[DealRisk] = (),
) -> DealPage:
    """The page of a deal. `risks`: its warnings today, as the team's page has them."""
    deal = whole.deal
    spec = book.stage_by_id.get(deal.stage or "")
    days = days_in(deal)
    sides = {p.name: p.side.value for p in whole.people}
    criteria = criteria_of(gate, sides)
    chosen = next((m for m in book.methodologies if m.id == method), next(iter(book.methodologies), None))
    recap = Recap.model_validate(whole.recap.recap) if whole.recap else None
    return DealPage(
        deal=deal,
        owner=names.get(deal.owner or ""),
        stage=spec.name if spec else (deal.stage or "no stage yet"),
        days=days,
        late=bool(spec and days is not None and days > spec.healthy_days),
        amount=money(deal),
        steps=stage_steps(book, deal.stage, criteria, days),
        criteria=criteria,
        missing=tuple(
            Missing(book.field_by_id[f].label, book.field_by_id[f].question)
            for f in gate.missing
            if f in book.field_by_id
        ),
        facts=_fields(whole, book, sides),
        next_steps=_others(whole, "next_step", "Next steps", book, sides),
        objections=_others(whole, "objection", "Objections", book, sides),
        methods=tuple((m.id, m.name) for m in book.methodologies),
        method=chosen.id if chosen else "",
        tiles=tiles(chosen, whole.facts, drafts, book) if chosen else (),
        people=people_views(whole.people, book),
        risks=risk_views(
            risks, recap.risks if recap else (), sides, whole.recap.call_id if whole.recap else ""
        ),
        dismissed=sum(r.dismissed for r in risks),
        events=_events(whole, book, names),
        older_calls=whole.totals.calls - len(whole.calls),
        waiting=tuple(
            (c.id, c.title, whole.open_items[c.id]) for c in whole.calls if whole.open_items.get(c.id)
        ),
        stages=tuple((s.id, s.name) for s in book.stages),
    )


def people_views(people: Iterable[Person], book: Playbook) -> tuple[PersonView, ...]:
    """Those who matter most first: with a known part in the decision, then by last contact."""
    labels = {r.id: r.label for r in book.influence_roles}
    old = datetime.min.replace(tzinfo=UTC)
    order = sorted(people, key=lambda p: (p.influence != "unknown", p.last_contact or old), reverse=True)
    return tuple(
        PersonView(
            name=p.name,
            title=p.title,
            side=p.side.value,
            influence=labels.get(p.influence) if p.influence != "unknown" else None,
            last=ago(p.last_contact) if p.last_contact else None,
        )
        for p in order
    )


def _fields(whole: DealOverview, book: Playbook, sides: Mapping[str, str]) -> tuple[FactView, ...]:
    by_key: dict[str, list[Fact]] = {}
    for fact in whole.facts:
        if fact.kind == "field" and fact.key:
            by_key.setdefault(fact.key, []).append(fact)
    order = {f.id: n for n, f in enumerate(book.fields)}
    keys = sorted(by_key, key=lambda k: order.get(k, len(order)))
    return tuple(
        FactView(
            book.field_by_id[key].label if key in book.field_by_id else key,
            _values(by_key[key], book, sides),
            whole.totals.facts_of.get(key, 0) - len(by_key[key]),
        )
        for key in keys
    )


def _others(
    whole: DealOverview, kind: str, label: str, book: Playbook, sides: Mapping[str, str]
) -> FactView | None:
    found = [f for f in whole.facts if f.kind == kind]
    older = whole.totals.facts_of.get(kind, 0) - len(found)
    return FactView(label, _values(found, book, sides), older) if found else None


def _values(
    facts: Iterable[Fact], book: Playbook, sides: Mapping[str, str]
) -> tuple[tuple[str, tuple[str, ...], tuple[Chip, ...], str], ...]:
    found = []
    for fact in facts:
        _, value, more = words_of(fact.kind, fact.key, fact.value, book)
        found.append((value, more, chips(fact.evidence, sides), fact.call_id))
    return tuple(found)


def _events(whole: DealOverview, book: Playbook, names: Mapping[str, str]) -> tuple[EventView, ...]:
    told = [(c.date or c.created_at, _call_event(c)) for c in whole.calls]
    told += [(m.at, _move_event(m, book, names)) for m in whole.stage_changes]
    for before, change in zip((None, *whole.close_dates), whole.close_dates, strict=False):
        to = day(change.close_date.isoformat()) if change.close_date else "open"
        words = f"Close date moved to {to}" if before else f"Close date: {to}"
        told.append((change.at, event(change.at, "change", words, text=_by(change.by, names))))
    return tuple(e for _, e in sorted(told, key=lambda pair: pair[0], reverse=True))


def _call_event(call: Call) -> EventView:
    state = "" if call.reviewed_at else "not yet reviewed"
    told = " · ".join(w for w in ("" if call.date else held(call), state) if w)
    return event(call.date or call.created_at, "call", call.title, text=told, href=f"/calls/{call.id}")


def _move_event(move: StageChange, book: Playbook, names: Mapping[str, str]) -> EventView:
    stages = list(book.stage_by_id)
    name = book.stage_by_id[move.to_stage].name if move.to_stage in stages else move.to_stage
    known = move.from_stage in stages and move.to_stage in stages
    back = known and stages.index(move.to_stage) < stages.index(move.from_stage or "")
    words = f"Began in {name}" if move.from_stage is None else f"Back to {name}" if back else f"On to {name}"
    text = " · ".join(t for t in (_by(move.by, names), move.why or "") if t)
    if move.unmet:
        text += f" · {len(move.unmet)} open {'criterion' if len(move.unmet) == 1 else 'criteria'}"
    return event(move.at, "back" if back else "move", words, text=text.strip(" ·"))


def _by(user: str | None, names: Mapping[str, str]) -> str:
    return f"by {names[user]}" if user in names and user else ""
