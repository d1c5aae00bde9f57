"""What the buyer left open in so many words: not known yet, held back, on a condition, against, not believed.

Found by how English says such a thing, never by what it is about; what it bears on is for the second look.
A point that our side asked after, or that a day was set for, is not left open.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from coachbot.model.transcript import Transcript

Act = Literal["stake", "unknown", "refuse", "condition", "against", "doubt", "decides", "someday"]

_NOT = r"(?:don['’]?t|do not|didn['’]?t)"
_CANT = r"(?:can['’]?t|cannot|can not|couldn['’]?t)"
_DEAL = r"(?:sign|buy|order|pay|approve|decide|commit|agree|accept|release|go live|go ahead|roll out)"
_DEALS = r"(?:signs?|approves?|decides?|releases?)"
_WE = r"\b(?:i|we)\b"
_SAYS_NO = (
    r"\bif (?:[\w'’]+ ){1,3}?says? no\b"
    r"|\bif (?:it|that|this|one)(?:['’]?s| is) (?:a )?no\b(?! (?:good|more|use|one|longer|problem)\b)"
)
_NEVER = r"(?:can['’]?t|cannot|won['’]?t|don['’]?t|do not|doesn['’]?t)"
_IT_ENDS = (
    r"(?:(?:it|that|this|everything)(?:['’]?s| is) (?:finished|dead|over|out|off|no\b|gone)"
    r"|(?:['’]s|is|are) (?:dead|finished|over|off)\b|\b(?:have|got) a problem\b"
    rf"|(?:we|i|you) {_NEVER} (?:even )?{_DEAL}\b|say no\b|forget it|(?:got|have) nothing)"
)
_CUES: tuple[tuple[Act, str], ...] = (
    (
        "stake",
        rf"{_SAYS_NO}|\bif not\b[^.?!]{{0,30}}{_IT_ENDS}"
        rf"|\bif (?!you\b|i\b)[^.?!]{{3,70}}?[,;]? (?:then )?{_IT_ENDS}"
        rf"|\bthen (?:we|i) {_NEVER} {_DEAL}\b|\bno \w+ from (?:me|us) (?:without|until|before)\b"
        r"|\bwithout (?:that|it|this|the|his|her|my|a|an)\b[^.?!]{0,40}"
        rf"(?:we|i|he|she|they) {_NEVER} (?:even )?{_DEAL}\b",
    ),
    (
        "doubt",
        rf"{_WE} (?:really |just |still )?(?:{_NOT}|can['’]?t|won['’]?t)"
        r" (?:\w+ )?(?:believe|trust|buy it)\b",
    ),
    (
        "condition",
        r"\bbefore (?:we|i|he|she|they|anybody|anyone) (?:can |could |would )?(?:even )?"
        rf"(?:{_DEAL}|scan|install)\b"
        r"|\bwithout (?:that|it|this|the|his|her|my|a|an)\b[^.?!]{0,40}"
        rf"\b(?:(?:he|she|they) (?:won['’]?t|{_CANT}|{_NOT})"
        rf"|i (?:{_CANT}|won['’]?t)|(?:it )?(?:{_CANT}) be|we (?:{_CANT}|won['’]?t) (?:even )?{_DEAL})\b"
        r"|\bonly when\b"
        r"|\bwhen (?:it|that|the \w+)(?:['’]s| is)? (?:complete|comes|there|done|ready|signed)\b"
        r"[^.?!]{0,12}\b(?:i|we)\b"
        r"|\bunless (?:it|that|this|we|i|he|she|they|the|you)\b|\bas a condition\b"
        r"|\b(?:must|has to|have to|needs to|need to) be (?:\w+ ){1,4}(?:before|first)\b"
        rf"|(?:{_WE} [^.?!]{{0,20}}\b(?:{_CANT}|won['’]?t)|\bno more|\bnothing)\b"
        r"[^.?!]{0,60} (?:until|till|unless)\b"
        rf"|\buntil (?:he|she|they|it|that)\b[^.?!]{{0,40}}\b(?:{_NOT}|{_CANT}|won['’]?t|no)\b",
    ),
    (
        "refuse",
        rf"{_WE} (?:{_CANT}|won['’]?t|wouldn['’]?t) (?:even |really |just |yet )?"
        rf"(?:{_DEAL}|promise|give you|guarantee|confirm|put my name|put (?:it|that) in|say (?:yes|when)"
        r"|go to|plan)\b"
        rf"|{_WE} (?:{_NOT}) (?:promise|sign|pay|commit|accept)\b|\b(?:i|we)['’]?d rather not\b"
        rf"|\bnot (?:gonna|going to) (?:{_DEAL}|put)\b",
    ),
    (
        "unknown",
        rf"{_WE} (?:honestly |really |just |still |even )?{_NOT} (?:even |really |yet )?know"
        r" (?:who|whom|when|if|whether|how much|how many|how long|which|where)\b"
        rf"|{_WE} {_NOT} know(?= *[.,;—]| *$)|\b(?:nobody|no one) (?:really )?knows\b"
        r"|\bno idea (?:who|when|if|whether|how|which)\b|\bcouldn['’]?t tell you\b"
        r"|\b(?:isn['’]?t|is not) (?:known|clear|decided)\b",
    ),
    (
        "against",
        r"\b(?:he|she|they)(?:['’]s|['’]re| is| are|['’]ll be| will be| would be|['’]d be) "
        r"(?:dead |still |all |very )?against (?:it|this|us|that|buying|changing)?\b"
        r"|\b(?:he|she|they) (?:says?|said) why do we need\b"
        r"|\b(?:he|she|they) (?:won['’]?t|doesn['’]?t|don['’]?t) want (?:it|this|us|that)\b",
    ),
    (
        "decides",
        r"\b(?:above|over) (?:that|it|this)\b[^.?!]{0,12}\b(?:is|it['’]?s|goes|the|my|our)\b"
        rf"|\b(?:he|she|they|board|council|committee|president|owners?|partners?|boss|father|mother|director)"
        rf" (?:\w+ )?(?:{_DEALS}|has to (?:{_DEAL}|say|recommend)|have to (?:{_DEAL}|say)"
        rf"|must (?:{_DEAL}|stamp))\b"
        r"|\b(?:final say|last word|last is the)\b",
    ),
    (
        "someday",
        r"\b(?:i|we)(?:['’]ll| will|['’]d| would) (?:let you know|come back|get back|think|take it|talk|speak"
        r"|ask|call|see|look|tell)\b"
        r"[^.?!]{0,40}\b(?:when|if|once|after|sometime|some day|at some point|eventually)\b"
        r"|\b(?:i|we)(?:['’]ll| will) (?:think about|let you know|come back to you|get back to you)\b",
    ),
)  # fmt: skip
_ACTS = tuple((act, re.compile(cue, re.IGNORECASE)) for act, cue in _CUES)
_FIRM = re.compile(rf"\b{_DEAL}\b|{_SAYS_NO}", re.IGNORECASE)
_TOLD = re.compile(r"\b(?:i|we)(?:['’]d| had)? (?:said|thought|told)\b", re.IGNORECASE)
_MUSES = re.compile(r"(?<!know )\b(?:if|might|maybe)\b", re.IGNORECASE)
_SENTENCE = re.compile(r"[^.!?…]+(?:[.!?…]+[”\"']?|$)")
_STARTS = frozenset(
    {"and", "but", "so", "because", "that", "cause", "then", "well", "or", "which", "if", "please"}
)
_ENDS = frozenset({"and", "but", "so", "because", "i", "he", "she", "they", "we", "it's", "that's", "cause"})
_SUBJECTS = frozenset({"i", "we", "i'd", "we'd", "i’d", "we’d", "he", "she", "they", "nobody", "no"})
_OPENERS = frozenset({"without", "until", "unless", "if"})
_BACK = {"against": 3, "decides": 6}
_ASKS = re.compile(
    r"(?:^|[.,!;] )(?:and |so |but |okay |then )*(?:what|who|whom|how|when|which|where|why)\b[^.!]*\?"
    r"|\b(?:what|who|how|when|which|where) (?:would|do|does|did|is|are|has|have|can|could|will|needs?|should"
    r"|has to|decides?|signs?|much|many|long|soon)\b|\bwhy\b",
    re.IGNORECASE,
)
_INVERTED = re.compile(
    r"(?:(?:and|so|but|okay|then|well)[, ]+)*"
    r"(?:(?:what|who|how|when|where|why)(?:['’]s)?\b"
    r"|(?:would|is|are|do|does|did|can|could|will|was|were|has|have|should)"
    r" (?:it|that|this|he|she|they|you|we|there|anybody|somebody)\b)",
    re.IGNORECASE,
)
_CONTENT = re.compile(r"(?:good|great|perfect|excellent|lovely|fine)\b", re.IGNORECASE)
DAY = re.compile(
    r"\b(?:mon|tues|wednes|thurs|fri|satur|sun)day\b|\bby (?:the )?\w+(?:st|nd|rd|th)\b"
    r"|\b(?:today|tomorrow|tonight|this (?:week|afternoon|evening)|next (?:week|month)|end of|first week)\b"
    r"|\bthe (?:ninth|tenth|eleventh|twelfth|\w+teenth|twentieth|thirtieth"
    r"|(?:twenty|thirty)[- ]\w+(?:st|nd|rd|th))\b"
    r"|\b(?:january|february|march|april|june|july|august|september|october|november|december)\b",
    re.IGNORECASE,
)
_IN_PLACE = re.compile(
    r"(?:\bare|\bis|['’]s|['’]re) (?:already |all )?"
    r"(?:in (?:our|the|there)|standard|included|done|in place)\b"
    r"|\bwe(?:['’]ve| have) (?:already )?got that\b|\balready (?:in|done|there|have)\b",
    re.IGNORECASE,
)
FEWEST, MOST, CUT = 6, 24, 15  # words: to stand alone, of a sentence, of a passage without full stops
ASKED_WITHIN = 4  # turns
ASKS_WORDS = 3


@dataclass(frozen=True)
class Point:
    """Words of one turn by which something stays open. `start` and `end` are characters of the turn."""

    turn: int
    act: Act
    start: int
    end: int
    firm: bool
    """Whether the words themselves speak of signing, buying, paying or deciding."""
    told: bool = False
    """Whether they tell what was once said or thought."""


def points_of(transcript: Transcript, turns: Sequence[int]) -> Iterator[Point]:
    """The points of those turns, at most one a turn."""
    for turn in turns:
        found = _point(turn, transcript.turns[turn].text)
        if found is not None:
            yield found


def _point(turn: int, text: str) -> Point | None:
    for act, cue in _ACTS:
        for hit in cue.finditer(text):
            start, end = _around(text, hit.start(), hit.end(), act)
            words = text[start:end]
            if (act == "someday" and DAY.search(text)) or _CONTENT.match(words):
                continue
            if act == "unknown" and _MUSES.search(words):
                continue
            if words.rstrip().endswith("?") or len(words.split()) < FEWEST:
                continue
            return Point(turn, act, start, end, bool(_FIRM.search(words)), bool(_TOLD.search(words)))
    return None


def _around(text: str, start: int, end: int, act: Act) -> tuple[int, int]:
    """The sentence around a cue, with a neighbour where it is short; a clause where no full stops are."""
    sentences = [(m.start(), m.end()) for m in _SENTENCE.finditer(text)]
    at = next((n for n, (a, b) in enumerate(sentences) if a <= start < b), 0)
    first, last = sentences[at]
    bare = text[first:last].rstrip()[-1:] not in ".!?…”\"'"
    if len(text[first:last].split()) > (CUT - 3 if bare else MOST):
        return _clause(text, first, start, end, last, _BACK.get(act, 8))
    low = high = at
    while len(text[sentences[low][0] : sentences[high][1]].split()) < FEWEST + 2 and high + 1 < len(
        sentences
    ):
        high += 1
    while len(text[sentences[low][0] : sentences[high][1]].split()) < FEWEST and low:
        low -= 1
    first, last = sentences[low][0], sentences[high][1]
    if len(text[first:last].split()) > MOST:
        return _clause(text, first, first, max(end, sentences[at][1]), last, 0)
    return _trim(text, first, last)


def _clause(text: str, first: int, start: int, end: int, last: int, back: int) -> tuple[int, int]:
    """From the subject of a cue, or the conjunction before it, to where the next clause begins."""
    begin = start
    cue = text[start:end].split()[0].casefold() if text[start:end].split() else ""
    if cue not in _SUBJECTS | _OPENERS or back < 8:
        for hit in reversed(list(re.finditer(r"\S+", text[first:start]))[-back:] if back else []):
            if hit[0].strip(",").casefold() in _STARTS or hit[0].endswith((",", ";", "—")):
                break
            begin = first + hit.start()
    stop = end
    for hit in re.finditer(r"\S+", text[end:last]):
        so_far = len(text[begin:stop].split())
        next_clause = hit[0].strip(",").casefold() in _ENDS or text[:stop].endswith((",", ";", "—"))
        if so_far >= CUT or (stop > end and so_far > FEWEST and next_clause):
            break
        stop = end + hit.end()
    return _trim(text, begin, stop)


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    words = text[start:end]
    return start + len(words) - len(words.lstrip()), start + len(words.rstrip(" ,;—"))


def asked_at_once(transcript: Transcript, sellers: Sequence[int], turn: int) -> bool:
    """Whether the very next turn is a question of ours, or says that what is wanted is there."""
    if turn + 1 not in sellers:
        return False
    text = transcript.turns[turn + 1].text
    first = _SENTENCE.match(text)
    asks = first is not None and first[0].rstrip().endswith("?") and len(first[0].split()) >= ASKS_WORDS
    return asks or bool(_IN_PLACE.search(text) or _INVERTED.match(text))


def asked_after(transcript: Transcript, sellers: Sequence[int], turn: int) -> bool:
    """Whether our side asked at once, or put an open question within the next turns."""
    near = [transcript.turns[t].text for t in sellers if turn < t <= turn + ASKED_WITHIN]
    return asked_at_once(transcript, sellers, turn) or any(_ASKS.search(t) for t in near)
