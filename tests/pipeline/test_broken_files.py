"""A folder of broken files beside good ones: each broken one says why, each good one gets its recap."""

from __future__ import annotations

import io
import json
import random
import re
import subprocess
import sys
import wave
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from coachbot.api import create_api
from coachbot.model.workspace import Call, CallState
from coachbot.pipeline import Runtime
from coachbot.settings import settings
from coachbot.store import Store, open_store

TALK = """WEBVTT

00:00.000 --> 00:08.000
<v Mara Lind>What made you take this call?

00:09.000 --> 00:20.000
<v Tom Abara>We lose two days a month to invoices that were typed in wrong, about four thousand euros.
"""
LINES = "Mara Lind: What made you look at this now?\nTom Abara: We lose two days a month to wrong invoices.\n"
OWN = {
    "participants": [{"name": "Ana", "side": "seller"}, {"name": "Ben", "side": "buyer"}],
    "turns": [{"speaker": "Ben", "text": "We copy every order by hand, forty hours a week."}] * 5,
}


def packed(*names: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in names:
            archive.writestr(name, "Ana: hello")
    return file.getvalue()


def silent_wav() -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(bytes(8000 * 2 * 3))
    return file.getvalue()


def soundless_video(frames: int = 10) -> bytes:
    import av
    import numpy as np

    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as out:
        stream = out.add_stream("mpeg4", rate=5)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for n in range(frames):
            frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), n * 20, np.uint8), format="rgb24")
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return file.getvalue()


def scanned_pdf() -> bytes:
    picture = random.Random(1).randbytes(3000)
    return b"%PDF-1.4\n1 0 obj <</Type/XObject/Subtype/Image/Length 3000>> stream\n" + picture + b"\n%%EOF"


def noise(size: int = 5000) -> bytes:
    return random.Random(2).randbytes(size)


BROKEN: dict[str, tuple[Callable[[], bytes], str]] = {
    "empty.vtt": (lambda: b"", "empty"),
    "nothing.mp3": (lambda: b"", "empty"),
    "blank.txt": (lambda: b" \n\t\n" * 50, "only white space"),
    "binary.txt": (noise, "binary file"),
    "truncated.json": (lambda: json.dumps(OWN).encode()[:250], "JSON"),
    "deep.json": (lambda: b"[" * 100_000, "JSON"),
    "elsewhere.txt": (lambda: "見積もりは来週です。".encode("euc_jp") * 40 + b"\x81\x8d", "save it as UTF-8"),
    "utf16-unmarked.txt": (lambda: LINES.encode("utf-16-le"), "binary file"),
    "archive.zip": (lambda: packed("a.txt", "b.txt"), "zip"),
    "sheet.docx": (lambda: packed("xl/workbook.xml", "[Content_Types].xml"), "DOCX|spreadsheet|Excel|docx"),
    "torn.docx": (lambda: packed("word/document.xml")[:60], "damaged|zip|document"),
    "scanned.pdf": (scanned_pdf, "PDF"),
    "pdf-called.txt": (lambda: scanned_pdf() + b"\n", "PDF"),
    "header.wav": (lambda: b"RIFF\xff\xff\xff\xffWAVEfmt " + noise(400), "no recording|damaged"),
    "torn.mp4": (lambda: soundless_video()[:400], "no recording|damaged|ends before"),
    "pictures.mp4": (soundless_video, "sound track|no sound"),
    "pictures-called.vtt": (lambda: soundless_video(4), "sound track|no sound"),
    "silent.wav": (silent_wav, "silent|louder"),
    "page.html": (lambda: b"<!doctype html><html><body><p>Ana: hello</p></body></html>", "web page"),
    "feed.xml": (lambda: b'<?xml version="1.0"?><calls><call/></calls>', "XML"),
    "one-line.txt": (lambda: b"lorem " * 400_000, "nobody talks that long"),
    "many-lines.txt": (lambda: b"x\n" * 2_100_000, "lines"),
}
SAME = "nothing.mp3"
"""Has the content of another one, none at all, and so is one call with it."""
GOOD: dict[str, bytes] = {
    "call.vtt": TALK.encode(),
    "call.txt": LINES.encode(),
    "call-called.mp3": TALK.replace("two days", "three days").encode(),  # the content decides
    "call-utf16.txt": LINES.replace("two", "four").encode("utf-16"),
    "call.json": json.dumps(OWN).encode(),
}


def judged(store: Store) -> dict[str, Call]:
    """Every call by its file's name, with the promises that hold for all of them."""
    with store.read() as unit:
        calls = {c.file_name: c for c in unit.calls.list(limit=500).items}
        for name, call in calls.items():
            recap = unit.recaps.latest(call.id)
            assert (recap is not None) == (name in GOOD), name
    for call in calls.values():
        assert store.files.verify(call.file)  # what came in is kept, whatever it is
    return calls


def check(calls: dict[str, Call]) -> None:
    assert set(calls) == (set(BROKEN) | set(GOOD)) - {SAME}
    for name, (_, reason) in BROKEN.items():
        if name == SAME:
            continue
        said = calls[name].error or ""
        assert calls[name].state is CallState.FAILED, name
        assert re.search(reason, said), (name, said)
        assert "unexpected" not in said, (name, said)
        assert "\n" not in said, (name, said)
        assert len(said) < 300, (name, said)
        assert "/tmp" not in said, (name, said)
    for name in GOOD:
        assert (calls[name].state, calls[name].error) == (CallState.DRAFT, None), name


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace of the test's own, without a speech model."""
    monkeypatch.setenv("COACHBOT_HOME", str(tmp_path / "home"))
    settings.cache_clear()
    return tmp_path / "home"


def test_a_folder_of_them(home: Path, tmp_path: Path) -> None:
    folder = tmp_path / "calls"
    folder.mkdir()
    for name, (data, _) in BROKEN.items():
        (folder / name).write_bytes(data())
    for name, whole in GOOD.items():
        (folder / name).write_bytes(whole)
    (folder / "told.vtt").write_bytes(TALK.replace("two", "six").encode())
    (folder / "told.meta.json").write_text('{"title": 3}')
    command = [sys.executable, "-m", "coachbot", "ingest", str(folder)]
    result = subprocess.run(command, capture_output=True, text=True, timeout=240)
    said = result.stdout + result.stderr
    assert result.returncode == 1, said
    assert "Traceback" not in said
    assert "told.meta.json" in said  # refused, since what is said of it cannot be read
    assert f"{SAME}: the same content as empty.vtt" in said
    with open_store(home=home) as store:
        check(judged(store))


def test_uploads_of_them(home: Path) -> None:
    with (
        open_store(home=home) as store,
        Runtime(store) as runtime,
        TestClient(create_api(store, work=runtime)) as api,
    ):
        files = {name: data() for name, (data, _) in BROKEN.items()} | GOOD
        ids = []
        for name, data in files.items():
            answer = api.post("/calls", files={"file": (name, data)})
            assert answer.status_code in (200, 201), (name, answer.text)
            ids.append(answer.json()["call"]["id"])
        assert runtime.wait(ids, timeout_s=120)
        calls = judged(store)
        check(calls)
        for name, call in calls.items():
            shown = api.get(f"/calls/{call.id}").json()
            assert shown["call"]["error"] == call.error
            states = [step["state"] for step in shown["steps"]]
            assert states[0] == ("done" if name in GOOD else "failed")
