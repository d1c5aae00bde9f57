"""`coachbot deal NAME --attach FILE`, and notes for briefs: one list of documents."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from coachbot.cli.app import app
from coachbot.errors import InputError, UsageError
from coachbot.settings import settings
from coachbot.store import open_store
from store_world import add_deal


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    monkeypatch.setenv("COACHBOT_HOME", str(tmp_path / "home"))
    settings.cache_clear()
    with open_store() as store, store.begin() as unit:
        add_deal(unit, "Fjord renewal")
    return CliRunner()


def deal(run: CliRunner, *args: str) -> Result:
    return run.invoke(app, ["deal", "Fjord renewal", *args])


def test_a_file_is_attached_and_shown(run: CliRunner, tmp_path: Path) -> None:
    path = tmp_path / "offer.pdf"
    path.write_bytes(b"%PDF-1.4 small")
    shown = deal(run, "--attach", str(path), "--as", "Proposal")
    assert "offer.pdf is kept with Fjord renewal" in shown.output
    assert "offer.pdf (Proposal, PDF, 14 B)" in shown.output
    (kept,) = json.loads(deal(run, "--format", "json").output)["documents"]
    assert (kept["name"], kept["what"], kept["note"]) == ("offer.pdf", "Proposal", False)
    gone = deal(run, "--remove", "Offer.PDF")
    assert "offer.pdf was removed" in gone.output
    assert "Documents" not in deal(run).output


def test_a_note_of_a_brief_is_a_document(run: CliRunner, tmp_path: Path) -> None:
    path = tmp_path / "research.txt"
    path.write_text("They bought the mill in the north last spring.")
    made = run.invoke(app, ["brief", "Fjord renewal", "--note", str(path), "--format", "markdown"])
    assert "They bought the mill" in made.output
    assert "research.txt (note for the brief, Text, 46 B)" in deal(run).output
    deal(run, "--remove", "research.txt")
    made = run.invoke(app, ["brief", "Fjord renewal", "--format", "markdown"])
    assert "They bought the mill" not in made.output


@pytest.mark.parametrize(
    ("args", "kind", "said"),
    [
        (("--as", "Proposal"), UsageError, "add --attach FILE"),
        (("--remove", "none.pdf"), UsageError, "no document named 'none.pdf'"),
        (("--attach", "none.pdf"), InputError, "none.pdf: cannot be read"),
    ],
)
def test_what_goes_wrong_is_said(
    run: CliRunner, args: tuple[str, ...], kind: type[Exception], said: str
) -> None:
    error = deal(run, *args).exception
    assert isinstance(error, kind)
    assert said in str(error)
