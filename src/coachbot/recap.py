"""The main job: a transcript becomes a recap whose every line is proven.

>>> from coachbot.recap import recap_file
>>> recap = recap_file("call.vtt")          # doctest: +SKIP
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from coachbot.errors import UsageError
from coachbot.extract import Engine, get_engine
from coachbot.ground import ground
from coachbot.model.claims import Claim, FieldClaim, Grounded, GroundedClaims, ObjectionClaim, Refusal
from coachbot.model.playbook import FieldSpec, Playbook
from coachbot.model.recap import (
    CallInfo,
    Coverage,
    FieldResult,
    FieldState,
    Item,
    NextStep,
    Objection,
    ObjectionResponse,
    PlaybookRef,
    Recap,
    RecapParticipant,
    SourceRef,
    Stakeholder,
    SummaryLine,
    UnprovenClaim,
)
from coachbot.model.transcript import CallMeta, DealContext, Side, Transcript
from coachbot.stages import assess, find_risks


def recap_file(
    path: Path | str,
    *,
    meta: CallMeta | Path | str | None = None,
    playbook: Playbook | Path | str | None = None,
    engine: Engine | str = "local",
) -> Recap:
    """Read a transcript of any supported format and make its recap. Raises CoachbotError."""
    from coachbot.ingest import read_meta, read_transcript
    from coachbot.playbook import load_playbook

    known = meta if isinstance(meta, CallMeta) or meta is None else read_meta(Path(meta))
    book = playbook if isinstance(playbook, Playbook) else load_playbook(playbook)
    transcript = read_transcript(Path(path), known)
    return make_recap(transcript, playbook=book, deal=known.deal if known else DealContext(), engine=engine)


def make_recap(
    transcript: Transcript,
    *,
    playbook: Playbook,
    deal: DealContext = DealContext(),  # noqa: B008  (frozen)
    engine: Engine | str = "local",
) -> Recap:
    """Extract, ground, assess. Raises UsageError for a deal in a stage that the playbook lacks."""
    if deal.stage is not None and deal.stage not in playbook.stage_by_id:
        raise UsageError(
            f"the deal is in stage {deal.stage!r}, which playbook {playbook.id!r} does not have; "
            f"its stages: {', '.join(playbook.stage_by_id)}"
        )
    worker = get_engine(engine) if isinstance(engine, str) else engine
    claims = ground(worker.extract(transcript, playbook, deal), transcript, playbook)
    stage = assess(claims, transcript, playbook, deal)
    return Recap(
        call=_call(transcript),
        playbook=PlaybookRef(id=playbook.id, version=playbook.version),
        engine=claims.engine,
        coverage=Coverage(
            turns_read=len(claims.turns_read), turns_total=len(transcript.turns), words_total=transcript.words
        ),
        summary=tuple(
            SummaryLine(text=g.claim.value, evidence=g.evidence) for g in claims.summary if g.proven
        ),
        fields=_fields(claims, transcript, playbook),
        stakeholders=_stakeholders(claims),
        objections=_objections(claims),
        next_steps=_next_steps(claims),
        stage=stage,
        risks=find_risks(claims, transcript, playbook, deal, deal.stage or stage.suggested),
        unproven=tuple(_unproven(claims)),
        warnings=(*transcript.warnings, *claims.warnings),
    )


def _call(transcript: Transcript) -> CallInfo:
    shares = transcript.talk_shares()
    return CallInfo(
        id=transcript.id,
        title=transcript.title,
        date=transcript.date.isoformat() if transcript.date else None,
        duration_s=transcript.duration_s,
        language=transcript.language,
        participants=tuple(
            RecapParticipant(
                name=p.name,
                side=p.side,
                side_source=p.side_source,
                title=p.title,
                talk_share=round(min(1.0, shares.get(p.name, 0.0)), 4),
            )
            for p in transcript.participants
        ),
        source=SourceRef(format=transcript.source.format, sha256=transcript.source.sha256),
    )


def _fields(claims: GroundedClaims, transcript: Transcript, playbook: Playbook) -> dict[str, FieldResult]:
    items: dict[str, list[Item]] = defaultdict(list)
    for grounded in claims.fields:
        if grounded.proven:
            items[grounded.claim.field].append(_item(grounded.claim.field, grounded))
    unread = len(claims.turns_read) < len(transcript.turns)
    return {
        spec.id: FieldResult(state=_state(spec, items[spec.id], unread), items=tuple(items[spec.id]))
        for spec in playbook.fields
    }


def _item(field: str, grounded: Grounded[FieldClaim]) -> Item:
    first = grounded.evidence[0]
    key = f"{field}\0{first.turn}\0{first.start}\0{grounded.claim.value}"
    return Item(
        id=hashlib.sha256(key.encode()).hexdigest()[:12],
        value=grounded.claim.value,
        confidence=grounded.claim.confidence,
        evidence=grounded.evidence,
    )


def _state(spec: FieldSpec, items: list[Item], unread: bool) -> FieldState:
    if not items:
        return "not_read" if unread else "not_discussed"
    values = {" ".join(i.value.casefold().split()) for i in items}
    return "conflicting" if spec.kind == "choice" and len(values) > 1 else "found"


def _stakeholders(claims: GroundedClaims) -> tuple[Stakeholder, ...]:
    return tuple(
        Stakeholder(
            name=g.claim.name,
            role=g.claim.role,
            side="seller" if g.claim.side is Side.SELLER else "buyer",
            on_call=g.claim.on_call,
            influence=g.claim.influence,
            evidence=g.evidence,
        )
        for g in claims.stakeholders
        if g.proven
    )


def _objections(claims: GroundedClaims) -> tuple[Objection, ...]:
    def one(g: Grounded[ObjectionClaim]) -> Objection:
        response = g.claim.response
        answered = response is not None and bool(g.response_evidence)
        return Objection(
            category=g.claim.category,
            text=g.claim.value,
            handled=g.claim.handled if answered else "no",
            response=(
                ObjectionResponse(text=response.text, evidence=g.response_evidence)
                if response is not None and answered
                else None
            ),
            evidence=g.evidence,
        )

    return tuple(one(g) for g in claims.objections if g.proven)


def _next_steps(claims: GroundedClaims) -> tuple[NextStep, ...]:
    return tuple(
        NextStep(
            what=g.claim.value,
            owner=g.claim.owner,
            when=g.claim.when,
            date=g.claim.date,
            committed=g.claim.committed,
            evidence=g.evidence,
        )
        for g in claims.next_steps
        if g.proven
    )


def _unproven(claims: GroundedClaims) -> Iterable[UnprovenClaim]:
    named: tuple[tuple[str, Iterable[Grounded[Claim]]], ...] = (
        ("field", claims.fields),  # type: ignore[assignment]
        ("stakeholder", claims.stakeholders),
        ("objection", claims.objections),
        ("next_step", claims.next_steps),
        ("commitment", claims.commitments),
        ("summary", claims.summary),
    )
    for kind, group in named:
        for g in group:
            if not g.proven:
                first = g.refused[0] if g.refused else None
                label = f"{kind}:{g.claim.field}" if isinstance(g.claim, FieldClaim) else kind
                yield UnprovenClaim(
                    kind=label,
                    value=g.claim.value,
                    why=first.why if first else Refusal.NOT_FOUND,
                    quote=first.quote if first else "",
                )
