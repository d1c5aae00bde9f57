from __future__ import annotations

from collections.abc import Callable

import pytest

from coachbot.errors import UsageError
from coachbot.model.workspace import CallState, Outcome, Role
from coachbot.store import NotFoundError, Page, Store, Viewer
from coachbot.store.cursors import encode
from store_world import a_call, add_call, add_deal, add_user, at

REP = Viewer(user_id="rep", role=Role.REP, team="north")
MANAGER = Viewer(user_id="boss", role=Role.MANAGER, team="north")
ALONE = Viewer(user_id="boss", role=Role.MANAGER)
ENABLEMENT = Viewer(user_id="enable", role=Role.ENABLEMENT)


def walk(fetch: Callable[[str | None], Page[object]]) -> list[list[object]]:
    pages, cursor = [], None
    while True:
        page = fetch(cursor)
        pages.append(list(page.items))
        cursor = page.next_cursor
        if cursor is None:
            return pages


@pytest.fixture
def team(store: Store) -> Store:
    """Calls and deals of a rep, a colleague of the team, one of another team, and nobody."""
    with store.begin() as unit:
        for name, team in (("Rep", "north"), ("Mate", "north"), ("Boss", "north"), ("Far", "south")):
            add_user(unit, name, team=team)
        for number, owner in enumerate(("rep", "mate", "far", None), start=1):
            deal = add_deal(unit, f"Deal {owner}", id=f"deal-{owner}", owner=owner)
            add_call(unit, number, f"budget of {owner}", owner=owner, deal_id=deal.id)
        add_call(unit, 5, "budget of far about the rep's deal", owner="far", deal_id="deal-rep")
        add_call(unit, 6, "budget in the inbox", state=CallState.DRAFT)
    return store


SIGHT = [
    (None, {1, 2, 3, 4, 5, 6}, {"rep", "mate", "far", None}),
    (ENABLEMENT, {1, 2, 3, 4, 5, 6}, {"rep", "mate", "far", None}),
    (MANAGER, {1, 2, 4, 5, 6}, {"rep", "mate", None}),
    (ALONE, {4, 6}, {None}),
    (REP, {1, 5}, {"rep"}),
]


@pytest.mark.parametrize(("viewer", "calls", "deals"), SIGHT)
def test_who_sees_what(team: Store, viewer: Viewer | None, calls: set[int], deals: set[str | None]) -> None:
    names = {f"call-{n:04}" for n in calls}
    with team.read() as unit:
        assert {c.id for c in unit.calls.list(visible_to=viewer).items} == names
        assert {h.call.id for h in unit.search("budget", visible_to=viewer).items} == names
        assert {c.id for c in unit.calls.inbox(visible_to=viewer).items} == names
        assert sum(unit.calls.counts(visible_to=viewer).values()) == len(names)
        assert {d.owner for d in unit.deals.list(visible_to=viewer).items} == deals
        for number in range(1, 7):
            assert can(unit.calls.visible, f"call-{number:04}", viewer) == (number in calls)
        for owner in ("rep", "mate", "far", None):
            assert can(unit.deals.visible, f"deal-{owner}", viewer) == (owner in deals)


def can(look: Callable[[str, Viewer | None], object], key: str, viewer: Viewer | None) -> bool:
    try:
        look(key, viewer)
    except NotFoundError:
        return False
    return True


def test_a_new_owner_changes_who_finds_it(team: Store) -> None:
    with team.begin() as unit:
        deal = unit.deals.need("deal-far")
        unit.deals.update(deal.model_copy(update={"owner": "rep"}), expected=1)
        assert "call-0003" in {h.call.id for h in unit.search("budget", visible_to=REP).items}
        call = unit.calls.need("call-0001")
        unit.calls.update(call.model_copy(update={"owner": "far", "deal_id": None}), expected=1)
        assert "call-0001" not in {h.call.id for h in unit.search("budget", visible_to=REP).items}


def test_filters_of_calls(team: Store) -> None:
    with team.read() as unit:

        def found(**filters: object) -> set[str]:
            return {c.id[-1] for c in unit.calls.list(**filters).items}  # type: ignore[arg-type]

        assert found(states=[CallState.DRAFT]) == {"6"}
        assert found(states=[]) == set()
        assert found(deal_id="deal-rep") == {"1", "5"}
        assert found(owner="far", deal_id="deal-rep") == {"5"}
        assert found(team="north") == {"1", "2"}
        assert found(unlinked=True) == {"6"}
        assert found(text="CALL-3.VTT") == {"3"}
        assert found(text="call 3") == {"3"}
        assert found(text="%") == set()


def test_filters_of_deals(team: Store) -> None:
    with team.begin() as unit:
        far = unit.deals.need("deal-far")
        unit.deals.update(far.model_copy(update={"outcome": Outcome.LOST, "stage": "proposal"}), expected=1)

        def found(**filters: object) -> list[str | None]:
            return [d.owner for d in unit.deals.list(**filters).items]  # type: ignore[arg-type]

        assert found(outcome=Outcome.LOST) == ["far"]
        assert found(stage="proposal", owner="far") == ["far"]
        assert found(team="south") == ["far"]
        assert found(text="deal MATE l") == ["mate"]
        assert found(account_id=far.account_id) == ["far"]
        assert found(sort="name") == ["far", "mate", None, "rep"]
        assert found()[0] == "far"  # changed last


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 8])
def test_pages_hold_everything_once(store: Store, limit: int) -> None:
    with store.begin() as unit:
        for number in range(1, 8):  # three of them at the same moment
            add_call(unit, number, "quote", created_at=at(min(number, 5)))
            add_deal(unit, f"Deal {number % 3}", account="One", id=f"d{number}")
    with store.read() as unit:
        expected = [f"call-{n:04}" for n in (7, 6, 5, 4, 3, 2, 1)]
        lists: list[Callable[[str | None], Page[object]]] = [
            lambda cursor: unit.calls.list(cursor=cursor, limit=limit),
            lambda cursor: unit.deals.list(cursor=cursor, limit=limit, sort="name"),
            lambda cursor: unit.deals.list(cursor=cursor, limit=limit),
            lambda cursor: unit.search("quote", cursor=cursor, limit=limit),
        ]
        for fetch in lists:
            pages = walk(fetch)
            assert [len(p) for p in pages[:-1]] == [limit] * (len(pages) - 1)
            found = [x.call.id if hasattr(x, "call") else x.id for p in pages for x in p]  # type: ignore[attr-defined]
            assert len(found) == len(set(found)) == 7
            assert pages[-1], "no empty last page"
        assert [c.id for p in walk(lists[0]) for c in p] == expected  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "cursor",
    ["", "x", "!!!", "W10", encode([1, 2]), encode(["a", "b"]), encode([at(1), 5]), "W3siZCI6MX1d", "é" * 9],
)
def test_a_foreign_cursor_is_refused(sqlite_store: Store, cursor: str) -> None:
    with sqlite_store.read() as unit, pytest.raises(UsageError, match="cursor"):
        unit.calls.list(cursor=cursor)


@pytest.mark.parametrize("limit", [0, -1, 501])
def test_a_limit_has_bounds(sqlite_store: Store, limit: int) -> None:
    with sqlite_store.read() as unit:
        for ask in (unit.calls.list, unit.deals.list, unit.audit.list):
            with pytest.raises(UsageError, match="limit"):
                ask(limit=limit)
        with pytest.raises(UsageError, match="limit"):
            unit.search("x", limit=limit)


def test_a_snapshot_does_not_move(store: Store) -> None:
    with store.begin() as unit:
        add_call(unit, 1)
    with store.read() as reader:
        assert len(reader.calls.list().items) == 1
        with store.begin() as unit:
            unit.calls.add(a_call(2))
        assert len(reader.calls.list().items) == 1
    with store.read() as reader:
        assert len(reader.calls.list().items) == 2
