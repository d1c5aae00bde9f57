"""Documents of deals: what is kept with a deal, for everybody who may see the deal."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, File, Form, Response, UploadFile
from fastapi.responses import StreamingResponse

from coachbot.api.desk import AtDesk, Cursor, Limit, ListOf, listed
from coachbot.attachments import attach, headers
from coachbot.model.workspace import Document

router = APIRouter(prefix="/deals/{deal_id}/documents", tags=["deals"])


@router.get("")
def documents(desk: AtDesk, deal_id: str, cursor: Cursor = None, limit: Limit = 50) -> ListOf[Document]:
    """The deal's documents, newest first; without those that were removed."""
    with desk.store.read() as unit:
        desk.deal(unit, deal_id)
        return listed(unit.documents.of_deal(deal_id, cursor=cursor, limit=limit))


@router.post("", status_code=201)
def upload(
    desk: AtDesk,
    deal_id: str,
    file: Annotated[UploadFile, File(description="the document")],
    what: Annotated[str | None, Form(max_length=200, description="what it is, such as proposal")] = None,
    note: Annotated[bool, Form(description="research for the brief: text, Markdown, HTML or PDF")] = False,
) -> Document:
    """Keep a document with the deal. What it is is told by its content; of the same name, it replaces."""
    with desk.store.read() as unit:
        desk.deal(unit, deal_id)
    name = file.filename or "document"
    return attach(desk.store, deal_id, file.file, name, what=what, note=note, by=desk.user_id)


@router.get(
    "/{document_id}",
    response_class=Response,
    responses={200: {"content": {"application/octet-stream": {}}, "description": "The file as it came in"}},
)
def download(desk: AtDesk, deal_id: str, document_id: str) -> Response:
    """The file as it came in, to be saved."""
    with desk.store.read() as unit:
        desk.deal(unit, deal_id)
        found = unit.documents.shown(deal_id, document_id)
    desk.store.files.size(found.file)  # the file may be gone: say so before the answer begins
    return StreamingResponse(
        desk.store.files.chunks(found.file), media_type="application/octet-stream", headers=headers(found)
    )


@router.delete("/{document_id}", status_code=204)
def remove(desk: AtDesk, deal_id: str, document_id: str) -> Response:
    """Hide a document. Its file stays, and the deal's audit says who removed it."""
    with desk.store.begin() as unit:
        desk.deal(unit, deal_id)
        unit.documents.remove(deal_id, document_id, by=desk.user_id)
    return Response(status_code=204)
