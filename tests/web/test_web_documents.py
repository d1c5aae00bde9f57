"""Documents on a deal's page: dropped with scripts, sent without, saved, removed; for who sees the deal."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from playwright.sync_api import Page, expect
from web_world import Noted, lay_out

from coachbot.attachments import attach
from coachbot.model.workspace import User
from coachbot.store import Store
from coachbot.web import create_app


@pytest.fixture
def deal_id(store: Store) -> str:
    """A deal of the test's own."""
    return lay_out(store).deal_id or ""


def test_files_are_dropped_saved_and_removed(tab: Page, deal_id: str, folder: Path) -> None:
    (folder / "offer.pdf").write_bytes(b"%PDF-1.4 small")
    (folder / "plan.md").write_text("# Plan\n")
    tab.goto(f"/deals/{deal_id}")
    tab.get_by_text("Attach a document").click()
    tab.get_by_label("What it is").fill("Proposal")
    with tab.expect_navigation():  # the page comes anew once everything is sent
        tab.locator("#files").set_input_files([folder / "offer.pdf", folder / "plan.md"])
    listed = tab.locator("#documents .documents li")
    expect(listed).to_have_count(2)
    expect(listed.first).to_contain_text("Proposal")
    with tab.expect_download() as saved:
        tab.get_by_role("link", name="offer.pdf").click()
    assert saved.value.suggested_filename == "offer.pdf"
    assert Path(saved.value.path()).read_bytes() == b"%PDF-1.4 small"
    tab.get_by_label("Remove offer.pdf").click()
    tab.get_by_role("button", name="Remove it").click()
    expect(tab.locator("#documents .documents li")).to_have_count(1)


def test_a_refused_file_says_why(tab: Page, deal_id: str, folder: Path) -> None:
    (folder / "offer.pdf").write_bytes(b"MZ\x90\0program")
    tab.goto(f"/deals/{deal_id}/documents")
    tab.locator("#files").set_input_files(folder / "offer.pdf")
    expect(tab.locator("#sent")).to_contain_text("It is no document that is taken in")


def test_without_scripts(plain: Page, deal_id: str, folder: Path) -> None:
    (folder / "plan.md").write_text("# Plan\n")
    (folder / "bad.exe").write_bytes(b"MZ\x90\0program")
    plain.goto(f"/deals/{deal_id}")
    plain.get_by_text("Attach a document").click()
    plain.locator("#files").set_input_files([folder / "plan.md"])
    plain.get_by_role("button", name="Attach").click()
    expect(plain.locator("#documents .documents li")).to_have_count(1)
    plain.goto(f"/deals/{deal_id}/documents")
    plain.locator("#files").set_input_files([folder / "plan.md", folder / "bad.exe"])
    plain.get_by_role("button", name="Attach").click()
    expect(plain.get_by_role("alert")).to_contain_text("bad.exe: It is no document")
    expect(plain.locator(".documents li")).to_have_count(1)


def test_a_removed_document_is_put_back(plain: Page, store: Store, deal_id: str) -> None:
    note = attach(store, deal_id, io.BytesIO(b"They opened a second site."), "news.txt", note=True)
    with store.begin() as unit:
        unit.documents.remove(deal_id, note.id)
    plain.goto(f"/deals/{deal_id}/documents")
    expect(plain.locator(".removed li")).to_contain_text("news.txt")
    plain.get_by_role("button", name="Put news.txt back").click()
    expect(plain.locator(".documents li")).to_contain_text("news.txt")
    expect(plain.locator(".removed")).to_have_count(0)
    with store.read() as unit:
        assert [pages for _, pages, _ in unit.documents.notes(deal_id)] == [("They opened a second site.",)]


def test_nothing_is_put_back_over_a_newer_one(store: Store, deal_id: str) -> None:
    old = attach(store, deal_id, io.BytesIO(b"old"), "plan.txt")
    with store.begin() as unit:
        unit.documents.remove(deal_id, old.id)
    attach(store, deal_id, io.BytesIO(b"new"), "plan.txt")
    with TestClient(create_app(store, work=Noted()), base_url="http://127.0.0.1") as client:
        page = client.get(f"/deals/{deal_id}/documents").text
        assert "Put plan.txt back" not in page
        csrf = re.search(r'name="csrf" value="([^"]+)"', page)
        assert csrf
        sent = client.post(f"/deals/{deal_id}/documents/{old.id}/restore", data={"csrf": csrf[1]})
        assert sent.status_code == 409
        other = client.post(f"/deals/{deal_id}/documents/none/restore", data={"csrf": csrf[1]})
        assert other.status_code == 404


def test_a_note_that_is_sent_from_the_brief_comes_back_there(plain: Page, deal_id: str, folder: Path) -> None:
    (folder / "news.txt").write_text("They opened a second site.\n")
    (folder / "bad.exe").write_bytes(b"MZ\x90\0program")
    plain.goto(f"/deals/{deal_id}/brief")
    plain.locator("#files").set_input_files([folder / "news.txt"])
    plain.get_by_role("button", name="Add").click()
    assert plain.url.endswith(f"/deals/{deal_id}/brief#notes")
    expect(plain.locator("#notes")).to_contain_text("news.txt")
    plain.locator("#files").set_input_files([folder / "bad.exe"])
    plain.get_by_role("button", name="Add").click()
    expect(plain.get_by_role("alert")).to_contain_text("bad.exe: It is no document")
    expect(plain.locator(".brief")).to_be_visible()


def test_a_long_list_is_counted_and_paged(store: Store, deal_id: str) -> None:
    for n in range(55):
        attach(store, deal_id, io.BytesIO(b"text"), f"{n:02}.txt")
    with TestClient(create_app(store, work=Noted()), base_url="http://127.0.0.1") as client:
        assert "8 of 55 shown" in client.get(f"/deals/{deal_id}").text
        first = client.get(f"/deals/{deal_id}/documents").text
        assert "50 of 55 shown" in first
        assert 'rel="next"' in first
        assert first.count('class="title"') == 50


def test_markup_in_names_is_text_and_others_see_nothing(store: Store, deal_id: str) -> None:
    kept = attach(store, deal_id, io.BytesIO(b"text"), "<b>x</b>.txt", what="<script>alert(1)</script>")
    with store.begin() as unit:
        unit.users.add(User(id="zed", name="Zed", email="zed@example.com"))
        unit.deals.update(
            unit.deals.need(deal_id).model_copy(update={"owner": None}),
            expected=unit.deals.need(deal_id).version,
        )
        secret, _ = unit.access.open_session("zed")
    app = create_app(store, work=Noted(), local=False)
    with TestClient(app, cookies={"coachbot_session": secret}) as client:
        for path in ("", f"/{kept.id}"):
            assert client.get(f"/deals/{deal_id}/documents{path}").status_code == 404
    with TestClient(create_app(store, work=Noted()), base_url="http://127.0.0.1") as client:
        text = client.get(f"/deals/{deal_id}").text
        assert "<b>x</b>" not in text
        assert "<script>alert" not in text
        assert client.post(f"/deals/{deal_id}/documents/{kept.id}/remove").status_code == 403  # no token
