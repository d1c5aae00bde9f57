"""Everything that a model server can do wrong, over real HTTP: what is said of it, and what is tried."""

from __future__ import annotations

import json
import logging
import socket
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from llm_server import DATA, KEY, MESSAGES, SCHEMA, MakeChat, Server, Step, called, chat_body, failing, said

from coachbot.errors import ModelError, TruncatedError
from coachbot.llm import Answer
from coachbot.llm.chat import ModelChat
from coachbot.llm.ledger import summed
from coachbot.llm.traits import FILE, Mode

MODES: list[Mode] = ["json_schema", "tools", "text"]
LONG = json.dumps({"facts": [{"field": "need", "value": "x" * 3000, "turn": 1}] * 1500})


def ask(chat: ModelChat, **more: Any) -> Answer:
    return chat.ask(MESSAGES, SCHEMA, name="facts", temperature=0, **more)


def failed(chat: ModelChat, **more: Any) -> ModelError:
    with pytest.raises(ModelError) as caught:
        ask(chat, **more)
    return caught.value


def remember(tmp_path: Path, server: Server, mode: Mode) -> None:
    """Let the workspace know what the server can do."""
    file = tmp_path / "ws" / FILE
    file.parent.mkdir(parents=True)
    known = {"mode": mode, "temperature": True, "limit": "max_tokens", "at": time.time()}
    file.write_text(json.dumps({f"openai {server.url} m": known}))


def right(mode: Mode) -> Step:
    return called() if mode == "tools" else said()


# name, the fault, kind of the error, whether it is tried again
FAULTS: list[tuple[str, Step, str, bool]] = [
    ("401", failing(401, f"Incorrect API key provided: {KEY}"), "key_refused", False),
    ("403", failing(403, "not yours"), "key_refused", False),
    ("402", failing(402, "add credit"), "quota", False),
    ("404", failing(404, "The model `m` does not exist"), "no_such_model", False),
    ("404 without json", Step(404, b"<html>nothing here</html>"), "no_such_model", False),
    ("400", failing(400, "messages: too odd"), "bad_request", False),
    ("400 context", failing(400, "This model's maximum context length is 8192 tokens"), "context", False),
    ("400 llama", failing(400, "the request exceeds the available context size"), "context", False),
    ("413", failing(413, "large"), "context", False),
    ("400 filter", failing(400, "flagged", code="content_filter"), "refused", False),
    ("408", failing(408, "slow"), "timeout", True),
    ("429", failing(429, "slow down"), "rate_limit", True),
    ("429 quota", failing(429, "You exceeded your current quota", code="insufficient_quota"), "quota", False),
    ("500", failing(500, "oh"), "server", True),
    ("502 html", Step(502, b"<html>Bad Gateway</html>"), "server", True),
    ("503", failing(503, "loading model"), "server", True),
    ("200 html", Step(200, b"<html>Log in</html>"), "server", True),
    ("200 error 429", Step(200, {"error": {"message": "busy", "code": 429}}), "rate_limit", True),
    ("200 error", Step(200, {"error": {"message": "provider down"}}), "server", True),
    ("no choices", Step(200, {"id": "x", "choices": []}), "server", True),
    ("null choices", Step(200, {"id": "x", "choices": None}), "server", True),
    ("hangs up", Step(hang_up=True), "unreachable", True),
    ("hangs up midway", Step(200, chat_body("x" * 900), cut=True), "unreachable", True),
    ("refusal", Step(200, chat_body(None, refusal="I can't help with that.")), "refused", False),
    ("filtered", Step(200, chat_body("", finish="content_filter")), "refused", False),
    ("empty", Step(200, chat_body("")), "empty", True),
    ("null", Step(200, chat_body(None)), "empty", True),
    ("blank", Step(200, chat_body(" \n ")), "empty", True),
    ("length, nothing", Step(200, chat_body("", finish="length")), "truncated", False),
    ("length", Step(200, chat_body('{"facts": [{"field": "ne', finish="length")), "truncated", False),
    ("broken off", said(json.dumps(DATA)[:-30]), "truncated", True),
    ("prose", said("I am sorry, I see no call here."), "wrong_shape", True),
    ("other json", said({"answer": 42}), "wrong_shape", True),
    ("a list", said("[1, 2, 3]"), "wrong_shape", True),
    ("deep", said('{"facts": ' + "[" * 9000 + "]" * 9000 + "}"), "wrong_shape", True),
    ("too long", Step(200, chat_body(LONG)), "too_long", False),
]


PARTS = pytest.mark.parametrize(
    ("fault", "kind", "again"), [f[1:] for f in FAULTS], ids=[f[0] for f in FAULTS]
)


@PARTS
def test_a_fault_that_stays_is_named(
    server: Server, make_chat: MakeChat, tmp_path: Path, fault: Step, kind: str, again: bool
) -> None:
    server.steps = [fault] * 3
    error = failed(make_chat())
    assert (error.kind, error.retryable) == (kind, again)
    assert len(server.requests) == (3 if again else 1)
    assert "\n" not in str(error)
    assert KEY not in f"{error} {error.detail} {error!r}"
    assert (error.__cause__, error.__context__) == (None, None)
    assert error.usage.requests == len(server.requests)
    (total,) = summed(tmp_path / "ws", ("model",))
    assert total.requests == len(server.requests)


@pytest.mark.parametrize("mode", MODES)
@PARTS
def test_a_fault_that_passes_leads_to_an_answer(
    server: Server, make_chat: MakeChat, tmp_path: Path, mode: Mode, fault: Step, kind: str, again: bool
) -> None:
    remember(tmp_path, server, mode)
    plain = kind == "wrong_shape"  # is asked again in words
    server.steps = [fault, said() if plain else right(mode)]
    chat = make_chat(retries=1)
    if not again:
        assert failed(chat).kind == kind
        assert len(server.requests) == 1
        return
    answer = ask(chat)
    assert answer.data == DATA
    assert answer.usage.requests == len(server.requests) == 2
    last = json.dumps(server.requests[-1])
    assert ("JSON Schema" in last) == (plain or mode == "text")
    assert ("tool_choice" in last) == (mode == "tools" and not plain)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    "fault",
    [Step(200, chat_body("late"), delay=5), Step(200, chat_body("x" * 500), stall=5),
     Step(200, chat_body("x" * 5000), drip=0.02)],
    ids=["no answer", "stalls midway", "drips"],
)  # fmt: skip
def test_an_answer_that_does_not_end_in_time(
    server: Server, make_chat: MakeChat, tmp_path: Path, mode: Mode, fault: Step
) -> None:
    remember(tmp_path, server, mode)
    server.steps = [fault, right(mode)]
    start = time.monotonic()
    assert ask(make_chat(timeout=0.25)).data == DATA
    assert time.monotonic() - start < 2
    assert len(server.requests) == 2


def test_nobody_listens(make_chat: MakeChat, waits: list[float]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        url = f"http://127.0.0.1:{free.getsockname()[1]}/v1"
    error = failed(make_chat(base_url=url))
    assert error.kind == "unreachable"
    assert url in str(error)
    assert len(waits) == 2


@pytest.mark.parametrize(
    ("headers", "low", "high"),
    [
        ({"retry-after": "7"}, 7, 7.2),
        ({"retry-after-ms": "1500"}, 1.5, 1.7),
        ({"retry-after": "a date in a minute"}, 50, 61),
        ({"retry-after": "soon"}, 0, 1),
        ({}, 0, 1),
    ],
)
def test_the_wait_that_a_server_asks_for_is_kept(
    server: Server, make_chat: MakeChat, waits: list[float], headers: dict[str, str], low: float, high: float
) -> None:
    if "date" in headers.get("retry-after", ""):
        headers = {"Retry-After": format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)}
    server.steps = [failing(429, "slow down", headers), said()]
    assert ask(make_chat()).data == DATA
    assert len(waits) == 1
    assert low <= waits[0] <= high


def test_an_hour_is_not_waited_for(server: Server, make_chat: MakeChat, waits: list[float]) -> None:
    server.steps = [failing(429, "slow down", {"retry-after": "3600"})]
    error = failed(make_chat())
    assert (error.kind, error.retry_after, waits) == ("rate_limit", 3600, [])


def test_waits_grow_and_end(
    server: Server, make_chat: MakeChat, waits: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("coachbot.llm.chat.random.uniform", lambda low, high: high)
    server.steps = [failing(500, "oh")] * 5
    failed(make_chat(retries=4))
    assert waits == [1, 2, 4, 8]


def test_no_retry_where_the_time_is_over(server: Server, make_chat: MakeChat, waits: list[float]) -> None:
    server.steps = [failing(503, "busy", {"retry-after": "20"})]
    assert failed(make_chat(deadline=5)).kind == "server"
    assert (len(server.requests), waits) == (1, [])


@pytest.mark.parametrize("retries", [0, 1])
def test_the_settings_bound_the_retries(server: Server, make_chat: MakeChat, retries: int) -> None:
    server.steps = [failing(500, "oh")] * 4
    failed(make_chat(retries=retries))
    assert len(server.requests) == retries + 1


def test_what_was_whole_of_an_answer_that_broke_off_can_be_used(server: Server, make_chat: MakeChat) -> None:
    facts = [{"field": "need", "value": f"thing {n}", "turn": n} for n in range(4)]
    text = json.dumps({"facts": facts})
    server.steps = [said(text[: text.index("thing 3") + 3], finish="length")]
    error = failed(make_chat())
    assert isinstance(error, TruncatedError)
    assert error.answer.data == {"facts": facts[:3]}
    assert error.answer.usage.tokens_out == error.usage.tokens_out == 20


def test_a_limit_that_is_reached_after_the_end_does_no_harm(server: Server, make_chat: MakeChat) -> None:
    server.steps = [said(finish="length")]
    assert ask(make_chat()).data == DATA


def test_no_key_in_logs_errors_and_files(
    server: Server, make_chat: MakeChat, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server.steps = [
        failing(500, f"header was Bearer {KEY}"),
        Step(500, KEY.encode()),
        failing(401, f"key {KEY} is unknown"),
    ]
    chat = make_chat()
    error = failed(chat)
    assert server.headers[0]["authorization"] == f"Bearer {KEY}"
    assert KEY not in f"{error} {error.detail} {vars(error)} {chat!r} {vars(chat)} {chat.target!r}"
    assert KEY not in caplog.text
    written = [f.read_bytes() for f in (tmp_path / "ws").rglob("*") if f.is_file()]
    assert written
    assert not any(KEY.encode() in content for content in written)


def test_a_server_that_does_everything_wrong_in_turn(server: Server, make_chat: MakeChat) -> None:
    """Each question ends in an answer or in one of our errors, whatever came before."""
    for _, fault, kind, again in FAULTS:
        server.steps = [fault] * (3 if again else 1)
        assert failed(make_chat()).kind == kind
        server.steps = [said()]
        assert ask(make_chat()).data == DATA
