"""A second look at a call before anything is said about it.

A recap may have missed a thing, or have taken it for more than it is. Before a prompt says that something
is missing, or that an objection was left open, the call is read again by the trained reader, whichever
engine made the recap: where it disagrees, the prompt is not made. It also finds the words nearest to what
is missing ("I'm not signing up for a third of anything").
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple, Protocol

from coachbot.coach.types import Moment
from coachbot.model.playbook import Criterion, InfluenceRole, Playbook, Risk
from coachbot.model.recap import Objection
from coachbot.model.transcript import Side, Transcript
from coachbot.settings import settings

# Chosen on the hand-made calls of evals/ and twelve that the reader had not seen, together with what coaching
# asks besides: that nobody of ours asked after it, and that no day was set for it.
OBJECTS, CATEGORY, SETTLED = 0.75, 0.85, 0.15
# Chosen on 14 calls that a reader trained without them had not seen. It finds half of what such calls say:
# of fields with a trace of 0.05 to 0.1 every second was there, of those under it one in nine.
SAID, TOUCHED = 0.1, 0.05
"""From these probabilities on a field is taken to be said, or spoken about, whatever the recap holds."""
AGREED, FIRM = 0.08, 0.5
"""The same of an agreement that outweighs the words against it; and of one beyond doubt."""
FOLLOWED = 20
"""Turns in which an objection may be given up."""
GIVES_WAY = re.compile(
    r"\b(?<!not )(?:agreed|deal|fair enough|that works|works for (?:me|us)|"
    r"(?:that|this)(?: is|'s|’s) (?:fine|fair|ok|okay)|"
    r"(?:can|could) (?:live|work) with|(?:can|could) accept|happy with that|"
    r"i(?:'d|’d| would)? (?:can )?accept|(?:ok|okay|all right|alright|fine)[.,] (?:then|good|done|yes)|"
    r"(?:is|are) (?:possible|acceptable|enough)|that answers|settles it|never mind|"
    r"(?:can|could|will|i['’]ll) close|i(?:['’]ll| will)? take it|off my list)\b",
    re.IGNORECASE,
)
NEAR, WITHHELD = 0.02, 0.3
MOVED, TAKEN = 0.6, 0.5


class Bearing(NamedTuple):
    """What words of one turn bear on, each an id of the playbook with how sure that is (0 to 1)."""

    criterion: tuple[str, float] = ("", 0.0)
    category: tuple[str, float] = ("", 0.0)
    field: tuple[str, float] = ("", 0.0)
    objects: float = 0.0
    settled: float = 0.0


class Look(Protocol):
    """What a second look can tell."""

    def bears_on(self, turn: int, criteria: Sequence[Criterion]) -> Bearing:
        """What the words of a turn hold back, of those criteria, or object to."""
        ...

    def takes_back(self) -> bool:
        """Whether the call itself bears out that something takes away what the stage rested on."""
        ...

    def says_field(self, field: str) -> bool:
        """Whether the call may state the field after all."""
        ...

    def nearest(self, field: str) -> Moment | None:
        """The buyer's words that come nearest to a field that is not stated; None where none come near."""
        ...

    def held_back(self, criterion: Criterion) -> tuple[Moment, ...]:
        """Words by which the buyer holds back what the criterion wants, strongest first, at most two."""
        ...

    def agrees(self, criterion: Criterion) -> bool:
        """Whether the buyer may have agreed to it after all."""
        ...

    def firm(self, criterion: Criterion) -> bool:
        """Whether the buyer's agreement to it is beyond doubt; True where that was not learnt."""
        ...

    def left_open(self, objection: Objection) -> float:
        """How sure it is (0 to 1) that the objection is one, of that category, and was not settled."""
        ...

    def confirms(self, risk: Risk) -> bool:
        """Whether the call itself bears out a risk that the buyer's words raised."""
        ...

    def plays_part(self, role: InfluenceRole) -> bool:
        """Whether somebody on the buyer's side may play that part."""
        ...

    def alike(self, text: str, others: Sequence[str]) -> Sequence[float]:
        """Cosine of the text to each of the others."""
        ...


def second_look(transcript: Transcript, book: Playbook) -> Look | None:
    """The look at a call; None where the encoder is not installed. Costs a second or two a call."""
    from coachbot.embed import EncoderMissingError

    try:
        return ReaderLook(_read(_Whole(transcript)), book)
    except EncoderMissingError:
        return None


class _Whole:
    """A transcript as a key of a cache: equal where source and length are."""

    def __init__(self, transcript: Transcript) -> None:
        self.transcript = transcript
        self._key = (transcript.source.sha256, transcript.id, len(transcript.turns), transcript.words)

    def __hash__(self) -> int:
        return hash(self._key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Whole) and other._key == self._key


@lru_cache(maxsize=16)
def _read(whole: _Whole) -> Any:
    from coachbot.extract.call import Call

    conf = settings()
    sentences = _sentences(conf.home, conf.threads)
    reading = _reader(conf.home, conf.threads).read(whole.transcript)
    return Call(whole.transcript, reading, lambda texts: sentences.encode(list(texts)))


@lru_cache(maxsize=1)
def _reader(home: Any, threads: int) -> Any:
    from coachbot.extract.reading import Reader

    return Reader(home, threads=threads)


@lru_cache(maxsize=1)
def _sentences(home: Any, threads: int) -> Any:
    from coachbot.embed import SentenceEncoder

    return SentenceEncoder(home, threads=threads)


class ReaderLook:
    """A look by the trained reader; by likeness to the playbook's examples where it was not trained."""

    def __init__(self, call: Any, book: Playbook) -> None:
        self._call = call
        self._book = book
        self._labels: dict[str, list[str]] = call.reading.weights.labels
        turns = range(len(call.transcript.turns))
        self._buyer = [t for t in turns if call.side(t) is not Side.SELLER]

    def says_field(self, field: str) -> bool:
        """See Look."""
        spec = self._book.field_by_id[field]
        name = spec.like or field
        if name in self._labels["core"]:
            at = self._labels["core"].index(name)
            states = self._call.reading.probabilities("core")[:, at]
            touches = self._call.reading.probabilities("any")[:, at]
            allowed = self._buyer if spec.said_by == "buyer" else range(len(states))
            if any(states[t] >= SAID or touches[t] >= TOUCHED for t in allowed):
                return True
        return bool(self._hits(spec.id, spec.listen_for, spec.not_this))

    def nearest(self, field: str) -> Moment | None:
        """See Look."""
        name = self._book.field_by_id[field].like or field
        if name not in self._labels["core"] or not self._buyer:
            return None
        touches = self._call.reading.probabilities("any")[:, self._labels["core"].index(name)]
        best = max(self._buyer, key=lambda t: float(touches[t]))
        return self._moment(best, "any", name) if touches[best] >= NEAR else None

    def held_back(self, criterion: Criterion) -> tuple[Moment, ...]:
        """See Look."""
        name = self._gate(criterion)
        if name is not None and "ungate" in self._labels:
            scores = self._call.reading.probabilities("ungate")[:, self._labels["gate"].index(name)]
            best = sorted(self._buyer, key=lambda t: -float(scores[t]))[:2]
            return tuple(self._moment(t, "ungate", name) for t in best if scores[t] >= WITHHELD)
        found = []
        for commitment in (self._book.commitment_by_id[c] for c in criterion.commitments):
            for hit in self._hits(commitment.id, commitment.not_this, commitment.listen_for)[:1]:
                said = hit.utterance
                found.append(moment_at(self._call.transcript, said.turn, said.start, said.end))
        return tuple(found)

    def agrees(self, criterion: Criterion) -> bool:
        """See Look."""
        name = self._gate(criterion)
        if name is None or "gate" not in self._labels:
            return any(
                self._hits(
                    c, self._book.commitment_by_id[c].listen_for, self._book.commitment_by_id[c].not_this
                )
                for c in criterion.commitments
            )
        yes, no = self._for_and_against(name)
        return yes >= AGREED and yes >= no

    def firm(self, criterion: Criterion) -> bool:
        """See Look."""
        name = self._gate(criterion)
        if name is None or "gate" not in self._labels:
            return True
        yes, no = self._for_and_against(name)
        return yes >= FIRM and yes > no

    def _for_and_against(self, name: str) -> tuple[float, float]:
        """The strongest of the buyer's words for a criterion, and against it."""
        at = self._labels["gate"].index(name)
        found = (self._call.reading.probabilities(group)[self._buyer, at] for group in ("gate", "ungate"))
        yes, no = (float(scores.max()) if len(scores) else 0.0 for scores in found)
        return yes, no

    def left_open(self, objection: Objection) -> float:
        """See Look."""
        import numpy as np

        turns = [e.turn for e in objection.evidence if e.turn < len(self._call.transcript.turns)]
        known = {o.id: o.like or o.id for o in self._book.objections}
        name = known.get(objection.category, objection.category)
        if not turns or name not in self._labels["cat"]:
            return 0.0
        reading = self._call.reading
        objects = float(reading.probabilities("obj")[turns].max())
        category = float(reading.probabilities("cat")[turns, self._labels["cat"].index(name)].max())
        logits = reading.logits[turns, reading.weights.columns("handled")].mean(axis=0)
        shares = np.exp(logits - logits.max())
        settled = float(shares[0] / shares.sum())  # yes, partly, no
        sure = objects >= OBJECTS and category >= CATEGORY and settled <= SETTLED
        if not sure or self._gives_way(turns):
            return 0.0
        return objects * category * (1 - settled)

    def bears_on(self, turn: int, criteria: Sequence[Criterion]) -> Bearing:
        """See Look."""
        import numpy as np

        reading = self._call.reading
        gates = [(c.id, n) for c in criteria if (n := self._gate(c)) is not None]
        held = reading.probabilities("ungate")[turn] if "ungate" in self._labels else None
        at = self._labels.get("gate", [])
        criterion = [(c, float(held[at.index(n)])) for c, n in gates] if held is not None else []
        logits = reading.logits[turn, reading.weights.columns("handled")]
        shares = np.exp(logits - logits.max())
        return Bearing(
            criterion=_best(criterion),
            category=self._named(turn, "cat", {o.id: o.like or o.id for o in self._book.objections}),
            field=self._named(turn, "core", {f.id: f.like or f.id for f in self._book.fields}),
            objects=float(reading.probabilities("obj")[turn].max()),
            settled=float(shares[0] / shares.sum()),
        )

    def _named(self, turn: int, group: str, names: Mapping[str, str]) -> tuple[str, float]:
        labels, scores = self._labels[group], self._call.reading.probabilities(group)[turn]
        return _best([(own, float(scores[labels.index(n)])) for own, n in names.items() if n in labels])

    def takes_back(self) -> bool:
        """See Look."""
        if "revert" not in self._labels:
            return True
        scores = self._call.reading.probabilities("revert")[:, 0]
        return max((float(scores[t]) for t in self._buyer), default=0.0) >= TAKEN

    def _gives_way(self, turns: Sequence[int]) -> bool:
        """Whether one of the buyer's people says, in the same breath or soon after, that it is fine so."""
        last = max(turns)
        after = (t for t in self._buyer if t in turns or last < t <= last + FOLLOWED)
        return any(GIVES_WAY.search(self._call.text(t)) for t in after)

    def confirms(self, risk: Risk) -> bool:
        """See Look."""
        if risk.rule != "slipped_close_date" or "slipped" not in self._labels:
            return True
        scores = self._call.reading.probabilities("slipped")[:, 0]
        return max((float(scores[t]) for t in self._buyer), default=0.0) >= MOVED

    def plays_part(self, role: InfluenceRole) -> bool:
        """See Look."""
        return bool(self._hits(role.id, role.listen_for, ()))

    def alike(self, text: str, others: Sequence[str]) -> Sequence[float]:
        """See Look."""
        vectors = self._call.encode([text, *others])
        return [float(v) for v in vectors[1:] @ vectors[0]]

    def _gate(self, criterion: Criterion) -> str | None:
        names = self._labels.get("gate", [])
        return next((n for n in (criterion.id, *criterion.commitments) if n in names), None)

    def _hits(self, name: str, wanted: tuple[str, ...], unwanted: tuple[str, ...]) -> list[Any]:
        from coachbot.extract.zero_shot import Example

        hits: list[Any] = self._call.likeness.hits(Example(name, wanted, unwanted), self._call.not_seller)
        return hits

    def _moment(self, turn: int, group: str, name: str) -> Moment:
        start, end = self._call.focus(turn, group, name)
        return moment_at(self._call.transcript, turn, start, end)


def _best(scores: Sequence[tuple[str, float]]) -> tuple[str, float]:
    return max(scores, key=lambda row: row[1], default=("", 0.0))


def likeness() -> Callable[[str, Sequence[str]], Sequence[float]] | None:
    """Cosine of a text to each of several others; None where the encoder is not installed."""
    from coachbot.embed import EncoderMissingError

    conf = settings()
    try:
        encoder = _sentences(conf.home, conf.threads)
    except EncoderMissingError:
        return None

    def alike(text: str, others: Sequence[str]) -> Sequence[float]:
        vectors = encoder.encode([text, *others])
        return [float(v) for v in vectors[1:] @ vectors[0]]

    return alike


def moment_at(transcript: Transcript, turn: int, start: int = 0, end: int = 0) -> Moment:
    """The moment of those characters of a turn (all of it where `end` is 0)."""
    said = transcript.turns[turn]
    quote = said.text[start : end or None].strip()
    return Moment(turn=turn, speaker=said.speaker, start_s=said.time_at(start), quote=quote)
