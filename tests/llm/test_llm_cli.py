"""`coachbot prompts`, `coachbot usage` and what `coachbot doctor` says of a model."""

from __future__ import annotations

import json
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from llm_server import KEY, Server, Step, failing

from coachbot.bundled import bundled
from coachbot.cli import main
from coachbot.llm.ledger import Budget, Entry, Ledger
from coachbot.llm.probe import probe
from coachbot.llm.types import Usage
from coachbot.settings import Settings, settings


class Result(NamedTuple):
    status: int
    out: str
    err: str


Run = Callable[..., Result]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """Run `coachbot WORDS` with a workspace of its own."""
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setenv("COACHBOT_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)

    def go(*words: str | Path) -> Result:
        settings.cache_clear()
        monkeypatch.setattr(sys, "argv", ["coachbot", *map(str, words)])
        capfd.readouterr()
        with pytest.raises(SystemExit) as stopped:
            main()
        seen = capfd.readouterr()
        return Result(int(stopped.value.code or 0), seen.out, seen.err)

    return go


def fails(result: Result, *words: str) -> None:
    assert (result.status, result.out, result.err.count("\n")) == (2, "", 1)
    for word in words:
        assert word in result.err


# ------------------------------------------------------------------------------------------- prompts


def test_a_prompt_from_a_new_version_to_production(run: Run, tmp_path: Path) -> None:
    task = "extract"
    before = json.loads(run("prompts", "list", "--format", "json").out)
    live = next(r for r in before if r["task"] == task and r["state"] == "production")
    made = Path(run("prompts", "new", task).out.splitlines()[0])
    assert made.parent == tmp_path / "prompts" / task
    assert run("prompts", "show", f"{task}/{made.stem}").out == made.read_text()
    assert f"{task}/{made.stem}" in (listed := run("prompts", "list").out)
    assert "draft" in listed
    made.write_text(made.read_text().replace("note: ", "note: Ours. ", 1))
    done = run("prompts", "release", task, made.stem)
    assert (done.status, "in production" in done.out) == (0, True)
    after = json.loads(run("prompts", "list", "--format", "json").out)
    states = {r["version"]: r["state"] for r in after if r["task"] == task}
    assert states[made.stem] == "production"
    assert states[live["version"]] in ("released", "draft")
    assert "Ours." in run("prompts", "show", task).out
    made.write_text(made.read_text() + "\nmore")
    assert {r["state"] for r in json.loads(run("prompts", "list", "--format", "json").out)} >= {"wrong"}
    fails(run("prompts", "release", task, made.stem), "changed after its release")


def test_messages_for_a_call_are_shown(run: Run) -> None:
    call = next(p for p in sorted(bundled("samples").iterdir()) if p.suffix == ".vtt")
    shown = run("prompts", "render", call, "--prompt", "extract")
    assert shown.status == 0
    assert "--- system ---" in shown.out
    assert "<<< BEGIN TRANSCRIPT" in shown.out
    assert "[T1] " in shown.out
    assert "tokens" in shown.err
    data = json.loads(run("prompts", "render", call, "--format", "json").out)
    assert {m["role"] for m in data["messages"]} >= {"system", "user"}
    assert data["tokens"] > 1000


def test_wrong_words(run: Run, tmp_path: Path) -> None:
    fails(run("prompts", "show", "song"), "no task is called 'song'")
    fails(run("prompts", "show", "extract/v99"), "no version 'v99'")
    fails(run("prompts", "list", "--format", "xml"), "--format")
    fails(run("prompts", "render", "nothing.vtt"), "nothing.vtt")
    fails(run("prompts", "new", "song"), "no task")
    fails(run("usage", "--by", "moon"), "--by")
    fails(run("usage", "--since", "soon"), "--since")
    fails(run("usage", "--format", "xml"), "--format")


# --------------------------------------------------------------------------------------------- usage


def test_usage_is_summed(run: Run, tmp_path: Path) -> None:
    assert "No request" in run("usage").out
    assert run("usage", "--format", "json").out.strip() == "[]"
    book = Ledger(tmp_path, Budget())
    for task, cost in (("extract", 0.5), ("extract", 0.25), ("repair", None)):
        row = book.open(Entry("http://x/v1", "big", task, "c1", 10, cost, "EUR" if cost else None))
        book.settle(row, "ok", Usage(1, 1000, 200, 50, cost, "EUR" if cost else None, 2.0))
    row = book.open(Entry("http://x/v1", "big", "extract", None, 10, 0.1, "EUR"))
    book.settle(row, "timeout", Usage(1, seconds=9), unknown=True)
    out = run("usage").out
    assert "0.7500 EUR" in out
    assert "3,000" not in out
    assert "put prices into" in out
    rows = json.loads(run("usage", "--by", "task", "--format", "json").out)
    extract = next(r for r in rows if r["task"] == "extract")
    assert (extract["requests"], extract["failed"], extract["cost"], extract["seconds"]) == (3, 1, 0.75, 13)
    (one,) = json.loads(
        run("usage", "--by", "task", "--call", "c1", "--since", "1d", "--format", "json").out
    )[1:]
    assert (one["task"], one["cost"], one["unpriced"], one["tokens_cached"]) == ("repair", None, 1, 200)
    assert json.loads(run("usage", "--since", "2999-01-01", "--format", "json").out) == []


# -------------------------------------------------------------------------------------------- doctor


def conf(server: Server, tmp_path: Path, **more: str) -> Settings:
    given = {"base_url": server.url, "api_key": KEY, "model": "m", **more}
    return Settings(home=tmp_path, **{f"llm_{k}": v for k, v in given.items()})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("step", "good", "says"),
    [
        (Step(body={"data": [{"id": "m"}, {"id": "n"}]}), True, "m at http"),
        (Step(body={"data": [{"id": "m:latest"}]}), True, "m at http"),
        (Step(body={"data": [{"id": f"x{n}"} for n in range(9)]}), None, "does not list m; it lists x0, "),
        (Step(body={"data": []}), None, "lists none"),
        (failing(401, "no"), False, "COACHBOT_LLM_API_KEY"),
        (failing(404, "no"), None, "lists no models"),
        (Step(body=b"<html>"), False, "/v1"),
        (Step(hang_up=True), False, "does not answer"),
    ],
)
def test_the_server_is_asked_for_its_models(
    server: Server, tmp_path: Path, step: Step, good: bool | None, says: str
) -> None:
    server.models = step
    found = probe(conf(server, tmp_path))
    assert found.good is good
    assert says in found.text
    assert KEY not in found.text
    assert server.paths == ["/v1/models"]
    assert server.headers[0]["authorization"] == f"Bearer {KEY}"
    assert server.requests == []


def test_a_server_that_does_not_answer_in_time(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("coachbot.llm.probe.TIMEOUT", 0.1)
    server.models = Step(body={}, delay=2)
    assert probe(conf(server, tmp_path)).good is False


def test_what_is_not_checked(server: Server, tmp_path: Path) -> None:
    assert probe(Settings(home=tmp_path)).good is None
    assert probe(Settings(home=tmp_path, llm_base_url=server.url)).good is False
    other = probe(conf(server, tmp_path, provider="anthropic"))
    assert (other.good, "not checked" in other.text) == (None, True)
    azure = probe(conf(server, tmp_path, provider="azure_openai", base_url=server.url.removesuffix("/v1")))
    assert azure.good is True
    assert server.paths == ["/openai/models?api-version=2024-10-21"]
    assert server.headers[0]["api-key"] == KEY


def test_doctor_fails_where_a_model_is_set_and_does_not_answer(
    run: Run, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "language model" in (none := run("doctor")).out
    assert none.status == 0
    monkeypatch.setenv("COACHBOT_LLM_BASE_URL", server.url)
    monkeypatch.setenv("COACHBOT_LLM_MODEL", "m")
    assert run("doctor").status == 0
    with socket.create_server(("127.0.0.1", 0)) as free:
        url = f"http://127.0.0.1:{free.getsockname()[1]}/v1"
    monkeypatch.setenv("COACHBOT_LLM_BASE_URL", url)
    found = run("doctor")
    assert (found.status, "does not answer" in found.out) == (1, True)
