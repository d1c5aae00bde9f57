from __future__ import annotations

import wave
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import SecretStr
from speech_server import Asked, Reply, SpeechServer, speech_server
from voices import write

from coachbot.errors import (
    BadRequestError,
    EngineError,
    KeyRefusedError,
    NoSuchModelError,
    RateLimitError,
    ServerFailedError,
    UnreachableError,
    UsageError,
)
from coachbot.settings import Settings, settings
from coachbot.transcribe import hosted, transcribe_file
from coachbot.transcribe.answers import segments_of
from coachbot.transcribe.hosted import HostedRecognizer, chunks
from coachbot.transcribe.pieces import with_words
from coachbot.transcribe.transcriber import _recognizer
from coachbot.transcribe.vad import Span, keep
from coachbot.transcribe.words import Segment


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The waits between retries, which a test does not wait for."""
    found: list[float] = []
    monkeypatch.setattr(hosted, "_sleep", found.append)
    return found


@pytest.fixture
def call(tmp_path: Path) -> Path:
    """Two minutes of noise with speech at known times."""
    path = tmp_path / "piece.wav"
    noise = np.random.default_rng(0).normal(0, 3000, 120 * 16000).astype(np.int16)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16000)
        file.writeframes(noise.tobytes())
    keep(path, [Span(5.0, 9.0), Span(10.0, 20.0), Span(60.0, 80.0), Span(81.0, 100.0)])
    return path


def settings_for(server: SpeechServer | None = None, **more: Any) -> Settings:
    base = server.url if server else None
    return Settings(transcribe_base_url=base, transcribe_model="whisper-1", **more)


def run(path: Path, conf: Settings, **options: Any) -> tuple[list[Segment], list[float]]:
    recognizer = HostedRecognizer.of(conf)
    done: list[float] = []
    try:
        found = list(
            recognizer.recognize(
                path, options.pop("channel", None), duration=120.0, language=options.get("language"),
                hotwords=options.get("hotwords"), progress=done.append,
            )
        )  # fmt: skip
    finally:
        recognizer.client.close()
    return found, done


def verbose(text: str, words: list[tuple[str, float, float]], **figures: Any) -> dict[str, Any]:
    """An answer as OpenAI gives it: words without marks beside segments with them."""
    end = words[-1][2]
    segment = {"id": 0, "start": words[0][1], "end": end, "text": f" {text}", "avg_logprob": -0.25,
               "no_speech_prob": 0.02, "compression_ratio": 1.2, **figures}  # fmt: skip
    return {
        "task": "transcribe", "language": "english", "duration": end, "text": text,
        "segments": [segment], "words": [{"word": w, "start": a, "end": b} for w, a, b in words],
    }  # fmt: skip


HELLO = verbose(
    "We start in May.", [("We", 0.5, 0.7), ("start", 0.8, 1.1), ("in", 1.1, 1.2), ("May", 1.3, 1.6)]
)


def test_files_are_sent_and_joined_at_the_right_times(call: Path) -> None:
    with speech_server(lambda asked, n: Reply(HELLO)) as server:
        found, done = run(
            call, settings_for(server, transcribe_api_key=SecretStr("sk-test")), hotwords="Zuora, Dana"
        )
    assert [a.seconds for a in server.asked] == [15.8, 40.8]  # a silence of 40 seconds is not sent
    assert server.asked[0].path == "/v1/audio/transcriptions"
    assert server.asked[0].key == "Bearer sk-test"
    fields = server.asked[0].fields
    assert fields["timestamp_granularities[]"] == ["word", "segment"]
    assert (fields["model"], fields["response_format"], fields["prompt"]) == (
        "whisper-1",
        "verbose_json",
        "Zuora, Dana",
    )
    assert "language" not in fields
    assert [[w.text for w in s.words] for s in found] == [[" We", " start", " in", " May."]] * 2
    assert [(s.words[0].start, s.words[-1].end) for s in found] == [(5.1, 6.2), (60.1, 61.2)]
    assert [s.start for s in found] == [5.1, 60.1]
    assert {s.language for s in found} == {"en"}
    assert found[0].avg_logprob == -0.25
    assert found[0].words[0].probability == pytest.approx(0.7788, abs=1e-4)
    assert done == [20.4, 100.4]


def test_files_stay_under_the_limit_and_are_cut_at_silences(call: Path) -> None:
    with speech_server(lambda asked, n: Reply(HELLO)) as server:
        found, _ = run(call, settings_for(server, transcribe_limit_mb=0.8))
    assert [a.seconds for a in server.asked] == [15.8, 20.8, 19.8]
    assert all(len(a.file) <= 800_000 for a in server.asked)
    assert [s.words[0].start for s in found] == [5.1, 60.1, 81.1]


def test_speech_without_a_pause_over_the_limit(call: Path) -> None:
    with (
        speech_server(lambda asked, n: Reply(HELLO)) as server,
        pytest.raises(EngineError, match="COACHBOT_TRANSCRIBE_LIMIT_MB"),
    ):
        run(call, settings_for(server, transcribe_limit_mb=0.1))


def test_long_calls_go_in_several_files() -> None:
    spans = [Span(n * 10.0, n * 10.0 + 8.0) for n in range(200)]
    found = chunks(spans)
    assert [s for chunk in found for s in chunk] == spans
    assert all(chunk[-1].end - chunk[0].start <= hosted.CHUNK_S for chunk in found)
    assert len(found) == 4
    assert chunks([]) == []


def test_a_server_with_segments_only(call: Path) -> None:
    answer = {
        "text": "We start in May. Fine.",
        "segments": [
            {"start": 0.5, "end": 2.5, "text": " We start in May.", "avg_logprob": -0.3},
            {"start": 3.0, "end": 400.0, "text": " Fine."},
        ],
    }
    with speech_server(lambda asked, n: Reply(answer)) as server:
        found, _ = run(call, settings_for(server), language="en")
    first, second = with_words(found[0]), found[1]
    assert server.asked[0].fields["language"] == "en"
    assert (first.words[0].start, first.words[-1].end) == (5.1, 7.1)
    assert (second.start, second.end) == (7.6, 20.4)  # no time lies outside of the file
    assert second.language == "en"


def test_words_inside_segments_are_taken_as_they_are(call: Path) -> None:
    words = [
        {"word": " We", "start": 0.5, "end": 0.7, "probability": 0.9},
        {"word": " start.", "start": 0.8, "end": 1.1, "probability": 0.4},
    ]
    answer = {
        "text": "We start.",
        "language": "de",
        "segments": [{"start": 0, "end": 2, "text": " We start.", "words": words}],
    }
    with speech_server(lambda asked, n: Reply(answer)) as server:
        found, _ = run(call, settings_for(server), channel=1)
    assert [(w.text, w.start, w.probability) for w in found[0].words] == [
        (" We", 5.1, 0.9),
        (" start.", 5.4, 0.4),
    ]
    assert (found[0].language, found[0].channel) == ("de", 1)


def test_a_model_without_times_is_asked_in_small_pieces(call: Path) -> None:
    def answer(asked: Asked, n: int) -> Reply:
        if asked.fields["response_format"] != "json":
            message = "response_format 'verbose_json' is not compatible with model 'some-transcribe'"
            return Reply(
                {"error": {"message": message, "param": "response_format", "code": "unsupported_value"}}, 400
            )
        return Reply({"text": f"part {n} of the call"})

    with speech_server(answer) as server:
        found, done = run(call, settings_for(server))
    sent = [(a.fields["response_format"], a.seconds) for a in server.asked]
    assert sent == [("verbose_json", 15.8), ("json", 15.8), ("json", 20.8), ("json", 19.8)]
    assert "".join(s.text for s in found).split() == [
        w for n in (1, 2, 3) for w in ("part", str(n), "of", "the", "call")
    ]
    spans = [(4.6, 9.4), (9.6, 20.4), (59.6, 80.4), (80.6, 100.4)]
    assert all(any(a <= s.start and s.end <= b for a, b in spans) for s in found)
    assert done[-1] == 100.4


def test_times_that_are_left_out_unasked(call: Path) -> None:
    with speech_server(lambda asked, n: Reply({"text": "hello there"})) as server:
        found, _ = run(call, settings_for(server))
    assert [a.fields["response_format"] for a in server.asked] == ["verbose_json", "json", "json"]
    assert "".join(s.text for s in found).split() == ["hello", "there"] * 3


def test_a_server_that_knows_no_granularities(call: Path) -> None:
    def answer(asked: Asked, n: int) -> Reply:
        if "timestamp_granularities[]" in asked.fields:
            return Reply({"error": {"message": "unknown field timestamp_granularities[]"}}, 422)
        return Reply({"text": "Fine.", "segments": [{"start": 1, "end": 2, "text": " Fine."}]})

    with speech_server(answer) as server:
        found, _ = run(call, settings_for(server))
    assert [a.fields["response_format"] for a in server.asked] == ["verbose_json"] * 3
    assert [s.start for s in found] == [5.6, 60.6]


def test_failures_that_pass_are_tried_again(call: Path, waits: list[float]) -> None:
    replies = [
        Reply({"error": {"message": "slow down"}}, 429, {"retry-after": "7"}),
        Reply(b"<html>bad gateway</html>", 502),
        Reply(HELLO),
        Reply(b"not json at all"),
        Reply(HELLO),
    ]
    with speech_server(lambda asked, n: replies[n]) as server:
        found, _ = run(call, settings_for(server))
    assert len(found) == 2
    assert waits == [7.0, 2.0, 1.0]


@pytest.mark.parametrize(
    ("reply", "kind", "says", "requests"),
    [
        (
            Reply({"error": {"message": "bad key sk-test"}}, 401),
            KeyRefusedError,
            "COACHBOT_TRANSCRIBE_API_KEY",
            1,
        ),
        (Reply({"error": {"message": "no model"}}, 404), NoSuchModelError, "COACHBOT_TRANSCRIBE_MODEL", 1),
        (Reply({"error": {"message": "too big"}}, 413), BadRequestError, "COACHBOT_TRANSCRIBE_LIMIT_MB", 1),
        (Reply({"error": {"message": "cannot decode"}}, 400), BadRequestError, "cannot decode", 1),
        (Reply({"error": {"message": "later"}}, 429), RateLimitError, "429", 3),
        (Reply(b"", 503), ServerFailedError, "503", 3),
        (Reply([1, 2]), ServerFailedError, "no transcription", 3),
        (Reply({"ok": True}), ServerFailedError, "no transcription", 1),
    ],
)
def test_failures_say_what_to_do(
    call: Path, waits: list[float], reply: Reply, kind: type[Exception], says: str, requests: int
) -> None:
    with speech_server(lambda asked, n: reply) as server:
        with pytest.raises(kind, match=says) as caught:
            run(call, settings_for(server, transcribe_api_key=SecretStr("sk-test")))
        assert len(server.asked) == requests
    assert "sk-test" not in str(caught.value)
    assert "COACHBOT_LLM" not in str(caught.value)


def test_no_server(call: Path, waits: list[float]) -> None:
    conf = Settings(transcribe_base_url="http://127.0.0.1:9/v1", transcribe_model="m")
    with pytest.raises(UnreachableError, match="COACHBOT_TRANSCRIBE_BASE_URL"):
        run(call, conf)
    assert len(waits) == 2


@pytest.mark.parametrize(
    ("conf", "says"),
    [
        (Settings(), "COACHBOT_TRANSCRIBE_MODEL"),
        (Settings(transcribe_model="whisper-1"), "COACHBOT_TRANSCRIBE_API_KEY"),
        (Settings(transcribe_model="m", transcribe_base_url="localhost:8000"), "http://"),
    ],
)
def test_settings_that_are_missing(conf: Settings, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        HostedRecognizer.of(conf)


CHUNK = [Span(10.0, 20.0), Span(21.0, 30.0)]


def words_of(answer: dict[str, Any]) -> list[tuple[str, float, float]]:
    return [(w.text, w.start, w.end) for s in segments_of(answer, CHUNK, None, "here") for w in s.words]


def test_words_of_the_text_keep_their_marks_where_the_server_heard_others() -> None:
    answer = verbose(
        "Well, it costs $40,000!",
        [
            ("Well", 0, 0.4),
            ("it", 0.5, 0.6),
            ("costs", 0.6, 1.0),
            ("forty", 1.0, 1.4),
            ("thousand", 1.4, 2.0),
        ],
    )
    assert words_of(answer) == [
        (" Well,", 10.0, 10.4),
        (" it", 10.5, 10.6),
        (" costs", 10.6, 11.0),
        (" $40,000!", 11.0, 12.0),
    ]


def test_words_without_segments() -> None:
    answer = {
        "text": "Hello, there.",
        "words": [{"word": "Hello", "start": 0, "end": 1}, {"word": "there", "start": 1, "end": 2}],
    }
    assert words_of(answer) == [(" Hello,", 10.0, 11.0), (" there.", 11.0, 12.0)]


def test_scripts_without_spaces() -> None:
    answer = verbose("我们开会。", [("我们", 0, 0.5), ("开会", 0.5, 1.0)])
    assert words_of(answer) == [("我们", 10.0, 10.5), ("开会", 10.5, 11.0)]


@pytest.mark.parametrize(
    "broken",
    [
        {"text": "ok", "segments": [{"start": "x", "end": None, "text": " ok"}]},
        {"text": "ok", "segments": [{"start": -5, "end": 1e400, "text": " ok", "avg_logprob": float("nan")}]},
        {"text": "ok", "segments": ["?", 3, {"start": 0, "end": 99, "text": " ok", "words": [{"word": 5}]}]},
        {"text": "ok", "words": [{"word": "ok", "start": True, "end": 3}, {"start": 1}]},
    ],
)
def test_broken_answers_stay_inside_of_their_file(broken: dict[str, Any]) -> None:
    found = [with_words(s) for s in segments_of(broken, CHUNK, None, "here")]
    assert " ".join(s.text.strip() for s in found) == "ok"
    assert all(10.0 <= t <= 30.0 for s in found for w in s.words for t in (s.start, w.start, w.end, s.end))


def test_an_empty_text_is_no_failure() -> None:
    assert list(segments_of({"text": ""}, CHUNK, None, "here")) == []
    assert list(segments_of({"text": "", "segments": []}, CHUNK, None, "here")) == []


def test_a_recording_through_a_server(
    tmp_path: Path, left: tuple[Any, Any], right: tuple[Any, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "call.wav", [left[0], right[0]])
    lines = [
        ["We lost forty orders last month.", "And nobody saw it coming.", "Terrible."],
        ["How did that happen?", "Who looks at the reports?", "I see."],
    ]

    def answer(asked: Asked, n: int) -> Reply:
        spoken = (left, right)[n][1]
        begin = spoken[0][0] - 0.4  # a file begins a little before the first word
        segments = [
            {"start": a - begin, "end": b - begin, "text": f" {text}", "avg_logprob": -0.1}
            for (a, b), text in zip(spoken, lines[n], strict=True)
        ]
        return Reply({"text": " ".join(lines[n]), "language": "english", "segments": segments})

    with speech_server(answer) as server:
        monkeypatch.setenv("COACHBOT_TRANSCRIBE_MODEL", "whisper-1")
        monkeypatch.setenv("COACHBOT_TRANSCRIBE_BASE_URL", server.url)
        settings.cache_clear()
        made = transcribe_file(path, work=tmp_path / "work")
        again = transcribe_file(path, work=tmp_path / "work")
    assert len(server.asked) == 2  # the second time nothing is sent
    assert again == made
    assert made.language == "en"
    assert [(t.speaker, t.text) for t in made.turns] == [
        (f"Channel {side + 1}", lines[side][n]) for n in range(3) for side in (0, 1)
    ]
    for turn, (start, end) in zip(made.turns, sorted((*left[1], *right[1])), strict=True):
        assert (turn.start_s, turn.end_s) == (pytest.approx(start, abs=0.3), pytest.approx(end, abs=0.3))


def test_the_settings_choose_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COACHBOT_TRANSCRIBE_MODEL", "whisper-1")
    monkeypatch.setenv("COACHBOT_TRANSCRIBE_BASE_URL", "http://127.0.0.1:9/v1")
    settings.cache_clear()
    chosen = _recognizer(None)
    assert isinstance(chosen, HostedRecognizer)
    assert chosen.identity == "hosted http://127.0.0.1:9/v1 whisper-1"
