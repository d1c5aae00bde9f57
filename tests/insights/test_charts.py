"""Charts: well-formed, self-contained, accessible, coloured by name; the same numbers in table and CSV."""

import csv
import io
import re
from collections.abc import Callable
from xml.etree import ElementTree

import pytest

from coachbot.insights import charts, deal_facts
from coachbot.insights.charts import Chart, thinned
from coachbot.insights.ledger import Ledger, from_portfolio
from coachbot.insights.metrics import metric_report
from coachbot.insights.objections import objection_report
from coachbot.insights.portfolio import Portfolio, generate
from coachbot.model.playbook import Playbook

HOSTILE = '<script>alert("x")</script> & =1+1'


@pytest.fixture(scope="module")
def drawn(portfolio: Portfolio, ledger: Ledger) -> dict[str, Chart]:
    book = portfolio.playbook
    stages = tuple(s.model_copy(update={"name": HOSTILE}) if n == 0 else s for n, s in enumerate(book.stages))
    book = book.model_copy(update={"stages": stages})
    facts = deal_facts.from_portfolio(portfolio)
    metrics, objections = metric_report(facts), objection_report(ledger, by="stage")
    made = [
        charts.funnel(metrics, book),
        charts.stage_times(facts, theme="dark"),
        charts.heat_map(objections, book),
        charts.trends(objections, book, theme="light"),
        charts.coverage(facts),
    ]
    return {c.name: c for c in made}


NAMES = ("funnel", "stage-times", "objection-stages", "objection-trends", "coverage")


@pytest.mark.parametrize("name", NAMES)
def test_it_is_sound_alone_and_says_what_it_shows(name: str, drawn: dict[str, Chart]) -> None:
    chart = drawn[name]
    root = ElementTree.fromstring(chart.svg)
    space = "{http://www.w3.org/2000/svg}"
    assert root.get("role") == "img"
    assert root.get("aria-labelledby") == f"{name}-title {name}-desc"
    assert root.findtext(f"{space}title") == chart.title
    assert root.findtext(f"{space}desc") == chart.description
    assert re.findall(r"https?://(?!www\.w3\.org)", chart.svg) == []
    assert "<script" not in chart.svg
    ids = re.findall(r'\bid="([^"]+)"', chart.svg)
    assert len(ids) == len(set(ids))
    assert all(i.startswith(name) for i in ids)
    assert re.search(r"#0102|rgb\(1, ?2,", chart.svg) is None, "a stand-in colour is left"


@pytest.mark.parametrize("name", NAMES)
def test_table_and_csv_hold_its_numbers(name: str, drawn: dict[str, Chart]) -> None:
    chart = drawn[name]
    read = list(csv.reader(io.StringIO(chart.csv())))
    assert tuple(read[0]) == chart.columns
    assert len(read) - 1 == len(chart.rows) > 0
    table = ElementTree.fromstring(chart.table())
    assert len(table.findall("tbody/tr")) == len(chart.rows)
    assert [th.text for th in table.findall("thead/tr/th")] == list(chart.columns)


def test_colours_follow_the_page(drawn: dict[str, Chart]) -> None:
    page = drawn["funnel"].svg
    assert "var(--cb-main)" in page
    assert "prefers-color-scheme:dark" in page
    assert "@media print" in page
    assert "var(" not in drawn["stage-times"].svg


def test_a_cell_is_never_a_formula() -> None:
    chart = Chart(
        name="x", title="x", description="x", svg="", columns=("a",), rows=(("=1+1",), (-2,), (None,))
    )
    assert chart.csv() == 'a\n\'=1+1\n-2\n""\n'


@pytest.mark.parametrize(
    "draw",
    [
        lambda f, book: charts.funnel(metric_report(f), book),
        lambda f, book: charts.stage_times(f),
        lambda f, book: charts.coverage(f),
    ],
)
def test_nothing_to_show(draw: Callable[[deal_facts.DealFacts, Playbook], Chart]) -> None:
    made = generate(0, 1)
    chart = draw(deal_facts.from_portfolio(made), made.playbook)
    assert "Nothing to show yet" in chart.svg
    assert chart.rows == ()
    report = objection_report(from_portfolio(made), by="stage")
    assert charts.heat_map(report, made.playbook).rows == ()


@pytest.mark.parametrize(
    ("months", "ticks"),
    [
        ([], []),
        (["2025-03"], [(2025, 3)]),
        (["2025-12", "2025-11", "2026-01"], [(2025, 11), (2025, 12), (2026, 1)]),
        (["2025-03", "2025-07", "2026-03"], [(2025, 3), (2025, 9), (2026, 3)]),
        ([f"{2020 + n}-01" for n in range(5)], [(2020, 1), (2022, 1), (2024, 1)]),
    ],
)
def test_months_under_a_panel_stand_apart(months: list[str], ticks: list[tuple[int, int]]) -> None:
    assert thinned(months) == ticks
