"""A question that a model answers with tools: LangChain's agent, within the budget and the redaction."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from coachbot.errors import CoachbotError, UsageError
from coachbot.llm.gate import turn
from coachbot.llm.ledger import Budget, Entry, Ledger
from coachbot.llm.model import Model, _lc_messages, _reply
from coachbot.llm.prices import Price, find_price
from coachbot.llm.redact import Redactor
from coachbot.llm.target import Target, target_of
from coachbot.llm.tokens import estimate_tokens
from coachbot.llm.types import Message, Usage
from coachbot.settings import Settings, settings

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

MOST_REQUESTS = 8
ASSUMED_OUT = 2048


@dataclass(frozen=True)
class Tool:
    """Something that the model may call. `schema` is the JSON Schema of its arguments, an object.

    `run` takes the arguments by name and gives text; what it raises as UsageError is told to the model.
    """

    name: str
    description: str
    schema: dict[str, Any]
    run: Callable[..., str]


@dataclass(frozen=True)
class AgentAnswer:
    """What the model said at last, which tools it called with what, and what it all took."""

    text: str
    calls: tuple[tuple[str, dict[str, Any]], ...]
    usage: Usage


def run_agent(
    messages: Sequence[Message],
    tools: Sequence[Tool],
    *,
    conf: Settings | None = None,
    task: str = "ask",
    most_requests: int = MOST_REQUESTS,
    chat: BaseChatModel | None = None,
) -> AgentAnswer:
    """Let the model of the settings answer, calling tools as it needs, at most `most_requests` requests.

    Each request is entered in the ledger before it is sent. Nothing is traced anywhere. `chat` stands in
    for the settings' model (tests). Raises UsageError where no model is set, ModelError where it fails
    (BudgetError before anything is spent).
    """
    run = _Run(conf or settings(), task, most_requests, chat)
    return run.answered(messages, tools)


class _Run:
    """One question: its model, its ledger, what was called and spent."""

    def __init__(self, conf: Settings, task: str, most: int, chat: BaseChatModel | None) -> None:
        self._conf, self._task, self._most = conf, task, most
        self._target: Target = target_of(conf)
        self._model = Model(self._target)
        self._chat = chat or self._model.chat
        self._price: Price | None = find_price(self._target.model, self._target.base_url, conf.home)
        self._ledger = Ledger(
            conf.home,
            Budget(
                call=conf.llm_budget_call, day=conf.llm_budget_day,
                call_tokens=conf.llm_budget_call_tokens, day_tokens=conf.llm_budget_day_tokens,
            ),
        )  # fmt: skip
        self._redactor = Redactor(conf.llm_redact_patterns) if conf.llm_redact else None
        self._calls: list[tuple[str, dict[str, Any]]] = []
        self._spent = Usage()
        self._requests = 0

    def answered(self, messages: Sequence[Message], tools: Sequence[Tool]) -> AgentAnswer:
        """See `run_agent`."""
        from langchain.agents import create_agent
        from langchain_core.runnables import RunnableConfig
        from langsmith import tracing_context

        hidden = [replace(m, content=self._hide(m.content)) for m in messages]
        system = next((m.content for m in hidden if m.role == "system"), None)
        agent = create_agent(
            self._chat, [self._as_tool(t) for t in tools], system_prompt=system, middleware=[self._guard()]
        )
        rest = _lc_messages([m for m in hidden if m.role != "system"])
        failure: CoachbotError
        try:
            with tracing_context(enabled=False):
                limit = RunnableConfig(recursion_limit=4 * self._most + 4)
                asked: Any = {"messages": rest}
                out = agent.invoke(asked, limit)
        except CoachbotError as error:
            failure = error
        except Exception as error:
            failure = self._model._failed(error, self._target.timeout)
        else:
            text = str(out["messages"][-1].text)
            if self._redactor is not None:
                text = str(self._redactor.restore({"text": text})["text"])
            return AgentAnswer(text=text, calls=tuple(self._calls), usage=self._spent)
        failure.__context__ = failure.__cause__ = None  # a cause could hold what was sent, or a key
        raise failure

    def _hide(self, text: str) -> str:
        return self._redactor.hide(text) if self._redactor is not None else text

    def _as_tool(self, tool: Tool) -> Any:
        from langchain_core.tools import StructuredTool

        def run(**arguments: Any) -> str:
            given = self._redactor.restore(arguments) if self._redactor is not None else arguments
            self._calls.append((tool.name, dict(given)))
            try:
                return self._hide(tool.run(**given))
            except (UsageError, TypeError) as error:
                return f"That cannot be done: {error}"

        return StructuredTool.from_function(
            func=run,
            name=tool.name,
            description=tool.description,
            args_schema=tool.schema,
            infer_schema=False,
        )

    def _guard(self) -> Any:
        """Each request passes here: entered before, settled after, stopped when there were enough."""
        from langchain.agents.middleware import AgentMiddleware

        run = self

        class Guard(AgentMiddleware[Any, Any]):
            def wrap_model_call(self, request: Any, handler: Any) -> Any:
                with turn("llm", run._target.timeout):
                    return run._request(request, handler)

        return Guard()

    def _request(self, request: Any, handler: Callable[[Any], Any]) -> Any:
        self._requests += 1
        if self._requests >= self._most:  # the last one has to answer
            request = request.override(tools=[])
        sent = " ".join(str(m.content) for m in request.messages)
        tokens = estimate_tokens(sent)
        cost = self._price.of(tokens, 0, ASSUMED_OUT) if self._price else None
        row = self._ledger.open(
            Entry(
                server=self._target.where, model=self._target.model, task=self._task, call=None,
                tokens=tokens + ASSUMED_OUT, cost=cost,
                currency=self._price.currency if self._price else None,
            )
        )  # fmt: skip
        start = time.monotonic()
        try:
            answer = handler(request)
        except BaseException:
            self._ledger.settle(
                row, "failed", Usage(requests=1, seconds=time.monotonic() - start), unknown=True
            )
            raise
        usage = self._usage(answer, tokens, time.monotonic() - start)
        self._spent += usage
        self._ledger.settle(row, "ok", usage, unknown=False)
        return answer

    def _usage(self, answer: Any, tokens: int, seconds: float) -> Usage:
        messages = getattr(answer, "result", None) or [answer]
        reply = _reply(messages[-1], self._target)
        into = reply.tokens_in if reply.tokens_in is not None else tokens
        out = reply.tokens_out if reply.tokens_out is not None else estimate_tokens(reply.text)
        cost = self._price.of(into, reply.tokens_cached, out) if self._price else None
        return Usage(
            requests=1, tokens_in=into, tokens_cached=reply.tokens_cached, tokens_out=out, cost=cost,
            currency=self._price.currency if self._price else None, seconds=seconds,
        )  # fmt: skip
