"""Whether a balancer is told the truth."""

from __future__ import annotations

from fastapi.testclient import TestClient
from web_world import Noted

from coachbot.store import Store
from coachbot.web import create_app


def test_health_needs_no_login(sqlite_store: Store) -> None:
    client = TestClient(create_app(sqlite_store, work=Noted(), local=False))
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.get("/inbox", follow_redirects=False).status_code == 303
