"""Process metrics: each equals a recount from the rows; slow stages are found, noise is not."""

from collections import Counter
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest

from coachbot.errors import UsageError
from coachbot.insights.deal_facts import DealFacts, from_portfolio
from coachbot.insights.metric_cases import working_days
from coachbot.insights.metrics import METRICS, MetricReport, metric_report
from coachbot.insights.portfolio import NOISE, Effects, Plan, Portfolio, generate
from coachbot.insights.rates import wilson
from coachbot.model.playbook import Playbook
from coachbot.model.transcript import Side
from coachbot.model.workspace import Deal, Outcome


@pytest.fixture(scope="module")
def facts(portfolio: Portfolio) -> DealFacts:
    return from_portfolio(portfolio)


@pytest.fixture(scope="module")
def report(facts: DealFacts) -> MetricReport:
    return metric_report(facts)


def open_deals(made: Portfolio) -> list[Deal]:
    return [d for d in made.deals if d.outcome is Outcome.OPEN]


def engaged(made: Portfolio) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {d.id: set() for d in made.deals}
    for call in made.calls:
        found[str(call.deal_id)] |= {p.name for p in call.meta.participants if p.side is Side.BUYER}
    return found


def known(made: Portfolio) -> dict[str, dict[str, date]]:
    found: dict[str, dict[str, date]] = {d.id: {} for d in made.deals}
    for f in made.facts:
        if f.kind == "field" and f.key:
            day = f.accepted_at.date()
            found[f.deal_id][f.key] = min(day, found[f.deal_id].get(f.key, day))
    return found


def counts(report: MetricReport, metric: str) -> dict[str | None, tuple[int, int]]:
    return {f.key: (f.count, f.total) for f in report.figures if f.metric == metric and f.sub is None}


def test_conversion_is_a_recount(portfolio: Portfolio, report: MetricReport) -> None:
    order = [s.id for s in portfolio.playbook.stages]
    path: dict[str, list[str]] = {d.id: [] for d in portfolio.deals}
    for change in portfolio.stage_changes:
        path[change.deal_id].append(change.to_stage)
    wanted: Counter[tuple[str, str]] = Counter()
    for deal in portfolio.deals:
        for stage in set(path[deal.id]):
            rest = path[deal.id][path[deal.id].index(stage) :]
            if max(map(order.index, rest)) > order.index(stage) or deal.outcome is Outcome.WON:
                wanted[stage, "on"] += 1
            elif deal.outcome is not Outcome.OPEN:
                wanted[stage, "ended"] += 1
    found = counts(report, "conversion")
    assert list(found) == order
    assert found == {s: (wanted[s, "on"], wanted[s, "on"] + wanted[s, "ended"]) for s in order}


def test_what_open_deals_lack_is_a_recount(portfolio: Portfolio, report: MetricReport) -> None:
    deals, people = open_deals(portfolio), engaged(portfolio)
    steps = {
        f.deal_id
        for f in portfolio.facts
        if f.kind == "next_step" and f.value["committed"] and f.value["date"] >= portfolio.today.isoformat()
    }
    assert counts(report, "no_next_step") == {None: (sum(d.id not in steps for d in deals), len(deals))}
    many = sum(len(people[d.id]) >= 2 for d in deals)
    assert counts(report, "multi_threading") == {None: (many, len(deals))}
    levels = Counter(str(len(people[d.id])) for d in deals)
    assert counts(report, "engaged_people") == {k: (n, len(deals)) for k, n in levels.items()}
    figure = report.of("no_next_step")
    assert set(figure.hits) == {d.id for d in deals} - steps
    assert set(figure.of) == {d.id for d in deals}


def test_champion_strength_is_a_recount(portfolio: Portfolio, report: MetricReport) -> None:
    people, levels = engaged(portfolio), Counter[str]()
    for deal in open_deals(portfolio):
        mine = [f for f in portfolio.facts if f.deal_id == deal.id]
        champions = {
            f.value["name"] for f in mine if f.kind == "stakeholder" and f.value["influence"] == "champion"
        }
        step = any(f.kind == "next_step" and f.value["owner"] in ("buyer", "both") for f in mine)
        levels[str(1 + bool(champions & people[deal.id]) + step if champions else 0)] += 1
    total = sum(levels.values())
    assert counts(report, "champion_strength") == {k: (n, total) for k, n in levels.items()}
    assert counts(report, "strong_champion") == {None: (levels["2"] + levels["3"], total)}


def test_loss_reasons_are_a_recount(portfolio: Portfolio, report: MetricReport) -> None:
    gone = [d for d in portfolio.deals if d.outcome in (Outcome.LOST, Outcome.DISQUALIFIED)]
    reasons = Counter((d.stage, d.loss_reason) for d in gone)
    stages = Counter(d.stage for d in gone)
    found = {(f.key, f.sub): (f.count, f.total) for f in report.figures if f.metric == "loss_reasons"}
    assert found == {(s, r): (n, stages[s]) for (s, r), n in reasons.items()}


def test_dates_and_moves_are_a_recount(portfolio: Portfolio, report: MetricReport) -> None:
    dates: dict[str, list[date]] = {}
    for c in portfolio.close_dates:
        dates.setdefault(c.deal_id, []).append(c.close_date or date.min)
    moved = sum(any(b > a for a, b in pairwise(d)) for d in dates.values())
    assert counts(report, "slipped_close_date") == {None: (moved, len(dates))}
    order = [s.id for s in portfolio.playbook.stages]
    moves = [c for c in portfolio.stage_changes if c.from_stage]
    back = Counter(c.from_stage for c in moves if order.index(c.to_stage) < order.index(str(c.from_stage)))
    out = Counter(c.from_stage for c in moves)
    assert counts(report, "reversions") == {s: (back[s], out[s]) for s in order if out[s]}


def test_discovery_hand_offs_and_lead_response_are_a_recount(
    portfolio: Portfolio, report: MetricReport
) -> None:
    facts, metrics = known(portfolio), portfolio.playbook.metrics
    order = [s.id for s in portfolio.playbook.stages]
    entered: dict[str, dict[str, date]] = {d.id: {} for d in portfolio.deals}
    for c in portfolio.stage_changes:
        entered[c.deal_id].setdefault(c.to_stage, c.at.date())
    past = [
        d
        for d in portfolio.deals
        if "discovery" in entered[d.id] and max(map(order.index, entered[d.id])) > order.index("discovery")
    ]
    good = sum({"success_criteria", "quantified_impact"} <= facts[d.id].keys() for d in past)
    assert counts(report, "discovery_quality") == {None: (good, len(past))}
    for check in metrics.handoffs:
        given = [d for d in portfolio.deals if check.stage in entered[d.id]]
        done = [
            d
            for d in given
            if all(facts[d.id].get(f, date.max) <= entered[d.id][check.stage] for f in check.fields)
        ]
        assert counts(report, "handoffs")[check.rule] == (len(done), len(given))
    first: dict[str, date] = {}
    for call in portfolio.calls:
        if call.date:
            day = call.date.date()
            first[str(call.deal_id)] = min(day, first.get(str(call.deal_id), day))
    asked = [d for d in portfolio.deals if d.source == "inbound" and d.opened_on]
    quick = 0
    for d in asked:
        days = (
            [d.opened_on + timedelta(n) for n in range((first[d.id] - d.opened_on).days)]
            if d.opened_on
            else []
        )
        quick += sum(x.weekday() < 5 for x in days) <= metrics.lead_response_days
    assert counts(report, "lead_response")[None][0] == quick
    assert counts(report, "lead_response")[None][1] in range(len(asked) - 3, len(asked) + 1)


def test_time_in_stage_counts_visits_and_keeps_those_that_go_on(
    portfolio: Portfolio, report: MetricReport
) -> None:
    visits = Counter(c.to_stage for c in portfolio.stage_changes)
    going_on = Counter(d.stage for d in portfolio.deals if d.outcome in (Outcome.OPEN, Outcome.WON))
    for stage in portfolio.playbook.stages:
        figure = report.of("time_in_stage", stage.id)
        assert (figure.total, figure.total - figure.count) == (visits[stage.id], going_on[stage.id])


def test_every_share_has_its_interval_and_its_deals(report: MetricReport) -> None:
    assert {f.metric for f in report.figures} == set(METRICS) == set(report.definitions)
    for figure in report.figures:
        assert len(figure.of) == figure.total
        assert len(figure.hits) == figure.count
        if figure.unit == "share":
            assert (figure.low, figure.high) == tuple(wilson(figure.count, figure.total))
        elif figure.value is not None:
            assert figure.low is not None
            assert figure.low <= figure.value <= (figure.high or figure.value)
    assert "hits" not in report.model_dump_json()


@pytest.mark.parametrize("by", ["cohort", "period", "owner", "segment"])
def test_groups_add_up_to_the_whole(by: str, facts: DealFacts, report: MetricReport) -> None:
    split = metric_report(facts, by=by, only=["conversion", "slipped_close_date", "handoffs", "reversions"])
    for whole in report.figures:
        if whole.metric in split.definitions:
            parts = [f for f in split.figures if (f.metric, f.key) == (whole.metric, whole.key)]
            assert sum(f.count for f in parts) == whole.count
            assert sum(f.total for f in parts) == whole.total
            assert len({f.group for f in parts}) == len(parts)


def test_filters_keep_what_they_say(portfolio: Portfolio, facts: DealFacts) -> None:
    since, until = date(2025, 10, 1), date(2026, 1, 31)
    report = metric_report(facts, since=since, until=until, segment="smb", only=["loss_reasons"])
    gone = [
        d
        for d in portfolio.deals
        if d.closed_on
        and since <= d.closed_on <= until
        and d.segment == "smb"
        and d.outcome is not Outcome.WON
    ]
    assert sum(f.count for f in report.figures) == len(gone) > 0
    of_month = metric_report(facts, cohort="2025-10", only=["slipped_close_date"])
    opened = {d.id for d in portfolio.deals if f"{d.opened_on:%Y-%m}" == "2025-10"}
    assert set(of_month.figures[0].of) <= opened


@pytest.mark.parametrize(
    ("given", "says"),
    [({"by": "moon"}, "choose from cohort"), ({"only": ["speed"]}, "there is no metric 'speed'")],
)
def test_unknown_names_are_refused(given: dict[str, Any], says: str, facts: DealFacts) -> None:
    with pytest.raises(UsageError, match=says):
        metric_report(facts, **given)


def test_the_slow_stage_is_found_and_its_median_covered() -> None:
    truth = Effects(slow_stage="discovery", slow=3.0)
    median = 21 * 0.6 * 3.0
    covered = []
    for seed in range(6):
        report = metric_report(
            from_portfolio(generate(150, seed, effects=truth, plan=Plan(details=False))),
            only=["time_in_stage"],
        )
        assert [f.key for f in report.figures if f.found] == ["discovery"]
        slow = report.of("time_in_stage", "discovery")
        covered.append((slow.low or 0) <= median <= (slow.high or 1e9) + 1)
    assert sum(covered) >= 5


def test_in_noise_no_stage_is_slow_and_no_group_stands_out() -> None:
    alarms = 0
    for seed in range(30):
        made = from_portfolio(generate(60, seed, effects=NOISE, plan=Plan(details=False)))
        report = metric_report(made, by="segment", only=["conversion", "time_in_stage", "reversions"])
        alarms += any(f.found or (f.against_others and f.against_others.found) for f in report.figures)
    assert alarms <= 2


def test_no_deals_and_a_playbook_that_names_nothing(small: Playbook) -> None:
    nothing = metric_report(from_portfolio(generate(0, 1)))
    assert [f.metric for f in nothing.figures] == list(METRICS)
    assert {(f.total, f.value) for f in nothing.figures} == {(0, None)}
    report = metric_report(from_portfolio(generate(200, 1, playbook=small)))
    blank = {f.metric for f in report.figures if not f.total}
    assert blank == {"discovery_quality", "champion_strength", "strong_champion", "handoffs"}


@pytest.mark.parametrize(
    ("first", "last", "days"),
    [("2026-03-06", "2026-03-09", 1), ("2026-03-05", "2026-03-09", 2), ("2026-03-07", "2026-03-08", 0),
     ("2026-03-09", "2026-03-09", 0), ("2026-03-10", "2026-03-09", 0)],
)  # fmt: skip
def test_working_days(first: str, last: str, days: int) -> None:
    assert working_days(date.fromisoformat(first), date.fromisoformat(last)) == days
