"""Whether a matter is taken up again anywhere in the call, so that nothing is asked that was answered.

What a matter is about are its rare words: names, numbers and words that few turns of the call share. It is
taken up where they come back together with an answer, or where the person says what would do. In doubt it is
taken up: a question whose answer was given costs more trust than a question that is not asked.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from coachbot.coach.look import GIVES_WAY
from coachbot.coach.points import DAY, Point
from coachbot.model.transcript import Transcript

RARE, NEXT, SOON = 6, 3, 20
"""Turns that share a rare word at most; in which an answer follows at once; in which one says what would do."""
ANSWERED_ROUND, BEFORE = 12, 10
"""Turns around a point in which an agreed step, or a day, belongs to it; in which it was brought up before."""
_WORD = re.compile(r"[^\W_]{4,}(?:['’][a-z]+)?")
_PLAIN = frozenset(
    ["about", "after", "again", "against", "all", "also", "always", "another", "any", "anybody", "anything", "around", "because", "been", "before", "being", "believe", "better", "between", "both", "call", "came", "can't", "come", "comes", "could", "course", "didn't", "does", "doesn't", "doing", "don't", "done", "down", "each", "else", "even", "ever", "every", "everybody", "everything", "exactly", "find", "first", "from", "gets", "getting", "give", "gives", "goes", "going", "gone", "good", "great", "happen", "have", "haven't", "having", "hear", "heard", "here", "honest", "honestly", "into", "isn't", "it's", "just", "keep", "kind", "knew", "know", "knows", "last", "later", "least", "less", "like", "little", "long", "look", "made", "make", "makes", "many", "maybe", "mean", "might", "month", "more", "most", "much", "must", "need", "needs", "never", "next", "nobody", "nothing", "okay", "once", "only", "other", "ours", "over", "people", "perhaps", "point", "please", "probably", "quite", "rather", "really", "right", "said", "same", "says", "saying", "seen", "should", "show", "side", "since", "sign", "some", "somebody", "something", "still", "such", "sure", "take", "takes", "talk", "tell", "than", "thank", "that", "that's", "their", "them", "then", "there", "there's", "these", "they", "they're", "thing", "things", "think", "this", "those", "though", "thought", "through", "time", "today", "together", "told", "took", "under", "until", "used", "very", "want", "wants", "week", "weeks", "well", "went", "were", "what", "what's", "when", "where", "which", "while", "whole", "will", "with", "without", "won't", "work", "works", "would", "wouldn't", "year", "years", "yeah", "your", "yours", "you're", "i've", "i'll", "we've", "we'll", "you've", "you'll", "who's", "he's", "she's"]
)  # fmt: skip
_ANSWER = re.compile(
    r"\d|\b(?:i['’]?ll|we['’]?ll|i will|we will|let['’]?s|yes|agreed|done|already|because|if|so long as|by the"
    r"|send|sends|write|put it|hundred|thousand|percent|per cent|million|twenty|thirty|forty|fifty|sixty)\b",
    re.IGNORECASE,
)
_WOULD_DO = re.compile(
    r"\b(?:i|we|they|he|she|you|the \w+) ?(?:['’]d|would)? ?(?:only |just |still )?(?:wants?|needs?|have to have)\b"
    r"|\b(?:if|when|once|provided|so long as|as long as)\b[^?]*"
    r"\b(?:happy|talk|sign|fine|okay|good|accept|believe|yes|can|we go|enough|in)\b"
    r"|\bprovided\b|\b(?:what|which) (?:i|we) (?:want|need)\b",
    re.IGNORECASE,
)
_ASKED_WHAT = re.compile(
    r"\bwhat(?: else)? (?:would|do|does|did|will|should|could|might)\b[^.?!]*"
    r"\b(?:see|need|want|take|have|ask|look|worry|say|write|be good|live with|find)\b"
    r"|\bwhat (?:question|would (?:make|help|be))\b|\bhow (?:would|do|could|can) (?:we|you|i|they)\b"
    r"|\bwhat (?:would|will) (?:he|she|they|you) (?:ask|worry|say|want|look)\b",
    re.IGNORECASE,
)
_SETTLED = re.compile(
    r"(?:^|[.!,] )(?:good|perfect|done|deal|excellent|agreed|lovely|grand)[.!]?\s*$|^(?:and )?then it['’]?s\b"
    r"|\b(?:that|this) (?:i|we) can\b|\bthat helps\b",
    re.IGNORECASE,
)
_WHAT_THEN = re.compile(
    r"\b(?:what (?:then|if|else|happens|would happen)|(?:what|how) (?:do|would|could) (?:we|you) do if"
    r"|plan b|instead|otherwise|fall ?back|in the meantime|meanwhile|alternative)\b",
    re.IGNORECASE,
)


class Matters:
    """The turns of a call, by the words that few of them share."""

    def __init__(self, call: Transcript, sellers: Sequence[int], dated: Iterable[int] = ()) -> None:
        """`dated` are turns out of which a step with a day was agreed."""
        self._texts = [t.text for t in call.turns]
        self._speakers = [t.speaker for t in call.turns]
        self._sellers = frozenset(sellers)
        self._dated = frozenset(dated)
        self._words = [_words(text) for text in self._texts]
        self._count = Counter(word for words in self._words for word in words)

    def rare(self, turns: Iterable[int]) -> set[str]:
        """The words of those turns that few others share."""
        return {
            w for t in turns if 0 <= t < len(self._words) for w in self._words[t] if self._count[w] <= RARE
        }

    def shares(self, one: Iterable[int], other: Iterable[int]) -> bool:
        """Whether two places of a call are about the same thing."""
        return bool(self.rare(one) & self.rare(other))

    def taken_up(self, point: Point) -> bool:
        """Whether what was left open at a point was answered, asked after or agreed on elsewhere."""
        if point.act == "stake":
            return self._asked(_WHAT_THEN, point.turn + 1, point.turn + 2 * NEXT)
        if point.act == "decides":
            return self._asked(_ASKED_WHAT, 0, len(self._texts)) or self._comes_back(point)
        if point.act in ("refuse", "doubt", "against", "unknown") and self._says_what_would_do(point.turn):
            return True
        return self._day_for(point.turn) or self._comes_back(point)

    def comes_back(self, turns: Sequence[int], after: int) -> bool:
        """Whether rare words of those turns come back, with an answer, after a turn."""
        about = self.rare(turns)
        return any(about & self._words[t] and _ANSWER.search(self._texts[t]) for t in self._turns(after))

    def day_near(self, turn: int, back: int, ahead: int) -> bool:
        """Whether a day is named around a turn."""
        near = range(max(0, turn - back), min(len(self._texts), turn + ahead + 1))
        return any(DAY.search(self._texts[t]) for t in near)

    def _comes_back(self, point: Point) -> bool:
        return self.comes_back([point.turn], point.turn + 1)

    def _day_for(self, turn: int) -> bool:
        """Whether our answer names a day, or a step with one came out of what was said around it."""
        answer = [t for t in self._turns(turn)[:NEXT] if t in self._sellers]
        around = range(turn - NEXT, turn + ANSWERED_ROUND + 1)
        return any(DAY.search(self._texts[t]) for t in answer) or any(t in self._dated for t in around)

    def _says_what_would_do(self, turn: int) -> bool:
        """Whether our side asks what would do, or the person says it, gives in or agrees, in the turns after."""
        who = self._speakers[turn]
        after = self._turns(turn)[:SOON]
        own = [self._texts[t] for t in after if self._speakers[t] == who]
        said = any(_WOULD_DO.search(s) or GIVES_WAY.search(s) or _SETTLED.search(s) for s in own)
        return said or self._asked(_ASKED_WHAT, turn, turn + SOON)

    def _asked(self, how: re.Pattern[str], first: int, last: int) -> bool:
        return any(first <= t <= last and how.search(self._texts[t]) for t in self._sellers)

    def _turns(self, after: int) -> range:
        return range(after + 1, len(self._texts))


def _words(text: str) -> frozenset[str]:
    return frozenset(_content(text))


def _content(text: str) -> Iterator[str]:
    for hit in _WORD.finditer(text):
        word = hit[0].casefold().replace("’", "'").removesuffix("'s")
        if word not in _PLAIN:
            yield word
