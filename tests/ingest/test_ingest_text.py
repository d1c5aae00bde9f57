"""Plain text and Markdown: look-alikes of what products export, and of what people type."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from ingest_help import Read, meta, said, times

from coachbot.ingest import read_transcript

FIXTURES = Path(__file__).parent / "fixtures"
ONE, TWO = "Amira Nasser", "Daniel Okafor"


def test_name_and_text(read: Read) -> None:
    call = read("Marta: Hello.\nJo: Hi. So the offer: is it firm?\nMarta: Honestly: yes.\n")
    assert call.source.format == "text"
    assert said(call) == [
        ("Marta", "Hello."),
        ("Jo", "Hi. So the offer: is it firm?"),
        ("Marta", "Honestly: yes."),
    ]
    assert times(call) == [(None, None)] * 3
    assert call.duration_s is None


def test_teams_document_as_text(read: Read) -> None:
    call = read(
        """Vendor review-20260605_091052-Meeting Recording
June 5, 2026, 2:10PM
24m 9s

Amira Nasser started transcription

Amira Nasser   0:04
Alright. One thing: the agenda is short.

Okafor, Daniel   0:12
Sure.
I have to leave at 10:30 though.

Amira Nasser   1:02:33
No problem.

Amira Nasser stopped transcription
"""
    )
    assert said(call) == [
        (ONE, "Alright. One thing: the agenda is short."),
        (TWO, "Sure. I have to leave at 10:30 though."),
        (ONE, "No problem."),
    ]
    assert times(call) == [(4.0, None), (12.0, None), (3753.0, None)]
    assert call.title == "Vendor review"
    assert call.date == datetime(2026, 6, 5, 14, 10, tzinfo=UTC)


def test_otter(read: Read) -> None:
    call = read(
        """Vendor call
Mon, Mar 3, 2025 10:02AM • 24:13
SUMMARY KEYWORDS
price, pilot
SPEAKERS
Amira Nasser, Daniel Okafor, Lee Wong

Amira Nasser  00:00
So the pilot: how did it go? Three things: cost, time,
and risk.

Unknown Speaker  00:09
Fine.

Daniel Okafor  1:00:10
Good.

Daniel Okafor  1:01:00
Really good.

Transcribed by https://otter.ai
"""
    )
    assert said(call) == [
        (ONE, "So the pilot: how did it go? Three things: cost, time, and risk."),
        (None, "Fine."),
        (TWO, "Good."),
        (TWO, "Really good."),
    ]
    assert times(call) == [(0.0, None), (9.0, None), (3610.0, None), (3660.0, None)]
    assert [p.name for p in call.participants] == [ONE, TWO, "Lee Wong"]
    assert call.date == datetime(2025, 3, 3, 10, 2, tzinfo=UTC)
    assert call.title == "Vendor call"


def test_meet() -> None:
    call = read_transcript(FIXTURES / "meet.txt")
    assert said(call) == [
        (ONE, "About the documentation, one thing: we"),
        (TWO, "like it."),
        (ONE, "Good."),
    ]
    assert times(call) == [(0.0, None), (None, None), (301.0, None)]
    assert [p.name for p in call.participants] == [ONE, TWO]
    assert call.title == "Vendor sync"
    assert call.date == datetime(2024, 8, 1, 10, 7, tzinfo=timezone(timedelta(hours=-5)))


def test_gemini_notes_with_a_transcript() -> None:
    call = read_transcript(FIXTURES / "gemini.md")
    assert call.source.format == "markdown"
    assert said(call) == [
        (ONE, "Um the only thing that is a bit"),
        (TWO, "Yeah, but the number is 24."),
        (ONE, "Yes"),
    ]
    assert call.turns[0].start_s == 0.0
    assert call.turns[1].time_at(30) == 94.0
    assert call.title == "Vendor sync"
    assert call.date == datetime(2026, 2, 19, 16, 19, tzinfo=timezone(timedelta(hours=2)))
    assert any("above the first turn" in w for w in call.warnings)


def test_markdown_with_header_and_notes_behind(read: Read) -> None:
    call = read(
        """# Call: Pump monitoring
**Call ID:** CC-1
**Date:** January 15, 2024
**Duration:** 8 minutes
**Participants:**
- Sarah (PumpSight Sales Rep)
- Michael Chen (VP of Operations, Delta Water Ltd)
**Outcome:** Second call

---

**Sarah:** Hi Michael. *laughs* One thing: is it a good time?

**Michael:** Yeah. Note: I've got ten minutes.

**Sarah:** Thanks.

---

**Call Notes:**
- Strong opener
- Sarah: asked well
""",
        "call.md",
    )
    assert said(call) == [
        ("Sarah", "Hi Michael. *laughs* One thing: is it a good time?"),
        ("Michael Chen", "Yeah. Note: I've got ten minutes."),
        ("Sarah", "Thanks."),
    ]
    assert [(p.name, p.title, p.company) for p in call.participants] == [
        ("Sarah", "Sales Rep", "PumpSight"),
        ("Michael Chen", "VP of Operations", "Delta Water Ltd"),
    ]
    assert call.title == "Call: Pump monitoring"
    assert call.date == datetime(2024, 1, 15, tzinfo=UTC)
    assert any("Notes from line 20" in w for w in call.warnings)


SPEECH = [(1, ONE, "Hello there."), (4, TWO, "Hi. One thing: price."), (9, ONE, "Sure.")]
AFTER, NONE = [1.0, 4.0, 9.0], [None] * 3


def written(template: str, head: str = "", tail: str = "") -> str:
    """The speech in a style: the template is filled for each turn."""
    return head + "".join(template.format(s=s, name=name, text=text) for s, name, text in SPEECH) + tail


@pytest.mark.parametrize(
    ("text", "starts"),
    [
        pytest.param(written("[00:00:{s:02d}] {name}: {text}\n"), AFTER, id="time before name"),
        pytest.param(written("00:{s:02d} {name}: {text}\n"), AFTER, id="time before name, no brackets"),
        pytest.param(written("{name} (00:{s:02d}): {text}\n"), AFTER, id="time behind name"),
        pytest.param(written("{name} [00:{s:02d}]\n{text}\n\n"), AFTER, id="name and time above"),
        pytest.param(
            written("0:{s:02d} - {name}\n  {text}\n  ACTION ITEM: Do - WATCH: https://example.com\n\n"),
            AFTER,
            id="Fathom",
        ),
        pytest.param(written("0:{s:02d} | {name}\n{text}\n\n"), AFTER, id="Gong's text"),
        pytest.param(written("{name}\n00:00:{s:02d}\n{text}\n\n"), AFTER, id="name, then time"),
        pytest.param(written("[{name}] 14:03:{s:02d}\n{text}\n\n"), [0, 3, 8], id="Zoom's times of day"),
        pytest.param(written("{name} 11:5{s} PM\n{text}\n\n"), [0, 180, 480], id="times with PM"),
        pytest.param(written("00:00:{s:02d}\t{name}\t{text}\n"), AFTER, id="tabs"),
        pytest.param(written("{name}\n{text}\n\n", tail=f"{TWO}\n"), NONE, id="names on their own"),
        pytest.param(written("{name}：{text}\n"), NONE, id="wide colon"),
        pytest.param(
            written("{name}:\n{text}\n\n", head="Title: Pumps\nDate: 2025-03-03\nAccount: Delta\n\n"),
            NONE,
            id="header, then name above text",
        ),
        pytest.param(written("**{name}**\n{text}\n\n", tail=f"**{TWO}**\n"), NONE, id="bold names"),
        pytest.param(written("### {name} (00:{s:02d})\n{text}\n\n"), AFTER, id="names as headings"),
        pytest.param(written("**[00:{s:02d}] {name}:** {text}\n\n"), AFTER, id="bold time and name"),
        pytest.param(
            written("![](data:image/png;base64,AA) **{name}**   0:{s:02d}\\\n{text}\n\n"),
            AFTER,
            id="Teams document as Markdown",
        ),
        pytest.param(written("**{name}** 0:{s:02d} {text}\n\n"), AFTER, id="the same on one line"),
        pytest.param(written("- {name}: {text}\n", head="# Sync\n\n"), NONE, id="list"),
        pytest.param(
            written("| 00:{s:02d} | {name} | {text} |\n", head="| Time | Speaker | Text |\n|---|---|---|\n"),
            AFTER,
            id="table",
        ),
        pytest.param(
            written("**{name}:** {text}\n\n", head="---\ntitle: Pumps\ndate: 2026-02-17\n---\n\n"),
            NONE,
            id="front matter",
        ),
        pytest.param(written("*{name}:* {text}\n\n"), NONE, id="names in italics"),
        pytest.param(written("> **{name}**: {text}\n>\n"), NONE, id="quoted"),
        pytest.param(written("{name}: [00:00:{s:02d}] {text}\n"), AFTER, id="time behind the colon"),
        pytest.param(
            written("0:0:{s}.0 --> 0:0:{s}.9\n{name}\n{text}\n\n", head="\n"), AFTER, id="old Teams"
        ),
    ],
)
def test_styles(read: Read, text: str, starts: list[float | None]) -> None:
    is_markdown = text.startswith(("#", "**", "|", "*", ">", "!", "---"))
    call = read(text, "call.md" if is_markdown else "call.txt")
    assert said(call) == [(name, words) for _, name, words in SPEECH]
    assert [t.start_s for t in call.turns] == starts


def test_wrapped_lines_and_colons(read: Read) -> None:
    call = read(
        """AMIRA: Hello there, this is a long line that goes on and
on over several lines. And the point is: it wraps
at the margin. Honestly: it does.

DANIEL: Yes. Here is what I think about it and
it's a lot: many lines of text.

AMIRA: Great.

JO: Hi.
"""
    )
    assert [t.speaker for t in call.turns] == ["AMIRA", "DANIEL", "AMIRA", "JO"]
    assert call.turns[0].text.endswith("Honestly: it does.")


@pytest.mark.parametrize("gap", ["\n\n", "\n"])
def test_long_turns_in_short_lines(read: Read, gap: str) -> None:
    block = "of pumps and of valves, and it goes on like that\n" * 40
    text = gap.join(f"{name}: This is about all kinds\n{block.strip()}" for name in ["Marta", "Jo"] * 5)
    assert [t.speaker for t in read(text).turns] == ["Marta", "Jo"] * 5


def test_one_who_speaks_once_before_the_others(read: Read) -> None:
    call = read(
        "Receptionist: Delta Water, good morning.\nAmira: Is Daniel there?\nReceptionist: Yes.\n"
        "Daniel: Hello?\nAmira: Hi.\n"
    )
    assert [t.speaker for t in call.turns] == ["Receptionist", "Amira", "Receptionist", "Daniel", "Amira"]


def test_names_of_the_meta_file_are_names(read: Read) -> None:
    text = "note: hello\nThis goes on: and on.\nIt is long.\nAnd longer.\nAnd more.\nAnd more.\nbob: no.\n"
    assert said(read(text))[0][0] is None
    call = read(text, meta=meta(Note="seller", Bob="buyer"))
    assert said(call) == [
        ("Note", "hello This goes on: and on. It is long. And longer. And more. And more."),
        ("Bob", "no."),
    ]


def test_times_without_names(read: Read) -> None:
    call = read(
        "0:01  \nApples were bad.\n\n0:15  \nIt was a bad time.\n\n0:21\nEverybody grew them.\n\n"
        "Transcribed by https://otter.ai\n"
    )
    assert said(call) == [
        (None, "Apples were bad."),
        (None, "It was a bad time."),
        (None, "Everybody grew them."),
    ]
    assert [t.start_s for t in call.turns] == [1.0, 15.0, 21.0]


def test_whisper_text(read: Read) -> None:
    call = read("[00:00.000 --> 00:04.000]  Hello there: all.\n[00:04.000 --> 00:09.500]  Yes.\n")
    assert said(call) == [(None, "Hello there: all. Yes.")]
    assert times(call) == [(0.0, 9.5)]
    named = read("[SPEAKER_00]: Hello.\n[SPEAKER_01]: Hi.\n")
    assert [t.speaker for t in named.turns] == ["SPEAKER_00", "SPEAKER_01"]


def test_prose_has_no_speakers(read: Read) -> None:
    call = read("The fox was late.\nThere was one thing: nobody knew.\nHe said: yes.\n")
    assert said(call) == [(None, "The fox was late. There was one thing: nobody knew. He said: yes.")]
    assert [w for w in call.warnings if "names no speakers" in w] == list(call.warnings)


def test_long_text_without_speakers_is_divided(read: Read) -> None:
    call = read("\n".join(f"This is sentence number {n}." for n in range(200)))
    assert len(call.turns) > 5
    assert " ".join(t.text for t in call.turns).count("sentence") == 200
