"""What people say tells who sells: sellers ask, show and pitch; buyers tell of their own people and needs.

Counts of a few dozen common phrases, no model. On 54 labelled calls (217 people, 7,117 turns), which the
phrases were chosen on, a seller uses about 46 of the seller's phrases per thousand words and 5 of the
buyer's, a buyer 8 and 16.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from math import sqrt

_PITCH = re.compile(
    r"\b(?:"
    r"our (?:customers|clients|platform|product|solution|software|tool|app|pricing|pilot)|"
    r"our (?:engineers?|onboarding|implementation|support team|security team|solutions? engineers?)|"
    r"customers like you|other customers|another customer|one of our (?:customers|clients)|"
    r"we (?:work with|offer|charge|built|typically|normally|usually|integrate|support|don't charge)|"
    r"we include|most (?:customers|clients|teams)"
    r")\b"
)
_SELLER = re.compile(
    r"\b(?:"
    r"show you|share my screen|walk you through|take you through|send you|get you|set you up|"
    r"on your side|your own|you'd (?:see|get|be able)|you (?:can see|get|could)|"
    r"does that (?:make sense|sound|help|answer|work)|"
    r"let me (?:ask|show|share|play|check|make sure|read)|"
    r"thanks? (?:you )?(?:so much |all )?for (?:taking|making|joining|your time|the time|having)|"
    r"appreciate (?:you|your|the time)|before we (?:dive|get|start)|good to (?:know|hear)|"
    r"understood|noted|perfect|fair enough|that's fair|that's helpful|that's useful|i hear you|"
    r"what would|how (?:do|does|are|many|much|often|long) (?:you|your|of)|would you|could you|"
    r"can i ask|may i ask|tell me (?:more|about)|walk me through|what does|what do you|"
    r"what happens|who else|who would|have you|do you|"
    r"is there (?:a|an|any|anything|anyone|somebody)|are you|did you|when (?:would|could|do) you|"
    r"what's (?:driving|your)|shall we|could we|could i|what if|how would|"
    r"your (?:team|process|side|current|people|data|teams|reps|business|company|budget)|"
    r"your (?:timeline|world|goals?|priorities)"
    r")\b"
)
_BUYER = re.compile(
    r"\b(?:"
    r"(?:he|she|they|i) said|(?:he|she) says|(?:he|she) wants|he's|she's|they're|he'll|she'll|"
    r"they'll|told (?:me|you|him|her|us)|asked (?:me|us|for|him)|"
    r"i(?:'d| would)? (?:need|have|want|like) (?:it|to|you)|i can't|i won't|i want|"
    r"i'm not (?:going|saying|signing|sure)|has to|have to (?:go|take|ask|sign|show|explain)|"
    r"i don't know|sign (?:it|that|off)|we need|i told"
    r")\b"
)
_VENDOR = re.compile(
    r"\b(?:"
    r"your (?:price|pricing|product|platform|tool|software|quote|proposal|contract|demo)|"
    r"your (?:customers|references|system|competitors?|salesman|stuff|thing|app|lawyers|terms)|"
    r"your (?:support|number)|how much (?:does|would|is|do) (?:it|that|this|you)|"
    r"the last (?:vendor|supplier|one|lot|people)|another vendor|other vendors"
    r")\b"
)
_MIDDLE = 0.6
"""The share of seller's phrases at which both sides are equally likely."""
CLEAR = 1.3
"""How many standard errors from the middle are clear by themselves."""
LIKELY = 0.8
"""How many are enough for others, once a clear seller and a clear buyer are found."""


@dataclass
class Said:
    """Points for either side."""

    seller: int = 0
    buyer: int = 0
    pitch: int = 0

    def add(self, text: str) -> None:
        """Count the phrases of one turn."""
        low = text.casefold().replace("’", "'")
        pitch = len(_PITCH.findall(low))
        self.pitch += pitch
        self.seller += 2 * pitch + len(_SELLER.findall(low)) + ("?" in low)
        self.buyer += len(_BUYER.findall(low)) + 2 * len(_VENDOR.findall(low))

    @property
    def lean(self) -> float:
        """Standard errors towards the seller (positive) or the buyer (negative); 0 where nothing was said."""
        total = self.seller + self.buyer
        if not total:
            return 0.0
        return (self.seller - _MIDDLE * total) / sqrt(total * _MIDDLE * (1 - _MIDDLE))


def said(texts: Iterable[str]) -> Said:
    """The points of all that somebody said."""
    points = Said()
    for text in texts:
        points.add(text)
    return points
