"""A file's data against the types: what Pydantic objects to, said in words and with a line."""

from __future__ import annotations

import re
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from coachbot.playbook.problems import Loc, did_you_mean, nearest
from coachbot.playbook.source import Source

T = TypeVar("T", bound=BaseModel)

_WANTED = {
    "string_type": "text",
    "tuple_type": "a list",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "model_type": "keys and values",
    "model_attributes_type": "keys and values",
}


def validated(model: type[T], source: Source) -> T | None:
    """The data as that type; None, with every reason in the source's problems, where it is not one."""
    if not isinstance(source.data, dict):
        if not source.problems:
            source.report((), "holds no keys and values", "See docs/playbook.md for what belongs here.")
        return None
    try:
        return model.model_validate(source.data)
    except ValidationError as error:
        errors = error.errors(include_url=False)
    unknown = {(e["loc"][:-1], _meant(model, e["loc"])) for e in errors if e["type"] == "extra_forbidden"}
    for e in errors:
        # a mistyped key is one mistake, although it leaves the right key missing too
        if e["type"] != "missing" or (e["loc"][:-1], e["loc"][-1]) not in unknown:
            _report(source, model, e)
    return None


def refuse_own_files(source: Source) -> None:
    """Report and drop keys of a playbook whose values come from other files."""
    for key, hint in _OWN_FILES.items():
        if isinstance(source.data, dict) and key in source.data:
            source.report((key,), f"unknown key '{key}'", hint)
            del source.data[key]


def _meant(model: type[BaseModel], loc: Loc) -> str | None:
    return nearest(str(loc[-1]), keys_at(model, loc[:-1]))


def _report(source: Source, model: type[BaseModel], e: Any) -> None:
    loc: Loc = e["loc"]
    name, kind = source.name(loc), e["type"]
    if kind == "extra_forbidden":
        source.report(loc, f"unknown key '{name}'", did_you_mean(str(loc[-1]), keys_at(model, loc[:-1])))
    elif kind == "missing":
        owner = source.name(loc[:-1])
        where = f" in {owner}" if owner else ""
        source.report(loc[:-1], f"key '{loc[-1]}' is missing{where}", "Add it.")
    elif kind == "literal_error":
        allowed = re.findall(r"'([^']+)'", e["ctx"]["expected"])
        source.report(loc, f"'{name}' cannot be {e['input']!r}", did_you_mean(str(e["input"]), allowed))
    elif kind == "greater_than_equal":
        source.report(loc, f"'{name}' is {e['input']}", f"It must be {e['ctx']['ge']} or more.")
    elif kind == "too_short":
        source.report(loc, f"'{name}' is empty", "Add at least one.")
    else:
        wanted = _WANTED.get(kind)
        message = f"'{name}' must be {wanted}" if wanted else f"'{name}': {e['msg']}"
        source.report(loc, message, _cure(e["input"], wanted))


_OWN_FILES = {
    "plays": "Coaching pages are files of their own, in plays/.",
    "methodologies": "Methodologies are files of their own, in methodologies/.",
}


def _cure(given: Any, wanted: str | None) -> str:
    if given is None:
        return "Nothing stands after the colon."
    if wanted == "text" and isinstance(given, dict):
        return "Put the text in quotes: it has a colon in it."
    if wanted == "text" and isinstance(given, int | float):
        return f'Put it in quotes: "{str(given).lower() if isinstance(given, bool) else given}".'
    if wanted == "a list":
        return "Write each entry on a line of its own, after a -."
    return f"It is {str(given)[:40]!r}."


def keys_at(model: type[BaseModel], loc: Loc) -> list[str]:
    """The keys that may stand at a place of a file; those that come from other files are left out."""
    current: type[BaseModel] | None = model
    for part in loc:
        if isinstance(part, str) and current is not None:
            current = (
                _model_in(current.model_fields[part].annotation) if part in current.model_fields else None
            )
    if current is None:
        return []
    return [key for key in current.model_fields if loc or key not in _OWN_FILES]


def _model_in(annotation: Any) -> type[BaseModel] | None:
    for each in (annotation, *get_args(annotation)):
        if isinstance(each, type) and issubclass(each, BaseModel):
            return each
    return None
