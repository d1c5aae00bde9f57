"""Coaching in the browser: from the queue to the moment to a mark, without scripts, and on paper."""

from __future__ import annotations

import io
import re

import pytest
from playwright.sync_api import BrowserContext, FilePayload, Page, expect
from pypdf import PdfReader
from web_world import Noted, lay_out, serving

from coachbot import review
from coachbot.coach.feedback import MARK
from coachbot.model.workspace import Role, User
from coachbot.playbook import load_playbook
from coachbot.store import Store, new_id
from coachbot.web import create_app
from coachbot.web.people import SESSION_COOKIE


@pytest.fixture(autouse=True)
def _no_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("coachbot.coach.case.second_look", lambda transcript, book: None)
    monkeypatch.setattr("coachbot.coach.look.likeness", lambda: None)


def test_a_manager_goes_from_the_queue_to_the_moment_and_marks(store: Store, tab: Page) -> None:
    with store.begin() as unit:
        mia, ana = (
            unit.users.add(User(id=new_id(), name=n, email=f"{n}@example.com", role=r, team="north"))
            for n, r in (("Mia", Role.MANAGER), ("Ana", Role.REP))
        )
        secret, _ = unit.access.open_session(mia.id)
    call = lay_out(store, turns=36, owner=ana.id)
    with store.begin() as unit:  # an objection that a person accepted is coached on
        (item,) = [i for i in unit.items.of_call(call.id) if i.kind == "objection"]
        review.accept(unit, item.id, review.Reviewer(ana.id, load_playbook("b2b-saas")), version=item.version)
    with serving(create_app(store, work=Noted(), local=False)) as site:
        tab.context.add_cookies([{"name": SESSION_COOKIE, "value": secret, "url": site}])
        tab.goto(f"{site}/team")
        row = tab.locator("#queue li").filter(has_text="Ana")
        expect(row).to_be_visible()  # by itself, when the call has been looked at
        title = row.locator("a.title")
        title.focus()
        tab.keyboard.press("Enter")
        expect(tab).to_have_url(re.compile(f"/calls/{call.id}/coach#p-"))
        card = tab.locator(".prompt:target")
        expect(card).to_be_visible()
        expect(card.locator("summary.chip, .receipt").first).to_be_visible()

        tab.goto(f"{site}/calls/{call.id}/coach")
        held = tab.locator(".prompt", has_text="left open")
        chip = held.locator("summary.chip").first
        chip.focus()
        tab.keyboard.press("Enter")
        tab.locator(".prompt details.ev[open] blockquote a").first.click()
        expect(tab).to_have_url(re.compile(r"/transcript\?turn=\d+#t\d+"))
        expect(tab.locator(".turn.lit")).to_be_visible()
        tab.go_back()

        first = tab.locator(".prompt").first
        first.get_by_text("Not useful").first.click()
        first.get_by_label("Why was it not useful?").fill("They told us in the mail")
        first.get_by_role("button", name="Save").click()
        expect(first.locator(".opinion")).to_contain_text("You: not useful, “They told us in the mail”")
        first.get_by_role("button", name="Useful", exact=True).focus()
        tab.keyboard.press("Enter")
        expect(first.locator(".opinion")).to_have_text("You: useful")
        assert first.evaluate("e => e.contains(document.activeElement)")
        tab.goto(f"{site}/team")
        expect(tab.locator("#queue")).to_contain_text("already marked")
        expect(tab.locator("#queue li").filter(has_text="Ana")).to_have_count(0)
    with store.read() as unit:
        (one,) = unit.marks.current(MARK, subject=f"call:{call.id}")
    assert (one.by, one.value["useful"]) == (mia.id, True)


def test_what_is_marked_leaves_the_queue_and_keeps_the_keyboard(store: Store, tab: Page) -> None:
    for _ in range(2):
        lay_out(store, turns=36)
    tab.goto("/team")
    rows = tab.locator("#queue li")
    expect(tab.locator("#queue")).to_have_attribute("data-waiting", "0")
    before = rows.count()
    rows.first.get_by_role("button", name="Useful").focus()
    tab.keyboard.press("Enter")
    expect(rows).to_have_count(before - 1)
    assert tab.evaluate("document.activeElement.matches('#queue a.title')")


def test_without_scripts(store: Store, plain: Page) -> None:
    call = lay_out(store, turns=36)
    plain.goto(f"/calls/{call.id}/coach")
    first = plain.locator(".prompt").first
    first.locator("summary", has_text="Not useful").click()
    first.get_by_label("Why was it not useful?").fill("We knew")
    first.get_by_role("button", name="Save").click()
    expect(plain.locator(".prompt").first.locator(".opinion")).to_have_text("You: not useful, “We knew”")
    line = plain.locator(".scorecard li").first
    line.locator("summary", has_text="Change").click()
    line.get_by_label("Verdict", exact=True).select_option("na")
    line.get_by_label("Why", exact=True).fill("Agreed by mail")
    line.get_by_role("button", name="Save").click()
    expect(plain.locator(".scorecard li").first).to_contain_text("Agreed by mail")
    plain.get_by_role("link", name="Brief for the next call").click()
    expect(plain.get_by_role("button", name="Print")).to_have_count(0)
    note: FilePayload = {
        "name": "hall.md",
        "mimeType": "text/markdown",
        "buffer": b"They opened a second hall in Aarhus.",
    }
    plain.get_by_label("Drop a note here").set_input_files([note])
    plain.get_by_role("button", name="Add").click()
    plain.goto(f"/deals/{call.deal_id}/brief")
    expect(plain.locator(".brief-parts")).to_contain_text("second hall in Aarhus")
    plain.get_by_label("Ask the calls").first.fill("How many calls were there?")
    plain.get_by_label("Ask the calls").first.press("Enter")
    expect(plain.locator(".counted-answer")).to_contain_text("calls")


@pytest.mark.parametrize("paper", ["A4", "Letter"])
def test_a_brief_is_one_sheet_of_paper(store: Store, context: BrowserContext, paper: str) -> None:
    call = lay_out(store, turns=36, items=14)
    page = context.new_page()
    page.goto(f"/deals/{call.deal_id}/brief")
    sheets = PdfReader(io.BytesIO(page.pdf(format=paper))).pages
    text = " ".join(p.extract_text() for p in sheets)
    assert len(sheets) == 1
    assert "Agenda" in text
    assert "Every quote stands in the call" in text
    assert "Drop a note" not in text
    assert "Markdown" not in text
