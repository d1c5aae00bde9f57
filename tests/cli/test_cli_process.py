"""What only a process of its own can show."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from small_world import TURNS

LINES = "\n\n".join(f"{who}: {text}" for who, text in TURNS)
HEAVY = (
    "ctranslate2", "tokenizers", "numpy", "safetensors", "jinja2", "ruamel", "langchain", "openai",
    "chromadb", "torch",
)  # fmt: skip


def run(*words: str | Path, at: Path, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *map(str, words)],
        cwd=at,
        env=os.environ | {"PYTHONUTF8": "1"} | env,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
    )


@pytest.mark.parametrize("words", [["--help"], ["recap", "--help"], ["formats"]])
def test_help_loads_nothing_heavy(tmp_path: Path, words: list[str]) -> None:
    code = (
        "import sys, json\n"
        f"sys.argv = ['coachbot', *{words!r}]\n"
        "from coachbot.cli import main\n"
        "try:\n    main()\nexcept SystemExit as stop:\n    assert not stop.code\n"
        f"print(json.dumps([m for m in {HEAVY!r} if m in sys.modules]), file=sys.stderr)\n"
    )
    result = run("-c", code, at=tmp_path)
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stderr) == []


def test_a_module_run_with_a_mistake_is_one_line(tmp_path: Path) -> None:
    result = run("-m", "coachbot", "recap", "missing.vtt", at=tmp_path)
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == "coachbot: missing.vtt: no such file; check the path\n"


def test_several_processes_with_the_real_engine_keep_the_order(tmp_path: Path, home: Path) -> None:
    for name in ("c", "a", "b"):
        (tmp_path / f"{name}.txt").write_text(LINES, encoding="utf-8")
        (tmp_path / f"{name}.meta.json").write_text(json.dumps({"title": name}))
    (tmp_path / "bad.txt").write_text("")
    result = run("-m", "coachbot", "recap", tmp_path, "--processes", "2", at=tmp_path)
    assert result.returncode == 2
    recaps = [json.loads(line) for line in result.stdout.splitlines()]
    assert [r["call"]["title"] for r in recaps] == ["a", "b", "c"]
    assert {json.dumps(r["fields"]) for r in recaps} == {json.dumps(recaps[0]["fields"])}
    assert all(r["engine"]["name"] == "local" for r in recaps)
    assert "bad.txt" in result.stderr
    assert "Traceback" not in result.stderr
