"""An answer becomes claims. What cannot be used is left out and counted, never guessed at."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, TypeVar, cast

from coachbot.extract.dates import resolve
from coachbot.model.claims import (
    CommitmentClaim,
    FieldClaim,
    Handled,
    NextStepClaim,
    ObjectionClaim,
    Owner,
    Quote,
    Response,
    ReversionClaim,
    RiskClaim,
    StakeholderClaim,
)
from coachbot.model.playbook import Playbook
from coachbot.model.transcript import Side, Transcript

Row = Mapping[str, Any]
C = TypeVar("C")
MOST_QUOTES = 4
_LONGEST_WAIT = timedelta(days=800)
_IN_TEXT = re.compile(r"\s*\[?\s*[Tt]\s?(\d{1,6})\s*\]?\s*:?\s*")
_NONE = frozenset({"", "null", "none", "n/a", "unknown", "not said"})


@dataclass(frozen=True)
class SummaryLine:
    """A sentence, and the turns it says it rests on."""

    text: str
    turns: tuple[int, ...]


@dataclass
class Parts:
    """The claims of one answer. `dropped` counts, by reason, what could not be used."""

    fields: list[FieldClaim] = field(default_factory=list)
    commitments: list[CommitmentClaim] = field(default_factory=list)
    reversions: list[ReversionClaim] = field(default_factory=list)
    risks: list[RiskClaim] = field(default_factory=list)
    stakeholders: list[StakeholderClaim] = field(default_factory=list)
    objections: list[ObjectionClaim] = field(default_factory=list)
    next_steps: list[NextStepClaim] = field(default_factory=list)
    summary: list[SummaryLine] = field(default_factory=list)
    dropped: Counter[str] = field(default_factory=Counter)


class Parser:
    """Reads answers about one call. Lenient about form, strict about ids and turns."""

    def __init__(self, transcript: Transcript, playbook: Playbook) -> None:
        self.transcript = transcript
        self.playbook = playbook
        self.dropped: Counter[str] = Counter()
        self._on_call = [p for p in transcript.participants if p.side is not Side.SELLER]

    def read(self, data: Row) -> Parts:
        """All that an answer says. Never raises for what a model wrote."""
        self.dropped = Counter()
        book = self.playbook
        parts = Parts(
            fields=[*self.facts(data.get("facts"))],
            commitments=self._by_id(data, "commitments", set(book.commitment_by_id), self._commitment),
            reversions=self._by_id(data, "reversions", {r.id for r in book.reversions}, self._reversion),
            risks=self._by_id(data, "risks", {r.id for r in book.risks}, self._risk),
            stakeholders=self._each(data, "people", self._person),
            objections=self._each(data, "objections", self._objection),
            next_steps=self._each(data, "next_steps", self._step),
            summary=self._each(data, "summary", self._sentence),
        )
        parts.dropped = self.dropped
        return parts

    def facts(self, given: Any) -> Iterator[FieldClaim]:
        """Facts by field; also as a list of rows that name their field or fields."""
        for name, row in _by_field(given):
            value, quotes = _text(row.get("value")), self.quotes(row.get("quotes"))
            if name not in self.playbook.field_by_id:
                self.dropped["a fact of a field that the playbook does not have"] += 1
            elif not value or not quotes:
                self.dropped["a fact without value or quote"] += 1
            else:
                yield FieldClaim(field=name, value=value, quotes=quotes)

    def quotes(self, given: Any) -> tuple[Quote, ...]:
        """The quotes of an entry: objects, or strings such as 'T12: words'. A turn that the call does not
        have is taken away from its quote: the words alone may still be found.
        """
        found: dict[Quote, None] = {}
        for one in given if isinstance(given, list) else [given] if given else []:
            turn, text = _quote(one)
            if not text:
                continue
            if turn is not None and not 0 <= turn < len(self.transcript.turns):
                self.dropped["a turn that the call does not have"] += 1
                turn = None
            found[Quote(turn=turn, text=text)] = None
        return tuple(found)[:MOST_QUOTES]

    def _each(self, data: Row, key: str, make: Callable[[Row], C | None]) -> list[C]:
        return [claim for row in _rows(data, key) if (claim := make(row)) is not None]

    def _by_id(
        self, data: Row, key: str, known: set[str], make: Callable[[str, tuple[Quote, ...]], C]
    ) -> list[C]:
        found = []
        for row in _rows(data, key):
            name, quotes = _text(row.get("id")), self.quotes(row.get("quotes"))
            if name in known and quotes:
                found.append(make(name, quotes))
            else:
                self.dropped[f"an entry of {key} with an unknown id or without quote"] += 1
        return found

    def _commitment(self, name: str, quotes: tuple[Quote, ...]) -> CommitmentClaim:
        return CommitmentClaim(
            commitment=name, value=self.playbook.commitment_by_id[name].text, quotes=quotes
        )

    def _reversion(self, name: str, quotes: tuple[Quote, ...]) -> ReversionClaim:
        text = next(r.text for r in self.playbook.reversions if r.id == name)
        return ReversionClaim(reversion=name, value=text, quotes=quotes)

    def _risk(self, name: str, quotes: tuple[Quote, ...]) -> RiskClaim:
        return RiskClaim(
            risk=name, value=next(r.label for r in self.playbook.risks if r.id == name), quotes=quotes
        )

    def _person(self, row: Row) -> StakeholderClaim | None:
        name, role = _maybe(row.get("name")), _maybe(row.get("role"))
        quotes = self.quotes(row.get("quotes"))
        if not quotes or not (name or role):
            self.dropped["a person without quote, or with neither name nor role"] += 1
            return None
        known = self._participant(name)
        if known is None and name is not None and self._is_seller(name):
            self.dropped["a person of the seller's side"] += 1
            return None
        influence = _text(row.get("influence"))
        known_roles = {r.id for r in self.playbook.influence_roles}
        return StakeholderClaim(
            value=role or name or "",
            name=known.name if known else name,
            role=role or (known.title if known else None),
            on_call=known is not None,
            influence=influence if influence in known_roles else "unknown",
            quotes=quotes,
        )

    def _participant(self, name: str | None) -> Any:
        """Who of the call bears the name, or the only one whose name has it as a part."""
        if name is None:
            return None
        words = set(name.casefold().split())
        fits = [p for p in self._on_call if words and words <= set(p.name.casefold().split())]
        exact = [p for p in fits if p.name.casefold() == name.casefold()]
        return exact[0] if exact else fits[0] if len(fits) == 1 else None

    def _is_seller(self, name: str) -> bool:
        words = set(name.casefold().split())
        sellers = (p for p in self.transcript.participants if p.side is Side.SELLER)
        return any(words == set(p.name.casefold().split()) for p in sellers)

    def _objection(self, row: Row) -> ObjectionClaim | None:
        category, text = _text(row.get("category")), _text(row.get("text"))
        quotes, answers = self.quotes(row.get("quotes")), self.quotes(row.get("answer_quotes"))
        if category not in {o.id for o in self.playbook.objections} or not quotes:
            self.dropped["an objection with an unknown category or without quote"] += 1
            return None
        handled = _text(row.get("handled"))
        answer = _maybe(row.get("answer"))
        return ObjectionClaim(
            value=text or quotes[0].text,
            quotes=quotes,
            category=category,
            handled=cast("Handled", handled) if handled in ("yes", "partly", "no") else "no",
            response=Response(text=answer or answers[0].text, quotes=answers) if answers else None,
        )

    def _step(self, row: Row) -> NextStepClaim | None:
        what, quotes = _text(row.get("what")), self.quotes(row.get("quotes"))
        if not what or not quotes:
            self.dropped["a next step without words or quote"] += 1
            return None
        owner, when = _text(row.get("owner")), _maybe(row.get("when"))
        return NextStepClaim(
            value=what,
            quotes=quotes,
            owner=cast("Owner", owner) if owner in ("buyer", "seller", "both") else "unknown",
            when=when,
            date=self._day(when, row.get("date")),
            committed=row.get("committed") is True,
        )

    def _day(self, when: str | None, given: Any) -> str | None:
        """The day by rule from the words as said; the model's own only where the rules see none in them."""
        said_on = self.transcript.date.date() if self.transcript.date else None
        if said_on is None or when is None:
            return None
        by_rule = resolve([when], said_on)[1]
        if by_rule is not None:
            return by_rule.isoformat()
        try:
            day = date.fromisoformat(_text(given))
        except ValueError:
            return None
        return day.isoformat() if said_on <= day <= said_on + _LONGEST_WAIT else None

    def _sentence(self, row: Row) -> SummaryLine | None:
        text, turns = _text(row.get("text")), row.get("turns")
        numbers = [t for t in turns if isinstance(t, int)] if isinstance(turns, list) else []
        if not text or not numbers:
            self.dropped["a sentence of the summary that cites nothing"] += 1
            return None
        return SummaryLine(text, tuple(dict.fromkeys(numbers)))


def _by_field(given: Any) -> Iterator[tuple[str, Row]]:
    if isinstance(given, Mapping):
        for name in given:
            yield from ((str(name), row) for row in _rows(given, name))
    elif isinstance(given, list):
        for row in _rows({"rows": given}, "rows"):
            named = row.get("fields", row.get("field"))
            for name in dict.fromkeys(named if isinstance(named, list) else [named]):
                yield str(name), row


def _rows(data: Row, key: str) -> Iterable[Row]:
    rows = data.get(key)
    return [r for r in rows if isinstance(r, Mapping)] if isinstance(rows, list) else []


def _text(value: Any) -> str:
    return " ".join(value.split()) if isinstance(value, str) else ""


def _maybe(value: Any) -> str | None:
    text = _text(value)
    return None if text.casefold() in _NONE else text


def _quote(one: Any) -> tuple[int | None, str]:
    if isinstance(one, Mapping):
        turn, text = one.get("turn"), _text(one.get("text"))
        if isinstance(turn, str) and turn.strip().lstrip("Tt").isdigit():
            turn = int(turn.strip().lstrip("Tt"))
        return (turn if isinstance(turn, int) and not isinstance(turn, bool) else None), text
    text = _text(one)
    label = _IN_TEXT.match(text)
    return (int(label[1]), text[label.end() :]) if label and label.end() < len(text) else (None, text)
