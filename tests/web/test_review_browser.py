"""The review in the browser: by keyboard, by mouse, without scripts, by two people at once."""

from __future__ import annotations

import re

from playwright.sync_api import BrowserContext, Page, expect
from web_world import SAID, lay_out

from coachbot import review
from coachbot.playbook import load_playbook
from coachbot.store import Store

SLOW = """() => { const quick = window.fetch; window.fetch = async (...asked) => {
    await new Promise((go) => setTimeout(go, 150)); return quick(...asked); }; }"""


def statuses(store: Store, call_id: str) -> list[str]:
    with store.read() as unit:
        return [i.status for i in unit.items.of_call(call_id)]


def wait_for(store: Store, tab: Page, call_id: str, status: str, count: int) -> None:
    for _ in range(100):
        if statuses(store, call_id).count(status) == count:
            return
        tab.wait_for_timeout(30)
    raise AssertionError(statuses(store, call_id))


def test_a_review_by_keyboard_alone(store: Store, tab: Page) -> None:
    call = lay_out(store)
    tab.goto(f"/calls/{call.id}")
    expect(tab).to_have_url(re.compile("/review$"))
    tab.keyboard.press("?")
    expect(tab.get_by_role("dialog")).to_contain_text("accept")
    tab.keyboard.press("Escape")

    first = tab.locator(".item").first
    expect(first).to_have_attribute("aria-current", "true")
    tab.keyboard.press("a")
    expect(first).to_have_class(re.compile("accepted"))
    expect(tab.locator("#decided")).to_have_text("1")
    tab.keyboard.press("e")
    tab.locator(".item-edit textarea").fill("Ninety minutes a day")
    tab.keyboard.press("Control+Enter")
    tab.keyboard.press("r")
    tab.keyboard.press("2")
    wait_for(store, tab, call.id, "rejected", 1)
    wait_for(store, tab, call.id, "edited", 1)
    expect(tab.locator(".item.rejected")).to_contain_text("wrong value")
    expect(tab.locator('.item.draft[aria-current="true"]')).to_be_focused()  # the next one has the keys
    tab.keyboard.press("u")
    wait_for(store, tab, call.id, "rejected", 0)
    for _ in range(7):
        tab.keyboard.press("a")
    wait_for(store, tab, call.id, "accepted", 8)
    expect(tab.locator("#decided")).to_have_text("9")

    tab.keyboard.press("f")
    expect(tab.get_by_role("heading", level=1)).to_have_text("Finish the review")
    tab.get_by_role("radio", name="Advance").check()
    tab.get_by_role("button", name="Finish").click()
    expect(tab.get_by_role("alert")).to_contain_text("give the reason")
    tab.get_by_label("Why", exact=True).fill("They asked to start the trial on Monday")
    tab.get_by_role("radio", name="Advance").check()
    tab.get_by_role("button", name="Finish").click()
    expect(tab).to_have_url(re.compile("/deals/"))
    expect(tab.locator("body")).to_contain_text("Ninety minutes a day")
    with store.read() as unit:
        deal = unit.deals.need(call.deal_id or "")
        assert deal.stage == load_playbook("b2b-saas").stages[3].id
        assert unit.calls.need(call.id).reviewed_at is not None


def test_the_form_for_a_new_item_is_left_by_key_and_keeps_what_was_typed(store: Store, tab: Page) -> None:
    tab.goto(f"/calls/{lay_out(store).id}/review")
    tab.keyboard.press("n")
    tab.keyboard.type("Half written")
    tab.keyboard.press("Escape")
    expect(tab.locator("#add-value")).to_be_hidden()
    expect(tab.locator(".item").first).to_be_focused()
    tab.keyboard.press("n")
    expect(tab.locator("#add-value")).to_have_value("Half written")


def test_a_chip_unfolds_then_plays_and_lights_the_line(store: Store, tab: Page) -> None:
    call = lay_out(store)
    tab.goto(f"/calls/{call.id}/review")
    chip = tab.locator(".item .chip").first
    turn = chip.get_attribute("data-turn")
    chip.click()
    expect(tab.locator(".item blockquote").first).to_be_visible()
    expect(tab.locator(f"#t{turn}")).to_have_class(re.compile("lit"))
    tab.evaluate("document.querySelector('audio').muted = true")
    chip.click()
    tab.wait_for_function("!document.querySelector('audio').paused || document.querySelector('audio').ended")
    chip.click()
    expect(tab.locator(".item blockquote").first).to_be_hidden()


def test_what_was_typed_is_there_after_leaving(store: Store, tab: Page) -> None:
    call = lay_out(store)
    tab.goto(f"/calls/{call.id}/review")
    tab.keyboard.press("e")
    tab.locator(".item-edit textarea").fill("half-written")
    tab.goto("/inbox")
    tab.goto(f"/calls/{call.id}/review")
    tab.keyboard.press("e")
    expect(tab.locator(".item-edit textarea")).to_have_value("half-written")


def test_a_decision_that_is_not_saved_is_put_back(store: Store, tab: Page, complaints: list[str]) -> None:
    call = lay_out(store)
    tab.goto(f"/calls/{call.id}/review")
    tab.route("**/decide", lambda route: route.abort())
    tab.keyboard.press("a")
    expect(tab.locator("#toasts")).to_contain_text("cannot be reached")
    expect(tab.locator(".item").first).to_have_class(re.compile("draft"))
    expect(tab.locator("#decided")).to_have_text("0")
    tab.unroute("**/decide")
    tab.keyboard.press("a")
    wait_for(store, tab, call.id, "accepted", 1)
    complaints.clear()  # the browser's own word on the request that was cut off


def test_quick_fingers_on_a_slow_line(store: Store, tab: Page) -> None:
    call = lay_out(store)
    tab.goto(f"/calls/{call.id}/review")
    tab.evaluate(SLOW)
    for key in "auauaaaa":  # each undo takes the cursor back to its item
        tab.keyboard.press(key)
    expect(tab.locator("#decided")).to_have_text("4")
    expect(tab.locator(".item.accepted")).to_have_count(4)
    wait_for(store, tab, call.id, "accepted", 4)
    expect(tab.locator(".item.saving")).to_have_count(0)
    expect(tab.locator("#decided")).to_have_text("4")
    assert [i for i in statuses(store, call.id) if i == "draft"] == ["draft"] * 5


def test_selected_words_become_an_item_and_evidence(store: Store, tab: Page) -> None:
    call = lay_out(store)
    tab.goto(f"/calls/{call.id}/review")
    select = """n => { const text = document.querySelector(`#t${n} .said`).firstChild;
        getSelection().setBaseAndExtent(text, 0, text, 10); }"""
    tab.evaluate(select, 2)
    tab.locator("#t2 .said").dispatch_event("pointerup")
    tab.get_by_role("button", name="Add an item").click()
    expect(tab.locator("#add-quote")).to_have_value("An hour a")
    tab.locator("#add-value").fill("One hour")
    tab.locator("#add-form button").click()
    expect(tab.locator(".item", has_text="added by hand")).to_contain_text("One hour")

    tab.evaluate(select, 4)
    tab.locator("#t4 .said").dispatch_event("pointerup")
    tab.get_by_role("button", name="Evidence of").click()
    expect(tab.locator("#toasts")).to_contain_text("its evidence now")
    with store.read() as unit:
        added = next(i for i in unit.items.of_call(call.id) if i.by_hand)
    assert added.evidence[0].quote == SAID[4][1][:10].strip()


def test_two_people_at_once(store: Store, tab: Page, context: BrowserContext) -> None:
    call = lay_out(store)
    other = context.new_page()
    tab.goto(f"/calls/{call.id}/review")
    other.goto(f"/calls/{call.id}/review")
    other.keyboard.press("a")
    wait_for(store, tab, call.id, "accepted", 1)
    expect(tab.locator(".item").first).to_have_class(re.compile("accepted"))  # appears live
    expect(tab.locator("#decided")).to_have_text("1")


def test_the_slower_of_two_sees_both_values(store: Store, tab: Page) -> None:
    call = lay_out(store)
    tab.route("**/events", lambda route: route.fulfill(status=204))  # the news does not come in time
    tab.goto(f"/calls/{call.id}/review")
    second = tab.locator(".item").nth(1)
    ident = (second.get_attribute("id") or "")[2:]
    with store.begin() as unit:
        by = review.Reviewer(None, load_playbook("b2b-saas"))
        review.reject(unit, ident, by, version=1, why="not said")
    second.click(position={"x": 5, "y": 5})
    tab.keyboard.press("a")
    expect(tab.locator("#toasts")).to_contain_text("was faster")
    expect(second).to_contain_text("decided first: rejected")
    assert statuses(store, call.id).count("accepted") == 0


def test_without_scripts(store: Store, plain: Page) -> None:
    call = lay_out(store)
    plain.goto(f"/calls/{call.id}/review")
    plain.locator(".item").first.get_by_role("button", name="Accept").click()
    assert statuses(store, call.id).count("accepted") == 1
    plain.locator(".item.draft").first.get_by_role("link", name="Reject").click()
    plain.get_by_role("button", name="wrong value").click()
    plain.locator(".item.draft").first.get_by_role("link", name="Edit").click()
    plain.locator(".item-edit textarea").fill("As I heard it")
    plain.get_by_role("button", name="Save").click()
    expect(plain.locator(".item.edited")).to_contain_text("As I heard it")
    plain.locator(".item.edited").get_by_role("button", name="Undo").click()
    assert sorted(statuses(store, call.id)) == ["accepted"] + ["draft"] * 7 + ["rejected"]
    plain.locator(".item .chip").first.click()
    expect(plain.locator(".item blockquote").first).to_be_visible()
    plain.get_by_role("link", name="Finish").click()
    plain.get_by_role("button", name="Finish").click()
    expect(plain).to_have_url(re.compile("/deals/"))
