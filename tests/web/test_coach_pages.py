"""Coaching's pages: prompts, marks, scorecards, the queue, and who may see and change what."""

from __future__ import annotations

import re
import time
from datetime import timedelta

import pytest
from coach_world import LONG, as_, first_prompt, queue, send, token
from fastapi.testclient import TestClient
from web_world import WHEN, lay_out

from coachbot.coach import mark
from coachbot.coach.feedback import MARK
from coachbot.coach.sheet import coach_call
from coachbot.model.workspace import Call, Outcome, User
from coachbot.playbook import load_playbook
from coachbot.store import Store
from coachbot.web.coached import Coached, Wanted

pytestmark = pytest.mark.usefixtures("no_reader")


def test_a_prompt_stands_on_a_moment_or_a_receipt_and_on_a_play(client: TestClient, store: Store) -> None:
    call = lay_out(store, turns=LONG)
    html = client.get(f"/calls/{call.id}/coach").text
    cards = html.split('<article class="card prompt"')[1:]
    assert 1 <= len(cards) <= 5
    for card in cards:
        assert f"/calls/{call.id}/transcript?turn=" in card or "not found in" in card
        play = re.search(r'href="(/playbook/plays/[\w-]+\?book=b2b-saas)(?:#(h-[\w-]+))?"', card)
        assert play
        page = client.get(play[1]).text
        assert play[2] is None or f'id="{play[2]}"' in page
        assert "<dt>Why</dt>" in card
    assert f"playbook {load_playbook('b2b-saas').name} " in html
    assert "<h2" in html.split("How it was held")[0]
    assert "that could be judged" in html


def test_a_short_call_is_too_little_to_judge(client: TestClient, store: Store) -> None:
    call = lay_out(store)
    html = client.get(f"/calls/{call.id}/coach").text
    assert "Too little to judge" in html
    assert '<article class="card prompt"' not in html
    assert "not judged" in html
    deal = client.get(f"/deals/{call.deal_id}/coach").text
    assert "Too little to judge" in deal
    assert "Too little to judge" in client.get("/team/reps/all?last=1").text


def test_a_call_without_a_recap_shows_its_work(client: TestClient, store: Store) -> None:
    from coachbot.model.workspace import CallState

    call = lay_out(store, state=CallState.QUEUED)
    assert client.get(f"/calls/{call.id}/coach").headers["location"] == f"/calls/{call.id}"
    assert "No call of this deal has been read" in client.get(f"/deals/{call.deal_id}/coach").text
    assert client.get("/calls/none/coach").status_code == 404


def test_a_mark_needs_a_reason_only_against(client: TestClient, store: Store) -> None:
    call = lay_out(store, turns=LONG)
    prompt = first_prompt(store, call)
    path = f"/calls/{call.id}/coach/{prompt}"
    assert client.post(path, data={"useful": "1"}).status_code == 403
    assert send(client, path, useful="maybe") == 422
    refused = client.post(path, data={"useful": "0", "why": " ", "csrf": token(client)})
    assert refused.status_code == 422
    assert "Say why it was not useful" in refused.text
    assert 'aria-invalid="true"' in refused.text
    asked = client.post(
        path, data={"useful": "0"}, headers={"accept": "application/json", "x-csrf": token(client)}
    )
    assert asked.status_code == 422
    assert asked.json()["text"].startswith("Say why")
    back = client.post(
        path, data={"useful": "0", "why": "They wrote", "back": "/team", "csrf": token(client)}
    )
    assert (back.status_code, back.headers["location"]) == (303, f"/team#p-{prompt}")
    assert "You: not useful, “They wrote”" in client.get(f"/calls/{call.id}/coach").text
    assert "You: not useful" in client.get(f"/deals/{call.deal_id}/coach").text
    away = client.post(path, data={"useful": "1", "back": "//evil.example", "csrf": token(client)})
    assert away.headers["location"] == f"/inbox#p-{prompt}"
    told = client.post(
        path, data={"useful": "1"}, headers={"accept": "application/json", "x-csrf": token(client)}
    )
    assert "You: useful" in told.json()["html"]
    gone = client.post(f"/calls/{call.id}/coach/nothing", data={"useful": "1", "csrf": token(client)})
    assert gone.status_code == 409
    assert "no longer made" in gone.text


def test_a_manager_changes_a_verdict_with_a_reason(store: Store, team: dict[str, User]) -> None:
    call = lay_out(store, turns=LONG, owner=team["Ana"].id)
    stage = load_playbook("b2b-saas").stages[2]
    path = f"/calls/{call.id}/scorecard/{stage.indicators[0].id}"
    rep, manager = as_(store, team["Ana"]), as_(store, team["Mia"])
    assert "Change the verdict" not in rep.get(f"/calls/{call.id}/coach").text
    assert send(rep, path, verdict="met", why="I say so") == 403
    assert "Change the verdict" in manager.get(f"/calls/{call.id}/coach").text
    wrong = manager.post(path, data={"verdict": "na", "why": "", "csrf": token(manager)})
    assert wrong.status_code == 422
    assert "Say why" in wrong.text
    assert send(manager, path, verdict="perhaps", why="x") == 422
    assert send(manager, path, verdict="na", why="It was agreed by mail") == 303
    html = rep.get(f"/calls/{call.id}/coach").text
    assert re.search(r"Changed from “(not )?met” by Mia: It was agreed by mail", html)
    assert send(manager, path, verdict="") == 303
    assert "Changed from" not in rep.get(f"/calls/{call.id}/coach").text


def test_reps_see_their_own(store: Store, team: dict[str, User]) -> None:
    call = lay_out(store, turns=LONG, owner=team["Ana"].id)
    ana, bo, mia = (as_(store, team[n]) for n in ("Ana", "Bo", "Mia"))
    pages = [f"/calls/{call.id}/coach", f"/deals/{call.deal_id}/coach", f"/deals/{call.deal_id}/brief",
             f"/deals/{call.deal_id}/brief.md", f"/team/reps/{team['Ana'].id}"]  # fmt: skip
    for path in pages:
        assert [c.get(path).status_code for c in (ana, mia, bo)] == [200, 200, 404], path
    assert mia.get(f"/team/reps/{team['Bo'].id}").status_code == 404
    assert [c.get("/team/reps/all").status_code for c in (ana, mia)] == [404, 200]
    assert send(bo, f"/calls/{call.id}/coach/{first_prompt(store, call)}", useful="1") == 404
    assert "To bring up with a rep" not in ana.get("/team").text
    assert ana.get("/team/queue").status_code == 403
    assert f"/team/reps/{team['Ana'].id}" in ana.get("/team").text
    assert f"/calls/{call.id}/coach" in queue(mia)
    assert bo.get("/ask", params={"q": "Who signs?", "deal": call.deal_id}).status_code == 404
    assert "Northpier" not in bo.get("/ask?q=How+many+pallets+were+counted").text.split("<main")[1]


def test_the_queue_holds_what_no_manager_has_marked(store: Store, team: dict[str, User]) -> None:
    rep, mia = team["Ana"], as_(store, team["Mia"])
    call = lay_out(store, turns=LONG, owner=rep.id)
    shut = lay_out(store, turns=LONG, owner=rep.id)
    with store.begin() as unit:
        deal = unit.deals.need(shut.deal_id or "")
        unit.deals.update(deal.model_copy(update={"outcome": Outcome.LOST}), expected=deal.version)
    prompt = first_prompt(store, call)
    html = queue(mia)
    assert f"/calls/{call.id}/coach#p-{prompt}" in html
    assert shut.id not in html
    assert f"/calls/{call.id}/transcript?turn=" in html or "not found in" in html
    book = load_playbook("b2b-saas")
    with store.begin() as unit:  # a rep's word on their own call leaves it to the manager
        sheet = coach_call(unit, call, book)
        mark(unit, sheet, sheet.prompts[0], useful=False, by=rep.id, why="knew it")
    assert f"#p-{prompt}" in queue(mia)
    assert send(mia, f"/calls/{call.id}/coach/{prompt}", useful="1", back="/team") == 303
    assert f"#p-{prompt}" not in queue(mia)


def test_sheets_are_made_once_and_again_after_a_change(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []

    def noted(unit: object, call: Call, book: object) -> None:
        made.append(call.id)
        raise KeyError("a playbook that lost its stage")

    monkeypatch.setattr("coachbot.web.coached.coach_call", noted)
    calls = [lay_out(store) for _ in range(3)]
    coached = Coached(store)

    def settled(*wanted: Wanted) -> dict[str, object]:
        for _ in range(200):
            there = coached.of(wanted)
            if len(there) == len(wanted):
                return dict(there)
            time.sleep(0.01)
        raise AssertionError(made)

    wanted = [Wanted(c.id, (1,)) for c in calls]
    assert settled(*wanted) == dict.fromkeys([c.id for c in calls])
    assert made == [c.id for c in calls]
    settled(*wanted)
    assert len(made) == 3
    settled(wanted[0], Wanted(calls[1].id, (2,)))
    assert made[3:] == [calls[1].id]


def test_keep_start_and_stop_come_with_what_they_are_of(store: Store, team: dict[str, User]) -> None:
    for _ in range(4):
        lay_out(store, turns=LONG, owner=team["Ana"].id)
    html = as_(store, team["Ana"]).get(f"/team/reps/{team['Ana'].id}").text
    assert "4 calls could be judged" in html
    assert re.search(r"<b>[0-4]</b> of 4 calls", html)
    assert "In figures" in html
    assert "of the words" in html
    some = as_(store, team["Ana"]).get(f"/team/reps/{team['Ana'].id}?last=2").text
    assert "Too little to judge" in some
    assert "2 calls that can be judged, 3 are needed" in some


def test_marks_on_prompts_are_the_same_as_the_other_ways_make(client: TestClient, store: Store) -> None:
    call = lay_out(store, turns=LONG)
    prompt = first_prompt(store, call)
    send(client, f"/calls/{call.id}/coach/{prompt}", useful="1")
    with store.read() as unit:
        (one,) = unit.marks.current(MARK, subject=f"call:{call.id}")
    assert one.value["prompt"]["id"] == prompt
    assert one.at >= WHEN - timedelta(days=1)
