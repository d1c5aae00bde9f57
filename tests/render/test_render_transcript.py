"""Transcripts as text, WebVTT and Markdown: doubtful words underlined, nothing in them taken for mark-up."""

from __future__ import annotations

from coachbot.model.transcript import Cue, Participant, Side, Source, Transcript, Turn, Uncertain
from coachbot.render.transcript import render_transcript

CALL = Transcript(
    id="x",
    title="Intro *call*",
    participants=(Participant(name="Jane", side=Side.SELLER), Participant(name="Bob")),
    turns=(
        Turn(
            index=0, speaker="Jane", text="We charge ten <per> seat. Right?", start_s=3661.5, end_s=3665.0,
            cues=(Cue(start_s=3661.5, end_s=3664.0, offset=0), Cue(start_s=3664.2, end_s=3665.0, offset=26)),
            uncertain=(Uncertain(start=10, end=13, reason="low"), Uncertain(start=20, end=32, reason="low")),
        ),
        Turn(index=1, speaker=None, text="Yes.", start_s=3666.0, end_s=3667.0),
    ),
    source=Source(format="audio", sha256=""),
    warnings=("Check it.",),
)  # fmt: skip


def test_text() -> None:
    assert render_transcript(CALL, "txt").splitlines()[2:] == [
        "[01:01:01] Jane: We charge ten <per> seat. Right?",
        "[01:01:06] Unknown speaker: Yes.",
    ]


def test_markdown() -> None:
    made = render_transcript(CALL, "markdown")
    assert made.startswith("# Intro \\*call\\*\n")
    assert "Participants: Jane (seller, inferred), Bob\n" in made
    assert "> Check it." in made
    assert "[01:01:01] **Jane:** We charge <u>ten</u> &lt;per&gt; <u>seat. Right?</u>" in made


def test_vtt_has_a_cue_for_every_piece() -> None:
    assert render_transcript(CALL, "vtt").splitlines() == [
        "WEBVTT",
        "",
        "01:01:01.500 --> 01:01:04.000",
        "<v Jane>We charge <u>ten</u> &lt;per&gt; <u>seat.</u>",
        "",
        "01:01:04.200 --> 01:01:05.000",
        "<v Jane><u>Right?</u>",
        "",
        "01:01:06.000 --> 01:01:07.000",
        "Yes.",
    ]


def test_json_is_the_transcript() -> None:
    assert Transcript.model_validate_json(render_transcript(CALL, "json")) == CALL
