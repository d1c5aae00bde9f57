"""The JSON API: what programs can do, what they may see, and how errors look."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from fastapi.testclient import TestClient

from coachbot.api import create_api
from coachbot.model.workspace import Call, CallState, Role
from coachbot.pipeline.steps import ready_again
from coachbot.playbook import load_playbook
from coachbot.recap import make_recap
from coachbot.review import publish
from coachbot.settings import settings
from coachbot.store import Store
from store_world import add_call, add_deal, add_user, at

TALK = (
    "What made you look at this now?",
    "We lose two days a month to invoices that were typed in wrong, about four thousand euros.",
    "And what would good look like?",
    "Fewer than five wrong invoices a quarter, or the auditors come back in June.",
    "I will send you the comparison by Thursday.",
    "Thursday is fine, but honestly the price worries me.",
)


class Line:
    """Stands for the work on calls: notes what it was asked for."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.submitted: list[str] = []

    def submit(self, call: Call) -> None:
        self.submitted.append(call.id)

    def reindex(self, call_id: str) -> None:
        pass

    def retry(self, call_id: str, step: str | None = None, *, by: str | None = None) -> Call:
        return self.store.run(lambda unit: ready_again(unit, call_id, step))

    def cancel(self, call_id: str, *, by: str | None = None) -> Call:
        return self.store.run(lambda unit: unit.calls.set_state(call_id, CallState.CANCELLED))


@pytest.fixture
def line(sqlite_store: Store) -> Line:
    return Line(sqlite_store)


@pytest.fixture
def api(sqlite_store: Store, line: Line) -> Iterator[TestClient]:
    with TestClient(create_api(sqlite_store, work=line)) as client:
        yield client


@pytest.fixture
def drafted(sqlite_store: Store) -> str:
    """A call with a draft to review, in a deal."""
    book = load_playbook("b2b-saas")
    with sqlite_store.begin() as unit:
        deal = add_deal(unit, "Fjord renewal")
        call = add_call(
            unit, 1, *TALK, deal_id=deal.id, stage="discovery", date=datetime(2026, 3, 2, tzinfo=UTC)
        )
        recap = make_recap(unit.transcripts.load(call.id), playbook=book)
        publish(unit, call, recap)
    return call.id


def test_upload_is_stored_first_and_the_same_file_is_the_same_call(api: TestClient, line: Line) -> None:
    files = {"file": ("call.vtt", b"WEBVTT\n\n00:00.000 --> 00:05.000\n<v Ana>We need it by May.\n")}
    meta = json.dumps({"title": "First talk", "participants": [{"name": "Ana", "side": "buyer"}]})
    first = api.post("/calls", files=files, data={"meta": meta})
    assert first.status_code == 201
    told = first.json()
    assert (told["call"]["title"], told["call"]["state"], [s["state"] for s in told["steps"]]) == (
        "First talk", "queued", ["pending"] * 4,
    )  # fmt: skip
    again = api.post("/calls", files=files, data={"meta": meta})
    assert (again.status_code, again.json()["call"]["id"]) == (200, told["call"]["id"])
    assert line.submitted == [told["call"]["id"]]
    kept = api.get(f"/calls/{told['call']['id']}/file")
    assert kept.content == files["file"][1]


@pytest.mark.parametrize(
    ("meta", "said"),
    [
        ("{", "not JSON"),
        ("[]", "one JSON object"),
        ('{"date": "soon"}', "date"),
        ('{"participants": 3}', "participants"),
    ],
)
def test_bad_meta_is_told_and_nothing_is_queued(api: TestClient, line: Line, meta: str, said: str) -> None:
    answer = api.post("/calls", files={"file": ("c.txt", b"Ana: hi")}, data={"meta": meta})
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert said in answer.json()["title"]
    assert line.submitted == []


def test_a_file_over_the_limit_is_refused(api: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COACHBOT_UPLOAD_LIMIT", "1000")
    settings.cache_clear()
    answer = api.post("/calls", files={"file": ("c.txt", b"x" * 1001)})
    assert answer.status_code == 422
    assert "larger than 1,000 bytes" in answer.json()["title"]


def test_review_to_the_end(api: TestClient, drafted: str) -> None:
    review = api.get(f"/calls/{drafted}/review").json()
    items = [v["item"] for v in review["items"]]
    assert items
    first = items[0]
    taken = api.post(f"/items/{first['id']}/accept", json={"version": first["version"]}).json()
    assert taken["status"] == "accepted"
    late = api.post(f"/items/{first['id']}/reject", json={"version": first["version"]})
    assert late.status_code == 409
    assert (late.json()["current"]["status"], late.json()["proposed"]["status"]) == ("accepted", "rejected")
    back = api.post(f"/items/{first['id']}/undo", json={"version": taken["version"]}).json()
    assert back["status"] == "draft"
    api.post(f"/items/{first['id']}/accept", json={"version": back["version"]})
    added = api.post(
        f"/calls/{drafted}/items",
        json={"kind": "field", "key": "budget", "value": {"value": "price worries them"},
              "evidence": [{"quote": "honestly the price worries me"}]},
    )  # fmt: skip
    assert added.status_code == 201
    assert added.json()["evidence"][0]["turn"] == 5
    invented = api.post(
        f"/calls/{drafted}/items",
        json={
            "kind": "field",
            "key": "budget",
            "value": {"value": "x"},
            "evidence": [{"quote": "we have a million"}],
        },
    )
    assert invented.status_code == 422
    version = api.get(f"/calls/{drafted}").json()["call"]["version"]
    refused = api.post(f"/calls/{drafted}/finish", json={"version": version, "choice": "advance"})
    assert (refused.status_code, "open" in refused.json()["title"]) == (422, True)
    done = api.post(f"/calls/{drafted}/finish", json={"version": version, "choice": "stay"}).json()
    assert {f["item_id"] for f in done["facts"]} == {first["id"], added.json()["id"]}
    assert done["call"]["state"] == "reviewed"
    deal = api.get(f"/deals/{done['deal']['id']}").json()
    assert {f["key"] for f in deal["overview"]["facts"]} >= {"budget"}
    recap = api.get(f"/calls/{drafted}/recap", params={"reviewed": True}).json()
    assert [
        i["status"] for i in recap["fields"]["budget"]["items"] if i["value"] == "price worries them"
    ] == ["accepted"]


def test_deals_stage_and_criteria(api: TestClient) -> None:
    deal = api.post("/deals", json={"name": "North", "account": "North AS", "stage": "discovery"}).json()
    assert api.post("/deals", json={"name": "N", "account": "N", "stage": "heaven"}).status_code == 422
    gate = api.get(f"/deals/{deal['id']}").json()["gate"]
    first = gate["criteria"][0]["id"]
    ticked = api.put(f"/deals/{deal['id']}/criteria/{first}", json={"met": True, "why": "signed off"}).json()
    assert (ticked["criteria"][0]["met"], ticked["criteria"][0]["by_hand"]) == (True, True)
    assert api.put(f"/deals/{deal['id']}/criteria/none", json={"met": True}).status_code == 404
    moved = api.put(f"/deals/{deal['id']}/stage", json={"to": "solution_alignment", "version": 1})
    assert moved.status_code == 422
    moved = api.put(
        f"/deals/{deal['id']}/stage", json={"to": "solution_alignment", "version": 1, "why": "CEO said so"}
    )
    assert moved.json()["stage"] == "solution_alignment"
    assert api.patch(f"/deals/{deal['id']}", json={"version": 1, "segment": "mid"}).status_code == 409
    changed = api.patch(f"/deals/{deal['id']}", json={"version": 2, "close_date": "2026-09-30"}).json()
    assert changed["close_date"] == "2026-09-30"


def test_etags_spare_what_is_known(api: TestClient, drafted: str) -> None:
    first = api.get(f"/calls/{drafted}")
    assert api.get(f"/calls/{drafted}", headers={"if-none-match": first.headers["etag"]}).status_code == 304
    item = api.get(f"/calls/{drafted}/review").json()["items"][0]["item"]
    api.post(f"/items/{item['id']}/accept", json={"version": 1})
    assert api.get(f"/calls/{drafted}", headers={"if-none-match": first.headers["etag"]}).status_code == 200


def test_lists_come_in_parts(api: TestClient, sqlite_store: Store) -> None:
    with sqlite_store.begin() as unit:
        for n in range(7):
            add_call(unit, n)
    seen: list[str] = []
    cursor = None
    while True:
        part = api.get("/calls", params={"limit": 3} | ({"cursor": cursor} if cursor else {})).json()
        seen += [c["id"] for c in part["items"]]
        cursor = part["next_cursor"]
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == 7
    assert api.get("/calls", params={"cursor": "nonsense"}).status_code == 422


def test_events_tell_the_state_and_end(api: TestClient, drafted: str) -> None:
    with api.stream("GET", f"/calls/{drafted}/events") as answer:
        lines = [x for x in answer.iter_lines() if x]
    assert lines[0] == "event: state"
    assert json.loads(lines[1].removeprefix("data: "))["state"] == "draft"
    assert api.get("/calls/none/events").status_code == 404


@pytest.fixture
def shared(
    sqlite_store: Store, line: Line
) -> Iterator[tuple[TestClient, dict[str, dict[str, str]], dict[str, str]]]:
    """A workspace with users: headers by name, and each rep's call."""
    headers, calls = {}, {}
    with sqlite_store.begin() as unit:
        for n, (name, team, role) in enumerate(
            (("Rita", "north", Role.REP), ("Sam", "south", Role.REP), ("Max", "north", Role.MANAGER),
             ("Ada", None, Role.ADMIN))
        ):  # fmt: skip
            user = add_user(unit, name, team=team, role=role)
            secret, _ = unit.access.create_token(user.id, "test")
            headers[name] = {"authorization": f"Bearer {secret}"}
            calls[name] = add_call(unit, n, owner=user.id).id
    with TestClient(create_api(sqlite_store, work=line, local=False)) as client:
        yield client, headers, calls


@pytest.mark.parametrize(
    ("who", "sees"),
    [("Rita", {"Rita"}), ("Sam", {"Sam"}), ("Max", {"Rita", "Max"}), ("Ada", {"Rita", "Sam", "Max", "Ada"})],
)
def test_each_sees_what_is_theirs(shared: Any, who: str, sees: set[str]) -> None:
    client, headers, calls = shared
    listed = {c["id"] for c in client.get("/calls", headers=headers[who]).json()["items"]}
    assert {n for n, c in calls.items() if c in listed} == sees
    for name, call in calls.items():
        assert client.get(f"/calls/{call}", headers=headers[who]).status_code == (
            200 if name in sees else 404
        )
        assert client.post(f"/calls/{call}/cancel", headers=headers[who]).status_code == (
            200 if name in sees else 404
        )


def test_without_a_token_nothing(shared: Any) -> None:
    client, headers, _ = shared
    for sent in ({}, {"authorization": "Bearer wrong"}, {"authorization": "Basic eDp5"}):
        answer = client.get("/calls", headers=sent)
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert (
        client.post("/users", headers=headers["Rita"], json={"name": "X", "email": "x@y.z"}).status_code
        == 403
    )
    assert (
        client.post("/users", headers=headers["Ada"], json={"name": "X", "email": "x@y.z"}).status_code == 201
    )
    token = client.post("/tokens", headers=headers["Rita"], json={"name": "mine"}).json()
    own = {"authorization": f"Bearer {token['secret']}"}
    assert client.get("/me", headers=own).json()["name"] == "Rita"
    client.delete(f"/tokens/{token['token']['id']}", headers=own)
    assert client.get("/me", headers=own).status_code == 401


@pytest.mark.parametrize(
    "headers", [{"host": "evil.example"}, {"sec-fetch-site": "cross-site"}, {"host": "evil.example:8321"}]
)
def test_a_strangers_page_cannot_reach_a_local_workspace(api: TestClient, headers: dict[str, str]) -> None:
    assert api.get("/calls", headers=headers).status_code == 403


def test_times_are_utc(api: TestClient, sqlite_store: Store) -> None:
    with sqlite_store.begin() as unit:
        call = add_call(unit, 1, date=at(3))
    assert api.get(f"/calls/{call.id}").json()["call"]["date"] == "2026-03-02T09:03:00Z"
