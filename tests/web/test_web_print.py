"""On paper: whole words and tables, no controls, whatever the sheet and the colours of the screen."""

from __future__ import annotations

import io
from unicodedata import normalize

import pytest
from playwright.sync_api import Browser
from pypdf import PdfReader
from web_world import lay_out

from coachbot.attachments import attach
from coachbot.insights.portfolio import generate
from coachbot.insights.portfolio_store import keep
from coachbot.playbook import load_playbook
from coachbot.store import Store


@pytest.fixture(scope="module")
def deal_id(store: Store) -> str:
    keep(store, [generate(60, 3)])
    made = lay_out(store).deal_id or ""
    attach(store, made, io.BytesIO(b"text"), "A plan with a name that is longer than a line of the side.txt")
    return made


def printed(browser: Browser, address: str, sheet: str) -> list[str]:
    """The text of each page as it is printed from a dark screen."""
    context = browser.new_context(color_scheme="dark")
    page = context.new_page()
    page.goto(address)
    found = PdfReader(io.BytesIO(page.pdf(format=sheet)))
    context.close()
    texts = (normalize("NFKC", p.extract_text()) for p in found.pages)  # fonts join letters such as fi
    return [" ".join(text.split()) for text in texts]


@pytest.mark.parametrize("sheet", ["A4", "Letter"])
def test_a_deal_is_whole_on_paper(browser: Browser, site: str, deal_id: str, sheet: str) -> None:
    text = " ".join(printed(browser, f"{site}/deals/{deal_id}", sheet)).replace(" ", "")
    for stage in load_playbook("b2b-saas").stages:
        assert stage.name.replace(" ", "") in text
    assert "longerthanalineoftheside.txt" in text
    for control in ("Movethedeal", "Attachadocument", "Removeit", "Whatitis", "Search", "Settings"):
        assert control not in text


@pytest.mark.parametrize("path", ["/insights/metrics", "/insights/objections", "/insights/risks"])
def test_no_sheet_holds_a_heading_alone(browser: Browser, site: str, deal_id: str, path: str) -> None:
    pages = printed(browser, site + path, "A4")
    assert len(pages) > 1
    assert min(len(text) for text in pages[:-1]) > 200
    assert not any("Dismiss" in text or "Show all" in text for text in pages)
