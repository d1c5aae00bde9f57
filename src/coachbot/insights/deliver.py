"""Telling people of their reminders: by e-mail through SMTP, and by the team's webhook. Never a buyer.

A message is claimed in the database before it is sent and marked after: two processes do not send it twice,
and what failed is tried again by the next run. Where a process dies in between, nobody is told a second time;
the reminder stands in the app all the same.
"""

from __future__ import annotations

import json
import smtplib
import ssl
import urllib.request
from collections.abc import Callable, Iterable
from datetime import date
from email.message import EmailMessage
from typing import Any

from coachbot.errors import CoachbotError, UsageError
from coachbot.insights.deal_facts import from_store
from coachbot.insights.reminders import Task, due_tasks, raise_tasks
from coachbot.model.base import Frozen
from coachbot.model.playbook import Playbook
from coachbot.model.transcript import Side
from coachbot.model.workspace import User
from coachbot.settings import Settings
from coachbot.store import Store

MAILED, POSTED = "reminder.mailed", "reminder.posted"
CLAIMED, SENT, FAILED = "claimed", "sent", "failed"
TIMEOUT_S = 20.0
Send = Callable[[User, list[Task]], None]


class Reminded(Frozen):
    """What a run did. `failed` holds a line for each message that did not go out."""

    due: tuple[Task, ...]
    new: int
    mailed: int = 0
    posted: int = 0
    failed: tuple[str, ...] = ()


def remind(
    store: Store, books: Iterable[Playbook], conf: Settings, *, today: date, dry_run: bool = False
) -> Reminded:
    """Work out what is due in the deals of those playbooks, list it in the app, and tell people.

    With `dry_run` nothing is written and nobody is told.
    """
    with store.read() as unit:
        users = unit.users.list()
        tasks = [t for book in books for t in due_tasks(from_store(unit, book, today=today), users)]
        known = {(m.subject, m.key) for m in unit.marks.current("reminder")}
    if dry_run:
        return Reminded(due=tuple(tasks), new=sum((t.subject, t.key) not in known for t in tasks))
    new = store.run(lambda unit: raise_tasks(unit, tasks))
    failed: list[str] = []
    mailed = _mail_all(store, tasks, conf, failed) if conf.smtp_host else 0
    posted = _post_all(store, tasks, conf.notify_webhook, failed) if conf.notify_webhook else 0
    return Reminded(due=tuple(tasks), new=len(new), mailed=mailed, posted=posted, failed=tuple(failed))


def _mail_all(store: Store, tasks: list[Task], conf: Settings, failed: list[str]) -> int:
    """One message to each user with all that is new to them. Returns how many tasks were told."""
    told = 0
    for user_id in dict.fromkeys(u for t in tasks for u in t.to):
        mine = _claim(store, MAILED, [(t, f"{t.key}:{user_id}") for t in tasks if user_id in t.to])
        if not mine:
            continue
        try:
            send_mail(recipient(store, user_id), [t for t, _ in mine], conf)
        except CoachbotError as error:
            failed.append(str(error))
            _mark(store, MAILED, mine, FAILED, str(error))
        else:
            told += len(mine)
            _mark(store, MAILED, mine, SENT)
    return told


def _post_all(store: Store, tasks: list[Task], url: str, failed: list[str]) -> int:
    told = 0
    for one in _claim(store, POSTED, [(t, t.key) for t in tasks]):
        try:
            post(url, one[0])
        except CoachbotError as error:
            failed.append(str(error))
            _mark(store, POSTED, [one], FAILED, str(error))
        else:
            told += 1
            _mark(store, POSTED, [one], SENT)
    return told


def _claim(store: Store, kind: str, wanted: list[tuple[Task, str]]) -> list[tuple[Task, str]]:
    """Those that nobody has sent or is sending; from now on this process is."""

    def claim(unit: Any) -> list[tuple[Task, str]]:
        unit.lock("reminders")
        free = []
        for task, key in wanted:
            last = unit.marks.latest(kind, task.subject, key)
            if last is None or last.value.get("state") == FAILED:
                unit.marks.add(kind, task.subject, key=key, value={"state": CLAIMED})
                free.append((task, key))
        return free

    return store.run(claim)


def _mark(store: Store, kind: str, sent: list[tuple[Task, str]], state: str, why: str | None = None) -> None:
    def write(unit: Any) -> None:
        for task, key in sent:
            unit.marks.add(kind, task.subject, key=key, value={"state": state}, why=why)

    store.run(write)


def recipient(store: Store, user_id: str) -> User:
    """The user, as somebody who may be written to. Raises UsageError for whoever is no colleague.

    Only active users of the workspace are; an address that is known as a buyer's never is, whoever has it.
    """
    with store.read() as unit:
        user = unit.users.get(user_id)
        if user is None or not user.active:
            raise UsageError(f"there is no active user {user_id!r}: no reminder was sent")
        if any(p.side is not Side.SELLER for p in unit.people.match(emails=[user.email])):
            raise UsageError(
                f"the address of user {user.name!r} is known as that of somebody at an account: reminders "
                "go to colleagues only. Correct the user or the person"
            )
    return user


def message(user: User, tasks: list[Task], sender: str) -> EmailMessage:
    """The e-mail: plain text, one line for each task."""
    mail = EmailMessage()
    mail["From"], mail["To"] = sender, user.email
    what = tasks[0].text if len(tasks) == 1 else f"{len(tasks)} tasks of your deals"
    mail["Subject"] = " ".join(f"coachbot: {what}".split())[:200]
    mail["Auto-Submitted"] = "auto-generated"
    lines = "\n".join(f"- {' '.join(t.text.split())}" for t in tasks)
    mail.set_content(f"{lines}\n\nMark them as done in your inbox in coachbot.\n")
    return mail


def send_mail(user: User, tasks: list[Task], conf: Settings) -> None:
    """Send a user their tasks. Raises CoachbotError with what to do where the server does not take it."""
    if not conf.smtp_host:
        raise UsageError("set COACHBOT_SMTP_HOST to send e-mail")
    sender = conf.smtp_from or conf.smtp_user
    if not sender:
        raise UsageError("set COACHBOT_SMTP_FROM to the address that reminders come from")
    try:
        mail = message(user, tasks, sender)
        with _server(conf) as server:
            if conf.smtp_user and conf.smtp_password:
                server.login(conf.smtp_user, conf.smtp_password.get_secret_value())
            server.send_message(mail)
    except (OSError, smtplib.SMTPException, ValueError) as error:
        raise CoachbotError(
            f"the mail server {conf.smtp_host} did not take the message to {user.name} ({error}): check "
            "COACHBOT_SMTP_*, then run `coachbot remind` again"
        ) from error


def _server(conf: Settings) -> smtplib.SMTP:
    host, port = str(conf.smtp_host), conf.smtp_port
    if conf.smtp_security == "tls":
        return smtplib.SMTP_SSL(host, port, timeout=TIMEOUT_S, context=ssl.create_default_context())
    server = smtplib.SMTP(host, port, timeout=TIMEOUT_S)
    if conf.smtp_security == "starttls":
        server.starttls(context=ssl.create_default_context())
    return server


def post(url: str, task: Task) -> None:
    """Tell the team's webhook of a task. Raises CoachbotError where it does not take it."""
    told = {"event": "reminder.due", **task.model_dump(mode="json", exclude={"to"}), "users": list(task.to)}
    request = urllib.request.Request(
        url, json.dumps(told).encode(), {"Content-Type": "application/json"}, method="POST"
    )
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S):
            pass
    except (OSError, ValueError) as error:
        raise CoachbotError(f"the webhook {url} did not take the message ({error}): correct it") from error
