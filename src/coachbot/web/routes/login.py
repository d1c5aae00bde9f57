"""Signing in and out."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from coachbot.web.context import AtDesk, Sent, state_of, text_of
from coachbot.web.people import SESSION_COOKIE, sign_in
from coachbot.web.security import CSRF_COOKIE
from coachbot.web.templating import local_path, page

router = APIRouter()
LASTS_S = 14 * 86_400


@router.get("/login", response_class=HTMLResponse)
def login(request: Request, desk: AtDesk) -> Response:
    """The form."""
    back = local_path(request.query_params.get("next"))
    if request.state.local or desk.user:
        return RedirectResponse(back, status_code=303)
    return page(request, "pages/login.html", back=back, wrong="", email="")


@router.post("/login")
def logged_in(request: Request, desk: AtDesk, form: Sent) -> Response:
    """Check address and password; after too many tries, wait."""
    email, back = text_of(form, "email", most=200), local_path(form.get("back"))
    password = form.get("password")
    keys = (f"ip:{request.client.host if request.client else ''}", f"name:{email.casefold()}")
    brake = state_of(request, "brake")
    if not brake.admit(*keys):
        wrong = "Too many tries. Wait five minutes, then try again."
        return page(request, "pages/login.html", status=429, back=back, wrong=wrong, email=email)
    found = sign_in(desk.store, email, password if isinstance(password, str) else "")
    if found is None:
        wrong = "Address and password do not fit together."
        return page(request, "pages/login.html", status=401, back=back, wrong=wrong, email=email)
    brake.forget(*keys)
    answer = RedirectResponse(back, status_code=303)
    answer.set_cookie(
        SESSION_COOKIE,
        found[1],
        max_age=LASTS_S,
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )
    answer.delete_cookie(CSRF_COOKIE)
    return answer


@router.post("/logout")
def logout(request: Request, desk: AtDesk) -> Response:
    """End the session, here and in the store."""
    secret = request.cookies.get(SESSION_COOKIE)
    if secret:
        with desk.store.begin() as unit:
            unit.access.close_session(secret)
    answer = RedirectResponse("/login", status_code=303)
    answer.delete_cookie(SESSION_COOKIE)
    return answer
