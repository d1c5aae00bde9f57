"""The page, the JUnit file and the numbers of a run."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from eval_fakes import PLAYBOOK, TURNS, item, make_case, make_recap, reads_half, reads_marks

from coachbot.evals.cases import read_cases
from coachbot.evals.charts import Bar, bars, point, span
from coachbot.evals.records import Run
from coachbot.evals.report import Report, build_report, change, number, to_html, to_json, to_junit
from coachbot.evals.stats import Interval
from coachbot.evals.suite import Gate, Price
from coachbot.evals.summary import summarize
from coachbot.model.claims import EngineReport
from coachbot.model.recap import Recap

RunAll = Callable[..., Run]
VOID = {"meta", "br", "line", "rect", "circle", "link", "img"}


class Page(HTMLParser):
    """Checks that tags are closed in order, and gathers text and what the page would fetch."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.texts: list[str] = []
        self.fetched: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self.open.append(tag)
        self.fetched += [v or "" for k, v in attrs if k in ("src", "href", "srcset", "data")]

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())


@pytest.fixture
def pair(run_all: RunAll, root: Path) -> Report:
    gates = (Gate(metric="related_f1", margin=0.05),)
    old, new = run_all("half", reads_half, gates=gates), run_all("full", gates=gates)
    cases = {c.id: c for c in read_cases(root)}
    return build_report(new, cases, against=old, playbook=PLAYBOOK)


def test_a_page_about_two_runs(pair: Report) -> None:
    html = to_html(pair)
    page = Page(html)
    assert page.open == []
    assert page.fetched == []
    assert not re.search(r"https?:|<script|@import|url\(", html)
    assert "prefers-color-scheme:dark" in html
    assert "Fields (exact) F1: better" in page.text
    assert "over 8 paired calls of 7 accounts" in page.text
    assert "7 of 8 calls fared otherwise" in page.text
    assert "c8" in page.text
    assert html.count("<svg") == html.count("<title>") - 1  # every chart has its text


def test_flips_show_the_words_of_both_sides(pair: Report) -> None:
    flip = next(f for f in pair.flips if f.case == "c1")
    assert [(x.field, x.a, x.b.quote if x.b else None) for x in flip.facts] == [
        ("price", None, TURNS[4]),
        ("wish", None, TURNS[3]),
    ]
    assert flip.facts[0].said == f"Sol Petrakis: {TURNS[4]}"
    assert flip.change == pytest.approx(1 / 3)
    text = Page(to_html(pair)).text
    assert TURNS[4] in text
    assert "not found" in text


def test_a_page_about_one_run(run_all: RunAll, root: Path) -> None:
    cases = {c.id: c for c in read_cases(root)}
    report = build_report(run_all("half", reads_half), cases, playbook=PLAYBOOK)
    page = Page(to_html(report))
    assert page.open == []
    assert report.weakest[0].case == "c8"
    assert len(report.weakest[0].missed) == 4
    assert "the engine gave up" in page.text
    assert "The 8 of 8 calls with the lowest" in page.text
    assert [x.field for x in report.weakest[1].missed] == ["wish", "price"]


def test_what_is_said_on_a_call_stays_text(run_all: RunAll, root: Path) -> None:
    nasty = "pain: <script>alert(1)</script> & <b>pallets</b> vanish {{ 7 * 7 }}"
    case = make_case(root, "c1", cluster="shared", turns=[TURNS[0], nasty, *TURNS[2:]])
    run = run_all("nasty", cases=["c1"])
    old = run_all("blind", lambda t, /, **k: make_recap(), cases=["c1"])
    html = to_html(build_report(run, {"c1": case}, against=old))
    assert "<script>" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert "{{ 7 * 7 }}" in html


def test_junit(pair: Report) -> None:
    suite = ElementTree.fromstring(to_junit(pair))[0]
    assert (suite.get("tests"), suite.get("errors"), suite.get("failures")) == ("10", "1", "0")
    error = suite.find("testcase[@name='c8']/error")
    assert error is not None
    assert error.get("message") == "the engine gave up; try again"
    assert [t.get("name") for t in suite if t.get("classname") == "all.gates"] == ["fields_f1", "related_f1"]


def test_junit_of_a_regression(run_all: RunAll, root: Path) -> None:
    full, half = run_all("full"), run_all("half", reads_half)
    report = build_report(half, {c.id: c for c in read_cases(root)}, against=full)
    failure = ElementTree.fromstring(to_junit(report)).find(".//failure")
    assert failure is not None
    assert failure.get("message") == "worse: −29.2 (margin +5.0)"


def test_junit_holds_no_character_that_xml_cannot(run_all: RunAll, root: Path) -> None:
    def fails(*args: Any, **known: Any) -> Recap:
        raise RuntimeError("bell \x07 rings")

    run = run_all("bell", fails, cases=["c1"])
    report = build_report(run, {c.id: c for c in read_cases(root)})
    ElementTree.fromstring(to_junit(report))


def test_numbers_for_programs(pair: Report) -> None:
    value = json.loads(to_json(pair))
    fields = value["metrics"]["fields_f1"]
    # 7 calls with all 4 facts, a failed call with none: P 1, R 28/32, F1 14/15; the mean of calls is 7/8
    assert fields["micro"] == pytest.approx(14 / 15)
    assert fields["macro"] == pytest.approx(7 / 8)
    assert fields["interval"][0] < 14 / 15 <= fields["interval"][1] == 1.0
    assert value["fields"]["pain"]["strict"]["recall"] == pytest.approx(7 / 8)
    assert value["fields"]["pain"]["strict"]["fn"] == 1
    assert value["comparison"]["primary"]["verdict"] == "better"
    assert value["calls"]["c8"]["fields_f1"] == 0
    assert value["spend"]["failed"] == 1


def test_macro_f1_is_over_fields_that_occur(run_all: RunAll) -> None:
    summary = summarize(run_all("half", reads_half, cases=["c1", "c2"]))
    # pain and cause 1, wish and price 0; rival is in no label
    assert summary.field_macro[0] == pytest.approx(0.5)
    assert summary.states == {
        ("found", "found"): 4,
        ("found", "not_discussed"): 4,
        ("not_discussed", "not_discussed"): 2,
    }
    assert summary.stages == {("middle", "middle"): 2}


@pytest.mark.parametrize(
    ("prices", "cost", "unpriced"),
    [({"big": Price(tokens_in=2.0, tokens_out=10.0)}, 2 * (2.0 + 1.0), ()), ({}, None, ("big",))],
)
def test_what_a_run_cost(
    run_all: RunAll, prices: dict[str, Price], cost: float | None, unpriced: tuple[str, ...]
) -> None:
    def paid(transcript: Any, /, **known: Any) -> Recap:
        return make_recap(
            engine=EngineReport(name="llm", model="big", requests=3, tokens_in=1_000_000, tokens_out=100_000)
        )

    found = summarize(run_all("paid", paid, cases=["c1", "c2"], prices=prices)).cost
    assert (found.requests, found.tokens_in, found.tokens_out) == (6, 2_000_000, 200_000)
    assert found.cost == (None if cost is None else pytest.approx(cost))
    assert found.unpriced == unpriced


def test_a_run_without_a_language_model_costs_nothing(run_all: RunAll) -> None:
    assert summarize(run_all("free", cases=["c1"])).cost.cost == 0


def test_traps_are_listed_with_their_words(run_all: RunAll, root: Path) -> None:
    def jokes(transcript: Any, /, **known: Any) -> Recap:
        return make_recap({"price": [item(TURNS[5])]})

    cases = {c.id: c for c in read_cases(root)}
    run = run_all("jokes", jokes, cases=["c1"])
    report = build_report(run, cases, against=run_all("full", reads_marks, cases=["c1"]))
    assert [(case, t.kind, t.why) for case, t in report.traps] == [("c1", "price", "a joke")]
    assert report.flips[0].traps[0][1] is True
    assert "new trap" in to_html(report)


def test_numbers_as_they_are_shown() -> None:
    assert number(0.6321) == "63.2 %"
    assert number(None) == "–"
    assert change(-0.0321) == "−3.2"
    assert change(0.05) == "+5.0"


def test_charts_are_sound_svg() -> None:
    drawn = [
        bars([Bar(0.5, "now"), Bar(1.7, "soft")], title="a < b"),
        span(0.02, Interval(-0.5, 0.1), margin=0.02, reach=0.1, style="good", title="d"),
        point(0.4, Interval(0.3, 0.5), title="p"),
        point(0.4, None, title="p"),
    ]
    for svg in drawn:
        ElementTree.fromstring(svg)
    assert 'width="110.0"' in drawn[0]  # half of 220
    assert 'width="220.0"' in drawn[0]  # what is above 1 ends at 1
