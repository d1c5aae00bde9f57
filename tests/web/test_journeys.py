"""From a file to a deal, with the work really done; a failure and its retry."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from web_world import serving

from coachbot.bundled import bundled
from coachbot.model.workspace import Deal
from coachbot.pipeline import Runtime
from coachbot.store import Store, new_id
from coachbot.web import create_app

NOTHING = "WEBVTT\n\nNOTE nobody says anything here\n"


@pytest.fixture(scope="module")
def site(store: Store) -> Iterator[str]:
    """A server whose calls are really worked on."""
    work = Runtime(store)
    with ThreadPoolExecutor(1) as aside:  # DBOS will not start beside the browser's event loop
        aside.submit(work.start).result()
        with serving(create_app(store, work=work)) as address:
            yield address
        aside.submit(work.close).result()


@pytest.fixture(scope="module")
def deal(store: Store) -> Deal:
    """The deal that the call is about."""
    with store.begin() as unit:
        account = unit.accounts.ensure("Pruitt Family Heating & Air")
        return unit.deals.add(
            Deal(id=new_id(), name="Dispatch", account_id=account.id, account=account.name,
                 playbook="b2b-saas", stage="discovery")
        )  # fmt: skip


def test_upload_progress_review_finish_deal(tab: Page, deal: Deal, store: Store) -> None:
    tab.goto("/inbox")
    expect(tab.get_by_role("heading", name="Your first call")).to_be_visible()
    tab.get_by_role("link", name="Add calls").first.click()
    tab.get_by_label("Deal").select_option(deal.id)
    tab.get_by_label("Drop recordings").set_input_files(bundled("samples") / "heating-discovery.txt")
    sent = tab.locator("#sent li")
    expect(sent).to_contain_text("being read")
    sent.get_by_role("link").click()
    expect(tab).to_have_url(re.compile("/review$"), timeout=30_000)  # by itself, when the draft is there

    expect(tab.locator(".item[aria-current]")).to_be_visible()
    total = int(tab.locator("#total").inner_text())
    assert total > 5
    tab.keyboard.press("a")
    tab.keyboard.press("r")
    tab.keyboard.press("r")
    expect(tab.locator("#decided")).to_have_text("2")
    expect(tab.locator(".item.saving")).to_have_count(0)
    tab.reload()
    expect(tab.locator("#decided")).to_have_text("2")
    expect(tab.locator(".item").nth(2)).to_have_attribute("aria-current", "true")
    tab.keyboard.press("f")
    tab.get_by_role("radio", name="Stay").check()
    tab.get_by_role("button", name="Finish").click()
    expect(tab).to_have_url(re.compile(f"/deals/{deal.id}"))
    expect(tab.locator("body")).to_contain_text("The review is finished")
    with store.read() as unit:
        assert len(unit.facts.of_deal(deal.id)) == 1


def test_a_failed_call_says_why_and_is_tried_again(tab: Page, folder: Path, store: Store) -> None:
    broken = folder / "silence.vtt"
    broken.write_text(NOTHING)
    tab.goto("/upload")
    tab.get_by_label("Drop recordings").set_input_files(broken)
    tab.locator("#sent li").get_by_role("link").click()
    step = tab.locator(".steps li").first
    expect(step).to_contain_text("failed", timeout=30_000)
    call_id = tab.url.rsplit("/", 1)[1]
    with store.read() as unit:
        error = unit.calls.need(call_id).error
    assert error
    expect(tab.get_by_role("alert")).to_contain_text(error[:30])
    tab.goto("/inbox?show=failed")
    expect(tab.locator(".rows")).to_contain_text(error[:30])
    tab.locator(".rows a.title").click()
    with tab.expect_response(lambda answer: answer.url.endswith("/retry")):
        step.get_by_role("button", name="Try again").click()
    with store.read() as unit:
        assert len(unit.audit.list(subject=f"call:{call_id}", what="call.retry").items) == 1
    expect(step).to_contain_text("failed", timeout=30_000)


def test_upload_without_scripts(plain: Page, folder: Path, store: Store) -> None:
    good = folder / "hand-over.txt"
    good.write_text("Ruth: It costs us an hour a day.\nTomas: Who else should know?\nRuth: Ken, he signs.\n")
    plain.goto("/upload")
    plain.get_by_label("Drop recordings").set_input_files(good)
    plain.get_by_role("button", name="Send").click()
    expect(plain.get_by_role("heading", level=1)).to_have_text("hand-over")
    expect(plain.locator(".steps li")).to_have_count(4)
    bad = folder / "program.mp3"
    bad.write_bytes(b"\x7fELF\x02\x01\x01\x00")
    plain.goto("/upload")
    plain.get_by_label("Drop recordings").set_input_files(bad)
    plain.get_by_role("button", name="Send").click()
    expect(plain.get_by_role("alert")).to_contain_text("neither a recording nor a transcript")
    for _ in range(200):
        with store.read() as unit:
            if unit.calls.counts()["running"] == unit.calls.counts()["queued"] == 0:
                return
        plain.wait_for_timeout(100)
