"""A small playbook, and a portfolio made once."""

import pytest

from coachbot.insights.ledger import Ledger, from_portfolio
from coachbot.insights.portfolio import Plan, Portfolio, generate
from coachbot.model.playbook import Playbook
from small_world import PLAYBOOK


@pytest.fixture(scope="session")
def small() -> Playbook:
    return PLAYBOOK


@pytest.fixture(scope="session")
def portfolio() -> Portfolio:
    """With effects, drafts, and all details."""
    return generate(300, 7, plan=Plan(drafts=0.15))


@pytest.fixture(scope="session")
def ledger(portfolio: Portfolio) -> Ledger:
    return from_portfolio(portfolio)
