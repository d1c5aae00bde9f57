"""Tables on a phone: rows as cards with their headings, still tables to a screen reader, nothing sideways."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from web_world import Noted, serving, workspace

from coachbot.insights.portfolio import generate
from coachbot.insights.portfolio_store import keep
from coachbot.model.workspace import Deal
from coachbot.store import Store, new_id
from coachbot.web import create_app
from coachbot.web.tables import stacked

PAGES = (
    "/deals", "/insights/objections?by=segment", "/insights/metrics?by=segment", "/insights/risks",
    "/insights/sheets", "/insights/sheets?kind=monthly", "/insights/metrics/conversion/behind?key=discovery",
    "/ask?q=How many objections were left open, by category?", "/team", "/settings", "/evals", "/styleguide",
)  # fmt: skip
SIDEWAYS = """() => [...document.querySelectorAll('*')].filter(e => {
  const style = getComputedStyle(e);
  return ['auto', 'scroll'].includes(style.overflowX) && e.scrollWidth > e.clientWidth + 1
    && !e.matches('.picture > .scroll');
}).map(e => e.outerHTML.slice(0, 90)).concat(
  document.documentElement.scrollWidth > innerWidth ? ['page'] : [])"""


def test_a_cell_has_the_heading_of_its_column() -> None:
    html = stacked(
        '<table class="x"><thead><tr><th scope="col">Deal</th><th><span class="sr">Share</span></th>'
        "<th>A &amp; <b>B</b></th></tr></thead><tbody>"
        '<tr><th scope="row">Northpier</th><td>12 %</td><td class="num">3</td></tr>'
        '<tr><td colspan="3">nothing</td></tr></tbody></table>'
    )
    assert html == (
        '<table role="table" class="x"><thead role="rowgroup"><tr role="row">'
        '<th role="columnheader" scope="col">Deal</th>'
        '<th role="columnheader"><span class="sr">Share</span></th>'
        '<th role="columnheader">A &amp; <b>B</b></th></tr></thead>'
        '<tbody role="rowgroup"><tr role="row"><th role="rowheader" scope="row">Northpier</th>'
        '<td role="cell">12 %</td><td role="cell" class="num" data-label="A &amp; B">3</td></tr>'
        '<tr role="row"><td role="cell" colspan="3">nothing</td></tr></tbody></table>'
    )


def test_a_heading_brings_no_markup_into_a_label() -> None:
    html = stacked("<table><thead><tr><th>&quot;&gt;&lt;img&gt;</th></tr></thead><tr><td>1</td></tr></table>")
    assert 'data-label="&#34;&gt;&lt;img&gt;"' in html


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A workspace with deals in every stage, one of them with a name without end."""
    store = workspace(tmp_path_factory.mktemp("many"))
    portfolio = generate(12)
    keep(store, [portfolio])
    endless = "W" * 300
    with store.begin() as unit:
        account = unit.accounts.ensure(endless)
        unit.deals.add(
            Deal(id=new_id(), name=endless, account_id=account.id, account=endless, playbook="b2b-saas",
                 stage="discovery", opened_on=datetime.now(UTC).date(), amount=1e12)
        )  # fmt: skip
    return store


def test_nothing_is_scrolled_sideways(
    browser: Browser, many: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with serving(create_app(many, work=Noted())) as address:
        page = browser.new_page(base_url=address, viewport={"width": 390, "height": 800})
        found = {}
        for path in PAGES:
            page.goto(path)
            page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
            for width in (390, 360):
                page.set_viewport_size({"width": width, "height": 800})
                if sideways := page.evaluate(SIDEWAYS):
                    found[path, width] = sideways
        assert found == {}
        page.goto("/deals")
        page.set_viewport_size({"width": 700, "height": 800})
        overflow = page.locator(".card.scroll").evaluate("e => getComputedStyle(e).overflowX")
        assert overflow == "auto", "a table that is wider than its card is cut off"
        page.set_viewport_size({"width": 390, "height": 800})
        row = page.get_by_role("row").nth(1)
        assert row.get_by_role("rowheader").count() == 1
        assert page.get_by_role("columnheader", name="Close date").count() == 1
        label = row.get_by_role("cell").first.evaluate("e => getComputedStyle(e, '::before').content")
        assert label.startswith('"Stage"')
        assert row.get_by_role("cell").count() == 5, "cells without words are still cells"
        tall = page.locator("td:empty").evaluate_all("all => all.map(e => e.offsetHeight)")
        assert tall
        assert max(tall) <= 1, "and take no room"
        page.close()
