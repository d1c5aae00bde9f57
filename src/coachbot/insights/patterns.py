"""How often what is raised, by group: per objection, per call and per deal, each counted once."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from pydantic import Field

from coachbot.insights.compare import Stratum, compare
from coachbot.insights.ledger import HANDLED, Ints
from coachbot.insights.results import Gap, Share
from coachbot.insights.selection import NOBODY, Bools, Selection, groups, members
from coachbot.model.base import Frozen

COMPARED = ("segment", "product", "competitor")
"""Groups of deals that are compared with the other deals. Calls of one deal are alike, so calls are not."""


class Cell(Frozen):
    """A category in a group. A call or deal in which it was raised twice counts once."""

    by: str
    group: str
    category: str
    objections: int = Field(description="times it was raised")
    drafts: int = Field(description="of these, not reviewed yet")
    calls: Share = Field(description="calls of the group in which it was raised, of its calls that were read")
    deals: Share = Field(
        description="deals in which it was raised in such calls, of the deals with such calls"
    )
    handled: Share = Field(description="times it was handled, of the times it was raised")
    handled_partly: int
    handled_no: int
    against_others: Gap | None = Field(
        default=None, description="the group's deals against the others, among deals with as many calls"
    )


def cells(chosen: Selection, by: str) -> list[Cell]:
    """Every category in every group that has calls."""
    if by == "competitor":
        names = [*chosen.ledger.competitors, NOBODY]
        of_group = [(name, members(chosen.ledger, by, name)) for name in names]
        return [c for name, mask in of_group for c in _group(chosen, by, name, mask)]
    names, of_call = groups(chosen.ledger, by)
    return list(_counted(chosen, by, names, of_call))


def _group(chosen: Selection, by: str, name: str, mask: Bools) -> Iterator[Cell]:
    yield from _counted(chosen, by, [name], np.where(mask, 0, -1).astype(np.int32))


def _counted(chosen: Selection, by: str, names: list[str], of_call: Ints) -> Iterator[Cell]:
    """Counts by group; calls of group -1 are in none of them."""
    ledger, kinds, size = chosen.ledger, len(chosen.raised[0]) if len(chosen.raised) else 1, len(names)
    inside = chosen.calls & (of_call >= 0)
    calls = np.bincount(of_call[inside], minlength=size)
    deals = _distinct_deals(ledger.call_deal[inside], of_call[inside], size)
    objs = chosen.objections & inside[ledger.obj_call]
    group = of_call[ledger.obj_call[objs]].astype(np.int64)
    key = group * kinds + ledger.obj_category[objs]
    handled = ledger.obj_handled[objs]
    raised = [np.bincount(key[handled == n], minlength=size * kinds) for n in range(len(HANDLED))]
    drafts = np.bincount(key[~ledger.obj_accepted[objs]], minlength=size * kinds)
    calls_with = np.stack(
        [np.bincount(of_call[inside & with_it], minlength=size) for with_it in chosen.raised.T]
    )
    deals_with = np.stack(
        [_distinct_deals(ledger.call_deal[mask], of_call[mask], size) for mask in (inside & chosen.raised.T)]
    )
    for g, name in enumerate(names):
        if not calls[g]:
            continue
        for k, category in enumerate(chosen.categories):
            at = g * kinds + k
            yes, partly, no = (int(counts[at]) for counts in raised)
            yield Cell(
                by=by,
                group=name,
                category=category,
                objections=yes + partly + no,
                drafts=int(drafts[at]),
                calls=Share.of(calls_with[k, g], calls[g]),
                deals=Share.of(deals_with[k, g], deals[g]),
                handled=Share.of(yes, yes + partly + no),
                handled_partly=partly,
                handled_no=no,
            )


def _distinct_deals(deal: Ints, group: Ints, size: int) -> Ints:
    """How many different deals there are in each group."""
    known = deal >= 0
    if not known.any():
        return np.zeros(size, dtype=np.int32)
    pairs = deal[known].astype(np.int64) * size + group[known]
    seen = np.zeros((int(deal.max()) + 1) * size, dtype=bool)
    seen[pairs] = True
    return np.asarray(seen.reshape(-1, size).sum(axis=0), dtype=np.int32)


def compared(chosen: Selection, by: str, found: list[Cell]) -> list[tuple[int, Gap]]:
    """For each cell of a group of deals, its place and how it compares with the other deals.

    Deals are compared with deals that had as many calls: who is asked more often says more.
    """
    if by not in COMPARED:
        return []
    ledger = chosen.ledger
    kinds = len(chosen.categories)
    linked = chosen.calls & (ledger.call_deal >= 0)
    held = np.bincount(ledger.call_deal[linked], minlength=len(ledger.deal_ids))
    raised = np.zeros((len(ledger.deal_ids), max(kinds, 1)), dtype=bool)
    for k in range(kinds):
        raised[ledger.call_deal[linked & chosen.raised[:, k]], k] = True
    stratum = np.searchsorted(np.array([1, 2, 3, 4, 5, 7, 10]), held, side="right").astype(np.int32)
    gaps = []
    for name in dict.fromkeys(c.group for c in found):
        calls = linked & members(ledger, by, name)
        inside = np.zeros(len(ledger.deal_ids), dtype=bool)
        inside[ledger.call_deal[calls]] = True
        for n, cell in enumerate(found):
            if cell.group == name:
                hit = raised[:, chosen.categories.index(cell.category)]
                gaps.append((n, Gap.of(compare(strata(stratum, inside, hit, held > 0)))))
    return gaps


def strata(stratum: Ints, inside: Bools, hit: Bools, counted: Bools) -> list[Stratum]:
    """Two by two tables by stratum, of those that are counted."""
    if not counted.any():
        return []
    key = stratum[counted].astype(np.int64) * 4 + inside[counted] * 2 + hit[counted]
    cells = np.bincount(key, minlength=4 * (int(stratum.max()) + 1)).reshape(-1, 4)
    return [
        Stratum(int(b_hit), int(b_no + b_hit), int(a_hit), int(a_no + a_hit))
        for a_no, a_hit, b_no, b_hit in cells
        if a_no + a_hit + b_no + b_hit
    ]
