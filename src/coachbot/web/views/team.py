"""The team's page: reps with what waits for them, deals with what endangers them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from coachbot.model.playbook import Playbook
from coachbot.model.recap import RiskResult
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
    """A deal with its warnings, as (label, message)."""

    deal: DealRow
    risks: tuple[tuple[str, str], ...]


def rep_rows(waiting: Iterable[Call], failed: Iterable[Call], names: Mapping[str, str]) -> tuple[RepRow, ...]:
    """Those with most to do first; calls of nobody stand together."""
    found: dict[str, list[list[Call]]] = {}
    for at, calls in enumerate((waiting, failed)):
        for call in calls:
            found.setdefault(names.get(call.owner or "", "nobody's"), [[], []])[at].append(call)
    rows = (
        RepRow(name, len(open_), len(broken), min((c.created_at for c in open_), default=None))
        for name, (open_, broken) in found.items()
    )
    return tuple(sorted(rows, key=lambda r: (-r.waiting, -r.failed, r.name)))


def risk_rows(
    rows: Sequence[DealRow], risks: Mapping[str, Iterable[RiskResult]], books: Mapping[str, Playbook]
) -> tuple[RiskRow, ...]:
    """Deals with a warning, most of them first."""
    found = []
    for row in rows:
        labels = {r.id: r.label for r in books[row.id].risks}
        told = tuple((labels.get(r.id, "Risk"), r.message) for r in risks.get(row.id, ()))
        if told or row.late:
            found.append(RiskRow(row, told))
    return tuple(sorted(found, key=lambda r: (-len(r.risks) - r.deal.late, r.deal.account)))
