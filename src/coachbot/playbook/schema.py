"""JSON Schemas of a playbook's YAML files, generated from the types, so that editors complete them."""

from __future__ import annotations

from typing import Any

from coachbot.model.playbook import Methodology, Playbook

_DRAFT = "https://json-schema.org/draft/2020-12/schema"


def json_schema() -> dict[str, Any]:
    """The schema of playbook.yaml; `playbooks/playbook.schema.json` is its copy."""
    schema = Playbook.model_json_schema()
    for key in ("plays", "methodologies"):  # files of their own
        del schema["properties"][key]
    for unused in ("Play", "Methodology", "MethodologyElement"):
        del schema["$defs"][unused]
    return {"$schema": _DRAFT, "$id": "coachbot/playbook/1", **schema, "title": "coachbot playbook"}


def methodology_schema() -> dict[str, Any]:
    """The schema of methodologies/*.yaml; `playbooks/methodology.schema.json` is its copy."""
    schema = Methodology.model_json_schema()
    return {"$schema": _DRAFT, "$id": "coachbot/methodology/1", **schema, "title": "coachbot methodology"}
