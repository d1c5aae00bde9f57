"""Where in a call the words of a search are, and the passage to show."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple

from coachbot.model.workspace import Call
from coachbot.store.records import Hit
from coachbot.store.words import Term, fold_text

BEFORE, AFTER = 70, 150
MOST_PLACES = 2000


class Labels(NamedTuple):
    """What is indexed of a call besides its turns. `deal_owner` is the deal's owner."""

    title: str
    deal: str | None
    deal_owner: str | None
    facts: tuple[dict[str, Any], ...]

    def texts(self) -> Iterator[str]:
        """Title, name of the deal, and the words of the facts."""
        yield self.title
        if self.deal:
            yield self.deal
        for value in self.facts:
            yield fact_text(value)


def fact_text(value: dict[str, Any]) -> str:
    """The words of a fact's value."""
    return " · ".join(str(v) for v in value.values() if isinstance(v, str) and v)


def may_hold(raw: str, labels: Labels | None, terms: Sequence[Term]) -> bool:
    """Whether a call may hold the terms, by a quick look at its transcript's JSON as a whole."""
    if "\\" in raw:
        raw = raw.replace('\\"', " ").replace("\\n", " ").replace("\\t", " ")
    spoken = fold_text(raw)
    label = fold_text("\n".join(labels.texts())) if labels else ""
    return all(any(True for _ in t.places(spoken)) or any(True for _ in t.places(label)) for t in terms)


def locate(call: Call, turns: Sequence[dict[str, Any]], labels: Labels, terms: Sequence[Term]) -> Hit | None:
    """The best place of a call: the turn, else fact, else title that holds the most terms.

    None where a term is nowhere: the index proposes phrases by their words alone.
    """
    texts = [turn["text"] for turn in turns]
    held = _held(texts, terms)
    others = [("fact", fact_text(value)) for value in labels.facts]
    others += [("title", labels.title), ("title", labels.deal or "")]
    elsewhere = [(where, text, _held([text], terms)) for where, text in others if text]
    known = {i for i, places in enumerate(held) if places}
    known |= {i for _, _, places in elsewhere for i, found in enumerate(places) if found}
    if any(i not in known and not term.exact for i, term in enumerate(terms)):
        return None
    best, score = _best_turn(held)
    for where, text, places in elsewhere:
        count = sum(bool(p) for p in places)
        if count > score:
            passage, marks = snippet(text, [span for found in places for _, span in found])
            return Hit(call=call, where=where, snippet=passage, marks=marks)
    if best is None:
        passage, marks = snippet(labels.title, [])
        return Hit(call=call, where="title", snippet=passage, marks=marks)
    turn = turns[best]
    passage, marks = snippet(texts[best], [s for found in held for at, s in found if at == best])
    return Hit(
        call=call, where="turn", turn=best, speaker=turn.get("speaker"), start_s=turn.get("start_s"),
        snippet=passage, marks=marks,
    )  # fmt: skip


def _held(texts: Sequence[str], terms: Sequence[Term]) -> list[list[tuple[int, tuple[int, int]]]]:
    """For each term, the texts that hold it, and where in them."""
    starts, at = [], 0
    for text in texts:
        starts.append(at)
        at += len(text) + 1
    folded = fold_text("\n".join(texts))
    found = []
    for term in terms:
        places = []
        for start, end in islice(term.places(folded), MOST_PLACES):
            index = bisect_right(starts, start) - 1
            if end <= starts[index] + len(texts[index]):
                places.append((index, (start - starts[index], end - starts[index])))
        found.append(places)
    return found


def _best_turn(held: Sequence[Sequence[tuple[int, tuple[int, int]]]]) -> tuple[int | None, int]:
    score: dict[int, int] = {}
    for places in held:
        for index in {i for i, _ in places}:
            score[index] = score.get(index, 0) + 1
    if not score:
        return None, 0
    best = min(score, key=lambda i: (-score[i], i))
    return best, score[best]


def snippet(text: str, spans: Sequence[tuple[int, int]]) -> tuple[str, tuple[tuple[int, int], ...]]:
    """A passage round the first span, whole words, with … where it was cut; and the spans in it."""
    spans = sorted(set(spans))
    middle = spans[0][0] if spans else 0
    start, end = max(0, middle - BEFORE), min(len(text), middle + AFTER)
    if start > 0:
        space = text.find(" ", start, middle)
        start = space + 1 if space >= 0 else start
    if end < len(text):
        space = text.rfind(" ", middle, end)
        end = space if space > middle else end
    head = "…" if start > 0 else ""
    shift = len(head) - start
    marks = tuple((a + shift, b + shift) for a, b in spans if a >= start and b <= end)
    return f"{head}{text[start:end]}{'…' if end < len(text) else ''}", marks
