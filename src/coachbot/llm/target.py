"""Which model to ask, where, and with what key: read from the settings once, shown without secrets."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

from pydantic import SecretStr

from coachbot.errors import UsageError
from coachbot.settings import Settings

OPENAI = "https://api.openai.com/v1"
SEE = "See docs/language-models.md"
_SECRETS = re.compile(r"(?i)(bearer\s+|api[-_]?key[\"'=:\s]+)[\w.~+/=-]{8,}|\bsk-[\w*-]{6,}")


@dataclass(frozen=True)
class Target:
    """A model on a server. Its repr and `where` hold no secret."""

    provider: str
    base_url: str
    model: str
    key: SecretStr | None
    timeout: float
    api_version: str | None = None

    @property
    def where(self) -> str:
        """The server's address, for people to read: without user, password and query."""
        parts = urlsplit(self.base_url)
        host = parts.netloc.rpartition("@")[2]
        return urlunsplit((parts.scheme, host, parts.path.rstrip("/"), "", "")) or self.provider

    @property
    def local(self) -> bool:
        """Whether the server runs on this machine, which no proxy leads to."""
        host = (urlsplit(self.base_url).hostname or "").casefold()
        return host in ("localhost", "::1") or host.startswith("127.")

    @property
    def hosted(self) -> bool:
        """Whether OpenAI or Azure serve it, where newer names of parameters are required."""
        host = (urlsplit(self.base_url).hostname or "").casefold()
        return host == "api.openai.com" or host.endswith((".openai.azure.com", ".azure.com"))

    def scrub(self, text: object) -> str:
        """One line of a server's words, without what may be a key."""
        line = " ".join(str(text).split())
        secret = self.key.get_secret_value() if self.key else ""
        if len(secret) >= 4:
            line = line.replace(secret, "***")
        password = urlsplit(self.base_url).password
        if password:
            line = line.replace(password, "***")
        return _SECRETS.sub(lambda m: f"{m[1] or ''}***", line)


def target_of(conf: Settings) -> Target:
    """The model that the settings name. UsageError that says what to set where one is missing."""
    provider = conf.llm_provider.strip()
    base = (conf.llm_base_url or "").strip()
    model = (conf.llm_model or "").strip()
    key = conf.llm_api_key if conf.llm_api_key and conf.llm_api_key.get_secret_value().strip() else None
    if not model:
        raise UsageError(
            "no language model is set: set COACHBOT_LLM_MODEL, with COACHBOT_LLM_BASE_URL for a server of "
            f"your own or COACHBOT_LLM_API_KEY for a hosted one. {SEE}"
        )
    if base and urlsplit(base).scheme not in ("http", "https"):
        raise UsageError(f"COACHBOT_LLM_BASE_URL: {base!r} does not begin with http:// or https://. {SEE}")
    if provider == "azure_openai" and not base:
        raise UsageError(f"azure_openai needs its endpoint: set COACHBOT_LLM_BASE_URL. {SEE}")
    if provider == "openai" and not base and key is None:
        raise UsageError(
            f"{model} needs a key: set COACHBOT_LLM_API_KEY, or COACHBOT_LLM_BASE_URL for a server of your "
            f"own. {SEE}"
        )
    return Target(
        provider=provider,
        base_url=base or (OPENAI if provider == "openai" else ""),
        model=model,
        key=SecretStr(key.get_secret_value().strip()) if key else None,
        timeout=conf.llm_timeout,
        api_version=conf.llm_api_version,
    )
