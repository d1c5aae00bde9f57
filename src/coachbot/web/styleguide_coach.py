"""The parts of coaching in each state, for the style guide: on the same made-up call."""

from __future__ import annotations

from datetime import UTC, datetime

from coachbot.coach import Absence, CoachPrompt, Count, Figure, Moment, PlayRef
from coachbot.coach.counting import Row
from coachbot.coach.types import Basis
from coachbot.model.workspace import Call
from coachbot.web.views.coach import (
    HabitView,
    LineView,
    MomentView,
    Opinion,
    PromptView,
    QueueRow,
    QueueView,
    moment_views,
    play_link,
    prompt_view,
)

WHEN = datetime(2026, 3, 11, 15, tzinfo=UTC)
KNOWN = {"Ruth Adeyemi": "buyer", "Tomas Lind": "seller"}
PLAY = PlayRef(
    play="sample", title="When nobody has agreed on a measure", path="plays/sample.md", heading="Ask",
    playbook="sample", version="1.0", words="How would you measure that today?",
)  # fmt: skip
HELD = Moment(turn=3, speaker="Ruth Adeyemi", start_s=40, quote="If we get that hour back by June.")
CALL = Call(
    id="sample", title="Northpier Cold Storage: second call", file="0" * 64, file_name="call.vtt", size=1,
    created_at=WHEN,
)  # fmt: skip


def prompts() -> list[tuple[str, PromptView, str]]:
    """(state, prompt, what is wrong with its form)."""
    said = CoachPrompt(
        id="sg-said", kind="criterion", title="Still open: the buyer agrees what success would be",
        seen="Held back: “If we get that hour back by June.” (Ruth Adeyemi, 0:40).", moments=(HELD,),
        why="An exit criterion of the stage: the deal does not move on without it.",
        basis=Basis(kind="criterion", id="sample", text="sample"), play=PLAY,
        say=("Ruth, you said “that hour back by June.” Would each of you call that a success?",),
    )  # fmt: skip
    gone = said.model_copy(
        update={
            "id": "sg-gone", "kind": "risk", "title": "No next step: the call ends without a day",
            "seen": "A step that the buyer agreed to, with a day.", "moments": (), "say": (),
            "do": "Ask for the day before you hang up.",
            "absence": Absence(what="a day", turns_read=131, turns_total=131),
        }
    )  # fmt: skip
    yes = (Opinion("You", True, True, "", WHEN),)
    no = (Opinion("Maja Brandt", False, False, "They told us in the mail", WHEN),)
    return [
        ("a moment of the call", prompt_view(said, "sample", KNOWN), ""),
        ("the receipt of an absence", prompt_view(gone, "sample", KNOWN), ""),
        ("marked by oneself", prompt_view(_as(said, "sg-yes"), "sample", KNOWN, yes), ""),
        ("marked by another, and a reason is missing", prompt_view(_as(said, "sg-no"), "sample", KNOWN, no),
         "Say why it was not useful."),
    ]  # fmt: skip


def lines() -> tuple[LineView, ...]:
    """A scorecard's lines."""
    shown = chips()
    return (
        LineView("sg-met", "The buyer puts a figure on the problem.", "met", "met", "ok", "check",
                 "“If we get that hour back by June.” (Ruth Adeyemi, 0:40)", shown, False, "", "", ""),
        LineView("sg-not", "The seller has less than half of the words.", "not_met", "not met", "warn", "x",
                 "the seller's side said 695 of 1100 words (63%)", (), False, "", "", ""),
        LineView("sg-na", "A trial has a measure and a last day.", "na", "not judged", "", "dashed",
                 "it was not looked for on this call", (), False, "", "", ""),
        LineView("sg-own", "The call ends with a step that has a day.", "met", "met", "ok", "check",
                 "0 of 2 next steps agreed with a day", (), True, "not met", "Maja Brandt",
                 "The day was set by mail an hour later."),
    )  # fmt: skip


def habits() -> tuple[HabitView, ...]:
    """Something to keep and something to start."""
    calls = (("sample", CALL.title),)
    return (
        HabitView("They say what hurts.", 7, 8, "", "", chips(), calls, play_link(PLAY)),
        HabitView("The call ends with a day.", 2, 8, "last time 0 of 2 next steps", "Agree on a day.", (),
                  calls, play_link(PLAY)),
    )  # fmt: skip


def chips() -> tuple[MomentView, ...]:
    """A moment as a chip."""
    return moment_views([HELD], KNOWN, "sample")


def figures() -> tuple[Figure, ...]:
    """A share, and a plain number."""
    return (
        Figure(id="talk_share", label="Talk share", value=42, of=100, text="42% of the words (8 calls)"),
        Figure(id="questions", label="Questions", value=61, of=8, text="61 questions on 8 calls, 8 a call"),
    )


def queue() -> QueueView:
    """A row, while another call is being looked at."""
    prompt = prompts()[0][1]
    row = QueueRow(
        prompt=prompt, moments=prompt.moments, call=CALL, deal="Northpier Cold Storage · Pallet counts",
        deal_href="#queue", owner="Tomas Lind", owner_id="", draft=True,
    )  # fmt: skip
    return QueueView((row,), looked=2, waiting=1, total=1, marked=0)


def count() -> Count:
    """A count with its groups."""
    rows = (Row(name="Competitor", count=3, calls=2, deals=2), Row(name="Timing", count=2, calls=2, deals=1))
    return Count(
        what="objections", count=5, of=18, calls=3, of_calls=9, deals=2, of_deals=6, by="category",
        rows=rows, filters=("since 2026-03-01",),
    )  # fmt: skip


def _as(prompt: CoachPrompt, name: str) -> CoachPrompt:
    return prompt.model_copy(update={"id": name})
