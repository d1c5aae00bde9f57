"""The JSON Schema of an answer, made from a playbook. Every key is required and no other is allowed, as
strict structured output wants it; the order of the keys is the order in which a model answers.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from coachbot.model.playbook import Playbook

UNKNOWN = "unknown"
_TEXT = {"type": "string"}
_OPTIONAL = {"type": ["string", "null"]}


def answer_schema(playbook: Playbook, *, flat: bool = False) -> dict[str, Any]:
    """The answer to an extraction request. Kinds of which the playbook has none are left out.

    The short lists stand first and the facts, field by field, after them: an answer that is cut off has lost
    only the facts of the last fields. `flat`: facts as one list, each with its field, which takes a third of
    the schema away and no longer makes a model go through the fields.
    """
    quotes = {"$ref": "#/$defs/quotes"}
    commitments = [c.id for s in playbook.stages for c in s.buyer_commitments]
    reversions = [r.id for r in playbook.reversions]
    risks = [r.id for r in playbook.risks if r.signals]
    objections = [o.id for o in playbook.objections]
    influence = [r.id for r in playbook.influence_roles if r.id != UNKNOWN]
    kinds: dict[str, Any] = {
        "people": _list(
            _object(name=_OPTIONAL, role=_OPTIONAL, influence=_one_of([*influence, UNKNOWN]), quotes=quotes)
        ),
        "objections": _list(
            _object(
                category=_one_of(objections),
                text=_TEXT,
                quotes=quotes,
                handled=_one_of(["yes", "partly", "no"]),
                answer=_OPTIONAL,
                answer_quotes=quotes,
            )
        ),
        "next_steps": _list(
            _object(
                what=_TEXT,
                owner=_one_of(["buyer", "seller", "both", UNKNOWN]),
                when=_OPTIONAL,
                date=_OPTIONAL,
                committed={"type": "boolean"},
                quotes=quotes,
            )
        ),
        "commitments": _list(_object(id=_one_of(commitments), quotes=quotes)),
        "reversions": _list(_object(id=_one_of(reversions), quotes=quotes)),
        "risks": _list(_object(id=_one_of(risks), quotes=quotes)),
        "facts": _flat_facts(playbook) if flat else _facts(f.id for f in playbook.fields),
        "summary": _list(_object(text=_TEXT, turns=_list({"type": "integer"}))),
    }
    absent = {
        "objections": objections,
        "commitments": commitments,
        "reversions": reversions,
        "risks": risks,
    }
    return {
        **_object(**{k: v for k, v in kinds.items() if k not in absent or absent[k]}),
        "$defs": _definitions(),
    }


def facts_schema(fields: Iterable[str]) -> dict[str, Any]:
    """The facts of some fields alone: what a first answer that broke off did not get to."""
    return {**_object(facts=_facts(fields)), "$defs": _definitions()}


def repair_schema() -> dict[str, Any]:
    """The answer to a repair request: quotes for numbered claims."""
    quotes = {"$ref": "#/$defs/quotes"}
    mended = _object(number={"type": "integer"}, value=_TEXT, quotes=quotes)
    return {**_object(mended=_list(mended)), "$defs": {"quotes": _definitions()["quotes"]}}


def _facts(fields: Iterable[str]) -> dict[str, Any]:
    return _object(**{field: {"$ref": "#/$defs/facts"} for field in fields})


def _flat_facts(playbook: Playbook) -> dict[str, Any]:
    field = _one_of(f.id for f in playbook.fields)
    return _list(_object(field=field, value=_TEXT, quotes={"$ref": "#/$defs/quotes"}))


def _definitions() -> dict[str, Any]:
    quote = _object(turn={"type": "integer"}, text=_TEXT)
    return {
        "quotes": _list(quote),
        "facts": _list(_object(value=_TEXT, quotes={"$ref": "#/$defs/quotes"})),
    }


def _object(**properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _list(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


def _one_of(ids: Iterable[str]) -> dict[str, Any]:
    return {"type": "string", "enum": list(ids)}
