"""Whether a matter is taken up again anywhere in the call, so that nothing is asked that was answered.

What a matter is about are its rare words: names, numbers and words that few turns of the call share. It is
taken up where they come back together with an answer, or where the person says what would do. In doubt it is
taken up: a question whose answer was given costs more trust than a question that is not asked.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence, Set

from coachbot.coach.case import Case
from coachbot.coach.look import GIVES_WAY
from coachbot.coach.points import DAY, Point
from coachbot.model.transcript import Side, Transcript

RARE, NAMED, AT_ONCE, SOON, LATER, TELLING = 6, 12, 3, 14, 40, 2
"""Turns that share a rare word, or a name, at most; in which an answer follows; in which one says what would
do, at once or after other matters; rare words that two places share where they are about one thing (one is
enough where it is a name)."""
_WORD = re.compile(r"[^\W_]{4,}(?:['’][a-z]+)?")
_NAME = re.compile(r"(?<=[a-z,] )([A-Z][^\W\d_]{3,})")
_PLAIN = frozenset(
    """about after again against all also always another any anybody anything april around august because
    been before being believe better between both call came can't come comes could course december
    didn't does doesn't doing dollars don't done down each eight eighty eleven else euros even ever
    every everybody everything exactly february fifteen fifty find first five forty friday from gets
    getting give gives goes going gone good great half happen have haven't having he's hear heard
    here honest honestly hundred i'll i've into isn't it's january july june just keep kind knew
    know knows last later least less like little long look made make makes many march maybe mean
    might million monday month more most much must need needs never next nine ninety nobody nothing
    november october okay once only other ours over people percent perhaps please point probably
    quite rather really right said same saturday saying says seen september seven seventy she's
    should show side sign since sixty some somebody something still such sunday sure take takes talk
    tell than thank that that'll that's their them then there there's these they they'll they're
    they've thing things think thirty this those though thought thousand through thursday time today
    together told took tuesday twelve twenty under until used very want wants we'll we've wednesday
    week weeks well went were what what's when where which while who's whole will with without won't
    work works would wouldn't yeah year years you'll you're you've your yours""".split()  # noqa: SIM905
)
_ANSWER = re.compile(
    r"\d|\b(?:i['’]?ll|we['’]?ll|i will|we will|let['’]?s|yes|agreed|done|already|because|if|by the|sends?"
    r"|so long as|write|put it|hundred|thousand|percent|per cent|million|twenty|thirty|forty|fifty|sixty)\b",
    re.IGNORECASE,
)
_WOULD_DO = re.compile(
    r"\b(?:i|we|they)(?:['’]d| would)? (?:only |just )?(?:want|need)\b|\bprovided\b|\bi['’]?d sign\b"
    r"|\b(?:if|when|once|so long as|as long as)\b[^.?!]{0,90}"
    r"\b(?:happy|talk|sign|fine|okay|good|accept|believe|yes|enough|gone)\b"
    r"|\bfor (?:me|us),? (?:who|what|the|it)\b",
    re.IGNORECASE,
)
_IF_TOLD = re.compile(
    r"\b(?:if|when|once) [\w ]{2,24} (?:says?|tells?|confirms?|finds?|knows?)\b", re.IGNORECASE
)
_ASKED_WHAT = re.compile(
    r"\bwhat(?: else)? (?:would|do|does|did|will|should|could|might)\b[^.?!]*"
    r"\b(?:see|need|want|take|have to|be good|live with|make)\b"
    r"|\bwhat would (?:make|help|be)\b|\bis there any (?:version|way|number)\b",
    re.IGNORECASE,
)
_ASKED_OF_THEM = re.compile(
    r"\bwhat (?:would|will|does|do|might|could) (?!i\b|we\b|you\b|it\b|that\b)(?:\w+ ){1,3}?"
    r"(?:ask|look|worry|say|want|need|see)\b|\bwhat question\b|\bwhat would you (?:say|tell|show)\b",
    re.IGNORECASE,
)
_SETTLED = re.compile(
    r"(?:^|[.!,] )(?:good|perfect|done|deal|excellent|agreed|lovely|grand)[.!]?\s*$"
    r"|^(?:and )?then it['’]?s\b",
    re.IGNORECASE,
)
_WHAT_THEN = re.compile(
    r"\b(?:what (?:then|if|happens|would happen)|plan b|otherwise|fall ?back|in the meantime|meanwhile"
    r"|alternative|so if|and if)\b|\bif [^.?!]{2,40}\bnot?\b[^.?!]*\?",
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
        self._names = _names(self._texts) - {w for p in call.participants for w in _words(p.name)}

    def rare(self, turns: Iterable[int]) -> set[str]:
        """The words of those turns that few others share."""
        said = {w for t in turns if 0 <= t < len(self._words) for w in self._words[t]}
        return {w for w in said if self._count[w] <= (NAMED if w in self._names else RARE)}

    def shares(self, one: Iterable[int], other: Iterable[int]) -> bool:
        """Whether two places of a call are about the same thing."""
        return self._about(self.rare(one), self.rare(other))

    def taken_up(self, point: Point) -> bool:
        """Whether what was left open at a point was answered, asked after or agreed on elsewhere."""
        turn = point.turn
        if point.act == "stake":
            return self._asked(_WHAT_THEN, turn - 2, turn + 2 * AT_ONCE)
        if point.act == "decides":
            return self._asked(_ASKED_OF_THEM, 0, len(self._texts))
        if point.act == "unknown" and self._own(_IF_TOLD, turn):
            return True
        if point.act in ("refuse", "doubt", "against") and self.says_what_would_do(turn):
            return True
        return (point.act != "condition" and self._dated_at(turn)) or self.comes_back([turn], turn + 1)

    def answered(self, turn: int) -> bool:
        """Whether what would do was said, or the matter came back with an answer or a day."""
        return (
            self.says_what_would_do(turn, LATER)
            or self.comes_back([turn], turn + 1)
            or self.agreed_after(turn)
        )

    def agreed_after(self, turn: int) -> bool:
        """Whether a step with a day that is about this was agreed later, or soon after."""
        about = self.rare(range(turn - 2, turn + 1))
        near = range(turn, turn + SOON)
        return any(t in near or (t > turn and self._about(about, self._words[t])) for t in self._dated)

    def says_what_would_do(self, turn: int, within: int = SOON) -> bool:
        """Whether our side asks what would do, or the person says it or gives in, in the turns after."""
        own = any(self._own(cue, turn, within) for cue in (_WOULD_DO, GIVES_WAY, _SETTLED))
        return own or self._asked(_ASKED_WHAT, turn, turn + within)

    def day_in_answer(self, turn: int) -> bool:
        """Whether what our side says next names a day."""
        after = [t for t in range(turn + 1, len(self._texts))[:AT_ONCE] if t in self._sellers]
        return any(DAY.search(self._texts[t]) for t in after)

    def comes_back(self, turns: Iterable[int], after: int) -> bool:
        """Whether rare words of those turns come back, with an answer, after a turn."""
        about = self.rare(turns)
        later = range(after + 1, len(self._texts))
        return any(self._about(about, self._words[t]) and _ANSWER.search(self._texts[t]) for t in later)

    def day_near(self, turn: int, back: int, ahead: int) -> bool:
        """Whether a day is named around a turn, or a step with one came out of what was said there."""
        near = range(max(0, turn - back), min(len(self._texts), turn + ahead + 1))
        return any(t in self._dated or DAY.search(self._texts[t]) for t in near)

    def _about(self, one: Set[str], other: Set[str]) -> bool:
        shared = one & other
        return len(shared) >= TELLING or bool(shared & self._names)

    def _dated_at(self, turn: int) -> bool:
        return self.day_in_answer(turn) or bool(self._dated & {turn - 1, turn, turn + 1})

    def _own(self, cue: re.Pattern[str], turn: int, within: int = SOON) -> bool:
        after = range(turn + 1, len(self._texts))[:within]
        who = self._speakers[turn]
        return any(cue.search(self._texts[t]) for t in after if self._speakers[t] == who)

    def _asked(self, how: re.Pattern[str], first: int, last: int) -> bool:
        return any(first <= t <= last and how.search(self._texts[t]) for t in self._sellers)


def dated_turns(case: Case) -> list[int]:
    """The turns out of which a step with a day was agreed."""
    agreed = [s for s in case.recap.next_steps if s.committed and s.date is not None]
    return [e.turn for step in agreed for e in step.evidence]


def matters_of(case: Case) -> Matters | None:
    """The matters of the call of a case; None without a transcript."""
    call = case.transcript
    if call is None:
        return None
    return Matters(call, [t.index for t in call.turns if call.side_of(t) is Side.SELLER], dated_turns(case))


def _names(texts: Iterable[str]) -> set[str]:
    """Words written with a capital inside a sentence and never without one."""
    inside = {hit[1].casefold() for text in texts for hit in _NAME.finditer(text)}
    small = {hit[0] for text in texts for hit in _WORD.finditer(text) if hit[0].islower()}
    return inside - small


def _words(text: str) -> frozenset[str]:
    return frozenset(_content(text))


def _content(text: str) -> Iterator[str]:
    for hit in _WORD.finditer(text):
        word = hit[0].casefold().replace("’", "'").removesuffix("'s")
        if word not in _PLAIN:
            yield word
