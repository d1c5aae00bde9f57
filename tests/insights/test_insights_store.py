"""The same figures from a workspace as from plain rows, on both databases, and only what one may see."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from coachbot.insights import deal_facts
from coachbot.insights.ledger import Ledger, from_portfolio, from_store
from coachbot.insights.metrics import metric_report
from coachbot.insights.objections import objection_report
from coachbot.insights.portfolio import Plan, Portfolio, generate, stream
from coachbot.insights.portfolio_store import keep
from coachbot.insights.selection import BY
from coachbot.model.workspace import Role
from coachbot.store import Store, Viewer, open_store
from coachbot.store.insights import code
from databases import new_database

PLAN = Plan(drafts=0.2)
DEALS = 60


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    home: Path = tmp_path_factory.mktemp("insights")
    url = None
    if request.param == "postgresql":
        url = new_database(request.getfixturevalue("postgres_server"), "insights")
    with open_store(home=home, url=url, upgrade=True) as opened:
        keep(opened, stream(DEALS, 9, plan=PLAN, batch=25))
        yield opened


@pytest.fixture(scope="module")
def made() -> Portfolio:
    return generate(DEALS, 9, plan=PLAN)


@pytest.mark.parametrize("by", BY)
def test_objections_as_from_plain_rows(by: str, store: Store, made: Portfolio) -> None:
    with store.read() as unit:
        ledger = from_store(unit, made.playbook, today=made.today)
    for drafts in (False, True):
        stored = objection_report(ledger, by=by, drafts=drafts).model_dump()
        plain = objection_report(from_portfolio(made), by=by, drafts=drafts).model_dump()
        stored["cells"] = sorted(stored["cells"], key=lambda c: (c["group"], c["category"]))
        plain["cells"] = sorted(plain["cells"], key=lambda c: (c["group"], c["category"]))
        assert stored == plain


def test_metrics_as_from_plain_rows(store: Store, made: Portfolio) -> None:
    with store.read() as unit:
        facts = deal_facts.from_store(unit, made.playbook, today=made.today)
    assert metric_report(facts) == metric_report(deal_facts.from_portfolio(made))


def test_reps_count_their_own_calls_only(store: Store, made: Portfolio) -> None:
    viewer = Viewer(user_id="rep-1", role=Role.REP)
    with store.read() as unit:
        ledger = from_store(unit, made.playbook, today=made.today, viewer=viewer)
        facts = deal_facts.from_store(unit, made.playbook, today=made.today, viewer=viewer)
    mine = {d.id for d in made.deals if d.owner == "rep-1"}
    assert set(ledger.deal_ids) == mine == set(facts.known)
    assert set(ledger.call_ids) == {c.id for c in made.calls if c.deal_id in mine}
    report = objection_report(ledger, drafts=True)
    assert report.totals.objections == sum(o.deal_id in mine for o in made.objections)


def test_what_the_call_does_not_say_its_objections_do(store: Store, made: Portfolio) -> None:
    with store.begin() as unit:
        call = next(c for c in made.calls if any(o.call_id == c.id for o in made.objections))
        unit.calls.update(unit.calls.need(call.id).model_copy(update={"stage": None}), expected=1)
    with store.read() as unit:
        ledger: Ledger = from_store(unit, made.playbook, today=made.today)
    at = ledger.call_ids.index(call.id)
    assert ledger.names["stage"].names[ledger.call_stage[at]] == call.stage


def test_a_category_that_the_playbook_no_longer_has_is_still_counted(store: Store, made: Portfolio) -> None:
    old = made.objections[0].model_copy(update={"id": "old", "category": "was_dropped", "accepted": True})
    with store.begin() as unit:
        unit.objections.put(old)
    with store.read() as unit:
        report = objection_report(from_store(unit, made.playbook, today=made.today))
    assert {c.category: c.objections for c in report.cells}["was_dropped"] == 1
    with store.begin() as unit:
        unit.objections.remove(["old"])


def test_codes_keep_apart_what_differs() -> None:
    codes = {code(n, h, a) for n in range(300) for h in ("yes", "partly", "no") for a in (False, True)}
    assert len(codes) == 300 * 6
