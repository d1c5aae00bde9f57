"""The JSON Schema of playbook.yaml, so that editors complete it."""

from __future__ import annotations

from typing import Any

from coachbot.model.playbook import Playbook


def json_schema() -> dict[str, Any]:
    """Generated from the types; `playbooks/playbook.schema.json` is its copy."""
    schema = Playbook.model_json_schema()
    for loaded in ("plays", "methodologies"):  # files of their own
        schema["properties"].pop(loaded)
    for definition in ("Play", "Methodology", "MethodologyElement"):
        schema["$defs"].pop(definition, None)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "coachbot/playbook/1",
        **schema,
        "title": "coachbot playbook",
    }
