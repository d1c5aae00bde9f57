"""A call: its work in progress, its review, its transcript, its files."""

from __future__ import annotations

import base64
import hashlib
import re
from urllib.parse import quote

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from coachbot import review
from coachbot.model.recap import Recap
from coachbot.model.workspace import STEPS, CallState
from coachbot.pipeline import states
from coachbot.render import render_text
from coachbot.web.context import AtDesk, Sent, book_of, deal_of, state_of, text_of
from coachbot.web.downloads import RECAP_TYPES, TRANSCRIPT_TYPES, crm_note, transcript_as
from coachbot.web.media import recording
from coachbot.web.routes.pages import audio_of, review_page
from coachbot.web.security import HEADERS, csrf_token
from coachbot.web.templating import fragment, page
from coachbot.web.views.transcript import SLICE, transcript_view, turns_of
from coachbot.web.views.work import step_views

router = APIRouter(prefix="/calls/{call_id}")
READY = (CallState.DRAFT, CallState.REVIEWED)


@router.get("")
def call(request: Request, desk: AtDesk, call_id: str) -> Response:
    """The review where there is a draft; else the work on the call."""
    with desk.store.read() as unit:
        found = desk.call(unit, call_id)
        if found.state in READY:
            return RedirectResponse(f"/calls/{call_id}/review", status_code=303)
        steps = step_views(states(unit, call_id))
        read = unit.transcripts.info(call_id) is not None
        ready = unit.recaps.latest(call_id) is not None
        deal = deal_of(unit, found)
    return page(request, "pages/work.html", call=found, steps=steps, read=read, ready=ready, deal=deal)


@router.get("/steps", response_class=HTMLResponse)
def steps(request: Request, desk: AtDesk, call_id: str) -> HTMLResponse:
    """The steps of the work, as a piece of a page."""
    with desk.store.read() as unit:
        found = desk.call(unit, call_id)
        runs = step_views(states(unit, found.id))
    html = fragment("parts/steps.html", list=runs, call=call_id, csrf=csrf_token(request))
    return HTMLResponse(html)


@router.post("/retry")
def retry(request: Request, desk: AtDesk, form: Sent, call_id: str) -> Response:
    """Try a step again, and what follows it."""
    step = text_of(form, "step", most=40)
    if step and step not in STEPS:
        raise HTTPException(422, f"There is no step {step!r}.")
    with desk.store.read() as unit:
        desk.call(unit, call_id)
    state_of(request, "work").retry(call_id, step or None, by=desk.user_id)
    return RedirectResponse(f"/calls/{call_id}", status_code=303)


@router.post("/cancel")
def cancel(request: Request, desk: AtDesk, call_id: str) -> Response:
    """Stop the work on the call; its file stays."""
    with desk.store.read() as unit:
        desk.call(unit, call_id)
    state_of(request, "work").cancel(call_id, by=desk.user_id)
    return RedirectResponse(f"/calls/{call_id}", status_code=303)


@router.get("/review", response_class=HTMLResponse)
def review_(request: Request, desk: AtDesk, call_id: str) -> Response:
    """The review."""
    with desk.store.read() as unit:
        found = desk.call(unit, call_id)
        if unit.recaps.latest(call_id) is None:
            return RedirectResponse(f"/calls/{found.id}", status_code=303)
    return review_page(request, desk, call_id)


@router.get("/turns", response_class=HTMLResponse)
def turns(desk: AtDesk, call_id: str, start: int = 0, end: int = SLICE) -> HTMLResponse:
    """Some turns, as a piece of a page; at most one slice."""
    with desk.store.read() as unit:
        desk.call(unit, call_id)
        transcript = review.transcript_of(unit, call_id)
    return HTMLResponse(
        fragment("parts/turns.html", list=turns_of(transcript, start, min(end, start + SLICE))),
        headers={"cache-control": "private, max-age=60"},
    )


@router.get("/transcript", response_class=HTMLResponse)
def transcript(request: Request, desk: AtDesk, call_id: str, turn: str = "") -> HTMLResponse:
    """The transcript to read and listen to."""
    with desk.store.read() as unit:
        found = desk.call(unit, call_id)
        view = transcript_view(
            review.transcript_of(unit, call_id),
            call_id=call_id,
            audio=audio_of(found),
            first=int(turn) if turn.isdigit() else 0,
        )
        ready = unit.recaps.latest(call_id) is not None
        deal = deal_of(unit, found)
    return page(request, "pages/transcript.html", view=view, call=found, ready=ready, deal=deal)


@router.get("/transcript.{form}")
def transcript_file(desk: AtDesk, call_id: str, form: str) -> Response:
    """The transcript as a file."""
    if form not in TRANSCRIPT_TYPES:
        raise HTTPException(404, "A transcript comes as txt, vtt, md or json.")
    with desk.store.read() as unit:
        found = desk.call(unit, call_id)
        text = transcript_as(review.transcript_of(unit, call_id), form)
    return attachment(text, TRANSCRIPT_TYPES[form], f"{found.title}.{form}")


@router.get("/recap.{form}")
def recap_file(desk: AtDesk, call_id: str, form: str) -> Response:
    """The recap as reviewed, as a file; html is a page to print."""
    if form not in RECAP_TYPES:
        raise HTTPException(404, "A recap comes as md, html, txt or json.")
    with desk.store.read() as unit:
        found = desk.call(unit, call_id)
        book = book_of(unit, found)
        recap = Recap.model_validate(unit.recaps.load(call_id).recap)
        recap = review.reviewed_recap(recap, unit.items.of_call(call_id))
    if form == "txt":
        return attachment(crm_note(recap, book), RECAP_TYPES[form], f"{found.title}.txt")
    text = render_text(recap, book, {"md": "markdown"}.get(form, form))
    if form != "html":
        return attachment(text, RECAP_TYPES[form], f"{found.title}.{form}")
    return Response(text, media_type=RECAP_TYPES[form], headers=policy_for(text))


@router.get("/audio")
def audio(request: Request, desk: AtDesk, call_id: str) -> Response:
    """The recording, in the ranges that a player asks for."""
    with desk.store.read() as unit:
        found = desk.call(unit, call_id)
    return recording(request, desk.store, found.file, found.file_name)


def attachment(text: str, kind: str, name: str) -> Response:
    """An answer that the browser saves under that name."""
    plain = re.sub(r"[^\w .-]+", "_", name, flags=re.ASCII)[-120:] or "call"
    named = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name[-120:])}"
    return Response(text, media_type=kind, headers={"content-disposition": named})


def policy_for(html: str) -> dict[str, str]:
    """The recap's own page carries its style in itself: allow exactly that style, and nothing else."""
    hashes = (
        f"'sha256-{base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()}'"
        for style in re.findall(r"<style>(.*?)</style>", html, flags=re.DOTALL)[:1]
    )
    policy = f"default-src 'none'; style-src {' '.join(hashes)}; frame-ancestors 'none'; base-uri 'none'"
    return HEADERS | {"content-security-policy": policy}
