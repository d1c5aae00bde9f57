"""Risks over the portfolio: as the playbook says, with history; dismissed ones stay away until a change."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from coachbot.errors import UsageError
from coachbot.insights.deal_facts import DealFacts, Known
from coachbot.insights.deal_risks import current_risks, dismiss, history, note, with_history
from coachbot.insights.stays import courses
from coachbot.model.workspace import CloseDateChange, Deal, Outcome
from coachbot.playbook import load_playbook
from coachbot.store import Store

TODAY = date(2026, 5, 1)
BOOK = load_playbook()


def deal(**more: Any) -> Deal:
    given = {
        "id": "d1", "name": "Alder deal", "account_id": "a1", "account": "Alder", "playbook": BOOK.id,
        "stage": "business_case", "opened_on": TODAY - timedelta(60),
        "entered_stage_on": TODAY - timedelta(10),
    }  # fmt: skip
    return Deal(**{**given, **more})


def healthy(**more: Any) -> Known:
    given: dict[str, Any] = {
        "fields": {"business_case": TODAY, "success_criteria": TODAY},
        "roles": {"champion": {"ada"}, "economic_buyer": {"bruno"}},
        "steps": [(TODAY + timedelta(3), "buyer")],
        "engaged": {"ada", "bruno"},
        "last_call": TODAY - timedelta(2),
    }
    return Known(**{**given, **more})


def facts(known: Known, of: Deal | None = None) -> DealFacts:
    one = of or deal()
    return DealFacts(BOOK, TODAY, courses(BOOK, [one], [], TODAY), {one.id: known})


def closes(*days: int) -> list[CloseDateChange]:
    at = datetime(2026, 3, 1, tzinfo=UTC)
    return [
        CloseDateChange(deal_id="d1", close_date=TODAY + timedelta(d), at=at + timedelta(n))
        for n, d in enumerate(days)
    ]


@pytest.mark.parametrize(
    ("known", "of", "wanted"),
    [
        (healthy(), deal(), []),
        (healthy(steps=[]), deal(), ["no_next_step"]),
        (healthy(steps=[(TODAY - timedelta(1), "buyer")]), deal(), ["no_next_step"]),
        (healthy(engaged={"ada"}, roles={"champion": {"ada"}, "decision_maker": {"ada"}}), deal(),
         ["single_threaded"]),
        (healthy(fields={"success_criteria": TODAY}), deal(), ["missing_business_case"]),
        (healthy(fields={"business_case": TODAY}), deal(), ["success_criteria_undocumented"]),
        (healthy(), deal(entered_stage_on=TODAY - timedelta(31)), ["long_time_in_stage"]),
        (healthy(roles={"decision_maker": {"bruno"}}), deal(), ["no_champion"]),
        (healthy(roles={"champion": {"ada"}}), deal(), ["no_economic_buyer"]),
        (healthy(closes=closes(10, 30)), deal(), ["slipped_close_date"]),
        (healthy(closes=closes(30, 10)), deal(), []),
        (healthy(fields={"business_case": TODAY - timedelta(40), "success_criteria": TODAY - timedelta(40)},
                 last_call=TODAY - timedelta(22)), deal(entered_stage_on=TODAY - timedelta(25)), ["stalled"]),
        (Known(), deal(outcome=Outcome.WON), []),
        (Known(), deal(stage=None), []),
        (Known(), deal(stage="targeting", entered_stage_on=TODAY), ["no_next_step", "single_threaded"]),
    ],
)  # fmt: skip
def test_each_rule(known: Known, of: Deal, wanted: list[str]) -> None:
    assert [r.risk for r in current_risks(facts(known, of))] == wanted


def test_messages_name_the_numbers() -> None:
    found = current_risks(facts(healthy(last_call=None), deal(entered_stage_on=TODAY - timedelta(40))))
    assert [r.message for r in found] == [
        "40 days in Business case and internal alignment, where up to 30 are healthy."
    ]


def test_dismissed_until_something_changes(store: Store) -> None:
    bare = facts(healthy(steps=[]))
    with store.begin() as unit:
        found = current_risks(bare)
        gone = dismiss(unit, found, "d1", "no_next_step", by="ana", why="Board meets in June")
        assert gone.dismissed
        later = with_history(unit, current_risks(bare), TODAY)
        assert [(r.dismissed, r.dismissed_by, r.dismissed_why) for r in later] == [
            (True, "ana", "Board meets in June")
        ]
        changed = with_history(
            unit, current_risks(facts(healthy(steps=[], engaged={"ada", "chiara"}))), TODAY
        )
        assert [(r.risk, r.dismissed) for r in changed] == [("no_next_step", False)]


def test_history_of_a_risk(store: Store) -> None:
    bare, well = facts(healthy(steps=[])), facts(healthy())
    with store.begin() as unit:
        assert with_history(unit, current_risks(bare), TODAY)[0].since == TODAY
        assert note(unit, bare, current_risks(bare)) == 1
        assert note(unit, bare, current_risks(bare)) == 0
        dismiss(unit, current_risks(bare), "d1", "no_next_step", by=None, why="No")
        assert note(unit, well, current_risks(well)) == 1
        assert note(unit, bare, current_risks(bare)) == 1
        assert [e.what for e in history(unit, "d1")] == ["raised", "dismissed", "cleared", "raised"]
        assert history(unit, "d2") == []


@pytest.mark.parametrize(
    ("risk", "why", "says"), [("no_champion", "x", "it has: no_next_step"), ("no_next_step", " ", "say why")]
)
def test_only_a_risk_that_is_there_is_dismissed_and_with_a_reason(
    risk: str, why: str, says: str, sqlite_store: Store
) -> None:
    with sqlite_store.begin() as unit, pytest.raises(UsageError, match=says):
        dismiss(unit, current_risks(facts(healthy(steps=[]))), "d1", risk, by=None, why=why)
