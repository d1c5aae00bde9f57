"""The team's page: reps with what waits for them, deals with what endangers them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from coachbot.insights.deal_risks import DealRisk
from coachbot.model.workspace import Call
from coachbot.web.views.deals import DealRow


@dataclass(frozen=True, slots=True)
class RepRow:
    """A rep's calls that wait for a review. `oldest` came in first."""

    name: str
    waiting: int
    failed: int
    oldest: datetime | None


@dataclass(frozen=True, slots=True)
class RiskRow:
    """A deal with its warnings, and how many of them somebody dismissed."""

    deal: DealRow
    risks: tuple[DealRisk, ...]
    dismissed: int


def rep_rows(waiting: Iterable[Call], failed: Iterable[Call], names: Mapping[str, str]) -> tuple[RepRow, ...]:
    """Those with most to do first; calls of nobody stand together."""
    found: dict[str, list[list[Call]]] = {}
    for at, calls in enumerate((waiting, failed)):
        for call in calls:
            found.setdefault(names.get(call.owner or "", "No owner"), [[], []])[at].append(call)
    rows = (
        RepRow(name, len(open_), len(broken), min((c.created_at for c in open_), default=None))
        for name, (open_, broken) in found.items()
    )
    return tuple(sorted(rows, key=lambda r: (-r.waiting, -r.failed, r.name)))


def risk_rows(rows: Sequence[DealRow], risks: Iterable[DealRisk]) -> tuple[RiskRow, ...]:
    """Deals with a warning, most of them first."""
    by_deal: dict[str, list[DealRisk]] = {}
    for risk in risks:
        by_deal.setdefault(risk.deal_id, []).append(risk)
    found = []
    for row in rows:
        told = tuple(r for r in by_deal.get(row.id, ()) if not r.dismissed)
        if told:
            found.append(RiskRow(row, told, len(by_deal[row.id]) - len(told)))
    return tuple(sorted(found, key=lambda r: (-len(r.risks), r.deal.account)))
