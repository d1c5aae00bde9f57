"""What the parts of a playbook need beyond their types and ids, and what leaves a part without effect."""

from __future__ import annotations

from collections.abc import Iterator
from string import Formatter
from typing import Any

from coachbot.playbook.problems import Loc, did_you_mean
from coachbot.playbook.references import FILE_ID, Ids, check_form, find
from coachbot.playbook.source import Source

PLACEHOLDERS = ("days", "healthy_days", "stage", "count")
REMINDER_WORDS = ("deal", "stage", "days", "fields")
_RISK_KEYS = {
    "missing_fields": "fields",
    "missing_influence": "influence",
    "slipped_close_date": "signals",
    "single_threaded": "minimum",
    "stalled": "quiet_days",
}
_HEARD = (
    ("fields.*", "listen_for"),
    ("stages.*.buyer_commitments.*", "listen_for"),
    ("reversions.*", "listen_for"),
    ("objections.*", "examples"),
    ("risks.*", "signals"),
)


def check_rules(source: Source, ids: Ids) -> None:
    """Run every rule over the playbook's data."""
    check_form(source, ("id",), source.data.get("id"), FILE_ID)
    _check_texts(source, source.data, ())
    _check_fields(source)
    _check_criteria(source)
    _check_indicators(source)
    _check_risks(source)
    _check_reminders(source)
    _check_reversions(source, ids)
    _check_heard(source)


def _each(source: Source, pattern: str) -> Iterator[tuple[Loc, dict[str, Any]]]:
    return ((loc, row) for loc, row in find(source.data, pattern) if isinstance(row, dict))


def _texts(value: Any) -> list[str]:
    return [v for v in value if isinstance(v, str)] if isinstance(value, list) else []


def _check_texts(source: Source, value: Any, loc: Loc) -> None:
    if isinstance(value, str) and not value.strip():
        source.report(loc, f"'{source.name(loc)}' is empty", "Write something, or leave the key out.")
    elif isinstance(value, dict):
        for key, inner in value.items():
            _check_texts(source, inner, (*loc, key))
    elif isinstance(value, list):
        for at, inner in enumerate(value):
            _check_texts(source, inner, (*loc, at))


def _check_fields(source: Source) -> None:
    for loc, row in _each(source, "fields.*"):
        name = row.get("id")
        if row.get("kind") == "choice" and not row.get("options"):
            source.report(loc, f"field '{name}' is a choice without options", "List its options.")
        if row.get("options") and row.get("kind") != "choice":
            source.report((*loc, "options"), f"field '{name}' has options", "Make its kind: choice.")


def _check_criteria(source: Source) -> None:
    for group in ("entry_criteria", "exit_criteria"):
        for loc, row in _each(source, f"stages.*.{group}.*"):
            name, at_least = row.get("id"), row.get("at_least")
            proofs = len(_texts(row.get("fields"))) + len(_texts(row.get("commitments")))
            if group == "exit_criteria" and not proofs:
                source.report(
                    loc, f"nothing can prove the criterion '{name}'", "Name fields or commitments that do."
                )
            if not isinstance(at_least, int):
                continue
            at = (*loc, "at_least")
            if row.get("how", "all") != "any":
                source.report(at, f"at_least has no effect in '{name}'", "Add how: any.")
            elif at_least > proofs:
                source.report(at, f"'{name}' wants {at_least} of {proofs}", f"Ask for {proofs} at most.")
    stages = [row for _, row in _each(source, "stages.*")]
    for loc, row in _each(source, "stages.*"):
        if not row.get("exit_criteria") and row is not stages[-1]:
            source.report(
                loc, f"nothing holds a deal in stage '{row.get('id')}'", "Add exit_criteria.", warning=True
            )


def _check_indicators(source: Source) -> None:
    for loc, row in _each(source, "stages.*.indicators.*"):
        name, measure = row.get("id"), row.get("measure")
        proofs = len(_texts(row.get("fields"))) + len(_texts(row.get("commitments")))
        limits = [key for key in ("at_least", "at_most") if row.get(key) is not None]
        if measure is None and not proofs:
            source.report(loc, f"nothing can show '{name}'", "Name fields or commitments, or a measure.")
        elif measure is not None and proofs:
            source.report(loc, f"'{name}' has both a measure and fields or commitments", "Make it two.")
        elif measure not in (None, "dated_next_step") and not limits:
            source.report(loc, f"'{name}' has a measure without a limit", "Give it at_least or at_most.")
        elif measure is None and limits:
            source.report((*loc, limits[0]), f"{limits[0]} has no effect in '{name}'", "Give it a measure.")


def _check_risks(source: Source) -> None:
    for loc, row in (*_each(source, "risks.*"), *_each(source, "portfolio_risks.*")):
        name, rule = row.get("id"), row.get("rule")
        if rule == "stalled" and loc[0] == "risks":
            source.report((*loc, "rule"), "one call cannot show 'stalled'", "Put it under portfolio_risks.")
        needs = _RISK_KEYS.get(str(rule))
        if needs in ("fields", "influence") and not row.get(needs):
            source.report(loc, f"the risk '{name}' can never be raised", f"Give it {needs}.")
        for key in _RISK_KEYS.values():
            if key in row and key != needs and isinstance(rule, str):
                source.report((*loc, key), f"'{key}' has no effect with rule {rule}", "Leave it out.")
        _check_message(source, (*loc, "message"), row.get("message"))


def _check_reminders(source: Source) -> None:
    for loc, row in _each(source, "reminders.*"):
        wants = row.get("only_if") == "missing_fields"
        if wants and not row.get("fields"):
            source.report(loc, f"the reminder '{row.get('id')}' can never come up", "Give it fields.")
        elif row.get("fields") and not wants:
            source.report((*loc, "fields"), "fields have no effect", "Add only_if: missing_fields.")
        _check_message(source, (*loc, "text"), row.get("text"), REMINDER_WORDS)


def _check_message(source: Source, loc: Loc, message: Any, known: tuple[str, ...] = PLACEHOLDERS) -> None:
    if not isinstance(message, str):
        return
    try:
        names = [name for _, name, _, _ in Formatter().parse(message) if name is not None]
    except ValueError as error:
        source.report(loc, f"the message cannot be filled in ({error})", "Write {{ for a brace.")
        return
    for name in names:
        if name not in known:
            source.report(loc, f"the message has an unknown {{{name}}}", did_you_mean(name, known))


def _check_reversions(source: Source, ids: Ids) -> None:
    order = {name: at for at, name in enumerate(ids["stage"])}
    for loc, row in _each(source, "reversions.*"):
        to = order.get(str(row.get("to")))
        if to is None:
            continue
        if to == len(order) - 1:
            source.report((*loc, "to"), f"no stage lies after '{row['to']}'", "Name an earlier one.")
        for at, name in enumerate(_texts(row.get("from_stages"))):
            if name in order and order[name] <= to:
                source.report(
                    (*loc, "from_stages", at), f"'{name}' is not later than '{row['to']}'", "Leave it out."
                )


def _check_heard(source: Source) -> None:
    """Utterances: something to listen for, none twice, none that is wanted and ruled out at once."""
    for pattern, key in _HEARD:
        for loc, row in _each(source, pattern):
            wanted = _texts(row.get(key))
            silent = key != "signals" or row.get("rule") == "slipped_close_date"
            if not wanted and silent:
                message = f"nothing is listened for in '{row.get('id')}'"
                source.report((*loc, key), message, f"Add example utterances as {key}.", warning=True)
            _check_said(source, loc, key, wanted, _texts(row.get("not_this")))
    for loc, row in _each(source, "influence_roles.*"):
        if not row.get("listen_for") and not row.get("title_words"):
            message = f"nothing shows the role '{row.get('id')}'"
            source.report(loc, message, "Add title_words or listen_for.", warning=True)


def _check_said(source: Source, loc: Loc, key: str, wanted: list[str], unwanted: list[str]) -> None:
    seen: set[str] = set()
    for at, said in enumerate(wanted):
        if said.casefold() in seen:
            source.report((*loc, key, at), f"{said[:40]!r} is there twice", "Keep one.", warning=True)
        seen.add(said.casefold())
    for at, said in enumerate(unwanted):
        if said.casefold() in seen:
            source.report((*loc, "not_this", at), f"{said[:40]!r} is in {key} too", "Keep it in one of them.")
