"""Runs: resumed, scored anew, repeated; and what a failure counts for."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from eval_fakes import GROUPS, PLAYBOOK, always_fails, make_case, reads_half, reads_marks

from coachbot.errors import EngineError, MissingRecordingError, UsageError
from coachbot.evals import runner
from coachbot.evals.cases import read_cases
from coachbot.evals.metrics import metric
from coachbot.evals.records import (
    Contender,
    Record,
    Run,
    code_version,
    find_run,
    prompt_sha,
    read_run,
    record_key,
)
from coachbot.evals.runner import Plan, contenders, run_plan
from coachbot.evals.suite import Suite
from coachbot.model.recap import Recap

RunAll = Callable[..., Run]


class Counting:
    """A recap function that counts its calls, and may stop after some."""

    def __init__(self, stop_after: int | None = None) -> None:
        self.calls: list[str] = []
        self.stop_after = stop_after

    def __call__(self, transcript: Any, /, **known: Any) -> Recap:
        if self.stop_after is not None and len(self.calls) >= self.stop_after:
            raise KeyboardInterrupt
        self.calls.append(transcript.id)
        return reads_marks(transcript, **known)


def test_a_run_scores_every_call(run_all: RunAll) -> None:
    done = run_all("first")
    assert [r.case for r in done.records] == [f"c{n}" for n in range(1, 9)]
    assert done.info.finished is not None
    assert done.info.playbook_id == "ladder"
    perfect = done.of_case("c1")[0]
    assert metric("fields_f1").of_call(perfect.score) == 1.0
    assert perfect.recap is not None
    assert perfect.score.spend.seconds == perfect.seconds


def test_a_failed_call_counts_as_zero_and_is_not_dropped(run_all: RunAll) -> None:
    failed = run_all("first").of_case("c8")[0]
    assert failed.error == "the engine gave up; try again"
    assert failed.score.failed == failed.error
    assert metric("fields_f1").of_call(failed.score) == 0.0


def test_a_crash_is_one_call_s_score_and_not_the_end_of_the_run(run_all: RunAll) -> None:
    done = run_all("broken", always_fails)
    assert {r.error for r in done.records} == {"RuntimeError: out of luck"}


def test_a_request_that_cannot_be_right_ends_the_run(run_all: RunAll) -> None:
    def refuses(*args: Any, **known: Any) -> Recap:
        raise UsageError("no such engine")

    with pytest.raises(UsageError, match="no such engine"):
        run_all("never", refuses)


def test_an_interrupted_run_goes_on_where_it_stopped(run_all: RunAll, root: Path) -> None:
    first = Counting(stop_after=3)
    with pytest.raises(KeyboardInterrupt):
        run_all("first", first)
    with pytest.raises(MissingRecordingError, match="c4, c5, c6 and 2 more not recorded"):
        read_run(root / "runs" / "first")
    second = Counting()
    done = run_all("first", second)
    assert first.calls == ["c1", "c2", "c3"]
    assert second.calls == ["c4", "c5", "c6", "c7", "c8"]
    assert len(done.records) == 8


def test_only_what_failed_is_tried_again(run_all: RunAll) -> None:
    run_all("first")
    again = Counting()
    run_all("first", again)
    assert again.calls == ["c8"]


def test_changed_labels_are_scored_anew_without_a_new_recap(run_all: RunAll, root: Path) -> None:
    before = run_all("first").of_case("c1")[0]
    path = root / "cases" / "c1" / "gold.json"
    gold = json.loads(path.read_text())
    del gold["fields"]["pain"]
    path.write_text(json.dumps(gold))
    again = Counting()
    after = run_all("first", again).of_case("c1")[0]
    assert "c1" not in again.calls
    assert after.key == before.key
    assert after.gold != before.gold
    assert before.score.strict.expected == 4
    assert after.score.strict.expected == 3


@pytest.mark.parametrize("name", ["transcript.json", "meta.json"])
def test_a_changed_call_is_recapped_anew(run_all: RunAll, root: Path, name: str) -> None:
    run_all("first")
    path = root / "cases" / "c2" / name
    path.write_text(path.read_text().replace("Pallets c2", "Pallets, again"))
    again = Counting()
    run_all("first", again)
    assert again.calls == ["c2", "c8"]


def test_a_damaged_record_is_made_anew(run_all: RunAll, root: Path) -> None:
    run_all("first")
    (root / "runs" / "first" / "cases" / "c3.0.json").write_text("{")
    again = Counting()
    assert len(run_all("first", again).records) == 8
    assert again.calls == ["c3", "c8"]


def test_the_key_changes_with_everything_that_makes_a_recap(root: Path) -> None:
    case, other = read_cases(root)[:2]
    base: dict[str, Any] = {
        "contender": Contender(engine="local"),
        "playbook": "p",
        "prompt": "",
        "code": "1",
        "repeat": 0,
    }
    variants: list[dict[str, Any]] = [
        {},
        {"contender": Contender(engine="llm")},
        {"contender": Contender(engine="local", prompt="extract/v4")},
        {"playbook": "q"},
        {"prompt": "x"},
        {"code": "2"},
        {"repeat": 1},
    ]
    keys = [record_key(case, **{**base, **v}) for v in variants]
    keys.append(record_key(other, **base))
    assert len(set(keys)) == len(keys)
    assert record_key(case, **base) == keys[0]


def test_the_prompt_s_own_words_are_part_of_the_key(tmp_path: Path) -> None:
    (tmp_path / "extract").mkdir()
    for name in ("v4.md", "v40.md"):
        (tmp_path / "extract" / name).write_text("Find it.")
    first = prompt_sha("extract/v4", tmp_path)
    (tmp_path / "extract" / "v40.md").write_text("Find all.")
    assert prompt_sha("extract/v4", tmp_path) == first
    (tmp_path / "extract" / "v4.md").write_text("Find all.")
    assert prompt_sha("extract/v4", tmp_path) != first
    assert prompt_sha(None, tmp_path) == prompt_sha("extract/v9", tmp_path) == ""


def test_the_code_s_version_holds_a_hash() -> None:
    version, _, sha = code_version().partition("+")
    assert version
    assert len(sha) == 16


def test_repeats_are_recorded_apart_and_averaged(run_all: RunAll) -> None:
    done = run_all("twice", cases=["c1", "c2"], repeats=2)
    assert [(r.case, r.repeat) for r in done.records] == [("c1", 0), ("c1", 1), ("c2", 0), ("c2", 1)]
    assert done.records[0].key != done.records[1].key


def test_several_processes_give_the_same_scores(root: Path) -> None:
    plan = Plan(
        suite=Suite(id="all"),
        cases=read_cases(root),
        playbook=PLAYBOOK,
        groups=GROUPS,
        contender=Contender(engine="local"),
        recap=reads_half,
    )
    seen: list[tuple[str, bool]] = []
    many = run_plan(
        plan, root / "runs" / "many", processes=2, on_record=lambda r, old: seen.append((r.case, old))
    )
    one = run_plan(plan, root / "runs" / "one")
    assert sorted(seen) == [(f"c{n}", False) for n in range(1, 9)]

    def timeless(run: Run) -> list[dict[str, Any]]:
        return [r.model_dump(exclude={"seconds": True, "score": {"spend"}}) for r in run.records]

    assert timeless(many) == timeless(one)


def test_a_record_survives_its_file(run_all: RunAll, root: Path) -> None:
    done = run_all("first")
    assert read_run(find_run(root, "first")).records == done.records
    assert Record.model_validate_json(done.records[0].model_dump_json(by_alias=True)) == done.records[0]


def test_runs_are_found_by_name_or_folder(run_all: RunAll, root: Path) -> None:
    run_all("first", cases=["c1"])
    assert find_run(root, "first") == find_run(root, str(root / "runs" / "first"))
    with pytest.raises(UsageError, match="there: first"):
        find_run(root, "second")


@pytest.mark.parametrize(
    ("suite", "options", "expected"),
    [
        ({}, {}, ["local"]),
        ({"engines": ["local", "llm"]}, {}, ["local", "llm"]),
        (
            {"engines": ["local", "llm"], "prompts": ["extract/v3", "extract/v4"]},
            {},
            ["local", "llm-extract-v3", "llm-extract-v4"],
        ),
        ({"engines": ["local", "llm"], "prompts": ["extract/v3"]}, {"engine": "local"}, ["local"]),
        ({"engines": ["llm"]}, {"prompt": "extract/v5"}, ["llm-extract-v5"]),
    ],
)
def test_engines_with_the_prompts_they_take(
    suite: dict[str, Any], options: dict[str, str], expected: list[str]
) -> None:
    found = contenders(Suite(id="s", **suite), **options, promptable=lambda name: name == "llm")
    assert [c.name for c in found] == expected


def test_a_prompt_is_set_on_an_engine_that_takes_one(monkeypatch: pytest.MonkeyPatch) -> None:
    class Llm:
        def with_prompts(self, versions: Any) -> Any:
            return ("llm with", dict(versions))

    monkeypatch.setattr("coachbot.extract.get_engine", lambda name: Llm() if name == "llm" else object())
    runner.ready_engine.cache_clear()
    assert runner.ready_engine(Contender(engine="llm", prompt="extract/v4")) == (
        "llm with",
        {"extract": "v4"},
    )
    assert runner.ready_engine(Contender(engine="plain")) == "plain"
    with pytest.raises(UsageError, match="takes no prompts"):
        runner.ready_engine(Contender(engine="plain", prompt="extract/v4"))
    assert runner.takes_prompts("llm")
    assert not runner.takes_prompts("plain")
    runner.ready_engine.cache_clear()


def test_the_main_job_is_what_runs_by_default(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def fails(*args: Any, **known: Any) -> Recap:
        raise EngineError(f"asked for {known['engine']}")

    monkeypatch.setattr("coachbot.recap.make_recap", fails)
    case = make_case(tmp_path)
    plan = Plan(Suite(id="s"), [case], PLAYBOOK, GROUPS, Contender(engine="local"))
    assert run_plan(plan, tmp_path / "run").records[0].error == "asked for local"
