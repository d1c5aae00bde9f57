"""Prompts from what our own side said it would find out, and gave no day for."""

from __future__ import annotations

import re
from collections.abc import Iterator

from coachbot.coach import plays
from coachbot.coach.case import Case
from coachbot.coach.gates import prompt_id
from coachbot.coach.later import matters_of
from coachbot.coach.look import moment_at
from coachbot.coach.points import DAY
from coachbot.coach.speak import back_to, purpose, stop
from coachbot.coach.types import Basis, CoachPrompt
from coachbot.model.transcript import Side, Transcript

OWED = 70.0
BEFORE, AHEAD, AFTER, MOST = 3, 3, 4, 2
"""Turns in which it was asked; in which a day for it is named; after which it comes back; prompts in all."""
FEWEST, ENOUGH = 4, 8
"""Words of what the buyer asked, to be read back; words that go on to answer it."""
_OWES = re.compile(
    r"\b(?:i|we)(?:['’]?d| would|['’]?ll| will)? (?:have to |need to |must )?(?:come|get) back (?:to|on)\b"
    r"|\b(?:i|we)(?:['’]?d| would|['’]?ll)? (?:must|have to|need to|should) (?:ask|check|find out)\b"
    r"|\blet me (?:check|find out|look into|get back|come back|take (?:that|it|this) (?:away|back))\b"
    r"|\b(?:i|we)['’]?ll (?:check|find out|look into|take (?:that|it|this) (?:away|back))\b"
    r"|\bi['’]?d want to (?:check|confirm)\b",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"^(?:and |but |so |okay |now )*"
    r"(?:can|could|does|do|is|are|will|would|who|what|how|when|where|which|why|if)\b"
    r"|\?|\b(?:i|we)(?:['’]?d)? (?:need|want) (?:that|it|this|to)\b",
    re.IGNORECASE,
)
_WRITTEN = re.compile(r"\b(?:i|we)['’]?ll (?:put|write|add|send|do)\b|\bin writing\b", re.IGNORECASE)
SAY = "I said I'd come back to you on that. By which day do you need it, and what does it have to hold?"
WHY = "What we owe and put no day to is waited for in silence, and the other side stops asking."


def owed_prompts(case: Case) -> Iterator[CoachPrompt]:
    """What a buyer asked and our side put off without a day, at most two; what came up again is left out."""
    call, matters = case.transcript, matters_of(case)
    if call is None or matters is None or case.look is None:
        return
    made = 0
    for turn in call.turns[: case.recap.coverage.turns_total or None]:
        asked = _asked(call, turn.index)
        if call.side_of(turn) is not Side.SELLER or asked is None or not _put_off(call, turn.index):
            continue
        if _dated(call, asked, turn.index) or matters.comes_back([asked, turn.index], turn.index + AFTER):
            continue
        prompt = _prompt(case, call, asked, turn.index)
        if prompt is not None:
            yield prompt
            made += 1
        if made == MOST:
            return


def _asked(call: Transcript, turn: int) -> int | None:
    """The buyer's question or wish right before, long enough to be read back."""
    for before in reversed(call.turns[max(0, turn - BEFORE) : turn]):
        if call.side_of(before) is Side.SELLER or len(before.text.split()) < FEWEST:
            continue
        if _ASKS.search(before.text):
            return before.index
    return None


def _put_off(call: Transcript, turn: int) -> bool:
    """Whether our side leaves it at that: neither goes on to answer, nor has a colleague do so."""
    text = call.turns[turn].text
    hit = _OWES.search(text)
    after = call.turns[turn + 1] if turn + 1 < len(call.turns) else None
    colleague = after is not None and call.side_of(after) is Side.SELLER
    return hit is not None and not colleague and len(text[hit.end() :].split()) <= ENOUGH


def _dated(call: Transcript, asked: int, turn: int) -> bool:
    """Whether those two name a day for it, or our side wrote it down for something that goes out."""
    near = call.turns[turn : turn + AHEAD + 1]
    sellers = [t for t in near if call.side_of(t) is Side.SELLER]
    own = [*sellers, *(t for t in near if t.speaker == call.turns[asked].speaker)]
    return any(DAY.search(t.text) for t in own) or any(_WRITTEN.search(t.text) for t in sellers)


def _prompt(case: Case, call: Transcript, asked: int, ours: int) -> CoachPrompt | None:
    risk = next((r for r in case.book.risks if r.rule == "no_next_step"), None)
    play = plays.by_id(case.book, risk.play) if risk is not None else None
    text = call.turns[asked].text
    alike = case.look.alike if case.look is not None else None
    play = play or plays.like_text(case.book, text, case.stage.id, alike)
    if play is None:
        return None
    moment, answer = case.at(moment_at(call, asked)), case.at(moment_at(call, ours))
    name = (answer.speaker or "our side").split()[0]
    return CoachPrompt(
        id=prompt_id(case, "risk", f"owed:{ours}"),
        kind="risk",
        title=f"{name} owes an answer, and no day was named",
        seen=f"{moment.text}. {answer.text}. No day was named for it, and it does not come up again.",
        moments=(moment, answer),
        why=" ".join(part for part in (WHY, purpose(case.stage)) if part),
        basis=Basis(kind="stage", id=case.stage.id, text=stop(case.stage.purpose)),
        say=(back_to(moment, SAY),),
        play=plays.reference(play, case.book, None),
        causes=(f"owed:{ours}",),
        weight=OWED,
    )
