"""A made-up conversation with known speakers, and the two measures of who-spoke-when."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import permutations

from coachbot.model.transcript import Turn
from coachbot.transcribe.spans import SpeakerSpan
from coachbot.transcribe.words import Segment, Word

LINES = {
    "Ann": [
        "Thanks for joining today, I know it is a busy week for you.",
        "How do you keep track of the deliveries now?",
        "So when a driver is late, nobody finds out until the customer calls, is that right?",
        "Okay.",
        "We see that a lot. Most teams lose about a day a week to it, and then it shows up in the invoices.",
        "Who else would have to agree to a change like this?",
        "I will send you the plan by Thursday. Does that work?",
    ],
    "Bob": [
        "Sure, happy to be here.",
        "Honestly, it is all in spreadsheets. Three people copy things from one to the other.",
        "Yes. Last month we had forty of those, and two customers left because of it.",
        "Right.",
        "We looked at building it ourselves, but nobody has the time.",
        "That would be Dana, she is our finance lead, and somebody from security.",
        "Thursday is fine.",
    ],
    "Eve": [
        "Sorry, I was on mute.",
        "From my side the question is how it talks to our billing system.",
        "Mm-hm.",
        "We can do a test with the Leeds depot in May.",
    ],
}
Named = list[tuple[Word, str]]


def conversation(
    seed: int, *, turns: int = 60, people: int = 2, overlap: float = 0.0
) -> tuple[Named, list[SpeakerSpan]]:
    """Words with who says them, and the spans of each speaker. `overlap`: share of turns that start early."""
    rng = random.Random(seed)
    names = list(LINES)[:people]
    words: Named = []
    spans: list[SpeakerSpan] = []
    at, who = 1.0, ""
    for _ in range(turns):
        who = rng.choice([n for n in names if n != who])
        at = max(0.0, at + (-rng.uniform(0.1, 0.4) if rng.random() < overlap else rng.uniform(0.02, 0.7)))
        start = at
        for text in rng.choice(LINES[who]).split():
            length = 0.09 + 0.055 * len(text)
            words.append((Word(f" {text}", round(at, 3), round(at + length * 0.95, 3), 0.9), who))
            at += length + (rng.uniform(0.1, 0.45) if text[-1] in ".?," else 0.0)
        end = words[-1][0].end
        spans.append(SpeakerSpan(round(start, 3), round(end, 3), who))
        at = end
    words.sort(key=lambda w: w[0].start)
    return words, spans


def jittered(spans: Sequence[SpeakerSpan], seed: int, seconds: float) -> list[SpeakerSpan]:
    """The spans with edges that err by a normal deviation of so many seconds."""
    rng = random.Random(seed)
    moved = (
        s._replace(start=max(0.0, s.start + rng.gauss(0, seconds)), end=s.end + rng.gauss(0, seconds))
        for s in spans
    )
    return [s for s in moved if s.end > s.start]


def jittered_words(words: Named, seed: int, seconds: float) -> list[Word]:
    """The words with starts and ends that err, in order still."""
    rng = random.Random(seed)
    found, last = [], 0.0
    for word, _ in words:
        start = max(last, word.start + rng.gauss(0, seconds))
        last = start
        found.append(
            Word(word.text, start, max(start + 0.02, word.end + rng.gauss(0, seconds)), word.probability)
        )
    return found


def as_segments(words: Sequence[Word], size: int = 25) -> list[Segment]:
    """The words as a recogniser gives them that knows of no speakers."""
    parts = [tuple(words[at : at + size]) for at in range(0, len(words), size)]
    return [
        Segment(p, p[0].start, max(w.end for w in p), "".join(w.text for w in p), "en", -0.2, 0.1, 1.3)
        for p in parts
    ]


def right_speaker(segments: Sequence[Segment], words: Named) -> float:
    """Share of words with the right speaker, labels as they are."""
    given = [s.speaker for s in segments for _ in s.words]
    assert len(given) == len(words)
    return sum(a == b for a, (_, b) in zip(given, words, strict=True)) / len(words)


def nearest_speaker(words: Sequence[Word], spans: Sequence[SpeakerSpan]) -> list[str]:
    """What is commonly done: each word by itself to the largest overlap, else to the nearest span."""

    def best(word: Word) -> str:
        shared: dict[str, float] = {}
        for s in spans:
            seconds = min(word.end, s.end) - max(word.start, s.start)
            if seconds > 0:
                shared[s.speaker] = shared.get(s.speaker, 0.0) + seconds
        if shared:
            return max(shared, key=lambda name: shared[name])
        return min(spans, key=lambda s: min(abs(s.start - word.start), abs(s.end - word.start))).speaker

    return [best(word) for word in words]


def diarization_error(
    reference: Sequence[SpeakerSpan], turns: Sequence[Turn], *, collar: float = 0.0, step: float = 0.01
) -> float:
    """Missed, falsely found and confused speaker time over the reference's (NIST's diarization error rate).

    `collar` seconds around each edge of the reference are left out. Speakers are mapped as it fits best.
    """
    found = [SpeakerSpan(t.start_s or 0.0, t.end_s or 0.0, t.speaker or "?") for t in turns]
    ours = sorted({s.speaker for s in found})
    theirs = sorted({s.speaker for s in reference})
    end = max(s.end for s in (*reference, *found))
    frames = []
    for n in range(int(end / step)):
        t = (n + 0.5) * step
        if any(abs(t - edge) < collar for s in reference for edge in (s.start, s.end)):
            continue
        frames.append((_at(reference, t), _at(found, t)))
    total = sum(len(r) for r, _ in frames)
    wide = [*ours, *(f"nobody {n}" for n in range(max(0, len(theirs) - len(ours))))]
    best = 1e9
    for order in permutations(wide, len(theirs)):
        names = dict(zip(order, theirs, strict=True))
        error = sum(max(len(r), len(h)) - len(r & {names.get(x, x) for x in h}) for r, h in frames)
        best = min(best, error)
    return best / total


def _at(spans: Sequence[SpeakerSpan], t: float) -> frozenset[str]:
    return frozenset(s.speaker for s in spans if s.start <= t < s.end)
