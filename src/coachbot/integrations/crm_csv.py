"""Deals and contacts from CSV exports of Salesforce, HubSpot, or anything that a mapping file describes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any, Literal

from dateutil.parser import ParserError
from dateutil.parser import parse as parse_date

from coachbot.errors import CoachbotError, UsageError
from coachbot.integrations.csv_files import read_rows
from coachbot.integrations.mapping import Mapping as ColumnMap
from coachbot.integrations.mapping import mapping_for
from coachbot.model.playbook import Playbook
from coachbot.model.transcript import Side
from coachbot.model.workspace import Deal, Outcome, Person
from coachbot.store import Store, Unit, new_id, stable_id

Kind = Literal["deals", "contacts"]
WON = ("closed won", "closedwon", "won")
LOST = ("closed lost", "closedlost", "lost")


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that was not taken, and why. `line` counts from 1, the header's."""

    line: int
    column: str
    why: str


@dataclass
class Imported:
    """What an import did, or in a dry run would do."""

    kind: Kind
    preset: str
    rows: int = 0
    new: int = 0
    changed: int = 0
    same: int = 0
    bad: list[BadRow] = field(default_factory=list)
    unmapped: tuple[str, ...] = ()


class _RowError(CoachbotError):
    def __init__(self, column: str, why: str) -> None:
        self.column, self.why = column, why
        super().__init__(f"{column}: {why}")


class _DryRunError(Exception):
    pass


def import_csv(
    store: Store,
    path: Path,
    *,
    kind: Kind,
    playbook: Playbook,
    mapping: Path | None = None,
    dry_run: bool = False,
    by: str | None = None,
) -> Imported:
    """Bring deals or contacts in from a CSV file. Rows known by their id (or name and account) are updated.

    Bad rows are left out and reported with line and column; the others are written in one transaction.
    Raises InputError for a file that is no CSV, UsageError where its columns are not known.
    """
    header, rows = read_rows(path)
    chosen = mapping_for(kind, header, path, mapping)
    done = Imported(kind=kind, preset=chosen.name, unmapped=chosen.unmapped(header))
    take = _deal if kind == "deals" else _contact

    def work(unit: Unit) -> None:
        owners = {u.email.casefold(): u.id for u in unit.users.list()} | {
            u.name.casefold(): u.id for u in unit.users.list()
        }
        for line, row in rows:
            done.rows += 1
            try:
                what = take(unit, chosen, row, playbook, owners, by)
            except _RowError as error:
                done.bad.append(BadRow(line, error.column, error.why))
                continue
            setattr(done, what, getattr(done, what) + 1)
        unit.audit.add(
            f"import.{kind}", f"file:{path.name}", who=by, after={"rows": done.rows, "new": done.new}
        )
        if dry_run:
            raise _DryRunError

    try:
        with store.begin() as unit:
            work(unit)
    except _DryRunError:
        pass
    return done


def _deal(
    unit: Unit,
    m: ColumnMap,
    row: Mapping[str, str],
    book: Playbook,
    owners: Mapping[str, str],
    by: str | None,
) -> str:
    name = _need(m, row, "name")
    account_name = m.value(row, "account") or name
    stage_word = m.value(row, "stage")
    outcome = _outcome(stage_word, m.value(row, "outcome"))
    told: dict[str, Any] = {
        "name": name,
        "stage": _stage(m, stage_word, book) if outcome is Outcome.OPEN else None,
        "segment": m.value(row, "segment"),
        "product": m.value(row, "product"),
        "amount": _number(m, row, "amount"),
        "currency": (m.value(row, "currency") or "")[:3].upper() or None,
        "source": m.value(row, "source"),
        "opened_on": _day(m, row, "opened_on"),
        "close_date": _day(m, row, "close_date"),
        "closed_on": _day(m, row, "closed_on"),
        "outcome": outcome,
        "loss_reason": m.value(row, "loss_reason"),
        "owner": _owner(m, row, owners),
    }
    if outcome is not Outcome.OPEN and told["closed_on"] is None:
        told["closed_on"] = told["close_date"]
    external = m.value(row, "external_id")
    account = unit.accounts.ensure(account_name, segment=told["segment"])
    known = unit.deals.by_external_id(external) if external else None
    known = known or next((d for d in unit.deals.of_account(account.id) if d.name == name), None)
    if known is None:
        since = datetime.combine(told["opened_on"] or date.today(), time(), UTC)
        deal = Deal(
            id=stable_id("deal", external) if external else new_id(), account_id=account.id,
            account=account.name, playbook=book.id, external_id=external, **told,
        )  # fmt: skip
        unit.deals.add(deal, by=by, at=since)
        return "new"
    changes = {k: v for k, v in told.items() if v is not None}
    after = known.model_copy(update={**changes, "external_id": known.external_id or external})
    if after == known:
        return "same"
    unit.deals.update(after, expected=known.version, by=by, why="imported")
    return "changed"


def _contact(
    unit: Unit,
    m: ColumnMap,
    row: Mapping[str, str],
    book: Playbook,
    owners: Mapping[str, str],
    by: str | None,
) -> str:
    name = m.value(row, "name") or " ".join(
        p for p in (m.value(row, "first_name"), m.value(row, "last_name")) if p
    )
    if not name:
        raise _RowError(m.column("name") or m.column("last_name") or "name", "is empty")
    account = unit.accounts.ensure(_need(m, row, "account"))
    influence = m.value(row, "influence") or "unknown"
    roles = [r.id for r in book.influence_roles]
    if influence != "unknown" and influence not in roles:
        raise _RowError(m.column("influence") or "influence", f"{influence!r} is none of {', '.join(roles)}")
    email = m.value(row, "email")
    if email and "@" not in email:
        raise _RowError(m.column("email") or "email", f"{email!r} is no e-mail address")
    known = unit.people.named(account.id, name)
    title = m.value(row, "title")
    if known is None:
        unit.people.add(
            Person(
                id=new_id(), account_id=account.id, name=name, title=title, email=email, side=Side.BUYER,
                influence=influence,
            )
        )  # fmt: skip
        return "new"
    changes = {"title": title, "email": email, "influence": None if influence == "unknown" else influence}
    after = known.model_copy(update={k: v for k, v in changes.items() if v})
    if after == known:
        return "same"
    unit.people.update(after)
    return "changed"


def _need(m: ColumnMap, row: Mapping[str, str], key: str) -> str:
    value = m.value(row, key)
    if not value:
        raise _RowError(m.column(key) or key, "is empty")
    return value


def _stage(m: ColumnMap, word: str | None, book: Playbook) -> str | None:
    if not word:
        return None
    plain = {s.id: s.id for s in book.stages} | {s.name.casefold(): s.id for s in book.stages}
    found = m.stages.get(word) or m.stages.get(word.casefold()) or plain.get(word.casefold())
    if found is None:
        stages = ", ".join(book.stage_by_id)
        raise _RowError(m.column("stage") or "stage", f"{word!r} is no stage of {book.id} ({stages}): map it")
    if found not in book.stage_by_id:
        raise UsageError(f"the mapping sends {word!r} to {found!r}, which is no stage of {book.id}")
    return found


def _outcome(stage: str | None, told: str | None) -> Outcome:
    word = (told or stage or "").casefold().strip()
    if word in WON:
        return Outcome.WON
    if word in LOST:
        return Outcome.LOST
    return Outcome.DISQUALIFIED if word == "disqualified" else Outcome.OPEN


def _number(m: ColumnMap, row: Mapping[str, str], key: str) -> float | None:
    text = m.value(row, key)
    if not text:
        return None
    bare = text.replace("\u00a0", "").replace(" ", "").replace("'", "").lstrip("$€£¥").strip()
    if "," in bare and "." in bare:  # the last one parts the decimals
        bare = bare.replace("." if bare.rindex(",") > bare.rindex(".") else ",", "")
    if bare.count(",") == 1 and len(bare.rsplit(",", 1)[1]) != 3:
        bare = bare.replace(",", ".")
    try:
        return float(bare.replace(",", ""))
    except ValueError:
        raise _RowError(m.column(key) or key, f"{text!r} is no amount") from None


def _day(m: ColumnMap, row: Mapping[str, str], key: str) -> date | None:
    text = m.value(row, key)
    if not text:
        return None
    try:
        if m.date_format:
            return datetime.strptime(text, m.date_format).date()
        return _guess(text).date()
    except (ValueError, ParserError, OverflowError):
        hint = (
            f" as {m.date_format}" if m.date_format else ": write 2026-03-31, or set date_format in a mapping"
        )
        raise _RowError(m.column(key) or key, f"{text!r} is no date{hint}") from None


def _guess(text: str) -> datetime:
    """Only dates that can be read in one way: 03/04/2026 is two days, so it needs a format."""
    first, second = parse_date(text, dayfirst=False), parse_date(text, dayfirst=True)
    if first.date() != second.date() and not text[:4].isdigit():
        raise ValueError(text)
    return first


def _owner(m: ColumnMap, row: Mapping[str, str], owners: Mapping[str, str]) -> str | None:
    who = m.value(row, "owner")
    return owners.get(who.casefold()) if who else None
