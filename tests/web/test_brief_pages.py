"""Briefs with their notes, and the playbook's pages that coaching leads to."""

from __future__ import annotations

import re

import pytest
from coach_world import LONG, send, token
from fastapi.testclient import TestClient
from web_world import lay_out

from coachbot.playbook import load_playbook
from coachbot.store import Store
from coachbot.web.templating import environment
from coachbot.web.views.playbook import heading_id, markdown

pytestmark = pytest.mark.usefixtures("no_reader")


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
    assert (
        f"playbook {other.name} {other.version}"
        in client.get(f"/playbook/plays/{only.id}?book={other.id}").text
    )


def test_quotes_are_told_from_what_coachbot_says() -> None:
    parts = environment().filters["quoted"]
    assert list(parts("Held: “yes” (Bea). “No")) == [
        ("Held: ", False),
        ("“yes”", True),
        (" (Bea). “No", False),
    ]
    assert list(parts("")) == []
