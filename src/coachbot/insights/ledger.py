"""The portfolio's objections as columns of numbers: a few bytes for each, so that a million of them fit.

Rows come from the store or from a made-up portfolio; from here on nothing knows which.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coachbot.insights.bulk import uncollected
from coachbot.insights.stays import AnyDeal, Fate, decided, entries_of, moves_of, of_deals
from coachbot.model.playbook import Playbook
from coachbot.model.workspace import CallState
from coachbot.store.insights import FIRST, PER_CATEGORY, CallRow, ChangeRow, ObjectionsRow, code
from coachbot.store.records import Viewer

Ints = NDArray[np.int32]
HANDLED = ("yes", "partly", "no")
FATES = list(Fate)


class Names:
    """Names as numbers, in order of appearance; None is -1."""

    def __init__(self, known: Iterable[str] = ()) -> None:
        self.names: list[str] = []
        self.code: dict[str | None, int] = {None: -1}
        for name in known:
            self.of(name)

    def of(self, name: str | None) -> int:
        """The number of a name, a new one where it is new."""
        found = self.code.get(name)
        if found is None:
            found = self.code[name] = len(self.names)
            self.names.append(str(name))
        return found

    def many(self, names: Iterable[str | None]) -> Ints:
        """The numbers of names."""
        return np.fromiter((self.of(name) for name in names), dtype=np.int32)


@dataclass(frozen=True, eq=False)
class Ledger:
    """Deals, their calls that were read, and the objections raised in them.

    Arrays that start with `deal_`, `call_` and `obj_` are as long as there are of these; they hold numbers of
    the names beside them (-1: none), `call_deal` and `obj_call` places in the lists, days ordinals of dates.
    `stays` has a row for each stage that a deal ever was in: deal, stage, fate (place in FATES), and the day
    on which that was decided.
    """

    book: Playbook
    today: date
    deal_ids: list[str]
    names: Mapping[str, Names]
    deal: Mapping[str, Ints]
    competitors: Mapping[str, Ints]
    stays: Ints
    call_ids: list[str]
    call_deal: Ints
    call_stage: Ints
    call_rep: Ints
    call_day: Ints
    call_reviewed: NDArray[np.bool_]
    obj_call: Ints
    obj_category: Ints
    obj_handled: NDArray[np.int8]
    obj_accepted: NDArray[np.bool_]


def build(
    book: Playbook,
    deals: Sequence[AnyDeal],
    changes: Iterable[ChangeRow],
    calls: Iterable[CallRow],
    objections: Iterable[ObjectionsRow],
    *,
    categories: Iterable[str],
    today: date,
    competitors: Mapping[str, set[str]] | None = None,
) -> Ledger:
    """Columns from rows. `categories`: those that the objections' codes count by, in order.

    `changes`: those of a deal oldest first. `competitors`: those that a deal names, by the deal's id.
    Objections of calls that are not among the calls are left out: their calls may not be seen.
    """
    names = {
        "category": Names(categories),
        "stage": Names(s.id for s in book.stages),
        **{n: Names() for n in ("segment", "product", "outcome", "rep", "competitor")},
    }
    place = {d.id: n for n, d in enumerate(deals)}
    call_place, columns = _calls(calls, place, names)
    obj_call, codes = _objections(objections, call_place)
    return Ledger(
        book=book,
        today=today,
        deal_ids=list(place),
        names=names,
        deal=_of_deals(deals, names),
        competitors=_rivals(competitors or {}, place, names["competitor"]),
        stays=_stays(book, deals, changes, today),
        call_ids=list(call_place),
        call_deal=columns[0],
        call_stage=columns[1],
        call_rep=columns[2],
        call_day=columns[3],
        call_reviewed=columns[4].astype(bool),
        obj_call=obj_call,
        obj_category=codes // PER_CATEGORY,
        obj_handled=(codes % PER_CATEGORY // 2).astype(np.int8),
        obj_accepted=(codes % 2).astype(bool),
    )


def _calls(
    calls: Iterable[CallRow], place: Mapping[str, int], names: Mapping[str, Names]
) -> tuple[dict[str, int], list[Ints]]:
    """Places of the calls by id, and the columns deal, stage, rep, day and whether it was reviewed."""
    found: dict[str, int] = {}
    deal: list[int] = []
    stage: list[int] = []
    rep: list[int] = []
    day: list[int] = []
    reviewed: list[bool] = []
    days: dict[str, int] = {}
    stages, reps = names["stage"].of, names["rep"].of
    for call_id, deal_id, of_stage, owner, held, state in calls:
        found[call_id] = len(found)
        deal.append(place.get(deal_id or "", -1))
        stage.append(stages(of_stage))
        rep.append(reps(owner))
        if held not in days:
            days[held] = date.fromisoformat(held).toordinal()
        day.append(days[held])
        reviewed.append(state == CallState.REVIEWED.value)
    return found, [np.array(c, dtype=np.int32) for c in (deal, stage, rep, day, reviewed)]


def _objections(rows: Iterable[ObjectionsRow], place: Mapping[str, int]) -> tuple[Ints, Ints]:
    """The call of each objection, and its code."""
    calls: list[int] = []
    texts: list[str] = []
    for call_id, text in rows:
        at = place.get(call_id)
        if at is not None:
            calls.append(at)
            texts.append(text)
    sizes = np.fromiter(map(len, texts), dtype=np.int32, count=len(texts))
    codes = np.frombuffer("".join(texts).encode("utf-32-le"), dtype=np.int32) - FIRST
    known = codes >= 0
    return np.repeat(np.array(calls, dtype=np.int32), sizes)[known], codes[known].astype(np.int32)


def _stays(book: Playbook, deals: Sequence[AnyDeal], changes: Iterable[ChangeRow], today: date) -> Ints:
    order = {s.id: n for n, s in enumerate(book.stages)}
    fates = {fate: n for n, fate in enumerate(FATES)}
    by_deal = of_deals(changes)
    rows: list[tuple[int, int, int, int]] = []
    for n, deal in enumerate(deals):
        entries = entries_of(order, deal, by_deal.get(deal.id, ()))
        for stage, _, until, fate in decided(order, deal, entries):
            rows.append((n, order[stage], fates[fate], (until or today).toordinal()))
    return np.array(rows, dtype=np.int32).reshape(-1, 4)


def _of_deals(deals: Sequence[AnyDeal], names: Mapping[str, Names]) -> dict[str, Ints]:
    return {
        "segment": names["segment"].many(d.segment for d in deals),
        "product": names["product"].many(d.product for d in deals),
        "outcome": names["outcome"].many(d.outcome.value for d in deals),
    }


def _rivals(found: Mapping[str, set[str]], place: Mapping[str, int], names: Names) -> dict[str, Ints]:
    """Places of the deals that mention each competitor; a deal may mention several."""
    by_name: dict[str, list[int]] = {}
    for deal_id, rivals in found.items():
        if deal_id in place:
            for rival in rivals:
                by_name.setdefault(rival, []).append(place[deal_id])
    for rival in sorted(by_name):
        names.of(rival)
    return {rival: np.array(sorted(at), dtype=np.int32) for rival, at in sorted(by_name.items())}


@uncollected()
def from_store(unit: Any, book: Playbook, *, today: date, viewer: Viewer | None = None) -> Ledger:
    """The columns of a workspace, as that viewer may see it. `unit`: of `store.read()`."""
    deals = unit.insights.deals(book.id, viewer)
    ids = {d.id for d in deals}
    calls = [c for c in unit.insights.calls(viewer) if c[1] is None or c[1] in ids]
    bare = [c[0] for c in calls if c[2] is None or c[3] is None]
    if bare:  # their objections may know what they do not
        more = {i: (stage, rep) for i, stage, rep in unit.insights.stages_and_reps(bare)}
        calls = [
            (i, deal, stage or more[i][0], owner or more[i][1], *rest)
            if i in more
            else (i, deal, stage, owner, *rest)
            for i, deal, stage, owner, *rest in calls
        ]
    categories = list(dict.fromkeys([*(c.id for c in book.objections), *unit.insights.categories()]))
    return build(
        book, deals, unit.insights.changes(), calls, unit.insights.objections(categories),
        categories=categories, today=today, competitors=rivals_of(unit, book),
    )  # fmt: skip


def rivals_of(unit: Any, book: Playbook) -> dict[str, set[str]]:
    """Competitors by deal, from accepted facts of the fields that the playbook names."""
    fields = book.metrics.competitor_fields
    found: dict[str, set[str]] = {}
    for fact in unit.insights.facts(["field"], keys=fields, values=True) if fields else ():
        name = str((fact.value or {}).get("value") or "").strip()
        if name:
            found.setdefault(fact.deal_id, set()).add(name.casefold())
    return found


def from_portfolio(portfolio: Any) -> Ledger:
    """The columns of a made-up portfolio."""
    places = {c.id: n for n, c in enumerate(portfolio.playbook.objections)}
    codes: dict[str, str] = {}
    for o in portfolio.objections:
        codes[o.call_id] = codes.get(o.call_id, "") + code(places[o.category], o.handled, o.accepted)
    rivals: dict[str, set[str]] = {}
    for fact in portfolio.facts:
        if fact.key in portfolio.playbook.metrics.competitor_fields and fact.kind == "field":
            rivals.setdefault(fact.deal_id, set()).add(str(fact.value["value"]).casefold())
    calls = (
        (c.id, c.deal_id, c.stage, c.owner, f"{c.date or c.created_at:%Y-%m-%d}", c.state.value)
        for c in portfolio.calls
    )
    return build(
        portfolio.playbook, portfolio.deals, moves_of(portfolio.stage_changes), calls,
        codes.items(),
        categories=places, today=portfolio.today, competitors=rivals,
    )  # fmt: skip
