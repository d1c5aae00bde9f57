"""No page has a serious accessibility fault: axe-core on every page, light and dark, wide and phone."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files

import pytest
from playwright.sync_api import Browser, Page
from web_world import Noted, lay_out, serving, workspace

from coachbot import review
from coachbot.model.workspace import Call, CallState
from coachbot.playbook import load_playbook
from coachbot.store import Store
from coachbot.web import create_app

AXE = (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
RUN = "axe.run(document, {resultTypes: ['violations'], elementRef: false})"
PLAIN = (
    "/inbox?show=review", "/inbox?show=failed", "/deals", "/upload", "/search?q=pallets", "/team",
    "/playbook", "/playbook?q=budget", "/playbook/fields/budget", "/playbook/onepage", "/evals", "/settings",
    "/styleguide", "/nothing", "/insights/objections", "/insights/metrics", "/insights/risks",
    "/insights/sheets", "/ask", "/ask?q=How many objections were left open, by category?",
    "/ask?q=How are pallets counted?", "/ask?q=submarine", "/team/reps/all",
)  # fmt: skip


@pytest.fixture(autouse=True)
def _no_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    """What prompts say does not matter here."""
    monkeypatch.setattr("coachbot.coach.case.second_look", lambda transcript, book: None)


@pytest.fixture(scope="module")
def call(store: Store) -> Call:
    """A reviewed call with a deal, beside a failed one and open ones, short and long."""
    for turns in (9, 36, 36, 36):
        lay_out(store, turns=turns)
    lay_out(store, state=CallState.FAILED)
    done = lay_out(store)
    by = review.Reviewer(None, load_playbook("b2b-saas"))
    with store.begin() as unit:
        for item in unit.items.of_call(done.id)[:6]:
            review.accept(unit, item.id, by, version=item.version)
        review.finish(unit, done.id, by, version=done.version)
        return unit.calls.need(done.id)


@pytest.fixture(scope="module")
def newcomer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server that nobody has used, and that wants people to sign in."""
    new = workspace(tmp_path_factory.mktemp("new"))
    with new as store, serving(create_app(store, work=Noted(), local=False)) as address:
        yield address


@pytest.fixture(params=["light-wide", "dark-phone"])
def look(request: pytest.FixtureRequest, browser: Browser, site: str) -> Iterator[Page]:
    """A page in that look. The policy is set aside, so that axe may run."""
    scheme, _, size = request.param.partition("-")
    wide = {"width": 1280, "height": 800} if size == "wide" else {"width": 390, "height": 844}
    context = browser.new_context(base_url=site, color_scheme=scheme, viewport=wide, bypass_csp=True)
    yield context.new_page()
    context.close()


def faults(page: Page, path: str) -> list[str]:
    """What axe finds, and whether the page is wider than the screen."""
    page.goto(path)
    page.add_script_tag(content=AXE)
    told = page.evaluate(RUN)["violations"]
    found = [f"{path}: {v['id']} ({v['impact']}) {v['nodes'][0]['html'][:120]}" for v in told]
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        found.append(f"{path}: wider than the screen")
    return found


def test_no_page_has_a_fault(look: Page, call: Call, store: Store, newcomer: str) -> None:
    with store.read() as unit:
        item = unit.items.of_call(call.id)[-1]
    play = load_playbook("b2b-saas").plays[0].id
    pages = [*PLAIN, f"/playbook/plays/{play}", f"/deals/{call.deal_id}", f"{newcomer}/login"]
    pages += [f"/calls/{call.id}/{end}" for end in ("review", "finish", "transcript", "recap.html", "coach")]
    with store.read() as unit:
        others = [c for c in unit.calls.list(states=[CallState.DRAFT]).items if c.deal_id]
    pages += [f"/calls/{others[0].id}/coach", f"/calls/{others[0].id}/coach#p-none"]
    pages += [f"/deals/{others[0].deal_id}/{end}" for end in ("coach", "brief", "documents")]
    pages += [f"/calls/{call.id}/review?edit={item.id}", f"/calls/{call.id}/review?reject={item.id}"]
    assert [fault for path in pages for fault in faults(look, path)] == []
