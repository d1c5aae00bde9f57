from __future__ import annotations

from io import StringIO

from rich.console import Console

from coachbot.model.transcript import Participant, Side, Source, Transcript, Turn, Uncertain
from coachbot.render.spoken import show_transcript, spoken

TURN = Turn(
    index=0,
    speaker="Bob",
    text="It costs [bold]forty thousand a year.",
    start_s=65.0,
    uncertain=(Uncertain(start=15, end=29, reason="recognised with low probability"),),
)
CALL = Transcript(
    id="c",
    title="Call",
    participants=(Participant(name="Bob", side=Side.BUYER),),
    turns=(TURN, Turn(index=1, speaker=None, text="Fine.")),
    source=Source(format="t", sha256="0"),
)


def shown(call: Transcript) -> str:
    page = StringIO()
    show_transcript(
        call, Console(file=page, force_terminal=True, width=80, highlight=False, color_system="standard")
    )
    return page.getvalue()


def test_doubtful_words_are_underlined_and_explained() -> None:
    (span,) = spoken(TURN).spans
    assert TURN.text[span.start : span.end] == "forty thousand"
    page = shown(CALL)
    assert "\x1b[4mforty thousand\x1b[0m" in page
    assert "01:05" in page
    assert "[bold]" in page  # the call's own words are never mark-up
    assert "Unknown speaker: " in page
    assert "may not be what was said" in page


def test_without_doubt_nothing_is_said_of_it() -> None:
    sure = CALL.model_copy(update={"turns": (TURN.model_copy(update={"uncertain": ()}),)})
    assert "\x1b[4m" not in shown(sure)
    assert "may not be" not in shown(sure)
