"""What the tests of coaching's pages share: people at their browsers, forms, the queue."""

from __future__ import annotations

import re
import time

from fastapi.testclient import TestClient
from web_world import Noted

from coachbot.coach.sheet import coach_call
from coachbot.model.workspace import Call, User
from coachbot.playbook import load_playbook
from coachbot.store import Store
from coachbot.web import create_app
from coachbot.web.people import SESSION_COOKIE

LONG = 36
"""Turns of a call that is long enough to be judged."""


def as_(store: Store, user: User) -> TestClient:
    """A browser in which that person is signed in."""
    app = create_app(store, work=Noted(), local=False)
    client = TestClient(app, base_url="http://localhost", follow_redirects=False)
    with store.begin() as unit:
        secret, _ = unit.access.open_session(user.id)
    client.cookies.set(SESSION_COOKIE, secret)
    return client


def token(client: TestClient) -> str:
    found = re.search(r'<meta name="csrf" content="([^"]+)">', client.get("/ask").text)
    assert found
    return found.group(1)


def send(client: TestClient, path: str, **data: str) -> int:
    return client.post(path, data=data | {"csrf": token(client)}).status_code


def first_prompt(store: Store, call: Call) -> str:
    with store.read() as unit:
        return coach_call(unit, call, load_playbook("b2b-saas")).prompts[0].id


def queue(client: TestClient) -> str:
    """The queue when all calls have been looked at."""
    for _ in range(200):
        html = client.get("/team/queue").text
        if 'data-waiting="0"' in html:
            return html
        time.sleep(0.02)
    raise AssertionError("the queue is never ready")
