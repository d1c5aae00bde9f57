"""`coachbot users`: who may work with a workspace that others can reach."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from coachbot.errors import UsageError

if TYPE_CHECKING:
    from coachbot.model.workspace import User
    from coachbot.store import Store

app = typer.Typer(no_args_is_help=True, help="Who may work with a workspace that others can reach.")
Email = Annotated[str, typer.Argument(help="An e-mail address.", show_default=False)]
LEAST = 10


@app.command("list")
def show() -> None:
    """Show everybody."""
    from coachbot.store import open_store

    with open_store() as store, store.read() as unit:
        rows = [(u, unit.users.password_hash(u.id) is not None) for u in unit.users.list()]
    if not rows:
        typer.echo("Nobody yet, and on this machine alone nobody has to sign in. Add: coachbot users add")
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("Name", "E-mail", "Role", "Team", "Can sign in"):
        table.add_column(name)
    for user, password in rows:
        can = "yes" if password and user.active else "no password" if user.active else "switched off"
        table.add_row(user.name, user.email, user.role, user.team or "", can)
    Console(highlight=False).print(table)


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="The person's name.", show_default=False)],
    email: Email,
    role: Annotated[str, typer.Option(help="rep, manager, enablement or admin.")] = "rep",
    team: Annotated[str | None, typer.Option(help="Their team; managers see their team's calls.")] = None,
    password: Annotated[bool, typer.Option(help="Ask for a password now (from stdin where piped).")] = True,
) -> None:
    """Add somebody."""
    from coachbot.model.workspace import Role, User
    from coachbot.store import new_id, open_store

    if "@" not in email.strip("@"):
        raise UsageError(f"{email!r} is no e-mail address")
    try:
        chosen = Role(role)
    except ValueError as error:
        raise UsageError(f"there is no role {role!r}; there are {', '.join(Role)}") from error
    secret = _ask() if password else None
    with open_store() as store, store.begin() as unit:
        user = unit.users.add(User(id=new_id(), name=name, email=email, role=chosen, team=team))
        if secret is not None:
            unit.users.set_password_hash(user.id, _hash(secret))
        unit.audit.add("user.add", f"user:{user.id}", after={"email": email, "role": role})
    typer.echo(f"{name} was added as {chosen}.")


@app.command()
def password(email: Email) -> None:
    """Set somebody's password; their logins end."""
    from coachbot.store import open_store

    with open_store() as store:
        user = _user(store, email)
        secret = _ask()
        with store.begin() as unit:
            unit.users.set_password_hash(user.id, _hash(secret))
            unit.access.close_sessions_of(user.id)
            unit.audit.add("user.password", f"user:{user.id}")
    typer.echo(f"{user.name} has a new password.")


@app.command()
def token(
    email: Email,
    name: Annotated[str, typer.Option(help="What it is for.")] = "command line",
) -> None:
    """Make an API token that acts as somebody. It is shown this once."""
    from coachbot.store import open_store

    with open_store() as store:
        user = _user(store, email)
        with store.begin() as unit:
            secret, _ = unit.access.create_token(user.id, name)
            unit.audit.add("token.add", f"user:{user.id}", after={"name": name})
    typer.echo(secret)


@app.command()
def off(
    email: Email, on: Annotated[bool, typer.Option("--on", help="Switch them on again instead.")] = False
) -> None:
    """Switch somebody off: no login, no token works. Their calls and decisions stay."""
    from coachbot.store import open_store

    with open_store() as store:
        user = _user(store, email)
        with store.begin() as unit:
            unit.users.update(user.model_copy(update={"active": on}))
            if not on:
                unit.access.close_sessions_of(user.id)
            unit.audit.add("user.on" if on else "user.off", f"user:{user.id}")
    typer.echo(f"{user.name} is switched {'on' if on else 'off'}.")


def _user(store: Store, email: str) -> User:
    with store.read() as unit:
        found = unit.users.by_email(email)
    if found is None:
        raise UsageError(f"nobody has the address {email!r}: `coachbot users list` shows who is there")
    return found


def _ask() -> str:
    if not sys.stdin.isatty():
        secret = sys.stdin.readline().rstrip("\n")
    else:
        secret = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    if len(secret) < LEAST:
        raise UsageError(f"a password needs at least {LEAST} characters")
    return secret


def _hash(secret: str) -> str:
    from argon2 import PasswordHasher

    return PasswordHasher().hash(secret)
