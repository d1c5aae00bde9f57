"""`coachbot speakers`: who speaks in a call, and giving the voices names."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.table import Table
from rich.text import Text

from coachbot.errors import UsageError
from coachbot.model.transcript import Participant, Side, Transcript

if TYPE_CHECKING:
    from coachbot.transcribe.naming import Voice

STYLES = {Side.SELLER: "cyan", Side.BUYER: "green", Side.UNKNOWN: "yellow"}


def speakers(
    file: Annotated[
        Path, typer.Argument(help="A transcript of any format, or a recording.", show_default=False)
    ],
    name: Annotated[
        list[str] | None,
        typer.Option(help='Who a voice is: "Voice 1=Dana Ruiz:buyer:CFO". Side and title may be left out.'),
    ] = None,
    meta: Annotated[
        Path | None, typer.Option(help="What you know of the call (JSON). Default: NAME.meta.json beside it.")
    ] = None,
    form: Annotated[str, typer.Option("--format", help="terminal or json.")] = "terminal",
    out: Annotated[
        Path | None,
        typer.Option(
            help="Where the named transcript goes. Default: FILE, where coachbot wrote it, else shown."
        ),
    ] = None,
    excerpts: Annotated[int, typer.Option(min=0, max=20, help="Excerpts for each voice.")] = 3,
) -> None:
    """List each voice of a call with its clearest excerpts, or name the voices."""
    if form not in ("terminal", "json"):
        raise UsageError(f"--format {form!r} is not known; choose terminal or json")
    if not name and out is not None:
        raise UsageError("--out is for the named transcript; add --name, or leave --out out")
    names = dict(_named(text) for text in name or [])
    if len(names) < len(name or []):
        raise UsageError("a voice is named twice; give each voice one --name")
    own = _own(file)
    call = own or _read(file, meta)
    if names:
        _write(_rename(call, names), out or (file if own else None))
        return
    from coachbot.transcribe.naming import voices

    found = voices(call, excerpts=excerpts)
    if form == "json":
        sys.stdout.write(json.dumps([v.model_dump(mode="json") for v in found], indent=1, ensure_ascii=False))
        sys.stdout.write("\n")
    else:
        _show(call, found, Console(highlight=False))


def _named(text: str) -> tuple[str, Participant]:
    """`Voice 1=Dana Ruiz:buyer:CFO` as the voice and the person."""
    voice, equals, person = text.partition("=")
    parts = [" ".join(p.split()) for p in person.split(":", 2)]
    voice = " ".join(voice.split())
    if not equals or not voice or not parts[0]:
        raise UsageError(f'--name {text!r} should be VOICE=NAME, such as "Voice 1=Dana Ruiz:buyer:CFO"')
    side = parts[1].casefold() if len(parts) > 1 else ""
    if side not in ("", *Side):
        raise UsageError(f"--name {text!r}: the side {parts[1]!r} should be seller, buyer or unknown")
    title = parts[2] if len(parts) > 2 else ""
    return voice, Participant(name=parts[0], side=Side(side or "unknown"), title=title or None)


def _own(file: Path) -> Transcript | None:
    """The transcript in a file that coachbot wrote, None where it is another file (or a wrong one)."""
    try:
        if file.suffix.casefold() != ".json":
            return None
        call = Transcript.model_validate_json(file.read_bytes())
    except (OSError, ValueError, ValidationError):
        return None
    return call if all(t.index == n for n, t in enumerate(call.turns)) else None


def _read(file: Path, meta: Path | None) -> Transcript:
    from coachbot.ingest import read_meta
    from coachbot.recap import read_call

    beside = file.with_name(f"{file.stem}.meta.json")
    found = meta or (beside if beside.is_file() and beside != file else None)
    return read_call(file, read_meta(found) if found else None)


def _rename(call: Transcript, names: dict[str, Participant]) -> Transcript:
    """The voices named, and the sides that are still open looked at again."""
    from coachbot.ingest import infer_sides
    from coachbot.transcribe.naming import name_voices

    return infer_sides(name_voices(call, names))


def _write(call: Transcript, out: Path | None) -> None:
    from coachbot.files import write_text

    text = call.model_dump_json(indent=1) + "\n"
    if out is None:
        sys.stdout.write(text)
        return
    write_text(out, text)
    people = ", ".join(dict.fromkeys(t.speaker or "unknown" for t in call.turns))
    Console(stderr=True, highlight=False).print(Text(f"{people}  ->  {out}"), soft_wrap=True)


def _show(call: Transcript, found: tuple[Voice, ...], console: Console) -> None:
    from coachbot.render.words import clock

    console.print(Text(call.title, style="bold"))
    for voice in found:
        console.print()
        line = Text(voice.name, style=f"bold {STYLES[voice.side]}")
        spoke = "" if voice.seconds is None else f"{clock(voice.seconds)}, "
        line.append(
            f"  {voice.side.value}, {spoke}{voice.words:,} words in {voice.turns:,} turns", style="dim"
        )
        console.print(line)
        lines = Table.grid(padding=(0, 2, 0, 0))
        for one in voice.excerpts:
            where = clock(one.start_s) or f"turn {one.turn + 1}"
            lines.add_row(Text(f"{where:>9}", style="dim"), Text(f"“{one.text}”"))
        if voice.excerpts:
            console.print(lines)
    strange = next((v.name for v in found if not v.named), None)
    if strange is not None:
        console.print()
        hint = f'coachbot speakers FILE --name "{strange}=Dana Ruiz:buyer:CFO"'
        console.print(Text("To name a voice: ", style="bold").append(hint, style="cyan"), soft_wrap=True)
