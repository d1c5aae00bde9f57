"""Segments made of text: words at an even pace, with any figure that a case needs."""

from __future__ import annotations

from typing import Any

from coachbot.transcribe.words import Segment, Word


def said(
    text: str, start: float = 0.0, *, pace: float = 0.3, p: float | list[float] = 0.9, **figures: Any
) -> Segment:
    """A segment of the words of `text`, one each `pace` seconds; `p` is one probability or one a word."""
    parts = text.split()
    chances = p if isinstance(p, list) else [p] * len(parts)
    words = tuple(
        Word(f" {w}", round(start + n * pace, 3), round(start + (n + 0.9) * pace, 3), chance)
        for n, (w, chance) in enumerate(zip(parts, chances, strict=True))
    )
    return Segment(
        words=words,
        start=start,
        end=words[-1].end,
        text=" " + " ".join(parts),
        **{
            "language": "en",
            "avg_logprob": -0.2,
            "no_speech_prob": 0.05,
            "compression_ratio": 1.4,
            **figures,
        },
    )


def text_of(segments: list[Segment]) -> str:
    return " ".join("".join(w.text for s in segments for w in s.words).split())
