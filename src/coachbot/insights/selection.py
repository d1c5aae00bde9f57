"""Which calls and objections of a ledger count, and what group each belongs to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from coachbot.errors import UsageError
from coachbot.insights.ledger import Ints, Ledger

BY = ("category", "stage", "segment", "rep", "competitor", "product", "outcome", "month")
OF_DEAL = ("segment", "product", "outcome")
NOBODY = "(none)"
"""The group of those of which it is not known, or that name no competitor."""

Bools = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Selection:
    """Masks over the ledger's calls and objections, and what was raised in which call and deal.

    `raised`: (calls, categories), whether it was raised in the call.
    """

    ledger: Ledger
    drafts: bool
    since: date | None
    until: date | None
    where: Mapping[str, str]
    calls: Bools
    objections: Bools
    raised: Bools

    @property
    def categories(self) -> list[str]:
        """Ids of the categories, those of the playbook first."""
        return self.ledger.names["category"].names


def select(
    ledger: Ledger,
    *,
    since: date | None = None,
    until: date | None = None,
    drafts: bool = False,
    where: Mapping[str, str] | None = None,
) -> Selection:
    """What counts: calls held from `since` to `until` (both included) whose recap was reviewed.

    With `drafts`, calls that wait for review count too, and what they raise. A call of which anything counts,
    counts. `where` keeps calls of one group each, such as {"segment": "smb"}. Raises UsageError for an
    unknown group.
    """
    calls = np.ones(len(ledger.call_ids), dtype=bool)
    if since is not None:
        calls &= ledger.call_day >= since.toordinal()
    if until is not None:
        calls &= ledger.call_day <= until.toordinal()
    for by, name in (where or {}).items():
        calls &= members(ledger, by, name)
    objections = calls[ledger.obj_call]
    if not drafts:
        objections = objections & ledger.obj_accepted
        counted = np.zeros(len(calls), dtype=bool)
        counted[ledger.obj_call[objections]] = True
        calls &= ledger.call_reviewed | counted
    raised = np.zeros((len(calls), max(1, len(ledger.names["category"].names))), dtype=bool)
    raised[ledger.obj_call[objections], ledger.obj_category[objections]] = True
    return Selection(ledger, drafts, since, until, dict(where or {}), calls, objections, raised)


def groups(ledger: Ledger, by: str) -> tuple[list[str], Ints]:
    """Names of the groups, and for each call the place of its group (the last one is NOBODY).

    Not for competitors, of which a deal may name several: see `members`.
    """
    if by == "category":
        return ["all"], np.zeros(len(ledger.call_ids), dtype=np.int32)
    if by == "month":
        return _months(ledger)
    if by in OF_DEAL:
        names, of_call = ledger.names[by].names, of_deals(ledger, ledger.deal[by])
    elif by in ("stage", "rep"):
        names, of_call = ledger.names[by].names, ledger.call_stage if by == "stage" else ledger.call_rep
    else:
        raise UsageError(f"objections cannot be looked at by {by!r}; choose from {', '.join(BY)}")
    return [*names, NOBODY], np.where(of_call < 0, len(names), of_call).astype(np.int32)


def members(ledger: Ledger, by: str, name: str) -> Bools:
    """Which calls belong to a group. Raises UsageError where there is no such group."""
    if by == "competitor":
        return _of_rival(ledger, name)
    names, of_call = groups(ledger, by)
    if name not in names:
        known = ", ".join(n for n in names[:12]) or "none"
        raise UsageError(f"there is no {by} {name!r} here; there are: {known}")
    return np.asarray(of_call == names.index(name))


def of_deals(ledger: Ledger, values: Ints) -> Ints:
    """For each call the value of its deal, -1 where it has none."""
    if not len(values):
        return np.full(len(ledger.call_ids), -1, dtype=np.int32)
    return np.where(ledger.call_deal >= 0, values[np.maximum(ledger.call_deal, 0)], -1).astype(np.int32)


def _of_rival(ledger: Ledger, name: str) -> Bools:
    deals = np.zeros(len(ledger.deal_ids), dtype=np.int32)
    if name == NOBODY:
        for places in ledger.competitors.values():
            deals[places] = 1
        return np.asarray(of_deals(ledger, deals) != 1)
    if name not in ledger.competitors:
        known = ", ".join(list(ledger.competitors)[:12]) or "none"
        raise UsageError(f"no deal names the competitor {name!r}; there are: {known}")
    deals[ledger.competitors[name]] = 1
    return np.asarray(of_deals(ledger, deals) == 1)


def _months(ledger: Ledger) -> tuple[list[str], Ints]:
    """All months from the first call to the last one, without a gap."""
    if not len(ledger.call_day):
        return [NOBODY], np.zeros(0, dtype=np.int32)
    days, place = np.unique(ledger.call_day, return_inverse=True)
    dates = [date.fromordinal(int(d)) for d in days]
    numbers = np.array([d.year * 12 + d.month - 1 for d in dates], dtype=np.int32)
    first, last = int(numbers[0]), int(numbers[-1])
    names = [f"{n // 12:04d}-{n % 12 + 1:02d}" for n in range(first, last + 1)]
    return [*names, NOBODY], (numbers - first)[place].astype(np.int32)
