"""What a question counts, without a language model: a few forms, read strictly, told back in words.

A question that is no count, or that holds words the parser cannot place, is not counted: a wrong number is
worse than none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from coachbot.coach.counting import By, Filters, What
from coachbot.model.playbook import Playbook
from coachbot.model.workspace import User

_ASKS = re.compile(
    r"\b(how many|how often|number of|count|what share|what percentage|"
    r"which \w+ (?:is|are|comes? up|was|were) (?:the )?(?:most|raised most)|"
    r"most (?:common|frequent)|top)\b", re.I
)  # fmt: skip
_BY = re.compile(r"\b(?:by|per|for each|in each|broken down by)\s+(\w+)", re.I)
_BY_WORDS: dict[str, By] = {
    "category": "category", "categories": "category", "kind": "category", "type": "category",
    "stage": "stage", "stages": "stage", "rep": "rep", "reps": "rep", "seller": "rep",
    "month": "month", "months": "month", "outcome": "outcome", "outcomes": "outcome", "handling": "handled",
}  # fmt: skip
_MONTHS = {
    m: n
    for n, names in enumerate(
        ("january jan", "february feb", "march mar", "april apr", "may", "june jun", "july jul", "august aug",
         "september sep sept", "october oct", "november nov", "december dec"), start=1)
    for m in names.split()
}  # fmt: skip
_OUTCOMES = {
    "won": "won",
    "win": "won",
    "lost": "lost",
    "lose": "lost",
    "open": "open",
    "disqualified": "disqualified",
}
_FILLER = frozenset(
    [
        "how",
        "many",
        "often",
        "number",
        "of",
        "count",
        "what",
        "share",
        "percentage",
        "which",
        "is",
        "are",
        "was",
        "were",
        "the",
        "a",
        "an",
        "in",
        "on",
        "at",
        "to",
        "for",
        "with",
        "did",
        "do",
        "does",
        "we",
        "our",
        "us",
        "i",
        "they",
        "there",
        "have",
        "has",
        "had",
        "been",
        "be",
        "come",
        "comes",
        "came",
        "up",
        "raised",
        "raise",
        "raises",
        "hear",
        "heard",
        "about",
        "and",
        "or",
        "by",
        "per",
        "each",
        "broken",
        "down",
        "most",
        "common",
        "frequent",
        "top",
        "objection",
        "objections",
        "call",
        "calls",
        "deal",
        "deals",
        "meeting",
        "meetings",
        "conversation",
        "conversations",
        "pushback",
        "concerns",
        "concern",
        "all",
        "total",
        "so",
        "far",
        "during",
        "from",
        "since",
        "until",
        "last",
        "this",
        "past",
        "month",
        "months",
        "week",
        "weeks",
        "year",
        "years",
        "days",
        "day",
        "quarter",
        "of",
        "those",
        "were",
        "that",
        "who",
        "had",
        "rep",
        "reps",
        "stage",
        "stages",
        "category",
        "categories",
        "kind",
        "type",
        "outcome",
        "outcomes",
        "handled",
        "settled",
        "answered",
        "unanswered",
        "left",
        "not",
        "much",
        "me",
        "tell",
        "give",
        "show",
        "please",
        "get",
        "gets",
        "got",
        "any",
        "one",
        "team's",
        "team",
        "my",
        "mentioned",
        "mention",
        "join",
        "joined",
        "attend",
        "attended",
        "part",
        "take",
        "took",
        "happen",
        "happened",
    ]
)
_WORD = re.compile(r"[\w'’-]+")


@dataclass(frozen=True)
class Asked:
    """A count that a question asks for. `unplaced` are its words that nothing was made of."""

    what: What
    filters: Filters
    by: By | None
    unplaced: tuple[str, ...] = ()


def read_count(
    question: str, book: Playbook, users: tuple[User, ...], today: date, names: frozenset[str] = frozenset()
) -> Asked | None:
    """The count that a question asks for; None where it asks for none.

    `names` are words of the question that somebody else has made something of.
    """
    text = " ".join(question.split())
    if not _ASKS.search(text):
        return None
    low = f" {' '.join(_WORD.findall(text.casefold()))} "
    used = {w for n in names for w in (n, f"{n}'s", f"{n}’s")}
    category = _labelled(low, [(o.id, o.label) for o in book.objections], used)
    stage = _labelled(low, [(s.id, s.name) for s in book.stages], used)
    rep = _named(low, users, used)
    since, until = _time(low, today, used)
    outcome = next(
        (v for w, v in _OUTCOMES.items() if f" {w} " in low and f" {w} objection" not in low), None
    )
    handled = _handled(low)
    used |= {w for w in _OUTCOMES if f" {w} " in low}
    by = next((_BY_WORDS[w.casefold()] for w in _BY.findall(text) if w.casefold() in _BY_WORDS), None)
    what = _what(low, category or handled)
    if what is None:
        return None
    if by is None and re.search(
        r"\bwhich objections?\b|most (?:common|frequent) objection|top objection", low
    ):
        by = "category"
    unplaced = tuple(w for w in low.split() if w not in _FILLER and w not in used and not w.isdigit())
    if handled is not None and outcome == "open":  # "left open" speaks of the objections
        outcome = None
    filters = Filters(
        category=category, stage=stage, rep=rep, outcome=outcome, handled=handled, since=since, until=until
    )
    return Asked(what, filters, by, unplaced)


def _what(low: str, narrowed: str | None) -> What | None:
    """What the question's head counts: the first of the words for calls, deals and objections."""
    kinds: tuple[tuple[What, str], ...] = (
        ("calls", r"\b(?:calls?|meetings?|conversations?)\b"),
        ("deals", r"\bdeals?\b"),
        ("objections", r"\b(?:objections?|pushback|concerns?)\b"),
    )
    found = [(m.start(), what) for what, pattern in kinds if (m := re.search(pattern, low))]
    if found:
        return min(found)[1]
    return "objections" if narrowed else None


def _labelled(low: str, rows: list[tuple[str, str]], used: set[str]) -> str | None:
    """The id whose label's words the question holds most of; the id's own words count as well."""
    best: tuple[float, str, set[str]] | None = None
    for name, label in rows:
        words = {w for w in _WORD.findall(label.casefold()) if len(w) > 3 or w.isupper()} - {
            "with",
            "from",
            "lead",
        }
        words |= {w for w in name.split("_") if len(w) > 3}
        hit = {w for w in words if f" {w} " in low or f" {w}s " in low}
        if hit and (best is None or len(hit) / len(words) > best[0]):
            whole = set(_WORD.findall(label.casefold())) | set(name.split("_"))
            best = (len(hit) / len(words), name, hit | whole)
    if best is None:
        return None
    used |= best[2] | {f"{w}s" for w in best[2]}
    return best[1]


def _named(low: str, users: tuple[User, ...], used: set[str]) -> str | None:
    for user in users:
        whole = " ".join(_WORD.findall(user.name.casefold()))
        first = whole.split()[0] if whole else ""
        alone = (
            sum(u.name.casefold().startswith(f"{first} ") or u.name.casefold() == first for u in users) == 1
        )
        for name in (whole, first if alone else ""):
            if name and (f" {name} " in low or f" {name}'s " in low or f" {name}’s " in low):
                used |= set(name.split()) | {f"{name}'s", f"{name}’s", f"{name.split()[-1]}'s"}
                return user.id
    return None


def _handled(low: str) -> str | None:
    if re.search(r"\b(?:left open|unanswered|not (?:handled|settled|answered)|open objections?)\b", low):
        return "no"
    return "yes" if re.search(r"\b(?:handled|settled|answered)\b", low) and " by handl" not in low else None


def _time(low: str, today: date, used: set[str]) -> tuple[date | None, date | None]:
    """The days that the question speaks of, inclusive."""
    days = re.search(r"\b(?:last|past) (\d{1,3}) (day|week|month)s?\b", low)
    if days:
        length = int(days[1]) * {"day": 1, "week": 7, "month": 30}[days[2]]
        return today - timedelta(days=length), today
    if re.search(r"\bthis month\b", low):
        return today.replace(day=1), today
    if re.search(r"\blast month\b", low):
        end = today.replace(day=1) - timedelta(days=1)
        return end.replace(day=1), end
    if re.search(r"\bthis week\b", low):
        return today - timedelta(days=today.weekday()), today
    if re.search(r"\blast week\b", low):
        monday = today - timedelta(days=today.weekday() + 7)
        return monday, monday + timedelta(days=6)
    if re.search(r"\bthis year\b", low):
        return date(today.year, 1, 1), today
    year = re.search(r"\b(20\d\d)\b", low)
    for word, number in _MONTHS.items():
        if f" {word} " in low and (word != "may" or re.search(r"\b(?:in|since|during|of) may\b", low)):
            used.add(word)
            in_year = int(year[1]) if year else today.year - (number > today.month)
            start = date(in_year, number, 1)
            end = (start.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
            return start, None if f" since {word} " in low else end
    if year:
        return date(int(year[1]), 1, 1), date(int(year[1]), 12, 31)
    return None, None
