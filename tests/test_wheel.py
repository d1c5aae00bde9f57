"""The wheel holds all that coachbot needs, and works away from the checkout."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

# Without this the environment's own link to the checkout would do the work.
AWAY = """
import runpy, sys
sys.path[:] = [p for p in sys.path if p != sys.argv[2]]
place, sys.argv = sys.argv[1], ["coachbot", *sys.argv[3:]]
import coachbot
assert coachbot.__file__.startswith(place), coachbot.__file__
runpy.run_module("coachbot", run_name="__main__")
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    uv = os.environ.get("UV") or shutil.which("uv") or str(ROOT / ".uv" / "bin" / "uv")
    out = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [uv, "build", "--wheel", "--offline", "--quiet", "--python", sys.executable, "--out-dir", str(out)],
        cwd=ROOT,
        check=True,
    )
    (made,) = out.glob("*.whl")
    return made


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel put in place as an installer does: a wheel of pure Python is unpacked."""
    place = tmp_path_factory.mktemp("site")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(place)
    return place


def test_the_wheel_holds_what_belongs_in_it_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        entry = archive.read(next(n for n in names if n.endswith("entry_points.txt"))).decode()
    assert wheel.name.endswith("-py3-none-any.whl")
    assert "coachbot = coachbot.cli:main" in entry
    expected = {
        f"coachbot/{p.relative_to(ROOT / 'src' / 'coachbot')}" for p in _files(ROOT / "src" / "coachbot")
    }
    for bundle in ("playbooks", "prompts", "samples"):
        expected |= {f"coachbot/_bundled/{p.relative_to(ROOT)}" for p in _files(ROOT / bundle)}
    for needed in (
        "coachbot/py.typed",
        "coachbot/extract/weights/reader.safetensors",
        "coachbot/render/templates/recap.html.j2",
        "coachbot/_bundled/playbooks/b2b-saas/playbook.yaml",
        "coachbot/_bundled/samples/hospital-discovery.vtt",
    ):
        assert needed in expected
    assert {n for n in names if ".dist-info/" not in n} == expected


def _files(folder: Path) -> list[Path]:
    return [p for p in folder.rglob("*") if p.is_file() and "__pycache__" not in p.parts]


def run(installed: Path, at: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", AWAY, str(installed), str(ROOT / "src"), *words],
        cwd=at,
        env=os.environ | {"PYTHONPATH": str(installed), "PYTHONUTF8": "1"},
        capture_output=True,
        encoding="utf-8",
        timeout=120,
    )


def test_the_installed_wheel_makes_a_recap_in_an_empty_folder(installed: Path, tmp_path: Path) -> None:
    sample = installed / "coachbot" / "_bundled" / "samples" / "heating-discovery.txt"
    result = run(installed, tmp_path, "recap", str(sample), "--format", "json")
    assert result.returncode == 0, result.stderr
    made = json.loads(result.stdout)
    assert (made["schema"], made["call"]["title"][:6]) == ("coachbot/recap/1", "Pruitt")
    assert sum(len(f["items"]) for f in made["fields"].values()) > 10
    assert list(tmp_path.iterdir()) == []


def test_the_installed_wheel_finds_its_playbooks(installed: Path, tmp_path: Path) -> None:
    result = run(installed, tmp_path, "doctor")
    assert result.returncode == 0, result.stderr
    assert "7 stages" in result.stdout
