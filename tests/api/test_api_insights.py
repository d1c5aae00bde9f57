"""Insights over the API: the numbers of the reports, as far as whoever asks may see them."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from fastapi.testclient import TestClient

from coachbot.api import create_api
from coachbot.insights.portfolio import Plan, Portfolio, generate
from coachbot.insights.portfolio_store import keep
from coachbot.insights.reminders import Task, raise_tasks
from coachbot.model.workspace import Outcome, Role
from coachbot.store import Store, open_store
from store_world import add_user

TODAY = datetime.now(UTC).date()
As = Callable[[str], TestClient]


@pytest.fixture(scope="module")
def made() -> Portfolio:
    return generate(60, 4, plan=Plan(drafts=0.1, today=TODAY))


@pytest.fixture(scope="module")
def store(
    made: Portfolio, sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Store]:
    folder = tmp_path_factory.mktemp("api-insights")
    (folder / "coachbot.db").write_bytes(sqlite_template.read_bytes())
    with open_store(home=folder) as store:
        keep(store, [made])
        with store.begin() as unit:
            add_user(unit, "Enda", role=Role.ENABLEMENT, team=None)
        yield store


@pytest.fixture(scope="module")
def api(store: Store) -> Iterator[TestClient]:
    with TestClient(create_api(store, work=None)) as client:  # type: ignore[arg-type]
        yield client


@pytest.fixture(scope="module")
def of(store: Store) -> As:
    """The API as that user's id sees it."""

    def client(user: str) -> TestClient:
        with store.begin() as unit:
            secret, _ = unit.access.create_token(user, "test")
        app = create_api(store, work=None, local=False)  # type: ignore[arg-type]
        return TestClient(app, headers={"authorization": f"Bearer {secret}"})

    return client


def got(client: TestClient, path: str, **params: Any) -> Any:
    answer = client.get(path, params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_counts_equal_a_recount(api: TestClient, made: Portfolio) -> None:
    told = got(api, "/insights/objections")
    accepted = [o for o in made.objections if o.accepted]
    assert told["report"]["totals"]["objections"] == len(accepted)
    both = got(api, "/insights/objections", drafts=True, by="segment", where="segment=smb")
    deals = {d.id for d in made.deals if d.segment == "smb"}
    assert both["report"]["totals"]["objections"] == sum(o.deal_id in deals for o in made.objections)
    lines = csv.DictReader(io.StringIO(api.get("/insights/objections.csv", params={"by": "stage"}).text))
    assert sum(int(line["objections"]) for line in lines) == len(accepted)


def test_the_calls_behind_a_count(api: TestClient, made: Portfolio) -> None:
    cells = got(api, "/insights/objections", by="stage")["report"]["cells"]
    cell = max(cells, key=lambda c: c["calls"]["count"])
    asked = {"by": "stage", "category": cell["category"], "group": cell["group"]}
    first = got(api, "/insights/objections/behind", **asked, limit=2)
    rest = got(api, "/insights/objections/behind", **asked, limit=200, offset=2)
    assert first["total"] == rest["total"] == cell["calls"]["count"]
    seen = [c["id"] for c in first["calls"] + rest["calls"]]
    wanted = {
        o.call_id
        for o in made.objections
        if o.accepted and (o.category, o.stage) == (cell["category"], cell["group"])
    }
    assert (len(first["calls"]), set(seen), len(seen)) == (2, wanted, len(wanted))
    assert first["deals"] == cell["deals"]["count"]


def test_a_category_looked_into(api: TestClient) -> None:
    told = got(api, "/insights/objections/categories/price_budget")
    assert told["themes"]["looked_at"] > 10
    assert told["answers"]["category"] == "price_budget"


def test_metrics_and_the_deals_behind_them(api: TestClient) -> None:
    told = got(api, "/insights/metrics", only=["conversion", "no_next_step"])
    assert list(told["report"]["definitions"]) == ["conversion", "no_next_step"]
    figure = next(f for f in told["report"]["figures"] if f["key"] == "discovery")
    behind = got(api, "/insights/metrics/conversion/behind", key="discovery", limit=200)
    assert (behind["count"], behind["total"]) == (figure["count"], figure["total"])
    assert sum(d["counted"] for d in behind["deals"]) == figure["count"]
    lines = list(csv.DictReader(io.StringIO(api.get("/insights/metrics.csv?only=conversion").text)))
    assert {line["metric"] for line in lines} == {"conversion"}


def test_a_dismissed_risk_stays_away_until_something_changes(api: TestClient, store: Store) -> None:
    one = got(api, "/insights/risks")["risks"][0]
    path = f"/insights/risks/{one['deal_id']}/{one['risk']}/dismissal"
    assert api.post(path, json={"why": ""}).status_code == 422
    gone = api.post(path, json={"why": "They are on holiday"})
    assert (gone.status_code, gone.json()["dismissed_why"]) == (200, "They are on holiday")

    def names(**more: Any) -> list[str]:
        return [r["risk"] for r in got(api, "/insights/risks", deal_id=one["deal_id"], **more)["risks"]]

    assert one["risk"] not in names()
    assert one["risk"] in names(dismissed=True)
    told = got(api, "/insights/risks", deal_id=one["deal_id"])
    assert [e["what"] for e in told["history"] if e["risk"] == one["risk"]] == ["raised", "dismissed"]
    with store.begin() as unit:
        deal = unit.deals.need(one["deal_id"])
        assert unit.audit.list(subject=f"deal:{deal.id}").items[0].why == "They are on holiday"
        changed = deal.model_copy(update={"close_date": TODAY})
        unit.deals.update(changed, expected=deal.version)
    assert one["risk"] in names()
    assert f"{one['deal_id']},{one['deal']}" in api.get("/insights/risks.csv").text


@pytest.mark.parametrize(("name", "needle"), [("funnel", "Conversion"), ("objection-stages", "Objections")])
def test_a_chart_and_its_numbers(api: TestClient, name: str, needle: str) -> None:
    answer = api.get(f"/insights/charts/{name}.svg?theme=dark")
    assert answer.headers["content-type"] == "image/svg+xml"
    assert needle in "".join(ElementTree.fromstring(answer.text).itertext())
    assert len(api.get(f"/insights/charts/{name}.csv").text.splitlines()) > 3


def test_each_sees_what_is_theirs(of: As, made: Portfolio) -> None:
    all_seeing = of("enda")
    risks = got(all_seeing, "/insights/risks", dismissed=True)["risks"]
    rep = risks[0]["owner"]
    mine = {d.id for d in made.deals if d.owner == rep}
    calls = {c.id for c in made.calls if c.owner == rep or c.deal_id in mine}
    client = of(rep)
    told = got(client, "/insights/objections")["report"]["totals"]
    assert told["objections"] == sum(o.accepted and o.call_id in calls for o in made.objections)
    behind = got(client, "/insights/objections/behind", limit=200)
    assert {c["id"] for c in behind["calls"]} <= calls
    figures = got(client, "/insights/metrics/conversion/behind", key="discovery", limit=200)
    assert {d["id"] for d in figures["deals"]} <= mine
    shown = got(client, "/insights/risks", dismissed=True)["risks"]
    assert [r["deal_id"] for r in shown] == [r["deal_id"] for r in risks if r["deal_id"] in mine]
    other = next(r for r in risks if r["deal_id"] not in mine)
    path = f"/insights/risks/{other['deal_id']}/{other['risk']}/dismissal"
    assert client.post(path, json={"why": "Not mine"}).status_code == 404
    assert client.get("/insights/risks", params={"deal_id": other["deal_id"]}).status_code == 404


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("objections?by=moon", "by"),
        ("objections?since=soon", "since"),
        ("objections?since=2026-02-01&until=2026-01-01", "swap them"),
        ("objections?where=segment", "GROUP=NAME"),
        ("objections?where=moon=1", "groups are stage"),
        ("objections?where=segment=moon", "there is no segment 'moon'"),
        ("objections?playbook=moon", "there is no playbook 'moon'"),
        ("objections/behind?category=moon", "no objection category 'moon'"),
        ("objections/behind?limit=0", "limit"),
        ("objections/categories/moon", "no objection category 'moon'"),
        ("metrics?only=speed", "no such metric"),
        ("metrics?cohort=2026-13", "cohort"),
        ("metrics?by=moon", "by"),
        ("metrics/speed/behind", "no such metric"),
        ("metrics/conversion/behind?key=moon", "its keys are"),
        ("charts/pie.svg", "name"),
        ("charts/funnel.svg?theme=pink", "theme"),
    ],
)
def test_refusals_are_problems(api: TestClient, path: str, says: str) -> None:
    answer = api.get(f"/insights/{path}")
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert says in answer.json()["title"]


@pytest.mark.parametrize(
    ("kind", "title"), [("weekly", "Weekly deal review"), ("monthly", "Monthly process review")]
)
def test_review_sheets(api: TestClient, kind: str, title: str) -> None:
    assert got(api, f"/insights/sheets/{kind}")["title"] == title
    text = api.get(f"/insights/sheets/{kind}", params={"format": "markdown"})
    assert (text.headers["content-type"].split(";")[0], text.text[: len(title) + 2]) == (
        "text/markdown",
        f"# {title}",
    )
    assert f"<h1>{title}</h1>" in api.get(f"/insights/sheets/{kind}", params={"format": "html"}).text


def test_reminders_wait_for_whom_they_are_for(of: As, store: Store, made: Portfolio) -> None:
    deal = next(d for d in made.deals if d.outcome is Outcome.OPEN and d.stage and d.owner)
    given = {"deal_id": deal.id, "deal": deal.name, "rule": "one", "when": "entered", "stage": deal.stage,
             "moved": TODAY, "due": TODAY, "text": "Agree a next step", "to": (deal.owner,)}  # fmt: skip
    with store.begin() as unit:
        raise_tasks(unit, [Task.model_validate(given)])
    mine, other = of(str(deal.owner)), of("enda")
    told = got(mine, "/reminders")
    assert [w["task"]["text"] for w in told["items"]] == ["Agree a next step"]
    assert got(other, "/reminders")["items"] == []
    assert len(got(other, "/reminders", team=True)["items"]) == 1
    body = {"deal_id": deal.id, "key": told["keys"][0]}
    assert mine.post("/reminders/done", json=body).status_code == 204
    assert got(mine, "/reminders")["items"] == []
    assert mine.post("/reminders/done", json=body | {"key": "none"}).status_code == 404
