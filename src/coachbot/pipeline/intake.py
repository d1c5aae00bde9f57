"""How a call comes in: its file is stored before anything else, then it waits to be worked on."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

from coachbot.errors import InputError, UsageError
from coachbot.model.transcript import CallMeta, Side
from coachbot.model.workspace import Call, Deal, Outcome
from coachbot.pipeline.steps import queue_up
from coachbot.settings import settings
from coachbot.store import Store, Unit, new_id, now
from coachbot.store.files import Readable

SKIPPED = (".ds_store", "thumbs.db")


@dataclass(frozen=True)
class Taken:
    """A call that came in. `new` is False where the same file was there already."""

    call: Call
    new: bool


def take_in(
    store: Store,
    stream: Readable,
    name: str,
    *,
    meta: CallMeta | None = None,
    owner: str | None = None,
    deal_id: str | None = None,
    new_deals: bool = False,
    priority: int = 0,
) -> Taken:
    """Store a file as a call: the same file of the same owner and deal is one call, however often it comes.

    The deal is the one given, else found by META's account, else by its participants, else none: the call
    then waits in the inbox to be linked. With `new_deals` an account that META names and that has no deal
    gets one. Raises InputError where the file is too large.
    """
    sha, size = store.files.put(stream, limit=settings().upload_limit)
    known = meta or CallMeta()

    def keep(unit: Unit) -> Taken:
        deal = unit.deals.need(deal_id) if deal_id else find_deal(unit, known)
        if deal is None and new_deals:
            deal = _new_deal(unit, known, owner)
        call, new = unit.calls.add(
            Call(
                id=new_id(),
                title=known.title or Path(name).stem or "Call",
                file=sha,
                file_name=Path(name.replace("\\", "/")).name or "call",
                size=size,
                date=known.date,
                deal_id=deal.id if deal else None,
                owner=owner or (deal.owner if deal else None),
                meta=known,
                stage=known.deal.stage or (deal.stage if deal else None),
                created_at=now(),
                priority=priority,
            )
        )
        if new:
            queue_up(unit, call.id)
            told = {"file": sha, "name": name, "deal": call.deal_id}
            unit.audit.add("call.add", f"call:{call.id}", who=owner, after=told)
            if deal is not None:
                unit.deals.touch(deal.id)
        return Taken(call, new)

    return store.run(keep)


def take_in_path(
    store: Store,
    path: Path,
    *,
    meta: Path | None = None,
    owner: str | None = None,
    deal_id: str | None = None,
    new_deals: bool = False,
) -> Taken:
    """Store a file of this machine; `NAME.meta.json` beside it is its META. Raises InputError."""
    from coachbot.ingest import read_meta

    beside = meta or sidecar(path)
    known = read_meta(beside) if beside else None
    try:
        with path.open("rb") as stream:
            return take_in(
                store, stream, path.name, meta=known, owner=owner, deal_id=deal_id, new_deals=new_deals
            )
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror})", path=path) from error
    except InputError as error:
        raise InputError(error.reason, path=path) from error


def sidecar(path: Path) -> Path | None:
    """The META file beside a call, where there is one."""
    beside = path.with_name(f"{path.stem}.meta.json")
    return beside if beside.is_file() and beside != path else None


def files_of(paths: Iterable[Path]) -> Iterator[Path]:
    """The calls' files under files and folders, in order of name; META files and hidden ones left out.

    Raises InputError for a path that is not there.
    """
    for path in paths:
        if path.is_dir():
            for found in sorted(p for p in path.rglob("*") if p.is_file()):
                if not _hidden(found, path) and not found.name.endswith(".meta.json"):
                    yield found
        elif path.is_file():
            yield path
        else:
            raise InputError("there is no such file or folder", path=path)


def _hidden(path: Path, root: Path) -> bool:
    parts = path.relative_to(root).parts
    return any(p.startswith(".") for p in parts) or path.name.casefold() in SKIPPED


def find_deal(unit: Unit, meta: CallMeta) -> Deal | None:
    """The open deal that META speaks of; None where there is none, or more than one it could be."""
    if meta.deal.account:
        return _only(unit.deals.by_name(meta.deal.account))
    names = [p.name for p in meta.participants if p.side is not Side.SELLER]
    accounts = {p.account_id for p in unit.people.match(names=names)} if names else set()
    return _only(d for a in sorted(accounts) for d in unit.deals.of_account(a))


def _new_deal(unit: Unit, meta: CallMeta, owner: str | None) -> Deal | None:
    """A deal for the account that META names, as META describes it; None where it has some already."""
    told = meta.deal
    if not told.account or unit.deals.by_name(told.account):
        return None
    on = (meta.date or now()).date()
    account = unit.accounts.ensure(told.account)
    opened = on - timedelta(days=told.opened_days_ago) if told.opened_days_ago is not None else None
    entered = on - timedelta(days=told.days_in_stage) if told.days_in_stage is not None else None
    deal = Deal(
        id=new_id(), name=told.account, account_id=account.id, account=account.name, owner=owner,
        playbook=settings().playbook, stage=told.stage, segment=told.segment, opened_on=opened,
        entered_stage_on=entered,
    )  # fmt: skip
    since = datetime.combine(entered or on, time(), UTC)
    unit.audit.add("deal.add", f"deal:{deal.id}", who=owner, after={"name": deal.name}, why="named by META")
    return unit.deals.add(deal, by=owner, at=since)


def _only(deals: Iterable[Deal]) -> Deal | None:
    still = [d for d in deals if d.outcome is Outcome.OPEN]
    return still[0] if len(still) == 1 else None


def meta_from_json(text: str) -> CallMeta:
    """META as it comes with an upload. Raises UsageError, saying what is wrong with it."""
    from coachbot.ingest.meta import meta_of

    try:
        told = json.loads(text)
    except ValueError as error:
        raise UsageError(f"META is not JSON: {error}") from error
    if not isinstance(told, dict):
        raise UsageError("META must be one JSON object")
    return meta_of(told)
