from __future__ import annotations

import random
from collections import Counter
from datetime import date

import pytest

from coachbot.errors import UsageError
from coachbot.model.workspace import Outcome, RecordedObjection
from coachbot.store import Store
from store_world import a_call, add_deal, add_user, an_objection


@pytest.fixture
def counted(store: Store) -> tuple[Store, list[RecordedObjection]]:
    """300 objections over 40 calls of 10 deals."""
    rng = random.Random(5)
    with store.begin() as unit:
        add_user(unit, "Ana")
        for n in range(10):
            add_deal(
                unit, f"D{n}", id=f"d{n}", segment=("small", "mid")[n % 2], product=("core", None)[n % 2],
                outcome=(Outcome.WON, Outcome.LOST, Outcome.OPEN)[n % 3], owner="ana" if n < 3 else None,
            )  # fmt: skip
        unit.calls.add_many(a_call(n, deal_id=f"d{n % 10}" if n < 35 else None) for n in range(40))
        made = [
            an_objection(
                n, f"call-{(c := rng.randrange(40)):04}", deal_id=f"d{c % 10}" if c < 35 else None,
                category=rng.choice(["price", "timing", "security"]),
                handled=rng.choice(["yes", "partly", "no"]),
                stage=rng.choice(["discovery", "proposal", None]), rep=rng.choice(["ana", "ben"]),
                at=date(2026, rng.randrange(1, 4), 3), accepted=rng.random() < 0.5,
            )
            for n in range(300)
        ]  # fmt: skip
        unit.objections.add_many(made)
    return store, made


def test_counts_equal_a_recount(counted: tuple[Store, list[RecordedObjection]]) -> None:
    store, made = counted
    with store.read() as unit:
        for names in (["category"], ["stage", "rep"], ["handled"], ["category", "stage", "accepted"], []):
            expected = Counter(tuple(text_of(getattr(o, n)) for n in names) for o in made)
            found = unit.objections.count(by=names)
            assert {tuple(c.by[n] for n in names): c.count for c in found} == expected
            for group in found:
                mine = [o for o in made if all(text_of(getattr(o, n)) == group.by[n] for n in names)]
                assert group.calls == len({o.call_id for o in mine})
                assert group.deals == len({o.deal_id for o in mine} - {None})
                assert group.handled_yes == sum(o.handled == "yes" for o in mine)
                assert group.accepted == sum(o.accepted for o in mine)
        months = {c.by["month"]: c.count for c in unit.objections.count(by=["month"])}
        assert months == Counter(f"{o.at:%Y-%m}" for o in made)


def text_of(value: object) -> str | None:
    if value is None:
        return None
    return str(value).lower() if isinstance(value, bool) else str(value)


def test_counts_by_what_the_deal_is(counted: tuple[Store, list[RecordedObjection]]) -> None:
    store, made = counted
    with store.read() as unit:
        segments = {c.by["segment"]: c.count for c in unit.objections.count(by=["segment"])}
        assert segments == Counter(
            None if o.deal_id is None else ("small", "mid")[int(o.deal_id[1:]) % 2] for o in made
        )
        lost = unit.objections.count(by=["product"], outcome="lost", category="price")
        expected = [o for o in made if o.category == "price" and o.deal_id in ("d1", "d4", "d7")]
        assert sum(c.count for c in lost) == len(expected)
        assert {c.by["product"] for c in unit.objections.count(by=["product"])} == {"core", None}
        assert sum(c.count for c in unit.objections.count(by=["owner"], owner="ana")) == sum(
            o.deal_id in ("d0", "d1", "d2") for o in made
        )


def test_the_rows_behind_a_number(counted: tuple[Store, list[RecordedObjection]]) -> None:
    store, made = counted
    filters = {"category": "price", "accepted": True, "since": date(2026, 2, 1), "until": date(2026, 2, 28)}
    expected = [o for o in made if o.category == "price" and o.accepted and o.at and o.at.month == 2]
    with store.read() as unit:
        assert list(unit.objections.list(limit=300, **filters).items) == expected
        assert sorted(unit.objections.each(**filters), key=lambda o: o.id) == expected
        (group,) = unit.objections.count(by=[], **filters)
        assert group.count == len(expected)
        assert len(unit.objections.list(limit=3, outcome="won").items) == 3


def test_writing_again_changes_and_removing_removes(store: Store) -> None:
    with store.begin() as unit:
        unit.calls.add_many([a_call(1)])
        unit.objections.put(an_objection(1, "call-0001"))
        unit.objections.put(an_objection(1, "call-0001", accepted=True, handled="yes"))
        (found,) = unit.objections.of_call("call-0001")
        assert (found.accepted, found.handled) == (True, "yes")
        assert unit.objections.put_many([]) == 0
        assert unit.objections.remove([found.id, "none"]) == 1


def test_only_known_names_can_be_counted(sqlite_store: Store) -> None:
    with sqlite_store.read() as unit:
        for ask in ({"by": ["text"]}, {"by": ["category"], "colour": "red"}):
            with pytest.raises(UsageError, match="cannot be counted"):
                unit.objections.count(**ask)  # type: ignore[arg-type]


def test_the_whole_portfolio_is_read_from_the_index_alone(postgres_store: Store) -> None:
    """Without the order PostgreSQL turns the groups round, and fetches every row of the table."""
    with postgres_store.begin() as unit:
        deals = [add_deal(unit, f"Deal {n}").id for n in range(20)]
        for n in range(400):
            call = a_call(n, deal_id=deals[n % 20])
            unit.calls.add_many([call])
            rows = (an_objection(n * 10 + k, call.id, deal_id=call.deal_id) for k in range(10))
            unit.objections.add_many(rows)
    postgres_store.settle()
    asked: list[str] = []
    with postgres_store.read() as unit, pytest.MonkeyPatch.context() as patch:
        patch.setattr(unit.insights, "_raw", lambda query: asked.append(query) or iter(()))
        unit.insights.objections(["price"])
        for way in ("seqscan", "hashagg", "sort"):  # right for a table as small as this
            unit.connection.exec_driver_sql(f"SET LOCAL enable_{way} = off")
        text = str(asked[0].compile(dialect=unit.connection.dialect, compile_kwargs={"literal_binds": True}))
        plan = "\n".join(r[0] for r in unit.connection.exec_driver_sql(f"EXPLAIN {text}"))
    assert text.endswith("ORDER BY objections.deal_id, objections.call_id")
    assert "Index Only Scan using ix_objections_packed" in plan
    assert "Sort" not in plan
