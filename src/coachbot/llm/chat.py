"""Asking a model: structured output in the way its server can do it, retries, budget, usage, redaction."""

from __future__ import annotations

import random
import re
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from threading import Lock
from typing import Any

from coachbot.errors import (
    BadRequestError,
    BudgetError,
    EmptyAnswerError,
    ModelError,
    NoSuchModelError,
    ServerFailedError,
    TimedOutError,
    TooLongError,
    TruncatedError,
    UnreachableError,
    UsageError,
    WrongShapeError,
)
from coachbot.llm.answers import parse
from coachbot.llm.fit import fit
from coachbot.llm.gate import turn
from coachbot.llm.ledger import Budget, Entry, Ledger
from coachbot.llm.model import Model, Reply, Request, is_strict
from coachbot.llm.prices import Price, find_price
from coachbot.llm.redact import Redactor
from coachbot.llm.target import Target, target_of
from coachbot.llm.tokens import estimate_tokens
from coachbot.llm.traits import Memory
from coachbot.llm.types import Answer, Chat, Message, Usage
from coachbot.settings import Settings, settings

ASSUMED_OUT = 4096  # tokens of an answer without a limit, for budgets
FIRST_WAIT, LONGEST_WAIT = 1.0, 30.0  # seconds before a retry, growing by two
MOST_ASKED_WAIT = 120.0  # seconds of a server's Retry-After that are waited for
REMEMBERED_CALLS = 32
MAY_BE_BILLED = (TimedOutError, TooLongError, UnreachableError)
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")

_sleep = time.sleep
_clock = time.monotonic


def get_chat(conf: Settings | None = None) -> Chat:
    """The language model that the settings name. Nothing is loaded or sent before the first question.

    Raises:
        UsageError: no model is set, or not all that it needs; says what to set.
    """
    return ModelChat(conf or settings())


class ModelChat:
    """A chat with the model of the settings; see `coachbot.llm.Chat`. Threads may share one."""

    def __init__(self, conf: Settings) -> None:
        self.target: Target = target_of(conf)
        self._conf = conf
        self._model = Model(self.target)
        self._memory = Memory(conf.home)
        self._price: Price | None = find_price(self.target.model, self.target.base_url, conf.home)
        self._ledger = Ledger(
            conf.home,
            Budget(
                call=conf.llm_budget_call,
                day=conf.llm_budget_day,
                call_tokens=conf.llm_budget_call_tokens,
                day_tokens=conf.llm_budget_day_tokens,
            ),
        )
        self._redactors: OrderedDict[str, Redactor] = OrderedDict()
        self._lock = Lock()
        if conf.llm_redact:
            Redactor(conf.llm_redact_patterns)  # a bad pattern shows now

    @property
    def model(self) -> str:
        """The model's name."""
        return self.target.model

    @property
    def context(self) -> int:
        """How many tokens it can read and write together."""
        return self._conf.llm_context

    def ask(
        self,
        messages: Sequence[Message],
        schema: dict[str, Any],
        *,
        name: str,
        temperature: float | None = None,
        max_tokens: int | None = None,
        task: str = "extract",
        call: str | None = None,
    ) -> Answer:
        """See `coachbot.llm.Chat.ask`."""
        if not _NAME.fullmatch(name):
            raise UsageError(f"the name {name!r} of a schema takes letters, digits, _ and - only")
        redactor = self._redactor(call)
        sent = (
            tuple(Message(m.role, redactor.hide(m.content)) for m in messages)
            if redactor
            else tuple(messages)
        )
        request = Request(sent, schema, name, temperature, max_tokens)
        question = _Question(self, request, task=task, call=call)
        try:
            answer = question.answered()
        except TruncatedError as error:
            if redactor is not None and error.answer is not None:
                error.answer = replace(error.answer, data=redactor.restore(error.answer.data))
            raise
        return replace(answer, data=redactor.restore(answer.data)) if redactor else answer

    def _redactor(self, call: str | None) -> Redactor | None:
        """The redactor of a call; kept, so that a second question about it uses the same placeholders."""
        if not self._conf.llm_redact:
            return None
        if call is None:
            return Redactor(self._conf.llm_redact_patterns)
        with self._lock:
            redactor = self._redactors.setdefault(call, Redactor(self._conf.llm_redact_patterns))
            self._redactors.move_to_end(call)
            while len(self._redactors) > REMEMBERED_CALLS:
                self._redactors.popitem(last=False)
        return redactor


@dataclass(frozen=True)
class _Tried:
    """One attempt: an answer, or why there is none; and whether the server seems to ignore the mode."""

    answer: Answer | None = None
    error: ModelError | None = None
    ignored: bool = False


class _Question:
    """One call of `ask`: its attempts, and what they took together."""

    def __init__(self, chat: ModelChat, request: Request, *, task: str, call: str | None) -> None:
        self.chat = chat
        self.request = request
        self.task = task
        self.call = call
        self.spent = Usage()
        self.end = _clock() + max(chat._conf.llm_deadline, chat._conf.llm_timeout)
        self.known = chat._memory.recall(chat.target)
        self.traits = self.known
        self.learnt = self.known  # what is remembered when it has worked

    def answered(self) -> Answer:
        """The answer, after as many attempts as the settings allow."""
        retries = self.chat._conf.llm_retries
        for attempt in range(retries + 1):
            tried = self._attempt()
            if tried.answer is not None:
                if self.learnt != self.known:
                    self.chat._memory.keep(self.chat.target, self.learnt)
                return replace(tried.answer, usage=self.spent)
            error = tried.error or EmptyAnswerError("no answer")
            wait = _pause(attempt, error)
            if not error.retryable or attempt == retries or _clock() + wait >= self.end:
                raise self._final(error)
            if isinstance(error, WrongShapeError):
                self._ask_plainly(error, tried.ignored)
            else:
                _sleep(wait)
        raise AssertionError("unreachable")

    def _final(self, error: ModelError) -> ModelError:
        error.usage = self.spent
        error.__cause__ = error.__context__ = None  # what was said or sent stays out of tracebacks
        if error.answer is not None:
            error.answer = replace(error.answer, usage=self.spent)
        return error

    def _ask_plainly(self, error: WrongShapeError, ignored: bool) -> None:
        """Ask again in words, with the schema among them; where that was done, say what was wrong."""
        if self.traits.mode != "text":
            self.traits = replace(self.traits, mode="text")
            if ignored:
                self.learnt = self.traits
            return
        *before, last = self.request.messages
        hint = f"\n\nAn earlier answer could not be used: {error.detail[:200]}. Answer in the form asked for."
        if "\n\nAn earlier answer could not be used:" not in last.content:
            self.request = replace(self.request, messages=(*before, Message(last.role, last.content + hint)))

    def _attempt(self) -> _Tried:
        """One request; more only where the server refuses the way in which it was asked."""
        while True:
            tried = self._send()
            if not isinstance(tried.error, (BadRequestError, NoSuchModelError, ServerFailedError)):
                return tried
            other = self.traits.without(tried.error, self.request.parameters())
            if other is None or other == self.traits:
                return tried
            self.traits = self.learnt = other

    def _send(self) -> _Tried:
        """One HTTP request, when it is its turn. Waiting for that takes nothing from the question's time."""
        waiting = _clock()
        with turn("llm", self.chat.target.timeout):
            self.end += _clock() - waiting
            return self._send_now()

    def _send_now(self) -> _Tried:
        """Entered in the ledger before and settled after. Raises BudgetError."""
        chat, price = self.chat, self.chat._price
        try:
            row = chat._ledger.open(self._entry())
        except BudgetError as error:
            error.usage = self.spent
            raise
        start = _clock()
        timeout = max(0.1, min(chat.target.timeout, self.end - start))
        try:
            reply = chat._model.send(self.request, self.traits, timeout)
        except ModelError as error:
            billed = error.sent and isinstance(error, MAY_BE_BILLED)
            usage = Usage(
                requests=1,
                seconds=_clock() - start,
                cost=0.0 if price and not billed else None,
                currency=price.currency if price and not billed else None,
            )
            tried = _Tried(error=error)
        except BaseException:
            chat._ledger.settle(row, "stopped", Usage(requests=1, seconds=_clock() - start), unknown=True)
            raise
        else:
            billed = False
            usage = _usage(reply, self.request, price, _clock() - start)
            tried = self._read(reply)
        self.spent += usage
        chat._ledger.settle(row, tried.error.kind if tried.error else "ok", usage, unknown=billed)
        return tried

    def _entry(self) -> Entry:
        """The most that the next request could take."""
        chat, price = self.chat, self.chat._price
        most_in = estimate_tokens(self.request.messages) + estimate_tokens(str(self.request.schema))
        most_out = self.request.max_tokens or ASSUMED_OUT
        return Entry(
            server=chat.target.where,
            model=chat.model,
            task=self.task,
            call=self.call,
            tokens=most_in + most_out,
            cost=price.of(most_in, 0, most_out) if price else None,
            currency=price.currency if price else None,
        )

    def _read(self, reply: Reply) -> _Tried:
        model = self.chat.model
        if not reply.text.strip():
            if reply.broke_off:
                return _Tried(error=TruncatedError(f"{model} used up its tokens before it began to answer"))
            return _Tried(error=EmptyAnswerError(f"{model} sent an empty answer"))
        parsed = parse(reply.text)
        if parsed is None and reply.broke_off:
            return _Tried(error=self._truncated(reply, None))
        if parsed is not None and parsed.data is None:
            return _Tried(error=self._truncated(reply, None))
        if parsed is None:
            wrong = WrongShapeError(f"{model} did not answer in JSON", detail="it is not JSON")
            return _Tried(error=wrong, ignored=True)
        try:
            data, repairs = fit(parsed.data, self.request.schema)
        except WrongShapeError as error:
            if reply.broke_off or not parsed.whole:
                return _Tried(error=self._truncated(reply, None))
            # a server that enforces a closed schema cannot send this
            ignored = self.traits.mode == "json_schema" and is_strict(self.request.schema)
            return _Tried(error=error, ignored=ignored)
        answer = Answer(data=data, usage=self.spent, text=reply.text, repairs=repairs)
        if not parsed.whole:
            return _Tried(error=self._truncated(reply, answer))
        return _Tried(answer=answer)

    def _truncated(self, reply: Reply, answer: Answer | None) -> TruncatedError:
        error = TruncatedError(
            f"the answer of {self.chat.model} broke off: give it more tokens (COACHBOT_LLM_CONTEXT, and the "
            "server's own limits), or a shorter call"
        )
        error.answer = answer
        error.retryable = not reply.broke_off  # a limit of tokens would be met again
        return error


def _pause(attempt: int, error: ModelError) -> float:
    """Seconds before the next attempt: what the server asks for, else backoff with full jitter."""
    if error.retry_after is not None:
        if error.retry_after > MOST_ASKED_WAIT:
            return float("inf")
        return error.retry_after + random.uniform(0, 0.1)
    return random.uniform(0.1, min(LONGEST_WAIT, FIRST_WAIT * 2**attempt))


def _usage(reply: Reply, request: Request, price: Price | None, seconds: float) -> Usage:
    """What a request took. A server that counts no tokens gets our own estimate."""
    tokens_in = reply.tokens_in if reply.tokens_in is not None else estimate_tokens(request.messages)
    tokens_out = reply.tokens_out if reply.tokens_out is not None else estimate_tokens(reply.text)
    cached = min(reply.tokens_cached, tokens_in)
    return Usage(
        requests=1,
        tokens_in=tokens_in,
        tokens_cached=cached,
        tokens_out=tokens_out,
        cost=price.of(tokens_in, cached, tokens_out) if price else None,
        currency=price.currency if price else None,
        seconds=seconds,
    )
