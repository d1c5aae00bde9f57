"""Single people who are spoken of by their part alone: 'my boss', 'our chief exec', 'the chairman'."""

from __future__ import annotations

import re
from collections import defaultdict

from coachbot.extract.people_cast import Person
from coachbot.extract.people_names import Mention
from coachbot.extract.people_words import DOES, rx
from coachbot.model.transcript import Side, Transcript

# Parts that one person plays in a firm, so that they mean somebody even without a name.
_TOP = (
    r"(?:managing director|general manager|general counsel|chief exec(?:utive)?|chief (?:financial|operating|"
    r"technology|information|medical|finance|executive)(?: officer)?|chief of staff|ceo|cfo|coo|cto|cio"
    r"|ciso|c f o|c e o|"
    r"finance director|financial director|financial controller|fd|f d|md|dpo|president|chair(?:man|woman"
    r"|person)?|owner|founder|"
    r"superintendent|provost|governor|sheriff|mayor|treasurer|dean|principal|shop steward|union rep"
    r"|head of [a-z]+|vp of [a-z]+|"
    r"data protection officer|works manager|plant manager)"
)
_OWN = (
    rf"(?:{_TOP}|boss|manager|director|lawyer|solicitor|attorney|accountant|bookkeeper|office manager"
    rf"|controller|"
    r"(?:other )?coordinator|(?:it|i\.?t\.?|security|tech|legal|finance|procurement|purchasing"
    r"|compliance) (?:guy|man|woman|lady|person|bloke|lead|manager|director))"
)
_KIN = r"(?:wife|husband|brother|sister|son|daughter|nephew|niece|cousin|mother|father|dad|mum|mom|partner)"
_WHO = rx(
    rf"\b(?:(?P<own>(?:my|our) {_OWN})|(?P<top>the {_TOP})|(?P<kin>(?:my|our) {_KIN}))(?![\w-]|'s? \w+'s)"
)
_ACTS = rx(
    rf"(?:'s| is|,)?(?: (?:who|that|he|she))?(?:'ll|'d| will| would| also| just| already| never| has to"
    rf"| might| ain't| then| always| only)* "
    rf"(?:{DOES}|sign|approve|want|ask|say|read|know|hate|like|look|decide|picks|picked|runs|does|came|took"
    rf"|takes|has|is|was|in|looks|finds|needs|checks|gets|keeps)\b"
)
_PRONOUN = rx(r"^[^.?!]{0,40}[.?!,]? (?:he|she)(?:'s|'ll|'d|'ve)?\b")
_ASKED = rx(
    r"\b(?:ask|asked|tell|told|with|by|past|to|from|up to|need|needs|have|get|see|for|him and|her and"
    r"|me and|it's) $"
)
_TRADE = rx(
    r"\b(?:books|che(?:ck|que)s|money|accounts|payroll|runs|owns?|percent|per cent|installs|signs|office"
    r"|warehouse|company|business)\b"
)
_PAST = rx(r"\b(?:old|last|previous|former|late|then|new|ex|first|his|her|their|your|other) $")
_NAME_NEXT = re.compile(r"(?:'s| is|,|\.)?\s+(?:called |named )?(?:(?:Mr|Mrs|Ms|Dr)\.? )?[A-Z][a-z]+")
_SAME = (
    (r"chief financial officer|finance director|financial director|cfo|c f o|fd\b|f d\b", "cfo"),
    (r"chief exec\w*(?: officer)?|ceo|c e o", "ceo"),
    (r"chief operating officer|coo|c o o", "coo"),
    (r"managing director|\bmd\b", "md"),
    (r"chair(?:man|woman|person)?", "chair"),
    (r"lawyer|solicitor|attorney|counsel", "lawyer"),
    (r"boss|manager$", "boss"),
)
_ENOUGH = 1.6


def find_unnamed(transcript: Transcript) -> list[Person]:
    """People without a name who clearly are one person with a part in it; none where a crowd is meant."""
    heard: dict[str, list[Mention]] = defaultdict(list)
    for turn in transcript.turns:
        if transcript.side_of(turn) is Side.SELLER:
            continue
        text = turn.text.replace("\u2019", "'")
        for match in _WHO.finditer(text):
            mention = _weigh(turn.index, text, match)
            if mention:
                heard[part(mention.role or "")].append(mention)
    return [
        Person(None, mentions[0].role, Side.BUYER, mentions=mentions, points=total)
        for mentions in heard.values()
        if (total := sum(m.points for m in mentions)) >= _ENOUGH
    ]


def part(role: str) -> str:
    """A name for a part that is the same for all its names: 'our finance director' and 'the CFO'."""
    plain = re.sub(r"^(?:my|our|the)\s+", "", role.lower())
    for pattern, name in _SAME:
        if re.match(rf"(?:{pattern})" if name == "boss" else rf".*\b(?:{pattern})", plain):
            return name
    return plain


def _weigh(turn: int, text: str, match: re.Match[str]) -> Mention | None:
    before, after = text[max(0, match.start() - 20) : match.start()], text[match.end() : match.end() + 90]
    if _PAST.search(before) or _NAME_NEXT.match(after):
        return None
    if match["kin"] and not _TRADE.search(after):
        return None
    acts, told, pronoun = bool(_ACTS.match(after)), bool(_ASKED.search(before)), bool(_PRONOUN.match(after))
    points = 1.2 * acts + 0.8 * told + 1.0 * pronoun + (0.6 if match["own"] or match["kin"] else 0.2)
    role = match[0].split(None, 1)[1]
    return Mention(turn, match.start(), match.end(), match[0], points, role, acts, False, False, False)
