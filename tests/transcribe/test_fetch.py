"""Models are fetched over HTTP, whole and unaltered, from a hub on this machine; or it is said why not."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hub import Hub, model_hub
from huggingface_hub import constants
from typer.testing import CliRunner
from voices import voice, write

from coachbot.cli.app import app
from coachbot.errors import CoachbotError, UsageError
from coachbot.ingest import read_transcript
from coachbot.transcribe import fetch
from coachbot.transcribe.fetch import damaged, pull
from coachbot.transcribe.models import SpeechModelError, find_model, installed

TINY = "Systran/faster-whisper-tiny"
OWN = "someone/whisper-of-mine"


@pytest.fixture
def hub(tmp_path: Path, whisper_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A hub with two models, in the place of the real one."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.delenv("HF_TOKEN", raising=False)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "token"))
    monkeypatch.setattr("huggingface_hub.file_download.time.sleep", lambda _: None)
    with model_hub() as made:
        made.put(TINY, whisper_folder)
        made.put(OWN, whisper_folder)
        monkeypatch.setattr(constants, "ENDPOINT", made.url)
        pattern = made.url + "/{repo_id}/resolve/{revision}/{filename}"
        monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", pattern)
        yield made


@pytest.mark.parametrize(("name", "repository"), [("tiny", TINY), (OWN, OWN)])
def test_a_model_is_fetched_by_name_and_by_hub_id(
    hub: Hub, tmp_path: Path, name: str, repository: str
) -> None:
    steps: list[tuple[int, int]] = []
    found = pull(name, tmp_path, lambda done, total: steps.append((done, total)))
    assert find_model(name, tmp_path) == found
    assert [m.name for m in installed(tmp_path)] == [name]
    files = hub.repositories[repository]
    assert {p.name: p.read_bytes() for p in found.path.iterdir() if p.is_file()} == {
        n: data for n, data in files.items() if n != "README.md"
    }
    size = sum(len(data) for n, data in files.items() if n != "README.md")
    assert steps[-1] == (size, size)
    assert sorted(steps) == steps


def test_what_is_here_is_not_fetched_again(hub: Hub, tmp_path: Path) -> None:
    first = pull("tiny", tmp_path)
    written = {p: p.stat().st_mtime_ns for p in first.path.iterdir()}
    hub.asked.clear()
    assert pull("tiny", tmp_path) == first
    assert not [a for a in hub.asked if "/resolve/" in a.path or "/cdn/" in a.path]
    assert {p: p.stat().st_mtime_ns for p in first.path.iterdir()} == written
    hub.broken = 503
    assert pull("tiny", tmp_path) == first, "it is here, and nothing is wrong with it"


def test_a_connection_that_is_cut_goes_on_where_it_was(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(constants, "DOWNLOAD_CHUNK_SIZE", 1 << 16)
    hub.cut["model.bin"] = (3 << 16, 2)
    pull("tiny", tmp_path)
    assert [a.range for a in hub.bodies("model.bin")] == ["", f"bytes={3 << 16}-", f"bytes={6 << 16}-"]


def test_a_run_that_was_broken_off_keeps_the_files_that_are_whole(hub: Hub, tmp_path: Path) -> None:
    hub.cut["model.bin"] = (0, 99)
    with pytest.raises(SpeechModelError, match="run it again"):
        pull("tiny", tmp_path)
    with pytest.raises(SpeechModelError, match=r"in part only.*models pull tiny"):
        find_model("tiny", tmp_path)
    assert installed(tmp_path) == []
    parts = tmp_path / "models" / "whisper" / "tiny" / ".cache" / "huggingface" / "download"
    killed, running = parts / "model.1.incomplete", parts / "model.2.incomplete"
    for left in (killed, running):
        left.write_bytes(b"half of it")
    os.utime(killed, (time.time() - 3600,) * 2)
    hub.cut.clear()
    hub.asked.clear()
    pull("tiny", tmp_path)
    assert [len(hub.bodies(n)) for n in ("model.bin", "tokenizer.json", "config.json")] == [1, 0, 0]
    assert not killed.exists()
    assert running.exists()


def test_damage_is_noticed_and_mended(hub: Hub, tmp_path: Path) -> None:
    hub.flipped.add("model.bin")
    with pytest.raises(SpeechModelError, match=r"model\.bin .* damaged"):
        pull("tiny", tmp_path)
    hub.flipped.clear()
    found = pull("tiny", tmp_path)
    assert damaged(found.path) == []
    for name in ("model.bin", "config.json"):
        with (found.path / name).open("r+b") as file:
            file.write(b"?")
    checked = CliRunner().invoke(app, ["models", "check", str(found.path)])
    assert isinstance(checked.exception, SpeechModelError)
    assert "config.json, model.bin" in str(checked.exception)
    pull("tiny", tmp_path)
    assert damaged(found.path) == []


def test_damage_in_the_hub_cache_is_noticed(hub: Hub, tmp_path: Path) -> None:
    from huggingface_hub import snapshot_download

    snapshot_download(TINY, cache_dir=tmp_path / "cache", endpoint=hub.url)
    found = find_model("tiny", tmp_path)
    assert (found.source, damaged(found.path)) == ("hub cache", [])
    (found.path / "model.bin").resolve().write_bytes(b"?")
    assert damaged(found.path) == ["model.bin"]


def gated(hub: Hub) -> None:
    hub.gated.add(TINY)


def broken(hub: Hub) -> None:
    hub.broken = 503


def refusing(hub: Hub) -> None:
    hub.broken = 403


def no_hub(hub: Hub) -> None:
    hub.broken = 200


def not_converted(hub: Hub) -> None:
    del hub.repositories[TINY]["model.bin"]


def gone(hub: Hub) -> None:
    del hub.repositories[TINY]


@pytest.mark.parametrize(
    ("fails", "says", "status"),
    [
        (gated, "accept its conditions.*HF_TOKEN", 1),
        (broken, "HTTP 503", 1),
        (refusing, "HTTP 403.*HF_TOKEN", 1),
        (no_hub, "not answer as a model hub", 1),
        (not_converted, "holds no model.bin.*ct2-transformers-converter", 2),
        (gone, "has no model 'Systran/faster-whisper-tiny'", 1),
    ],
)
def test_what_goes_wrong_is_said(
    hub: Hub, tmp_path: Path, fails: Callable[[Hub], None], says: str, status: int
) -> None:
    fails(hub)
    with pytest.raises(CoachbotError, match=says) as caught:
        pull("tiny", tmp_path)
    assert caught.value.exit_status == status
    assert "\n" not in str(caught.value)


def test_a_token_opens_a_gated_model(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.gated.add(TINY)
    monkeypatch.setenv("HF_TOKEN", "hf_wrong")
    with pytest.raises(SpeechModelError, match="accept its conditions"):
        pull("tiny", tmp_path)
    monkeypatch.setenv("HF_TOKEN", "hf_good")
    assert pull("tiny", tmp_path).source == "workspace"


@pytest.mark.parametrize("name", ["nothing-known", "./folder", "not a name/at all"])
def test_what_is_no_hub_id(hub: Hub, tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError):
        pull(name, tmp_path)
    assert hub.asked == []


def test_offline(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    start = time.perf_counter()
    with pytest.raises(SpeechModelError, match=r"127\.0\.0\.1:9 cannot be reached.*copy a model"):
        pull("tiny", tmp_path)
    assert time.perf_counter() - start < 5
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(SpeechModelError, match="HF_HUB_OFFLINE"):
        pull("tiny", tmp_path)


def test_no_room_on_the_disk(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr("huggingface_hub.file_download.http_get", full)
        with pytest.raises(SpeechModelError, match=r"No space left.*make room"):
            pull("tiny", tmp_path)
    shutil.rmtree(tmp_path / "models")
    monkeypatch.setattr(fetch.shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10, 9, 1_000_000))
    with pytest.raises(SpeechModelError, match=r"3 MB.*1 MB left"):
        pull("tiny", tmp_path)
    assert not hub.bodies("model.bin")


def test_the_commands_as_they_are_typed_and_then_without_network(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """HF_ENDPOINT leads to the hub; what is fetched serves with no network at all."""
    home = tmp_path / "home"
    done = subprocess.run(
        [sys.executable, "-m", "coachbot", "models", "pull", "tiny"],
        env={**os.environ, "HF_ENDPOINT": hub.url, "HF_HOME": str(tmp_path), "COACHBOT_HOME": str(home)},
        capture_output=True, text=True,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"tiny: {home / 'models' / 'whisper' / 'tiny'}\n"
    hub.asked.clear()
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setenv("COACHBOT_HOME", str(home))
    from coachbot.settings import settings

    settings.cache_clear()
    run = CliRunner()
    assert "sound (workspace" in run.invoke(app, ["models", "check", "tiny"]).output
    assert "✓  tiny" in run.invoke(app, ["models", "list"]).output
    call, out = write(tmp_path / "call.wav", [voice(4.0)]), tmp_path / "call.json"
    made = run.invoke(app, ["transcribe", str(call), "--model", "tiny", "--out", str(out)])
    assert made.exit_code == 0, made.output
    assert read_transcript(out).turns
    assert hub.asked == []
