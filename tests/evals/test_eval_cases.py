"""Case files: written so that they diff well, read back as they were, and checked."""

from __future__ import annotations

import copy
import json
import runpy
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from eval_fakes import GOLD, PLAYBOOK, TURNS, make_case

from coachbot.errors import InputError, UsageError
from coachbot.evals.cases import read_case, read_cases
from coachbot.evals.check import check_all, check_case
from coachbot.evals.files import lines_of
from coachbot.evals.suite import Suite, choose, read_suite, related_groups
from coachbot.model.transcript import Side

REPOSITORY = Path(__file__).parents[2]


def edit(path: Path, change: Callable[[Any], None]) -> None:
    value = json.loads(path.read_text())
    change(value)
    path.write_text(json.dumps(value))


def test_a_case_as_the_main_job_gets_it(tmp_path: Path) -> None:
    case = make_case(tmp_path, cluster="trundle")
    call = case.transcript
    assert [t.text for t in call.turns] == TURNS
    assert [t.index for t in call.turns] == list(range(len(TURNS)))
    assert (call.turns[1].start_s, call.turns[1].end_s) == (5.0, 9.0)
    assert call.side_of(1) is Side.BUYER
    assert [(p.side_source, p.company) for p in call.participants] == [
        ("given", "Trundle"),
        ("given", "Brandvold Logistics"),
    ]
    assert call.date is not None
    assert call.date.isoformat() == "2026-03-02T09:00:00+00:00"
    assert case.meta.deal.stage == "middle"
    assert case.file.cluster == "trundle"
    assert case.gold.must_not_appear[0].kind == "price"
    assert check_case(case, PLAYBOOK) == []


def test_hashes_follow_content(tmp_path: Path) -> None:
    before = make_case(tmp_path)
    edit(before.folder / "gold.json", lambda g: g["risks"].clear())
    relabelled = read_case(before.folder)
    assert relabelled.input_sha == before.input_sha
    assert relabelled.gold_sha != before.gold_sha
    edit(before.folder / "meta.json", lambda m: m["deal"].update(days_in_stage=9))
    assert read_case(before.folder).input_sha != before.input_sha


def test_one_turn_and_one_label_a_line(tmp_path: Path) -> None:
    folder = make_case(tmp_path).folder
    lines = (folder / "transcript.json").read_text().splitlines()
    assert sum(line.startswith('  {"speaker"') for line in lines) == len(TURNS)
    labels = (folder / "gold.json").read_text().splitlines()
    assert sum('"gist"' in line and line.count("{") == 1 for line in labels) == 4


@pytest.mark.parametrize(
    "value", [[], {}, [1, [2, [3, [4]]]], {"a": {"b": [{"c": {"d": []}}]}, "é": "ü"}, "x", None]
)
def test_lines_hold_the_same_value(value: Any) -> None:
    assert json.loads(lines_of(value)) == value


@pytest.mark.parametrize(
    ("name", "text", "place"),
    [
        ("case.yaml", "id: c1\ncluster: [", "case.yaml:2"),
        ("case.yaml", "id: other\ncluster: x\nprovenance: y\n", "case.yaml: id is 'other'"),
        ("case.yaml", "id: c1\ncluster: x\n", "provenance"),
        ("gold.json", "{\n  nothing\n}", "gold.json:2"),
        ("gold.json", '{"deal": {"stage_before": "low"}, "fields": {"pain": [{}]}}', "fields.pain.0"),
        ("gold.json", "[]", "the whole file"),
        ("transcript.json", '{"title": "t", "turns": []}', "turns"),
        ("meta.json", '{"dael": {}}', "dael"),
    ],
)  # fmt: skip
def test_a_damaged_case_names_the_place(tmp_path: Path, name: str, text: str, place: str) -> None:
    folder = make_case(tmp_path).folder
    (folder / name).write_text(text)
    with pytest.raises(InputError) as error:
        read_case(folder)
    assert place in str(error.value)
    assert "\n" not in str(error.value)


def test_a_missing_file_and_a_missing_folder(tmp_path: Path) -> None:
    folder = make_case(tmp_path).folder
    (folder / "gold.json").unlink()
    with pytest.raises(InputError, match="no such file"):
        read_case(folder)
    with pytest.raises(UsageError, match="--evals"):
        read_cases(tmp_path / "elsewhere")


def change_gold(path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    gold: Any = copy.deepcopy(GOLD)
    place = gold
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return dict(gold)


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("fields", "pane"), [{"gist": "g", "turns": [1]}], "no 'pane'"),
        (("fields", "pain", 0, "turns"), [1, 99], "turn 99 is not in the call (0 to 12)"),
        (("fields", "pain", 0, "turns"), [1, -1], "turn -1"),
        (("fields", "pain", 0, "core_turns"), [4], "core turn 4 is not one of its turns"),
        (("fields", "pain", 0, "quotes"), ["board set aside for it"], "is not in its turns [1, 2]"),
        (("objections", 0, "response_turns"), [13], "objections.0: turn 13"),
        (("objections", 0, "category"), "weather", "no 'weather'"),
        (("stakeholders", 0, "influence"), "wizard", "stakeholders.0"),
        (("next_steps", 0, "date"), "2026-02-30", "'2026-02-30' is no date"),
        (("must_not_appear", 0, "as"), "pane", "must_not_appear.0"),
        (("risks",), ["doom"], "no 'doom'"),
        (("stage_after",), "heaven", "no 'heaven'"),
        (("exit_criteria",), {"middle_done": True}, "'middle_agreed' of stage 'middle' is not labelled"),
        (("exit_criteria", "low_done"), True, "no 'low_done'"),
        (("states",), {"rival": "conflicting"}, "does not go with its 0 items"),
    ],
)
def test_what_the_check_finds(tmp_path: Path, path: tuple[Any, ...], value: Any, message: str) -> None:
    problems = check_case(make_case(tmp_path, gold=change_gold(path, value)), PLAYBOOK)
    assert len(problems) == 1
    assert message in problems[0].message
    assert problems[0].path.name == "gold.json"


def test_quotes_that_are_there_are_fine(tmp_path: Path) -> None:
    gold = change_gold(("fields", "pain", 0, "quotes"), ["our pallets vanish"])
    assert check_case(make_case(tmp_path, gold=gold), PLAYBOOK) == []


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("meta.json", lambda m: m["deal"].update(stage="low"), "deal.stage is 'low'"),
        ("meta.json", lambda m: m["participants"].pop(), "'Ines Brandvold' is not a participant"),
        ("meta.json", lambda m: m.pop("date"), "no date"),
        ("transcript.json", lambda t: t["turns"][10].update(text=" "), "turns.10: no text"),
        ("transcript.json", lambda t: t["turns"][3].update(end=1.0), "turns.3: ends before it starts"),
    ],
)
def test_what_the_check_finds_beside_the_labels(
    tmp_path: Path, name: str, change: Callable[[Any], None], message: str
) -> None:
    folder = make_case(tmp_path).folder
    edit(folder / name, change)
    problems = check_case(read_case(folder), PLAYBOOK)
    assert [p.message for p in problems if message in p.message]


def test_checking_a_whole_folder(root: Path) -> None:
    good = check_all(root, PLAYBOOK)
    assert (good.cases, good.suites, good.problems) == (8, 1, ())
    (root / "cases" / "c1" / "gold.json").write_text("{")
    (root / "suites" / "lost.yaml").write_text("id: lost\ncases: [zebra*]\n")
    (root / "suites" / "odd.yaml").write_text("id: odd\nrelated: [[pain, pane]]\n")
    bad = check_all(root, PLAYBOOK)
    assert (bad.cases, bad.suites) == (7, 3)
    assert sorted(str(p.path.name) for p in bad.problems) == ["gold.json", "lost.yaml", "odd.yaml"]


@pytest.mark.parametrize(
    ("suite", "chosen"),
    [
        ({}, "c1 c2 c3 c4 c5 c6 c7 c8"),
        ({"cases": ["c[12]"]}, "c1 c2"),
        ({"cases": ["c*", "!c8", "!c7"]}, "c1 c2 c3 c4 c5 c6"),
        ({"cases": ["!c1"]}, "c2 c3 c4 c5 c6 c7 c8"),
        ({"tags": ["odd"]}, "c1 c3 c5 c7"),
        ({"tags": ["odd"], "cases": ["c3", "c4"]}, "c3"),
    ],
)
def test_choosing_cases(root: Path, suite: dict[str, Any], chosen: str) -> None:
    found = choose(Suite(id="s", **suite), read_cases(root))
    assert [c.id for c in found] == chosen.split()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("id: s\nprimary: charm", "no metric is called 'charm'"),
        ("id: s\ngates: [{metric: traps, margin: 0.1, direction: higher}]", "lower is better"),
        ("id: s\ngates: [{metric: traps, margin: 0}]", "gates.0.margin"),
        ("id: s\nprompts: [v4]", "extract/v4"),
        ("id: s\nenginess: [local]", "enginess"),
        ("id: s\nrepeats: 0", "repeats"),
    ],
)
def test_a_suite_with_a_mistake(root: Path, text: str, message: str) -> None:
    (root / "suites" / "s.yaml").write_text(text)
    with pytest.raises(InputError) as error:
        read_suite(root, "s")
    assert message in str(error.value)


def test_suites_are_named_when_there_is_none_of_that_name(root: Path) -> None:
    with pytest.raises(UsageError, match="there: all"):
        read_suite(root, "any")
    with pytest.raises(UsageError, match="no case has the tags"):
        choose(Suite(id="s", tags=("none",)), read_cases(root))


def test_related_groups_come_from_a_file_or_the_suite(root: Path) -> None:
    assert related_groups(read_suite(root, "all"), root) == (("pain", "cause"), ("wish", "price"))
    assert related_groups(Suite(id="s", related=(("a", "b"),)), root) == (("a", "b"),)


def test_labelled_calls_become_cases(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    made = make_case(tmp_path / "made")
    turns = json.loads((made.folder / "transcript.json").read_text())
    for name, after, texts in (("one", "low", TURNS), ("two", "high", [t.lower() for t in TURNS])):
        folder = tmp_path / "calls" / name
        folder.mkdir(parents=True)
        turns["turns"] = [{**t, "text": x} for t, x in zip(turns["turns"], texts, strict=True)]
        gold = {**GOLD, "stage_after": after}
        gold["deal"] = {**GOLD["deal"], "stage_before": "middle"}
        (folder / "turns.json").write_text(json.dumps(turns))
        (folder / "gold.json").write_text(json.dumps(gold))
    (tmp_path / "calls" / "one" / "NOTES.md").write_text("Heavy recognition errors: barn is born.")
    out = tmp_path / "evals" / "cases"
    monkeypatch.setattr(
        sys,
        "argv",
        ["import_calls.py", str(tmp_path / "calls"), str(out), "--provenance", "made up", "--tag", "new"],
    )
    monkeypatch.setattr("coachbot.playbook.load_playbook", lambda name: PLAYBOOK)
    runpy.run_path(str(REPOSITORY / "training" / "import_calls.py"), run_name="__main__")
    assert "2 cases written" in capsys.readouterr().out
    one, two = read_cases(tmp_path / "evals")
    assert one.file.tags == ("middle", "goes-back", "raw", "noisy", "new")
    assert two.file.tags == ("middle", "advances", "raw", "new")
    assert one.file.cluster == two.file.cluster == "trundle"
    assert one.meta.deal.contacts == ("Ines Brandvold",)
    assert (one.folder / "NOTES.md").read_text() == "Heavy recognition errors: barn is born."
    assert check_case(one, PLAYBOOK) == []
