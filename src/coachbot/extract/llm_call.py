"""A call as a language model reads it: who is there, and its turns, one a line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from coachbot.model.playbook import Playbook
from coachbot.model.transcript import DealContext, Side, Transcript, Turn

_ASIDE = ("Mr", "Mrs", "Ms", "Dr", "Prof", "Sir")


def short_names(transcript: Transcript) -> dict[str, str]:
    """The first name of everybody who is the only one of that name: a full one costs tokens in every turn."""
    names = {t.speaker for t in transcript.turns if t.speaker} | {p.name for p in transcript.participants}
    first = {name: name.split()[0] for name in names if name.split()}
    taken = Counter(short.casefold() for short in first.values())
    return {
        name: short
        for name, short in first.items()
        if taken[short.casefold()] == 1
        and short.replace("-", "").isalpha()
        and len(short) > 1
        and short not in _ASIDE
    }


def _is_name(word: str) -> bool:
    return word.replace("-", "").isalpha() and len(word) > 1 and word not in _ASIDE


def turn_line(transcript: Transcript, turn: Turn, names: Mapping[str, str]) -> str:
    """`[T12] Name (buyer): text`, always one line, so that no text can pass for a turn of its own."""
    side = transcript.side_of(turn)
    who = names.get(turn.speaker or "", turn.speaker) or "Somebody"
    label = f"{who} ({side.value})" if side is not Side.UNKNOWN else f"{who} (side unknown)"
    return f"[T{turn.index}] {' '.join(label.split())}: {' '.join(turn.text.split())}"


def turn_lines(transcript: Transcript, turns: Iterable[int]) -> str:
    """The turns of those indices, in order; `[…]` stands where some are left out between them."""
    names = short_names(transcript)
    lines: list[str] = []
    last: int | None = None
    for index in sorted(set(turns)):
        if last is not None and index > last + 1:
            lines.append("[…]")
        lines.append(turn_line(transcript, transcript.turns[index], names))
        last = index
    return "\n".join(lines)


def call_facts(transcript: Transcript, playbook: Playbook, deal: DealContext) -> dict[str, Any]:
    """What is known beside the words, as variables of the prompt."""
    names = short_names(transcript)
    stage = playbook.stage_by_id.get(deal.stage or "")
    reached = playbook.stages[: playbook.stage_index(stage.id)] if stage else ()
    return {
        "title": transcript.title,
        "date": f"{transcript.date:%A %d %B %Y}" if transcript.date else "",
        "account": deal.account or "",
        "stage": {"id": stage.id, "name": stage.name, "purpose": stage.purpose} if stage else None,
        "reached": [s.name for s in reached],
        "people": [
            {
                "name": p.name,
                "short": names.get(p.name, p.name),
                "side": p.side.value if p.side is not Side.UNKNOWN else "side unknown",
                "title": p.title or "",
            }
            for p in transcript.participants
        ],
        "contacts": [c for c in deal.contacts if transcript.participant(c) is None],
    }
