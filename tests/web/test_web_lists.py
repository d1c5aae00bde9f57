"""Long lists: the first rows, how many there are, and the rest without scripts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

import pytest
from fastapi.testclient import TestClient
from starlette.requests import Request
from web_world import Noted

from coachbot.insights.portfolio import generate
from coachbot.insights.portfolio_store import keep
from coachbot.insights.reminders import Task, raise_tasks
from coachbot.model.workspace import Deal, Outcome
from coachbot.store import Store
from coachbot.web import create_app
from coachbot.web.views.bounded import WHOLE, bounded


def asked(query: str = "") -> Request:
    return Request({"type": "http", "query_string": query.encode(), "headers": []})


@pytest.mark.parametrize(
    ("query", "rows", "shown", "href"),
    [
        ("", 30, 30, ""),
        ("", 31, 30, "?whole=loss#loss"),
        ("by=owner&since=", 31, 30, "?by=owner&whole=loss#loss"),
        ("by=owner&whole=other", 31, 30, "?by=owner&whole=loss#loss"),
        ("by=owner&whole=loss", 31, 31, ""),
        ("whole=loss", WHOLE + 1, WHOLE, ""),
    ],
)
def test_the_first_rows_and_the_way_to_the_rest(query: str, rows: int, shown: int, href: str) -> None:
    found = bounded(asked(query), "loss", range(rows))
    assert (len(found.rows), found.total, found.href) == (shown, rows, href)


@pytest.fixture(scope="module")
def client(store: Store) -> Iterator[TestClient]:
    keep(store, [generate(150, 3)])
    with store.begin() as unit:
        deals = unit.deals.list(outcome=Outcome.OPEN, limit=12).items
        raise_tasks(unit, [a_task(d) for d in deals])
    with TestClient(create_app(store, work=Noted()), base_url="http://127.0.0.1") as made:
        yield made


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("/insights/metrics", "loss_reasons"),
        ("/insights/metrics?by=owner", "loss_reasons"),
        ("/insights/objections", "conversion"),
        ("/insights/objections?by=rep", "cells"),
        ("/inbox", "reminders"),
        ("/team", "reminders"),
        ("/team", "risks"),
    ],
)
def test_a_page_says_what_it_leaves_out_and_shows_it(client: TestClient, path: str, key: str) -> None:
    part = first = of(client.get(path).text, key)
    said = re.search(r"(\d+) of (\d+)[a-z ]* shown\. <a href=\"([^\"]+)\"", part)
    assert said, f"{path}: nothing is left out of {key}"
    shown, total = int(said.group(1)), int(said.group(2))
    assert (rows(part), shown < total) == (shown, True)
    part = of(client.get(path.partition("?")[0] + said.group(3).replace("&amp;", "&")).text, key)
    assert rows(part) == total
    assert len(part) > len(first)


def a_task(deal: Deal) -> Task:
    """A reminder of the deal."""
    return Task(
        deal_id=deal.id, deal=deal.name, rule="one", when="entered", stage=deal.stage or "",
        due=date(2026, 3, 2), moved=date(2026, 3, 1), text=f"Look at {deal.name}", to=(),
    )  # fmt: skip


def of(text: str, key: str) -> str:
    """The part of a page with that id."""
    start = re.search(rf'<(section|details)[^>]*id="{key}"', text)
    assert start, f"no part {key}"
    list_ends = text.index("</ul>" if key in ("risks", "reminders") else "</table>", start.start())
    return text[start.start() : text.index(f"</{start.group(1)}>", list_ends)]


def rows(part: str) -> int:
    """Rows of its table, or entries of its list."""
    return part.count("<tr ") - 1 if "<table" in part else part.count("<li>")
