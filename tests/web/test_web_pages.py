"""Each page shows what the workspace holds, and its forms do what they say."""

from __future__ import annotations

import re

import pytest
from fastapi.testclient import TestClient
from web_world import Noted, lay_out, talk

from coachbot import review
from coachbot.model.transcript import Side
from coachbot.model.workspace import CallState, Outcome
from coachbot.playbook import load_playbook
from coachbot.store import Store
from coachbot.web import create_app
from coachbot.web.templating import ago, initials
from coachbot.web.views.transcript import transcript_view, turns_of


@pytest.fixture
def client(store: Store, noted: Noted) -> TestClient:
    return TestClient(create_app(store, work=noted), base_url="http://localhost", follow_redirects=False)


def token(client: TestClient) -> str:
    found = re.search(r'<meta name="csrf" content="([^"]+)">', client.get("/inbox").text)
    assert found
    return found.group(1)


def send(client: TestClient, path: str, **data: object) -> int:
    return client.post(path, data={k: str(v) for k, v in data.items()} | {"csrf": token(client)}).status_code


def test_an_empty_workspace_teaches(client: TestClient) -> None:
    assert "Your first call" in client.get("/inbox").text
    assert "No deals yet" in client.get("/deals").text
    assert "No deal shows a warning" in client.get("/team").text
    assert "Nothing yet" in client.get("/settings").text


@pytest.mark.parametrize(
    "path",
    ["/styleguide", "/upload", "/playbook", "/playbook/onepage", "/evals", "/settings", "/team", "/search"],
)
def test_every_page_opens(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200
    assert "coachbot" in answer.text or path == "/playbook/onepage"


def test_the_inbox_by_state(client: TestClient, store: Store) -> None:
    lay_out(store, title="Draft one")
    failed = lay_out(store, title="Broken one", state=CallState.QUEUED)
    lay_out(store, title="Waiting one", state=CallState.RUNNING)
    with store.begin() as unit:
        unit.calls.set_state(failed.id, CallState.FAILED, error="The file holds no words")
    review_tab = client.get("/inbox?show=review").text
    assert "Draft one" in review_tab
    assert "0 of 9" in review_tab
    assert "Waiting one" not in review_tab
    broken = client.get("/inbox?show=failed").text
    assert "The file holds no words" in broken
    assert "Waiting one" in client.get("/inbox?show=working").text
    assert "Draft one" not in client.get("/inbox?show=review&q=nothing-like-it").text


def test_search_finds_the_words_and_marks_them(client: TestClient, store: Store) -> None:
    call = lay_out(store)
    found = client.get("/search?q=pallets").text
    assert "<mark>pallets</mark>" in found
    assert f"/calls/{call.id}/transcript?turn=0#t0" in found
    assert "Nothing says that" in client.get("/search?q=submarine").text


def test_a_deal_shows_what_was_accepted(client: TestClient, store: Store) -> None:
    call = lay_out(store)
    book = load_playbook("b2b-saas")
    by = review.Reviewer(None, book)
    with store.begin() as unit:
        for item in unit.items.of_call(call.id):
            review.accept(unit, item.id, by, version=item.version)
        review.finish(unit, call.id, by, version=call.version)
    html = client.get(f"/deals/{call.deal_id}?method=spiced").text
    assert "Go through the figures with Ken" in html
    assert book.stages[2].exit_criteria[0].text in html
    assert re.search(r'aria-current="true">SPICED', html)
    assert "Reviewed" not in html
    listed = client.get("/deals?q=Northpier").text
    assert f"/deals/{call.deal_id}" in listed
    assert "No deal fits" in client.get("/deals?q=zzzz").text


def test_deals_are_opened_changed_and_moved(client: TestClient, store: Store) -> None:
    assert send(client, "/deals", account="Hollins Freight", name="Yard times", stage="discovery") == 303
    with store.read() as unit:
        deal = unit.deals.by_name("Yard times")[0]
    path = f"/deals/{deal.id}"
    assert send(client, path, version=deal.version, name="Gate times", amount="48000", currency="EUR") == 303
    assert send(client, path, version=deal.version, name="Late") == 409
    assert send(client, path, version=deal.version + 1, amount="a lot") == 422
    assert "EUR 48,000" in client.get(path).text
    assert send(client, f"{path}/stage", version=deal.version + 1, to="qualification") == 422
    moved = send(
        client, f"{path}/stage", version=deal.version + 1, to="qualification", why="The sponsor left"
    )
    assert moved == 303
    assert "Back to Qualification" in client.get(path).text
    assert send(client, path, version=deal.version + 2, outcome="lost", loss_reason="price") == 303
    with store.read() as unit:
        assert unit.deals.need(deal.id).outcome is Outcome.LOST


def test_a_call_of_no_deal_gets_one_at_the_end(client: TestClient, store: Store) -> None:
    call = lay_out(store, deal=False)
    assert "Which deal is this about?" in client.get(f"/calls/{call.id}/finish").text
    assert (
        send(client, "/deals", account="Calder Mills", name="Shifts", call=call.id, version=call.version)
        == 303
    )
    with store.read() as unit:
        linked = unit.calls.need(call.id)
    assert linked.deal_id
    assert "Calder Mills" in client.get("/deals").text
    assert send(client, f"/calls/{call.id}/finish", version=linked.version, choice="stay") == 303
    other = lay_out(store, deal=False)
    assert send(client, f"/calls/{other.id}/link", version=other.version, deal=linked.deal_id) == 303
    assert send(client, f"/calls/{other.id}/link", version=other.version, deal="nobody's") == 404


def test_a_warning_is_dismissed_with_a_reason(client: TestClient, store: Store) -> None:
    call = lay_out(store)
    form = re.search(rf'name="deal" value="{call.deal_id}"><input type="hidden" name="risk" value="(\w+)"',
                     client.get("/team").text)  # fmt: skip
    assert form
    risk = form.group(1)
    assert send(client, "/team/risks", deal=call.deal_id, risk=risk, why="") == 422
    assert send(client, "/team/risks", deal=call.deal_id, risk=risk, why="They only buy in spring") == 303
    assert (
        f'value="{call.deal_id}"><input type="hidden" name="risk" value="{risk}"'
        not in client.get("/team").text
    )


def test_voices_get_names_and_the_call_is_read_again(client: TestClient, store: Store, noted: Noted) -> None:
    words = talk()
    people = tuple(p.model_copy(update={"side": Side.UNKNOWN}) for p in words.participants)
    call = lay_out(store, transcript=words.model_copy(update={"participants": people}))
    assert "Who is speaking?" in client.get(f"/calls/{call.id}/review").text
    data = {
        "csrf": token(client), "voice": ["Ruth Adeyemi", "Tomas Lind"], "name": ["Ruth A.", "Tomas Lind"],
        "side": ["buyer", "seller"],
    }  # fmt: skip
    assert client.post(f"/calls/{call.id}/voices", data=data).status_code == 303
    with store.read() as unit:
        named = unit.transcripts.load(call.id)
    assert named.turns[0].speaker == "Ruth A."
    assert named.side_of(0) is Side.BUYER
    assert (call.id, "extract") in noted.asked


def test_retry_and_cancel_reach_the_work(client: TestClient, store: Store, noted: Noted) -> None:
    call = lay_out(store, state=CallState.FAILED)
    assert send(client, f"/calls/{call.id}/retry", step="extract") == 303
    assert send(client, f"/calls/{call.id}/retry", step="everything") == 422
    assert send(client, f"/calls/{call.id}/cancel") == 303
    assert noted.asked[-2:] == [(call.id, "extract"), (call.id, "cancel")]


def test_the_playbook_is_browsed_and_searched(client: TestClient) -> None:
    book = load_playbook("b2b-saas")
    whole = client.get("/playbook").text
    assert all(s.name in whole for s in book.stages)
    assert book.field_by_id["budget"].label in client.get("/playbook?q=budget").text
    assert "Nothing holds all these words" in client.get("/playbook?q=submarine").text
    found = client.get("/playbook?q=champion").text
    assert "##" not in found
    clipped = re.findall(r'<p class="dim small clip">([^<]*)</p>', found)
    assert len([c for c in clipped if "champion" in c.split(". ")[0].casefold()]) > len(clipped) / 2
    field = client.get("/playbook/fields/budget").text
    assert "Listened for" in field
    assert client.get("/playbook/fields/none").status_code == 404
    play = client.get(f"/playbook/plays/{book.plays[0].id}").text
    assert book.plays[0].title in play
    assert client.get("/playbook/plays/none").status_code == 404


def test_a_form_that_is_not_whole_is_refused(client: TestClient, store: Store) -> None:
    call = lay_out(store)
    assert send(client, f"/calls/{call.id}/decide") == 422
    assert send(client, f"/calls/{call.id}/decide", accept="nothing") == 422
    assert send(client, f"/calls/{call.id}/decide", accept="nothing:1") == 404
    assert (
        send(client, f"/calls/{call.id}/items", key="budget", value="x", quote="never said by anybody") == 422
    )
    assert send(client, f"/calls/{call.id}/finish", version=call.version, choice="sideways") == 422
    assert send(client, f"/calls/{call.id}/finish", version="first") == 422
    assert client.get("/calls/none/review").status_code == 404
    assert client.get("/deals/none").status_code == 404


def test_colours_are_remembered(client: TestClient) -> None:
    assert 'data-theme="dark"' not in client.get("/inbox").text
    assert send(client, "/theme", theme="dark", back="/deals") == 303
    assert 'data-theme="dark"' in client.get("/inbox").text


def test_turns_come_in_slices() -> None:
    call = talk(100)
    view = transcript_view(call, call_id="x", first=57)
    assert [bool(s.turns) for s in view.slices] == [False, True, False]
    assert (view.previous, view.next) == (0, 80)
    assert [t.index for t in turns_of(call, 95, 200)] == [95, 96, 97, 98, 99]
    assert turns_of(call, -5, 2)[0].index == 0
    assert transcript_view(call, call_id="x", first=5000).first == 80
    assert transcript_view(talk(0), call_id="x").slices == ()
    assert sum(v.width for v in view.voices) == pytest.approx(100, abs=0.1)


def test_small_words() -> None:
    assert initials("Helen van der Thackeray") == "HT"
    assert initials(None) == "?"
    assert ago(None) == ""


def test_no_move_of_the_deal_is_picked_beforehand(client: TestClient, store: Store) -> None:
    call = lay_out(store)
    page = client.get(f"/calls/{call.id}/finish").text
    picked = [
        part for part in page.split("<input") if 'name="choice"' in part and " checked" in part.split(">")[0]
    ]
    assert ['value="stay"' in part for part in picked] == [True]
