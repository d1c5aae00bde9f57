"""`coachbot usage`: what language models were asked, and what that cost."""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from coachbot.cli.prompts import form_of
from coachbot.errors import UsageError
from coachbot.settings import settings

BY = ("day", "model", "task", "call", "server", "outcome")


def usage(
    by: Annotated[
        str, typer.Option(help=f"Sum by these, with commas between: {', '.join(BY)}.")
    ] = "day,model,task",
    since: Annotated[
        str | None, typer.Option(help="From this day on (UTC): YYYY-MM-DD, or 30d for the last 30 days.")
    ] = None,
    call: Annotated[str | None, typer.Option(help="Only what belongs to the call of this id.")] = None,
    form: Annotated[str, typer.Option("--format", help="terminal or json.")] = "terminal",
) -> None:
    """Sum requests, tokens, cost and time of language models. An unknown price leaves the cost blank."""
    from coachbot.llm.ledger import summed

    keys = tuple(k.strip() for k in by.split(",") if k.strip())
    if not keys or set(keys) - set(BY):
        raise UsageError(f"--by {by!r}: choose some of {', '.join(BY)}, with commas between")
    as_json = form_of(form) == "json"
    sums = summed(settings().home, keys, _day(since), call)
    if as_json:
        rows = [dict(zip(keys, s.key, strict=True)) | asdict(s) for s in sums]
        for row in rows:
            del row["key"]
        typer.echo(json.dumps(rows, indent=1))
        return
    console = Console(highlight=False)
    if not sums:
        console.print("No request to a language model was made" + (" in that time." if since else " yet."))
        return
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", show_footer=False)
    for key in keys:
        table.add_column(key, overflow="fold")
    for name in ("asked", "failed", "in", "cached", "out", "cost", "s each"):
        table.add_column(name, justify="right", no_wrap=True)
    for s in sums:
        table.add_row(
            *(Text(k or "·") for k in s.key), f"{s.requests:,}", f"{s.failed:,}" if s.failed else "",
            f"{s.tokens_in:,}", f"{s.tokens_cached:,}" if s.tokens_cached else "", f"{s.tokens_out:,}",
            _money(s.cost, s.currency, s.unpriced), f"{s.seconds / s.requests:.1f}",
        )  # fmt: skip
    console.print(table)
    if any(s.unpriced for s in sums):
        console.print(
            f"+ marks requests without a known price: put prices into {settings().home / 'prices.yaml'}",
            style="dim",
            soft_wrap=True,
        )


def _money(cost: float | None, currency: str | None, unpriced: int) -> str:
    plus = " +" if unpriced else ""
    return f"{cost:.4f} {currency or ''}{plus}" if cost is not None else plus.strip()


def _day(since: str | None) -> str | None:
    if since is None:
        return None
    if match := re.fullmatch(r"(\d{1,4})d", since):
        return (datetime.now(UTC) - timedelta(days=int(match[1]) - 1)).date().isoformat()
    try:
        return datetime.strptime(since, "%Y-%m-%d").date().isoformat()
    except ValueError:
        raise UsageError(f"--since {since!r} is not a day such as 2026-03-01, nor 30d") from None
