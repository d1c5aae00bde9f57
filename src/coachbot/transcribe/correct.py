"""Terms of the glossary put right after recognition, by their sound; every change is written down."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from rapidfuzz import process
from rapidfuzz.distance import Levenshtein
from rapidfuzz.fuzz import ratio

from coachbot.transcribe.glossary import Term
from coachbot.transcribe.phonetic import latin, sound_key
from coachbot.transcribe.pieces import ends_clause, ends_sentence, with_words
from coachbot.transcribe.words import Segment, Word

SURE = 0.8
"""A common word of this probability or more is never changed."""
DOUBTFUL = 0.5
"""A common word must be below this to be taken for a term that it only sounds like."""
ALIKE = 65.0
"""Likeness of spelling (0 to 100) that a word of the same sound must have."""
CLOSE = 80.0
"""Likeness from which on a word that is no common one is a misspelling, however sure the recogniser was."""
KEYS = 0.75
"""Likeness of sounds, 0 to 1."""
SHORTEST = 4
"""Letters. Shorter terms are only corrected by the sound-alikes that are listed for them."""
BREATH_S = 1.0
"""A term does not reach over a longer pause."""
LONG = 6
"""Letters that a term must have for common words to be taken for it."""
_EDGES = re.compile(r"^(\W*)(.*?)((?:['’]s)?\W*)$", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Correction:
    """A change: words as recognised and as they are now, when (seconds, channel), and why."""

    original: str
    new: str
    start: float
    end: float
    reason: str
    channel: int = 0


@dataclass(frozen=True, slots=True)
class _Hit:
    """A term that words may be: how many words, how well (higher is better), why (empty: they are it)."""

    score: float
    size: int
    term: Term
    reason: str


def correct(segments: Sequence[Segment], terms: Sequence[Term]) -> tuple[list[Segment], list[Correction]]:
    """The segments with terms as they are written, and a record of each change.

    A listed sound-alike is replaced; so are words that sound and look like a term, if they are improbable or
    no common words. A common word of high probability is never changed, nor is a term by another. The marks
    around a word and its possessive stay.
    """
    index = _Index(terms)
    kept: list[Segment] = []
    changes: list[Correction] = []
    if not terms:
        return list(segments), []
    for run in _runs([with_words(s) for s in segments]):
        found: list[list[Word]] = [[] for _ in run]
        for home, word in _corrected(run, index, changes):
            found[home].append(word)
        kept += (_with(s, words) for s, words in zip(run, found, strict=True) if words or not s.words)
    return kept, changes


def _runs(segments: Iterable[Segment]) -> Iterator[list[Segment]]:
    """Segments that follow each other in one breath: a term may begin in one and end in the next."""
    run: list[Segment] = []
    for segment in segments:
        last = run[-1] if run else None
        if last is not None and (
            (last.channel, last.speaker) != (segment.channel, segment.speaker)
            or segment.start - last.end > BREATH_S
        ):
            yield run
            run = []
        run.append(segment)
    if run:
        yield run


def _with(segment: Segment, words: Sequence[Word]) -> Segment:
    """The segment with these words; its times move only where a word at its edge went or came."""
    if list(words) == list(segment.words):
        return segment
    return replace(
        segment,
        words=tuple(words),
        start=segment.start if words[0].start == segment.words[0].start else words[0].start,
        end=segment.end if words[-1].end == segment.words[-1].end else max(w.end for w in words),
        text="".join(w.text for w in words),
    )


def sentence(changes: Sequence[Correction], most: int = 5) -> str | None:
    """The changes as one sentence for the warnings, None where there are none."""
    if not changes:
        return None
    pairs = list(dict.fromkeys(f"“{c.original}” is now “{c.new}”" for c in changes))
    more = f" and {len(pairs) - most} more" if len(pairs) > most else ""
    places = "1 place was" if len(changes) == 1 else f"{len(changes)} places were"
    return f"{places} corrected by the glossary: {', '.join(pairs[:most])}{more}."


class _Index:
    """The terms by their letters, by the sound-alikes listed for them, and by how they sound."""

    def __init__(self, terms: Sequence[Term]) -> None:
        self.bare = {latin(t.text): t for t in reversed(terms)}
        self.listed = {latin(s): t for t in reversed(terms) for s in t.sounds}
        self.parts = {latin(p) for t in terms for p in t.text.split()} | self.bare.keys()
        self.keys: dict[str, list[Term]] = {}
        for term in terms:
            if len(latin(term.text)) >= SHORTEST:
                self.keys.setdefault(sound_key(term.text), []).append(term)
        self.longest = max(
            (n for t in terms for n in (len(t.text.split()) + 1, *(len(s.split()) for s in t.sounds))),
            default=0,
        )
        self._long = [key for key in self.keys if len(key) > 2]
        self._near: dict[str, list[Term]] = {}

    def sounding_like(self, key: str) -> list[Term]:
        """The terms of the same sound, or nearly the same where it is long enough to tell."""
        if key not in self._near:
            names = [key] if key in self.keys else []
            if len(key) > 2:
                near = process.extract_iter(
                    key, self._long, scorer=Levenshtein.normalized_similarity, score_cutoff=KEYS
                )
                names += [name for name, *_ in near if name != key]
            self._near[key] = [term for name in names for term in self.keys[name]]
        return self._near[key]


def _corrected(
    run: Sequence[Segment], index: _Index, changes: list[Correction]
) -> Iterator[tuple[int, Word]]:
    """The words of a run, each with the number of the segment that it belongs to."""
    homes = [n for n, s in enumerate(run) for _ in s.words]
    words = [w for s in run for w in s.words]
    at = 0
    while at < len(words):
        hit = _best(words, at, index)
        if hit is None or not hit.reason:
            size = hit.size if hit else 1
            yield from zip(homes[at : at + size], words[at : at + size], strict=True)
            at += size
            continue
        old, own = words[at : at + hit.size], homes[at : at + hit.size]
        at += hit.size
        new = _replacement(old, hit.term.text)
        reason = f"{hit.reason} ({hit.term.source})" if hit.term.source else hit.reason
        end = max(w.end for w in old)
        channel = run[own[0]].channel
        changes.append(Correction(_text(old), _text(new), old[0].start, end, reason, channel))
        # What was in doubt in part is in doubt as a whole.
        doubtful = next((n for n in own if run[n].uncertain), own[0])
        yield from ((doubtful, word) for word in new)


def _best(words: Sequence[Word], at: int, index: _Index) -> _Hit | None:
    """The best term for the words from `at` on, None where a better one begins within them."""
    hit = max(_hits(words, at, index), key=_rank, default=None)
    if hit is None or hit.size == 1:
        return hit
    later = (h for n in range(at + 1, at + hit.size) for h in _hits(words, n, index))
    return None if any(_rank(h) > _rank(hit) for h in later) else hit


def _rank(hit: _Hit) -> tuple[float, int]:
    return hit.score, hit.size


def _hits(words: Sequence[Word], at: int, index: _Index) -> Iterator[_Hit]:
    """The terms that the words from `at` on may be."""
    starts = at == 0 or ends_sentence(words[at - 1].text)
    for size in range(1, min(index.longest, len(words) - at) + 1):
        window = words[at : at + size]
        if size > 1 and _breaks(window[-2].text):
            return
        core = _core(_text(window))
        bare = latin(core)
        common = all(_is_common(w.text, starts and n == 0) for n, w in enumerate(window))
        probability = min(w.probability for w in window)
        if not bare or (common and probability >= SURE):
            continue
        if (term := index.bare.get(bare)) is not None:
            # The term itself is kept as it stands; else a space or a capital is all that is missing.
            yield _Hit(300.0, size, term, "" if core == term.text else "the same letters")
        elif (term := index.listed.get(bare)) is not None:
            yield _Hit(200.0, size, term, "listed as its sound")
        elif bare not in index.parts and not (common and probability >= DOUBTFUL):
            yield from _by_sound(window, bare, probability, common, index)


def _by_sound(
    window: Sequence[Word], bare: str, probability: float, common: bool, index: _Index
) -> Iterator[_Hit]:
    for term in index.sounding_like(sound_key(bare)):
        size = len(term.text.split())
        # A part of a name is not the whole of it: "Dana" stays "Dana" where the term is "Dana Ruiz".
        partly = len(window) < size and any(latin(w.text) in index.parts for w in window)
        if abs(len(window) - size) > 1 or partly:
            continue
        # Common words are many, and some sound like anything short.
        if common and (len(latin(term.text)) < LONG or sound_key(bare) != sound_key(term.text)):
            continue
        alike = ratio(bare, latin(term.text))
        needed = CLOSE if probability >= SURE and not common else ALIKE
        if alike >= needed:
            yield _Hit(alike, len(window), term, "sounds like it")


def _replacement(old: Sequence[Word], term: str) -> list[Word]:
    """The term's words in the time of the old ones, with the marks that stood around them."""
    text = "".join(w.text for w in old)
    lead, _, tail = _parts(text)
    parts = term.split()
    parts[0] = lead + parts[0]
    parts[-1] += tail
    parts[1:] = [f" {p}" for p in parts[1:]]
    if len(parts) == len(old):
        return [replace(w, text=p) for w, p in zip(old, parts, strict=True)]
    start, end = old[0].start, max(w.end for w in old)
    probability = min(w.probability for w in old)
    total = sum(map(len, parts))
    edges = [start + (end - start) * sum(map(len, parts[:n])) / total for n in range(len(parts) + 1)]
    return [
        Word(p, round(a, 3), round(b, 3), probability)
        for p, a, b in zip(parts, edges[:-1], edges[1:], strict=True)
    ]


def _parts(text: str) -> tuple[str, str, str]:
    """What stands before a word, the word, and what stands after it (its possessive included)."""
    match = _EDGES.match(text)
    return (match[1], match[2], match[3]) if match else ("", text, "")


def _core(text: str) -> str:
    return _parts(text)[1]


def _text(words: Iterable[Word]) -> str:
    return " ".join("".join(w.text for w in words).split())


def _breaks(text: str) -> bool:
    return ends_sentence(text) or ends_clause(text)


def _is_common(text: str, starts: bool) -> bool:
    """Whether a word is a common one. With a capital inside of a sentence it is a name."""
    core = _core(text.strip())
    if core[:1].isupper() and not starts and core.casefold() not in _I:
        return False
    return not core or core.isdigit() or core.casefold() in common_words()


_I = frozenset(("i", "i'm", "i'll", "i've", "i'd"))


@lru_cache(maxsize=1)
def common_words() -> frozenset[str]:
    """Common words of spoken business English; the local engine tells names by the same list."""
    path = Path(__file__).resolve().parents[1] / "extract" / "spoken_words.txt"
    return frozenset(path.read_text("utf-8").split()) | _I
