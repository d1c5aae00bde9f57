"""Who is at the browser: sessions, signing in, and a brake on guessing."""

from __future__ import annotations

from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import quote

from fastapi import HTTPException, Request

from coachbot.model.workspace import User
from coachbot.store import Store, Unit
from coachbot.web.context import wants_json

if TYPE_CHECKING:
    from argon2 import PasswordHasher

SESSION_COOKIE = "coachbot_session"
LOCAL_HOSTS = ("localhost", "127.0.0.1", "::1")
OPEN_PATHS = ("/login", "/static/", "/theme", "/healthz")
TRIES = 5
WITHIN_S = 300.0


class SignInError(Exception):
    """Nobody is signed in; `target` is where to go for that, None for a module's request."""

    def __init__(self, target: str | None) -> None:
        super().__init__("sign in first")
        self.target = target


def find_person(request: Request) -> None:
    """Note who asks. Raises SignInError where the workspace wants to know and does not."""
    local = request.app.state.local
    request.state.local = local
    request.state.user = None
    if local:
        # A page elsewhere may give itself this machine's address by a name of its own (DNS rebinding).
        if (request.url.hostname or "") not in LOCAL_HOSTS:
            raise HTTPException(403, "This workspace answers only to this machine: use http://127.0.0.1.")
        return
    secret = request.cookies.get(SESSION_COOKIE)
    if secret:
        with request.app.state.store.read() as unit:
            found = unit.access.session(secret)
        request.state.user = found[1] if found else None
    if request.state.user is None and not request.url.path.startswith(OPEN_PATHS):
        back = request.url.path if request.method == "GET" else "/inbox"
        raise SignInError(None if wants_json(request) else f"/login?next={quote(back)}")


class Brake:
    """Counts tries by address and by name; too many of either within a time are refused.

    They are counted in the store: all processes that serve it count together, and a try is noted before
    the password is looked at, so that many at once are not more than one after the other.
    """

    def __init__(self, store: Store, tries: int = TRIES, within_s: float = WITHIN_S) -> None:
        self.store = store
        self.tries = tries
        self.within = timedelta(seconds=within_s)

    def admit(self, *keys: str) -> bool:
        """Note a try; False where one of the keys has had too many lately."""

        def noted(unit: Unit) -> bool:
            for key in sorted(keys):
                unit.lock(f"login:{key}")
            if unit.tries.most(keys, self.within) >= self.tries:
                return False
            unit.tries.add(*keys)
            return True

        return self.store.run(noted)

    def forget(self, *keys: str) -> None:
        """It went well: begin to count anew."""
        self.store.run(lambda unit: unit.tries.forget(*keys))


@lru_cache(maxsize=1)
def _hasher() -> PasswordHasher:
    from argon2 import PasswordHasher

    return PasswordHasher()


@lru_cache(maxsize=1)
def _nobody() -> str:
    """A hash to check against where there is no such person, so that both take the same time."""
    return _hasher().hash("nobody has this password")


def sign_in(store: Store, email: str, password: str) -> tuple[User, str] | None:
    """The person and the secret of a new session; None where address and password do not fit."""
    from argon2.exceptions import Argon2Error, InvalidHashError

    with store.read() as unit:
        user = unit.users.by_email(email)
        kept = unit.users.password_hash(user.id) if user else None
    try:
        _hasher().verify(kept or _nobody(), password)
    except (Argon2Error, InvalidHashError):
        return None
    if user is None or kept is None or not user.active:
        return None
    with store.begin() as unit:
        secret, _ = unit.access.open_session(user.id)
        unit.audit.add("login", f"user:{user.id}", who=user.id)
    return user, secret
