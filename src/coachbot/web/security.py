"""What protects the pages: headers, and a token in every form.

The token is bound to a cookie (double submit). It is masked anew for each page, so that compressed
pages do not give it away bit by bit. Requests that change something are also refused where the
browser says that they come from another site.
"""

from __future__ import annotations

import base64
import hmac
import secrets
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

from fastapi import HTTPException, Request
from starlette.datastructures import MutableHeaders

CSRF_COOKIE = "coachbot_csrf"
CSRF_FIELD = "csrf"
CSRF_HEADER = "x-csrf"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_BYTES = 18

HEADERS = {
    "content-security-policy": "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self'",
            "media-src 'self'",
            "font-src 'self'",
            "connect-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        )
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), browsing-topics=()",
}


class SecurityHeaders:
    """Puts the headers on every answer, an error's as well (plain ASGI: streams stay streams)."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Pass the request on and add to what comes back."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        # The API beside the pages answers with JSON, and its reference page has a policy of its own.
        own = not scope["path"].startswith("/api/")

        async def with_headers(message: Any) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    if own or name != "content-security-policy":
                        headers.setdefault(name, value)
                headers.setdefault("cache-control", "no-store")
            await send(message)

        await self.app(scope, receive, with_headers)


def new_secret() -> str:
    """What the cookie holds."""
    return base64.urlsafe_b64encode(secrets.token_bytes(_BYTES)).decode()


def masked(secret: str) -> str:
    """A form's token for that cookie: different each time, the same underneath."""
    plain = base64.urlsafe_b64decode(secret)
    pad = secrets.token_bytes(len(plain))
    return base64.urlsafe_b64encode(pad + bytes(a ^ b for a, b in zip(pad, plain, strict=True))).decode()


def matches(secret: str | None, token: str | None) -> bool:
    """Whether the token was made for that cookie."""
    if not secret or not token:
        return False
    try:
        plain, both = base64.urlsafe_b64decode(secret), base64.urlsafe_b64decode(token)
    except ValueError:
        return False
    if len(plain) != _BYTES or len(both) != 2 * _BYTES:
        return False
    pad, mixed = both[:_BYTES], both[_BYTES:]
    return hmac.compare_digest(bytes(a ^ b for a, b in zip(pad, mixed, strict=True)), plain)


def csrf_token(request: Request) -> str:
    """The token for the forms of this page; makes the cookie's value where the browser has none yet."""
    secret = request.cookies.get(CSRF_COOKIE)
    if not _usable(secret):
        secret = getattr(request.state, "csrf_secret", None) or new_secret()
        request.state.csrf_secret = secret
    assert secret is not None
    return masked(secret)


def _usable(secret: str | None) -> bool:
    try:
        return secret is not None and len(base64.urlsafe_b64decode(secret)) == _BYTES
    except ValueError:
        return False


def same_site(request: Request) -> bool:
    """Whether the browser says (or does not deny) that the request comes from a page of ours."""
    if request.headers.get("sec-fetch-site") in {"cross-site", "same-site"}:
        return False
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("host")


async def check_csrf(request: Request) -> AsyncIterator[None]:
    """Refuse (403) a request that would change something and carries no token of this browser.

    What the form held in temporary files is let go at the end.
    """
    if request.method in SAFE:
        yield
        return
    try:
        token = request.headers.get(CSRF_HEADER)
        if token is None and "form" in request.headers.get("content-type", ""):
            field = (await request.form()).get(CSRF_FIELD)
            token = field if isinstance(field, str) else None
        if not same_site(request) or not matches(request.cookies.get(CSRF_COOKIE), token):
            raise HTTPException(403, "This page is too old to send. Load it again, then repeat what you did.")
        yield
    finally:
        await request.close()
