"""Writes src/coachbot/api/examples.json: what the API answers in a small made-up workspace.

python docs/make_examples.py

Each operation is asked once. Long lists are cut to their first entries. The OpenAPI shows the examples.
"""

# ruff: noqa: E402

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from fastapi.testclient import TestClient

from coachbot.api import create_api
from coachbot.insights.portfolio import generate
from coachbot.insights.portfolio_store import keep
from coachbot.insights.reminders import Task, raise_tasks
from coachbot.model.workspace import Call, CallState, Role, User
from coachbot.pipeline.steps import ready_again
from coachbot.playbook import load_playbook
from coachbot.recap import make_recap
from coachbot.review import publish
from coachbot.store import Store, open_store
from store_world import add_call, add_deal, add_user, at

FILE = ROOT / "src" / "coachbot" / "api" / "examples.json"
MOST = 2
LONGEST = 600
TALK = (
    "What made you look at this now, and what happened before that in your team?",
    "We lose two days a month to invoices that were typed in wrong, about four thousand euros.",
    "And what would good look like for you and for the people who have to do it by hand today?",
    "I would not put a number on it today, honestly, let me talk to our controller about that first.",
    "Who else looks at the invoices once they were typed in?",
    "Fewer than five wrong invoices a quarter, or the auditors come back in June.",
    "I will send you the comparison by Thursday.",
    "Thursday is fine, but honestly the price worries me.",
) * 3
UPLOAD = b"WEBVTT\n\n00:00.000 --> 00:05.000\n<v Ana>We need it by May.\n"


class Line:
    """Stands for the work on calls."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def submit(self, call: Call) -> None:
        """Nothing happens."""

    def reindex(self, call_id: str) -> None:
        """Nothing happens."""

    def retry(self, call_id: str, step: str | None = None, *, by: str | None = None) -> Call:
        """Put it in line again."""
        return self.store.run(lambda unit: ready_again(unit, call_id, step))

    def cancel(self, call_id: str, *, by: str | None = None) -> Call:
        """Cancel it."""
        return self.store.run(lambda unit: unit.calls.set_state(call_id, CallState.CANCELLED))


def cut(value: Any) -> Any:
    """The value with short lists."""
    if isinstance(value, list):
        return [cut(v) for v in value[:MOST]]
    if isinstance(value, dict):
        return {k: cut(v) for k, v in value.items()}
    return value


class Notes:
    """Asks, and notes what was asked and answered."""

    def __init__(self, client: TestClient) -> None:
        self.client = client
        self.found: dict[str, dict[str, Any]] = {}

    def __call__(
        self, method: str, path: str, *, query: dict[str, Any] | None = None,
        form: dict[str, str] | None = None, body: Any = None, **ids: str,
    ) -> Any:  # fmt: skip
        """Ask; the answer's JSON, else the answer."""
        sent: dict[str, Any] = {"params": query} if query else {}
        if form is not None:
            sent |= {"data": form, "files": {"file": ("call.vtt", UPLOAD)}}
        elif body is not None:
            sent["json"] = body
        answer = self.client.request(method, path.format(**ids), **sent)
        if answer.status_code >= 300:
            raise SystemExit(f"{method} {path}: {answer.status_code} {answer.text[:300]}")
        kind = answer.headers.get("content-type", "").partition(";")[0]
        one = self.found.setdefault(f"{method} {path}", {"responses": {}})
        if body is not None:
            one["request"] = body
        if answer.status_code == 204:
            return answer
        told = cut(answer.json()) if kind == "application/json" else shortened(answer.text, kind)
        one["responses"].setdefault(str(answer.status_code), {})[kind] = told
        return answer.json() if kind == "application/json" else answer


def shortened(text: str, kind: str) -> str:
    """The beginning of a text."""
    if kind == "application/octet-stream":
        return "the bytes of the file"
    return text if len(text) <= LONGEST else f"{text[:LONGEST].rpartition(chr(10))[0] or text[:LONGEST]}\n…"


def world(store: Store) -> dict[str, str]:
    """Ids of a deal and a call with a draft, beside a portfolio."""
    keep(store, [generate(60, 1)])
    book = load_playbook("b2b-saas")
    with store.begin() as unit:
        rep = add_user(unit, "Ana")
        deal = add_deal(unit, "Fjord renewal", owner=rep.id, segment="mid_market", opened_on=at(0).date())
        call = add_call(
            unit, 1, *TALK, deal_id=deal.id, stage="discovery", date=at(0), owner=rep.id, title="First talk"
        )
        unit.calls.set_state(call.id, CallState.DRAFT)
        recap = make_recap(unit.transcripts.load(call.id), playbook=book)
        publish(unit, unit.calls.need(call.id), recap)
        task = Task(
            deal_id=deal.id, deal=deal.name, rule="discovery_written_down", when="entered", stage="discovery",
            moved=at(0).date(), due=at(14_400).date(), to=(rep.id,),
            text="Fjord renewal is in Discovery for 10 days, and Success criteria stand open.",
        )  # fmt: skip
        raise_tasks(unit, [task])
        waiting = add_call(unit, 2, title="Second talk")
    return {"deal_id": deal.id, "call_id": call.id, "other": waiting.id, "user_id": rep.id}


def ask_all(ask: Notes, known: dict[str, str]) -> None:
    """Each operation once, those that change something last."""
    call, deal = {"call_id": known["call_id"]}, {"deal_id": known["deal_id"]}
    taken = ask("post", "/calls", form={"meta": json.dumps({"title": "First talk"})})["call"]
    ask("get", "/calls", query={"limit": 2})
    ask("get", "/calls/counts")
    ask("get", "/calls/{call_id}", **call)
    for part in ("transcript", "recap", "recaps", "audit", "review", "coaching", "scorecard", "events"):
        ask("get", f"/calls/{{call_id}}/{part}", **call)
    ask("get", "/calls/{call_id}/file", call_id=taken["id"])
    ask("get", "/deals", query={"limit": 2})
    for part in ("", "/facts", "/objections", "/audit", "/coaching", "/documents"):
        ask("get", f"/deals/{{deal_id}}{part}", **deal)
    for form in ("json", "markdown", "html"):
        ask("get", "/deals/{deal_id}/brief", query={"format": form}, **deal)
        ask("get", "/insights/sheets/{kind}", query={"format": form}, kind="weekly")
    ask("get", "/users/{user_id}/coaching", user_id=known["user_id"])
    insights(ask)
    waiting = ask("get", "/reminders", query={"team": True})
    task = waiting["items"][0]["task"]
    ask("post", "/reminders/done", body={"deal_id": task["deal_id"], "key": waiting["keys"][0]})
    for path in ("/usage", "/status", "/users", "/playbooks", "/acceptance",
                 "/coaching/feedback"):  # fmt: skip
        ask("get", path)
    ask("get", "/playbooks/{playbook_id}", playbook_id="b2b-saas")
    ask("get", "/search", query={"q": '"two days" invoice*'})
    ask("post", "/ask", body={"question": "How many calls are there?"})
    changes(ask, known)


def insights(ask: Notes) -> None:
    """The figures."""
    ask("get", "/insights/objections", query={"by": "stage"})
    ask("get", "/insights/objections.csv")
    ask("get", "/insights/objections/behind", query={"category": "price_budget", "limit": 2})
    ask("get", "/insights/objections/categories/{category}", category="price_budget")
    ask("get", "/insights/metrics", query={"by": "segment"})
    ask("get", "/insights/metrics.csv")
    ask("get", "/insights/metrics/{metric}/behind", query={"key": "discovery"}, metric="conversion")
    risks = ask("get", "/insights/risks")["risks"]
    ask("get", "/insights/risks.csv")
    ask("get", "/insights/charts/{name}.svg", name="funnel")
    ask("get", "/insights/charts/{name}.csv", name="funnel")
    ask(
        "post", "/insights/risks/{deal_id}/{risk}/dismissal", body={"why": "She starts on Monday"},
        deal_id=risks[0]["deal_id"], risk=risks[0]["risk"],
    )  # fmt: skip


def changes(ask: Notes, known: dict[str, str]) -> None:
    """What people and programs change."""
    call, deal = {"call_id": known["call_id"]}, {"deal_id": known["deal_id"]}
    items = [v["item"] for v in ask("get", "/calls/{call_id}/review", **call)["items"]]
    item = {"item_id": items[0]["id"]}
    took = ask("post", "/items/{item_id}/accept", body={"version": items[0]["version"]}, **item)
    back = ask("post", "/items/{item_id}/undo", body={"version": took["version"]}, **item)
    told = ask(
        "post", "/items/{item_id}/edit", body={"version": back["version"], "value": back["value"]}, **item
    )
    ask("get", "/items/{item_id}/decisions", **item)
    ask(
        "post", "/items/{item_id}/reject", body={"version": told["version"], "why": "That was a joke"}, **item
    )
    ask("post", "/calls/{call_id}/items", body={
        "kind": "field", "key": "budget", "value": {"value": "Up to 40k a year"},
        "evidence": [{"quote": "honestly the price worries me"}],
    }, **call)  # fmt: skip
    sheet = ask("get", "/calls/{call_id}/coaching", **call)
    ask("post", "/calls/{call_id}/coaching/{prompt_id}", body={"useful": True},
        prompt_id=sheet["prompts"][0]["id"], **call)  # fmt: skip
    ask("get", "/coaching/feedback")
    card = ask("get", "/calls/{call_id}/scorecard", **call)
    ask("put", "/calls/{call_id}/scorecard/{indicator_id}", body={"verdict": "na", "why": "Another topic"},
        indicator_id=card["lines"][0]["indicator"], **call)  # fmt: skip
    version = ask("get", "/calls/{call_id}", **call)["call"]["version"]
    ask("post", "/calls/{call_id}/finish", body={"version": version, "choice": "stay"}, **call)
    ask("get", "/acceptance")
    ask("get", "/deals/{deal_id}/facts", **deal)
    shown = ask("get", "/deals/{deal_id}", **deal)
    criterion = shown["gate"]["criteria"][0]["id"]
    ask("put", "/deals/{deal_id}/criteria/{criterion_id}", body={"met": True, "why": "Signed off by mail"},
        criterion_id=criterion, **deal)  # fmt: skip
    now = shown["overview"]["deal"]["version"]
    choice = {"to": "solution_alignment", "version": now, "why": "The CFO said so"}
    moved = ask("put", "/deals/{deal_id}/stage", body=choice, **deal)
    ask("patch", "/deals/{deal_id}", body={"version": moved["version"], "close_date": "2026-09-30"}, **deal)
    ask("get", "/deals/{deal_id}/audit", **deal)
    ask("post", "/deals", body={"name": "North", "account": "North AS", "stage": "discovery"})
    kept = ask("post", "/deals/{deal_id}/documents", form={"what": "proposal"}, **deal)
    document = {"document_id": (kept.get("document") or kept)["id"]}
    ask("get", "/deals/{deal_id}/documents", **deal)
    ask("get", "/deals/{deal_id}/documents/{document_id}", **document, **deal)
    ask("delete", "/deals/{deal_id}/documents/{document_id}", **document, **deal)
    other = ask("get", "/calls/{call_id}", call_id=known["other"])["call"]
    ask("put", "/calls/{call_id}/deal", body={"deal_id": known["deal_id"], "version": other["version"]},
        call_id=other["id"])  # fmt: skip
    ask("post", "/calls/{call_id}/cancel", call_id=other["id"])
    ask("post", "/calls/{call_id}/retry", body={"step": "transcribe"}, call_id=other["id"])
    ask("delete", "/calls/{call_id}", call_id=other["id"])


def signed_in(ask: Notes) -> None:
    """What needs a user."""
    ask("get", "/me")
    ask("post", "/users", body={"name": "Edda", "email": "edda@example.com", "role": "rep", "team": "north"})
    ask("get", "/users")
    made = ask("post", "/tokens", body={"name": "CRM sync", "expires_at": "2027-01-01T00:00:00Z"})
    ask("get", "/tokens")
    ask("delete", "/tokens/{token_id}", token_id=made["token"]["id"])


def main() -> None:
    """Write the file."""
    with tempfile.TemporaryDirectory() as folder, open_store(home=Path(folder)) as store:
        line = Line(store)
        known = world(store)
        with TestClient(create_api(store, work=line)) as client:
            ask = Notes(client)
            ask_all(ask, known)
        with store.begin() as unit:
            admin = unit.users.add(User(id="olga", name="Olga", email="olga@example.com", role=Role.ADMIN))
            secret, _ = unit.access.create_token(admin.id, "start")
        with TestClient(create_api(store, work=line, local=False)) as client:
            client.headers["authorization"] = f"Bearer {secret}"
            ask.client = client
            signed_in(ask)
    text = json.dumps(dict(sorted(ask.found.items())), ensure_ascii=False, indent=1)
    FILE.write_text(text + "\n", encoding="utf-8")
    sys.stdout.write(f"{FILE.name}: {len(ask.found)} operations, {len(text) / 1000:.0f} kB\n")


if __name__ == "__main__":
    main()
