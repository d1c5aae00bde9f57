"""The application of the pages."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePosixPath
from typing import Any, Protocol

from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException as Refusal
from starlette.middleware.gzip import GZipMiddleware

from coachbot.errors import CoachbotError, ConflictError, NotFoundError, UsageError
from coachbot.model.workspace import Call
from coachbot.settings import settings as conf
from coachbot.store import Store
from coachbot.web import styleguide
from coachbot.web.assets import TYPES, bundle, digest
from coachbot.web.coached import Coached
from coachbot.web.context import wants_json
from coachbot.web.people import Brake, SignInError, find_person
from coachbot.web.routes import (
    ask,
    brief,
    calls,
    coach,
    deal_forms,
    deals,
    decisions,
    documents,
    evals,
    events,
    finish,
    inbox,
    insights,
    login,
    notes,
    playbook,
    queue,
    reminders,
    reps,
    settings,
    sheets,
    team,
    upload,
    voices,
)
from coachbot.web.security import SecurityHeaders, check_csrf
from coachbot.web.templating import THEMES, local_path, page

YEAR = 31_536_000
FORM_LIMIT = 1_048_576
"""Bytes of a form without files."""
ROUTERS = tuple(
    room.router
    for room in (
        inbox,
        calls,
        events,
        decisions,
        finish,
        voices,
        deals,
        deal_forms,
        coach,
        brief,
        notes,
        ask,
        insights,
        sheets,
        reminders,
        team,
        queue,
        reps,
        playbook,
        evals,
        settings,
        login,
        styleguide,
    )
)


class Work(Protocol):
    """What the pages ask of whoever does the work on calls."""

    def submit(self, call: Call) -> Any:
        """Put a call that came in in line."""

    def cancel(self, call_id: str, *, by: str | None = None) -> Any:
        """Stop the work on a call."""

    def retry(self, call_id: str, step: str | None = None, *, by: str | None = None) -> Any:
        """Work on a call again: from the step on, or from the first that is not done."""

    def reindex(self, call_id: str) -> Any:
        """Bring the search index to what a person changed."""


def create_app(store: Store, *, work: Work, local: bool = True) -> FastAPI:
    """The pages on a store. `local`: one person on this machine, who needs no login."""
    app = FastAPI(
        title="coachbot",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        dependencies=[Depends(find_person), Depends(check_csrf)],
    )
    app.state.store, app.state.work, app.state.local = store, work, local
    app.state.brake = Brake(store)
    app.state.coached = Coached(store)
    app.add_middleware(GZipMiddleware, minimum_size=1000)
    app.add_middleware(SecurityHeaders)
    app.add_api_route("/static/{version}/{name:path}", static, methods=["GET"])
    app.add_api_route("/theme", choose_theme, methods=["POST"], max_body_size=FORM_LIMIT)
    app.add_api_route("/healthz", health, methods=["GET"])
    for router in ROUTERS:
        app.include_router(router, max_body_size=FORM_LIMIT)
    app.include_router(upload.router, max_body_size=conf().upload_limit + FORM_LIMIT)
    app.include_router(documents.router, max_body_size=conf().document_limit + FORM_LIMIT)
    errors: tuple[tuple[type[Exception], Callable[..., Any]], ...] = (
        (Refusal, show_refusal),
        (RequestValidationError, show_bad_request),
        (CoachbotError, show_error),
        (SignInError, show_sign_in),
    )
    for kind, shown in errors:
        app.add_exception_handler(kind, shown)
    return app


def health(request: Request) -> JSONResponse:
    """For balancers: 200 where the store answers; otherwise the error's 503."""
    with request.app.state.store.read() as unit:
        unit.users.count()
    return JSONResponse({"status": "ok"})


def static(version: str, name: str) -> Response:
    """A style sheet, module or picture. An old address gets the present file, kept for a minute."""
    content = bundle().get(name)
    if content is None:
        raise HTTPException(404, "There is no such file.")
    age = f"public, max-age={YEAR}, immutable" if version == digest() else "public, max-age=60"
    return Response(content, media_type=TYPES[PurePosixPath(name).suffix], headers={"cache-control": age})


async def choose_theme(request: Request) -> Response:
    """Remember the colours for this browser, and go back to the page."""
    form = await request.form()
    theme = form.get("theme")
    response = RedirectResponse(local_path(form.get("back")), status_code=303)
    if theme in THEMES and isinstance(theme, str):
        response.set_cookie("coachbot_theme", theme, max_age=YEAR, samesite="lax", path="/")
    return response


def show_refusal(request: Request, error: Refusal) -> Response:
    """An answer that is an error."""
    return _error(request, error.status_code, str(error.detail))


def show_bad_request(request: Request, error: RequestValidationError) -> Response:
    """An address or form that does not fit."""
    return _error(request, 422, "The address or the form does not fit. Go back and try again.")


def show_error(request: Request, error: CoachbotError) -> Response:
    """Something that coachbot raised on purpose: its message says what to do."""
    kinds = ((NotFoundError, 404), (ConflictError, 409), (UsageError, 422))
    status = next((code for kind, code in kinds if isinstance(error, kind)), 503)
    text = str(error)
    return _error(request, status, text[:1].upper() + text[1:] + ("" if text.endswith(".") else "."))


def show_sign_in(request: Request, error: SignInError) -> Response:
    """Somebody who has to sign in first."""
    if error.target is None:
        return JSONResponse({"text": "You are signed out. Load the page again to sign in."}, status_code=401)
    return RedirectResponse(error.target, status_code=303)


def _error(request: Request, status: int, text: str) -> Response:
    if wants_json(request):
        return JSONResponse({"text": text}, status_code=status)
    return page(request, "pages/error.html", status=status, code=status, text=text)
