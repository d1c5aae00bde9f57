"""Documents of a deal: the list, attaching by drop or form, handing out, removing, putting back."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.datastructures import FormData, UploadFile

from coachbot.attachments import attach, headers
from coachbot.errors import InputError, NotFoundError
from coachbot.web.context import AtDesk, Desk, Sent, book_named, names_of, text_of, wants_json
from coachbot.web.routes.brief import brief_answer
from coachbot.web.templating import page
from coachbot.web.views.documents import documents_view, removed_of

router = APIRouter(prefix="/deals/{deal_id}/documents")
AT_ONCE, ON_A_PAGE = 20, 50


@router.get("", response_class=HTMLResponse)
def documents(request: Request, desk: AtDesk, deal_id: str, cursor: str = "") -> HTMLResponse:
    """All documents of the deal, page by page."""
    return _page(request, desk, deal_id, cursor=cursor)


@router.post("")
def attached(request: Request, desk: AtDesk, form: Sent, deal_id: str) -> Response:
    """Keep the files with the deal. One that cannot be used does not stop the others."""
    with desk.store.read() as unit:
        unit.deals.visible(deal_id, desk.viewer)
    files = [f for f in form.getlist("files") if isinstance(f, UploadFile) and f.filename]
    if not files:
        raise HTTPException(422, "There is no file in that. Choose one, then send again.")
    if len(files) > AT_ONCE:
        raise HTTPException(422, f"Those are more than {AT_ONCE} files. Send fewer at a time.")
    told = [_take(desk, form, file, deal_id) for file in files]
    failed = any("href" not in t for t in told)
    if wants_json(request):
        return JSONResponse({"files": told}, status_code=422 if failed and len(told) == 1 else 200)
    if text_of(form, "back", most=10) == "brief":
        wrong = tuple(f"{t['name']}: {t['text']}" for t in told if "href" not in t)
        if wrong:
            return brief_answer(request, desk, deal_id, wrong=wrong, status=422)
        return RedirectResponse(f"/deals/{deal_id}/brief#notes", status_code=303)
    if failed:
        return _page(request, desk, deal_id, told=told, status=422)
    return RedirectResponse(f"/deals/{deal_id}#documents", status_code=303)


@router.get("/{document_id}")
def download(desk: AtDesk, deal_id: str, document_id: str) -> Response:
    """The file, to be saved."""
    with desk.store.read() as unit:
        unit.deals.visible(deal_id, desk.viewer)
        found = unit.documents.shown(deal_id, document_id)
    desk.store.files.size(found.file)  # it may be gone: say so before the answer begins
    return StreamingResponse(
        desk.store.files.chunks(found.file), media_type="application/octet-stream", headers=headers(found)
    )


@router.post("/{document_id}/remove")
def remove(desk: AtDesk, form: Sent, deal_id: str, document_id: str) -> Response:
    """Hide a document. Its file stays, and the audit says who removed it."""
    with desk.store.begin() as unit:
        unit.deals.visible(deal_id, desk.viewer)
        unit.documents.remove(deal_id, document_id, by=desk.user_id)
    there = "/documents" if text_of(form, "back", most=10) == "documents" else "#documents"
    return RedirectResponse(f"/deals/{deal_id}{there}", status_code=303)


@router.post("/{document_id}/restore")
def restore(desk: AtDesk, form: Sent, deal_id: str, document_id: str) -> Response:
    """Attach the file of a removed document anew, under its name; not over one that has it now."""
    with desk.store.read() as unit:
        unit.deals.visible(deal_id, desk.viewer)
        found = unit.documents.need(document_id)
        taken = unit.documents.named(deal_id, found.name)
    if found.deal_id != deal_id:
        raise NotFoundError("document", document_id)
    if taken is None:
        desk.store.files.size(found.file)  # it may be gone: say so as one line
        with desk.store.files.open(found.file) as stream:
            attach(desk.store, deal_id, stream, found.name, what=found.what, note=found.note, by=desk.user_id)
    elif taken.file != found.file:
        raise HTTPException(409, f"There is a newer {found.name}. Remove that first, then put this one back.")
    return RedirectResponse(f"/deals/{deal_id}/documents", status_code=303)


def _take(desk: Desk, form: FormData, file: UploadFile, deal_id: str) -> dict[str, Any]:
    name = file.filename or "document"
    try:
        done = attach(
            desk.store, deal_id, file.file, name, what=text_of(form, "what", most=200),
            note=text_of(form, "note", most=5) == "1", by=desk.user_id,
        )  # fmt: skip
    except InputError as error:
        return {"name": name, "text": error.reason[:1].upper() + error.reason[1:] + "."}
    return {"name": done.name, "href": f"/deals/{deal_id}/documents/{done.id}", "text": "Kept with the deal."}


def _page(
    request: Request, desk: Desk, deal_id: str, *, cursor: str = "", told: list[dict[str, Any]] | None = None,
    status: int = 200,
) -> HTMLResponse:  # fmt: skip
    with desk.store.read() as unit:
        deal = unit.deals.visible(deal_id, desk.viewer)
        view = documents_view(
            unit, deal, book_named(deal.playbook), names_of(unit), limit=ON_A_PAGE, cursor=cursor
        )
        removed = removed_of(unit, deal_id, names_of(unit))
    return page(
        request, "pages/documents.html", status=status, deal=deal, documents=view, removed=removed,
        told=told or [],
    )  # fmt: skip
