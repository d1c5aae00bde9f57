"""What a person does to items: decide, edit, point at other words, add. With and without scripts."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.datastructures import FormData

from coachbot import review
from coachbot.errors import ConflictError
from coachbot.model.playbook import Playbook
from coachbot.model.workspace import ItemKind, ReviewItem
from coachbot.store import Unit
from coachbot.web.context import AtDesk, Desk, Sent, book_of, names_of, number_of, text_of, wants_json
from coachbot.web.routes.pages import review_page
from coachbot.web.security import csrf_token
from coachbot.web.templating import fragment
from coachbot.web.views.evidence import sides
from coachbot.web.views.items import ItemView, inputs_of, item_view

router = APIRouter(prefix="/calls/{call_id}")
ACTIONS = ("accept", "reject", "undo")


@router.post("/decide")
def decide(request: Request, desk: AtDesk, form: Sent, call_id: str) -> Response:
    """Accept, reject or take back: the field `accept`, `reject` or `undo` holds `item:version`."""
    action = next((a for a in ACTIONS if form.get(a)), None)
    item_id, _, version = text_of(form, action, most=200).rpartition(":") if action else ("", "", "")
    if not action or not item_id or not version.isdigit():
        raise HTTPException(422, "The form is not whole. Load the page again, then repeat.")

    def act(unit: Unit, book: Playbook) -> ReviewItem:
        by, at = desk.reviewer(book), int(version)
        if action == "accept":
            return review.accept(unit, item_id, by, version=at)
        if action == "reject":
            return review.reject(unit, item_id, by, version=at, why=text_of(form, "why") or None)
        return review.undo(unit, item_id, by, version=at)

    return _done(request, desk, call_id, item_id, act)


@router.post("/items/{item_id}")
def edit(request: Request, desk: AtDesk, form: Sent, call_id: str, item_id: str) -> Response:
    """Correct an item's value; it counts as accepted."""

    def act(unit: Unit, book: Playbook) -> ReviewItem:
        item = unit.items.need(item_id)
        value = _typed(item.kind, item.key, form, book, item.value)
        return review.edit(
            unit, item_id, desk.reviewer(book), version=number_of(form, "version"), value=value
        )

    return _done(request, desk, call_id, item_id, act)


@router.post("/items/{item_id}/evidence")
def point(request: Request, desk: AtDesk, form: Sent, call_id: str, item_id: str) -> Response:
    """Let the item rest on other words of the call."""

    def act(unit: Unit, book: Playbook) -> ReviewItem:
        turn, start, end = (number_of(form, n) for n in ("turn", "start", "end"))
        words = review.evidence_at(review.transcript_of(unit, call_id), turn, start, end)
        version = number_of(form, "version")
        return review.edit(unit, item_id, desk.reviewer(book), version=version, evidence=[words])

    return _done(request, desk, call_id, item_id, act)


@router.post("/items")
def add(request: Request, desk: AtDesk, form: Sent, call_id: str) -> Response:
    """Add a fact that was missed, with the words that prove it."""
    key, quote, turn = text_of(form, "key"), text_of(form, "quote"), text_of(form, "turn", most=12)
    with desk.store.begin() as unit:
        call = desk.call(unit, call_id)
        book = book_of(unit, call)
        words = review.evidence_for(
            review.transcript_of(unit, call_id), quote, int(turn) if turn.isdigit() else None
        )
        item = review.add(
            unit, call_id, desk.reviewer(book), kind="field", key=key,
            value={"value": text_of(form, "value")}, evidence=[words],
        )  # fmt: skip
    return _answer(request, desk, call_id, item.id)


@router.get("/items/{item_id}", response_class=HTMLResponse)
def show(request: Request, desk: AtDesk, call_id: str, item_id: str) -> HTMLResponse:
    """The item's card, as it is now."""
    view, _ = _look(desk, call_id, item_id)
    return HTMLResponse(card(request, call_id, view))


@router.get("/items/{item_id}/edit", response_class=HTMLResponse)
def editor(request: Request, desk: AtDesk, call_id: str, item_id: str) -> HTMLResponse:
    """The item's form."""
    view, _ = _look(desk, call_id, item_id)
    html = fragment("parts/editor.html", i=view, call=call_id, csrf=csrf_token(request))
    return HTMLResponse(html)


def card(request: Request, call_id: str, view: ItemView, conflict: ItemView | None = None) -> str:
    """An item as markup; `conflict` is what somebody else decided before."""
    return fragment("parts/item.html", i=view, call=call_id, conflict=conflict)


def _done(request: Request, desk: Desk, call_id: str, item_id: str, act: Any) -> Response:
    try:
        with desk.store.begin() as unit:
            call = desk.call(unit, call_id)
            if unit.items.need(item_id).call_id != call.id:
                raise HTTPException(404, "That item belongs to another call.")
            act(unit, book_of(unit, call))
    except ConflictError:
        return _answer(request, desk, call_id, item_id, conflict=True)
    return _answer(request, desk, call_id, item_id)


def _answer(request: Request, desk: Desk, call_id: str, item_id: str, *, conflict: bool = False) -> Response:
    """To a module the card and the count; to a browser the page, at the next item that waits."""
    if not wants_json(request):
        if conflict:
            return review_page(request, desk, call_id, conflict=item_id)
        return RedirectResponse(f"/calls/{call_id}/review?from={item_id}#next", status_code=303)
    view, (decided, total) = _look(desk, call_id, item_id)
    body: dict[str, Any] = {
        "id": view.id,
        "version": view.version,
        "status": view.status,
        "group": group_of(view),
        "html": card(request, call_id, view, view if conflict else None),
        "decided": decided,
        "total": total,
    }
    if conflict:
        body["text"] = f"{view.by or 'Somebody else'} was faster: {view.label} is {view.state}."
    return JSONResponse(body, status_code=409 if conflict else 200)


def _look(desk: Desk, call_id: str, item_id: str) -> tuple[ItemView, tuple[int, int]]:
    with desk.store.read() as unit:
        call = desk.call(unit, call_id)
        book = book_of(unit, call)
        all_ = review.review_of(unit, call_id, book)
        found = next((v for v in all_.items if v.item.id == item_id), None)
        if found is None:
            raise HTTPException(404, "That item belongs to another call.")
        known = sides(review.transcript_of(unit, call_id))
        return item_view(found, book, known, people=names_of(unit)), (all_.decided, all_.total)


def group_of(view: ItemView) -> str:
    """The group of the page that a new item goes to."""
    return {"stakeholder": "people", "objection": "objections", "next_step": "steps"}.get(view.kind, "facts")


def _typed(
    kind: ItemKind, key: str | None, form: FormData, book: Playbook, before: dict[str, Any]
) -> dict[str, Any]:
    """What the form holds, as the item's kind has it: an empty text is nothing, a box is yes or no."""
    value: dict[str, Any] = {}
    for field in inputs_of(kind, key, before, book):
        text = text_of(form, field.name)
        if field.kind == "check":
            value[field.name] = bool(text)
        else:
            value[field.name] = text or (None if field.name in ("name", "role", "date") else "")
    return value
