"""Ask: questions over a deal's or a team's calls, answered from cited moments and exact counts only."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any, Literal

from coachbot.coach import passages
from coachbot.coach.counting import BY, Count, Counter, Filters, Row
from coachbot.coach.intent import Asked, read_count
from coachbot.coach.types import Moment
from coachbot.coach.who import (
    Who,
    asks_for_calls,
    asks_who_raised,
    calls_of,
    directory,
    read_names,
    without_names,
)
from coachbot.errors import EngineError, UsageError
from coachbot.llm import AgentAnswer, Message, Tool, load_prompt, run_agent
from coachbot.model.base import Frozen
from coachbot.model.playbook import Playbook
from coachbot.render.words import many
from coachbot.settings import Settings
from coachbot.store import Unit, Viewer, now

NOT_FOUND = "I don't find that in the calls."
LONGEST_QUESTION, MOST_LISTED = 2000, 20
_MARK = re.compile(r"\[([MK]\d+)\]")
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[^\[\s])")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")

Runner = Callable[[list[Message], list[Tool]], AgentAnswer]


class Reply(Frozen):
    """An answer. `kind`: count (by code), passages, model (checked sentence by sentence), none."""

    question: str
    text: str
    kind: Literal["count", "passages", "model", "none"]
    moments: tuple[Moment, ...] = ()
    counts: tuple[Count, ...] = ()
    notes: tuple[str, ...] = ()


def ask(
    unit: Unit,
    question: str,
    book: Playbook,
    *,
    viewer: Viewer | None = None,
    deal: str | None = None,
    conf: Settings | None = None,
    model: bool = False,
    run: Runner | None = None,
    today: date | None = None,
) -> Reply:
    """Answer from the calls that the viewer may see (of one deal, where given).

    A count that the parser understands is counted by code, model or not. With `model` LangChain's agent
    answers the rest, and every sentence that its citations do not bear out is thrown away; without, or where
    it fails, the best passages are shown. Raises UsageError for an empty question.
    """
    question = " ".join(question.split())[:LONGEST_QUESTION]
    if not question:
        raise UsageError('ask something, such as: coachbot ask "how many deals heard a price objection?"')
    today = today or now().date()
    counter = Counter(unit, book, viewer, deal)
    users = tuple(unit.users.list())
    labels = [o.label for o in book.objections] + [s.name for s in book.stages]
    who = read_names(question, directory(unit, counter.call_ids, users), labels)
    if who.unclear:
        return Reply(question=question, text=who.unclear, kind="none", notes=(who.unclear,))
    if who.person is not None:
        counter.know(who.person.name, who.person.calls)
    asked = read_count(question, book, users, today, who.words)
    if asked is not None and not asked.unplaced:
        return _counted(question, counter.count(asked.what, _narrowed(asked, who, question), asked.by))
    if asked is None and asks_for_calls(question) and (who.person or who.deal):
        return _calls_listed(unit, question, counter, who)
    notes: list[str] = []
    if model or run is not None:
        try:
            return _Asked(unit, question, book, counter, today, who).answered(run or _runner(conf))
        except (EngineError, UsageError) as error:
            notes.append(f"without the language model: {error}")
    return _from_passages(unit, question, counter, asked, notes, who)


def _narrowed(asked: Asked, who: Who, question: str) -> Filters:
    """The filters, with the person and the deal that the question names. A rep's calls are the rep's own."""
    more: dict[str, str | None] = {"deal": who.deal or asked.filters.deal}
    if asked.filters.rep is None and who.person is not None:
        objections = asked.what == "objections" or asked.filters.category or asked.filters.handled
        more["raised_by" if objections and asks_who_raised(question) else "person"] = who.person.name
    return asked.filters.model_copy(update=more)


def _calls_listed(unit: Unit, question: str, counter: Counter, who: Who) -> Reply:
    """Which calls somebody was on, or belong to a deal: counted, and by title and day."""
    filters = Filters(person=who.speaker, deal=who.deal)
    count = counter.count("calls", filters)
    ids = counter.calls(filters)[:MOST_LISTED]
    calls = unit.calls.many(list(ids))
    lines = [f"{calls[i].title}, {calls[i].date:%Y-%m-%d}" if calls[i].date else calls[i].title for i in ids]
    more = [f"and {count.count - len(ids)} earlier ones"] if count.count > len(ids) else []
    count = count.model_copy(update={"rows": tuple(Row(name=line, count=1) for line in lines)})
    return Reply(
        question=question, text="\n".join([count.text, *lines, *more]), kind="count", counts=(count,)
    )


def _counted(question: str, count: Count) -> Reply:
    lines = [count.text, *(f"{r.name}: {r.count}" for r in count.rows)]
    return Reply(
        question=question, text="\n".join(lines), kind="count", moments=count.moments, counts=(count,)
    )


def _from_passages(
    unit: Unit, question: str, counter: Counter, asked: Asked | None, notes: list[str], who: Who
) -> Reply:
    if asked is not None:
        words = ", ".join(f"“{w}”" for w in asked.unplaced)
        notes.append(f"not counted, because it is not clear what {words} stands for in the playbook")
    ids = calls_of(counter.call_ids, who, counter.deal_of())
    found = passages.find(unit, without_names(question, who), ids, notes=notes, speaker=who.speaker)
    if not found and who.person is not None:
        there = many(len(ids), "call")
        text = f"I don't find that {who.speaker} said something on it. {who.speaker} is on {there}."
        return Reply(question=question, text=text, kind="none", notes=(*notes, text))
    if not found:
        return Reply(question=question, text=NOT_FOUND, kind="none", notes=tuple(notes))
    lines = (f"“{m.quote}” ({m.place}, {m.call_title})" for m in found)
    return Reply(
        question=question, text="\n".join(lines), kind="passages", moments=tuple(found), notes=tuple(notes)
    )


def _runner(conf: Settings | None) -> Runner:
    return lambda messages, tools: run_agent(messages, tools, conf=conf)


class _Asked:
    """A question that a model answers: its tools, and what they gave, by mark."""

    def __init__(
        self, unit: Unit, question: str, book: Playbook, counter: Counter, today: date, who: Who
    ) -> None:
        self._who = who
        self._unit, self._question, self._book, self._counter, self._today = (
            unit,
            question,
            book,
            counter,
            today,
        )
        self._moments: dict[str, Moment] = {}
        self._counts: dict[str, Count] = {}
        self._notes: list[str] = []

    def answered(self, run: Runner) -> Reply:
        """Run the agent and keep what holds."""
        prompt = load_prompt("ask")
        messages = prompt.render(question=self._question, today=self._today.isoformat())
        said = run(list(messages), self._tools()).text
        kept, dropped = self._checked(said)
        if dropped:
            self._notes.append(
                f"{dropped} sentences were dropped, because their citations do not bear them out"
            )
        marks = [m for s in kept for m in _MARK.findall(s)]
        if not kept:
            if not self._moments and not self._counts:
                return Reply(question=self._question, text=NOT_FOUND, kind="none", notes=tuple(self._notes))
            asked = None
            return _from_passages(self._unit, self._question, self._counter, asked, self._notes, self._who)
        order = list(dict.fromkeys(marks))
        return Reply(
            question=self._question, text=" ".join(kept), kind="model",
            moments=tuple(self._moments[m] for m in order if m in self._moments),
            counts=tuple(self._counts[m] for m in order if m in self._counts), notes=tuple(self._notes),
        )  # fmt: skip

    def _checked(self, text: str) -> tuple[list[str], int]:
        """The sentences whose marks exist and bear out their figures, names and most of their words."""
        from coachbot.coach.phrase import holds

        kept, dropped = [], 0
        for sentence in _SENTENCE.split(" ".join(text.split())):
            marks = _MARK.findall(sentence)
            plain = _MARK.sub("", sentence).strip(" .")
            if not plain or plain.casefold() in NOT_FOUND.casefold():
                continue
            sources = [
                self._moments[m].text + self._moments[m].call_title for m in marks if m in self._moments
            ]
            sources += [self._counts[m].text + str(self._counts[m].rows) for m in marks if m in self._counts]
            known = all(m in self._moments or m in self._counts for m in marks)
            if marks and known and holds(plain, [*sources, self._question]) and self._figures(plain, sources):
                kept.append(sentence)
            else:
                dropped += 1
        return kept, dropped

    def _figures(self, plain: str, sources: list[str]) -> bool:
        """Figures have to stand in the citations; that the question named them is not enough."""
        return set(_NUMBER.findall(plain)) <= set(_NUMBER.findall(" ".join(sources)))

    def _tools(self) -> list[Tool]:
        text = {"type": "string"}
        ids = {
            "category": {"type": "string", "enum": [o.id for o in self._book.objections]},
            "stage": {"type": "string", "enum": list(self._book.stage_by_id)},
            "outcome": {"type": "string", "enum": ["open", "won", "lost", "disqualified"]},
            "handled": {"type": "string", "enum": ["yes", "partly", "no"]},
            "rep": {**text, "description": "a rep's name"},
            "since": {**text, "description": "YYYY-MM-DD, inclusive"},
            "until": {**text, "description": "YYYY-MM-DD, inclusive"},
            "by": {"type": "string", "enum": list(BY)},
        }
        count = {"what": {"type": "string", "enum": ["calls", "deals", "objections"]}, **ids}
        return [
            Tool(
                "count", "Exact counts of calls, deals or objections. Leave out what is not asked.",
                {"type": "object", "properties": count, "required": ["what"]}, self._count,
            ),
            Tool(
                "search", "Passages of the calls that bear on some words.",
                {"type": "object", "properties": {"words": text}, "required": ["words"]}, self._search,
            ),
            Tool(
                "read", "The turns around a passage, by its mark (M1).",
                {"type": "object", "properties": {"mark": text}, "required": ["mark"]}, self._read,
            ),
        ]  # fmt: skip

    def _count(self, what: Any, by: Any = None, rep: str | None = None, **given: Any) -> str:
        users = self._unit.users.list()
        found = [u.id for u in users if rep and rep.casefold() in u.name.casefold()]
        if rep and len(found) != 1:
            raise UsageError(f"no one rep is called {rep!r}; there is {', '.join(u.name for u in users)}")
        try:
            filters = Filters(rep=found[0] if found else None, **{k: v for k, v in given.items() if v})
        except ValueError as error:
            raise UsageError("days are YYYY-MM-DD") from error
        if what not in ("calls", "deals", "objections"):
            raise UsageError("what is calls, deals or objections")
        count = self._counter.count(what, filters, by or None)
        mark = f"K{len(self._counts) + 1}"
        self._counts[mark] = count
        rows = "".join(f"\n{r.name}: {r.count}" for r in count.rows)
        return f"[{mark}] {count.text}{rows}"

    def _search(self, words: str) -> str:
        ids = calls_of(self._counter.call_ids, self._who, self._counter.deal_of())
        found = passages.find(
            self._unit, str(words), ids, most=8, notes=self._notes, speaker=self._who.speaker
        )
        return "\n".join(self._marked(m) for m in found) or "Nothing in the calls bears on that."

    def _read(self, mark: str) -> str:
        moment = self._moments.get(str(mark).strip("[] "))
        if moment is None or moment.call_id is None:
            raise UsageError(f"there is no passage {mark!r}")
        turns = self._unit.transcripts.turns([moment.call_id]).get(moment.call_id, [])
        around = range(max(0, moment.turn - 4), min(len(turns), moment.turn + 5))
        return "\n".join(
            self._marked(passages.moment_of_row(moment.call_id, moment.call_title, n, turns[n]))
            for n in around
        )

    def _marked(self, moment: Moment) -> str:
        known = next(
            (k for k, m in self._moments.items() if (m.call_id, m.turn) == (moment.call_id, moment.turn)),
            None,
        )
        mark = known or f"M{len(self._moments) + 1}"
        self._moments[mark] = moment
        return f"[{mark}] {moment.call_title}, {moment.place}: {moment.quote}"
