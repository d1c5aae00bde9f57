"""A made-up portfolio with known truth in it, for tests, benchmarks and demonstrations.

Nothing of the process is hard-wired: stages, categories, fields and roles are those of the playbook given.
"""

from __future__ import annotations

from collections.abc import Iterator

from coachbot.insights.portfolio_deal import DealMaker
from coachbot.insights.portfolio_parts import NOISE, Effects, Plan, Portfolio, planted
from coachbot.insights.portfolio_words import FIRST, LAST
from coachbot.model.playbook import Playbook
from coachbot.model.workspace import Role, User

__all__ = ["NOISE", "Effects", "Plan", "Portfolio", "generate", "planted", "stream"]

REPS, TEAMS = 8, 2


def generate(
    deals: int = 200,
    seed: int = 0,
    *,
    playbook: Playbook | None = None,
    effects: Effects | None = None,
    plan: Plan | None = None,
) -> Portfolio:
    """A portfolio of so many deals. The same arguments give the same portfolio.

    `playbook`: the default one where None. `effects`: `planted(playbook)` where None; NOISE for none.
    """
    parts = stream(deals, seed, playbook=playbook, effects=effects, plan=plan, batch=max(deals, 1))
    whole = next(parts)
    for part in parts:
        whole.extend(part)
    return whole


def stream(
    deals: int,
    seed: int = 0,
    *,
    playbook: Playbook | None = None,
    effects: Effects | None = None,
    plan: Plan | None = None,
    batch: int = 500,
) -> Iterator[Portfolio]:
    """The same portfolio in parts of `batch` deals, so that one larger than memory can be stored.

    Each part holds what belongs to its deals; only the first holds the users.
    """
    book = playbook or _default()
    truth = planted(book) if effects is None else effects
    maker = DealMaker(book, truth, plan or Plan(), seed, [u.id for u in _users() if u.role is Role.REP])
    for first in range(0, max(deals, 1), batch):
        part = Portfolio(book, truth, maker.plan.today, users=_users() if first == 0 else [])
        for number in range(first, min(first + batch, deals)):
            maker.add(part, number)
        yield part


def _default() -> Playbook:
    from coachbot.playbook import load_playbook

    return load_playbook()


def _users() -> list[User]:
    reps = [
        User(
            id=f"rep-{n}",
            name=f"{FIRST[n]} {LAST[n]}",
            email=f"{FIRST[n].lower()}@example.com",
            team=f"team-{n % TEAMS}",
        )
        for n in range(REPS)
    ]
    heads = [
        User(
            id=f"manager-{n}",
            name=f"{FIRST[-1 - n]} {LAST[-1 - n]}",
            email=f"{FIRST[-1 - n].lower()}@example.com",
            role=Role.MANAGER,
            team=f"team-{n}",
        )
        for n in range(TEAMS)
    ]
    return [*reps, *heads]
