"""Finds where persons are named in a call, and how surely each is a person."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from coachbot.extract import people_words as w
from coachbot.extract.people_words import rx
from coachbot.model.transcript import Transcript

_TOKEN = re.compile(r"[^\W\d_](?:[\w\u2019'-]*[^\W_])?")
_ENDING = re.compile(r"(?:['\u2019](?:s|ll|d|ve|re|m)|(?<=[a-z]s)['\u2019])$", re.I)
_OUR = r"(?:our|my|the|their|a|an|your|his|her|one of (?:our|my|the))"
_IS = (
    r"(?:[,.?!]? (?:she|he)(?:'?s| is| was)|,? (?:who|which|that)(?:'s| is)|,? that's|'s| is| was)"
    r"(?: also| just)?"
)

# Cues that make a person of a name: what they are, what they do, how one deals with them.
_ROLE_AFTER = rx(
    rf"(?:{_IS},? {_OUR} |{_IS} (?=[\w ]{{0,30}}\b(?:of|officer|director)\b)|[,.] {_OUR} "
    rf"|,? {w.DOES},? {_OUR} | \w+ (?:she|he)(?:'?s| is) {_OUR} )"
    rf"(?P<role>(?:[a-z-]+ ){{0,2}}?{w.JOB_TITLE})\b"
)
_ROLE_LATER = rx(
    rf"[^.?!]{{0,40}}?\b(?:she|he)(?:'?s| is) (?:our|my|the) (?P<role>(?:[a-z-]+ ){{0,2}}?{w.JOB_TITLE})\b"
)
_ROLE_IS_AFTER = rx(rf"(?:,|\.|{_IS}) (?P<role>{w.JOB_TITLE})(?=\s*(?:[.,;?!]|$|and\b|for\b|at\b))")
_ROLE_CLOSE = rx(rf" (?P<role>{w.JOB_TITLE})\b")
_ROLE_BEFORE = rx(
    rf"\b(?:our|my|the|their|your|one of (?:our|my|the)) (?P<role>(?:[a-z-]+ ){{0,2}}?{w.JOB_TITLE})"
    rf"(?:'s| is| called| named)?,? $"
)
_ROLES_BEFORE = rx(
    rf"\b(?:our|my|the|two|three|four|both|these) (?P<role>(?:[a-z-]+ )?{w.JOB})s,?(?: called| named| like)?"
    rf" (?:(?-i:[A-Z])[\w-]+,? (?:(?-i:[A-Z])[\w-]+,? )?(?:and )?)?$"
)
_ROLE_IS = rx(rf"(?:^|[.,;] |\band )(?P<role>{w.JOB_TITLE})(?: (?:is|would be|will be)|,) $")
_DEPARTMENT_AFTER = rx(rf",? (?:from|in|over in|at|on) (?:the |our )?(?P<role>{w.DEPARTMENT})\b")
_DEPARTMENT_IS = rx(rf"(?:'s| is)(?: in| from)? (?P<role>{w.DEPARTMENT})(?=[.,?!]|$)")
_IN_SOME_PART = re.compile(
    r"(?:['\u2019]s)? (?:in|from|over in) (?!that|this|these|those|there|here|them|then|time|case|what|when"
    r"|where|with|your|their|about|being|next|last|every|each|some|before|after|front|between|person"
    r"|writing|october|january|february|march|april)(?P<role>[a-z]{4,})\b"
)
_LOOKS_AFTER = rx(
    r"(?:,? (?:(?:she|he|who)(?:'?s)? )?|'s )(?P<role>(?:does|runs|looks after|handles|heads up|heads|leads"
    r"|manages|chairs|owns|over|has)"
    r" (?:all )?(?:our|the|my|all) [\w' -]{3,40}?)(?=[.,;?!]|$| and\b| but\b| so\b)"
)
_GETS_TO = rx(r"\b(?:had|have|having|got|get|getting|let|make|made) $")
_TO_DO = rx(
    r" (?:to )?(?:do|check|look|run|send|ask|sign|call|count|put|write|build|take|show|talk|pull|go|join"
    r"|tell|approve|agree|weigh)\b"
)
_GIVES = rx(r"\b(?:sent|send|give|gave|show|showed|owe|promised|pay|paid)(?: you| us| them)? $")
_SOMETHING = rx(r" (?:the|a|an|it|my|our|this|that|some|one|for)\b")
_DOES = rx(
    rf"(?:,? (?:that|who))?(?: (?:also|just|already|always|never|still|only|actually|really|himself"
    rf"|herself))* {w.DOES}\b"
)
_WILL = rx(
    r"(?:'ll|'d| will| would| might| can| could| should|'s going to| is going to)(?: \w+)? (?:want|ask|say"
    r"|tell|know|like|hate|"
    r"sign|look|read|think|agree|decide|argue|push|love|check|call|talk|speak|remember|kill|eat|laugh|worry"
    r"|complain)\b"
)
_THEN_PRONOUN = rx(r"[,.?]?(?: yeah| yes)? (?:she|he)(?:'?s|'ll|'d|'ve)? \w+")
_FOR = rx(r"\b(?:for|of|at|in|by|than) $")
_ANSWERED = rx(
    rf"(?:(?:yes|yeah|so|oh|sorry|um|that's|he's|she's|he is|she is)[,.]? )*{_OUR} (?P<role>{w.JOB_TITLE})\b"
)
_LEFT_TO = rx(r" to (?:me|us)\b")
_AND_ME = rx(r"\b(?:me|him|her|us)(?:,| and| or)(?: \w+ and)?(?: \w+)? $")
_HAILED = rx(
    r"(?:^|[.,!?] )(?:hello|hi|hey|hiya|thanks|thank you|bye|goodbye|morning|good morning|cheers|welcome"
    r"|dear),? $"
)
_MIGHT = rx(rf"(?: {w.MIGHT}\b|'s\b|'ll\b|'d\b)")
_PRONOUN = rx(r"\b(?:he|she|him|her|his|he'?s|she'?s|he'll|she'll|he'?d|she'd)\b")
_THEIRS = rx(rf"'s? {w.THINGS_OF}\b")
_ASK = rx(rf"\b{w.TO_PEOPLE} $")
_WITH = rx(rf"\b{w.BY_PEOPLE} $")
_CALLED = rx(
    r"\b(?:(?:woman|guy|lad|man|fella|bloke|chap|lady|colleague|person|one|boy|girl|temp"
    r"|volunteer)(?: in \w+)?,?(?: called| named)?"
    r"|name is|name's|named) $"
)
_TITLED = rx(rf"{w.HONORIFIC}\b")
_TALLY = rx(r"(?:,? and (?:me|i|him|her)\b)")

# Cues against: places, products, firms, people who are no part of the deal.
_OF_THINGS = rx(rf" {w.OF_THINGS}\b")
_IN_PLACE = rx(
    r"\b(?:in|at|near|outside|around|into|across|off|over|out of|up to|down to|based in|moved? to) $"
)
_ARTICLE = rx(
    r"\b(?:the|a|an|this|that|these|those|our|my|your|their|every|each|any|some|one)(?: (?:old|new|big"
    r"|little))? $"
)
_OF_FIRM = rx(
    r"\b(?:fellas?|guys?|people|lady|woman|man|men|girl|boy|lad|someone|somebody|folks|lot|crowd|bunch"
    r"|reps?|vendor|company|team|client|customer|supplier) (?:from|at) $"
)
_USING = rx(
    r"\b(?:use|uses|using|used|through|via|buy|install\w*|switch\w* to|integrat\w+ with|product|system"
    r"|company) $"
)
_KIN = rx(rf"\b(?:my|our|your) (?:\w+ )?{w.KIN}(?: is| called| named|'s|,)? ?$")
_KIN_AFTER = rx(rf",?(?: (?:she|he)(?:'s| is)| is|'s)? (?:my|our) (?:\w+ )?{w.KIN}\b")
_OUTSIDE = rx(
    rf"^.{{0,30}}\b(?:works? for|from|at|with) (?:the |our |an? )?{w.OUTSIDERS}\b|,? the {w.OUTSIDERS}\b"
)
_GONE = rx(
    r".{0,25}\b(?:has retired|retired|to pension|passed away|died|used to (?:work|run|be)|was before)\b"
)


class Mention(NamedTuple):
    """A place where somebody may be named; `points` say how surely it is a person.

    `sure`: it says something that is true of persons only; `thing`: it speaks of a place or a thing;
    `outside`: of somebody who has no part in the deal, such as kin; `asked`: it asks who they are.
    """

    turn: int
    start: int
    end: int
    name: str
    points: float
    role: str | None
    sure: bool
    thing: bool
    outside: bool
    asked: bool


class _Lexicon(NamedTuple):
    known: frozenset[str]
    said: frozenset[str]
    lower: bool


def is_lower_case(transcript: Transcript) -> bool:
    """Whether the text is raw speech recognition without capitals, so that they cannot mark names."""
    words = [word for t in transcript.turns for word in t.text.split() if word[0].isalpha()]
    return sum(word[0].isupper() for word in words) < 0.06 * len(words)


def find_mentions(transcript: Transcript, known: frozenset[str]) -> list[Mention]:
    """All places where a person may be named. `known`: parts of known names, lower-case."""
    lower = is_lower_case(transcript)
    said = frozenset() if lower else _said_in_lower_case(transcript)
    lexicon = _Lexicon(known, said, lower)
    found: list[Mention] = []
    for turn in transcript.turns:
        following = transcript.turns[turn.index + 1].text if turn.index + 1 < len(transcript.turns) else ""
        text = turn.text.replace("\u2019", "'")
        for start, end, name in _candidates(text, lexicon):
            found.append(_weigh(turn.index, text, start, end, name, following, lower))
    return found


def _said_in_lower_case(transcript: Transcript) -> frozenset[str]:
    found = (
        word for t in transcript.turns for word in re.findall(r"(?<![\w'\u2019-])[a-z]{2,}(?!\w)", t.text)
    )
    return frozenset(found)


def _candidates(text: str, lexicon: _Lexicon) -> Iterator[tuple[int, int, str]]:
    """Runs of words that may be a name, with their offsets."""
    group: list[tuple[int, int, str]] = []
    for match in _TOKEN.finditer(text):
        word = _ENDING.sub("", match[0])
        gap = text[group[-1][1] : match.start()] if group else ""
        titled = bool(group) and group[-1][2].lower() in w.COURTESY
        joined = bool(group) and (gap in (" ", "-") or (gap == ". " and titled))
        part = _is_part(word, _opens(text, match.start()), joined, lexicon)
        if group and not (part and joined and not _starts_another(word, group, lexicon)):
            yield from _named(group)
            group = []
        if part:
            group.append((match.start(), match.start() + len(word), word))
    yield from _named(group)


def _opens(text: str, start: int) -> bool:
    return not re.search(r"[\w,;:'\u2019)-]\s*$", text[:start])


def _starts_another(word: str, group: list[tuple[int, int, str]], lexicon: _Lexicon) -> bool:
    """Without capitals, two names in a row are two people unless the second is nobody's first name."""
    inside = [g[2].lower() for g in group]
    if not lexicon.lower:
        return False
    return (
        word.lower() in inside
        or len(inside) > 2
        or (word.lower() in lexicon.known) != (inside[-1] in lexicon.known)
    )


def _is_part(word: str, initial: bool, inside: bool, lexicon: _Lexicon) -> bool:
    low = word.lower().replace("\u2019", "'")
    if inside and low in w.PARTICLES:
        return True
    if low in w.COURTESY:
        return lexicon.lower or not initial or word[0].isupper()
    if len(low) < 2 or low.split("-")[0] in w.NOT_NAMES or re.search(r"n't$", low):
        return False
    if lexicon.lower:
        strange = len(low) > 2 and "'" not in low and not w.is_common(low) and not w.AT_WORK.fullmatch(low)
        return low in lexicon.known or strange
    if not word[0].isupper() or (word.isupper() and len(word) > 1):
        return False
    return low in lexicon.known or not (initial and w.is_common(low, lexicon.said))


def _named(group: list[tuple[int, int, str]]) -> Iterator[tuple[int, int, str]]:
    while group and group[-1][2].lower() in w.PARTICLES | w.COURTESY:
        group = group[:-1]
    while group and group[0][2].lower() in w.PARTICLES:
        group = group[1:]
    if group and not all(w.AT_WORK.fullmatch(word) for _, _, word in group):
        yield group[0][0], group[-1][1], " ".join(word for _, _, word in group)


def _only_a_pronoun(role: str, lower: bool) -> bool:
    """Whether 'it' is meant and not the department; without capitals nobody can tell."""
    return role.lower() == "it" and (lower or role != "IT")


def _role(before: str, after: str, following: str, lower: bool) -> tuple[str | None, float]:
    """The fullest role that stands by a name, and how surely that makes a person of it."""
    role, points = None, 0.0
    hits = (
        (_ROLE_AFTER.match(after), 4.0),
        (_ROLE_IS_AFTER.match(after), 3.0),
        (_ROLE_CLOSE.match(after) if lower else None, 3.0),
        (_ROLE_BEFORE.search(before), 4.0),
        (_ROLES_BEFORE.search(before), 3.0),
        (_ROLE_IS.search(before), 3.0),
        (_DEPARTMENT_AFTER.match(after), 3.0),
        (_DEPARTMENT_IS.match(after), 2.0),
        (_LOOKS_AFTER.match(after), 2.0),
        (_ROLE_LATER.match(after), 3.0),
        (_ANSWERED.match(following) if len(after) < 14 else None, 3.0),
        (_IN_SOME_PART.match(after), 2.0),
    )
    for hit, worth in hits:
        if hit and not _only_a_pronoun(hit["role"], lower):
            points += 1.0 if role else worth
            role = role if role and len(role) >= len(hit["role"]) else hit["role"]
    return role, points


def _acts(before: str, after: str) -> float:
    """Points for what only persons do, and for how only persons are dealt with."""
    points = 3.0 if _CALLED.search(before) else 2.0 * bool(_ASK.search(before))
    points += 2 * bool(_DOES.match(after) or _WILL.match(after)) + 2 * bool(_THEIRS.match(after))
    points += 1.5 * bool(_TALLY.match(after) or _AND_ME.search(before))
    points += 1.5 * bool(_THEN_PRONOUN.match(after) and not _FOR.search(before))
    points += 2 * bool(_GETS_TO.search(before) and _TO_DO.match(after))
    points += 1.5 * bool(_GIVES.search(before) and _SOMETHING.match(after))
    return points + 2 * bool(before.lower().endswith("leave ") and _LEFT_TO.match(after))


def _hints(name: str, before: str, after: str, following: str) -> float:
    """Points for what is mostly, but not only, said of persons."""
    near = re.split(r"[?!]", after)[0][:70]
    points = 0.7 * bool(_WITH.search(before)) + 1.0 * bool(_MIGHT.match(after)) + 0.7 * (" " in name)
    if _PRONOUN.search(near):
        return points + 1.5
    return points + 0.8 * bool(len(after) < 40 and _PRONOUN.search(following[:40]))


def _is_thing(before: str, after: str) -> bool:
    """Whether a place, a product or a firm is meant."""
    if _OF_THINGS.match(after) and not _DOES.match(after):
        return True
    if _ARTICLE.search(before) and not _ROLE_BEFORE.search(before):
        return True
    return any(cue.search(before) for cue in (_USING, _IN_PLACE, _OF_FIRM))


def _is_outside(before: str, after: str) -> bool:
    """Whether it is kin, somebody of another firm, somebody who is gone, or only a greeting."""
    hailed = _HAILED.search(before) and re.match(r"\s*(?:[.,!?]|$)", after)
    cues = (hailed, _KIN.search(before), _KIN_AFTER.match(after), _OUTSIDE.match(after), _GONE.match(after))
    return any(cues)


def _weigh(turn: int, text: str, start: int, end: int, name: str, following: str, lower: bool) -> Mention:
    before, after = text[max(0, start - 60) : start], text[end : end + 110]
    role, strong = _role(before, after, following, lower)
    strong += 4 * bool(_TITLED.match(name)) + _acts(before, after)
    thing = _is_thing(before, after)
    asked = bool(re.match(r"[^.!]{0,50}\?", after) or (lower and re.match(r".{0,30}\byour\b", after, re.I)))
    points = strong + _hints(name, before, after, following) - 3 * thing
    outside = _is_outside(before, after)
    return Mention(turn, start, end, name, points, role, strong >= 1.5, thing, outside, asked)
