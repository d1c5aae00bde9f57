"""Transcripts, accepted facts and notes as passages.

`extra` of a transcript's passage: title, call_id, first_turn, last_turn, start_s, end_s, speakers; of a
fact's: title, call_id, fact_id, item_id, kind, key, turns; of a note's: title.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from coachbot.model.transcript import Transcript, Turn
from coachbot.model.workspace import Fact
from coachbot.retrieval.markdown import LONGEST, SENTENCE, pack, read_page
from coachbot.retrieval.passages import Passage
from coachbot.retrieval.script import size
from coachbot.retrieval.sources import slug

STRETCH = 120
"""Tokens of a transcript's passage, about."""


def transcript_passages(transcript: Transcript, *, call_id: str, title: str = "") -> list[Passage]:
    """Stretches of a call, each beginning with the last turn of the one before: answers keep their questions.

    Each line is "speaker: words". A very long turn is cut at its sentences.
    """
    lines = [line for turn in transcript.turns for line in _lines(turn)]
    groups: list[list[tuple[Turn, str]]] = []
    held: list[tuple[Turn, str]] = []
    for line in lines:
        full = size(" ".join(text for _, text in [*held, line])) > STRETCH
        if full and _long(held):
            groups.append(held)
            held = held[-1:] if not _long(held[-1:]) else []
        held.append(line)
    if held:
        groups.append(held)
    return [_stretch(n, group, transcript, call_id, title) for n, group in enumerate(groups)]


def _long(lines: Sequence[tuple[Turn, str]]) -> bool:
    """Whether it is enough for a passage, and too much to say twice."""
    return size(" ".join(text for _, text in lines)) > STRETCH // 3


def _lines(turn: Turn) -> list[tuple[Turn, str]]:
    who = turn.speaker or "Unknown"
    parts = [turn.text] if size(turn.text) <= LONGEST else list(pack(SENTENCE.split(turn.text), STRETCH))
    return [(turn, f"{who}: {part}") for part in parts if part.strip()]


def _stretch(
    n: int, group: Sequence[tuple[Turn, str]], call: Transcript, call_id: str, title: str
) -> Passage:
    first, last = group[0][0], group[-1][0]
    return Passage(
        id=f"{call_id}/turns/{n}",
        text="\n".join(text for _, text in group),
        source="transcript",
        path=call_id,
        start_line=first.index,
        extra={
            "title": title or call.title,
            "call_id": call_id,
            "first_turn": first.index,
            "last_turn": last.index,
            "start_s": first.start_s,
            "end_s": last.end_s,
            "speakers": list(dict.fromkeys(turn.speaker or "" for turn, _ in group)),
        },
    )


def fact_passages(
    facts: Iterable[Fact], *, labels: Mapping[str, str] | None = None, title: str = ""
) -> list[Passage]:
    """Accepted facts, each with the words that prove it. `labels`: of fields and objections, by id."""
    found = []
    for fact in facts:
        name = (labels or {}).get(fact.key or "", fact.key or "") or fact.kind.replace("_", " ")
        quotes = [f'"{evidence.quote}"' for evidence in fact.evidence]
        text = "\n".join([f"{name}: {_words(fact.value)}", *quotes])
        tags = (fact.key,) if fact.key else ()
        passage = Passage(
            id=f"{fact.call_id}/facts/{fact.id}",
            text=text,
            source="fact",
            path=fact.call_id,
            heading=name,
            field=tags if fact.kind == "field" else (),
            objection=tags if fact.kind == "objection" else (),
            start_line=fact.evidence[0].turn if fact.evidence else 0,
            extra={
                "title": title,
                "call_id": fact.call_id,
                "fact_id": fact.id,
                "item_id": fact.item_id,
                "kind": fact.kind,
                "key": fact.key,
                "turns": [evidence.turn for evidence in fact.evidence],
            },
        )
        found.append(passage)
    return found


def note_passages(text: str, *, note_id: str, title: str) -> list[Passage]:
    """A note in Markdown or plain text, by its headings."""
    found = []
    for n, section in enumerate(read_page(text, name=title).sections):
        heading = " › ".join(section.path)
        passage = Passage(
            id=f"{note_id}/{n}-{slug(heading)}" if heading else f"{note_id}/{n}",
            text=section.plain,
            source="note",
            path=note_id,
            heading=heading,
            start_line=section.start,
            extra={"title": title, "end_line": section.end},
        )
        found.append(passage)
    return found


def _words(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(w for key, v in value.items() if key not in ("id", "status") and (w := _words(v)))
    if isinstance(value, list | tuple):
        return ", ".join(w for v in value if (w := _words(v)))
    return "" if value is None else str(value)
