"""Several processes that build at once, and Chroma as a server."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from search_world import WordEncoder, conf, write_playbook

from coachbot.errors import SearchError
from coachbot.retrieval import CallIndex, PlaybookIndex, note_passages
from coachbot.retrieval.generations import PREFIX, building

BUILDER = """
import json, sys
from pathlib import Path
sys.path.insert(0, {here!r})
from search_world import WordEncoder, conf
from coachbot.retrieval import PlaybookIndex
encoder = WordEncoder()
print("ready", flush=True)
sys.stdin.readline()
index = PlaybookIndex.open(Path({folder!r}), settings=conf(Path({home!r})), encoder=encoder)
encoded = len(encoder.encoded)
hits = index.search("which tray is thrown away")
print(json.dumps([encoded, [hit.passage.id for hit in hits]]))
"""


def test_two_processes_at_once_build_one_index(tmp_path: Path) -> None:
    folder = write_playbook(tmp_path / "bakery")
    home = tmp_path / "home"
    script = BUILDER.format(here=str(Path(__file__).parent), folder=str(folder), home=str(home))
    started = [
        subprocess.Popen(
            [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    for process in started:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    outs = []
    for process in started:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in started:
        out, _ = process.communicate(timeout=120)
        assert process.returncode == 0
        outs.append(json.loads(out))
    assert outs[0][1] == outs[1][1]
    assert outs[0][1][0] == "plays/tasting.md#ask"
    assert sorted(bool(encoded) for encoded, _ in outs) == [False, True]  # one built, one waited
    assert len(list(home.glob(f"index/playbooks/*/{PREFIX}*"))) == 1


def test_who_waits_too_long_is_told(tmp_path: Path) -> None:
    def wait() -> None:
        with building(tmp_path, wait=0.1):
            pass

    with building(tmp_path), pytest.raises(SearchError, match="another process has been building"):
        wait()
    wait()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder = tmp_path_factory.mktemp("chroma-server")
    chroma = Path(sys.executable).parent / "chroma"
    command = [str(chroma), "run", "--path", str(folder), "--port", str(port)]
    quiet = {**os.environ, "ANONYMIZED_TELEMETRY": "False"}
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env=quiet)
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(300):
            try:
                httpx.get(f"{url}/api/v2/heartbeat", timeout=1).raise_for_status()
                break
            except httpx.HTTPError:
                time.sleep(0.1)
        else:
            raise AssertionError((folder / "log").read_text())
        yield url
    finally:
        process.terminate()
        process.wait(10)


def test_a_server_keeps_the_vectors(server: str, tmp_path: Path) -> None:
    folder = write_playbook(tmp_path / "bakery")
    settings = conf(tmp_path / "home", chroma_url=server)
    index = PlaybookIndex.open(folder, settings=settings, encoder=WordEncoder())
    assert index.search("which tray", how="vector", k=1, stage="meet")[0].passage.path == "plays/tasting.md"
    assert not list((tmp_path / "home").rglob("chroma.sqlite3"))
    (folder / "plays" / "tasting.md").unlink()
    assert index.refresh()
    assert all(hit.passage.path != "plays/tasting.md" for hit in index.search("which tray", how="vector"))
    calls = CallIndex.open(settings=settings, encoder=WordEncoder())
    calls.replace("n1", note_passages("They bought a quarry.", note_id="n1", title="Note"), deal_id="d1")
    assert calls.search("quarry", how="vector", deal_ids=["d1"])[0].passage.path == "n1"
    calls.remove("n1")
    assert calls.search("quarry", how="vector") == []
    calls.close()
    index.close()


def test_a_server_that_does_not_answer_leaves_the_words(tmp_path: Path) -> None:
    folder = write_playbook(tmp_path / "bakery")
    settings = conf(tmp_path / "home", chroma_url="http://127.0.0.1:9")
    index = PlaybookIndex.open(folder, settings=settings, encoder=WordEncoder())
    assert index.search("which tray is thrown away")[0].passage.path == "plays/tasting.md"
    assert index.notes[0].startswith(
        "words alone are searched: the Chroma server at http://127.0.0.1:9 cannot"
    )
    assert "\n" not in index.notes[0]
    calls = CallIndex.open(settings=settings, encoder=WordEncoder())
    with pytest.raises(SearchError, match="start it with `chroma run`"):
        calls.replace("n1", note_passages("They bought a quarry.", note_id="n1", title="Note"))
    assert calls.size == 0


def test_when_the_server_is_back_the_vectors_come(
    server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from coachbot.retrieval import vectors

    folder = write_playbook(tmp_path / "bakery")
    settings = conf(tmp_path / "home", chroma_url=server)
    with monkeypatch.context() as patch:
        patch.setattr(vectors.Chroma, "check", lambda self: self._fail_for_test())
        patch.setattr(vectors.Chroma, "_fail_for_test", _refuse, raising=False)
        index = PlaybookIndex.open(folder, settings=settings, encoder=WordEncoder())
        assert index.search("which tray", how="vector") == []
    assert index.refresh()
    assert index.search("which tray", how="vector")
    assert index.notes == ()
    index.close()


def _refuse(_: object) -> None:
    raise SearchError("the Chroma server is away")
