"""Whether deals in which something was raised fare worse: on leaving a stage, and on being lost.

Like is compared with like. A deal that was lost early had fewer calls, and so less was raised in it: compared
as they stand, every objection would seem to save deals. So each stage a deal was in is one case, held against
deals in the same stage with as many calls.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from pydantic import Field

from coachbot.insights.compare import compare
from coachbot.insights.ledger import FATES, Ints
from coachbot.insights.patterns import strata
from coachbot.insights.rates import Rate
from coachbot.insights.results import Gap
from coachbot.insights.selection import Bools, Selection
from coachbot.insights.stays import Fate
from coachbot.model.base import Frozen

DEFINITIONS = {
    "conversion": (
        "Of the deals with a counted call in the stage that have left it or were closed in it: those that "
        "moved on to a later stage or were won. With: the objection was raised in such a call before that."
    ),
    "loss": (
        "Of the won and lost deals with a counted call: those that were lost. With: the objection was raised "
        "in any of their calls. The gap is by stage: of the deals that left a stage or were lost in it, how "
        "many more were lost once the objection had been raised."
    ),
}
_MANY = np.array([1, 2, 3, 5])


class Lift(Frozen):
    """What goes with a category: conversion out of a stage, or loss."""

    what: Literal["conversion", "loss"]
    category: str
    stage: str | None = Field(default=None, description="the stage that is left; None: over all stages")
    gap: Gap


@dataclass(frozen=True, eq=False)
class _Stays:
    """Stays in stages as columns, with the calls held and what was raised in them.

    `here` and `so_far` have a row a stay and a column a category.
    """

    deal: Ints
    stage: Ints
    fate: Ints
    held: Ints
    before: Ints
    here: Bools
    so_far: Bools


def lifts(chosen: Selection) -> tuple[list[Lift], list[Lift]]:
    """Lifts on conversion, by category and stage, and on loss, by category. Neither is corrected yet."""
    stays = _stays(chosen)
    return list(_conversions(chosen, stays)), list(_losses(chosen, stays))


def _conversions(chosen: Selection, s: _Stays) -> list[Lift]:
    over = s.fate != FATES.index(Fate.OPEN)
    advanced = s.fate == FATES.index(Fate.ADVANCED)
    found = []
    for at, stage in enumerate(chosen.ledger.book.stages):
        here = over & (s.stage == at) & (s.held > 0)
        for k, category in enumerate(chosen.categories):
            if not here.any() or not s.here[here, k].any():
                continue
            tables = strata(np.minimum(s.held, 4), s.here[:, k], advanced, here)
            found.append(
                Lift(what="conversion", category=category, stage=stage.id, gap=Gap.of(compare(tables)))
            )
    return found


def _losses(chosen: Selection, s: _Stays) -> list[Lift]:
    lost, advanced = s.fate == FATES.index(Fate.LOST), s.fate == FATES.index(Fate.ADVANCED)
    counted = (lost | advanced) & (s.held + s.before > 0)
    like = (s.stage * 4 + np.minimum(s.held, 3)) * 5 + np.searchsorted(_MANY, s.before, side="right")
    crude = _crude_losses(chosen)
    return [
        Lift(what="loss", category=category,
             gap=Gap.of(compare(strata(like, s.so_far[:, k], lost, counted)), *crude[k]))
        for k, category in enumerate(chosen.categories)
        if s.so_far[counted, k].any()
    ]  # fmt: skip


def _crude_losses(chosen: Selection) -> list[tuple[Rate, Rate]]:
    """Won and lost deals with and without each category, as they stand."""
    ledger = chosen.ledger
    outcome, names = ledger.deal["outcome"], ledger.names["outcome"].code
    linked = chosen.calls & (ledger.call_deal >= 0)
    closed = np.isin(outcome, [names.get("won", -2), names.get("lost", -2)])
    called = np.zeros(len(outcome), dtype=bool)
    called[ledger.call_deal[linked]] = True
    closed &= called
    lost = outcome == names.get("lost", -2)
    rates = []
    for k in range(len(chosen.categories)):
        raised = np.zeros(len(outcome), dtype=bool)
        raised[ledger.call_deal[linked & chosen.raised[:, k]]] = True
        one, other = closed & raised, closed & ~raised
        rates.append(
            (Rate(int((one & lost).sum()), int(one.sum())), Rate(int((other & lost).sum()), int(other.sum())))
        )
    return rates


def _stays(chosen: Selection) -> _Stays:
    ledger = chosen.ledger
    size, kinds = len(ledger.book.stages), chosen.raised.shape[1]
    deal, stage, fate, until = ledger.stays.T
    place = np.full(len(ledger.deal_ids) * size + 1, -1, dtype=np.int32)
    place[deal * size + stage] = np.arange(len(deal))
    linked = np.flatnonzero(chosen.calls & (ledger.call_deal >= 0))
    of_deal, day = ledger.call_deal[linked], ledger.call_day[linked]
    in_stage = ledger.call_stage[linked]
    known = (in_stage >= 0) & (in_stage < size)
    stay = np.where(known, place[of_deal * size + np.clip(in_stage, 0, size - 1)], -1)
    # What was said after the stay was decided can have had no part in it.
    stay = np.where((stay >= 0) & (day <= until[np.maximum(stay, 0)]) if len(until) else stay >= 0, stay, -1)
    held = np.bincount(stay[stay >= 0], minlength=len(deal)).astype(np.int32)
    here = np.zeros((len(deal), kinds), dtype=bool)
    first = np.full((max(1, len(ledger.deal_ids)), kinds), np.iinfo(np.int32).max, dtype=np.int32)
    for k in range(kinds):
        with_it = chosen.raised[linked, k]
        here[stay[with_it & (stay >= 0)], k] = True
        np.minimum.at(first[:, k], of_deal[with_it], day[with_it])
    moments = np.sort(of_deal.astype(np.int64) * 10_000_000 + day)
    asked = deal.astype(np.int64) * 10_000_000
    total = np.searchsorted(moments, asked + until, side="right") - np.searchsorted(moments, asked)
    so_far = first[deal] <= until[:, None]
    return _Stays(deal, stage, fate, held, np.maximum(total - held, 0).astype(np.int32), here, so_far)
