"""The pages of insights: the reports' numbers, each with the calls behind it; nothing the policy blocks."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from playwright.sync_api import Page
from web_world import Noted

from coachbot.insights.portfolio import Plan, Portfolio, generate
from coachbot.insights.portfolio_store import keep
from coachbot.insights.reminders import Task, raise_tasks
from coachbot.model.workspace import Outcome
from coachbot.playbook import load_playbook
from coachbot.store import Store, open_store
from coachbot.web import create_app
from coachbot.web.views.pictures import inline

TODAY = datetime.now(UTC).date()


@pytest.fixture(scope="module")
def made() -> Portfolio:
    return generate(70, 5, plan=Plan(drafts=0.1, today=TODAY))


@pytest.fixture(scope="module")
def store(made: Portfolio, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with open_store(home=tmp_path_factory.mktemp("web-insights"), upgrade=True) as store:
        keep(store, [made])
        yield store


@pytest.fixture(scope="module")
def client(store: Store) -> TestClient:
    return TestClient(create_app(store, work=Noted()), base_url="http://localhost", follow_redirects=False)


def got(client: TestClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, (path, answer.text[:300])
    return answer.text


def test_objections_with_their_denominators(client: TestClient, made: Portfolio) -> None:
    text = got(client, "/insights/objections")
    accepted = [o for o in made.objections if o.accepted]
    assert f"{len(accepted):,} objections in" in text
    assert "those that were accepted, without drafts" in text
    mine = [o for o in accepted if o.category == "price_budget"]
    calls = {o.call_id for o in mine}
    assert f">{len(calls)} of " in text
    assert text.count("<svg xmlns") == 2
    link = re.search(r'href="(/insights/objections/behind\?[^"]*price_budget[^"]*)"', text)
    assert link
    behind = got(client, link[1].replace("&amp;", "&"))
    assert f"{len(calls)} calls of" in behind
    assert re.search(r"/calls/[^/]+/transcript\?turn=\d+#t\d+", behind)
    rows = list(csv.DictReader(io.StringIO(got(client, "/insights/objections.csv?by=stage"))))
    assert sum(int(r["objections"]) for r in rows) == len(accepted)


def test_filters_narrow_and_are_kept(client: TestClient, made: Portfolio) -> None:
    deals = {d.id for d in made.deals if d.segment == "smb"}
    wanted = sum(o.deal_id in deals for o in made.objections)
    text = got(client, "/insights/objections?segment=smb&drafts=1&by=stage")
    assert f"{wanted:,} objections, " in text
    assert "without drafts" not in text
    assert '<option value="smb" selected>' in text
    assert "segment=smb" in re.findall(r'href="/insights/objections/behind\?([^"]*)"', text)[0]


def test_metrics_lead_to_their_deals(client: TestClient) -> None:
    text = got(client, "/insights/metrics")
    assert text.count("<svg xmlns") == 3
    assert "Of the deals that were in the stage and have left it" in text
    found = re.search(
        r'href="(/insights/metrics/conversion/behind\?key=discovery[^"]*)">(\d+) of (\d+)<', text
    )
    assert found
    behind = got(client, found[1].replace("&amp;", "&"))
    assert f"{found[2]} of {found[3]} count" in behind
    rows = re.findall(r'href="/deals/[^"]+"', behind)
    assert len(rows) == min(30, int(found[3]))
    assert "conversion" in got(client, "/insights/metrics.csv")
    assert got(client, "/insights/charts/funnel.csv").startswith("Stage,Moved on,Decided")


def test_a_risk_is_dismissed_with_a_reason(client: TestClient) -> None:
    text = got(client, "/insights/risks")
    hidden = 'value="{}"><input type="hidden" name="risk" value="{}"'
    found = re.search(hidden.format('([^"]+)', '([^"]+)'), text)
    assert found
    deal, risk = found.groups()
    csrf = re.search(r'<meta name="csrf" content="([^"]+)">', text)
    assert csrf
    sent = {"csrf": csrf[1], "deal": deal, "risk": risk, "back": "/insights/risks"}
    assert client.post("/insights/risks", data=sent | {"why": " "}).status_code == 422
    answer = client.post("/insights/risks", data=sent | {"why": "Board meets in June"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/insights/risks")
    assert f'value="{deal}"><input type="hidden" name="risk" value="{risk}"' not in got(
        client, "/insights/risks"
    )
    told = got(client, f"/insights/risks?deal={deal}&dismissed=1")
    assert told.count("Board meets in June") == 2
    assert "Board meets in June" in got(client, "/insights/risks.csv")


@pytest.mark.parametrize(
    ("path", "status", "says"),
    [
        ("objections?since=soon", 422, "is no day"),
        ("objections?since=2026-02-01&until=2026-01-01", 422, "Swap them"),
        ("objections?by=moon", 422, "Choose from the list"),
        ("objections?segment=moon", 422, "no segment"),
        ("objections?playbook=moon", 404, "no playbook moon"),
        ("objections/moon", 404, "no objection moon"),
        ("objections/behind?category=moon", 422, "There is no objection category"),
        ("metrics?cohort=May", 422, "is no month"),
        ("metrics/speed/behind", 404, "no metric speed"),
        ("metrics/conversion/behind?key=moon", 422, "no figure like that"),
        ("risks?deal=moon", 404, "No deal"),
        ("charts/pie.csv", 422, "does not fit"),
    ],
)
def test_refusals(client: TestClient, path: str, status: int, says: str) -> None:
    answer = client.get(f"/insights/{path}")
    assert answer.status_code == status
    assert says in answer.text


def test_an_empty_workspace_says_what_to_do(tmp_path: Path) -> None:
    with open_store(home=tmp_path, upgrade=True) as store:
        client = TestClient(create_app(store, work=Noted()), base_url="http://localhost")
        assert "Nothing to count yet" in got(client, "/insights")
        assert "No deals yet" in got(client, "/insights/metrics")
        assert "No deal shows a warning" in got(client, "/insights/risks")


def test_no_page_breaks_the_policy_or_the_phone(tab: Page) -> None:
    tab.set_viewport_size({"width": 390, "height": 844})
    tab.set_default_timeout(20_000)
    for path in ("objections", "metrics?by=segment", "risks"):
        tab.goto(f"/insights/{path}")
        assert not tab.evaluate("document.documentElement.scrollWidth > innerWidth")
        if path != "risks":
            drawn = "document.querySelector('.cb-chart text').getBoundingClientRect().width"
            assert tab.evaluate(drawn) > 0


def test_a_drawing_holds_nothing_but_lines_and_words() -> None:
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" onload="x()" style="color:red" viewBox="0 0 1 1">'
        '<script>x()</script><style>p{}</style><image href="http://elsewhere/x"/><a href="javascript:x()"/>'
        '<g class="cb"><text x="1" onclick="x()">a &lt;b&gt;</text></g></svg>'
    )
    assert inline(svg) == (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1">'
        '<g class="cb"><text x="1">a &lt;b&gt;</text></g></svg>'
    )
    with pytest.raises(ValueError, match="no drawing"):
        inline("<p>no</p>")


def test_review_sheets_and_which_plays_are_opened(client: TestClient) -> None:
    assert "Deals to talk of" in got(client, "/insights/sheets")
    assert got(client, "/insights/sheets/weekly.md").startswith("# Weekly deal review")
    play = load_playbook("b2b-saas").plays[3]
    assert "Criteria that may be unclear" in got(client, "/insights/sheets?kind=monthly")
    for _ in range(2):
        got(client, f"/playbook/plays/{play.id}")
    html = client.get("/insights/sheets/monthly.html")
    assert f"<td>{play.title}</td><td>1</td>" in html.text
    assert "sha256-" in html.headers["content-security-policy"]


def test_a_reminder_waits_until_it_is_done(client: TestClient, store: Store, made: Portfolio) -> None:
    deal = next(d for d in made.deals if d.outcome is Outcome.OPEN and d.stage)
    given = {"deal_id": deal.id, "deal": deal.name, "rule": "one", "when": "entered", "stage": deal.stage,
             "moved": TODAY, "due": TODAY, "text": "Agree a <next> step", "to": (deal.owner,)}  # fmt: skip
    with store.begin() as unit:
        raise_tasks(unit, [Task.model_validate(given)])
    for path in ("/team", "/inbox"):
        assert "Agree a &lt;next&gt; step" in got(client, path)
    text = got(client, "/inbox")
    csrf = re.search(r'<meta name="csrf" content="([^"]+)">', text)
    key = re.search(r'name="key" value="([^"]+)"', text)
    assert csrf
    assert key
    sent = {"csrf": csrf[1], "deal": deal.id, "key": key[1], "back": "/inbox"}
    assert client.post("/reminders/done", data=sent).headers["location"] == "/inbox"
    assert "Reminders" not in got(client, "/inbox")
    assert client.post("/reminders/done", data=sent | {"key": "none"}).status_code == 404
