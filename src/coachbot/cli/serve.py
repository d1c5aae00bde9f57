"""`coachbot serve`: the pages and the API, and a worker in the same process."""

from __future__ import annotations

import gc
import ipaddress
import socket
from typing import TYPE_CHECKING, Annotated, Any

import typer

from coachbot.errors import UsageError

if TYPE_CHECKING:
    from coachbot.store import Store

LOCAL = ("127.0.0.1", "localhost", "::1")


def serve(
    host: Annotated[
        str, typer.Option(help="Address to listen on; one that others can reach needs users.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on; 0: a free one.")] = 8321,
    work: Annotated[bool, typer.Option(help="Work on calls here too; without: leave it to workers.")] = True,
    proxy: Annotated[
        bool, typer.Option(help="Behind a proxy of yours: take the client's address and https from it.")
    ] = False,
) -> None:
    """Open the workspace in the browser: pages, API under /api/v1, and a worker."""
    import uvicorn

    from coachbot.pipeline import Runtime
    from coachbot.store import open_store

    local = is_local(host) and not proxy
    with open_store() as store:
        if not local:
            need_users(store, host)
        port = need_port(host, port)
        with Runtime(store, work=work) as runtime:
            app = build(store, runtime, local=local)
            gc.freeze()  # what is loaded stays: going through it for garbage took 100 ms of some answers
            shown = f"[{host}]" if ":" in host else host
            typer.echo(
                f"coachbot: http://{shown}:{port}  (API: /api/v1/openapi.json)  Ctrl-C stops.", err=True
            )
            uvicorn.run(
                app, host=host, port=port, log_level="warning", proxy_headers=proxy, server_header=False,
                timeout_graceful_shutdown=5,
            )  # fmt: skip


def build(store: Store, work: Any, *, local: bool) -> Any:
    """The pages with the API mounted beside them."""
    from coachbot.api import create_api
    from coachbot.web import create_app

    app = create_app(store, work=work, local=local)
    app.mount("/api/v1", create_api(store, work=work, local=local))
    return app


def is_local(host: str) -> bool:
    """Whether only this machine can reach the address."""
    if host in LOCAL:
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def need_port(host: str, port: int) -> int:
    """The port to listen on: the one asked for, or a free one for 0. Before any work begins.

    Raises UsageError where the address or port cannot be listened on.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
            return int(probe.getsockname()[1])
    except OSError as error:
        why = error.strerror or "no such address"
        raise UsageError(
            f"{host}:{port} cannot be listened on ({why}): choose another --port or --host"
        ) from error


def need_users(store: Store, host: str) -> None:
    """Refuse to be open to others without logins. Raises UsageError."""
    with store.read() as unit:
        ready = any(u.active and unit.users.password_hash(u.id) for u in unit.users.list())
    if not ready:
        raise UsageError(
            f"{host} can be reached by others, and nobody has a password yet: add one with "
            "`coachbot users add NAME EMAIL --role admin`, or serve on 127.0.0.1"
        )
