"""One request to a server's `/audio/transcriptions`, through the openai package."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit
from weakref import finalize

from pydantic import SecretStr

from coachbot.errors import BadRequestError, ModelError, ServerFailedError, UsageError
from coachbot.llm.failures import translate
from coachbot.llm.gate import turn
from coachbot.llm.target import OPENAI, Target
from coachbot.llm.wire import http_client
from coachbot.settings import Settings

SEE = "See docs/audio.md"


def speech_target(conf: Settings, model: str | None = None) -> Target:
    """The server and model that the settings name. UsageError that says what to set where one is missing."""
    name = (model or conf.transcribe_model or "").strip()
    base = (conf.transcribe_base_url or "").strip()
    key = conf.transcribe_api_key
    secret = key.get_secret_value().strip() if key else ""
    if not name:
        raise UsageError(
            "no hosted speech model is set: set COACHBOT_TRANSCRIBE_MODEL, with COACHBOT_TRANSCRIBE_BASE_URL "
            f"or COACHBOT_TRANSCRIBE_API_KEY. {SEE}"
        )
    if base and urlsplit(base).scheme not in ("http", "https"):
        raise UsageError(
            f"COACHBOT_TRANSCRIBE_BASE_URL: {base!r} does not begin with http:// or https://. {SEE}"
        )
    if not base and not secret:
        raise UsageError(
            f"{name} needs a key: set COACHBOT_TRANSCRIBE_API_KEY, or COACHBOT_TRANSCRIBE_BASE_URL for a "
            f"server of your own. {SEE}"
        )
    return Target(
        provider="openai",
        base_url=base or OPENAI,
        model=name,
        key=SecretStr(secret) if secret else None,
        timeout=conf.transcribe_timeout,
    )


class SpeechClient:
    """Sends sound and gets words. Nothing is loaded or connected before the first request."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self._client: Any = None

    def post(self, name: str, data: bytes, kind: str, fields: dict[str, Any]) -> dict[str, Any]:
        """The answer's JSON object. `fields` are the form's, without file and model.

        Raises a ModelError of its kinds in coachbot.errors; nothing is tried again here.
        """
        with turn("speech", self.target.timeout):
            return self._post(name, data, kind, fields)

    def _post(self, name: str, data: bytes, kind: str, fields: dict[str, Any]) -> dict[str, Any]:
        target = self.target
        try:
            answer = self._api().audio.transcriptions.with_raw_response.create(
                file=(name, data, kind), model=target.model, **fields
            )
            body = json.loads(answer.content)
        except ValueError as error:
            raise ServerFailedError(
                f"{target.where} did not answer in JSON; is COACHBOT_TRANSCRIBE_BASE_URL that of a speech "
                "server (it often ends in /v1)?"
            ) from error
        except Exception as error:
            raise self._translated(error) from error
        if not isinstance(body, dict):
            raise ServerFailedError(f"{target.where} answered with JSON that is no transcription")
        return body

    def close(self) -> None:
        """End the connections that are kept open."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def _api(self) -> Any:
        if self._client is None:
            import openai

            key = self.target.key
            self._client = openai.OpenAI(
                base_url=self.target.base_url,
                api_key=key.get_secret_value() if key else "none",
                timeout=self.target.timeout,
                max_retries=0,
                http_client=http_client(self.target.local),
            )
            finalize(self, self._client.close)  # connections that are kept open end with this object
        return self._client

    def _translated(self, error: Exception) -> Exception:
        if getattr(error, "status_code", None) == 413:
            return BadRequestError(
                f"{self.target.where} refuses the file as too large (413): lower COACHBOT_TRANSCRIBE_LIMIT_MB"
            )
        ours = translate(error, self.target, self.target.timeout)
        if isinstance(ours, ModelError):
            ours.args = (str(ours).replace("COACHBOT_LLM_", "COACHBOT_TRANSCRIBE_"),)
        return ours
