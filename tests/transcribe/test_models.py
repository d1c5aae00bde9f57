"""Models are found without the network, at once, and what is missing is said with what to do."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import pytest
from faster_whisper.utils import _MODELS
from huggingface_hub import constants
from typer.testing import CliRunner

from coachbot.cli.app import app
from coachbot.errors import CoachbotError, UsageError
from coachbot.settings import settings
from coachbot.transcribe.models import NAMES, SpeechModelError, find_model, installed, shadowed


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty hub cache."""
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    return tmp_path / "hub"


def test_the_names_are_those_of_faster_whisper() -> None:
    assert {name: repository for name, (repository, _) in NAMES.items()} == _MODELS


@pytest.mark.parametrize(
    "name", ["small", "Systran/faster-whisper-small", "./no-such-folder", "huge", "a/b/c", ""]
)
def test_a_missing_model_is_said_at_once(name: str, tmp_path: Path, cache: Path) -> None:
    start = time.perf_counter()
    with pytest.raises((SpeechModelError, UsageError)) as caught:
        find_model(name, tmp_path)
    assert time.perf_counter() - start < 0.5
    assert "\n" not in str(caught.value)
    assert any(word in str(caught.value) for word in ("pull", "check the path", "choose"))


def test_a_folder_a_workspace_and_the_hub_cache(tmp_path: Path, cache: Path, whisper_folder: Path) -> None:
    assert find_model(str(whisper_folder), tmp_path).source == "folder"
    shutil.copytree(whisper_folder, tmp_path / "models" / "whisper" / "tiny")
    assert find_model("tiny", tmp_path).source == "workspace"
    base = cache / "models--Systran--faster-whisper-base"
    shutil.copytree(whisper_folder, base / "snapshots" / "abc")
    (base / "refs").mkdir()
    (base / "refs" / "main").write_text("abc", "utf-8")
    for name in ("base", "Systran/faster-whisper-base"):
        assert find_model(name, tmp_path).source == "hub cache"
    assert [m.name for m in installed(tmp_path)] == ["tiny", "base"]


def test_a_folder_that_is_called_like_a_model_does_not_shadow_it(
    tmp_path: Path, cache: Path, whisper_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(whisper_folder, tmp_path / "small")
    with pytest.raises(SpeechModelError):
        find_model("small", tmp_path)
    assert "./small" in (shadowed("small") or "")
    assert shadowed("base") is None
    assert find_model("./small", tmp_path).path == tmp_path / "small"


@pytest.mark.parametrize("gone", ["tokenizer.json", "config.json", "vocabulary.json", "model.bin"])
def test_a_folder_that_lacks_a_file(gone: str, tmp_path: Path, whisper_folder: Path) -> None:
    folder = shutil.copytree(whisper_folder, tmp_path / "model")
    (folder / gone).unlink()
    with pytest.raises(SpeechModelError, match=gone):
        find_model(str(folder), tmp_path)


def test_the_commands(whisper_folder: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = CliRunner()
    listed = run.invoke(app, ["models", "list"])
    assert listed.exit_code == 0
    assert "large-v3-turbo" in listed.output
    monkeypatch.setenv("COACHBOT_WHISPER_MODEL", str(whisper_folder))
    settings.cache_clear()
    checked = run.invoke(app, ["models", "check"])
    assert checked.exit_code == 0
    assert "sound" in checked.output
    assert isinstance(run.invoke(app, ["models", "check", "medium"]).exception, CoachbotError)
