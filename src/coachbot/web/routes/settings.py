"""Settings: who is here, tokens, how the engine stands, what was used."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from coachbot.insights.rounds import last_round, next_slot, zone_of
from coachbot.model.workspace import CallState, Role
from coachbot.settings import Settings, settings
from coachbot.web.context import AtDesk, Desk, Sent, book_title, text_of
from coachbot.web.templating import page

router = APIRouter(prefix="/settings")


@router.get("", response_class=HTMLResponse)
def show(request: Request, desk: AtDesk) -> HTMLResponse:
    """The page."""
    return _page(request, desk)


@router.post("/tokens")
def create(request: Request, desk: AtDesk, form: Sent) -> Response:
    """Make an API token: it is shown once."""
    if desk.user is None:
        raise HTTPException(403, "On this machine programs need no token.")
    name = text_of(form, "name", most=80)
    if not name:
        raise HTTPException(422, "Give the token a name, so that you know later what uses it.")
    days = text_of(form, "days", most=5)
    ends = datetime.now(UTC) + timedelta(days=int(days)) if days.isdigit() and int(days) else None
    with desk.store.begin() as unit:
        secret, token = unit.access.create_token(desk.user.id, name, expires_at=ends)
        unit.audit.add("token.create", f"user:{desk.user.id}", who=desk.user.id, after={"token": token.id})
    return _page(request, desk, secret=secret)


@router.post("/tokens/{token_id}/revoke")
def revoke(desk: AtDesk, token_id: str) -> Response:
    """End a token of one's own."""
    if desk.user is None:
        raise HTTPException(403, "On this machine programs need no token.")
    with desk.store.begin() as unit:
        unit.access.revoke_token(token_id, user_id=desk.user.id)
        unit.audit.add("token.revoke", f"user:{desk.user.id}", who=desk.user.id, after={"token": token_id})
    return RedirectResponse("/settings", status_code=303)


def _page(request: Request, desk: Desk, *, secret: str = "") -> HTMLResponse:
    conf, user = settings(), desk.user
    with desk.store.read() as unit:
        people = unit.users.list()
        tokens = unit.access.tokens(user.id) if user else ()
        usage = unit.usage.totals(since=datetime.now(UTC) - timedelta(days=30))
        counts = unit.calls.counts(visible_to=desk.viewer)
        last = last_round(unit)
    manages = user is None or user.role in (Role.ADMIN, Role.MANAGER)
    return page(
        request,
        "pages/settings.html",
        people=people if manages else (),
        tokens=tokens,
        secret=secret,
        usage=usage,
        engine=_engine(conf.engine, conf.llm_model),
        database="PostgreSQL" if desk.store.dialect == "postgresql" else "SQLite, in the workspace",
        calls=sum(counts.values()),
        failed=counts[CallState.FAILED],
        autonomy=conf.autonomy_threshold,
        autonomy_minimum=conf.autonomy_minimum,
        playbook=book_title(conf.playbook),
        reminders=_reminders(conf),
        last=last,
        last_at=f"{last.slot.astimezone(zone_of(conf)):%a %d %b %H:%M}" if last else "",
        told=manages,
    )


def _reminders(conf: Settings) -> str:
    coming = next_slot(conf, datetime.now(UTC))
    if coming is None:
        return "by the command coachbot remind alone"
    at = conf.remind_at if str(conf.remind_at).startswith("every") else f"daily at {conf.remind_at}"
    return f"{at}, next {coming.astimezone(zone_of(conf)):%a %d %b %H:%M} ({conf.remind_zone})"


def _engine(name: str, model: str | None) -> str:
    if name == "local":
        return "local: nothing leaves this machine"
    return f"{name}, model {model}" if model else f"{name}, no model named yet: set COACHBOT_LLM_MODEL"
