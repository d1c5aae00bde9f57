"""A deal looked at alone has the same warnings as among all the others."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from coachbot.insights.portfolio import generate
from coachbot.insights.portfolio_store import keep
from coachbot.insights.risk_list import dismiss_risk, listed_risks, risks_of
from coachbot.model.workspace import Outcome
from coachbot.store import Store, open_store


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A workspace with a made-up portfolio."""
    home: Path = tmp_path_factory.mktemp("alone")
    made = open_store(home=home, upgrade=True)
    keep(made, [generate(40, seed=3)])
    return made


def test_a_deal_alone_has_the_same_warnings(store: Store) -> None:
    made = generate(40, seed=3)
    book, today = made.playbook, made.today
    open_deals = [d.id for d in made.deals if d.outcome is Outcome.OPEN]
    assert len(open_deals) > 2
    before = listed_risks(store, book, today=today)
    first = before[0]
    with store.begin() as unit:
        dismiss_risk(unit, book, first.deal_id, first.risk, today=today, by=None, why="They told us")
    among = listed_risks(store, book, today=today)
    assert {r.dismissed for r in among} == {True, False}
    with store.read() as unit:
        alone = {d: risks_of(unit, book, unit.deals.need(d), today=today) for d in open_deals}
    assert alone == {d: tuple(r for r in among if r.deal_id == d) for d in open_deals}
    assert [r.state for d in open_deals for r in alone[d]] == [
        r.state for d in open_deals for r in among if r.deal_id == d
    ]


def test_a_closed_deal_has_none(store: Store) -> None:
    made = generate(40, seed=3)
    closed = next(d for d in made.deals if d.outcome is not Outcome.OPEN)
    with store.read() as unit:
        assert risks_of(unit, made.playbook, unit.deals.need(closed.id), today=date(2026, 1, 1)) == ()
