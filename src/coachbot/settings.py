"""One frozen settings object, from `COACHBOT_*` variables and `coachbot.toml`."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from pydantic import Field, ValidationError
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
    engine: str = Field(default="local", description="The engine to use: `local`")
    threads: int = Field(default=0, ge=0, description="Threads for the encoder; 0: one per core")
    processes: int = Field(default=0, ge=0, description="Processes for a folder of calls; 0: one per core")

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
