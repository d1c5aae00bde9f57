"""Calls come in: several files at once, each stored before anything else happens."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.datastructures import FormData, UploadFile

from coachbot.errors import CoachbotError
from coachbot.model.transcript import CallMeta
from coachbot.pipeline import take_in
from coachbot.settings import settings
from coachbot.web.context import AtDesk, Desk, Sent, state_of, text_of, wants_json
from coachbot.web.media import looks_readable
from coachbot.web.templating import page
from coachbot.web.views.held import given_day

router = APIRouter(prefix="/upload")
AT_ONCE = 50


@router.get("", response_class=HTMLResponse)
def upload(request: Request, desk: AtDesk) -> HTMLResponse:
    """The page to drop files on."""
    return _page(request, desk)


@router.post("")
def uploaded(request: Request, desk: AtDesk, form: Sent) -> Response:
    """Take the files in. One that cannot be used does not stop the others."""
    day = given_day(text_of(form, "held", most=40))
    files = [f for f in form.getlist("files") if isinstance(f, UploadFile) and f.filename][:AT_ONCE]
    if not files:
        raise HTTPException(422, "There is no file in that. Choose one, then send again.")
    told = [_take(request, desk, form, file, day) for file in files]
    failed = any("href" not in t for t in told)
    if wants_json(request):
        return JSONResponse({"files": told}, status_code=422 if failed and len(told) == 1 else 200)
    if failed:
        return _page(request, desk, told=told, status=422)
    return RedirectResponse(told[0]["href"] if len(told) == 1 else "/inbox?show=working", status_code=303)


def _take(
    request: Request, desk: Desk, form: FormData, file: UploadFile, day: datetime | None
) -> dict[str, Any]:
    name = file.filename or "call"
    try:
        head = file.file.read(4096)
        if not head:
            return {"name": name, "text": "This file is empty. Export or save it again, then send that."}
        if not looks_readable(head):
            wrong = "This is neither a recording nor a transcript. The list of formats is below."
            return {"name": name, "text": wrong}
        file.file.seek(0)
        taken = take_in(
            desk.store, file.file, name, owner=desk.user_id, deal_id=text_of(form, "deal", most=80) or None,
            meta=CallMeta(date=day) if day else None,
        )  # fmt: skip
    except CoachbotError as error:
        return {"name": name, "text": str(error)}
    if taken.new:
        state_of(request, "work").submit(taken.call)
    words = "Taken in. It is being read now." if taken.new else "It was here already."
    return {"name": name, "href": f"/calls/{taken.call.id}", "text": words}


def _page(
    request: Request, desk: Desk, *, told: list[dict[str, Any]] | None = None, status: int = 200
) -> HTMLResponse:
    with desk.store.read() as unit:
        deals = unit.deals.list(visible_to=desk.viewer, limit=100).items
    return page(
        request,
        "pages/upload.html",
        status=status,
        told=told or [],
        deals=[(d.id, " · ".join(dict.fromkeys((d.account, d.name)))) for d in deals],
        limit=settings().upload_limit,
    )
