"""The application, and how its errors look."""

from __future__ import annotations

from typing import Any, Protocol

from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from coachbot import __version__
from coachbot.api import (
    calls,
    coach,
    deals,
    desk,
    documents,
    events,
    find,
    insights,
    people,
    playbooks,
    reminders,
    review,
    sheets,
)
from coachbot.api.described import PROBLEM, describe
from coachbot.api.desk import SignInError, who_asks
from coachbot.api.reference import serve_reference
from coachbot.errors import CoachbotError, ConflictError, NotFoundError, UsageError
from coachbot.model.workspace import Call
from coachbot.settings import settings
from coachbot.store import Store

BODY_LIMIT = 1_048_576
DESCRIPTION = """
Recaps, reviews and deals of a coachbot workspace.

* **Who**: on a machine of your own nobody signs in; else `Authorization: Bearer TOKEN`
  (`coachbot users token`).
* **Errors** are `application/problem+json`: `title` says what is wrong and what to do.
* **Lists** give `next_cursor`; hand it back as `cursor` for the next part.
* **Versions**: what people change carries `version` and an `ETag`. A change names the version it is based on;
  where somebody else was quicker the answer is 409 with `current` and `proposed`, and nothing is written.
"""


class Problem(BaseModel):
    """An error, as RFC 9457 has it."""

    type: str = "about:blank"
    title: str
    status: int
    current: Any = None
    proposed: Any = None
    errors: list[dict[str, Any]] | None = None


class Work(Protocol):
    """What the API asks of whoever does the work on calls."""

    def submit(self, call: Call) -> Any:
        """Put a call that came in in line."""

    def retry(self, call_id: str, step: str | None = None, *, by: str | None = None) -> Call:
        """Work on a call again."""

    def cancel(self, call_id: str, *, by: str | None = None) -> Call:
        """Stop the work on a call."""

    def reindex(self, call_id: str) -> Any:
        """Bring the search index to what a review changed."""


def create_api(store: Store, *, work: Work, local: bool = True) -> FastAPI:
    """The API on a store. `local`: one person on this machine, who needs no token."""
    app = FastAPI(
        title="coachbot",
        version=__version__,
        description=DESCRIPTION,
        docs_url=None,  # it would load scripts from elsewhere; ours is in reference.py
        redoc_url=None,
        dependencies=[Depends(who_asks)],
        responses={
            code: {"model": Problem, "description": said, "content": {PROBLEM: {}}}
            for code, said in (
                (401, "No valid token"),
                (403, "Not allowed"),
                (404, "Not there, or not yours to see"),
                (409, "Somebody else was quicker"),
                (422, "It does not fit; `title` says what to do"),
                (503, "The store or a model cannot be used now"),
            )
        },
    )
    describe(app)
    serve_reference(app)
    app.state.store, app.state.work, app.state.local = store, work, local
    for room in (calls, review, deals, coach, insights, sheets, reminders, find, events, people, playbooks):
        app.include_router(room.router)
    app.include_router(documents.router, max_body_size=settings().document_limit + BODY_LIMIT)
    app.add_exception_handler(CoachbotError, _told)
    app.add_exception_handler(SignInError, _sign_in)
    app.add_exception_handler(HTTPException, _refused)
    app.add_exception_handler(RequestValidationError, _unfit)
    return app


def problem(status: int, title: str, **more: Any) -> JSONResponse:
    """An error's answer."""
    told = Problem(title=title, status=status, **more).model_dump(mode="json", exclude_none=True)
    return JSONResponse(told, status_code=status, media_type=PROBLEM)


def _told(request: Request, error: Exception) -> JSONResponse:
    """Something that coachbot raised on purpose: its message says what to do."""
    if isinstance(error, ConflictError):
        return problem(409, str(error), current=_plain(error.current), proposed=_plain(error.proposed))
    kinds = ((NotFoundError, 404), (UsageError, 422))
    return problem(next((code for kind, code in kinds if isinstance(error, kind)), 503), str(error))


def _plain(value: object) -> Any:
    return value.model_dump(mode="json") if isinstance(value, BaseModel) else value


def _sign_in(request: Request, error: Exception) -> JSONResponse:
    answer = problem(401, str(error))
    answer.headers["www-authenticate"] = "Bearer"
    return answer


def _refused(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    answer = problem(error.status_code, str(error.detail))
    answer.headers.update(error.headers or {})
    return answer


def _unfit(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    errors = [
        {"where": ".".join(str(p) for p in e["loc"]), "what": e["msg"], "kind": e["type"]}
        for e in error.errors()
    ]
    first = errors[0] if errors else {"where": "request", "what": "does not fit"}
    return problem(422, f"{first['where']}: {first['what']}", errors=errors)


__all__ = ["create_api", "desk", "problem"]
