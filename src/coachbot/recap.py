"""The main job: a transcript becomes a recap whose every line is proven.

>>> from coachbot.recap import recap_file
>>> recap = recap_file("call.vtt")          # doctest: +SKIP
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from coachbot.errors import UsageError
from coachbot.extract import Engine, Repairing, get_engine
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
from coachbot.settings import settings
from coachbot.stages import assess, find_risks

if TYPE_CHECKING:
    from coachbot.transcribe import Progress


def recap_file(
    path: Path | str,
    *,
    meta: CallMeta | Path | str | None = None,
    playbook: Playbook | Path | str | None = None,
    engine: Engine | str = "local",
    progress: Callable[[Progress], None] | None = None,
) -> Recap:
    """Read a transcript or recording of any supported format and make its recap. Raises CoachbotError.

    `progress` is told how far the transcription of a recording has come.
    """
    from coachbot.ingest import read_meta
    from coachbot.playbook import load_playbook

    known = meta if isinstance(meta, CallMeta) or meta is None else read_meta(Path(meta))
    book = playbook if isinstance(playbook, Playbook) else load_playbook(playbook)
    transcript = read_call(Path(path), known, playbook=book, progress=progress)
    return make_recap(transcript, playbook=book, deal=known.deal if known else DealContext(), engine=engine)


def read_call(
    path: Path,
    meta: CallMeta | None = None,
    *,
    playbook: Playbook | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> Transcript:
    """The call in a file: a transcript as it is read, a recording as it is transcribed. Raises CoachbotError.

    Where `meta` does not give a recording's sides, they are inferred from what is said. `playbook` (by
    default that of the settings) gives names that may be said in it.
    """
    if not is_recording(path):
        from coachbot.ingest import read_transcript

        return read_transcript(path, meta)
    from coachbot.ingest import infer_sides
    from coachbot.transcribe import ready, transcribe_file
    from coachbot.transcribe.glossary import terms_of

    conf = settings()
    recognizer = ready(path)
    if playbook is None:
        from coachbot.playbook import load_playbook

        playbook = load_playbook(conf.playbook, home=conf.home)
    terms = terms_of(meta, home=conf.home, playbook=playbook)
    made = transcribe_file(path, meta, recognizer=recognizer, glossary=terms, progress=progress)
    return infer_sides(made, meta)


def is_recording(path: Path) -> bool:
    """Whether a file is audio or video: by its content, and by its name where the content tells nothing."""
    from coachbot.ingest import is_media
    from coachbot.transcribe.audio import AUDIO_SUFFIXES

    try:
        with path.open("rb") as file:
            head = file.read(4096)
    except (OSError, ValueError):
        return False  # the reader says what is wrong
    if is_media(head[:64]):
        return True
    text = bool(head.strip()) and not any(byte < 9 or 13 < byte < 27 for byte in head)
    return path.suffix.casefold() in AUDIO_SUFFIXES and not text and not head.startswith(b"PK")


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
    claims = _proven(worker, transcript, playbook, deal)
    stage = assess(claims, transcript, playbook, deal)
    return Recap(
        call=_call(transcript),
        playbook=PlaybookRef(id=playbook.id, version=playbook.version),
        engine=claims.engine,
        coverage=Coverage(
            turns_read=len(claims.turns_read), turns_total=len(transcript.turns), words_total=transcript.words
        ),
        summary=_summary(claims),
        fields=_fields(claims, transcript, playbook),
        stakeholders=_stakeholders(claims),
        objections=_objections(claims),
        next_steps=_next_steps(claims),
        stage=stage,
        risks=find_risks(claims, transcript, playbook, deal, deal.stage or stage.suggested),
        unproven=tuple(_unproven(claims)),
        warnings=_warnings(transcript, claims),
    )


def _proven(worker: Engine, transcript: Transcript, playbook: Playbook, deal: DealContext) -> GroundedClaims:
    """What the engine says, grounded; an engine that can has one second look at what did not ground."""
    said = worker.extract(transcript, playbook, deal)
    claims = ground(said, transcript, playbook)
    if isinstance(worker, Repairing):
        mended = worker.repair(said, claims, transcript, playbook)
        if mended is not said:
            claims = ground(mended, transcript, playbook)
    return claims


def _summary(claims: GroundedClaims) -> tuple[SummaryLine, ...]:
    """The sentences that rest on a turn which proves something else of the recap."""
    groups = (claims.fields, claims.objections, claims.next_steps, claims.stakeholders, claims.commitments)
    proving = {e.turn for group in groups for g in group for e in g.evidence}
    return tuple(
        SummaryLine(text=g.claim.value, evidence=g.evidence)
        for g in claims.summary
        if any(e.turn in proving for e in g.evidence)
    )


def _warnings(transcript: Transcript, claims: GroundedClaims) -> tuple[str, ...]:
    """Those of the reading, then the engine's; why another engine stood in comes before all."""
    banner = 1 if claims.engine.fallback_from else 0
    return (*claims.warnings[:banner], *transcript.warnings, *claims.warnings[banner:])


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
