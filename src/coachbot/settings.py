"""One frozen settings object, from `COACHBOT_*` variables and `coachbot.toml`."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from coachbot.errors import UsageError


class Settings(BaseSettings):
    """What can be set. Variables win over `coachbot.toml` in the current folder."""

    model_config = SettingsConfigDict(
        env_prefix="COACHBOT_", toml_file="coachbot.toml", frozen=True, extra="forbid"
    )

    home: Path = Field(
        default_factory=lambda: Path.home() / ".coachbot",
        description="Your workspace: own playbooks and prompts, and what coachbot caches",
    )
    playbook: str = Field(default="b2b-saas", description="The playbook to use: an id, or a path")
    engine: str = Field(
        default="local",
        description="The engine to use: `local`, or `llm` for a language model",
    )
    summary_language: str = Field(
        default="", description="Language of the summaries of `llm`, such as `German`; empty: the call's own"
    )
    threads: int = Field(
        default=0,
        ge=0,
        description="Threads for the encoder and the speech model; 0: one per core",
    )
    processes: int = Field(default=0, ge=0, description="Processes for a folder of calls; 0: one per core")
    whisper_model: str = Field(
        default="small",
        description="The speech model: a name (see `coachbot models list`), a folder, or a hub id",
    )
    transcribe_device: str = Field(
        default="auto", description="Where speech is recognised: `auto`, `cpu` or `cuda`"
    )
    transcribe_compute: str = Field(
        default="auto",
        description="Its arithmetic: `auto` (float16 on a GPU, else int8) or a CTranslate2 type",
    )
    transcribe_batch: int = Field(
        default=8,
        ge=1,
        le=64,
        description="Windows of 30 seconds recognised at a time; fewer take less memory",
    )
    transcribe_language: str | None = Field(
        default=None,
        description="Language of the calls, such as `en`; none: found out, also where it changes",
    )
    diarization_model: str | None = Field(
        default=None,
        description="pyannote's pipeline for `--diarize`: a hub id or a folder; none: its newest open one",
    )
    transcribe_model: str | None = Field(
        default=None,
        description="A speech model on a server, such as `whisper-1`; none: the one of `whisper_model`, here",
    )
    transcribe_base_url: str | None = Field(
        default=None,
        description="Address of the speech server, such as `http://localhost:8000/v1`; none: OpenAI's",
    )
    transcribe_api_key: SecretStr | None = Field(default=None, description="Key of the speech server")
    transcribe_timeout: float = Field(
        default=300, gt=0, description="Seconds a request to the speech server may take"
    )
    transcribe_limit_mb: float = Field(
        default=25, ge=0.1, description="Megabytes of the largest file that the speech server takes"
    )
    transcribe_concurrency: int = Field(
        default=4,
        ge=1,
        description="Requests to the speech server at a time, of all processes of a workspace together",
    )
    transcribe_per_minute: int | None = Field(
        default=None, ge=1, description="The most requests to it a minute, of all processes together"
    )
    llm_base_url: str | None = Field(
        default=None,
        description="Address of the language model's server, such as `http://localhost:11434/v1`",
    )
    llm_api_key: SecretStr | None = Field(
        default=None, description="Key of that server; a server of your own may need none"
    )
    llm_model: str | None = Field(default=None, description="Name of the model, as the server calls it")
    llm_timeout: float = Field(default=120, gt=0, description="Seconds a request to the model may take")
    llm_provider: str = Field(
        default="openai",
        description="`openai` (and servers that speak like it), `azure_openai`, or another of LangChain's",
    )
    llm_api_version: str | None = Field(default=None, description="Azure's API version, for `azure_openai`")
    llm_context: int = Field(default=128_000, ge=2048, description="Tokens the model can read and write")
    llm_retries: int = Field(default=2, ge=0, le=10, description="How often a failed request is tried again")
    llm_deadline: float = Field(
        default=600, gt=0, description="Seconds one question may take with all retries and waits"
    )
    llm_budget_call: float | None = Field(default=None, gt=0, description="The most one call may cost a day")
    llm_budget_day: float | None = Field(default=None, gt=0, description="The most a day (UTC) may cost")
    llm_budget_call_tokens: int | None = Field(
        default=None, gt=0, description="The most tokens for one call a day, whatever their price"
    )
    llm_budget_day_tokens: int | None = Field(
        default=None, gt=0, description="The most tokens a day (UTC), whatever their price"
    )
    llm_redact: bool = Field(
        default=False, description="Hide e-mail addresses, phone, card and identity numbers from the model"
    )
    llm_redact_patterns: tuple[str, ...] = Field(
        default=(), description="More to hide: regular expressions (a JSON list in the variable)"
    )

    chroma_url: str | None = Field(
        default=None,
        description="Chroma server that keeps the search's vectors, such as `http://localhost:8000`; "
        "none: in the workspace",
    )
    database_url: SecretStr | None = Field(
        default=None,
        description="PostgreSQL to use, `postgresql://user:password@host/name`; none: SQLite in `home`",
    )
    database_wait: float = Field(
        default=10, ge=0, description="Seconds to wait for a database that is locked or out of reach"
    )
    files_url: str | None = Field(
        default=None,
        description="Where the calls' files are kept: a folder, or a URL such as `s3://bucket/path`; "
        "none: `files` in the workspace",
    )

    upload_limit: int = Field(
        default=2 * 1024**3, gt=0, description="Bytes of the largest file that is taken in"
    )
    document_limit: int = Field(
        default=50_000_000, gt=0, description="Bytes of the largest document that is kept with a deal"
    )
    workers: int = Field(default=2, ge=1, le=64, description="Calls that one process works on at a time")
    worker_id: str | None = Field(
        default=None,
        description="Stable name of this process among those of one database; none: by host and process",
    )
    worker_timeout: float = Field(
        default=30,
        ge=1,
        description="Seconds without a sign of life after which a worker's jobs are taken over",
    )
    llm_concurrency: int = Field(
        default=4,
        ge=1,
        description="Requests to the language model at a time, of all processes of a workspace together",
    )
    llm_per_minute: int | None = Field(
        default=None, ge=1, description="The most requests to it a minute, of all processes together"
    )
    notify_webhook: str | None = Field(
        default=None,
        description="Address of your team's own that is told when a draft waits for review, and of reminders",
    )
    remind_at: str | None = Field(
        default=None,
        pattern=r"^(([01]\d|2[0-3]):[0-5]\d|every [1-9]\d{0,2}[mh])$",
        description="When reminders go out by themselves: a time of day such as `08:30`, or `every 4h`, "
        "`every 30m`; none: only by `coachbot remind`",
    )
    remind_zone: str = Field(default="UTC", description="Time zone of that time, such as `Europe/Berlin`")
    smtp_host: str | None = Field(
        default=None, description="Mail server for reminders to your colleagues; none: no e-mail"
    )
    smtp_port: int = Field(default=587, ge=1, le=65535, description="Its port")
    smtp_security: Literal["starttls", "tls", "none"] = Field(
        default="starttls", description="How it is spoken to: `starttls`, `tls` or `none`"
    )
    smtp_user: str | None = Field(default=None, description="User at the mail server")
    smtp_password: SecretStr | None = Field(default=None, description="Password of that user")
    smtp_from: str | None = Field(
        default=None, description="Address that reminders come from; none: that of the user"
    )
    autonomy_threshold: float | None = Field(
        default=None, ge=0.5, le=1,
        description="Share of accepted proposals from which a field's are "
        "accepted by themselves; none: never",
    )  # fmt: skip
    autonomy_minimum: int = Field(
        default=50, ge=10, description="Decisions on a field before the threshold may count"
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments, then variables, then the file."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The settings of this process.

    Raises UsageError where a variable or `coachbot.toml` holds something that cannot be.
    """
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(p) for p in first["loc"])
        raise UsageError(
            f"setting {key!r}: {first['msg']}. See `coachbot doctor` and docs/settings.md"
        ) from error
    except ValueError as error:  # tomllib's own
        raise UsageError(f"coachbot.toml: {error}. Correct the file or remove it") from error
