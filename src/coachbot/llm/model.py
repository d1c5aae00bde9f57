"""One request to a model and its raw reply. The only module that imports langchain and openai's clients."""

from __future__ import annotations

import json
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Any
from weakref import finalize

from coachbot.errors import ModelError, RefusedError, UsageError
from coachbot.llm.failures import of_body, translate
from coachbot.llm.target import SEE, Target
from coachbot.llm.traits import Traits
from coachbot.llm.types import Message
from coachbot.llm.wire import http_client

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import AIMessage, BaseMessage

COMPATIBLE = ("openai", "azure_openai")
AZURE_VERSION = "2024-10-21"  # the newest that is not a preview and has json_schema
TEXT_FORM = (
    "Answer with one JSON object and nothing else: no prose, no code fence. It has to be valid under this "
    "JSON Schema:\n"
)


@dataclass(frozen=True)
class Reply:
    """What came back: the text (the arguments' JSON in `tools` mode), and the tokens that were counted.

    `broke_off`: the server stopped at a limit of tokens. Tokens are None where the server counts none.
    """

    text: str
    broke_off: bool = False
    tokens_in: int | None = None
    tokens_cached: int = 0
    tokens_out: int | None = None


@dataclass(frozen=True)
class Request:
    """A question, in full."""

    messages: tuple[Message, ...]
    schema: dict[str, Any]
    name: str
    temperature: float | None
    max_tokens: int | None

    def parameters(self) -> set[str]:
        """The optional parameters that it carries."""
        given = {"temperature": self.temperature, "max_tokens": self.max_tokens}
        return {name for name, value in given.items() if value is not None}


class Model:
    """A model behind LangChain, made when it is first asked."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self._chat: BaseChatModel | None = None
        self._lock = Lock()

    def send(self, request: Request, traits: Traits, timeout: float) -> Reply:
        """One HTTP request. ModelError where no reply came; no cause is attached, it could hold a key."""
        failure: ModelError | UsageError
        try:
            return self._send(request, traits, timeout)
        except (ModelError, UsageError) as error:
            failure = error
        except Exception as error:
            failure = self._failed(error, timeout)
        failure.__context__ = failure.__cause__ = None
        raise failure

    def _failed(self, error: Exception, timeout: float) -> ModelError | UsageError:
        if type(error).__name__ == "ContentFilterFinishReasonError":
            return RefusedError(f"a content filter stopped the answer of {self.target.model}")
        if (body := _error_inside(error)) is not None:
            return of_body(body, self.target)
        return translate(error, self.target, timeout)

    def _send(self, request: Request, traits: Traits, timeout: float) -> Reply:
        from langsmith import tracing_context

        with tracing_context(enabled=False):  # what is said in a call goes to the model's server only
            if self.target.provider not in COMPATIBLE:
                return self._other(request)
            options = self._options(request, traits)
            try:
                message = self.chat.invoke(_messages(request, traits), timeout=timeout, **options)
            except Exception as error:
                reply = _broken_off(error)
                if reply is None:
                    raise
                return reply
        return _reply(message, self.target)

    def _options(self, request: Request, traits: Traits) -> dict[str, Any]:
        options: dict[str, Any] = {}
        if request.temperature is not None and traits.temperature:
            options["temperature"] = request.temperature
        if request.max_tokens is not None and traits.limit == "max_completion_tokens":
            options["max_tokens"] = request.max_tokens  # LangChain sends it under the newer name
        elif request.max_tokens is not None and traits.limit == "max_tokens":
            options["extra_body"] = {"max_tokens": request.max_tokens}
        if traits.mode == "json_schema":
            form = {"name": request.name, "schema": request.schema, "strict": is_strict(request.schema)}
            options["response_format"] = {"type": "json_schema", "json_schema": form}
        elif traits.mode == "tools":
            function = {
                "name": request.name, "description": "Give the answer.", "parameters": request.schema,
            }  # fmt: skip
            options["tools"] = [{"type": "function", "function": function}]
            options["tool_choice"] = {"type": "function", "function": {"name": request.name}}
        return options

    def _other(self, request: Request) -> Reply:
        """A provider that LangChain knows: structured output in whatever way it does it."""
        from langchain_core.runnables import RunnableConfig

        schema = {"title": request.name, "description": "The answer.", **request.schema}
        chat = self.chat.with_structured_output(schema, include_raw=True)
        out = chat.invoke(_lc_messages(request.messages), RunnableConfig())
        raw = out["raw"] if isinstance(out, dict) else None
        if raw is None:
            raise ValueError("no raw message")
        reply = _reply(raw, self.target)
        parsed = out["parsed"] if isinstance(out, dict) else None
        if isinstance(parsed, dict):
            return Reply(
                json.dumps(parsed), reply.broke_off, reply.tokens_in, reply.tokens_cached, reply.tokens_out
            )
        return reply

    @property
    def chat(self) -> BaseChatModel:
        """LangChain's model."""
        with self._lock:
            if self._chat is None:
                client = http_client(self.target.local) if self.target.provider in COMPATIBLE else None
                self._chat = _make(self.target, client)
                if client is not None:  # connections that are kept open end with this object
                    finalize(self, client.close)
            return self._chat


def is_strict(schema: Any) -> bool:
    """Whether a schema is of the kind that OpenAI enforces: closed objects, every property required."""
    if isinstance(schema, list):
        return all(map(is_strict, schema))
    if not isinstance(schema, dict):
        return True
    properties = schema.get("properties")
    if schema.get("type") == "object" or properties is not None:
        if schema.get("additionalProperties") is not False:
            return False
        if set(properties or {}) != set(schema.get("required", ())):
            return False
    return all(is_strict(v) for k, v in schema.items() if k not in ("enum", "const", "default", "examples"))


def _make(target: Target, client: Any) -> BaseChatModel:
    from pydantic import SecretStr

    # LangChain's advice for its own users, where a server refuses a schema; another way is tried then
    warnings.filterwarnings("ignore", "(This model does not support|Invalid schema for) OpenAI's structured")

    key = target.key or SecretStr("not-needed")
    if target.provider == "openai":
        from langchain_openai import ChatOpenAI

        return ChatOpenAI(
            model=target.model, base_url=target.base_url, api_key=key, max_retries=0, cache=False,
            use_responses_api=False, http_client=client, stream_usage=False,
        )  # fmt: skip
    if target.provider == "azure_openai":
        from langchain_openai import AzureChatOpenAI

        return AzureChatOpenAI(
            azure_deployment=target.model, model=target.model, azure_endpoint=target.base_url,
            api_version=target.api_version or AZURE_VERSION, api_key=target.key, max_retries=0, cache=False,
            use_responses_api=False, http_client=client,
        )  # fmt: skip
    return _other_provider(target)


def _other_provider(target: Target) -> BaseChatModel:
    from langchain.chat_models import init_chat_model

    options: dict[str, Any] = {"timeout": target.timeout, "max_retries": 0}
    if target.key is not None:
        options["api_key"] = target.key.get_secret_value()
    if target.base_url:
        options["base_url"] = target.base_url
    try:
        chat: BaseChatModel = init_chat_model(target.model, model_provider=target.provider, **options)
    except ImportError as error:
        raise UsageError(
            f"the provider {target.provider!r} needs one more package: {target.scrub(error)}. {SEE}"
        ) from None
    except Exception as error:
        raise UsageError(
            f"{target.model} of {target.provider!r} cannot be used: {target.scrub(error)[:200]}. {SEE}"
        ) from None
    return chat


def _messages(request: Request, traits: Traits) -> list[BaseMessage]:
    messages = list(request.messages)
    if traits.mode == "text":
        form = f"{TEXT_FORM}{json.dumps(request.schema, ensure_ascii=False, separators=(',', ':'))}"
        if messages and messages[0].role == "system":
            messages[0] = Message("system", f"{messages[0].content}\n\n{form}")
        else:
            messages.insert(0, Message("system", form))
    return _lc_messages(messages)


def _lc_messages(messages: Sequence[Message]) -> list[BaseMessage]:
    from langchain_core.messages import AIMessage, HumanMessage, SystemMessage

    kinds: dict[str, type[BaseMessage]] = {
        "system": SystemMessage, "user": HumanMessage, "assistant": AIMessage,
    }  # fmt: skip
    return [kinds[m.role](content=m.content) for m in messages]


def _reply(message: AIMessage, target: Target) -> Reply:
    if message.additional_kwargs.get("refusal"):
        raise RefusedError(f"{target.model} declined to answer")
    finish = message.response_metadata.get("finish_reason") or message.response_metadata.get("stop_reason")
    if finish == "content_filter":
        raise RefusedError(f"a content filter stopped the answer of {target.model}")
    text = str(message.text)
    if message.tool_calls:
        text = json.dumps(message.tool_calls[0]["args"])
    elif message.invalid_tool_calls:
        text = message.invalid_tool_calls[0]["args"] or text
    usage = message.usage_metadata
    details = usage.get("input_token_details") if usage else None
    return Reply(
        text=text,
        broke_off=finish in ("length", "max_tokens", "MAX_TOKENS"),
        tokens_in=usage["input_tokens"] if usage else None,
        tokens_cached=(details.get("cache_read") or 0) if details else 0,
        tokens_out=usage["output_tokens"] if usage else None,
    )


def _error_inside(error: Exception) -> Any:
    """The error that a server put into an answer with status 200; None where there is none."""
    if type(error) is ValueError and error.args and isinstance(error.args[0], dict):
        return error.args[0]
    response = getattr(error, "response", None)
    if response is None or response.status_code != 200:
        return None
    try:
        body = response.json()
    except ValueError:
        return None
    return body["error"] if isinstance(body, dict) and body.get("error") else None


def _broken_off(error: Exception) -> Reply | None:
    """The reply inside the error that openai raises for an answer that reached its limit."""
    completion = getattr(error, "completion", None)
    if type(error).__name__ != "LengthFinishReasonError" or completion is None:
        return None
    usage = completion.usage
    details = usage.prompt_tokens_details if usage else None
    return Reply(
        text=completion.choices[0].message.content or "",
        broke_off=True,
        tokens_in=usage.prompt_tokens if usage else None,
        tokens_cached=(details.cached_tokens or 0) if details else 0,
        tokens_out=usage.completion_tokens if usage else None,
    )
