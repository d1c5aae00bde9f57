"""Making an answer fit its schema where that loses nothing, or only what it says it loses.

A model that the server does not hold to the schema writes "12" for 12, leaves out an empty list, or
invents an option. What can be read in one way only is read that way; an item of a list that cannot be
read is left out and named, since forty good items should not go with one bad one.
"""

from __future__ import annotations

import re
from typing import Any

from coachbot.errors import WrongShapeError

_TRUE, _FALSE = {"true", "yes"}, {"false", "no"}
_MISSING = object()
_MOST_NOTES = 20


class _Misfit(Exception):  # noqa: N818  (never leaves this module)
    """A value that cannot be read as its schema wants."""

    def __init__(self, where: str, reason: str) -> None:
        super().__init__(f"{where or 'the answer'}: {reason}")


def fit(data: Any, schema: dict[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The data as the schema wants it, and what was changed with loss. WrongShapeError where it cannot be.

    The schema is JSON Schema with an object at its root; `$ref` may point into the schema itself.
    """
    if _valid(data, schema) is None:
        return data, ()
    fitter = _Fitter(schema)
    try:
        fitted = fitter.value(_unwrap(data, schema), schema, "")
    except _Misfit as error:
        raise WrongShapeError(_line(str(error)), detail=str(error)) from None
    except RecursionError:
        raise WrongShapeError(_line("it is nested too deep")) from None
    left = _valid(fitted, schema)
    if left is not None:
        raise WrongShapeError(_line(left), detail=left)
    notes = fitter.notes
    if len(notes) > _MOST_NOTES:
        notes = [*notes[:_MOST_NOTES], f"and {len(notes) - _MOST_NOTES} more"]
    return fitted, tuple(notes)


def _line(reason: str) -> str:
    return f"the model's answer does not have the form that was asked for ({reason[:200]})"


def _valid(data: Any, schema: dict[str, Any]) -> str | None:
    """None where the data is valid, else where and why it is not."""
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import best_match

    try:
        error = best_match(Draft202012Validator(schema).iter_errors(data))
    except RecursionError:
        return "it is nested too deep"
    if error is None:
        return None
    return f"{'.'.join(map(str, error.absolute_path)) or 'the answer'}: {error.message[:120]}"


def _unwrap(data: Any, schema: dict[str, Any]) -> Any:
    """The object itself, where the model put it into another one or into a list."""
    wanted = set(schema.get("properties", {}))
    if isinstance(data, list):
        objects = [d for d in data if isinstance(d, dict)]
        if len(data) == 1 and objects and wanted & set(objects[0]):
            return _unwrap(objects[0], schema)
        lists = [k for k, v in schema.get("properties", {}).items() if v.get("type") == "array"]
        return {lists[0]: data} if len(lists) == 1 else data
    if isinstance(data, dict) and wanted and not wanted & set(data):
        inner = [v for v in data.values() if isinstance(v, dict) and wanted & set(v)]
        if len(inner) == 1:
            return inner[0]
    return data


class _Fitter:
    def __init__(self, root: dict[str, Any]) -> None:
        self.root = root
        self.notes: list[str] = []

    def value(self, value: Any, schema: Any, where: str) -> Any:
        if schema is True or schema == {}:
            return value
        if not isinstance(schema, dict):
            raise _Misfit(where, "is not allowed")
        schema = self.resolve(schema)
        branches = schema.get("anyOf") or schema.get("oneOf")
        if branches:
            return self.branch(value, branches, where)
        if "const" in schema:
            return self.option(value, [schema["const"]], where)
        if "enum" in schema:
            return self.option(value, schema["enum"], where)
        types = schema.get("type")
        if types is None:
            types = "object" if "properties" in schema else None
        if types is None:
            return value
        return self.typed(value, [types] if isinstance(types, str) else list(types), schema, where)

    def resolve(self, schema: dict[str, Any]) -> dict[str, Any]:
        for _ in range(20):
            ref = schema.get("$ref")
            if not isinstance(ref, str) or not ref.startswith("#"):
                return schema
            target: Any = self.root
            for part in ref.removeprefix("#").strip("/").split("/"):
                target = target.get(part.replace("~1", "/").replace("~0", "~"), {}) if part else target
            schema = target
        return schema

    def branch(self, value: Any, branches: list[Any], where: str) -> Any:
        for lenient in (False, True):
            for schema in branches:
                before = len(self.notes)
                try:
                    fitted = self.value(value, schema, where)
                except _Misfit:
                    del self.notes[before:]
                    continue
                if lenient or (len(self.notes) == before and fitted == value):
                    return fitted
                del self.notes[before:]
        raise _Misfit(where, "fits none of the forms allowed")

    def option(self, value: Any, options: list[Any], where: str) -> Any:
        if any(type(value) is type(o) and value == o for o in options):
            return value
        if isinstance(value, str):
            for option in options:
                if isinstance(option, str) and _plain(option) == _plain(value):
                    return option
            if None in options and _plain(value) in ("", "null", "none"):
                return None
        raise _Misfit(where, f"{str(value)[:40]!r} is not one of its options")

    def typed(self, value: Any, types: list[str], schema: dict[str, Any], where: str) -> Any:
        if value is None and "null" in types:
            return None
        found = [t for t in types if _is(value, t)]
        for kind in found or [t for t in types if t != "null"]:
            if kind == "object" and isinstance(value, dict):
                return self.members(value, schema, where)
            if kind == "array":
                return self.items(value, schema, where)
            if kind in found:
                return value
            read = _read(value, kind)
            if read is not _MISSING:
                return read
        if "null" in types and isinstance(value, str) and _plain(value) in ("", "null", "none", "unknown"):
            return None
        raise _Misfit(where, f"is not {' or '.join(types)}")

    def items(self, value: Any, schema: dict[str, Any], where: str) -> list[Any]:
        if value is None:
            return []
        if isinstance(value, dict) and not schema.get("items"):
            raise _Misfit(where, "is not array")
        out = []
        for at, item in enumerate(value if isinstance(value, list) else [value]):
            before = len(self.notes)
            try:
                out.append(self.value(item, schema.get("items", True), f"{where}.{at}".strip(".")))
            except _Misfit as error:
                del self.notes[before:]
                self.notes.append(f"left out: {error}")
        if value and not out:  # nothing found and nothing that can be read are not the same
            raise _Misfit(where, "has no item that can be read")
        return out

    def members(self, value: dict[str, Any], schema: dict[str, Any], where: str) -> dict[str, Any]:
        known: dict[str, Any] = schema.get("properties", {})
        required = set(schema.get("required", ()))
        names = {_plain(name): name for name in known}
        given = {k if k in known else names.get(_plain(k), k): v for k, v in value.items()}
        if required and not set(given) & set(known):
            raise _Misfit(where, f"has none of {', '.join(list(known)[:8])}")
        out: dict[str, Any] = {}
        for name, inner in known.items():
            place = f"{where}.{name}".strip(".")
            try:
                if name in given:
                    out[name] = self.value(given[name], inner, place)
                elif name in required:
                    out[name] = self.blank(inner, place)
                    if not where:
                        self.notes.append(f"{name} is missing from the answer")
            except _Misfit as error:
                if name in required:
                    out[name] = self.blank(inner, place, str(error), lists=False)
                self.notes.append(f"left out: {error}")
        rest = {k: v for k, v in given.items() if k not in known}
        extra = schema.get("additionalProperties", True)
        if extra is not False:
            out |= {k: self.value(v, extra, f"{where}.{k}".strip(".")) for k, v in rest.items()}
        return out

    def blank(self, schema: Any, where: str, reason: str = "is missing", *, lists: bool = True) -> Any:
        """What stands for nothing under a schema: its default, null, or an empty list."""
        schema = self.resolve(schema) if isinstance(schema, dict) else {}
        if "default" in schema:
            return schema["default"]
        types = schema.get("type", [])
        types = [types] if isinstance(types, str) else list(types)
        for branch in schema.get("anyOf", []):
            types.append(self.resolve(branch).get("type"))
        if "null" in types or None in schema.get("enum", ()):
            return None
        if lists and "array" in types and not schema.get("minItems"):
            return []
        raise _Misfit(where, reason.removeprefix(f"{where}: "))


def _plain(text: str) -> str:
    return re.sub(r"[\W_]+", "", text.casefold())


def _is(value: Any, kind: str) -> bool:
    if isinstance(value, bool):
        return kind == "boolean"
    classes: dict[str, Any] = {
        "object": dict, "array": list, "string": str, "integer": int, "number": (int, float),
    }  # fmt: skip
    return kind in classes and isinstance(value, classes[kind])


def _read(value: Any, kind: str) -> Any:
    """A scalar of another type that can be read in one way only; `T12` is the number of a turn."""
    if kind == "string" and isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)
    if kind == "integer" and isinstance(value, float) and value.is_integer():
        return int(value)
    if not isinstance(value, str):
        return _MISSING
    text = value.strip()
    if kind == "integer" and (match := re.fullmatch(r"\[?[A-Za-z]?(\d{1,9})\]?", text)):
        return int(match[1])
    if kind == "number":
        try:
            return float(text)
        except ValueError:
            return _MISSING
    if kind == "boolean" and text.casefold() in _TRUE | _FALSE:
        return text.casefold() in _TRUE
    return _MISSING
