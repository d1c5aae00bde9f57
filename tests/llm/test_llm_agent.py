"""The agent: tools are called, requests are entered and settled, and it stops."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult

from coachbot.errors import BudgetError, UsageError
from coachbot.llm import Message, Tool, run_agent
from coachbot.settings import Settings

MESSAGES = (Message("system", "Use the tools."), Message("user", "How many are there?"))


class Scripted(BaseChatModel):
    """Says one message after the other, and keeps what it was sent."""

    script: list[AIMessage]
    seen: list[list[BaseMessage]] = []  # noqa: RUF012  (LangChain's models copy it)

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def bind_tools(self, tools: Sequence[Any], **more: Any) -> Any:
        return self

    def _generate(
        self, messages: list[BaseMessage], stop: Any = None, run_manager: Any = None, **more: Any
    ) -> ChatResult:
        self.seen.append(messages)
        return ChatResult(
            generations=[ChatGeneration(message=self.script[min(len(self.seen), len(self.script)) - 1])]
        )


def wants(name: str, **arguments: Any) -> AIMessage:
    return AIMessage(
        content="", tool_calls=[{"name": name, "args": arguments, "id": "1", "type": "tool_call"}]
    )


@pytest.fixture
def conf(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path, llm_model="m", llm_base_url="http://127.0.0.1:9/v1")


def a_tool(said: list[str]) -> Tool:
    def run(kind: str) -> str:
        if kind == "bad":
            raise UsageError("there is no such kind")
        said.append(kind)
        return "3 apples of anna@example.com"

    schema = {"type": "object", "properties": {"kind": {"type": "string"}}, "required": ["kind"]}
    return Tool("count", "Counts.", schema, run)


def test_tools_are_called_and_what_it_took_is_booked(conf: Settings, tmp_path: Path) -> None:
    said: list[str] = []
    chat = Scripted(script=[wants("count", kind="apples"), AIMessage(content="Three.")], seen=[])
    found = run_agent(MESSAGES, [a_tool(said)], conf=conf, chat=chat)
    assert (found.text, found.calls, said) == ("Three.", (("count", {"kind": "apples"}),), ["apples"])
    assert found.usage.requests == 2
    assert chat.seen[0][0].content == "Use the tools."
    with sqlite3.connect(tmp_path / "usage.db") as db:
        rows = db.execute("select task, outcome from requests").fetchall()
    db.close()
    assert rows == [("ask", "ok"), ("ask", "ok")]


def test_a_tool_that_refuses_tells_the_model(conf: Settings) -> None:
    chat = Scripted(script=[wants("count", kind="bad"), AIMessage(content="Sorry.")], seen=[])
    assert run_agent(MESSAGES, [a_tool([])], conf=conf, chat=chat).text == "Sorry."
    assert chat.seen[1][-1].content == "That cannot be done: there is no such kind"


def test_what_tools_give_is_redacted_before_it_is_sent(conf: Settings) -> None:
    chat = Scripted(script=[wants("count", kind="apples"), AIMessage(content="Three.")], seen=[])
    run_agent(MESSAGES, [a_tool([])], conf=conf.model_copy(update={"llm_redact": True}), chat=chat)
    assert "anna@example.com" not in str(chat.seen)


def test_a_budget_stops_it_before_anything_is_sent(conf: Settings) -> None:
    chat = Scripted(script=[AIMessage(content="Three.")], seen=[])
    with pytest.raises(BudgetError):
        run_agent(MESSAGES, [], conf=conf.model_copy(update={"llm_budget_day_tokens": 10}), chat=chat)
    assert chat.seen == []


def test_without_a_model_it_says_what_to_set(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no language model is set"):
        run_agent(MESSAGES, [], conf=Settings(home=tmp_path))
