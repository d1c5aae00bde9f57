"""What happens when two do the same at once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from coachbot.errors import ConflictError
from coachbot.store import Store, Unit
from store_world import a_call, a_transcript, add_call, an_item

MANY = 6


def at_once(store: Store, work: Callable[[Unit, int], object]) -> list[object]:
    """The work's results, or what it raised, when it runs in several transactions at once."""
    barrier = Barrier(MANY)

    def one(number: int) -> object:
        barrier.wait()
        try:
            return store.run(lambda unit: work(unit, number))
        except ConflictError as error:
            return error

    with ThreadPoolExecutor(MANY) as pool:
        return list(pool.map(one, range(MANY)))


def test_a_call_is_taken_in_once(store: Store) -> None:
    done = at_once(store, lambda unit, n: unit.calls.add(a_call(1, id=f"try-{n}")))
    calls = {call.id for call, _ in done}  # type: ignore[misc]
    assert len(calls) == 1
    assert sum(new for _, new in done) == 1  # type: ignore[misc]


def test_an_account_is_made_once(store: Store) -> None:
    at_once(store, lambda unit, n: unit.accounts.ensure("Fjord"))
    with store.read() as unit:
        assert len(unit.accounts.list().items) == 1


def test_a_transcript_is_stored_once(store: Store) -> None:
    with store.begin() as unit:
        add_call(unit, 1)
    done = at_once(store, lambda unit, n: unit.transcripts.put("call-0001", a_transcript("Hello")))
    assert len({d.number for d in done}) == 1  # type: ignore[attr-defined]


def test_one_of_many_reviewers_wins(store: Store) -> None:
    with store.begin() as unit:
        item = unit.items.add(an_item(add_call(unit, 1).id))

    def decide(unit: Unit, n: int) -> object:
        changed = item.model_copy(update={"status": "accepted", "decided_by": f"u{n}"})
        return unit.items.update(changed, expected=1)

    done = at_once(store, decide)
    lost = [d for d in done if isinstance(d, ConflictError)]
    (won,) = [d for d in done if not isinstance(d, ConflictError)]
    assert len(lost) == MANY - 1
    assert all(error.current == won for error in lost)
