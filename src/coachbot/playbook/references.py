"""Ids of a playbook: their form, that each is unique, and that every id named elsewhere exists.

It works on the file's data and not on the types, so that one run finds these mistakes too in a file
that the types refuse.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from coachbot.playbook.problems import Loc, did_you_mean
from coachbot.playbook.source import Source

Ids = Mapping[str, tuple[str, ...]]
"""The ids that a playbook defines, by what they are ids of."""

ID = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
FILE_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")

_DEFINED = {
    "stage": ("stages.*.id",),
    "field": ("fields.*.id",),
    "criterion": ("stages.*.entry_criteria.*.id", "stages.*.exit_criteria.*.id"),
    "commitment": ("stages.*.buyer_commitments.*.id",),
    "indicator": ("stages.*.indicators.*.id",),
    "objection": ("objections.*.id",),
    "influence role": ("influence_roles.*.id",),
    "risk": ("risks.*.id", "portfolio_risks.*.id"),
    "reminder": ("reminders.*.id",),
    "reversion": ("reversions.*.id",),
    "hand-off rule": ("handoff_rules.*.id",),
    "disqualification reason": ("disqualification_reasons.*.id",),
}
_NAMED = (
    ("stages.*.entry_criteria.*.fields.*", "field"),
    ("stages.*.entry_criteria.*.commitments.*", "commitment"),
    ("stages.*.exit_criteria.*.fields.*", "field"),
    ("stages.*.exit_criteria.*.commitments.*", "commitment"),
    ("stages.*.indicators.*.fields.*", "field"),
    ("stages.*.indicators.*.commitments.*", "commitment"),
    ("stages.*.required_fields.*", "field"),
    ("risks.*.stages.*", "stage"),
    ("risks.*.fields.*", "field"),
    ("risks.*.influence.*", "influence role"),
    ("portfolio_risks.*.stages.*", "stage"),
    ("portfolio_risks.*.fields.*", "field"),
    ("portfolio_risks.*.influence.*", "influence role"),
    ("reminders.*.stages.*", "stage"),
    ("reminders.*.fields.*", "field"),
    ("reversions.*.to", "stage"),
    ("reversions.*.from_stages.*", "stage"),
    ("metrics.discovery_fields.*", "field"),
    ("metrics.discovery_stage", "stage"),
    ("metrics.champion_influence.*", "influence role"),
    ("metrics.competitor_fields.*", "field"),
    ("metrics.handoffs.*.rule", "hand-off rule"),
    ("metrics.handoffs.*.stage", "stage"),
    ("metrics.handoffs.*.fields.*", "field"),
)


def find(data: Any, pattern: str) -> Iterator[tuple[Loc, Any]]:
    """The values at a pattern of keys, where `*` stands for each entry of a list."""
    places: list[tuple[Loc, Any]] = [((), data)]
    for part in pattern.split("."):
        if part == "*":
            places = [((*loc, n), v) for loc, at in places if isinstance(at, list) for n, v in enumerate(at)]
        else:
            places = [((*loc, part), at[part]) for loc, at in places if isinstance(at, dict) and part in at]
    yield from places


def ids_of(data: Any) -> Ids:
    """Every id that the data of a playbook defines."""
    return {
        what: tuple(v for pattern in patterns for _, v in find(data, pattern) if isinstance(v, str))
        for what, patterns in _DEFINED.items()
    }


def check_ids(source: Source) -> None:
    """Report ids of a bad form, and those given twice."""
    for what, patterns in _DEFINED.items():
        first: dict[str, Loc] = {}
        for loc, name in (place for pattern in patterns for place in find(source.data, pattern)):
            check_form(source, loc, name, ID)
            if isinstance(name, str) and name in first:
                line = source.line(first[name])
                source.report(loc, f"{what} '{name}' is there twice, first on line {line}", "Rename one.")
            elif isinstance(name, str):
                first[name] = loc


def check_form(source: Source, loc: Loc, name: Any, form: re.Pattern[str]) -> None:
    """Report an id that is not lower case words joined by `_` (by `-` for ids that name files)."""
    if isinstance(name, str) and not form.fullmatch(name):
        join = "_" if form is ID else "-"
        better = re.sub(r"[^a-z0-9]+", join, name.casefold()).strip(join)
        source.report(loc, f"the id '{name}' is not lower case words joined by {join}", f"Write '{better}'.")


def check_named(source: Source, ids: Ids) -> None:
    """Report every id that the playbook names and does not define."""
    for pattern, what in _NAMED:
        refer(source, find(source.data, pattern), what, ids)


def refer(source: Source, named: Iterable[tuple[Loc, Any]], what: str, ids: Ids) -> None:
    """Report those of the named ids that are none of that kind, and those listed twice."""
    seen: set[tuple[Loc, str]] = set()
    for loc, name in named:
        if not isinstance(name, str):
            continue
        if name not in ids[what]:
            other = next((kind for kind, names in ids.items() if name in names), None)
            hint = f"That is the id of a {other}." if other else did_you_mean(name, ids[what])
            source.report(loc, f"there is no {what} '{name}'", hint)
        elif isinstance(loc[-1], int) and (loc[:-1], name) in seen:
            source.report(loc, f"'{name}' is listed twice here", "Keep one of them.", warning=True)
        seen.add((loc[:-1], name))
