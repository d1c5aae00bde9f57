"""Review sheets: what they count, what they call unclear or unused, and that nothing in them is markup."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from coachbot.cli.app import app
from coachbot.errors import UsageError
from coachbot.insights.process_sheet import monthly, note_opened
from coachbot.insights.sheet_text import html, markdown
from coachbot.insights.sheets import Section, Sheet, weekly
from coachbot.model.workspace import CallState, CloseDateChange, Outcome, StageChange
from coachbot.playbook import load_playbook
from coachbot.review import tick
from coachbot.settings import settings
from coachbot.store import Store, Unit, Viewer
from store_world import a_fact, add_call, add_deal, add_user, an_item, at

BOOK = load_playbook("b2b-saas")
NOW = at(0)
TODAY = NOW.date()
DISCOVERY = BOOK.stage_by_id["discovery"]


def section(sheet: Sheet, title: str) -> Section:
    return next(s for s in sheet.sections if s.title == title)


def moved(unit: Unit, deal: str, days: int, *unmet: str, to: str = "solution_alignment") -> None:
    change = StageChange(
        deal_id=deal, from_stage="discovery", to_stage=to, at=NOW - timedelta(days=days), by="ana",
        why="They want a demo", unmet=unmet,
    )  # fmt: skip
    unit.deals.record_stage_changes([change])


def test_the_week(sqlite_store: Store) -> None:
    with sqlite_store.begin() as unit:
        ana, _ = add_user(unit, "Ana"), add_user(unit, "Ben", team="south")
        bare = add_deal(unit, "Fjord | <b>", owner=ana.id, opened_on=TODAY - timedelta(days=40))
        add_deal(unit, "Other", owner="ben", opened_on=TODAY)
        gone = {"outcome": Outcome.LOST, "closed_on": TODAY, "loss_reason": "price"}
        lost = add_deal(unit, "Lost one", owner=ana.id, **gone)
        moved(unit, lost.id, 3, DISCOVERY.exit_criteria[0].id)
        moved(unit, lost.id, 9)
        for n, day in enumerate((10, 40)):
            change = CloseDateChange(deal_id=bare.id, close_date=TODAY + timedelta(days=day), at=at(n - 60))
            unit.deals.record_close_dates([change])
        add_call(unit, 1, state=CallState.DRAFT, owner=ana.id)
        names = {u.id: u.name for u in unit.users.list()}
        whole = weekly(unit, BOOK, today=TODAY, names=names)
        mine = weekly(unit, BOOK, today=TODAY, names=names, viewer=Viewer.of(ana))
    first = section(mine, "Deals to talk of").rows[0]
    stage = f"{DISCOVERY.name}, 0 days ({DISCOVERY.healthy_days} are healthy)"
    assert first[:3] == ("Fjord | <b>", "Ana", stage)
    assert "No next step" in first[3]
    assert all(c.text in first[5] for c in DISCOVERY.exit_criteria)
    assert {r[0] for r in section(whole, "Deals to talk of").rows} == {"Fjord | <b>", "Other"}
    move = section(mine, "Moved this week").rows
    assert [(r[0], r[3], r[4], r[5]) for r in move] == [
        ("Lost one", "Ana", "They want a demo", DISCOVERY.exit_criteria[0].text)
    ]
    assert section(mine, "Closed this week").rows == (("Lost one", "Ana", "lost", "price"),)
    assert [r[0] for r in section(mine, "Close dates that slipped").rows] == ["Fjord | <b>"]
    assert section(mine, "Reviews that wait").rows == (("Ana", "1"),)
    assert "Fjord \\| \\<b\\>" in markdown(mine)
    assert "Fjord | &lt;b&gt;" in html(mine)


@pytest.mark.parametrize(("against", "verdict"), [(1, ""), (2, "unclear")])
def test_a_criterion_that_is_moved_on_against(against: int, verdict: str, sqlite_store: Store) -> None:
    criterion = DISCOVERY.exit_criteria[0]
    with sqlite_store.begin() as unit:
        for n in range(5):
            deal = add_deal(unit, f"Deal {n}")
            moved(unit, deal.id, 5, *([criterion.id] if n < against else []))
            moved(unit, deal.id, 90, criterion.id)
        sheet = monthly(unit, BOOK, today=TODAY)
    rows = section(sheet, "Criteria that may be unclear").rows
    assert [r for r in rows if r[1] == criterion.text] == [
        (DISCOVERY.name, criterion.text, f"{against} of 5", "0 deals", verdict)
    ]


def test_fields_plays_and_ticks(sqlite_store: Store) -> None:
    today = datetime.now(NOW.tzinfo).date()
    with sqlite_store.begin() as unit:
        deal = add_deal(unit)
        call = add_call(unit, 1, deal_id=deal.id)
        unit.items.add(an_item(call.id, key="budget"))
        unit.facts.put(a_fact(deal.id, call.id, key="budget", accepted_at=datetime.now(NOW.tzinfo)))
        criterion = DISCOVERY.exit_criteria[1]
        tick(unit, deal, DISCOVERY, criterion.id, met=True, by=None, why="They said so by mail")
        assert note_opened(unit, BOOK.plays[0].id, by="ana", on=today)
        assert not note_opened(unit, BOOK.plays[0].id, by="ana", on=today)
        assert note_opened(unit, BOOK.plays[0].id, by="ben", on=today)
        sheet = monthly(unit, BOOK, today=today)
    fields = {r[0]: r for r in section(sheet, "Fields").rows}
    labels = {f.id: f.label for f in BOOK.fields}
    assert fields[labels["budget"]][1] == "1 of 1"
    assert (fields[labels["competitor"]][1], fields[labels["competitor"]][4]) == ("0 of 1", "unused")
    plays = section(sheet, "Plays")
    assert plays.rows[0] == (BOOK.plays[0].title, "2", "0")
    assert plays.note.startswith(f"{len(BOOK.plays) - 1} of {len(BOOK.plays)}")
    ticked = section(sheet, "Criteria that may be unclear").rows
    assert [(r[1], r[3]) for r in ticked] == [(criterion.text, "1 deals")]


def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COACHBOT_HOME", str(tmp_path))
    settings.cache_clear()
    for kind in ("weekly", "monthly"):
        shown = CliRunner().invoke(app, ["review-sheet", kind])
        assert shown.output.startswith(f"# {kind.capitalize()} ")
        assert "## " in shown.output
        out = tmp_path / "sheet.html"
        CliRunner().invoke(app, ["review-sheet", kind, "--format", "html", "--out", str(out)])
        assert out.read_text(encoding="utf-8").startswith("<!doctype html>")
    for args in (["yearly"], ["weekly", "--format", "pdf"]):
        failed = CliRunner().invoke(app, ["review-sheet", *args])
        assert isinstance(failed.exception, UsageError)


def test_days_are_counted_from_the_day_after(sqlite_store: Store) -> None:
    with sqlite_store.begin() as unit:
        deal = add_deal(unit)
        for days in (6, 7):
            moved(unit, deal.id, days)
        assert len(section(weekly(unit, BOOK, today=TODAY), "Moved this week").rows) == 1
