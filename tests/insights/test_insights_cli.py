"""The commands: every form, drill-down, refusals in one line; and what they say equals the reports."""

import csv
import io
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from coachbot.cli.app import app
from coachbot.errors import UsageError
from coachbot.insights.portfolio import Plan, Portfolio, generate
from coachbot.insights.portfolio_store import keep
from coachbot.settings import settings
from coachbot.store import open_store

Run = Callable[..., Result]
TODAY = datetime.now(UTC).date()


@pytest.fixture(scope="module")
def made() -> Portfolio:
    return generate(120, 2, plan=Plan(drafts=0.1, today=TODAY))


@pytest.fixture(scope="module")
def workspace(made: Portfolio, home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cli-insights")
    (folder / "cache").symlink_to(home / "cache")
    with open_store(home=folder) as store:
        keep(store, [made])
    return folder


@pytest.fixture
def run(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    monkeypatch.setenv("COACHBOT_HOME", str(workspace))
    monkeypatch.setenv("COLUMNS", "120")
    settings.cache_clear()

    def call(*args: str) -> Result:
        result = CliRunner().invoke(app, list(args))
        if result.exception is not None and not isinstance(result.exception, (SystemExit, UsageError)):
            raise result.exception
        return result

    yield call
    settings.cache_clear()


def test_objections_in_every_form(run: Run, made: Portfolio, tmp_path: Path) -> None:
    accepted = [o for o in made.objections if o.accepted]
    shown = run("objections").output
    assert "Price and budget" in shown
    assert f"{len(accepted):,} objections in" in shown
    data = json.loads(run("objections", "--by", "segment", "--format", "json", "--drafts").output)
    assert data["totals"]["objections"] == len(made.objections)
    assert {"cells", "conversion", "loss", "movements", "findings"} <= data.keys()
    rows = list(csv.DictReader(io.StringIO(run("objections", "--by", "stage", "--format", "csv").output)))
    assert sum(int(r["objections"]) for r in rows) == len(accepted)
    page = tmp_path / "page.html"
    assert run("objections", "--format", "html", "--out", str(page)).output == ""
    text = page.read_text(encoding="utf-8")
    assert text.count("<svg ") == 2
    assert "What stands out" in text


def test_the_calls_behind_a_number(run: Run) -> None:
    cells = json.loads(run("objections", "--by", "stage", "--format", "json").output)["cells"]
    cell = next(c for c in cells if (c["group"], c["category"]) == ("discovery", "competitor"))
    args = ("objections", "--by", "stage", "--behind", "competitor@discovery", "--format", "json")
    behind = json.loads(run(*args).output)
    assert len(behind) == cell["calls"]["count"]
    assert {c["stage"] for c in behind} == {"discovery"}


def test_filters(run: Run, made: Portfolio) -> None:
    data = json.loads(
        run("objections", "--since", "120d", "--where", "segment=smb", "--drafts", "--format", "json").output
    )
    deals = {d.id for d in made.deals if d.segment == "smb"}
    since = TODAY - timedelta(120)
    wanted = sum(o.deal_id in deals and o.at is not None and o.at >= since for o in made.objections)
    assert data["totals"]["objections"] == wanted


def test_a_category_looked_into(run: Run) -> None:
    data = json.loads(run("objections", "--category", "price_budget", "--format", "json").output)
    assert data["themes"]["looked_at"] == data["themes"]["total"] > 20
    assert data["answers"]["approaches"][0]["best"][0]["said"]["turn"] is not None
    again = json.loads(run("objections", "--category", "price_budget", "--format", "json").output)
    assert again == data
    assert "What people mean" in run("objections", "--category", "price_budget").output


def test_metrics_in_every_form(run: Run, made: Portfolio, tmp_path: Path) -> None:
    shown = run("metrics", "--definitions").output
    assert "Conversion between stages" in shown
    assert "Of the deals that were in the stage" in shown
    data = json.loads(run("metrics", "no_next_step", "--format", "json").output)
    assert list(data["definitions"]) == ["no_next_step"]
    rows = list(csv.DictReader(io.StringIO(run("metrics", "conversion", "--format", "csv").output)))
    page = tmp_path / "page.html"
    run("metrics", "--format", "html", "--by", "segment", "--out", str(page))
    assert page.read_text(encoding="utf-8").count("<svg ") == 3
    behind = json.loads(run("metrics", "--behind", "conversion:discovery", "--format", "json").output)
    row = next(r for r in rows if r["key"] == "discovery")
    assert len(behind) == int(row["total"])
    assert sum(r["counted"] == "yes" for r in behind) == int(row["count"])


def test_risks_are_dated_dismissed_and_kept_away(run: Run) -> None:
    found = json.loads(run("risks", "--format", "json").output)["risks"]
    assert found
    one = found[0]
    args = ("risks", "--deal", one["deal_id"], "--dismiss", one["risk"], "--why", "They are on holiday")
    assert run(*args).exit_code == 0
    left = json.loads(run("risks", "--deal", one["deal_id"], "--format", "json").output)
    assert one["risk"] not in [r["risk"] for r in left["risks"]]
    assert [e["what"] for e in left["history"] if e["risk"] == one["risk"]] == ["raised", "dismissed"]
    again = json.loads(run("risks", "--deal", one["deal_id"], "--dismissed", "--format", "json").output)
    assert {r["dismissed_why"] for r in again["risks"] if r["risk"] == one["risk"]} == {"They are on holiday"}
    assert "on holiday" in run("risks", "--deal", one["deal_id"], "--dismissed").output
    assert "deal_id,deal" in run("risks", "--format", "csv").output


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["objections", "--by", "moon"], "choose from category"),
        (["objections", "--format", "pdf"], "choose table"),
        (["objections", "--since", "soon"], "is no day"),
        (["objections", "--where", "segment"], "write GROUP=NAME"),
        (["objections", "--category", "moon"], "no objection category 'moon'"),
        (["objections", "--category", "price_budget", "--format", "csv"], "table or json"),
        (["objections", "--behind", "moon"], "no objection category 'moon'"),
        (["metrics", "speed"], "there is no metric 'speed'"),
        (["metrics", "--cohort", "May"], "is no month"),
        (["metrics", "--behind", "conversion:moon"], "there are: conversion:"),
        (["risks", "--dismiss", "no_champion"], "needs --deal"),
        (["risks", "--deal", "moon"], "there is no deal 'moon'"),
        (["risks", "--format", "html"], "choose table"),
        (["objections", "--out", "/dev/null/at"], "cannot be written"),
    ],
)
def test_refusals(args: list[str], says: str, run: Run) -> None:
    result = run(*args)
    assert isinstance(result.exception, UsageError)
    assert says in str(result.exception)


def test_the_demo_fills_an_empty_workspace_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COACHBOT_HOME", str(tmp_path))
    settings.cache_clear()
    filled = CliRunner().invoke(app, ["demo", "--deals", "12", "--seed", "3"])
    assert filled.output.startswith("12 made-up deals")
    with open_store() as store, store.read() as unit:
        assert {d.id for d in unit.deals.all()} == {d.id for d in generate(12, 3).deals}
    again = CliRunner().invoke(app, ["demo", "--deals", "12"])
    assert isinstance(again.exception, UsageError)
    assert "COACHBOT_HOME" in str(again.exception)


def test_an_empty_workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COACHBOT_HOME", str(tmp_path))
    settings.cache_clear()
    for command, says in (("objections", "Nothing to count"), ("metrics", "No deals"), ("risks", "0 in 0")):
        result = CliRunner().invoke(app, [command])
        assert result.exit_code == 0
        assert says in result.output
