"""`coachbot recap --engine llm`: what is shown where the model fails, and exit statuses."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from coachbot.cli import main
from coachbot.errors import UnreachableError
from coachbot.model.claims import Claims, EngineReport
from coachbot.settings import settings
from small_world import TURNS

Run = Callable[..., tuple[int, str, str]]


class NoServer:
    """A chat whose server is not there."""

    model, context = "fake", 128_000

    def ask(self, *_: Any, **__: Any) -> Any:
        raise UnreachableError("no connection to http://model.test/v1")


class Local:
    """Stands in, and finds nothing."""

    def extract(self, *_: Any) -> Claims:
        return Claims(
            turns_read=frozenset(range(len(TURNS))), engine=EngineReport(name="local", model="small")
        )


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    monkeypatch.setattr("coachbot.extract.local.LocalEngine", Local)
    monkeypatch.chdir(tmp_path)
    call = tmp_path / "call.txt"
    call.write_text("\n\n".join(f"{who}: {text}" for who, text in TURNS), encoding="utf-8")

    def go(*words: str) -> tuple[int, str, str]:
        settings.cache_clear()
        monkeypatch.setattr(sys, "argv", ["coachbot", "recap", str(call), "--engine", "llm", *words])
        with pytest.raises(SystemExit) as stopped:
            main()
        seen = capfd.readouterr()
        code = stopped.value.code
        return code if isinstance(code, int) else 0, seen.out, seen.err

    return go


@pytest.mark.parametrize("form", ["terminal", "markdown", "html", "json"])
def test_a_recap_that_the_local_engine_made_says_so_in_every_form(
    run: Run, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("coachbot.llm.get_chat", NoServer)
    monkeypatch.setenv("COLUMNS", "200")
    status, out, err = run("--format", form)
    assert (status, err) == (0, "")
    top = out if form == "json" else out[: out.index("Fields")]
    assert "The language model failed (no connection to http" in top
    assert "model.test/v1" in top
    assert ('"fallback_from":"llm"' in out.replace(" ", "")) == (form == "json")


def test_no_fallback_fails_with_one_line(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("coachbot.llm.get_chat", NoServer)
    assert run("--no-fallback") == (1, "", "coachbot: no connection to http://model.test/v1\n")


def test_without_a_model_set_it_says_what_to_set(run: Run) -> None:
    status, out, err = run()
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert "COACHBOT_LLM_MODEL" in err
