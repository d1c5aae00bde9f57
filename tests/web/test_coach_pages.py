"""Coaching's pages: what they show, who may see and change what, and that forms work without scripts."""

from __future__ import annotations

import re
import time
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from web_world import WHEN, Noted, lay_out, workspace

from coachbot.coach import Reply, mark
from coachbot.coach.ask import NOT_FOUND
from coachbot.coach.feedback import MARK
from coachbot.coach.sheet import coach_call
from coachbot.model.workspace import Call, Outcome, Role, User
from coachbot.playbook import load_playbook
from coachbot.settings import settings
from coachbot.store import Store, new_id
from coachbot.web import create_app
from coachbot.web.coached import Coached, Wanted
from coachbot.web.people import SESSION_COOKIE
from coachbot.web.templating import environment
from coachbot.web.views.ask import answer_view
from coachbot.web.views.playbook import heading_id, markdown

LONG = 36
"""Turns of a call that is long enough to be judged."""


@pytest.fixture(autouse=True)
def _no_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("coachbot.coach.case.second_look", lambda transcript, book: None)
    for room in ("look", "passages"):
        monkeypatch.setattr(f"coachbot.coach.{room}.likeness", lambda: None)


@pytest.fixture
def client(store: Store, noted: Noted) -> TestClient:
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
    assert "playbook b2b-saas" in html
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


def test_a_brief_is_read_taken_along_and_reads_notes(client: TestClient, store: Store) -> None:
    call = lay_out(store, turns=LONG)
    path = f"/deals/{call.deal_id}/brief"
    html = client.get(path).text
    for title in ("Agenda", "People", "Promised", "Still open"):
        assert f"<h2>{title}</h2>" in html
    assert f"/calls/{call.id}/transcript?turn=8#t8" in html
    taken = client.get(f"{path}.md")
    assert taken.headers["content-type"].startswith("text/markdown")
    assert "attachment" in taken.headers["content-disposition"]
    assert "# Northpier" in taken.text
    assert "<h1>Northpier" in client.get(f"{path}.html").text
    note = b"Northpier bought a second hall in Aarhus last spring and hired nine people for it. <b>Bold.</b>"
    sent = client.post(
        f"/deals/{call.deal_id}/documents", data={"csrf": token(client), "note": "1"},
        files={"files": ("hall.txt", note, "text/plain")},
    )  # fmt: skip
    assert sent.status_code == 303
    html = client.get(path).text
    link = re.search(rf'href="(/deals/{call.deal_id}/notes/\w+)">hall.txt', html.split("From your notes")[1])
    assert link
    assert "second hall in Aarhus" in html.split("From your notes")[1]
    shown = client.get(link[1]).text
    assert "&lt;b&gt;Bold." in shown
    assert client.get(f"/deals/{call.deal_id}/notes/none").status_code == 404


def test_a_deal_without_calls_has_a_brief_that_says_so(client: TestClient, store: Store) -> None:
    assert send(client, "/deals", account="Aker Yard", name="Cranes", stage="discovery") == 303
    with store.read() as unit:
        deal = unit.deals.by_name("Cranes")[0]
    assert "No call with this deal yet" in client.get(f"/deals/{deal.id}/brief").text


def test_questions_are_counted_answered_or_not_found(tmp_path: Path) -> None:
    with workspace(tmp_path) as own:
        lay_out(own)
        client = TestClient(create_app(own, work=Noted()), base_url="http://localhost")
        ask_around(client)


def ask_around(client: TestClient) -> None:
    empty = client.get("/ask").text
    assert "Start from one of these" in empty
    examples = re.findall(r'href="(/ask\?q=[^"]+)"', empty)
    assert len(examples) >= 3
    kinds = [re.search(r'data-kind="(\w+)"', client.get(e.replace("&amp;", "&")).text) for e in examples[:2]]
    assert [k and k[1] for k in kinds] == ["count", "count"]
    counted = client.get("/ask?q=How many calls were there, by stage?").text
    assert re.search(r"<b>(\d+)</b> of \1 calls", counted)
    assert "Counted by code" in counted
    said = client.get("/ask?q=How are pallets counted at the hand-over at six?").text
    assert "Found by search" in said
    assert re.search(r"/calls/\w+/transcript\?turn=\d+#t\d+", said)
    none = client.get("/ask", params={"q": "<b>submarine periscope</b>"}).text
    assert "I don&#39;t find that in the calls" in none
    assert "<b>submarine" not in none
    assert "What can be asked" in none
    assert heading(none) == "Not found"
    unknown = client.get("/ask", params={"q": "What did Zebulon say?"}).text
    assert heading(unknown) == "Nobody by that name"
    assert unknown.count("Nobody called Zebulon") == 1
    assert "I don&#39;t find that in the calls" not in unknown
    assert "Searched, no language model" not in unknown


@pytest.mark.parametrize(
    ("text", "title"),
    [
        (NOT_FOUND, "Not found"),
        ("Nobody called Zed is on the calls that you may see.", "Nobody by that name"),
        ("I don't find that Ken said something on it. Ken is on 2 calls.", "Not said by this person"),
        ("2 people are called Ken: Ken A, Ken B. Ask again with the whole name.", "Which one is meant?"),
    ],
)
def test_each_way_of_not_answering_has_its_heading(store: Store, text: str, title: str) -> None:
    with store.read() as unit:
        view = answer_view(unit, Reply(question="x", text=text, kind="none", notes=(text,)), "")
    assert view.title == title
    assert view.told == ("" if text == NOT_FOUND else text)


def heading(text: str) -> str:
    found = re.search(r'<h2 id="answer">([^<]+)<', text)
    assert found
    return found[1]


def test_a_model_answers_only_when_it_is_asked_to(
    client: TestClient, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    lay_out(store)
    asked: list[bool] = []

    def answer(unit: object, question: str, book: object, *, model: bool = False, **more: object) -> Reply:
        asked.append(model)
        text = "They lose an hour a day [M1]." if model else "x"
        return Reply(question=question, text=text, kind="model" if model else "passages")

    monkeypatch.setattr("coachbot.web.routes.ask.ask", answer)
    assert "Let " not in client.get("/ask?q=What does it cost them?").text
    monkeypatch.setenv("COACHBOT_LLM_MODEL", "gemma-small")
    settings.cache_clear()
    assert "Let gemma-small answer" in client.get("/ask?q=What does it cost them?").text
    assert client.post("/ask", data={"q": "What does it cost them?"}).status_code == 403
    told = client.post("/ask", data={"q": "What does it cost them?", "csrf": token(client)}).text
    assert asked == [False, False, True]
    assert "Answered by gemma-small" in told
    assert '<a class="cite" href="#m1" aria-label="Source 1">1</a>' in told


def test_citations_are_numbered_in_the_order_of_what_they_cite(store: Store) -> None:
    text = "Two deals [K2]. They lose an hour [M3] [M1]. An hour, again [M3]."
    with store.read() as unit:
        view = answer_view(unit, Reply(question="q", text=text, kind="model"), "m")
    assert [p.target for p in view.parts if p.target] == ["c1", "m1", "m2", "m1"]
    assert "".join(p.text for p in view.parts if not p.target) == re.sub(r" \[..\]", "", text)


def test_headings_of_a_play_can_be_linked_to() -> None:
    html = markdown("## Ask, *first*\n\ntext\n")
    assert f'<h2 id="{heading_id("Ask, *first*")}">' in html
    assert heading_id("日本語 の") == "h-日本語-の"


def test_a_play_is_shown_of_the_playbook_that_was_meant(client: TestClient) -> None:
    play = load_playbook("b2b-saas").plays[0]
    assert client.get(f"/playbook/plays/{play.id}?book=b2b-saas").status_code == 200
    assert client.get(f"/playbook/plays/{play.id}?book=../../etc").status_code == 200  # the standing one
    other = load_playbook("plg-self-serve")
    only = next(p for p in other.plays if p.id not in {q.id for q in load_playbook("b2b-saas").plays})
    assert client.get(f"/playbook/plays/{only.id}").status_code == 404
    assert other.id in client.get(f"/playbook/plays/{only.id}?book={other.id}").text


def test_quotes_are_told_from_what_coachbot_says() -> None:
    parts = environment().filters["quoted"]
    assert list(parts("Held: “yes” (Bea). “No")) == [
        ("Held: ", False),
        ("“yes”", True),
        (" (Bea). “No", False),
    ]
    assert list(parts("")) == []


def test_marks_on_prompts_are_the_same_as_the_other_ways_make(client: TestClient, store: Store) -> None:
    call = lay_out(store, turns=LONG)
    prompt = first_prompt(store, call)
    send(client, f"/calls/{call.id}/coach/{prompt}", useful="1")
    with store.read() as unit:
        (one,) = unit.marks.current(MARK, subject=f"call:{call.id}")
    assert one.value["prompt"]["id"] == prompt
    assert one.at >= WHEN - timedelta(days=1)
