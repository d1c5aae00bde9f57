"""JSON of Deepgram, AssemblyAI, Rev and Whisper: look-alikes with the quirks of real exports."""

from __future__ import annotations

from typing import Any

import pytest
from ingest_help import Read, said, times

from coachbot.errors import InputError


def dg_word(text: str, start: float, speaker: int | None = None) -> dict[str, Any]:
    who = {} if speaker is None else {"speaker": speaker}
    return {
        "word": text.lower().strip(".,"),
        "start": start,
        "end": start + 0.4,
        "punctuated_word": text,
        **who,
    }


DG_WORDS = [dg_word("Hello.", 0.1, 0), dg_word("Hi", 1.0, 1), dg_word("there.", 1.5, 1)]


@pytest.mark.parametrize(
    "results",
    [
        pytest.param(
            {
                "channels": [
                    {"alternatives": [{"transcript": "x", "words": DG_WORDS}], "detected_language": "en"}
                ],
                "utterances": [
                    {
                        "start": 0.1,
                        "end": 0.5,
                        "channel": 0,
                        "transcript": "Hello.",
                        "speaker": 0,
                        "words": [],
                    },
                    {
                        "start": 1.0,
                        "end": 1.9,
                        "channel": 0,
                        "transcript": "Hi there.",
                        "speaker": 1,
                        "words": [],
                    },
                ],
            },
            id="utterances",
        ),
        pytest.param(
            {
                "channels": [
                    {"alternatives": [{"transcript": "x", "words": DG_WORDS}], "detected_language": "en"}
                ]
            },
            id="words",
        ),
        pytest.param(
            {
                "channels": [
                    {
                        "detected_language": "en",
                        "alternatives": [
                            {
                                "paragraphs": {
                                    "paragraphs": [
                                        {
                                            "speaker": 0,
                                            "sentences": [{"text": "Hello.", "start": 0.1, "end": 0.5}],
                                        },
                                        {
                                            "speaker": 1,
                                            "sentences": [{"text": "Hi there.", "start": 1.0, "end": 1.9}],
                                        },
                                    ]
                                }
                            }
                        ],
                    }
                ]
            },
            id="paragraphs",
        ),
    ],
)
@pytest.mark.parametrize("wrapped", [False, True])
def test_deepgram(read: Read, results: dict[str, Any], *, wrapped: bool) -> None:
    value = {"metadata": {"created": "2023-11-02T12:59:59Z"}, "results": results}
    call = read({"result": value, "error": None} if wrapped else value)
    assert call.source.format == "deepgram"
    assert said(call) == [("Speaker 0", "Hello."), ("Speaker 1", "Hi there.")]
    assert times(call) == [(0.1, 0.5), (1.0, 1.9)]
    assert call.language == "en"
    assert call.date is None  # `created` is when it was transcribed


def test_deepgram_channels_are_the_speakers(read: Read) -> None:
    channel = [[dg_word("Hello.", 0.1, 0), dg_word("Bye.", 5.0, 0)], [dg_word("Hi.", 1.0, 0)]]
    call = read({"results": {"channels": [{"alternatives": [{"words": w}]} for w in channel]}})
    assert said(call) == [("Channel 0", "Hello."), ("Channel 1", "Hi."), ("Channel 0", "Bye.")]


ASSEMBLY_WORDS = [
    {"text": "Hello.", "start": 100, "end": 500, "speaker": "A"},
    {"text": "Hi", "start": 1000, "end": 1400, "speaker": "B"},
    {"text": "there.", "start": 1500, "end": 1900, "speaker": "B"},
]


@pytest.mark.parametrize(
    "value",
    [
        pytest.param({"utterances": None, "words": ASSEMBLY_WORDS}, id="words"),
        pytest.param(
            {
                "utterances": [
                    {"speaker": "A", "start": 100, "end": 500, "text": "Hello.", "words": ASSEMBLY_WORDS[:1]},
                    {"speaker": "B", "start": 1000, "end": 1900, "text": "Hi there.", "words": []},
                ]
            },
            id="utterances",
        ),
    ],
)
def test_assemblyai(read: Read, value: dict[str, Any]) -> None:
    call = read(
        {"audio_url": "https://x", "language_code": "en_us", "status": "completed", "text": "x", **value}
    )
    assert call.source.format == "assemblyai"
    assert said(call) == [("Speaker A", "Hello."), ("Speaker B", "Hi there.")]
    assert times(call) == [(0.1, 0.5), (1.0, 1.9)]
    assert call.language == "en-US"


@pytest.mark.parametrize(("status", "reason"), [("error", "no audio"), ("processing", "before it was ready")])
def test_assemblyai_not_ready(read: Read, status: str, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        read({"audio_url": "x", "status": status, "error": "no audio\nhere", "text": None, "words": None})


def test_rev_ai(read: Read) -> None:
    def text(value: str, start: float) -> dict[str, Any]:
        return {"type": "text", "value": value, "ts": start, "end_ts": start + 0.2, "confidence": 0.9}

    def punct(value: str) -> dict[str, Any]:
        return {"type": "punct", "value": value}

    call = read(
        {
            "monologues": [
                {"speaker": 0, "elements": [text("The", 1.0), punct(" "), text("contract", 1.5), punct(".")]},
                {
                    "speaker": 1,
                    "speaker_info": {"display_name": "Ann"},
                    "elements": [text("Yes", 2.0), punct(","), punct(" "), text("sure", 2.5)],
                },
            ]
        }
    )
    assert said(call) == [("Speaker 0", "The contract."), ("Ann", "Yes, sure")]
    assert times(call) == [(1.0, 1.7), (2.0, 2.7)]


def test_rev_editor(read: Read) -> None:
    def element(value: str, start: str) -> dict[str, Any]:
        return {"type": "text", "value": value, "timestamp": start, "end_timestamp": start}

    call = read(
        {
            "speakers": [{"id": 1, "name": "Ann Lee"}],
            "monologues": [
                {
                    "speaker": 1,
                    "elements": [
                        element("The contract ", "00:00:01,000"),
                        element("is fine.", "00:00:02,500"),
                    ],
                }
            ],
        }
    )
    assert said(call) == [("Ann Lee", "The contract is fine.")]
    assert times(call) == [(1.0, 2.5)]


SEGMENTS = [
    {"id": 0, "seek": 0, "start": 0.5, "end": 1.0, "text": " Hello.", "avg_logprob": -0.2},
    {"id": 1, "seek": 0, "start": 1.5, "end": 2.0, "text": " Hi there.", "avg_logprob": -0.2},
]


def test_whisper(read: Read) -> None:
    call = read(
        {
            "task": "transcribe",
            "language": "english",
            "duration": 2.0,
            "text": " Hello. Hi there.",
            "segments": SEGMENTS,
        }
    )
    assert call.source.format == "whisper"
    assert said(call) == [(None, "Hello. Hi there.")]
    assert [(c.start_s, c.end_s, c.offset) for c in call.turns[0].cues] == [(0.5, 1.0, 0), (1.5, 2.0, 7)]
    assert call.language == "en"


def test_whisper_with_speakers(read: Read) -> None:
    speakers = ["SPEAKER_00", "SPEAKER_01"]
    whisperx = [{**s, "speaker": who} for s, who in zip(SEGMENTS, speakers, strict=True)]
    assert said(read({"segments": whisperx, "word_segments": []})) == [
        ("SPEAKER_00", "Hello."),
        ("SPEAKER_01", "Hi there."),
    ]
    diarised = [
        {"type": "transcript.text.segment", **s, "speaker": who}
        for s, who in zip(SEGMENTS, "AB", strict=True)
    ]
    assert [t.speaker for t in read({"text": "x", "segments": diarised}).turns] == ["Speaker A", "Speaker B"]
    words = [
        {"word": "Hello.", "start": 0.5, "end": 0.8, "speaker": "SPEAKER_00"},
        {"word": "Hi", "start": 1.0, "end": 1.2, "speaker": "SPEAKER_01"},
        {"word": "there.", "start": 1.3, "end": 1.5},
    ]
    one = read(
        {
            "segments": [{"start": 0.5, "end": 1.5, "text": " Hello. Hi there.", "words": words}],
            "language": "en",
        }
    )
    assert said(one) == [("SPEAKER_00", "Hello."), ("SPEAKER_01", "Hi there.")]


def test_whisper_cpp(read: Read) -> None:
    part = {
        "timestamps": {"from": "00:00:00,500", "to": "00:00:01,000"},
        "offsets": {"from": 500, "to": 1000},
        "text": " Hello.",
    }
    call = read({"result": {"language": "en"}, "transcription": [part]})
    assert said(call) == [(None, "Hello.")]
    assert times(call) == [(0.5, 1.0)]


@pytest.mark.parametrize(
    "value",
    [
        {"task": "transcribe", "segments": [], "text": ""},
        {"segments": [{"start": 0, "end": 1, "text": "  ", "seek": 0}], "text": " "},
        {"callTranscripts": [{"callId": "1", "transcript": []}]},
        {"callTranscripts": []},
        {"results": {"transcripts": [{"transcript": ""}], "items": []}},
        {"results": {"channels": [{"alternatives": [{"transcript": "", "words": []}]}]}},
        {"results": {"channels": []}},
        {"audio_url": "x", "status": "completed", "text": "", "words": [], "utterances": None},
        {"monologues": [{"speaker": 0, "elements": []}]},
        {"data": {"transcript": {"sentences": [], "speakers": []}}},
        {
            "title": "x",
            "turns": [{"speaker": "A", "text": ""}, {"speaker": "B", "text": "\u200b"}],
            "note": "",
        },
    ],
)
def test_silence_is_said(read: Read, value: Any) -> None:
    with pytest.raises(InputError, match=r"nobody says anything|no known shape"):
        read(value)
