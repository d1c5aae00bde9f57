"""A call of 1,000 turns with 200 items: a small first page, quick keys, every turn within reach."""

from __future__ import annotations

import re
import statistics

import pytest
from playwright.sync_api import Page, expect
from web_world import lay_out

from coachbot.model.workspace import Call
from coachbot.store import Store
from coachbot.web.views.transcript import SLICE

WATCH = """() => { window.handled = [];
  addEventListener("keydown", () => { window.began = performance.now(); }, { capture: true });
  addEventListener("keydown", () => window.handled.push(performance.now() - window.began)); }"""


@pytest.fixture(scope="module")
def large(store: Store) -> Call:
    """The call."""
    return lay_out(store, turns=1000, items=200)


def test_the_first_page_is_small(tab: Page, large: Call) -> None:
    answer = tab.goto(f"/calls/{large.id}/review")
    assert answer
    assert len(answer.body()) < 200_000
    assert tab.locator(".turn").count() < 3 * SLICE
    expect(tab.locator("#total")).to_have_text("200")


def test_keys_are_quick(tab: Page, large: Call) -> None:
    tab.goto(f"/calls/{large.id}/review")
    tab.evaluate(WATCH)
    for key in "jjkj" * 10 + "o" * 3:
        tab.keyboard.press(key)
    taken = tab.evaluate("window.handled")
    assert len(taken) == 43
    assert statistics.quantiles(taken, n=20)[-1] < 50


def test_a_link_to_a_moment_opens_there(tab: Page, large: Call) -> None:
    tab.goto(f"/calls/{large.id}/transcript#t=4500")  # nine seconds a turn: turn 500
    expect(tab.locator("#t500")).to_have_class(re.compile("lit"))
    expect(tab.locator("#t500")).to_be_in_viewport()
    assert tab.locator(".turn").count() < 6 * SLICE


def test_without_scripts_it_comes_in_pages(plain: Page, large: Call) -> None:
    plain.goto(f"/calls/{large.id}/transcript")
    expect(plain.locator(".turn")).to_have_count(SLICE)
    plain.get_by_role("link", name="Later turns").click()
    expect(plain.locator(f"#t{SLICE}")).to_be_visible()
    plain.goto(f"/calls/{large.id}/transcript?turn=999")
    expect(plain.locator("#t999")).to_be_visible()
    expect(plain.get_by_role("link", name="Later turns")).to_have_count(0)
