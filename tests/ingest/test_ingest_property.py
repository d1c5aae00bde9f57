"""Whatever a file holds, reading it gives a sound Transcript or an InputError of one line."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ingest_help import one_line, outcome

from coachbot.ingest import read_transcript
from coachbot.model.transcript import Transcript

SETTINGS = settings(
    derandomize=True, max_examples=150, deadline=None, suppress_health_check=list(HealthCheck)
)

LINES = st.sampled_from(
    [
        "WEBVTT", "", " ", "1", "NOTE x", "STYLE", "00:01.000 --> 00:02.000",
        "00:00:05,000 --> 00:00:04,000", "0:00:01.0,0:00:02.0", "Ann: hello", "Ann Lee  0:04",
        "[00:01] Ann: hi", "[Ann] 10:23:45", "0:12 - Ann", "**Ann:** hi", "**Ann** 0:04",
        "# Transcript", "## Summary", "- Ann: hi", "---", "| 00:01 | Ann | hi |", "<v Ann>hi</v>",
        "<v Bo>oh", ">> BO: hi", "Date: 2025-01-01", "Participants: Ann, Bo", "00:05:00", "Ann",
        "one thing: more", "Transcribed by https://otter.ai", "12:59 PM", "99:99", "{", "[", "Ann:",
        "：", "\u202e: x",
    ]
)  # fmt: skip
TEXTS = st.one_of(
    st.text(max_size=400),
    st.lists(st.one_of(LINES, st.text(max_size=30)), max_size=40).map("\n".join),
)
KEYS = st.sampled_from(
    [
        "turns", "speaker", "text", "start", "end", "segments", "results", "channels", "alternatives",
        "words", "word", "utterances", "callTranscripts", "transcript", "sentences", "speakerId",
        "parties", "monologues", "elements", "items", "transcripts", "Transcript", "Content",
        "audio_url", "data", "source", "format", "id", "title", "seek", "content", "type", "startTime",
        "start_time", "participants", "name", "transcription", "offsets",
    ]
)  # fmt: skip
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20)),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(KEYS, inner, max_size=5)),
    max_leaves=40,
)


def check(data: bytes, name: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(data)
        found = outcome(lambda: read_transcript(path))
    if isinstance(found, Transcript):
        sound(found)
    else:
        assert one_line(found)


def sound(call: Transcript) -> None:
    names = [p.name for p in call.participants]
    assert len(names) == len(set(names))
    assert call.turns
    for n, turn in enumerate(call.turns):
        assert turn.index == n
        assert turn.text == " ".join(turn.text.split())
        assert turn.text
        assert turn.speaker is None or turn.speaker in names
        for at in (turn.start_s, turn.end_s):
            assert at is None or 0 <= at <= 48 * 3600
        assert [c.offset for c in turn.cues] == sorted({c.offset for c in turn.cues})
        assert all(0 <= c.offset < len(turn.text) for c in turn.cues)
    assert all(map(one_line, call.warnings))
    assert Transcript.model_validate_json(call.model_dump_json()) == call


@SETTINGS
@given(st.binary(max_size=400), st.sampled_from(["a.vtt", "a.srt", "a.txt", "a.docx", "a.json", "a.md", "a"]))
def test_bytes(data: bytes, name: str) -> None:
    check(data, name)


@SETTINGS
@given(
    st.binary(max_size=60),
    st.sampled_from([b"PK\x03\x04", b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf", b'{"', b"WEBVTT\n\n"]),
)
def test_bytes_behind_a_mark(data: bytes, mark: bytes) -> None:
    check(mark + data, "a.txt")


@SETTINGS
@given(
    TEXTS, st.sampled_from(["a.vtt", "a.srt", "a.sbv", "a.txt", "a.md"]), st.sampled_from(["", "WEBVTT\n\n"])
)
def test_text(text: str, name: str, head: str) -> None:
    check((head + text).encode("utf-8", "surrogatepass"), name)


@SETTINGS
@given(VALUES)
def test_json(value: object) -> None:
    check(json.dumps(value).encode(), "a.json")


@SETTINGS
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["Ann Lee", "Bo", "Cy Dahl"]),
            st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1),
        ),
        min_size=2,
    )
)
def test_turns_come_back(turns: list[tuple[str, str]]) -> None:
    """What is written as turns is read as those turns, whatever is said in them."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.json"
        path.write_text(json.dumps({"turns": [{"speaker": s, "text": t} for s, t in turns]}))
        call = read_transcript(path)
    assert [(t.speaker, t.text) for t in call.turns] == turns
