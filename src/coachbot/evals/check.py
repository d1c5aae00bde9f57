"""Are the eval files right? Schema, ids of the playbook, and labels that ground in their own call."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple

from coachbot.errors import InputError, UsageError
from coachbot.evals.cases import Case, case_folders, read_case
from coachbot.evals.gold import LISTS, Labelled
from coachbot.evals.suite import Suite, choose, read_suites, related_groups
from coachbot.evals.words import TurnIndex
from coachbot.model.playbook import Playbook


class Problem(NamedTuple):
    """A mistake: in which file (and where in it), and what to do about it."""

    path: Path
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}"


class Checked(NamedTuple):
    """What was checked."""

    cases: int
    suites: int
    problems: tuple[Problem, ...]


def check_all(root: Path, playbook: Playbook) -> Checked:
    """Check every case and suite under `root` against the playbook."""
    problems: list[Problem] = []
    cases: list[Case] = []
    for folder in case_folders(root):
        try:
            case = read_case(folder)
        except InputError as error:
            problems.append(_of(error, folder))
            continue
        cases.append(case)
        problems += check_case(case, playbook)
    suites: list[Suite] = []
    try:
        suites = read_suites(root)
    except InputError as error:
        problems.append(_of(error, root / "suites"))
    for suite in suites:
        problems += _suite(suite, cases, root, playbook)
    return Checked(len(cases), len(suites), tuple(problems))


def _of(error: InputError, place: Path) -> Problem:
    return Problem(Path(error.path or place), error.reason)


def _suite(suite: Suite, cases: Sequence[Case], root: Path, playbook: Playbook) -> Iterator[Problem]:
    path = root / "suites" / f"{suite.id}.yaml"
    try:
        choose(suite, cases)
        groups = related_groups(suite, root)
    except InputError as error:
        yield _of(error, path)
        return
    except UsageError as error:
        yield Problem(path, str(error))
        return
    strange = sorted({f for g in groups for f in g} - set(playbook.field_by_id))
    if strange:
        yield Problem(path, f"related fields that the playbook does not have: {', '.join(strange)}")


def check_case(case: Case, playbook: Playbook) -> list[Problem]:
    """The mistakes of one case that reading it did not find."""
    gold, meta, call = (case.folder / name for name in ("gold.json", "meta.json", "transcript.json"))
    found = [Problem(gold, m) for m in (*_ids(case, playbook), *_turns(case), *_dates(case))]
    found += [Problem(call, m) for m in _call(case)]
    if case.meta.deal.stage != case.gold.deal.stage_before:
        found.append(
            Problem(meta, f"deal.stage is {case.meta.deal.stage!r}, gold has {case.gold.deal.stage_before!r}")
        )
    return found


def _labelled(case: Case) -> Iterator[tuple[str, Labelled]]:
    """Every label with its place in gold.json."""
    gold = case.gold
    for field, items in gold.fields.items():
        yield from ((f"fields.{field}.{n}", item) for n, item in enumerate(items))
    lists: tuple[tuple[str, Sequence[Labelled]], ...] = (
        ("stakeholders", gold.stakeholders),
        ("objections", gold.objections),
        ("next_steps", gold.next_steps),
        ("must_not_appear", gold.must_not_appear),
    )
    for name, labels in lists:
        yield from ((f"{name}.{n}", label) for n, label in enumerate(labels))


def _turns(case: Case) -> Iterator[str]:
    last = len(case.texts) - 1
    index = TurnIndex(case.texts)
    for place, label in _labelled(case):
        responses = tuple(getattr(label, "response_turns", ()))
        outside = [t for t in (*label.turns, *label.core_turns, *responses) if not 0 <= t <= last]
        if outside:
            yield f"{place}: turn {outside[0]} is not in the call (0 to {last})"
            continue
        stray = sorted(set(label.core_turns) - set(label.turns))
        if stray:
            yield f"{place}: core turn {stray[0]} is not one of its turns"
        for quote in label.quotes:
            if not index.turns_of(quote) & set(label.turns):
                yield f"{place}: the quote {quote[:60]!r} is not in its turns {list(label.turns)}"


def _call(case: Case) -> Iterator[str]:
    names = {p.name for p in case.transcript.participants}
    strangers = sorted({t.speaker for t in case.transcript.turns if t.speaker} - names)
    if strangers:
        yield f"speaker {strangers[0]!r} is not a participant of meta.json"
    for turn in case.transcript.turns:
        if not turn.text.strip():
            yield f"turns.{turn.index}: no text"
        if turn.start_s is not None and turn.end_s is not None and turn.end_s < turn.start_s:
            yield f"turns.{turn.index}: ends before it starts"


def _dates(case: Case) -> Iterator[str]:
    if case.transcript.date is None:
        yield "the call has no date in meta.json, so no next step can be dated"
    for n, step in enumerate(case.gold.next_steps):
        if step.date is None:
            continue
        try:
            date.fromisoformat(step.date)
        except ValueError:
            yield f"next_steps.{n}: {step.date!r} is no date; write YYYY-MM-DD"


def _unknown(place: str, name: str, known: Iterable[str]) -> Iterator[str]:
    if name not in known:
        yield f"{place}: the playbook has no {name!r}"


def _ids(case: Case, playbook: Playbook) -> Iterator[str]:
    gold, fields, stages = case.gold, playbook.field_by_id, playbook.stage_by_id
    for name in (*gold.fields, *gold.states):
        yield from _unknown("fields", name, fields)
    for field, state in gold.states.items():
        if (state in ("found", "conflicting")) != bool(gold.fields.get(field)):
            yield f"states.{field}: {state!r} does not go with its {len(gold.fields.get(field, ()))} items"
    for n, person in enumerate(gold.stakeholders):
        # "unknown" is the absence of a role, which every playbook has
        yield from _unknown(
            f"stakeholders.{n}", person.influence, {"unknown", *(r.id for r in playbook.influence_roles)}
        )
    for n, objection in enumerate(gold.objections):
        yield from _unknown(f"objections.{n}", objection.category, {o.id for o in playbook.objections})
    for n, trap in enumerate(gold.must_not_appear):
        yield from _unknown(f"must_not_appear.{n}", trap.kind, {*fields, *LISTS})
    for risk in gold.risks:
        yield from _unknown("risks", risk, {r.id for r in playbook.risks})
    for place, stage in (("deal.stage_before", gold.deal.stage_before), ("stage_after", gold.stage_after)):
        yield from _unknown(place, stage, stages)
    if gold.deal.stage_before in stages:
        criteria = {c.id for c in stages[gold.deal.stage_before].exit_criteria}
        for criterion in gold.exit_criteria:
            yield from _unknown("exit_criteria", criterion, criteria)
        for criterion in sorted(criteria - set(gold.exit_criteria)):
            yield f"exit_criteria: {criterion!r} of stage {gold.deal.stage_before!r} is not labelled"
