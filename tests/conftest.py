"""A workspace of the test run's own: no test touches the user's, and the encoder is made ready once."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from coachbot.settings import settings

pytest_plugins = ["databases"]


@pytest.fixture(scope="session", autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The workspace that every test uses."""
    base = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:  # the workers share it
        base = base.parent
    folder = base / "coachbot-home"
    folder.mkdir(exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        own = "PLAYBOOK ENGINE LLM_BASE_URL LLM_API_KEY LLM_MODEL DATABASE_URL FILES_URL"
        for name in own.split():
            patch.delenv(f"COACHBOT_{name}", raising=False)
        patch.setenv("COACHBOT_HOME", str(folder))
        settings.cache_clear()
        yield folder
    settings.cache_clear()


@pytest.fixture(autouse=True)
def fresh_settings() -> Iterator[None]:
    """What one test sets, the next one does not see."""
    settings.cache_clear()
    yield
    settings.cache_clear()
