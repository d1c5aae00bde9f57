"""A transcript on a terminal: speakers in their side's colour, doubtful words underlined."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from coachbot.model.transcript import Side, Transcript, Turn
from coachbot.render.words import clock

STYLES = {Side.SELLER: "cyan", Side.BUYER: "green", Side.UNKNOWN: "yellow"}
DOUBT = "underline"


def spoken(turn: Turn) -> Text:
    """What a turn says, with the words that may be wrong underlined."""
    text = Text(turn.text)
    for doubt in turn.uncertain:
        text.stylize(DOUBT, doubt.start, doubt.end)
    return text


def show_transcript(transcript: Transcript, console: Console) -> None:
    """Print a transcript, a paragraph for each turn; and say what the underlines mean where there are any."""
    console.print(Text(transcript.title, style="bold"))
    for turn in transcript.turns:
        name = turn.speaker or "Unknown speaker"
        line = Text().append(f"{clock(turn.start_s):>8}  ", style="dim")
        line.append(f"{name}: ", style=f"bold {STYLES[transcript.side_of(turn)]}")
        console.print(line.append(spoken(turn)))
    if any(turn.uncertain for turn in transcript.turns):
        note = Text().append("Underlined", style=DOUBT)
        console.print(note.append(": may not be what was said; proves nothing by itself."))
