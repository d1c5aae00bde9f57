"""Text that is no transcript, or only in part; tables; other languages."""

from __future__ import annotations

import pytest
from ingest_help import Read, said

from coachbot.errors import InputError


@pytest.mark.parametrize(
    "text",
    [
        "00:01:02\tAmira Nasser:\thttps://x.y\n00:02:03\tDaniel:\tthanks!\n",
        "10:01:02 From Amira Nasser to Everyone:\n\thttps://x.y\n10:02:03 From Jo to Amira (direct):\n\tok\n",
        "10:01:02\t From Amira Nasser : hello\n10:02:03\t From Daniel : thanks!\n",
    ],
)
def test_zoom_chat_is_no_transcript(read: Read, text: str) -> None:
    with pytest.raises(InputError, match="chat log, not a transcript"):
        read(text, "meeting_saved_chat.txt")


@pytest.mark.parametrize(
    "text",
    [
        "# Discovery call\n\n**Call ID:** 1\n**Participants:**\n- Ann (AE)\n\n## Summary\n\nThey talked.\n\n"
        "## Notes\n- Ann: send\n- Ann: call\n- [ ] Bo: check\n\nDone.\n",
        "# Deal\n\n## Data\n\n| Field | Value |\n|---|---|\n| Name | Pumps |\n| Stage | Demo |\n"
        "| Owner | Ann |\n| Region | North |\n| Plan | Gold |\n| Size | Big |\n| Seats | 3 |\n\n"
        "## More\n\n- Stage: Demo\n",
        "# Account\n\n## Data\n- **Industry:** Water\n- **Seats:** 85\n\n## More\n- **Industry:** Pumps\n",
    ],
)
def test_notes_are_no_transcript(read: Read, text: str) -> None:
    with pytest.raises(InputError, match="these are notes"):
        read(text, "notes.md")


def test_teams_in_other_languages(read: Read) -> None:
    call = read(
        "Ann hat die Transkription gestartet\n\nAnn   0:04\nHallo.\n\nAnn hat die Transkription beendet.\n"
    )
    assert said(call) == [("Ann", "Hallo.")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            'speaker,start,end,text\nAnn,0.5,1,"Hi, all."\nBo,00:00:02,00:00:03,One: two.\n',
            [("Ann", "Hi, all.", 0.5), ("Bo", "One: two.", 2.0)],
        ),
        ("Timestamp;Name;Content\n00:01;Ann;Hi.\n00:02;Bo;Yo.\n", [("Ann", "Hi.", 1.0), ("Bo", "Yo.", 2.0)]),
        (
            "start\tend\ttext\n0\t4000\tHello there\n4000\t60500\tand so on\n",
            [(None, "Hello there and so on", 0.0)],
        ),
        ("start_ms,end_ms,speaker,text\n500,900,Ann,Hi.\n", [("Ann", "Hi.", 0.5)]),
    ],
)
def test_tables(read: Read, text: str, expected: list[tuple[str | None, str, float]]) -> None:
    call = read(text)
    assert call.source.format == "table"
    assert [(t.speaker, t.text, t.start_s) for t in call.turns] == expected


def test_a_table_that_cannot_be_read(read: Read) -> None:
    with pytest.raises(InputError, match=r"call\.csv:2: this row of the table cannot be read"):
        read("speaker,text\nAnn," + "x" * 200_000, "call.csv")


def test_words_above_the_first_name_are_reported(read: Read) -> None:
    intro = "This call is about pumps, and the valves that go with them. " * 4
    call = read(f"Pump call\n{intro}\n\nAnn: Hi.\nBo: Hm.\nAnn: So.\n")
    assert call.title == "Pump call"
    assert any("above the first turn (lines 2 to 2)" in w for w in call.warnings)


def test_a_heading_said_aloud_ends_nothing(read: Read) -> None:
    call = read(
        "Ann: First the\n\nSummary\n\nof the year.\nBo: Fine. He said he\nstarted transcription\n"
        "himself.\nAnn: So.\n"
    )
    assert [t.speaker for t in call.turns] == ["Ann", "Bo", "Ann"]
    assert call.turns[1].text == "Fine. He said he started transcription himself."
    assert any("Notes from line 3" in w for w in call.warnings)


def test_the_word_transcript_deep_in_a_call_is_a_word(read: Read) -> None:
    lines = [f"{'Ann' if n % 2 else 'Bo'}: line {n}" for n in range(40)]
    call = read("\n".join([*lines[:30], "Transcript", *lines[30:]]))
    assert len(call.turns) == 40


def test_some_bold_words_do_not_hide_the_names(read: Read) -> None:
    call = read(
        "**Note:** draft\n\n**Status:** open\n\nAnn: Hi.\n\nBo: Hm.\n\nAnn: So.\n\nBo: Yes.\n", "a.md"
    )
    assert [t.speaker for t in call.turns] == ["Ann", "Bo", "Ann", "Bo"]
