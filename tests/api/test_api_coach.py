"""Coaching over the API: who may do what, and how refusals look."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from coachbot.api import create_api
from coachbot.model.workspace import CallState, RecapVersion, Role
from coachbot.playbook import load_playbook
from coachbot.recap import make_recap
from coachbot.review import publish
from coachbot.store import Store
from store_world import a_transcript, add_call, add_deal, add_user, at

LINES = (
    "What made you look at this now, and what happened before that in your team?",
    "We lose two days a month to invoices that were typed in wrong, about four thousand euros each time.",
    "And what would good look like for you and for the people who have to do it by hand today?",
    "I would not put a number on it today, honestly, let me talk to our controller about that first.",
) * 4


@pytest.fixture(scope="module")
def recap_json() -> dict[str, object]:
    made = make_recap(a_transcript(*LINES), playbook=load_playbook("b2b-saas"))
    return made.model_dump(mode="json", by_alias=True)


@pytest.fixture
def store(sqlite_store: Store, recap_json: dict[str, object], monkeypatch: pytest.MonkeyPatch) -> Store:
    from coachbot.model.recap import Recap

    monkeypatch.setattr("coachbot.coach.case.second_look", lambda transcript, book: None)
    monkeypatch.setattr("coachbot.coach.look.likeness", lambda: None)
    with sqlite_store.begin() as unit:
        rep, _ = add_user(unit, "Ana"), add_user(unit, "Mia", role=Role.MANAGER)
        deal = add_deal(unit, "Mill", stage="discovery", owner=rep.id)
        call = add_call(
            unit,
            1,
            *LINES,
            deal_id=deal.id,
            owner=rep.id,
            stage="discovery",
            date=at(0),
            state=CallState.DRAFT,
        )
        unit.recaps.put(
            RecapVersion(
                call_id=call.id, number=1, playbook="b2b-saas", playbook_version="1", engine="local",
                created_at=at(1), recap=recap_json,
            )
        )  # fmt: skip
        publish(unit, call, Recap.model_validate(recap_json))
    return sqlite_store


@pytest.fixture
def api(store: Store) -> Iterator[TestClient]:
    with TestClient(create_api(store, work=object())) as client:  # type: ignore[arg-type]
        yield client


def deal_id(store: Store) -> str:
    with store.read() as unit:
        return unit.deals.by_name("Mill")[0].id


def test_prompts_are_given_and_judged(api: TestClient) -> None:
    sheet = api.get("/calls/call-0001/coaching").json()
    assert sheet["stage"] == "discovery"
    prompt = sheet["prompts"][0]
    assert prompt["play"]["path"].startswith("plays/")
    where = f"/calls/call-0001/coaching/{prompt['id']}"
    refused = api.post(where, json={"useful": False})
    assert (refused.status_code, refused.headers["content-type"]) == (422, "application/problem+json")
    assert api.post(where, json={"useful": True}).status_code == 204
    assert api.post("/calls/call-0001/coaching/nope", json={"useful": True}).status_code == 404
    assert [row["useful"] for row in api.get("/coaching/feedback").json()] == [True]


def test_scorecards_and_overrides(api: TestClient) -> None:
    card = api.get("/calls/call-0001/scorecard").json()
    indicator = card["lines"][0]["indicator"]
    where = f"/calls/call-0001/scorecard/{indicator}"
    assert api.put(where, json={"verdict": "na"}).status_code == 422
    changed = api.put(where, json={"verdict": "na", "why": "another topic"}).json()
    assert changed["lines"][0]["verdict"] == "na"


@pytest.mark.parametrize(
    ("form", "kind"), [("json", "application/json"), ("markdown", "text/markdown"), ("html", "text/html")]
)
def test_briefs_in_three_forms(api: TestClient, store: Store, form: str, kind: str) -> None:
    made = api.get(f"/deals/{deal_id(store)}/brief", params={"format": form})
    assert made.status_code == 200
    assert made.headers["content-type"].startswith(kind)
    assert "Mill" in made.text


def test_questions_are_counted(api: TestClient) -> None:
    found = api.post("/ask", json={"question": "How many calls are there?"}).json()
    assert (found["kind"], found["text"]) == ("count", "1 of 1 calls.")


def test_reps_see_their_own_coaching_alone(store: Store) -> None:
    with store.begin() as unit:
        add_user(unit, "Zed", team="south")
        tokens = {name: unit.access.create_token(name, "t")[0] for name in ("ana", "mia", "zed")}
    with TestClient(create_api(store, work=object(), local=False)) as client:  # type: ignore[arg-type]

        def status(who: str, path: str) -> int:
            return client.get(path, headers={"authorization": f"Bearer {tokens[who]}"}).status_code

        assert [status(who, "/users/ana/coaching") for who in ("ana", "mia", "zed")] == [200, 200, 403]
        assert [status(who, "/calls/call-0001/coaching") for who in ("ana", "mia", "zed")] == [200, 200, 404]
        assert status("ana", "/coaching/feedback") == 403
        assert status("mia", "/users/zed/coaching") == 403


def test_the_command_line_coaches_a_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from coachbot.cli.app import main

    monkeypatch.setattr("coachbot.coach.case.second_look", lambda transcript, book: None)
    path = tmp_path / "call.txt"
    path.write_text(
        "\n".join(f"{('Ana', 'Ben')[n % 2]}: {line}" for n, line in enumerate(LINES)), encoding="utf-8"
    )
    monkeypatch.setattr(sys, "argv", ["coachbot", "coach", str(path), "--format", "json"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code in (0, None)
    assert '"subject":"file:call.txt"' in capsys.readouterr().out
    monkeypatch.setattr(sys, "argv", ["coachbot", "coach", str(path), "--useful", "1"])
    with pytest.raises(SystemExit) as refused:
        main()
    assert refused.value.code == 2
    assert "ingest the file first" in capsys.readouterr().err
