"""JSON of meeting products and of coachbot: look-alikes of real exports."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from ingest_help import Read, meta, said, sides, times

from coachbot.errors import InputError
from coachbot.ingest import read_transcript
from coachbot.model.transcript import Transcript


def sentence(start: int, end: int, text: str) -> dict[str, Any]:
    return {"start": start, "end": end, "text": text}


GONG = {
    "requestId": "x",
    "callTranscripts": [
        {
            "callId": "7782",
            "transcript": [
                {
                    "speakerId": "11",
                    "topic": None,
                    "sentences": [sentence(500, 900, "Hi there."), sentence(1000, 2000, "Ready?")],
                },
                {"speakerId": "22", "topic": "Small talk", "sentences": [sentence(2500, 3000, "Yes.")]},
                {"speakerId": "33", "topic": None, "sentences": [sentence(4000, 5000, "Me too.")]},
            ],
        }
    ],
}
GONG_CALL = {
    "metaData": {
        "id": "7782",
        "title": "Delta: demo",
        "started": "2025-01-06T14:02:00-05:00",
        "language": "eng",
    },
    "parties": [
        {
            "speakerId": "11",
            "name": "Ann Lee",
            "title": "AE",
            "affiliation": "Internal",
            "emailAddress": "ann@pump.io",
        },
        {"speakerId": "22", "name": "Bo Ek", "title": "COO", "affiliation": "External", "emailAddress": None},
        {"speakerId": "33", "name": None, "affiliation": "Unknown", "phoneNumber": "+46 1234"},
        {"speakerId": None, "name": "Cy Dahl", "affiliation": "External"},
    ],
}


@pytest.mark.parametrize("where", ["same file, calls", "same file, callData", "beside", "beside, callData"])
def test_gong(read: Read, tmp_path: Path, where: str) -> None:
    shapes: dict[str, dict[str, Any]] = {
        "same file, calls": {**GONG, "calls": [GONG_CALL]},
        "same file, callData": {**GONG, "callData": GONG_CALL},
    }
    if where.startswith("beside"):
        (tmp_path / "a-broken.json").write_text('{"7782": "parties"')
        (tmp_path / "b-other.json").write_text(
            json.dumps({"callData": {**GONG_CALL, "metaData": {"id": "1"}}})
        )
        beside = {"callData": GONG_CALL} if "callData" in where else {"calls": [GONG_CALL]}
        (tmp_path / "webhook-data.json").write_text(json.dumps(beside))
    call = read(shapes.get(where, GONG), "transcript.json")
    assert call.source.format == "gong"
    assert said(call) == [("Ann Lee", "Hi there. Ready?"), ("Bo Ek", "Yes."), ("+46 1234", "Me too.")]
    assert times(call) == [(0.5, 2.0), (2.5, 3.0), (4.0, 5.0)]
    assert sides(call) == {"Ann Lee": "seller", "Bo Ek": "buyer", "+46 1234": "unknown", "Cy Dahl": "buyer"}
    assert (call.title, call.language) == ("Delta: demo", "en")
    assert call.date is not None
    assert call.date.isoformat() == "2025-01-06T14:02:00-05:00"


def test_gong_without_parties(read: Read) -> None:
    call = read(GONG, "transcript.json")
    assert [t.speaker for t in call.turns] == ["Speaker 1", "Speaker 2", "Speaker 3"]
    assert any("put the file with its parties beside" in w for w in call.warnings)


def test_gong_refuses_several_calls_and_none(read: Read) -> None:
    with pytest.raises(InputError, match="holds 2 calls"):
        read({"callTranscripts": [GONG["callTranscripts"][0]] * 2})
    with pytest.raises(InputError, match="holds no transcript"):
        read({"callData": GONG_CALL})


FIREFLIES = {
    "data": {
        "transcript": {
            "id": "abc",
            "title": "Delta / pumps",
            "date": 1736172120000,
            "duration": 42.5,
            "speakers": [{"id": 0, "name": "Ann Lee"}, {"id": "1", "name": "Bo Ek"}],
            "meeting_attendees": [
                {"displayName": "Ann Lee", "email": "ann@pump.io"},
                {"displayName": None, "email": "bo.ek@delta.se", "name": "Bo Ek"},
                {"displayName": None, "email": "cy@delta.se", "name": None},
            ],
            "sentences": [
                {
                    "index": 0,
                    "speaker_name": "Ann Lee",
                    "speaker_id": 0,
                    "text": "Hi.",
                    "start_time": 0.5,
                    "end_time": 1,
                },
                {
                    "index": 1,
                    "speaker_name": None,
                    "speaker_id": "1",
                    "text": "Hello.",
                    "start_time": "1.5",
                    "end_time": "2.25",
                },
                {
                    "index": 2,
                    "speaker_name": None,
                    "speaker_id": 7,
                    "text": "Hm.",
                    "start_time": 3,
                    "end_time": 4,
                },
            ],
        }
    }
}


def test_fireflies(read: Read) -> None:
    call = read(FIREFLIES)
    assert call.source.format == "fireflies"
    assert said(call) == [("Ann Lee", "Hi."), ("Bo Ek", "Hello."), ("Speaker 7", "Hm.")]
    assert times(call) == [(0.5, 1.0), (1.5, 2.25), (3.0, 4.0)]
    assert call.date == datetime(2025, 1, 6, 14, 2, tzinfo=UTC)
    assert call.title == "Delta / pumps"
    assert [p.name for p in call.participants] == ["Ann Lee", "Bo Ek", "cy@delta.se", "Speaker 7"]
    by_address = read(FIREFLIES, own_people=["@pump.io"])
    assert sides(by_address)["Ann Lee"] == "seller"
    assert sides(by_address)["cy@delta.se"] == "buyer?"


def test_fireflies_download(read: Read) -> None:
    call = read(
        [
            {
                "sentence": "Hi.",
                "startTime": "00:02",
                "endTime": "00:03",
                "speaker_name": "Ann",
                "speaker_id": 0,
            },
            {
                "sentence": "So.",
                "startTime": "01:00:02",
                "endTime": "01:00:03",
                "speaker_name": "Bo",
                "speaker_id": 1,
            },
        ]
    )
    assert said(call) == [("Ann", "Hi."), ("Bo", "So.")]
    assert times(call) == [(2.0, 3.0), (3602.0, 3603.0)]


def test_plain_turns(read: Read) -> None:
    call = read(
        {
            "title": "Delta",
            "date": "2025-03-20T09:00:00Z",
            "participants": [
                {"name": "Ann Lee", "side": "seller", "title": "AE"},
                {"name": "Bo Ek", "side": "buyer"},
                {"name": "Cy", "side": "buyer"},
            ],
            "turns": [
                {"speaker": "Ann Lee", "start": 0.5, "end": 1.0, "text": "Hello."},
                {"speaker": "Ann Lee", "start": 1.5, "end": 2.0, "text": "One thing: price."},
                {"speaker": "Bo Ek", "start": 2.5, "end": 3.0, "text": "Yes."},
            ],
        }
    )
    assert call.source.format == "json-turns"
    assert said(call) == [("Ann Lee", "Hello."), ("Ann Lee", "One thing: price."), ("Bo Ek", "Yes.")]
    assert sides(call) == {"Ann Lee": "seller", "Bo Ek": "buyer", "Cy": "buyer"}
    assert call.date == datetime(2025, 3, 20, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "starts"),
    [
        (
            [{"speaker": "Ann", "text": "Hi.", "start": 1}, {"speaker": "Bo", "text": "Yo.", "start": 2.5}],
            [1.0, 2.5],
        ),
        (
            {
                "entries": [
                    {"name": "Ann", "content": "Hi.", "timestamp": "00:01"},
                    {"name": "Bo", "content": "Yo."},
                ]
            },
            [1.0, None],
        ),
        (
            {
                "utterances": [
                    {"speaker": 0, "text": "Hi.", "start": 1000},
                    {"speaker": 1, "text": "Yo.", "start": 90000000},
                ]
            },
            [1.0, 90000.0],
        ),
        (
            {
                "transcript": [
                    {"speaker": {"name": "Ann"}, "text": "Hi."},
                    {"speaker": {"name": "Bo"}, "text": "Yo."},
                ]
            },
            [None, None],
        ),
        (
            {"data": {"segments": [{"speaker": "Ann", "text": "Hi."}, {"speaker": "Bo", "text": "Yo."}]}},
            [None, None],
        ),
    ],
)
def test_other_lists_of_turns(read: Read, value: Any, starts: list[float | None]) -> None:
    call = read(value)
    assert [t.text for t in call.turns] == ["Hi.", "Yo."]
    assert len({t.speaker for t in call.turns}) == 2
    assert [t.start_s for t in call.turns] == starts


def test_json_lines(read: Read) -> None:
    call = read('{"speaker": "Ann", "text": "Hi."}\n{"speaker": "Bo", "text": "Yo."}\n', "call.jsonl")
    assert said(call) == [("Ann", "Hi."), ("Bo", "Yo.")]


def test_own_transcript_comes_back_as_it_was(read: Read, tmp_path: Path) -> None:
    first = read(
        "WEBVTT\n\n00:01.000 --> 00:02.000\nAnn Lee: Hello.\n\n00:02.000 --> 00:03.000\nAnn Lee: Well?\n\n"
        "00:03.000 --> 00:04.000\nBo: No.\n",
        "a.vtt",
        meta(Ann_Lee="seller", Bo="buyer", Cy="buyer"),
    )
    path = tmp_path / "own.json"
    path.write_text(first.model_dump_json(), encoding="utf-8")
    assert read_transcript(path) == first
    again = read_transcript(path, meta(Ann_Lee="seller", Bo_Ek="buyer"))
    assert [t.speaker for t in again.turns] == ["Ann Lee", "Bo Ek"]
    assert again.turns[0].cues == first.turns[0].cues
    assert (again.id, again.source) == (first.id, first.source)


def test_own_transcript_of_an_impossible_year(read: Read) -> None:
    first = read("Ann: Hello.\nBo: No.\n").model_copy(update={"date": datetime(9999, 12, 31, tzinfo=UTC)})
    again = read(first.model_dump(mode="json"), "own.json")
    assert again.date is None
    assert again.warnings[-1] == "The date 9999-12-31 was left out: no call was held in that year."


def test_own_transcript_with_a_mistake(read: Read) -> None:
    value = {
        "id": "x",
        "title": "x",
        "turns": [{"index": 0, "speaker": "A"}],
        "source": {"format": "vtt", "sha256": "0"},
    }
    with pytest.raises(InputError, match=r"wrong at turns\.0\.text"):
        read(value)
    turn = {"index": 3, "speaker": "A", "text": "x"}
    with pytest.raises(InputError, match="not numbered"):
        read({**value, "turns": [turn]})


def test_identity(read: Read) -> None:
    one = read(GONG, "a.json")
    assert one.id == read(GONG, "b.json").id == one.source.sha256[:12]
    assert isinstance(one, Transcript)
    assert one.id != read(FIREFLIES).id
