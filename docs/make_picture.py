"""Draws docs/recap.svg, the README's picture: a recap of a bundled sample, as the terminal shows it.

    python docs/make_picture.py

Nothing in it is drawn by hand. Long parts are cut after a few lines; an ellipsis says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from io import StringIO
from pathlib import Path

from rich.console import Console
from rich.text import Text

from coachbot.bundled import bundled
from coachbot.playbook import load_playbook
from coachbot.recap import recap_file
from coachbot.render.terminal import show

HERE = Path(__file__).parent
SAMPLE = "hospital-discovery.vtt"
WIDTH = 110
# Lines to show of a part; parts that are not named are shown whole, and those with 0 not at all.
MOST = {"Fields": 10, "People": 0, "Objections": 6, "Next steps": 4, "Notes": 0}
FONT = 'ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace'


def parts(lines: Iterable[Text]) -> Iterator[list[Text]]:
    """The parts of a recap: each begins, after an empty line, with one that is not indented."""
    part: list[Text] = []
    for line in lines:
        if part and not part[-1].plain.strip() and line.plain[:1].strip():
            yield part
            part = []
        part.append(line)
    yield part


def cut(lines: Iterable[Text]) -> Iterator[Text]:
    """The lines with long parts cut short."""
    for part in parts(lines):
        title, most = part[0].plain.strip(), MOST.get(part[0].plain.strip(), len(part))
        if title in MOST and (not most or len(part) > most + 2):
            yield from part[: most + 1] if most else []
            yield from (Text("  …", style="dim"), Text()) if most else ()
        else:
            yield from part


def picture(sample: str = SAMPLE) -> str:
    """The SVG. It needs nothing from outside: the fonts are those of whoever looks at it."""
    path = bundled("samples") / sample
    book = load_playbook()
    recap = recap_file(path, meta=path.with_name(f"{path.stem}.meta.json"), playbook=book)
    screen = _console()
    show(recap, book, screen)
    shown = _console()
    for line in cut(Text.from_ansi(row) for row in screen.export_text(styles=True).splitlines()):
        shown.print(line, no_wrap=True, overflow="crop")
    svg = shown.export_svg(title=f"coachbot recap samples/{sample}", unique_id="recap")
    svg = re.sub(r"@font-face\s*\{[^}]*\}\s*", "", svg)
    return re.sub(r"font-family: [^;]+;", f"font-family: {FONT};", svg)


def _console() -> Console:
    return Console(
        file=StringIO(),
        record=True,
        width=WIDTH,
        force_terminal=True,
        color_system="standard",
        highlight=False,
        legacy_windows=False,
    )


if __name__ == "__main__":
    (HERE / "recap.svg").write_text(picture(), encoding="utf-8")
