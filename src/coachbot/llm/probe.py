"""Whether the configured model can be reached. Nothing of a call is sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from coachbot.errors import CoachbotError
from coachbot.llm.model import AZURE_VERSION, COMPATIBLE
from coachbot.llm.target import Target, target_of
from coachbot.settings import Settings

TIMEOUT = 3.0  # seconds
SHOWN = 6


@dataclass(frozen=True)
class Probe:
    """What was found: `good` is None where there is nothing to check, False where a model will not answer."""

    good: bool | None
    text: str


def probe(conf: Settings) -> Probe:
    """Ask the server for the list of its models, for three seconds at most. Does not raise."""
    if not (conf.llm_model or conf.llm_base_url or conf.llm_api_key):
        return Probe(None, "none set (the engine `local` needs none); see docs/language-models.md")
    try:
        target = target_of(conf)
    except CoachbotError as error:
        return Probe(False, str(error))
    if target.provider not in COMPATIBLE:
        return Probe(None, f"{target.model} of {target.provider}; not checked")
    return _ask(target)


def _ask(target: Target) -> Probe:
    import httpx

    from coachbot.llm.failures import of_status

    base = target.base_url.rstrip("/")
    url, headers, query = f"{base}/models", {}, {}
    if target.provider == "azure_openai":
        url, query = f"{base}/openai/models", {"api-version": target.api_version or AZURE_VERSION}
    if target.key is not None:
        secret = target.key.get_secret_value()
        headers = (
            {"api-key": secret}
            if target.provider == "azure_openai"
            else {"Authorization": f"Bearer {secret}"}
        )
    local = target.local
    try:
        with httpx.Client(timeout=TIMEOUT, trust_env=not local, follow_redirects=True) as client:
            answer = client.get(url, headers=headers, params=query)
    except httpx.HTTPError as error:
        reason = target.scrub(error) or type(error).__name__
        return Probe(False, f"{target.where} does not answer ({reason}); is it running?")
    if answer.status_code in (401, 403):
        return Probe(False, str(of_status(answer.status_code, "", target, {})))
    if answer.status_code != 200:
        return Probe(None, f"{target.where} answers ({answer.status_code}), and lists no models")
    return _compare(target, answer)


def _compare(target: Target, answer: Any) -> Probe:
    try:
        names = [str(m["id"]) for m in answer.json()["data"]]
    except (ValueError, KeyError, TypeError):
        return Probe(False, f"{target.where} is no model server; its address often ends in /v1")
    if target.provider == "azure_openai":  # lists models, and is asked for deployments
        return Probe(True, f"{target.model} at {target.where}")
    if target.model in names or f"{target.model}:latest" in names:
        return Probe(True, f"{target.model} at {target.where}")
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    known = f"{', '.join(names[:SHOWN])}{more}" if names else "none"
    return Probe(None, f"{target.where} answers, and does not list {target.model}; it lists {known}")
