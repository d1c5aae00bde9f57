"""What each step of the work on a call does. Every one may run twice with the effect of once.

No scheduler here: `do(store, call_id, step)` is all that the runtime calls, and what a test calls without it.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import urllib.request
from collections.abc import Callable
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from coachbot.errors import CoachbotError
from coachbot.model.claims import EngineReport
from coachbot.model.playbook import Playbook
from coachbot.model.transcript import CloseDate, DealContext, Side
from coachbot.model.workspace import Call, CallState, Deal, StepState
from coachbot.settings import settings
from coachbot.store import Store, Unit, Usage, now

if TYPE_CHECKING:
    from coachbot.retrieval import CallIndex
    from coachbot.transcribe import Progress


class CancelledError(CoachbotError):
    """A person cancelled the work on the call."""


def do(store: Store, call_id: str, step: str, progress: Callable[[Progress], None] | None = None) -> None:
    """Carry out one step of a call. Raises CoachbotError with the reason where it cannot be done."""
    work = {"transcribe": _transcribe, "extract": _extract, "index": _index, "notify": _notify}[step]
    with store.read() as unit:
        call = unit.calls.need(call_id)
    if call.state is CallState.CANCELLED:
        raise CancelledError(f"call {call_id} was cancelled")
    if step == "transcribe":
        _transcribe(store, call, progress)
    else:
        work(store, call)


def playbook_of(unit: Unit, call: Call) -> Playbook:
    """The playbook of the call's deal, else the one in the settings."""
    deal = unit.deals.get(call.deal_id) if call.deal_id else None
    return playbook_for(deal)


def playbook_for(deal: Deal | None) -> Playbook:
    """The playbook of a deal, else the one in the settings; a file that changed is read anew."""
    from coachbot.playbook import load_playbook

    conf = settings()
    return load_playbook(deal.playbook if deal else conf.playbook, home=conf.home)


def _transcribe(store: Store, call: Call, progress: Callable[[Progress], None] | None = None) -> None:
    """The file as a transcript: read, or recognised where it is a recording."""
    from coachbot.recap import read_call

    with store.read() as unit:
        if unit.transcripts.info(call.id) is not None:
            return
    with tempfile.TemporaryDirectory(prefix="coachbot-") as folder:
        # Readers take hints from the name the file came with.
        path = Path(folder) / (Path(call.file_name).name or "call")
        with store.files.open(call.file) as source, path.open("wb") as target:
            shutil.copyfileobj(source, target)
        try:
            transcript = read_call(path, call.meta, progress=progress)
        except CoachbotError as error:
            # The user knows the file by its name, not by where it lies for the moment.
            error.args = (str(error).replace(f"{path.parent}{os.sep}", ""),)
            raise

    def keep(unit: Unit) -> None:
        unit.transcripts.put(call.id, transcript.model_copy(update={"id": call.id}))
        stored = unit.calls.need(call.id)
        found = {
            "duration_s": transcript.duration_s,
            "date": stored.date or transcript.date,
            "title": stored.title if stored.title != _bare(stored) else transcript.title or stored.title,
        }
        changed = stored.model_copy(update=found)
        if changed != stored:
            unit.calls.update(changed, expected=stored.version)

    store.run(keep)


def _bare(call: Call) -> str:
    return Path(call.file_name).stem


def _extract(store: Store, call: Call) -> None:
    """The transcript as a recap, laid before the rep as a draft."""
    from coachbot.recap import make_recap
    from coachbot.review import accept_earned, publish

    conf = settings()
    with store.read() as unit:
        transcript = unit.transcripts.load(call.id)
        book = playbook_of(unit, call)
        deal = context_of(unit, call, book)
        # The number is fixed before the work: the same step run twice writes the same version.
        number = unit.recaps.next_number(call.id)
    recap = make_recap(transcript, playbook=book, deal=deal, engine=conf.engine)

    def keep(unit: Unit) -> None:
        unit.lock(f"recap:{call.id}")  # a worker taken for dead may still be at it
        fresh = unit.calls.need(call.id)
        if fresh.state is CallState.CANCELLED:
            raise CancelledError(f"call {call.id} was cancelled")
        latest = unit.recaps.latest(call.id)
        if latest is not None and latest.number >= number:
            return
        publish(unit, fresh, recap, number=number)
        unit.usage.put(_usage(call.id, number, recap.engine))
        if conf.autonomy_threshold is not None:
            accept_earned(unit, fresh, book, threshold=conf.autonomy_threshold, minimum=conf.autonomy_minimum)
        # With the recap, or a worker that is killed before the step's end is noted would make another one.
        run = unit.steps.load(call.id, "extract")
        unit.steps.put(run.model_copy(update={"state": StepState.DONE, "error": None, "finished_at": now()}))

    store.run(keep)


def _usage(call_id: str, number: int, engine: EngineReport) -> Usage:
    prompt = "+".join(f"{k}/{v}" for k, v in engine.prompts.items()) or engine.name
    return Usage(
        call_id=call_id,
        job=f"extract:{number}:{prompt}",
        engine=engine.name,
        model=engine.model,
        requests=engine.requests,
        tokens_in=engine.tokens_in,
        tokens_out=engine.tokens_out,
        seconds=engine.seconds,
        at=now(),
    )


def context_of(unit: Unit, call: Call, book: Playbook) -> DealContext:
    """What was known of the deal when the call was held: the workspace's, and what META said besides."""
    told = call.meta.deal
    deal = unit.deals.get(call.deal_id) if call.deal_id else None
    if deal is None:
        return told if told.stage in (None, *book.stage_by_id) else told.model_copy(update={"stage": None})
    on = (call.date or call.created_at).date()
    stage = call.stage or deal.stage
    people = unit.people.of_account(deal.account_id)
    changes = [c for c in unit.deals.stage_changes(deal.id) if c.to_stage == stage]
    moved = [c.at.date() for c in changes if c.at.date() <= on]
    entered = moved[-1] if moved else deal.entered_stage_on
    return DealContext(
        account=deal.account,
        stage=stage if stage in book.stage_by_id else None,
        opened_days_ago=_days(deal.opened_on, on, told.opened_days_ago),
        days_in_stage=_days(entered, on, told.days_in_stage),
        segment=deal.segment or told.segment,
        contacts=tuple(dict.fromkeys((*told.contacts, *(p.name for p in people if p.side is Side.BUYER)))),
        close_date_history=tuple(
            CloseDate(set_on=c.at.date().isoformat(), close_date=c.close_date.isoformat())
            for c in unit.deals.close_dates(deal.id)
            if c.close_date is not None and c.at.date() <= on
        )
        or told.close_date_history,
    )


def _days(since: date | None, on: date, told: int | None) -> int | None:
    return told if since is None or since > on else (on - since).days


def _index(store: Store, call: Call) -> None:
    """The call's turns and facts in the index for coaching and questions; words are the store's own."""
    from coachbot.retrieval import fact_passages, transcript_passages

    with store.read() as unit:
        transcript = unit.transcripts.load(call.id)
        facts = unit.facts.of_call(call.id)
        fresh = unit.calls.need(call.id)
        book = playbook_of(unit, fresh)
    labels = {f.id: f.label for f in book.fields} | {o.id: o.label for o in book.objections}
    passages = [
        *transcript_passages(transcript, call_id=call.id, title=fresh.title),
        *fact_passages(facts, labels=labels, title=fresh.title),
    ]
    _calls_index(settings().home).replace(call.id, passages, deal_id=fresh.deal_id)


@lru_cache(maxsize=1)
def _calls_index(home: Path) -> CallIndex:
    from coachbot.retrieval import CallIndex

    return CallIndex.open(home=home)


def _notify(store: Store, call: Call) -> None:
    """Tell the owner that a draft waits: in the app, and by the team's webhook where one is set."""
    subject = f"call:{call.id}"
    with store.read() as unit:
        recap = unit.recaps.latest(call.id)
        told = unit.marks.latest("notice.draft", subject, key=call.owner)
    number = recap.number if recap else 0
    if told is not None and told.value.get("recap") == number:
        return
    hook = settings().notify_webhook
    if hook:
        _post(hook, {"event": "draft.ready", "call": call.id, "title": call.title, "recap": number})

    def keep(unit: Unit) -> None:
        # Looked up again: this runs twice where the database went away while it was kept.
        unit.lock(f"notice:{call.id}")
        told = unit.marks.latest("notice.draft", subject, key=call.owner)
        if told is None or told.value.get("recap") != number:
            unit.marks.add("notice.draft", subject, key=call.owner, value={"recap": number})

    store.run(keep)


def _post(url: str, message: dict[str, object]) -> None:
    request = urllib.request.Request(
        url, json.dumps(message).encode(), {"Content-Type": "application/json"}, method="POST"
    )
    try:
        with urllib.request.urlopen(request, timeout=10):
            pass
    except (OSError, ValueError) as error:
        raise CoachbotError(f"the webhook {url} did not take the message ({error}): correct it") from error
