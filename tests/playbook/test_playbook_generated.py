"""What is generated from the types is current, complete, and true of the files."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from coachbot.bundled import bundled
from coachbot.playbook import check_playbook, json_schema, methodology_schema
from coachbot.playbook.generate import PARTS, written
from coachbot.playbook.validate import keys_at

ROOT = Path(__file__).parents[2]
BOOKS = sorted(bundled("playbooks").glob("*/playbook.yaml"))
OVERLAYS = sorted(bundled("playbooks").glob("methodologies/*.yaml"))


def plain(path: Path) -> Any:
    return YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", list(written(ROOT)), ids=lambda p: p.name)
def test_generated_files_are_current(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == written(ROOT)[path], "run python -m coachbot.playbook.generate"


@pytest.mark.parametrize("path", BOOKS, ids=lambda p: p.parent.name)
def test_the_schema_accepts_every_playbook(path: Path) -> None:
    Draft202012Validator.check_schema(json_schema())
    assert list(Draft202012Validator(json_schema()).iter_errors(plain(path))) == []


@pytest.mark.parametrize("path", OVERLAYS, ids=lambda p: p.stem)
def test_the_schema_accepts_every_methodology(path: Path) -> None:
    assert list(Draft202012Validator(methodology_schema()).iter_errors(plain(path))) == []


@pytest.mark.parametrize(
    "spoil",
    [{"nmae": "x"}, {"version": 1.0}, {"stages": []}, {"plays": []}, {"fields": [{"id": "a"}]}],
    ids=str,
)
def test_the_schema_refuses_what_the_check_refuses(spoil: dict[str, Any], tmp_path: Path) -> None:
    data = {**plain(BOOKS[0]), **spoil}
    assert list(Draft202012Validator(json_schema()).iter_errors(data))
    path = tmp_path / "playbook.yaml"
    path.write_text(json.dumps(data), encoding="utf-8")
    assert any(next(iter(spoil)) in p.message for p in check_playbook(path))


@pytest.mark.parametrize("path", [*BOOKS, *OVERLAYS], ids=lambda p: f"{p.parent.name}/{p.name}")
def test_every_file_tells_editors_its_schema(path: Path) -> None:
    first = path.read_text(encoding="utf-8").splitlines()[0]
    schema = first.removeprefix("# yaml-language-server: $schema=")
    assert schema != first
    assert (path.parent / schema).is_file()


def test_the_documentation_names_every_key() -> None:
    text = (ROOT / "docs" / "playbook.md").read_text(encoding="utf-8")
    missing = [key for _, model in PARTS for key in keys_at(model, ()) if f"| `{key}` |" not in text]
    assert missing == []
    undescribed = [
        f"{model.__name__}.{key}"
        for _, model in PARTS
        for key, info in model.model_fields.items()
        if not info.description
    ]
    assert undescribed == []
