"""What somebody new is told: days, drafts, warnings and sources, in words that say what they are."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from coach_world import send, token
from fastapi.testclient import TestClient
from web_world import Noted, lay_out

from coachbot import review
from coachbot.model.workspace import Call, CallState
from coachbot.playbook import load_playbook
from coachbot.store import Store
from coachbot.web.views.held import held, plainly

BOOK = load_playbook("b2b-saas")
UPLOADED = "no date given, uploaded on Wed 11 Mar 2026"

pytestmark = pytest.mark.usefixtures("no_reader")


def words(html: str) -> str:
    """A page's text."""
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def undated(store: Store) -> Call:
    """A call whose day nobody gave."""
    call = lay_out(store)
    with store.begin() as unit:
        transcript = review.transcript_of(unit, call.id)
        unit.transcripts.put(call.id, transcript.model_copy(update={"date": None}))
        return unit.calls.update(call.model_copy(update={"date": None}), expected=call.version)


@pytest.mark.parametrize(
    ("warning", "shown"),
    [
        ("Stays as said: give it in META.", "Stays as said: give it below."),
        ("Stays as said: give it with the details of the call.", "Stays as said: give it below."),
        ("Name them in the meta file.", "Name them in the details given with the call."),
        ("META is not JSON", "the details given with the call is not JSON"),
        ("A METAL frame, metadata", "A METAL frame, metadata"),
    ],
)
def test_a_warning_names_no_file_that_the_reader_never_saw(warning: str, shown: str) -> None:
    assert plainly(warning) == shown


def test_a_call_without_a_day_says_so_wherever_it_stands(client: TestClient, store: Store) -> None:
    call = undated(store)
    pages = [f"/calls/{call.id}/{end}" for end in ("review", "transcript", "coach")] + [
        "/inbox?show=review",
        "/search?q=pallets",
        f"/deals/{call.deal_id}",
        f"/deals/{call.deal_id}/coach",
    ]
    for path in pages:
        assert UPLOADED in words(client.get(path).text), path
    queued = call.model_copy(update={"state": CallState.QUEUED})
    assert held(queued) == "uploaded on Wed 11 Mar 2026"


def test_a_day_that_is_given_later_is_taken_and_the_call_read_anew(
    client: TestClient, store: Store, noted: Noted
) -> None:
    call = undated(store)
    page = client.get(f"/calls/{call.id}/review").text
    assert "When was it held?" in page
    assert send(client, f"/calls/{call.id}/held", day="2026-03-10") == 303
    with store.read() as unit:
        day = datetime(2026, 3, 10, tzinfo=UTC)
        assert unit.calls.need(call.id).date == review.transcript_of(unit, call.id).date == day
    assert noted.asked[-1] == (call.id, "extract")
    page = client.get(f"/calls/{call.id}/review").text
    assert "Tue 10 Mar 2026" in page
    assert "When was it held?" not in page


@pytest.mark.parametrize("day", ["", "9999-12-31", "0001-01-01", "1989-12-31", "soon", "2026-02-30", "🎈"])
def test_a_day_on_which_no_call_was_held_is_refused(client: TestClient, store: Store, day: str) -> None:
    call = undated(store)
    assert send(client, f"/calls/{call.id}/held", day=day) == 422
    if day:
        files = {"files": ("a.vtt", b"WEBVTT\n\n00:01.000 --> 00:02.000\nAnn: Hi\n", "text/vtt")}
        sent = client.post("/upload", data={"csrf": token(client), "held": day}, files=files)
        assert sent.status_code == 422


def test_the_day_given_with_a_file_is_the_day_of_the_call(client: TestClient, store: Store) -> None:
    day = (datetime.now(UTC) - timedelta(days=3)).date()
    sent = client.post(
        "/upload", data={"csrf": token(client), "held": day.isoformat()},
        files={"files": ("b.vtt", b"WEBVTT\n\n00:01.000 --> 00:02.000\nAnn: Hi\n", "text/vtt")},
    )  # fmt: skip
    with store.read() as unit:
        call = unit.calls.need(sent.headers["location"].split("/")[-1])
    assert call.date is not None
    assert call.date.date() == day


def test_finish_tells_the_draft_from_what_was_confirmed(client: TestClient, store: Store) -> None:
    call = lay_out(store)
    first = BOOK.stages[2].exit_criteria[0].text
    draft = client.get(f"/calls/{call.id}/finish").text
    deal = client.get(f"/deals/{call.deal_id}").text
    of = re.compile(r"(\d) of (\d) commitments")
    assert of.findall(draft) == of.findall(deal) == [("0", str(len(BOOK.stages[2].exit_criteria)))]
    assert words(draft).count("by the draft, not yet confirmed") == 1
    assert f"{first} by the draft, not yet confirmed" in words(draft)
    assert "One of these holds only by this call’s draft" in draft
    assert "Drafts count here once their review is finished" in deal
    by = review.Reviewer(None, BOOK)
    with store.begin() as unit:
        review.finish(unit, call.id, by, version=call.version)
    after = client.get(f"/calls/{call.id}/finish").text
    deal = client.get(f"/deals/{call.deal_id}").text
    assert of.findall(after) == of.findall(deal)
    assert of.findall(deal)[0][0] == "1"
    assert "by the draft" not in after


def test_a_quote_of_another_call_leads_to_that_call(client: TestClient, store: Store) -> None:
    old = lay_out(store)
    new = lay_out(store)
    by = review.Reviewer(None, BOOK)
    with store.begin() as unit:
        unit.calls.update(new.model_copy(update={"deal_id": old.deal_id}), expected=new.version)
        review.finish(unit, old.id, by, version=old.version)
    criteria = re.findall(
        r'<ul class="criteria">.*?</ul>', client.get(f"/deals/{old.deal_id}").text, re.DOTALL
    )
    assert f"/calls/{old.id}/transcript?turn=2" in criteria[0]
    assert new.id not in criteria[0]


def test_the_deal_has_the_warnings_of_the_team(client: TestClient, store: Store) -> None:
    call = lay_out(store)
    team = client.get("/team?whole=risks").text
    part = team[team.index(f'href="/deals/{call.deal_id}"') :].partition("</li>")[0]
    labels = re.findall(r"<b>([^<]+):</b>", part)
    page = client.get(f"/deals/{call.deal_id}").text
    shown = re.search(r"<h2>Risks today</h2>.*?</section>", page, re.DOTALL)
    assert shown
    assert labels
    assert re.findall(r'<span class="badge warn">.*?</svg>([^<]+)</span>', shown[0]) == labels
    key = next(r.id for r in (*BOOK.risks, *BOOK.portfolio_risks) if r.label == labels[0])
    assert send(client, "/team/risks", deal=str(call.deal_id), risk=key, why="They told us") == 303
    page = client.get(f"/deals/{call.deal_id}").text
    assert "1 dismissed" in page
    assert labels[0] not in re.search(r"<h2>Risks today</h2>.*?</section>", page, re.DOTALL)[0]  # type: ignore[index]


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("amount", "48,000 or so", "The amount must be a number such as 48000"),
        ("amount", "-5", "The amount must be a number"),
        ("amount", "nan", "The amount must be a number"),
        ("currency", "euros", "The currency is three letters"),
        ("close_date", "9999-12-31", "No deal closes in 9999."),
        ("close_date", "0001-01-01", "No deal closes in 1."),
        ("close_date", "tomorrow", "The close date must be a day such as 2026-03-31."),
        ("outcome", "hm", "Choose the outcome from the list."),
    ],
)
def test_what_does_not_fit_a_deal_is_said_on_its_page(
    client: TestClient, store: Store, name: str, value: str, told: str
) -> None:
    call = lay_out(store)
    with store.read() as unit:
        deal = unit.deals.need(call.deal_id or "")
    data = {"csrf": token(client), "version": str(deal.version), name: value}
    answer = client.post(f"/deals/{deal.id}", data=data)
    assert answer.status_code == 422
    assert f"Nothing was changed. {told}" in answer.text
    assert f"<h1>{deal.name}</h1>" in answer.text
    with store.read() as unit:
        assert unit.deals.need(deal.id) == deal


def test_names_keep_their_letters_and_lose_what_nobody_types(client: TestClient, store: Store) -> None:
    name = "שלום 🎈 <b>"
    assert send(client, "/deals", account=f"{name}\x00", name="a\x01b", stage=BOOK.stages[0].id) == 303
    with store.read() as unit:
        (deal,) = unit.deals.by_name(name)
    assert (deal.account, deal.name) == (name, "ab")
    assert "שלום 🎈 &lt;b&gt;" in client.get("/deals").text
    assert send(client, "/deals", account="", name="x") == 422


def test_an_empty_file_is_called_empty(client: TestClient) -> None:
    sent = client.post("/upload", data={"csrf": token(client)}, files={"files": ("a.vtt", b"", "text/vtt")})
    assert sent.status_code == 422
    assert "a.vtt: This file is empty." in sent.text


def test_the_pages_of_a_call_lead_to_each_other_and_to_its_deal(client: TestClient, store: Store) -> None:
    call = lay_out(store)
    for here in ("transcript", "coach"):
        page = client.get(f"/calls/{call.id}/{here}").text
        assert re.search(rf'<p class="crumbs">.*?href="/deals/{call.deal_id}"', page)
        tabs = re.search(r'<nav class="tabs" aria-label="This call">.*?</nav>', page)
        assert tabs
        assert re.findall(r">(\w+)</a>", tabs[0]) == ["Review", "Transcript", "Coaching"]
        assert f'href="/calls/{call.id}/{here}" aria-current="page"' in tabs[0]
    alone = lay_out(store, deal=False)
    assert '<a href="/inbox">Inbox</a>' in client.get(f"/calls/{alone.id}/transcript").text
