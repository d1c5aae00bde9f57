"""Documents of a deal on the command line: `coachbot deal NAME --attach FILE`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from rich.text import Text

from coachbot.errors import UsageError

if TYPE_CHECKING:
    from coachbot.model.workspace import Deal, Document
    from coachbot.store import Page, Store


def change_documents(
    store: Store,
    deal: Deal,
    attached: Sequence[Path],
    removed: Sequence[str],
    *,
    what: str | None,
    note: bool,
) -> None:
    """Attach files and remove documents by name; says on stderr what was done. Raises UsageError."""
    from coachbot.attachments import attach_path

    if (what or note) and not attached:
        raise UsageError("--as and --note say what an attached file is: add --attach FILE")
    for path in attached:
        done = attach_path(store, deal.id, path, what=what, note=note)
        typer.echo(f"coachbot: {done.name} is kept with {deal.name}", err=True)
    for name in removed:
        with store.begin() as unit:
            found = unit.documents.named(deal.id, name)
            if found is None:
                raise UsageError(f"the deal has no document named {name!r}: `coachbot deal` lists them")
            unit.documents.remove(deal.id, found.id)
        typer.echo(f"coachbot: {found.name} was removed from {deal.name}", err=True)


def document_lines(kept: Page[Document], names: Mapping[str, str]) -> list[Text]:
    """The documents as lines of the deal's page; none where there is none."""
    from coachbot.attachments import KINDS, size_words

    if not kept.items:
        return []
    lines = [Text("\nDocuments", style="bold")]
    for d in kept.items:
        label = KINDS[d.kind].label if d.kind in KINDS else d.kind
        about = ["note for the brief"] if d.note else []
        about = [*([d.what] if d.what else []), *about, label, size_words(d.size)]
        if d.added_by in names:
            about.append(names[d.added_by or ""])
        line = Text(f"  {d.added_at:%Y-%m-%d}  {d.name} ")
        lines.append(line.append(f"({', '.join(about)})", style="dim"))
    if kept.next_cursor:
        lines.append(Text(f"  the newest {len(kept.items)} are shown", style="dim"))
    return lines
