"""Where a playbook is found, what comes with it, and what stops it from being loaded."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from coachbot.bundled import bundled
from coachbot.errors import CoachbotError, PlaybookError, UsageError
from coachbot.playbook import find_playbook, list_playbooks, load_playbook

Spoil = Callable[..., Path]


def test_everything_of_a_playbook_is_loaded(bakery: Path) -> None:
    book = load_playbook(bakery)
    assert (book.id, [s.id for s in book.stages]) == ("bakery", ["first_talk", "standing_order"])
    play = book.plays[0]
    assert (play.id, play.path, play.title) == ("too-dear", "plays/too-dear.md", "When bread is too dear")
    assert (play.stage, play.objection, play.criterion) == (
        ("standing_order",),
        ("too_dear",),
        ("order_stands",),
    )
    assert play.body == "Ask what a table without bread costs."
    assert [m.id for m in book.methodologies] == ["crumbs"]


@pytest.mark.parametrize("give", ["folder", "file", "text"])
def test_a_path_is_taken_as_it_is(bakery: Path, give: str) -> None:
    path: Path | str = {"folder": bakery, "file": bakery / "playbook.yaml", "text": str(bakery)}[give]
    assert load_playbook(path).id == "bakery"


def test_an_id_is_looked_for_in_order(bakery: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (bakery / "playbook.yaml").read_text(encoding="utf-8").replace("    play: too-dear\n", "")
    for place in ("given", "here", "home"):
        folder = tmp_path / place / "playbooks" / "b2b-saas"
        folder.mkdir(parents=True)
        named = text.replace("id: bakery", "id: b2b-saas").replace("name: Bakery", f"name: {place}")
        (folder / "playbook.yaml").write_text(named, encoding="utf-8")
    monkeypatch.chdir(tmp_path / "here")
    home, search = tmp_path / "home", [tmp_path / "nowhere", tmp_path / "given"]
    assert load_playbook("b2b-saas", search=search, home=home).name == "given"
    assert load_playbook("b2b-saas", home=home).name == "here"
    monkeypatch.chdir(tmp_path)
    assert load_playbook("b2b-saas", home=home).name == "home"
    assert load_playbook(home=home).name == "home"
    assert load_playbook("b2b-saas").name == "B2B SaaS"


def test_what_can_be_found_is_listed(bakery: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(bakery.parent)
    assert list_playbooks() == ["b2b-saas", "plg-self-serve"]
    assert list_playbooks(search=[tmp_path]) == ["bakery", "b2b-saas", "plg-self-serve"]


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("b2bsaas", "no playbook is called 'b2bsaas'. Did you mean 'b2b-saas'?"),
        ("xxxxxxxx", "There is: b2b-saas, plg-self-serve"),
        ("nowhere/playbook.yaml", "no such playbook file; check the path"),
        ("/nowhere/at/all", "no playbook.yaml in there; check the path"),
    ],
)
def test_a_playbook_that_is_not_there_is_bad_usage(name: str, says: str) -> None:
    with pytest.raises(UsageError) as caught:
        find_playbook(name)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_mistakes_stop_a_playbook_and_are_all_told(spoil: Spoil) -> None:
    spoil("name: Bakery", "nmae: Bakery")
    folder = spoil("to: first_talk", "to: last_talk")
    with pytest.raises(PlaybookError) as caught:
        load_playbook(folder)
    assert [p.split(": ", 1)[0] for p in caught.value.problems] == [
        f"{folder / 'playbook.yaml'}:2",
        f"{folder / 'playbook.yaml'}:61",
    ]
    assert "and 1 more" in str(caught.value)


def test_warnings_do_not_stop_it(spoil: Spoil) -> None:
    assert load_playbook(spoil("    title_words: [cook, chef]\n", "")).influence_roles[0].title_words == ()


def test_an_edit_is_read(spoil: Spoil, bakery: Path) -> None:
    assert load_playbook(bakery) is load_playbook(bakery)
    spoil("name: Bakery", "name: Bread and more")
    assert load_playbook(bakery).name == "Bread and more"
    spoil("without bread", "without any bread", "plays/too-dear.md")
    assert "any bread" in load_playbook(bakery).plays[0].body


def test_a_page_may_name_one_id_without_a_list(spoil: Spoil) -> None:
    folder = spoil("stage: [standing_order]", "stage: standing_order", "plays/too-dear.md")
    assert load_playbook(folder).plays[0].stage == ("standing_order",)


def test_a_methodology_takes_what_the_playbook_has(spoil: Spoil, bakery: Path) -> None:
    taste = load_playbook(bakery).methodologies[0].elements[1]
    assert (taste.fields, taste.influence) == (("crust",), ("cook",))
    # desired_outcome is none of its fields, but crust is like it
    overlay = bakery / "methodologies" / "crumbs.yaml"
    text = overlay.read_text(encoding="utf-8").replace("[crust]", "[desired_outcome]")
    overlay.write_text(text, encoding="utf-8")
    assert load_playbook(bakery).methodologies[0].elements[1].fields == ("crust",)


def test_a_methodology_that_fits_less_than_half_is_not_offered(bakery: Path) -> None:
    own = bakery / "methodologies" / "crumbs.yaml"
    shared = bakery.parent / "methodologies"
    shared.mkdir()
    text = own.read_text(encoding="utf-8").replace("[daily_loaves]", "[budget]")
    own.unlink()
    (shared / "crumbs.yaml").write_text(text, encoding="utf-8")
    assert [e.id for e in load_playbook(bakery).methodologies[0].elements] == ["taste"]
    text += "  - {id: smell, label: Smell, question: Nice?, fields: [budget]}\n"
    (shared / "crumbs.yaml").write_text(text, encoding="utf-8")
    assert load_playbook(bakery).methodologies == ()


def test_bundled_methodologies_serve_a_playbook_that_lies_elsewhere(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    text = (bundled("playbooks") / "b2b-saas" / "playbook.yaml").read_text(encoding="utf-8")
    without_plays = "\n".join(line for line in text.splitlines() if not line.strip().startswith("play: "))
    (folder / "playbook.yaml").write_text(without_plays, encoding="utf-8")
    assert [m.id for m in load_playbook(folder).methodologies] == ["meddicc", "spiced"]


def test_an_installed_wheel_uses_its_own_copies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "site-packages" / "coachbot"
    monkeypatch.setattr("coachbot.bundled._PACKAGE", package)
    with pytest.raises(CoachbotError, match="install coachbot again"):
        bundled("playbooks")
    (package / "_bundled" / "playbooks").mkdir(parents=True)
    assert bundled("playbooks") == package / "_bundled" / "playbooks"


def test_the_default_playbook_loads_fast() -> None:
    code = "import time, coachbot.playbook as p; t = time.process_time(); p.load_playbook()"
    code += "; print(time.process_time() - t)"
    took = []
    for _ in range(3):
        run = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ
        )
        took.append(float(run.stdout))
    assert min(took) < 0.8, took  # 0.28 s on the machine it was written on; twice that is a slower machine


def test_a_second_load_costs_next_to_nothing() -> None:
    load_playbook()
    started = time.perf_counter()
    load_playbook()
    assert time.perf_counter() - started < 0.1
