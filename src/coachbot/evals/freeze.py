"""A reviewed recap becomes a case: what a person accepted is what the next version has to find.

Accepted and edited items become gold; rejected ones become traps. What the reviewed recap had missed is not
in it, so such cases show losses better than gains (docs/evals.md).
"""

from __future__ import annotations

import re
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pydantic import ValidationError

from coachbot.errors import InputError, UsageError
from coachbot.evals.cases import Case, CaseFile, read_case, write_case
from coachbot.evals.check import check_case
from coachbot.evals.files import read_text
from coachbot.model.claims import Evidence
from coachbot.model.playbook import Playbook
from coachbot.model.recap import Item, NextStep, Objection, Recap, Stakeholder
from coachbot.model.transcript import CallMeta, Participant, Side, Transcript

KEPT = ("accepted", "edited")


def read_recap(path: Path) -> Recap:
    """The recap in a file that `coachbot recap --format json` or a review wrote. Raises InputError."""
    try:
        return Recap.model_validate_json(read_text(path))
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(p) for p in first["loc"]) or "the whole file"
        raise InputError(f"not a recap: {key}: {first['msg']}", path=path) from error


def add_case(
    root: Path,
    recap: Recap,
    transcript: Transcript,
    *,
    playbook: Playbook,
    meta: CallMeta | None = None,
    case_id: str | None = None,
    cluster: str | None = None,
    provenance: str = "Frozen from a reviewed recap.",
    drop_drafts: bool = False,
) -> Case:
    """Freeze a reviewed recap and its call into `root`/cases/<id>.

    Raises UsageError where items are still drafts (unless `drop_drafts`), nothing was reviewed, the recap is
    of another transcript, or the case exists.
    """
    name = case_id or _slug(recap.call.id or recap.call.title)
    folder = root / "cases" / name
    if folder.exists():
        raise UsageError(f"{folder}: this case exists; give another --id")
    _check_reviewed(recap, drop_drafts)
    _check_call(recap, transcript)
    known = meta or CallMeta()
    seller = next((p.company for p in transcript.participants if p.side is Side.SELLER and p.company), None)
    head = CaseFile(
        id=name,
        cluster=cluster or (_slug(seller) if seller else name),
        account=known.deal.account or "",
        provenance=provenance,
        tags=("from-review",),
    )
    folder.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=".freeze-", dir=root) as aside:  # only a sound case gets its place
        made = Path(aside) / name
        write_case(
            made,
            head=head,
            transcript=_transcript(transcript, seller, known),
            meta=_meta(recap, transcript, known),
            gold=_gold(recap, known),
        )
        problems = check_case(read_case(made), playbook)
        if problems:
            more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
            raise InputError(f"{problems[0].message}{more}; correct the recap", path=problems[0].path.name)
        made.rename(folder)
    return read_case(folder)


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "case"


def _check_reviewed(recap: Recap, drop_drafts: bool) -> None:
    status = [i.status for r in recap.fields.values() for i in r.items]
    drafts = status.count("draft")
    if drafts and not drop_drafts:
        raise UsageError(
            f"{drafts} items are still drafts; decide on them first, or leave them out: --drop-drafts"
        )
    if not any(s != "draft" for s in status):
        raise UsageError("no item of this recap was reviewed; accept, edit or reject some first")


def _check_call(recap: Recap, transcript: Transcript) -> None:
    if recap.coverage.turns_total != len(transcript.turns):
        raise UsageError(
            f"the recap is of a call with {recap.coverage.turns_total} turns, this transcript has "
            f"{len(transcript.turns)}; give the file the recap was made from"
        )


def _labels(evidence: tuple[Evidence, ...]) -> dict[str, Any]:
    turns = sorted({e.turn for e in evidence})
    return {"turns": turns, "core_turns": turns, "quotes": [e.quote for e in evidence]}


def _trap(field: str, item: Item) -> dict[str, Any]:
    found = _labels(item.evidence)
    return {
        "turns": found["turns"],
        "quotes": found["quotes"],
        "as": field,
        "why": f"rejected in review: {item.value}",
    }


def _person(person: Stakeholder) -> dict[str, Any]:
    kept = person.model_dump(mode="json", include={"name", "role", "side", "on_call", "influence"})
    return {**kept, **_labels(person.evidence)}


def _objection(objection: Objection) -> dict[str, Any]:
    response = objection.response.evidence if objection.response else ()
    return {
        **objection.model_dump(mode="json", include={"category", "text", "handled"}),
        "response_turns": sorted({e.turn for e in response}),
        **_labels(objection.evidence),
    }


def _step(step: NextStep) -> dict[str, Any]:
    kept = step.model_dump(mode="json", include={"what", "owner", "when", "date", "committed"})
    return {**kept, **_labels(step.evidence)}


def _gold(recap: Recap, meta: CallMeta) -> dict[str, Any]:
    deal = meta.deal
    kept = {
        field: [{"gist": i.value, **_labels(i.evidence)} for i in result.items if i.status in KEPT]
        for field, result in recap.fields.items()
    }
    rejected = [_trap(f, i) for f, r in recap.fields.items() for i in r.items if i.status == "rejected"]
    return {
        "deal": {
            "stage_before": recap.stage.before or recap.stage.suggested,
            "opened_days_ago": deal.opened_days_ago,
            "days_in_stage": deal.days_in_stage,
            "segment": deal.segment,
            "known_stakeholders": list(deal.contacts),
        },
        "fields": {field: items for field, items in kept.items() if items},
        "stakeholders": [_person(s) for s in recap.stakeholders if s.side == "buyer" and s.evidence],
        "objections": [_objection(o) for o in recap.objections if o.evidence],
        "next_steps": [_step(s) for s in recap.next_steps if s.evidence],
        "exit_criteria": {c.id: c.met for c in recap.stage.exit_criteria},
        "stage_after": recap.stage.suggested,
        "risks": [r.id for r in recap.risks],
        "must_not_appear": rejected,
        "states": {f: "conflicting" for f, r in recap.fields.items() if r.state == "conflicting" and kept[f]},
    }


def _people(people: tuple[Participant, ...]) -> list[dict[str, Any]]:
    return [{"name": p.name, "side": p.side.value, "title": p.title} for p in people]


def _transcript(call: Transcript, seller: str | None, meta: CallMeta) -> dict[str, Any]:
    return {
        "title": call.title,
        "date": call.date.isoformat() if call.date else None,
        "seller_company": seller,
        "buyer_company": meta.deal.account,
        "participants": _people(call.participants),
        "turns": [
            {"speaker": t.speaker, "start": t.start_s, "end": t.end_s, "text": t.text} for t in call.turns
        ],
    }


def _meta(recap: Recap, call: Transcript, meta: CallMeta) -> dict[str, Any]:
    deal = meta.deal.model_dump(mode="json", exclude_none=True)
    return {
        "title": call.title,
        "date": call.date.isoformat() if call.date else None,
        "participants": _people(call.participants),
        "deal": {**deal, "stage": recap.stage.before or recap.stage.suggested},
    }
