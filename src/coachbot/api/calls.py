"""Calls: taking them in, where they stand, their transcript and recap."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, File, Form, Query, Request, Response, UploadFile
from fastapi.responses import StreamingResponse

from coachbot.api.desk import AtDesk, Cursor, Limit, ListOf, listed, tagged
from coachbot.model.base import Frozen
from coachbot.model.transcript import Transcript
from coachbot.model.workspace import AuditEntry, Call, CallState, StepRun
from coachbot.pipeline import meta_from_json, states, take_in
from coachbot.review import link, reviewed_recap

router = APIRouter(prefix="/calls", tags=["calls"])
STEP_NAMES = "transcribe, extract, index or notify; without: the first that is not done"


class CallView(Frozen):
    """A call with its steps and how far its review is."""

    call: Call
    steps: tuple[StepRun, ...]
    decided: int
    items: int


class Linked(Frozen):
    """Which deal a call belongs to; null: none."""

    deal_id: str | None
    version: int


class Again(Frozen):
    """From which step on to work again."""

    step: str | None = None


class RecapInfo(Frozen):
    """A version of a call's recap, without its content."""

    number: int
    engine: str
    playbook: str
    playbook_version: str
    created_at: datetime


@router.post("", status_code=201)
def upload(
    desk: AtDesk,
    response: Response,
    file: Annotated[UploadFile, File(description="a transcript or recording")],
    meta: Annotated[str | None, Form(description="META as JSON: title, date, participants, deal")] = None,
    deal_id: Annotated[str | None, Form()] = None,
    priority: Annotated[int, Form(ge=-100, le=100, description="higher is sooner")] = 0,
) -> CallView:
    """Take a call in. It is stored before any work; the same file again gives the same call (200)."""
    known = meta_from_json(meta) if meta else None
    if deal_id:
        with desk.store.read() as unit:
            desk.deal(unit, deal_id)
    taken = take_in(
        desk.store,
        file.file,
        file.filename or "call",
        meta=known,
        owner=desk.user_id,
        deal_id=deal_id,
        priority=priority,
    )
    if taken.new:
        desk.work.submit(taken.call)
    else:
        response.status_code = 200
    return _view(desk, taken.call.id)


@router.get("")
def list_calls(
    desk: AtDesk,
    state: Annotated[list[CallState] | None, Query(description="any of these")] = None,
    deal_id: Annotated[str | None, Query(max_length=100)] = None,
    unlinked: bool = False,
    owner: Annotated[str | None, Query(max_length=100)] = None,
    text: Annotated[str | None, Query(max_length=200, description="words of title or file name")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> ListOf[Call]:
    """Calls, newest first."""
    with desk.store.read() as unit:
        return listed(
            unit.calls.list(
                visible_to=desk.viewer, states=state, deal_id=deal_id, unlinked=unlinked, owner=owner,
                text=text, cursor=cursor, limit=limit,
            )
        )  # fmt: skip


@router.get("/counts")
def counts(desk: AtDesk) -> dict[str, int]:
    """How many calls are in each state."""
    with desk.store.read() as unit:
        found = unit.calls.counts(visible_to=desk.viewer)
    return {str(s): found.get(s, 0) for s in CallState}


@router.get("/{call_id}", response_model=CallView, responses={304: {"description": "You have this version"}})
def get_call(desk: AtDesk, request: Request, response: Response, call_id: str) -> Any:
    """A call, its steps, and how far its review is."""
    view = _view(desk, call_id)
    stamp = f"{view.call.version}-{view.decided}-{'.'.join(f'{s.state}{s.attempts}' for s in view.steps)}"
    if tagged(request, response, stamp):
        return Response(status_code=304, headers={"etag": response.headers["etag"]})
    return view


@router.delete("/{call_id}", status_code=204)
def delete_call(desk: AtDesk, call_id: str) -> Response:
    """Remove a call with its transcript, recaps, items and facts. The audit keeps that it was there."""
    with desk.store.begin() as unit:
        call = desk.call(unit, call_id)
        unit.audit.add("call.delete", f"call:{call_id}", who=desk.user_id, before={"title": call.title})
        unit.calls.delete(call_id)
    return Response(status_code=204)


@router.post("/{call_id}/retry")
def retry(desk: AtDesk, call_id: str, body: Again) -> CallView:
    """Work on a call again, from a step on. Nothing is uploaded twice."""
    with desk.store.read() as unit:
        desk.call(unit, call_id)
    desk.work.retry(call_id, body.step, by=desk.user_id)
    return _view(desk, call_id)


@router.post("/{call_id}/cancel")
def cancel(desk: AtDesk, call_id: str) -> CallView:
    """Stop the work on a call; its file stays."""
    with desk.store.read() as unit:
        desk.call(unit, call_id)
    desk.work.cancel(call_id, by=desk.user_id)
    return _view(desk, call_id)


@router.put("/{call_id}/deal")
def link_call(desk: AtDesk, call_id: str, body: Linked) -> Call:
    """Link a call to a deal, or to none."""
    with desk.store.begin() as unit:
        call = desk.call(unit, call_id)
        if body.deal_id:
            desk.deal(unit, body.deal_id)
        by = desk.reviewer(desk.book(unit, call))
        linked = link(unit, call_id, body.deal_id, by, version=body.version)
    desk.work.reindex(call_id)
    return linked


@router.get("/{call_id}/transcript")
def transcript(desk: AtDesk, call_id: str) -> Transcript:
    """The call's words: never changed once read."""
    with desk.store.read() as unit:
        desk.call(unit, call_id)
        return unit.transcripts.load(call_id)


@router.get("/{call_id}/recap")
def recap(
    desk: AtDesk,
    call_id: str,
    number: Annotated[
        int | None, Query(ge=1, le=1_000_000, description="a version; default the latest")
    ] = None,
    reviewed: Annotated[bool, Query(description="as decided, instead of as extracted")] = False,
) -> dict[str, Any]:
    """The recap under the contract `coachbot/recap/1`."""
    from coachbot.model.recap import Recap

    with desk.store.read() as unit:
        desk.call(unit, call_id)
        found = unit.recaps.load(call_id, number).recap
        if not reviewed:
            return found
        done = reviewed_recap(Recap.model_validate(found), unit.items.of_call(call_id))
    return done.model_dump(mode="json", by_alias=True)


@router.get("/{call_id}/recaps")
def recap_versions(desk: AtDesk, call_id: str) -> list[RecapInfo]:
    """All versions of the recap, oldest first."""
    with desk.store.read() as unit:
        desk.call(unit, call_id)
        rows = unit.recaps.versions(call_id)
    return [RecapInfo.model_validate({k: r[k] for k in RecapInfo.model_fields}) for r in rows]


@router.get("/{call_id}/audit")
def audit(desk: AtDesk, call_id: str, cursor: Cursor = None, limit: Limit = 50) -> ListOf[AuditEntry]:
    """Who did what with the call, newest first."""
    with desk.store.read() as unit:
        desk.call(unit, call_id)
        return listed(unit.audit.list(subject=f"call:{call_id}", cursor=cursor, limit=limit))


@router.get(
    "/{call_id}/file",
    response_class=Response,
    responses={200: {"content": {"application/octet-stream": {}}, "description": "The file as it came in"}},
)
def file(desk: AtDesk, call_id: str) -> Response:
    """The file as it came in."""
    with desk.store.read() as unit:
        call = desk.call(unit, call_id)
    size = desk.store.files.size(call.file)
    name = call.file_name.encode("ascii", "ignore").decode().replace('"', "") or "call"
    return StreamingResponse(
        desk.store.files.chunks(call.file),
        media_type="application/octet-stream",
        headers={"content-length": str(size), "content-disposition": f'attachment; filename="{name}"'},
    )


def _view(desk: AtDesk, call_id: str) -> CallView:
    with desk.store.read() as unit:
        call = desk.call(unit, call_id)
        done, total = unit.items.progress([call_id]).get(call_id, (0, 0))
        return CallView(call=call, steps=states(unit, call_id), decided=done, items=total)
