"""Reminders: when each rule comes up, for whom, once each; told to colleagues and to nobody else."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import date, timedelta
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from pydantic import SecretStr
from typer.testing import CliRunner

from coachbot.cli.app import app
from coachbot.errors import NotFoundError, UsageError
from coachbot.insights import deliver
from coachbot.insights.deal_facts import DealFacts, Known
from coachbot.insights.reminders import Task, due_tasks, finish_task, raise_tasks, waiting
from coachbot.insights.stays import courses
from coachbot.model.playbook import Playbook, Reminder
from coachbot.model.transcript import Side
from coachbot.model.workspace import Deal, Outcome, Person, Role, User
from coachbot.playbook import load_playbook
from coachbot.settings import Settings, settings
from coachbot.store import Store, Viewer, open_store
from coachbot.store.insights import ChangeRow
from store_world import add_deal, add_user

TODAY = date(2026, 3, 2)
KNOWN = Known(fields={"budget": TODAY})
BASE = load_playbook("b2b-saas")
ANA = User(id="ana", name="Ana", email="ana@example.com", team="north")
MAY = User(id="may", name="May", email="may@example.com", team="north", role=Role.MANAGER)
SUE = User(id="sue", name="Sue", email="sue@example.com", team="south", role=Role.MANAGER)


def book(**rule: Any) -> Playbook:
    given = {"id": "one", "when": "entered", "text": "Look at {deal} in {stage} after {days} days: {fields}"}
    return BASE.model_copy(update={"reminders": (Reminder(**given | rule),)})


def facts(
    playbook: Playbook, known: Known | None = None, *, days: int = 5, stage: str = "discovery", **more: Any
) -> DealFacts:
    """A deal that came from qualification to that stage so many days ago."""
    moved = TODAY - timedelta(days=days)
    deal = Deal(id="d1", name="Alder", account_id="a", account="Alder", owner="ana", playbook=BASE.id,
                stage=stage, opened_on=moved - timedelta(days=9), entered_stage_on=moved, **more)  # fmt: skip
    changes = [
        ChangeRow("d1", None, "qualification", moved - timedelta(days=9)),
        ChangeRow("d1", "qualification", stage, moved),
    ]
    return DealFacts(playbook, TODAY, courses(playbook, [deal], changes, TODAY), {"d1": known or Known()})


@pytest.mark.parametrize(
    ("rule", "world", "up"),
    [
        ({}, {}, True),
        ({"stages": ("discovery",)}, {}, True),
        ({"stages": ("proposal",)}, {}, False),
        ({"days_after": 5}, {}, True),
        ({"days_after": 6}, {}, False),
        ({"days_after": 1, "lapses_after": 4}, {}, False),
        ({"days_after": 1, "lapses_after": 5}, {}, True),
        ({"when": "left", "stages": ("qualification",)}, {}, True),
        ({"when": "left", "stages": ("discovery",)}, {}, False),
        ({"only_if": "no_next_step"}, {}, True),
        ({"only_if": "no_next_step"}, {"known": Known(steps=[(TODAY, "buyer")])}, False),
        ({"only_if": "no_next_step"}, {"known": Known(steps=[(TODAY - timedelta(1), "buyer")])}, True),
        ({"only_if": "missing_fields", "fields": ("budget",)}, {}, True),
        ({"only_if": "missing_fields", "fields": ("budget",)}, {"known": KNOWN}, False),
        ({"only_if": "no_call"}, {"known": Known(last_call=TODAY - timedelta(6))}, True),
        ({"only_if": "no_call"}, {"known": Known(last_call=TODAY - timedelta(5))}, False),
        ({}, {"outcome": Outcome.LOST, "closed_on": TODAY}, False),
        ({}, {"outcome": Outcome.WON, "closed_on": TODAY}, False),
        ({"when": "left", "stages": ("qualification",)}, {"outcome": Outcome.WON, "closed_on": TODAY}, True),
    ],
)  # fmt: skip
def test_when_a_rule_comes_up(rule: dict[str, Any], world: dict[str, Any], up: bool) -> None:
    assert [t.rule for t in due_tasks(facts(book(**rule), **world), [ANA])] == ["one"] * up


@pytest.mark.parametrize(
    ("to", "users", "told"),
    [
        (("owner",), [ANA, MAY], ("ana",)),
        (("manager",), [ANA, MAY, SUE], ("may",)),
        (("owner", "manager"), [ANA, MAY, SUE], ("ana", "may")),
        (("owner",), [ANA.model_copy(update={"active": False})], ()),
        (("owner",), [], ()),
    ],
)
def test_for_whom(to: tuple[str, ...], users: list[User], told: tuple[str, ...]) -> None:
    assert due_tasks(facts(book(to=to)), users)[0].to == told


def test_words_are_filled_in() -> None:
    rule = {"only_if": "missing_fields", "fields": ("budget", "why_now")}
    labels = ", ".join(BASE.field_by_id[f].label for f in rule["fields"])
    assert (
        due_tasks(facts(book(**rule)), [ANA])[0].text == f"Look at Alder in Discovery after 5 days: {labels}"
    )


def a_task(deal: Deal, *to: str, **more: Any) -> Task:
    given = {"deal_id": deal.id, "deal": deal.name, "rule": "one", "when": "entered", "stage": "discovery",
             "moved": TODAY, "due": TODAY, "text": f"Look at {deal.name}", "to": to}  # fmt: skip
    return Task(**given | more)


def test_the_list_in_the_app(store: Store) -> None:
    with store.begin() as unit:
        ana, ben = add_user(unit, "Ana"), add_user(unit, "Ben", team="south")
        may = add_user(unit, "May", role=Role.MANAGER)
        deal = add_deal(unit, owner=ana.id)
        task = a_task(deal, ana.id)
        assert raise_tasks(unit, [task]) == [task]
        assert raise_tasks(unit, [task]) == []
        shown = {u.name: len(waiting(unit, viewer=Viewer.of(u))) for u in (ana, ben, may)}
        assert shown == {"Ana": 1, "Ben": 0, "May": 0}
        assert len(waiting(unit, viewer=Viewer.of(may), whole_team=True)) == len(waiting(unit)) == 1
        with pytest.raises(NotFoundError):
            finish_task(unit, deal.id, task.key, by="ben", viewer=Viewer.of(ben))
        unit.deals.move(deal.id, "proposal", expected=deal.version)
        assert waiting(unit) == ()
        unit.deals.move(deal.id, "discovery", expected=deal.version + 1)
        finish_task(unit, deal.id, task.key, by=ana.id, viewer=Viewer.of(ana))
        assert waiting(unit) == ()
        with pytest.raises(NotFoundError):
            finish_task(unit, deal.id, "none", by=None)


class Outbox:
    """Stands for the mail server: keeps what was sent, or refuses."""

    sent: list[EmailMessage]
    broken = False

    def __init__(self) -> None:
        self.sent = []

    def __enter__(self) -> Outbox:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def login(self, user: str, password: str) -> None:
        assert (user, password) == ("bot", "secret")

    def send_message(self, mail: EmailMessage) -> None:
        if self.broken:
            raise OSError("no route")
        self.sent.append(mail)


@pytest.fixture
def outbox(monkeypatch: pytest.MonkeyPatch) -> Outbox:
    box = Outbox()
    monkeypatch.setattr(deliver, "_server", lambda conf: box)
    return box


def conf(**more: Any) -> Settings:
    given = {"smtp_host": "mail.example.com", "smtp_user": "bot", "smtp_password": SecretStr("secret"),
             "smtp_from": "coachbot@example.com"}  # fmt: skip
    return Settings(**given | more)


@pytest.fixture
def workspace(sqlite_store: Store) -> Store:
    with sqlite_store.begin() as unit:
        add_user(unit, "Ana")
        for name in ("Fjord\nBcc: x@evil.example", "Alder"):
            add_deal(unit, name, owner="ana", stage="discovery")
    return sqlite_store


def test_each_is_told_once_in_one_mail(workspace: Store, outbox: Outbox) -> None:
    did = deliver.remind(workspace, [book()], conf(), today=TODAY)
    assert (len(did.due), did.new, did.mailed, did.failed) == (2, 2, 2, ())
    (mail,) = outbox.sent
    assert (mail["To"], mail["From"], mail["Bcc"]) == ("Ana@Example.com", "coachbot@example.com", None)
    assert mail["Subject"] == "coachbot: 2 tasks of your deals"
    assert "- Look at Alder in Discovery" in mail.get_content()
    again = deliver.remind(workspace, [book()], conf(), today=TODAY)
    assert (len(again.due), again.new, again.mailed, len(outbox.sent)) == (2, 0, 0, 1)


def test_what_failed_is_tried_again(workspace: Store, outbox: Outbox) -> None:
    outbox.broken = True
    did = deliver.remind(workspace, [book()], conf(), today=TODAY)
    assert did.mailed == 0
    assert "check COACHBOT_SMTP_" in did.failed[0]
    outbox.broken = False
    assert deliver.remind(workspace, [book()], conf(), today=TODAY).mailed == 2
    assert deliver.remind(workspace, [book()], conf(), today=TODAY).mailed == 0


def test_a_buyer_is_never_written_to(workspace: Store, outbox: Outbox) -> None:
    with workspace.begin() as unit:
        at = unit.accounts.ensure("Fjord Ltd").id
        buyer = Person(id="p", account_id=at, name="Ana B", email="ANA@example.com", side=Side.BUYER)
        unit.people.add(buyer)
    did = deliver.remind(workspace, [book()], conf(), today=TODAY)
    assert outbox.sent == []
    assert "colleagues only" in did.failed[0]
    with pytest.raises(UsageError, match="no active user"):
        deliver.recipient(workspace, "p")


def test_a_dry_run_tells_nobody(workspace: Store, outbox: Outbox) -> None:
    did = deliver.remind(workspace, [book()], conf(), today=TODAY, dry_run=True)
    assert (len(did.due), did.new, outbox.sent) == (2, 2, [])
    with workspace.read() as unit:
        assert waiting(unit) == ()


def test_the_senders_address_is_needed(workspace: Store, outbox: Outbox) -> None:
    did = deliver.remind(workspace, [book()], conf(smtp_from=None, smtp_user=None), today=TODAY)
    assert "COACHBOT_SMTP_FROM" in did.failed[0]


@pytest.fixture
def hook() -> Iterator[tuple[str, list[Any]]]:
    """A webhook that keeps what it is told."""
    told: list[Any] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            told.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/hook", told
    server.shutdown()
    server.server_close()
    thread.join()


def test_the_webhook_is_told_once(workspace: Store, hook: tuple[str, list[Any]]) -> None:
    url, told = hook
    for wanted in (2, 0):
        did = deliver.remind(workspace, [book()], conf(smtp_host=None, notify_webhook=url), today=TODAY)
        assert did.posted == wanted
    assert [(t["event"], t["users"]) for t in told] == [("reminder.due", ["ana"])] * 2
    bad = conf(smtp_host=None, notify_webhook="http://127.0.0.1:1/")
    with workspace.begin() as unit:
        add_deal(unit, "Birch", owner="ana", stage="discovery")
    assert "correct it" in deliver.remind(workspace, [book()], bad, today=TODAY).failed[0]


def test_the_command(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COACHBOT_HOME", str(tmp_path))
    settings.cache_clear()
    with open_store() as store, store.begin() as unit:
        deal = add_deal(unit, stage="qualification")
        moved = deal.model_copy(update={"stage": "business_case"})
        unit.deals.update(moved, expected=deal.version)
    shown = CliRunner().invoke(app, ["remind", "--dry-run"])
    assert shown.output.startswith("Nothing is due:")
    data = json.loads(CliRunner().invoke(app, ["remind", "--format", "json"]).output)
    assert (data["mailed"], data["posted"], data["failed"]) == (0, 0, [])
    bad = CliRunner().invoke(app, ["remind", "--format", "csv"])
    assert isinstance(bad.exception, UsageError)
