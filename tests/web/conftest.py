"""One browser for the run; a workspace and a server for each module that wants them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright
from web_world import Noted, serving, workspace

from coachbot.model.workspace import Role, User
from coachbot.store import Store, new_id
from coachbot.web import create_app

# A busy machine may need longer than the library's five seconds; nothing is tested for its speed here.
PATIENCE_MS = 15_000
expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium without a window."""
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A workspace of the module's own."""
    with workspace(tmp_path_factory.mktemp("web")) as store:
        yield store


@pytest.fixture(scope="module")
def noted() -> Noted:
    """What was asked of the pipeline."""
    return Noted()


@pytest.fixture(scope="module")
def site(store: Store, noted: Noted) -> Iterator[str]:
    """The address of a server on that workspace."""
    with serving(create_app(store, work=noted)) as address:
        yield address


def is_bad(message: ConsoleMessage) -> bool:
    """An error of the console, but for the browser's note on an answer that refuses (409, 422)."""
    refused = "status of 409" in message.text or "status of 422" in message.text
    return message.type == "error" and not refused


@pytest.fixture
def complaints() -> list[str]:
    """What the page's console said that it should not have."""
    return []


@pytest.fixture
def context(browser: Browser, site: str) -> Iterator[BrowserContext]:
    """A browser that knows nothing yet."""
    context = browser.new_context(base_url=site, viewport={"width": 1280, "height": 800})
    context.set_default_timeout(PATIENCE_MS)
    yield context
    context.close()


@pytest.fixture
def tab(context: BrowserContext, complaints: list[str]) -> Iterator[Page]:
    """A page of it; a script error or a blocked resource fails the test."""
    page = context.new_page()
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda m: complaints.append(m.text) if is_bad(m) else None)
    yield page
    assert complaints == []


@pytest.fixture
def plain(browser: Browser, site: str) -> Iterator[Page]:
    """A page of a browser that runs no scripts."""
    context = browser.new_context(base_url=site, java_script_enabled=False)
    context.set_default_timeout(PATIENCE_MS)
    yield context.new_page()
    context.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A place for files to send."""
    return tmp_path


@pytest.fixture
def no_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    """What prompts and answers are worded by does not matter here."""
    monkeypatch.setattr("coachbot.coach.case.second_look", lambda transcript, book: None)
    for room in ("look", "passages"):
        monkeypatch.setattr(f"coachbot.coach.{room}.likeness", lambda: None)


@pytest.fixture
def client(store: Store, noted: Noted) -> TestClient:
    """A browser without scripts, on that workspace; it follows no redirects."""
    return TestClient(create_app(store, work=noted), base_url="http://localhost", follow_redirects=False)


@pytest.fixture
def team(store: Store) -> dict[str, User]:
    """A manager, a rep of theirs, and somebody of another team."""
    with store.begin() as unit:
        return {
            name: unit.users.add(
                User(id=new_id(), name=name, email=f"{new_id()}@example.com", role=role, team=group)
            )
            for name, role, group in (
                ("Mia", Role.MANAGER, "north"), ("Ana", Role.REP, "north"), ("Bo", Role.REP, "south"),
            )
        }  # fmt: skip
