"""How a server is asked: what is tried, what is remembered, and what a request carries."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
import vcr
from llm_server import DATA, KEY, MESSAGES, SCHEMA, MakeChat, Server, Step, called, chat_body, failing, said

from coachbot.errors import BadRequestError, ModelError, UsageError
from coachbot.llm import Message, Usage, get_chat
from coachbot.llm.chat import ModelChat
from coachbot.llm.model import is_strict
from coachbot.llm.target import Target
from coachbot.llm.traits import FILE, Memory, Traits, first_guess
from coachbot.settings import Settings

NO_SCHEMA = "This model does not support response format `json_schema`"
NO_TOOLS = "m does not support tools"


def ask(chat: ModelChat, **more: Any) -> dict[str, Any]:
    return chat.ask(MESSAGES, SCHEMA, name="facts", **more).data


def modes(server: Server) -> list[str]:
    """How each request asked."""
    names = {"response_format": "json_schema", "tools": "tools"}
    return [next((mode for key, mode in names.items() if key in r), "text") for r in server.requests]


def test_a_request_with_a_json_schema(server: Server, make_chat: MakeChat) -> None:
    server.steps = [said()]
    answer = make_chat().ask(MESSAGES, SCHEMA, name="facts", temperature=0.2, max_tokens=500)
    assert answer.data == DATA
    assert json.loads(answer.text) == DATA
    assert answer.repairs == ()
    assert (answer.usage.requests, answer.usage.tokens_in, answer.usage.tokens_out) == (1, 100, 20)
    assert (answer.usage.tokens_cached, answer.usage.cost) == (40, None)
    assert 0 < answer.usage.seconds < 5
    (sent,) = server.requests
    assert sent == {
        "model": "m",
        "messages": [{"role": m.role, "content": m.content} for m in MESSAGES],
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "facts", "schema": SCHEMA, "strict": True},
        },
        "temperature": 0.2,
        "max_tokens": 500,
        "stream": False,
    }
    assert server.paths == ["/v1/chat/completions"]


def test_what_is_left_to_the_server_is_not_sent(server: Server, make_chat: MakeChat) -> None:
    server.steps = [said()]
    ask(make_chat(api_key=None))
    assert not {"temperature", "max_tokens", "max_completion_tokens"} & set(server.requests[0])
    assert KEY not in server.headers[0]["authorization"]


@pytest.mark.parametrize(
    ("steps", "tried"),
    [
        ([failing(400, NO_SCHEMA), called()], ["json_schema", "tools"]),
        ([failing(422, "response_format: extra inputs not permitted"), called()], ["json_schema", "tools"]),
        ([failing(500, "failed to parse grammar"), called()], ["json_schema", "tools"]),
        ([failing(400, "Invalid schema for response_format 'facts'"), called()], ["json_schema", "tools"]),
        ([failing(400, "'response_format' of type 'json_schema' is not supported with this model"), called()],
         ["json_schema", "tools"]),
        ([failing(400, NO_SCHEMA), failing(400, NO_TOOLS), said()], ["json_schema", "tools", "text"]),
        ([failing(400, NO_SCHEMA), failing(404, "No endpoints found that support tool use"), said()],
         ["json_schema", "tools", "text"]),
        ([said("Well, they copy orders."), said()], ["json_schema", "text"]),
        ([said({"orders": "copied"}), said()], ["json_schema", "text"]),
    ],
)  # fmt: skip
def test_the_way_to_ask_is_found_out_once(
    server: Server, make_chat: MakeChat, waits: list[float], steps: list[Step], tried: list[str]
) -> None:
    server.steps = list(steps)
    assert ask(make_chat()) == DATA
    assert modes(server) == tried
    assert waits == []
    server.steps = [steps[-1]]
    assert ask(make_chat()) == DATA  # another chat in the same workspace
    assert modes(server) == [*tried, tried[-1]]


def test_fastapi_s_words_are_read_without_the_input_that_they_echo(
    server: Server, make_chat: MakeChat
) -> None:
    body = {"detail": [{"loc": ["body", "model"], "msg": "not a string", "input": "response_format tools"}]}
    server.steps = [Step(422, body)]
    with pytest.raises(BadRequestError, match=r"body\.model: not a string"):
        ask(make_chat())
    assert len(server.requests) == 1


def test_a_way_that_did_not_work_out_is_not_remembered(
    server: Server, make_chat: MakeChat, tmp_path: Path
) -> None:
    server.steps = [failing(400, NO_SCHEMA), failing(401, "no")]
    with pytest.raises(ModelError):
        ask(make_chat())
    assert not (tmp_path / "ws" / FILE).exists()


@pytest.mark.parametrize(
    ("said_first", "gone", "there"),
    [
        ("Unsupported value: 'temperature' does not support 0 with this model.", "temperature", "max_tokens"),
        ("Unsupported parameter: 'max_tokens' is not supported, use 'max_completion_tokens'.", "max_tokens",
         "max_completion_tokens"),
    ],
)  # fmt: skip
def test_a_parameter_that_is_refused_is_left_out_and_that_remembered(
    server: Server, make_chat: MakeChat, said_first: str, gone: str, there: str
) -> None:
    server.steps = [failing(400, said_first), said(), said()]
    assert ask(make_chat(), temperature=0, max_tokens=90) == DATA
    assert ask(make_chat(), temperature=0, max_tokens=90) == DATA
    assert len(server.requests) == 3
    for request in server.requests[1:]:
        assert gone not in request
        assert request[there] is not None


def test_a_server_that_refuses_every_name_of_a_limit_gets_none(server: Server, make_chat: MakeChat) -> None:
    server.steps = [failing(400, f"unknown parameter {n}") for n in ("max_tokens", "max_completion_tokens")]
    server.steps.append(said())
    assert ask(make_chat(), max_tokens=90) == DATA
    assert not {"max_tokens", "max_completion_tokens"} & set(server.requests[-1])


def test_arguments_of_a_tool_that_need_repair(server: Server, make_chat: MakeChat) -> None:
    server.steps = [failing(400, NO_SCHEMA), called(json.dumps(DATA)[:-1] + ",}")]
    assert ask(make_chat()) == DATA


def test_text_mode_puts_the_schema_behind_the_instructions(server: Server, make_chat: MakeChat) -> None:
    server.steps = [
        failing(400, NO_SCHEMA),
        failing(400, NO_TOOLS),
        said(f"Here it is:\n```json\n{json.dumps(DATA)}\n```"),
    ]
    assert ask(make_chat()) == DATA
    first, last = server.requests[-1]["messages"]
    assert first["content"].startswith("Read the call.\n\n")
    assert json.dumps(SCHEMA, separators=(",", ":")) in first["content"]
    assert last["content"] == MESSAGES[1].content


def test_text_mode_tells_what_was_wrong(server: Server, make_chat: MakeChat) -> None:
    server.steps = [failing(400, NO_SCHEMA), failing(400, NO_TOOLS), said("no"), said("no"), said()]
    assert ask(make_chat()) == DATA
    *_, before, last = (r["messages"][-1]["content"] for r in server.requests)
    assert before == last
    assert last.startswith(MESSAGES[1].content)
    assert "it is not JSON" in last


@pytest.mark.parametrize(
    ("content", "note"),
    [
        ('{"field": "mood", "value": "good", "turn": 2}', "facts.1.field: 'mood' is not one of its options"),
        ('{"value": "good", "turn": 2}', "facts.1.field: is missing"),
        ('"good"', "facts.1: is not object"),
    ],
)
def test_an_item_that_cannot_be_read_is_left_out_and_named(
    server: Server, make_chat: MakeChat, content: str, note: str
) -> None:
    good = json.dumps(DATA["facts"][0])
    server.steps = [said(f'{{"facts": [{good}, {content}]}}')]
    answer = make_chat().ask(MESSAGES, SCHEMA, name="facts")
    assert answer.data == DATA
    assert answer.repairs == (f"left out: {note}",)
    assert len(server.requests) == 1


def test_memory_forgets_what_is_old_or_damaged(tmp_path: Path) -> None:
    target = Target("openai", "http://localhost:1/v1", "m", None, 5)
    memory = Memory(tmp_path)
    memory.keep(target, Traits(mode="tools"))
    assert memory.recall(target).mode == "tools"
    assert memory.recall(Target("openai", "http://localhost:1/v1", "n", None, 5)).mode == "json_schema"
    known = json.loads(memory.path.read_text())
    for damaged in ({"at": 0}, {"mode": "psalm"}, {"limit": 3}, {"more": 1}, {"at": "x"}):
        memory.path.write_text(json.dumps({key: {**value, **damaged} for key, value in known.items()}))
        assert memory.recall(target) == first_guess(target), damaged
    for text in ("", "[]", "{", '{"a": 1}'):
        memory.path.write_text(text)
        assert memory.recall(target) == first_guess(target)


@pytest.mark.parametrize(
    ("url", "limit"),
    [("https://api.openai.com/v1", "max_completion_tokens"),
     ("https://a.openai.azure.com", "max_completion_tokens"),
     ("http://localhost:11434/v1", "max_tokens"), ("https://openai.example.com/v1", "max_tokens")],
)  # fmt: skip
def test_the_name_of_the_limit(url: str, limit: str) -> None:
    assert first_guess(Target("openai", url, "m", None, 5)).limit == limit


@pytest.mark.parametrize(
    ("change", "strict"),
    [({}, True), ({"additionalProperties": True}, False), ({"required": []}, False)],
)
def test_strict_only_where_the_schema_allows_it(change: dict[str, Any], strict: bool) -> None:
    assert is_strict({**SCHEMA, **change}) is strict
    assert is_strict({"type": "object", "properties": {"a": {**SCHEMA, **change}}, "required": ["a"],
                      "additionalProperties": False}) is strict  # fmt: skip


def test_azure(server: Server, tmp_path: Path, waits: list[float]) -> None:
    server.steps = [said()]
    conf = Settings(
        home=tmp_path, llm_provider="azure_openai", llm_base_url=server.url.removesuffix("/v1"),
        llm_api_key=KEY, llm_model="our-deployment", llm_api_version="2024-12-01",
    )  # fmt: skip
    assert get_chat(conf).ask(MESSAGES, SCHEMA, name="facts").data == DATA
    assert server.paths == ["/openai/deployments/our-deployment/chat/completions?api-version=2024-12-01"]
    assert server.headers[0]["api-key"] == KEY
    assert server.requests[0]["response_format"]["type"] == "json_schema"


@pytest.mark.parametrize(
    ("conf", "says"),
    [
        ({}, "COACHBOT_LLM_MODEL"),
        ({"llm_model": " "}, "COACHBOT_LLM_MODEL"),
        ({"llm_model": "m"}, "COACHBOT_LLM_API_KEY"),
        ({"llm_model": "m", "llm_base_url": "localhost:11434"}, "http://"),
        ({"llm_model": "m", "llm_provider": "azure_openai", "llm_api_key": KEY}, "COACHBOT_LLM_BASE_URL"),
    ],
)
def test_what_is_missing_is_said(tmp_path: Path, conf: dict[str, Any], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        get_chat(Settings(home=tmp_path, **conf))


def test_a_provider_whose_package_is_missing(tmp_path: Path, waits: list[float]) -> None:
    chat = get_chat(Settings(home=tmp_path, llm_model="m", llm_provider="mistralai", llm_api_key=KEY))
    with pytest.raises(UsageError, match="langchain-mistralai") as caught:
        chat.ask(MESSAGES, SCHEMA, name="facts")
    assert KEY not in str(caught.value)


def test_another_provider_of_langchain(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, waits: list[float]
) -> None:
    from langchain_core.language_models.fake_chat_models import FakeMessagesListChatModel
    from langchain_core.messages import AIMessage
    from langchain_core.runnables import Runnable, RunnableLambda

    seen: list[Any] = []

    class Other(FakeMessagesListChatModel):
        def with_structured_output(self, schema: Any, **options: Any) -> Runnable[Any, Any]:
            seen.append((schema["title"], options))
            raw = AIMessage("", usage_metadata={"input_tokens": 7, "output_tokens": 3, "total_tokens": 10})
            return RunnableLambda(lambda _: {"raw": raw, "parsed": DATA, "parsing_error": None})

    made: dict[str, Any] = {}

    def init(model: str, **options: Any) -> Other:
        made.update(options, model=model)
        return Other(responses=[])

    monkeypatch.setattr("langchain.chat_models.init_chat_model", init)
    chat = get_chat(Settings(home=tmp_path, llm_model="big", llm_provider="anthropic", llm_api_key=KEY))
    answer = chat.ask(MESSAGES, SCHEMA, name="facts", temperature=0)
    assert (answer.data, answer.usage.tokens_in, answer.usage.tokens_out) == (DATA, 7, 3)
    assert seen == [("facts", {"include_raw": True})]
    assert (made["model"], made["model_provider"], made["api_key"]) == ("big", "anthropic", KEY)


def test_threads_may_share_a_chat(server: Server, make_chat: MakeChat) -> None:
    server.steps = [said()] * 8
    chat, got = make_chat(), []
    threads = [threading.Thread(target=lambda: got.append(ask(chat))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert got == [DATA] * 8


def test_usage_adds_up() -> None:
    a = Usage(requests=1, tokens_in=10, cost=0.5, currency="USD", seconds=1)
    assert (a + a).cost == 1.0
    assert (a + Usage(requests=1)).cost is None
    assert (a + Usage(requests=1, cost=1, currency="EUR")).cost is None
    assert Usage() + a == a == a + Usage()


def test_a_cassette_records_and_replays_without_a_key(
    server: Server, make_chat: MakeChat, tmp_path: Path
) -> None:
    tape = vcr.VCR(
        filter_headers=["authorization"],
        match_on=["method", "scheme", "host", "port", "path", "query", "body"],
    )
    server.steps = [said()]
    with tape.use_cassette(str(tmp_path / "tape.yaml"), record_mode="once"):
        assert ask(make_chat()) == DATA
    assert KEY not in (tmp_path / "tape.yaml").read_text()
    with tape.use_cassette(str(tmp_path / "tape.yaml"), record_mode="none"):
        assert ask(make_chat(api_key="another")) == DATA
    assert len(server.requests) == 1


def test_tracing_of_the_environment_is_not_followed(
    server: Server, make_chat: MakeChat, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A shell that traces other programs must not send calls to a third party."""
    for name, value in {
        "LANGSMITH_TRACING": "true", "LANGSMITH_API_KEY": "x", "LANGSMITH_ENDPOINT": server.url,
        "OPENAI_BASE_URL": "http://127.0.0.1:9/v1", "OPENAI_API_BASE": "http://127.0.0.1:9/v1",
        "OPENAI_API_KEY": "sk-other", "HTTP_PROXY": "http://127.0.0.1:9",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    server.steps = [said()]
    assert ask(make_chat()) == DATA
    assert server.paths == ["/v1/chat/completions"]
    assert server.headers[0]["authorization"] == f"Bearer {KEY}"


def test_importing_the_room_loads_no_client() -> None:
    code = (
        "import sys, coachbot.llm, coachbot.llm.probe, coachbot.llm.release\n"
        "heavy = {'openai', 'langchain', 'langchain_core', 'langchain_openai', 'jinja2', 'jsonschema'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=dict(os.environ))
    assert (done.stdout.strip(), done.stderr) == ("[]", "")


def test_a_schema_s_name_is_checked(make_chat: MakeChat) -> None:
    with pytest.raises(UsageError, match="letters"):
        make_chat().ask([Message("user", "x")], SCHEMA, name="two words")


def test_thoughts_before_the_answer_are_not_the_answer(server: Server, make_chat: MakeChat) -> None:
    server.steps = [Step(body=chat_body(f'<think>maybe {{"facts": []}}?</think>\n{json.dumps(DATA)}'))]
    assert ask(make_chat()) == DATA
