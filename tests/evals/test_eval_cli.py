"""The commands, as they are typed."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from eval_fakes import PLAYBOOK, TURNS, always_fails, item, make_recap, reads_half, reads_marks
from typer.testing import CliRunner

from coachbot.cli.evals import app
from coachbot.errors import CoachbotError
from coachbot.evals import runner
from coachbot.evals.records import read_run

Command = Callable[..., Result]


@pytest.fixture
def command(root: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Run a command on the folder; errors made on purpose become exit statuses, as the main program does."""
    monkeypatch.setattr("coachbot.playbook.load_playbook", lambda *args, **known: PLAYBOOK)
    monkeypatch.setattr(runner, "main_job", reads_marks)

    def go(*words: str) -> Result:
        result = CliRunner().invoke(app, [*words, "--evals", str(root)])
        if isinstance(result.exception, CoachbotError):
            result.exit_code = result.exception.exit_status
        elif result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return go


def test_check(command: Command, root: Path) -> None:
    good = command("check")
    assert (good.exit_code, good.stdout) == (0, "8 cases, 1 suites: no problems\n")
    (root / "cases" / "c1" / "gold.json").write_text("{")
    bad = command("check")
    assert bad.exit_code == 2
    assert "gold.json: not valid JSON" in bad.stderr


def test_run_shows_numbers_and_goes_on(command: Command, root: Path) -> None:
    first = command("run", "all")
    assert first.exit_code == 0
    assert "fields_f1" in first.stdout
    assert "8 recaps, 1 failed" in first.stdout
    assert "c8: the engine gave up" in first.stderr
    made = read_run(root / "runs" / "all-local")
    assert made.info.suite == "all"
    stamps = {p: p.stat().st_mtime_ns for p in (root / "runs" / "all-local" / "cases").glob("*.json")}
    assert command("run", "all").exit_code == 0
    changed = [p.name for p, t in stamps.items() if p.stat().st_mtime_ns != t]
    assert changed == ["c8.0.json"]


def test_a_run_in_which_every_recap_failed_is_no_baseline(
    command: Command, monkeypatch: pytest.MonkeyPatch, root: Path
) -> None:
    monkeypatch.setattr(runner, "main_job", always_fails)
    assert command("run", "all").exit_code == 1
    assert command("baseline", "all").exit_code == 1
    assert not (root / "baselines").exists()


def test_run_into_a_folder_with_two_engines(command: Command, root: Path, tmp_path: Path) -> None:
    (root / "suites" / "two.yaml").write_text("id: two\nengines: [local, llm]\ncases: [c1]\n")
    assert command("run", "two", "--live", "--out", str(tmp_path / "out")).exit_code == 0
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["two-llm", "two-local"]
    again = command("run", "two", "--live", "--engine", "llm", "--out", str(tmp_path / "one"))
    assert again.exit_code == 0
    assert read_run(tmp_path / "one").info.contender.engine == "llm"
    assert command("baseline", "two").exit_code == 2
    unrecorded = command("run", "two", "--engine", "llm", "--out", str(tmp_path / "replay"))
    assert unrecorded.exit_code == 3
    assert "evals record" in str(unrecorded.exception)


def two_runs(command: Command, monkeypatch: pytest.MonkeyPatch, root: Path) -> tuple[str, str]:
    full, half = str(root / "runs" / "full"), str(root / "runs" / "half")
    assert command("run", "all", "--out", full).exit_code == 0
    monkeypatch.setattr(runner, "main_job", reads_half)
    assert command("run", "all", "--out", half).exit_code == 0
    return full, half


def test_compare_says_what_and_ends_as_promised(
    command: Command, monkeypatch: pytest.MonkeyPatch, root: Path
) -> None:
    full, half = two_runs(command, monkeypatch, root)
    worse = command("compare", "full", "half")
    assert worse.exit_code == 1
    assert "worse" in worse.stdout
    better = command("compare", half, full)
    assert better.exit_code == 0
    assert "better" in better.stdout
    assert command("compare", "full", "nowhere").exit_code == 2
    assert command("compare", "full", "half", "--metric", "charm").exit_code == 2
    (root / "runs" / "half" / "cases" / "c3.0.json").unlink()
    missing = command("compare", "full", "half")
    assert missing.exit_code == 3


def test_compare_by_another_metric_and_strictly(
    command: Command, monkeypatch: pytest.MonkeyPatch, root: Path
) -> None:
    two_runs(command, monkeypatch, root)
    assert command("compare", "full", "half", "--metric", "fields_precision").exit_code == 0
    # Two accounts cannot show anything.
    (root / "suites" / "few.yaml").write_text("id: few\ncases: [c3, c4]\n")
    for name in ("few1", "few2"):
        command("run", "few", "--out", str(root / "runs" / name))
    assert command("compare", "few1", "few2").exit_code == 0
    assert command("compare", "few1", "few2", "--strict").exit_code == 1


def test_baseline_and_gate(command: Command, monkeypatch: pytest.MonkeyPatch, root: Path) -> None:
    assert command("gate", "all").exit_code == 3
    assert command("baseline", "all").exit_code == 0
    assert json.loads((root / "baselines" / "local.json").read_text())["suite"] == "all"
    assert command("gate", "all").exit_code == 0
    monkeypatch.setattr(runner, "main_job", reads_half)
    (root / "runs" / "gate-all-local" / "run.json").unlink()
    for kept in (root / "runs" / "gate-all-local" / "cases").iterdir():
        kept.unlink()
    stopped = command("gate", "all")
    assert stopped.exit_code == 1
    assert "not shown to be as good as local.json: fields_f1" in stopped.stderr
    (root / "suites" / "other.yaml").write_text("id: other\n")
    assert command("gate", "other").exit_code == 2
    assert command("compare", str(root / "baselines" / "local.json"), "gate-all-local").exit_code == 1


def test_report_writes_all_three_files(
    command: Command, monkeypatch: pytest.MonkeyPatch, root: Path, tmp_path: Path
) -> None:
    two_runs(command, monkeypatch, root)
    page, junit, numbers = tmp_path / "r.html", tmp_path / "r.xml", tmp_path / "r.json"
    done = command(
        "report",
        "full",
        "--against",
        "half",
        "--out",
        str(page),
        "--junit",
        str(junit),
        "--json",
        str(numbers),
    )
    assert done.exit_code == 0
    assert page.read_text().startswith("<!doctype html>")
    assert junit.read_text().startswith("<?xml")
    assert json.loads(numbers.read_text())["comparison"]["a"] == "half"
    assert command("report", "half").exit_code == 0
    assert (root / "runs" / "half" / "report.html").exists()


def test_report_needs_the_cases(command: Command, root: Path) -> None:
    command("run", "all")
    (root / "cases" / "c2").rename(root / "gone")
    assert command("report", "all-local").exit_code == 3


def test_add_freezes_a_reviewed_recap(command: Command, root: Path, tmp_path: Path) -> None:
    call, reviewed = tmp_path / "call.txt", tmp_path / "recap.json"
    names = ("Sol Petrakis", "Ines Brandvold")
    call.write_text("".join(f"{names[n % 2]}: {text}\n" for n, text in enumerate(TURNS[:10])))
    evidence = item(TURNS[1]).evidence[0].model_copy(update={"turn": 1})
    accepted = item(TURNS[1], value="Pallets vanish", status="accepted").model_copy(
        update={"evidence": (evidence,)}
    )
    recap = make_recap({"pain": [accepted]}, met={"middle_done": True, "middle_agreed": True}, turns=10)
    reviewed.write_text(recap.to_json())
    meta = tmp_path / "meta.json"
    meta.write_text(
        json.dumps(
            {
                "date": "2026-03-02T09:00:00Z",
                "participants": [{"name": names[0], "side": "seller"}, {"name": names[1], "side": "buyer"}],
                "deal": {"account": "Brandvold", "stage": "middle"},
            }
        )
    )
    done = command(
        "add", str(reviewed), str(call), "--id", "frozen", "--cluster", "trundle", "--meta", str(meta)
    )
    assert done.exit_code == 0, done.exception
    assert "1 facts, 0 traps" in done.stdout
    assert (root / "cases" / "frozen" / "gold.json").exists()
    assert command("check").exit_code == 0
    again = command("add", str(reviewed), str(call), "--id", "frozen")
    assert again.exit_code == 2


def test_lists_for_people_and_editors() -> None:
    listed = CliRunner().invoke(app, ["metrics"])
    assert "fields_f1" in listed.stdout
    assert "lower is better" in listed.stdout
    schema = json.loads(CliRunner().invoke(app, ["schema"]).stdout)
    assert schema["properties"]["cases"]["description"]


def test_the_command_group_is_light_to_import() -> None:
    code = (
        "import sys, coachbot.cli.evals; heavy = {'numpy', 'jinja2', 'ctranslate2', 'ruamel.yaml'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
