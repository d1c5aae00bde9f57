"""`coachbot review-sheet`: the weekly deal review and the monthly process review."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from coachbot.errors import UsageError
from coachbot.settings import settings

KINDS, FORMS = ("weekly", "monthly"), ("markdown", "html", "json")


def review_sheet(
    kind: Annotated[str, typer.Argument(help="weekly: the deals; monthly: the process.")],
    form: Annotated[str, typer.Option("--format", help="markdown, html or json.")] = "markdown",
    out: Annotated[Path | None, typer.Option(help="Write to this file.")] = None,
    playbook: Annotated[str | None, typer.Option(help="A playbook's id.")] = None,
) -> None:
    """Write the sheet for the weekly deal review or the monthly process review."""
    from coachbot.cli.insights import today, write
    from coachbot.insights import sheet_text
    from coachbot.insights.process_sheet import monthly
    from coachbot.insights.sheets import weekly
    from coachbot.playbook import load_playbook
    from coachbot.store import open_store

    if kind not in KINDS:
        raise UsageError(f"there is no {kind!r} sheet; choose {' or '.join(KINDS)}")
    if form not in FORMS:
        raise UsageError(f"--format {form!r} is not known; choose {', '.join(FORMS)}")
    book = load_playbook(playbook or settings().playbook, home=settings().home)
    day = today()
    with open_store() as store, store.read() as unit:
        names = {u.id: u.name for u in unit.users.list()}
        sheet = (
            weekly(unit, book, today=day, names=names) if kind == "weekly" else monthly(unit, book, today=day)
        )
    if form == "json":
        write(sheet.model_dump_json(indent=1) + "\n", out)
    else:
        write(sheet_text.html(sheet) if form == "html" else sheet_text.markdown(sheet), out)
