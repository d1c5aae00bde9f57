"""Short phrases in the speaker's own words: what a recap shows of a turn.

A phrase only ever leaves words out: fillers, stutters, false starts, what lies past the limit. It never adds,
changes or moves one, and leaves no negation and no number out of the part it keeps.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

Span = tuple[int, int]


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


_ABBREVIATION = re.compile(
    r"(?:\b(?:mr|mrs|ms|dr|st|prof|sr|jr|vs|etc|approx|inc|ltd|no|dept|fig|e\.g|i\.e)"
    r"|\b[A-Za-z](?:\.[A-Za-z])*)\.$",
    re.I,
)
_END = re.compile(r"[.?!\u2026]+[\"'\u201d\u2019)\]]*(?=\s|$)|\n+")
_JOINT = re.compile(
    r"(?:(?<=[,;:\u2014\u2013])\s+|\s+(?:-|\u2013|\u2014)\s+)"
    r"|\s+(?=(?:and(?!\s+all\b)|but|so|because|cause|then|which|or)\s)",
    re.I,
)
_WEAK_JOINT = re.compile(
    r"\s+(?=(?:that|with|for|to|when|where|who|if|from|until|before|after|in|on|at|by)\s)", re.I
)
_LONG = 24  # words: a stretch longer than this without a full stop is split into clauses
_SHORT = 6  # words: no clause is split off shorter than this

_MARK_UP = re.compile(r"\[[^\]]*\]|<[^>]*>|\((?:inaudible|crosstalk|pause|silence|laugh\w*|\w*ing)\)", re.I)
_FILLERS = _words("um umm uh uhm uhh er erm hm hmm mm mmm mhm uh-huh mm-hm mm-hmm")
_OPENERS = _words("okay ok yeah yep yup oh ah aha alright and") | _FILLERS
_SOFT_OPENERS = _words("well so right like look now anyway em eh see basically sure")
_PHRASES = (("you", "know"), ("i", "mean"), ("sort", "of"), ("kind", "of"))
_SO_MUCH = _words("far many much long few little good bad that as well")
_WELL = _words("over above under below before past into done known enough aware worth")
_PRONOUNS = _words(
    "i i'd i'll i'm i've we we'd we'll we're we've you you're you'd he he's she she's it it's they they're "
    "there there's that that's"
)
_DANGLING = _PRONOUNS - _words("there that you you're you'd") | _words("the a an so and")
_STUTTERED = (
    _PRONOUNS
    | _DANGLING
    | _words(
        "of to is was are were be my our your but in on if for with at what how because can could would "
        "should will do does have has this these their where when who just or as from about am um uh"
    )
)


class _Word(NamedTuple):
    text: str
    core: str
    tail: str


def sentences(text: str) -> list[Span]:
    """Offsets of the sentences of a turn; long stretches without full stops are split into clauses.

    Abbreviations, initials and decimals do not end a sentence. Every character but white space is covered.
    """
    found: list[Span] = []
    start = 0
    for end in _END.finditer(text):
        if end[0].strip() == "." and _ABBREVIATION.search(text[start : end.end()]):
            continue
        found.append((start, end.end()))
        start = end.end()
    found.append((start, len(text)))
    stripped = [_strip(text, span) for span in found]
    return [clause for span in stripped if span[0] < span[1] for clause in _clauses(text, span)]


def _strip(text: str, span: Span) -> Span:
    start, end = span
    piece = text[start:end]
    return start + len(piece) - len(piece.lstrip()), start + len(piece.rstrip())


def _clauses(text: str, span: Span) -> list[Span]:
    start, end = span
    if len(text[start:end].split()) <= _LONG:
        return [span]
    parts: list[Span] = []
    for joint in _JOINT.finditer(text, start, end):
        if min(len(text[start : joint.start()].split()), len(text[joint.end() : end].split())) >= _SHORT:
            parts.append((start, joint.start()))
            start = joint.end()
    return [*parts, (start, end)]


def best_sentence(text: str, score: Callable[[str], float] | None = None) -> Span:
    """Offsets of the sentence (or clause) with the highest score, the first among equals.

    Without a score the one with most words that carry meaning. An empty text gives (0, 0).
    """
    spans = sentences(text)
    rate = score or _substance
    return max(spans, key=lambda span: rate(text[span[0] : span[1]]), default=(0, 0))


def _substance(sentence: str) -> float:
    return sum(1 for w in re.findall(r"[\w']+", sentence.lower()) if len(w) > 3 or w.isdigit())


def clean_phrase(text: str, focus: Span | None = None, limit: int = 160) -> str:
    """A short faithful phrase from a turn, in the speaker's own words.

    `focus` is the part of the text to show (characters), the whole text without it. What is longer than
    `limit` characters is cut at the border of a sentence or clause, with '…' where a sentence is cut short.
    """
    start, end = _whole_words(text, focus) if focus else (0, len(text))
    words = _read(text[start:end])
    kept = _without_fillers(words)
    return _dress(kept or words, limit)


def _whole_words(text: str, focus: Span) -> Span:
    start, end = max(0, focus[0]), min(len(text), focus[1])
    while 0 < start < len(text) and not text[start - 1].isspace():
        start -= 1
    while end < len(text) and not text[end].isspace():
        end += 1
    return start, end


def _read(text: str) -> list[_Word]:
    """Words with the punctuation behind them; a lone dash or dots belong to the word before."""
    words: list[_Word] = []
    for token in _MARK_UP.sub(" ", text).split():
        found = re.match(r"(.*?)([,.;:?!\u2026\u2014\u2013\"\u201d)-]*)$", token)
        head, tail = (found[1], found[2]) if found else (token, "")
        core = re.sub(r"^[^\w']+", "", head).lower().replace("\u2019", "'")
        if core:
            words.append(_Word(token, core, tail))
        elif words:
            last = words[-1]
            words[-1] = last._replace(text=f"{last.text} {token}", tail=last.tail + tail)
    return words


def _without_fillers(words: list[_Word]) -> list[_Word]:
    spoken = any(w.tail for w in words[:-1])
    words = _without_openers(_without_stutters(_without_asides(words)), spoken)
    fewer = _without_openers(_without_stutters(_without_false_start(words)), spoken)
    while fewer != words:
        words, fewer = fewer, _without_openers(_without_false_start(fewer), spoken)
    return words


def _without_asides(words: list[_Word]) -> list[_Word]:
    """Drops 'um' anywhere, and 'you know' or 'like' where pauses set them apart."""
    kept: list[_Word] = []
    at = 0
    while at < len(words):
        pair = (words[at].core, words[at + 1].core if at + 1 < len(words) else "")
        apart = bool(kept and kept[-1].tail.endswith(","))
        if words[at].core in _FILLERS:
            _hand_on(kept, words[at])
            at += 1
        elif apart and pair in _PHRASES and not words[at].tail and words[at + 1].tail.startswith(","):
            at += 2
        elif apart and words[at].core == "like" and words[at].tail.startswith(","):
            at += 1
        else:
            kept.append(words[at])
            at += 1
    return kept


def _hand_on(kept: list[_Word], dropped: _Word) -> None:
    """A filler that closed a sentence leaves its full stop to the word before it."""
    if kept and re.search(r"[.?!]", dropped.tail) and not re.search(r"[.?!]", kept[-1].tail):
        bare = kept[-1].text[: len(kept[-1].text) - len(kept[-1].tail)]
        kept[-1] = _Word(bare + dropped.tail, kept[-1].core, dropped.tail)


def _without_stutters(words: list[_Word]) -> list[_Word]:
    """Keeps the last of 'the the', 'I, I', 'it was, it was'; never touches numbers and negations."""
    kept: list[_Word] = []
    for word in words:
        kept.append(word)
        for size in (3, 2, 1):
            before, after = kept[-2 * size : -size], kept[-size:]
            same = len(before) == size and [w.core for w in before] == [w.core for w in after]
            if same and all(w.core in _STUTTERED for w in after) and not re.search(r"[.?!]", before[-1].tail):
                del kept[-2 * size : -size]
                break
    return kept


def _without_openers(words: list[_Word], spoken: bool) -> list[_Word]:
    """Drops what only opens a sentence; `spoken` says that the text has punctuation to go by."""
    at = 0
    while at < len(words) - 1:
        here, following = words[at], words[at + 1].core
        pair = (here.core, following)
        pause = bool(here.tail)
        if (
            (here.core in _OPENERS and (here.core != "and" or following not in ("no", "not")))
            or (here.core == "so" and not pause and following not in _SO_MUCH)
            or (here.core in _SOFT_OPENERS and pause)
            or (here.core == "well" and not spoken and following not in _WELL)
        ):
            at += 1
        elif (
            pair in _PHRASES and not pause and words[at + 1].tail.startswith(",") and at + 2 < len(words)
        ) or (
            pair == ("i", "mean") and not pause and at + 2 < len(words) and words[at + 2].core in _PRONOUNS
        ):
            at += 2
        else:
            break
    return words[at:]


def _without_false_start(words: list[_Word]) -> list[_Word]:
    """Drops a beginning that was given up: 'It's, uh. We had …', 'I, we need …'."""
    for size in (1, 2, 3):
        head, rest = words[:size], words[size:]
        if len(rest) < 2 or not all(w.core in _DANGLING for w in head):
            break
        last, pause = head[-1].core, head[-1].tail
        # 'It is.' is an answer; "It's." and 'The.' are not.
        cut_off = (
            "'" in last or last in ("the", "a", "an", "and", "so") if re.search(r"[.?!]", pause) else pause
        )
        if cut_off and rest[0].core in _PRONOUNS:
            return rest
    return words


def _dress(words: list[_Word], limit: int) -> str:
    text = " ".join(w.text for w in words).strip()
    text = re.sub(r"^[\s,.;:\u2026\u2014\u2013-]+(?=\S)", "", text)
    text = _cut(text, limit) if len(text) > limit - 1 else _close(text)
    first = re.search(r"\w", text)
    return text[: first.start()] + text[first.start()].upper() + text[first.end() :] if first else text


def _close(text: str) -> str:
    """Ends a sentence with a full stop; a few words without one stay a phrase."""
    bare = re.sub(r"[\s,;:\u2014\u2013-]+$", "", text)
    ended = re.search(r"[.?!\u2026][\"'\u201d\u2019)]*$", bare)
    return bare if ended or len(bare.split()) < 4 else f"{bare}."


def _cut(text: str, limit: int) -> str:
    """The longest beginning that ends at a border: of a sentence, else of a clause, else of a word."""
    ends = [end for _, end in _sentence_ends(text) if end <= limit]
    if ends and ends[-1] >= limit // 3:
        return _close(text[: ends[-1]])
    for joint in (_JOINT, _WEAK_JOINT, re.compile(r"\s+")):
        borders = [b.start() for b in joint.finditer(text) if b.start() <= limit - 1]
        if borders and borders[-1] >= limit // 3:
            return re.sub(r"[\s,;:\u2014\u2013.-]+$", "", text[: borders[-1]]) + "\u2026"
    return text[: limit - 1].rstrip() + "\u2026" if not ends else _close(text[: ends[-1]])


def _sentence_ends(text: str) -> list[Span]:
    ends = [(e.start(), e.end()) for e in _END.finditer(text)]
    return [(a, b) for a, b in ends if not _ABBREVIATION.search(text[:b])]
