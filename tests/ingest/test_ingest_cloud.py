"""JSON of Amazon Transcribe and Google Speech: look-alikes with the quirks of real exports."""

from __future__ import annotations

from typing import Any

import pytest
from ingest_help import Read, said, sides, times

from coachbot.errors import InputError


def word(content: str, start: str | None = None, **more: Any) -> dict[str, Any]:
    stamps = {"start_time": start, "end_time": str(float(start) + 0.4)} if start else {}
    kind = "pronunciation" if start else "punctuation"
    return {**stamps, "type": kind, "alternatives": [{"confidence": "0.99", "content": content}], **more}


AWS_ITEMS = [
    word("Good", "0.5"),
    word("morning", "1.0"),
    word("."),
    word("Thanks", "2.0"),
    word(","),
    word("yes", "2.5"),
    word("."),
]


def segments(*spans: tuple[str, str, str, list[str]]) -> dict[str, Any]:
    return {
        "segments": [
            {
                "speaker_label": label,
                "start_time": start,
                "end_time": end,
                "items": [{"speaker_label": label, "start_time": s, "end_time": s} for s in starts],
            }
            for label, start, end, starts in spans
        ]
    }


@pytest.mark.parametrize(
    "results",
    [
        pytest.param(
            {
                "items": AWS_ITEMS,
                "speaker_labels": segments(
                    ("spk_0", "0.5", "1.4", ["0.5", "1.0"]), ("spk_1", "2.0", "2.9", ["2.0", "2.5"])
                ),
            },
            id="segments with items",
        ),
        pytest.param(
            {
                "items": AWS_ITEMS,
                "speaker_labels": segments(("spk_0", "0.5", "1.4", []), ("spk_1", "2.0", "2.9", [])),
            },
            id="segments without items",
        ),
        pytest.param(
            {
                "items": [{**w, "speaker_label": f"spk_{int(n > 2)}"} for n, w in enumerate(AWS_ITEMS)],
                "transcripts": [],
            },
            id="labels on the items",
        ),
        pytest.param(
            {
                "items": AWS_ITEMS,
                "channel_labels": {
                    "channels": [
                        {"channel_label": "spk_0", "items": AWS_ITEMS[:3]},
                        {"channel_label": "spk_1", "items": AWS_ITEMS[3:]},
                    ]
                },
            },
            id="channels",
        ),
        pytest.param(
            {
                "transcripts": [{"transcript": "x"}],
                "audio_segments": [
                    {
                        "transcript": "Good morning.",
                        "start_time": "0.5",
                        "end_time": "1.4",
                        "speaker_label": "spk_0",
                    },
                    {
                        "transcript": "Thanks, yes.",
                        "start_time": "2.0",
                        "end_time": "2.9",
                        "speaker_label": "spk_1",
                    },
                ],
            },
            id="audio segments",
        ),
    ],
)
def test_aws(read: Read, results: dict[str, Any]) -> None:
    call = read({"jobName": "job-1", "status": "COMPLETED", "results": {"language_code": "en-GB", **results}})
    assert call.source.format == "aws-transcribe"
    assert said(call) == [("spk_0", "Good morning."), ("spk_1", "Thanks, yes.")]
    assert times(call) == [(0.5, 1.4), (2.0, 2.9)]
    assert call.language == "en-GB"
    assert call.title == "call"


def test_aws_without_items_or_not_complete(read: Read) -> None:
    call = read({"results": {"transcripts": [{"transcript": "Good morning."}]}})
    assert said(call) == [(None, "Good morning.")]
    with pytest.raises(InputError, match="did not complete"):
        read({"status": "FAILED", "results": {"transcripts": []}})


@pytest.mark.parametrize(
    ("more", "entry"),
    [
        ({}, {"ParticipantRole": "AGENT"}),
        ({"Participants": [{"ParticipantId": "p9", "ParticipantRole": "AGENT"}]}, {"ParticipantId": "p9"}),
    ],
)
def test_aws_call_analytics(read: Read, more: dict[str, Any], entry: dict[str, Any]) -> None:
    call = read(
        {
            "JobStatus": "COMPLETED",
            "LanguageCode": "en-US",
            **more,
            "Transcript": [
                {
                    **entry,
                    "Content": "How can I help?",
                    "BeginOffsetMillis": 550,
                    "EndOffsetMillis": 1290,
                    "Items": [],
                },
                {
                    "ParticipantRole": "CUSTOMER",
                    "Content": "My pump.",
                    "BeginOffsetMillis": 2000,
                    "EndOffsetMillis": 2500,
                },
            ],
        }
    )
    assert call.source.format == "aws-call-analytics"
    assert said(call) == [("Agent", "How can I help?"), ("Customer", "My pump.")]
    assert times(call) == [(0.55, 1.29), (2.0, 2.5)]
    assert sides(call) == {"Agent": "seller", "Customer": "buyer"}


def moment(seconds: float, style: str) -> Any:
    whole, part = int(seconds), seconds % 1
    if style == "object":
        return {"seconds": str(whole), "nanos": round(part * 1e9)} if part else {"seconds": str(whole)}
    return f"{seconds:.3f}s"


@pytest.mark.parametrize("style", ["object", "text"])
@pytest.mark.parametrize("wrapped", [False, True])
def test_google_repeats_all_words_with_speakers_in_its_last_result(
    read: Read, style: str, *, wrapped: bool
) -> None:
    def words(*entries: tuple[str, float, int | None]) -> dict[str, Any]:
        return {
            "alternatives": [
                {
                    "transcript": " ".join(e[0] for e in entries),
                    "words": [
                        {
                            "word": w,
                            "startTime": moment(s, style),
                            "endTime": moment(s + 0.5, style),
                            **({"speakerTag": t} if t else {}),
                        }
                        for w, s, t in entries
                    ],
                }
            ],
            "languageCode": "en-us",
        }

    results = [
        words(("Hello.", 0.5, None)),
        words(("Hi", 2.0, None), ("there.", 2.5, None)),
        words(("Hello.", 0.5, 2), ("Hi", 2.0, 1), ("there.", 2.5, 1)),
    ]
    call = read({"done": True, "response": {"results": results}} if wrapped else {"results": results})
    assert call.source.format == "google-speech"
    assert said(call) == [("Speaker 2", "Hello."), ("Speaker 1", "Hi there.")]
    assert times(call) == [(0.5, 1.0), (2.0, 3.0)]
    assert call.language == "en-US"
    plain = read({"results": results[:2]})
    assert said(plain) == [(None, "Hello. Hi there.")]


def test_google_version_2_batch(read: Read) -> None:
    words = [{"word": "Hello.", "startOffset": "0.5s", "endOffset": "1s", "speakerLabel": "1"}]
    inner = {"results": [{"alternatives": [{"transcript": "Hello.", "words": words}]}, {"alternatives": []}]}
    assert said(read({"results": {"gs://b/a.wav": {"transcript": inner}}})) == [("Speaker 1", "Hello.")]


def test_google_channels(read: Read) -> None:
    def result(tag: int, text: str, start: str) -> dict[str, Any]:
        return {
            "channelTag": tag,
            "alternatives": [{"words": [{"word": text, "startTime": start, "endTime": start}]}],
        }

    call = read({"results": [result(1, "Hello.", "1s"), result(1, "Bye.", "9s"), result(2, "Hi.", "2s")]})
    assert said(call) == [("Channel 1", "Hello."), ("Channel 2", "Hi."), ("Channel 1", "Bye.")]
