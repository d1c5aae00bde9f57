"""What a person may write into an item."""

from __future__ import annotations

from datetime import date
from typing import Any, get_args

from pydantic import TypeAdapter, ValidationError

from coachbot.errors import UsageError
from coachbot.model.claims import Handled, Owner
from coachbot.model.playbook import Playbook
from coachbot.model.workspace import ItemKind

_KEYS: dict[str, dict[str, Any]] = {
    "field": {"value": str},
    "stakeholder": {"name": str | None, "role": str | None, "side": str, "on_call": bool, "influence": str},
    "objection": {"category": str, "text": str, "handled": str, "response": str | None},
    "next_step": {"what": str, "owner": str, "when": str | None, "date": str | None, "committed": bool},
}
_DEFAULTS: dict[str, dict[str, Any]] = {
    "field": {},
    "stakeholder": {"name": None, "role": None, "side": "buyer", "on_call": False, "influence": "unknown"},
    "objection": {"handled": "no", "response": None},
    "next_step": {"owner": "unknown", "when": None, "date": None, "committed": False},
}
LONGEST = 2000


def checked(
    kind: ItemKind,
    key: str | None,
    value: dict[str, Any],
    playbook: Playbook,
    *,
    before: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """The whole value of an item: what is given over what was there. Raises UsageError, naming the key.

    A choice must be one of the field's options exactly; categories, influence roles and fields must be
    the playbook's; dates are YYYY-MM-DD.
    """
    known = _KEYS[kind]
    for name in value:
        if name not in known:
            raise UsageError(f"a {kind} has no {name!r}; it has {', '.join(known)}")
    whole = {**_DEFAULTS[kind], **(before or {}), **value}
    for name, type_ in known.items():
        if name not in whole:
            raise UsageError(f"a {kind} needs {name!r}")
        try:
            TypeAdapter(type_).validate_python(whole[name], strict=True)
        except ValidationError as error:
            raise UsageError(f"{name!r} of a {kind}: {error.errors()[0]['msg'].lower()}") from error
        if isinstance(whole[name], str):
            whole[name] = " ".join(whole[name].split())
            if len(whole[name]) > LONGEST:
                raise UsageError(f"{name!r} is longer than {LONGEST} characters: say it shorter")
    _CHECKS[kind](key, whole, playbook)
    return whole


def _field(key: str | None, value: dict[str, Any], playbook: Playbook) -> None:
    spec = playbook.field_by_id.get(key or "")
    if spec is None:
        raise UsageError(f"playbook {playbook.id!r} has no field {key!r}")
    if not value["value"]:
        raise UsageError(f"{spec.label}: the value is empty; reject the item instead")
    if spec.kind == "choice" and spec.options and value["value"] not in spec.options:
        raise UsageError(f"{spec.label}: choose one of {', '.join(spec.options)}")


def _stakeholder(key: str | None, value: dict[str, Any], playbook: Playbook) -> None:
    if not value["name"] and not value["role"]:
        raise UsageError("a stakeholder needs a name or a role")
    _one_of("side", value["side"], ("buyer", "seller"))
    _one_of("influence", value["influence"], (*(r.id for r in playbook.influence_roles), "unknown"))


def _objection(key: str | None, value: dict[str, Any], playbook: Playbook) -> None:
    _one_of("category", value["category"], tuple(o.id for o in playbook.objections))
    _one_of("handled", value["handled"], get_args(Handled))
    if not value["text"]:
        raise UsageError("the objection's text is empty; reject the item instead")


def _next_step(key: str | None, value: dict[str, Any], playbook: Playbook) -> None:
    if not value["what"]:
        raise UsageError("a next step needs what is to be done")
    _one_of("owner", value["owner"], get_args(Owner))
    if value["date"]:
        try:
            value["date"] = date.fromisoformat(value["date"]).isoformat()
        except ValueError as error:
            raise UsageError(f"date {value['date']!r}: write YYYY-MM-DD") from error
    else:
        value["date"] = None


_CHECKS = {"field": _field, "stakeholder": _stakeholder, "objection": _objection, "next_step": _next_step}


def _one_of(name: str, value: Any, options: tuple[str, ...]) -> None:
    if value not in options:
        raise UsageError(f"{name} {value!r}: choose one of {', '.join(options)}")
