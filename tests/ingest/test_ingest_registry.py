"""Which reader reads what, and the small steps below them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from ingest_help import Read, said

import coachbot.ingest as room
from coachbot.ingest import FORMATS, is_transcript_name
from coachbot.ingest.clean import clean, entities, language_tag, listed, shorten
from coachbot.ingest.clock import Times, clock
from coachbot.ingest.dates import find_date, iso_date
from coachbot.ingest.merge import MAX_CHARS, turns_of
from coachbot.ingest.raw import RawCue


def test_public_names() -> None:
    assert sorted(room.__all__) == [
        "FORMATS", "Format", "infer_sides", "is_media", "is_transcript_name", "meta_of", "read_meta",
        "read_transcript",
    ]  # fmt: skip


def test_formats() -> None:
    ids = [f.id for f in FORMATS]
    assert len(set(ids)) == len(ids) == 18
    for f in FORMATS:
        assert f.label
        assert f.hint
        assert all(e.startswith(".") and e == e.lower() for e in f.extensions)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.vtt", True),
        ("A.VTT", True),
        ("a.docx", True),
        ("a.json", True),
        ("a.jsonl", True),
        ("notes.md", True),
        ("a.mp3", False),
        ("a.pdf", False),
        ("a", False),
        ("call.meta.json", False),
        ("meta.json", False),
        ("webhook-data.json", False),
        ("README.md", False),
        ("LICENSE.txt", False),
        (".hidden.vtt", False),
        ("~$call.docx", False),
        ("meeting_saved_chat.txt", False),
    ],
)
def test_names_of_folders(name: str, expected: bool) -> None:
    assert is_transcript_name(Path("x") / name) is expected


@pytest.mark.parametrize("name", ["a.txt", "a.json", "a.docx", "a.mp3", "a"])
def test_content_decides_not_the_name(read: Read, name: str) -> None:
    assert read("WEBVTT\n\n00:01.000 --> 00:02.000\nAnn: Hi.\n", name).source.format == "vtt"
    assert read("1\n00:00:01,000 --> 00:00:02,000\nAnn: Hi.\n", name).source.format == "srt"
    assert read("Ann: Hi.\nBo: Yes.\n", name).source.format == "text"
    assert read("**Ann:** Hi.\n\n**Bo:** Yes.\n", name).source.format == "markdown"
    assert read('{"turns": [{"speaker": "A", "text": "Hi."}]}', name).source.format == "json-turns"


def test_title_falls_back_to_the_name_of_the_file(read: Read) -> None:
    assert read("Ann: Hi.\nBo: Yes.\n", "Delta demo.txt").title == "Delta demo"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("00:00:01.500", 1.5),
        ("00:00:01,500", 1.5),
        ("0:0:0.570", 0.57),
        ("1:02", 62.0),
        ("1:02:03", 3723.0),
        ("75:30", 4530.0),
        ("0:75:30", None),
        ("0:61", None),
        ("1", None),
        ("-1:00", None),
        ("99:00:00", None),
        ("1:2:3:4", None),
    ],
)
def test_clock(text: str, seconds: float | None) -> None:
    assert clock(text) == seconds


def test_times_are_counted_when_dropped() -> None:
    times = Times()
    good = (1, "1.5", "2.5s", {"seconds": "3", "nanos": 500000000}, "0:04", None)
    assert [times.seconds(v) for v in good] == [
        1.0, 1.5, 2.5, 3.5, 4.0, None,
    ]  # fmt: skip
    assert times.warnings() == []
    assert [times.seconds(v) for v in (True, -1, "x", float("nan"), {}, 10**9, 10**400)] == [None] * 7
    assert times.millis(1500) == 1.5
    assert times.span(3.0, 2.0) == (None, None)
    assert times.warnings() == [
        "8 times of the source cannot be right and were left out; the words are kept."
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Oct 2, 2025", datetime(2025, 10, 2, tzinfo=UTC)),
        ("3rd March 2025, 14:00 CET", datetime(2025, 3, 3, 14, tzinfo=timezone(timedelta(hours=1)))),
        ("2024/11/19 12:00 EST", datetime(2024, 11, 19, 12, tzinfo=timezone(timedelta(hours=-5)))),
        (
            "(2024-06-13 16:02 GMT+5:30)",
            datetime(2024, 6, 13, 16, 2, tzinfo=timezone(timedelta(hours=5, minutes=30))),
        ),
        ("June 5, 2026, 2:10PM", datetime(2026, 6, 5, 14, 10, tzinfo=UTC)),
        ("03/04/2025", None),
        ("2025-13-45", None),
        ("no date", None),
    ],
)
def test_dates(text: str, expected: datetime | None) -> None:
    assert find_date(text) == expected


def test_dates_of_json() -> None:
    moment = datetime(2025, 1, 6, 14, 2, tzinfo=UTC)
    assert iso_date(1736172120000) == iso_date("1736172120") == iso_date("2025-01-06T14:02:00") == moment
    assert [iso_date(v) for v in (None, True, 5, 10**400, float("inf"), [], "soon")] == [None] * 7


@pytest.mark.parametrize("text", ["9999-12-31", "0001-01-01T00:00:00Z", "31 December 9999", "1989-12-31"])
def test_a_year_in_which_no_call_was_held_is_no_date(text: str) -> None:
    """Days are counted from a call's date: at the ends of the calendar that would break."""
    assert (find_date(text), iso_date(text)) == (None, None)


def test_cleaning() -> None:
    assert clean(" a\u200b\x07\n b\u00a0 c\ud800") == "a b c\ufffd"
    assert entities("a &amp; b &#39; &nope; AT&T") == "a & b ' &nope; AT&T"
    assert shorten("x" * 100, 10) == "x" * 9 + "…"
    assert listed(["a"]) == "a"
    assert listed(["a", "b", "c"]) == "a, b and c"
    assert listed([str(n) for n in range(9)]) == "0, 1, 2, 3, 4, 5 and 3 more"
    assert [language_tag(v) for v in ("english", "en_us", "eng", "zh-Hans-CN", "?", 3, None)] == [
        "en", "en-US", "en", "zh-Hans-CN", None, None, None,
    ]  # fmt: skip


def test_merging() -> None:
    cues = [
        RawCue("One.", "A", 0.0, 1.0),
        RawCue("Two.", "A", 2.0, 3.0),
        RawCue("Three.", "B", 3.0, 4.0),
        RawCue("Four.", "B", 40.0, 41.0),
        RawCue("Five.", "B", None, None),
        RawCue("Six.", "B", 42.0, 43.0),
    ]
    turns = turns_of(cues)
    assert [(t.speaker, t.text, t.start_s, t.end_s) for t in turns] == [
        ("A", "One. Two.", 0.0, 3.0),
        ("B", "Three.", 3.0, 4.0),
        ("B", "Four. Five. Six.", 40.0, 43.0),
    ]
    assert [(c.start_s, c.offset) for c in turns[2].cues] == [(40.0, 0), (42.0, 12)]
    assert len(turns_of(cues, whole=True)) == len(cues)
    assert turns_of([]) == []


def test_merging_stops_at_a_length() -> None:
    turns = turns_of([RawCue("x" * 400, "A") for _ in range(8)] + [RawCue("y" * 9000, "A")])
    assert [len(t.text) for t in turns] == [1202, 1202, 801, 9000]
    assert all(len(t.text) <= MAX_CHARS for t in turns[:-1])
    assert max(len(t.text) for t in turns_of([RawCue("x" * 100, None) for _ in range(50)])) <= 600


def test_speakers_are_participants(read: Read) -> None:
    call = read("Ann: Hi.\nBo: Yes.\nAnn: So.\n")
    assert {s for s, _ in said(call)} == {p.name for p in call.participants}
    assert sum(call.talk_shares().values()) == pytest.approx(1.0)
