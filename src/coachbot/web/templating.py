"""One template environment: everything is escaped, a missing name is a mistake."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from coachbot.render.words import clock, day, label
from coachbot.web.assets import asset
from coachbot.web.security import CSRF_COOKIE, csrf_token
from coachbot.web.tables import stacked
from coachbot.web.views.held import held, plainly

THEMES = ("system", "light", "dark")
NAV = (
    ("/inbox", "Inbox", "inbox"),
    ("/deals", "Deals", "deals"),
    ("/insights", "Insights", "chart"),
    ("/team", "Team", "team"),
    ("/playbook", "Playbook", "book"),
    ("/evals", "Evals", "flask"),
    ("/settings", "Settings", "gear"),
)


@lru_cache(maxsize=1)
def environment() -> Environment:
    """The environment of all pages."""
    env = Environment(
        loader=PackageLoader("coachbot.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.filters.update(
        clock=clock, day=_day, ago=ago, label=label, percent=_percent, initials=initials, pairs=_pairs,
        quoted=_quoted, stacked=stacked, held=held, plainly=plainly,
    )  # fmt: skip
    env.globals.update(asset=asset, nav=NAV, themes=THEMES)
    return env


def _day(value: str | date | datetime | None) -> str:
    if isinstance(value, datetime):
        value = value.date()
    return day(value.isoformat() if isinstance(value, date) else value)


def _percent(share: float) -> str:
    return f"{share * 100:.0f} %"


def _pairs(values: Iterable[str]) -> list[tuple[str, str]]:
    """Options of a choice that are shown as they are called."""
    return [(v, v) for v in values]


def _quoted(text: str) -> Iterator[tuple[str, bool]]:
    """A text in parts: (words, whether somebody said them), by the quotation marks around them."""
    at = 0
    while (start := text.find("“", at)) >= 0 and (end := text.find("”", start)) >= 0:
        if start > at:
            yield text[at:start], False
        yield text[start : end + 1], True
        at = end + 1
    if at < len(text):
        yield text[at:], False


def ago(then: datetime | None, now: datetime | None = None) -> str:
    """`5 min ago`, `3 h ago`, `4 days ago`; the day itself after a fortnight."""
    if then is None:
        return ""
    passed = ((now or datetime.now(then.tzinfo)) - then).total_seconds()
    if passed < 90:
        return "just now"
    if passed < 5400:
        return f"{round(passed / 60)} min ago"
    if passed < 129_600:
        return f"{round(passed / 3600)} h ago"
    if passed < 1_209_600:
        return f"{round(passed / 86_400)} days ago"
    return _day(then)


def initials(name: str | None) -> str:
    """`HT` for Helen Thackeray."""
    words = [w for w in (name or "?").split() if w]
    return "".join(w[0] for w in (words[:1] + words[-1:] if len(words) > 1 else words)).upper() or "?"


def theme_of(request: Request) -> str:
    """What the person chose, `system` where nothing."""
    chosen = request.cookies.get("coachbot_theme", "system")
    return chosen if chosen in THEMES else "system"


def fragment(template: str, **context: Any) -> str:
    """A piece of a page."""
    return environment().get_template(template).render(**context)


def page(request: Request, template: str, *, status: int = 200, **context: Any) -> HTMLResponse:
    """A whole page: what every page needs is added to the context."""
    token = csrf_token(request)
    known = {
        "csrf": token,
        "theme": theme_of(request),
        "path": request.url.path,
        "user": getattr(request.state, "user", None),
        "local": getattr(request.state, "local", True),
        "query": request.query_params.get("q", "") if request.url.path == "/search" else "",
    }
    response = HTMLResponse(fragment(template, **(known | context)), status_code=status)
    secret = getattr(request.state, "csrf_secret", None)
    if secret:
        response.set_cookie(
            CSRF_COOKIE,
            secret,
            httponly=True,
            samesite="strict",
            secure=request.url.scheme == "https",
            path="/",
        )
    return response


def local_path(target: Any) -> str:
    """The path if it is one of ours, else the inbox: no page sends anybody elsewhere."""
    text = target if isinstance(target, str) else ""
    parts = urlsplit(text.replace("\\", "/"))
    ours = text.startswith("/") and not text.startswith(("//", "/\\")) and not parts.netloc
    return text if ours and text.isprintable() else "/inbox"
