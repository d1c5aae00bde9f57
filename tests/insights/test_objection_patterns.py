"""Objection patterns: every number equals a plain recount, planted truth is found, noise stays quiet."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from coachbot.errors import UsageError
from coachbot.insights.ledger import Ledger, from_portfolio
from coachbot.insights.objections import ObjectionReport, behind, objection_report
from coachbot.insights.portfolio import NOISE, Effects, Plan, Portfolio, generate
from coachbot.insights.selection import BY, NOBODY, select
from coachbot.insights.stays import Fate, courses, moves_of
from coachbot.model.workspace import Call, CallState, Outcome

SINCE = date(2025, 9, 1)


def rows_of(made: Portfolio, drafts: bool, since: date | None) -> tuple[list[Call], list[Any]]:
    """Calls and objections that count, from the exported rows."""
    states = {CallState.REVIEWED, CallState.DRAFT} if drafts else {CallState.REVIEWED}
    calls = [c for c in made.calls if c.state in states and c.date and (not since or c.date.date() >= since)]
    ids = {c.id for c in calls}
    return calls, [o for o in made.objections if o.call_id in ids and (drafts or o.accepted)]


def group_of(made: Portfolio, by: str) -> Callable[[Call], set[str]]:
    deals = {d.id: d for d in made.deals}
    rivals: dict[str, set[str]] = {}
    for fact in made.facts:
        if fact.kind == "field" and fact.key == "competitor":
            rivals.setdefault(fact.deal_id, set()).add(fact.value["value"].casefold())
    simple: dict[str, Callable[[Call], Any]] = {
        "category": lambda c: "all",
        "stage": lambda c: c.stage,
        "rep": lambda c: c.owner,
        "segment": lambda c: deals[c.deal_id or ""].segment,
        "product": lambda c: deals[c.deal_id or ""].product,
        "outcome": lambda c: deals[c.deal_id or ""].outcome.value,
        "month": lambda c: f"{c.date:%Y-%m}",
    }
    if by == "competitor":
        return lambda c: rivals.get(c.deal_id or "") or {NOBODY}
    return lambda c: {simple[by](c)}


@pytest.mark.parametrize(("drafts", "since"), [(False, None), (True, SINCE)], ids=["accepted", "drafts"])
@pytest.mark.parametrize("by", BY)
def test_every_count_equals_a_recount(
    by: str, drafts: bool, since: date | None, portfolio: Portfolio, ledger: Ledger
) -> None:
    report = objection_report(ledger, by=by, drafts=drafts, since=since)
    calls, objections = rows_of(portfolio, drafts, since)
    group = group_of(portfolio, by)
    assert report.totals.objections == len(objections)
    assert report.totals.calls == len(calls)
    assert report.totals.deals == len({c.deal_id for c in calls})
    of_group: dict[str, list[Call]] = {}
    for call in calls:
        for g in group(call):
            of_group.setdefault(g, []).append(call)
    raised: dict[tuple[str, str], list[Any]] = {}
    for o in objections:
        raised.setdefault((o.call_id, o.category), []).append(o)
    categories = [c.id for c in portfolio.playbook.objections]
    assert {(c.group, c.category) for c in report.cells} == {(g, c) for g in of_group for c in categories}
    for cell in report.cells:
        mine = of_group[cell.group]
        hits = [o for c in mine for o in raised.get((c.id, cell.category), ())]
        assert cell.objections == len(hits)
        assert cell.drafts == sum(not o.accepted for o in hits)
        assert (cell.calls.count, cell.calls.total) == (len({o.call_id for o in hits}), len(mine))
        assert (cell.deals.count, cell.deals.total) == (
            len({o.deal_id for o in hits}),
            len({c.deal_id for c in mine}),
        )
        handled = [sum(o.handled == h for o in hits) for h in ("yes", "partly", "no")]
        assert [cell.handled.count, cell.handled_partly, cell.handled_no] == handled


def test_conversion_and_loss_equal_a_recount(portfolio: Portfolio, ledger: Ledger) -> None:
    report = objection_report(ledger, drafts=True)
    calls, objections = rows_of(portfolio, True, None)
    days = {c.id: c.date.date() for c in calls if c.date}
    stays = {
        (s.deal_id, s.stage): s
        for c in courses(
            portfolio.playbook, portfolio.deals, moves_of(portfolio.stage_changes), portfolio.today
        )
        for s in c.stays
    }
    over = {
        (str(c.deal_id), str(c.stage))
        for c in calls
        if (s := stays[str(c.deal_id), str(c.stage)]).until and days[c.id] <= s.until
    }
    for lift in report.conversion:
        here = {key for key in over if key[1] == lift.stage}
        raised = {
            (o.deal_id, o.stage)
            for o in objections
            if o.category == lift.category
            and days[o.call_id] <= (stays[str(o.deal_id), str(o.stage)].until or date.max)
        }
        for share, keys in ((lift.gap.group, here & raised), (lift.gap.others, here - raised)):
            assert share.total == len(keys)
            assert share.count == sum(stays[k].fate is Fate.ADVANCED for k in keys)
    outcome = {d.id: d.outcome for d in portfolio.deals}
    closed = {c.deal_id for c in calls if outcome[str(c.deal_id)] in (Outcome.WON, Outcome.LOST)}
    for lift in report.loss:
        raised_in = {o.deal_id for o in objections if o.category == lift.category}
        for share, ids in ((lift.gap.group, closed & raised_in), (lift.gap.others, closed - raised_in)):
            assert (share.count, share.total) == (sum(outcome[str(d)] is Outcome.LOST for d in ids), len(ids))


def test_filters_are_groups_and_behind_a_number_are_its_calls(portfolio: Portfolio, ledger: Ledger) -> None:
    whole = objection_report(ledger, by="segment")
    part = objection_report(ledger, where={"segment": "smb"})
    pick = next(c for c in whole.cells if c.group == "smb" and c.category == "competitor")
    same = next(c for c in part.cells if c.category == "competitor")
    assert (pick.objections, pick.calls, pick.deals) == (same.objections, same.calls, same.deals)
    seen = behind(select(ledger), "competitor", by="segment", group="smb")
    deals = {d.id: d for d in portfolio.deals}
    wanted = {
        o.call_id
        for o in portfolio.objections
        if o.category == "competitor" and o.accepted and deals[str(o.deal_id)].segment == "smb"
    }
    assert set(seen.calls) == wanted
    assert len(seen.calls) == pick.calls.count
    assert len(seen.deals) == pick.deals.count
    assert len(behind(select(ledger), by="segment", group="smb").calls) == pick.calls.total


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda x: objection_report(x, by="colour"), "choose from category"),
        (lambda x: objection_report(x, where={"segment": "moon"}), "there is no segment 'moon'"),
        (lambda x: objection_report(x, where={"competitor": "moon"}), "no deal names the competitor 'moon'"),
        (lambda x: behind(select(x), "moon"), "there is no objection category 'moon'"),
    ],
)
def test_unknown_names_are_refused(call: Callable[[Ledger], Any], says: str, ledger: Ledger) -> None:
    with pytest.raises(UsageError, match=says):
        call(ledger)


def test_nothing_at_all() -> None:
    report = objection_report(from_portfolio(generate(0, 1)), by="segment")
    assert (report.totals.calls, report.cells, report.conversion) == (0, (), ())


def test_what_was_planted_is_found_and_its_size_covered() -> None:
    truth = Effects(base=0.12, costly="timing_priority", cost=0.3, surging="competitor", surge=4.0)
    covered, found, moved = [], [], []
    for seed in range(3):
        report = objection_report(
            from_portfolio(generate(500, seed, effects=truth, plan=Plan(details=False)))
        )
        mine = [x for x in report.conversion if x.category == "timing_priority" and not x.gap.too_few]
        covered += [x.gap.low <= -0.3 <= x.gap.high for x in mine if x.gap.low is not None and x.gap.high]
        assert next(x for x in report.loss if x.category == "timing_priority").gap.found
        found += [x.gap.found for x in mine[:3]]
        moved.append({m.category for m in report.movements if m.changed or m.moving})
    assert sum(covered) / len(covered) > 0.85
    assert sum(found) / len(found) > 0.8
    assert all("competitor" in names for names in moved)
    assert sum(len(names) for names in moved) <= len(moved) + 1


def anything(report: ObjectionReport) -> bool:
    gaps = [x.gap for x in (*report.conversion, *report.loss)]
    gaps += [c.against_others for c in report.cells if c.against_others]
    return any(g.found for g in gaps) or any(m.changed or m.moving for m in report.movements)


def test_in_pure_noise_at_most_one_portfolio_in_twenty_says_anything() -> None:
    quiet = Plan(details=False)
    alarms = [
        anything(objection_report(from_portfolio(generate(80, s, effects=NOISE, plan=quiet)), by="segment"))
        for s in range(1000, 1024)
    ]
    assert sum(alarms) / len(alarms) <= 0.05
