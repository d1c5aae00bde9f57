"""The docs are right where code can tell: generated pages, links, commands, the META example, the picture."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from defusedxml.ElementTree import fromstring
from rich.text import Text
from typer.main import get_command

from coachbot.cli.app import app
from coachbot.ingest import read_meta
from coachbot.model.transcript import DealContext

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.glob("*.md")])
FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")


def maker(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, DOCS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def prose(page: Path) -> str:
    return re.sub(r"`[^`\n]*`", "", FENCE.sub("", page.read_text(encoding="utf-8")))


def anchors(page: Path) -> set[str]:
    """Ids that a heading gets where Markdown is shown: lower case, words joined by -."""
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-") for title in titles}


def broken(page: Path, target: str) -> bool:
    if re.match(r"[a-z]+:", target):
        return False
    file, _, anchor = target.partition("#")
    path = page.parent / file if file else page
    return not path.exists() or bool(anchor and anchor not in anchors(path))


def examples(page: Path, language: str) -> list[str]:
    return [body for lang, body in FENCE.findall(page.read_text(encoding="utf-8")) if lang == language]


@pytest.mark.parametrize("name", ["settings", "cli"])
def test_a_generated_page_is_current(name: str) -> None:
    written = (DOCS / f"{name}.md").read_text(encoding="utf-8")
    assert written == maker(f"make_{name}").page(), f"run: python docs/make_{name}.py"


def test_the_settings_page_is_the_same_for_everybody(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("COACHBOT_PLAYBOOK", "another")
    assert maker("make_settings").page() == (DOCS / "settings.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_every_relative_link_resolves(page: Path) -> None:
    targets = LINK.findall(prose(page))
    assert [t for t in targets if broken(page, t)] == []


def test_links_are_looked_at() -> None:
    found = LINK.findall(prose(ROOT / "README.md"))
    assert "docs/recap.svg" in found
    assert "docs/cli.md" in found
    assert broken(ROOT / "README.md", "docs/nowhere.md")
    assert broken(ROOT / "README.md", "docs/evals.md#no-such-heading")
    assert not broken(ROOT / "README.md", "docs/evals.md#how-it-is-decided")


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_commands_in_examples_exist(page: Path) -> None:
    unknown = []
    for _, body in FENCE.findall(page.read_text(encoding="utf-8")):
        for line in re.findall(r"^(?:\$ )?coachbot ([^#\n]*)", body, re.MULTILINE):
            if not known_call(get_command(app), line.split()):
                unknown.append(line)
    assert unknown == []


@pytest.mark.parametrize(
    ("line", "known"),
    [
        ("recap call.vtt --format json", True),
        ("playbook check acme", True),
        ("evals run core", True),
        ("recap call.vtt --colour red", False),
        ("playbook chek", False),
        ("rekap call.vtt", False),
    ],
)
def test_a_wrong_command_would_be_seen(line: str, known: bool) -> None:
    assert known_call(get_command(app), line.split()) is known


def known_call(command: Any, words: list[str]) -> bool:
    """Whether the words name a command, and only options that it has."""
    while words and hasattr(command, "commands"):
        if words[0].startswith("-"):
            break
        if words[0] not in command.commands and not words[0].isupper():
            return False
        command = command.commands.get(words[0])
        words = words[1:]
        if command is None:  # a placeholder of a usage line
            return True
    has = {o for p in command.params for o in (*p.opts, *p.secondary_opts)} | {"--help", "-h"}
    return all(w.partition("=")[0] in has for w in words if re.match(r"--?[a-z]", w))


def test_the_meta_example_is_read_and_names_every_key(tmp_path: Path) -> None:
    example = next(e for e in examples(ROOT / "README.md", "json") if "close_date_history" in e)
    file = tmp_path / "call.meta.json"
    file.write_text(example, encoding="utf-8")
    meta = read_meta(file)
    assert set(json.loads(example)) == {"title", "date", "participants", "deal"}
    assert set(json.loads(example)["deal"]) == set(DealContext.model_fields)
    assert all(getattr(meta.deal, key) for key in DealContext.model_fields)
    assert meta.title
    assert meta.date
    assert meta.participants[0].title


def test_the_picture_is_whole_and_needs_nothing_from_outside() -> None:
    text = (DOCS / "recap.svg").read_text(encoding="utf-8")
    assert fromstring(text).tag == "{http://www.w3.org/2000/svg}svg"
    assert "In&#160;short" in text
    assert "@font-face" not in text
    assert not re.search(r"(?:href|src)=|url\((?!#)", text)


def test_the_picture_cuts_long_parts_and_says_so() -> None:
    made = maker("make_picture")
    lines = [
        "Call",
        "",
        "Fields",
        *(f"  field {n}" for n in range(40)),
        "",
        "People",
        "  Ada",
        "",
        "Stage",
        "  stay",
    ]
    shown = [line.plain for line in made.cut(map(Text, lines))]
    most = made.MOST["Fields"]
    assert shown[:4] == ["Call", "", "Fields", "  field 0"]
    assert shown[3 + most : 5 + most] == ["  …", ""]
    assert "  field 39" not in shown
    assert "People" not in shown
    assert shown[-2:] == ["Stage", "  stay"]
