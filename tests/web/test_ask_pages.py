"""Questions: counted, answered or not found, and when a model is asked."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from coach_world import token
from fastapi.testclient import TestClient
from web_world import Noted, lay_out, workspace

from coachbot.coach import Reply
from coachbot.coach.ask import NOT_FOUND
from coachbot.settings import settings
from coachbot.store import Store
from coachbot.web import create_app
from coachbot.web.views.ask import answer_view

pytestmark = pytest.mark.usefixtures("no_reader")


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
    assert "Calls that were read, whether reviewed or not." in counted
    assert "Deals as they stand today." in client.get("/ask?q=How many deals are there, by stage?").text
    drafts = "those of drafts that nobody reviewed yet"
    for asked in ("How many objections were there?", "How many calls heard an objection about price?"):
        assert drafts in client.get("/ask", params={"q": asked}).text
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
