"""How the seller's side behaved on a call, counted by code."""

from __future__ import annotations

import re
from dataclasses import dataclass

from coachbot.coach.look import moment_at
from coachbot.coach.types import Figure, Moment, clock
from coachbot.model.playbook import Measure
from coachbot.model.recap import Recap
from coachbot.model.transcript import Side, Transcript, Turn

_QUESTION = re.compile(r"[?？]+")
FEWEST_ASKING_WORDS = 3
FEWEST_OBJECTIONS = 2


@dataclass(frozen=True)
class Habits:
    """Counts of a call. None: it cannot be said (no sides, no times, too few of a thing)."""

    seller_words: int
    words: int
    questions: int | None
    longest_words: int
    longest_s: float | None
    longest: Moment | None
    buyer_people: int
    dated_steps: int
    steps: int
    objections: int
    settled: int
    sides_known: bool

    def value(self, measure: Measure) -> float | None:
        """The figure that an indicator's limit is held against."""
        if measure == "dated_next_step":
            return float(self.dated_steps)
        if measure == "objections_handled":
            return 100.0 * self.settled / self.objections if self.objections >= FEWEST_OBJECTIONS else None
        if measure == "buyer_people":
            return float(self.buyer_people) if self.sides_known else None
        if not self.sides_known or not self.words:
            return None
        if measure == "talk_share":
            return 100.0 * self.seller_words / self.words
        if measure == "questions":
            return None if self.questions is None else float(self.questions)
        return self.longest_s if self.longest_s is not None else self.longest_words / 2.5

    def said(self, measure: Measure) -> str:
        """The figure in words, with what it is of."""
        if measure == "talk_share":
            share = round(100 * self.seller_words / max(1, self.words))
            return f"the seller's side said {self.seller_words} of {self.words} words ({share}%)"
        if measure == "questions":
            return f"the seller's side asked {self.questions} questions"
        if measure == "longest_speech":
            long = (
                f"{clock(self.longest_s)} min"
                if self.longest_s is not None
                else f"{self.longest_words} words"
            )
            return f"the longest speech of the seller's side was {long}"
        if measure == "buyer_people":
            return f"{self.buyer_people} of the buyer's people known or on the call"
        if measure == "dated_next_step":
            return f"{self.dated_steps} of {self.steps} next steps agreed with a day"
        return f"{self.settled} of {self.objections} objections ended settled"


def habits_of(recap: Recap, transcript: Transcript) -> Habits:
    """Count. A question is a sentence of the seller's that ends in a question mark and has three words."""
    seller = [t for t in transcript.turns if transcript.side_of(t) is Side.SELLER]
    longest = max(seller, key=lambda t: len(t.text.split()), default=None)
    times = longest is not None and longest.start_s is not None and longest.end_s is not None
    buyers = {p.name for p in recap.call.participants if p.side is Side.BUYER}
    named = {s.name for s in recap.stakeholders if s.side == "buyer" and s.name}
    return Habits(
        seller_words=sum(len(t.text.split()) for t in seller),
        words=transcript.words,
        questions=_asked(transcript, seller),
        longest_words=len(longest.text.split()) if longest else 0,
        longest_s=(longest.end_s or 0) - (longest.start_s or 0) if longest and times else None,
        longest=moment_at(transcript, longest.index) if longest else None,
        buyer_people=len(buyers | {n for n in named if not any(n in b for b in buyers)}),
        dated_steps=sum(n.committed and n.date is not None for n in recap.next_steps),
        steps=len(recap.next_steps),
        objections=len(recap.objections),
        settled=sum(o.handled == "yes" for o in recap.objections),
        sides_known=bool(seller) and bool(buyers),
    )


def _asked(transcript: Transcript, turns: list[Turn]) -> int | None:
    """Questions of those turns; None where the source has no question marks at all."""
    if not any(_QUESTION.search(t.text) for t in transcript.turns):
        return None
    return sum(_questions(t.text) for t in turns)


def _questions(text: str) -> int:
    parts = _QUESTION.split(text)[:-1]
    sentences = (re.split(r"[.!;。]\s*", part)[-1] for part in parts)
    return sum(len(s.split()) >= FEWEST_ASKING_WORDS or any(ord(c) > 0x2E80 for c in s) for s in sentences)


def figures_of(habits: Habits) -> tuple[Figure, ...]:
    """The figures of a call, those that can be said."""
    found = []
    if habits.sides_known:
        found += [
            Figure(id="talk_share", label="Seller's share of the words", value=habits.seller_words,
                   of=habits.words, text=habits.said("talk_share")),
            Figure(id="longest_speech", label="Longest speech",
                   value=habits.longest_s or habits.longest_words, text=habits.said("longest_speech")),
            Figure(id="buyer_people", label="Buyer's people", value=habits.buyer_people,
                   text=habits.said("buyer_people")),
        ]  # fmt: skip
    if habits.sides_known and habits.questions is not None:
        found.append(
            Figure(id="questions", label="Questions asked", value=habits.questions,
                   text=habits.said("questions"))
        )  # fmt: skip
    found.append(
        Figure(id="dated_next_step", label="Next steps with a day", value=habits.dated_steps,
               of=habits.steps, text=habits.said("dated_next_step"))
    )  # fmt: skip
    found.append(
        Figure(id="objections_handled", label="Objections settled", value=habits.settled,
               of=habits.objections, text=habits.said("objections_handled"))
    )  # fmt: skip
    return tuple(found)
