"""Documents of deals by the API: attach, list, save, remove; for who may see the deal."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from coachbot.api import create_api
from coachbot.model.workspace import Role
from coachbot.settings import settings
from coachbot.store import Store
from store_world import add_deal, add_user


@pytest.fixture
def deal_id(sqlite_store: Store) -> str:
    with sqlite_store.begin() as unit:
        return add_deal(unit).id


@pytest.fixture
def api(sqlite_store: Store) -> Iterator[TestClient]:
    with TestClient(create_api(sqlite_store, work=object())) as client:  # type: ignore[arg-type]
        yield client


def test_documents_come_and_go(api: TestClient, deal_id: str) -> None:
    where = f"/deals/{deal_id}/documents"
    sent = api.post(where, files={"file": ("plan.md", b"# The plan")}, data={"what": "Plan", "note": "true"})
    assert sent.status_code == 201
    kept = sent.json()
    assert (kept["name"], kept["kind"], kept["what"], kept["note"]) == ("plan.md", "text", "Plan", True)
    assert [d["id"] for d in api.get(where).json()["items"]] == [kept["id"]]
    saved = api.get(f"{where}/{kept['id']}")
    assert saved.content == b"# The plan"
    assert saved.headers["content-type"] == "application/octet-stream"
    assert saved.headers["content-disposition"].startswith('attachment; filename="plan.md"')
    assert "sandbox" in saved.headers["content-security-policy"]
    assert api.delete(f"{where}/{kept['id']}").status_code == 204
    assert api.get(where).json()["items"] == []
    assert api.get(f"{where}/{kept['id']}").status_code == 404
    done = [e["what"] for e in api.get(f"/deals/{deal_id}/audit").json()["items"]]
    assert done == ["document.remove", "document.add"]


def test_lists_come_in_parts(api: TestClient, deal_id: str) -> None:
    where = f"/deals/{deal_id}/documents"
    for n in range(3):
        api.post(where, files={"file": (f"{n}.txt", b"text")})
    first = api.get(where, params={"limit": 2}).json()
    rest = api.get(where, params={"limit": 2, "cursor": first["next_cursor"]}).json()
    assert [d["name"] for d in (*first["items"], *rest["items"])] == ["2.txt", "1.txt", "0.txt"]


@pytest.mark.parametrize(
    ("name", "raw", "said"),
    [
        ("plan.pdf", b"MZ\x90\0\3", "plan.pdf: it is no document"),
        ("plan.pdf", b"", "it is empty"),
        ("large.txt", b"x" * 2000, "larger than 1,000 bytes"),
    ],
)
def test_what_cannot_be_kept_is_said(
    api: TestClient, deal_id: str, monkeypatch: pytest.MonkeyPatch, name: str, raw: bytes, said: str
) -> None:
    monkeypatch.setenv("COACHBOT_DOCUMENT_LIMIT", "1000")
    settings.cache_clear()
    answer = api.post(f"/deals/{deal_id}/documents", files={"file": (name, raw)})
    assert answer.status_code == 422
    assert said in answer.json()["title"]
    assert api.get(f"/deals/{deal_id}/documents").json()["items"] == []


def test_a_body_beyond_the_limit_is_not_read(
    sqlite_store: Store, deal_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COACHBOT_DOCUMENT_LIMIT", "1000")
    settings.cache_clear()
    with TestClient(create_api(sqlite_store, work=object())) as api:  # type: ignore[arg-type]
        answer = api.post(f"/deals/{deal_id}/documents", files={"file": ("x.txt", b"x" * 3_000_000)})
    assert answer.status_code == 413


def test_who_sees_the_deal_sees_its_documents(sqlite_store: Store) -> None:
    with sqlite_store.begin() as unit:
        add_user(unit, "Ana")
        add_user(unit, "Ben")
        add_user(unit, "May", role=Role.MANAGER)
        add_user(unit, "Sue", team="south", role=Role.MANAGER)
        deal = add_deal(unit, owner="ana")
        as_ = {
            name: {"authorization": f"Bearer {unit.access.create_token(name, 't')[0]}"}
            for name in ("ana", "ben", "may", "sue")
        }
    where = f"/deals/{deal.id}/documents"
    with TestClient(create_api(sqlite_store, work=object(), local=False)) as api:  # type: ignore[arg-type]
        file = {"file": ("plan.txt", b"text")}
        kept = api.post(where, files=file, headers=as_["ana"]).json()
        assert kept["added_by"] == "ana"
        own = f"{where}/{kept['id']}"
        for name, status in (("ana", 200), ("may", 200), ("ben", 404), ("sue", 404)):
            assert api.get(where, headers=as_[name]).status_code == status
            assert api.get(own, headers=as_[name]).status_code == status
        for name in ("ben", "sue"):
            assert api.post(where, files=file, headers=as_[name]).status_code == 404
            assert api.delete(own, headers=as_[name]).status_code == 404
        assert api.get(own).status_code == 401
        assert api.delete(own, headers=as_["may"]).status_code == 204
