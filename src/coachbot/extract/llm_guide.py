"""What a playbook asks of a call, as variables of the extraction prompt: the same for every call."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from coachbot.model.playbook import Playbook, Reversion, Stage


class Level(NamedTuple):
    """How much is told of each entry: so many examples and counter-examples, and the fields' notes.

    `tight`: of commitments and reversions only those that concern the stage of the deal.
    """

    yes: int
    no: int
    notes: bool = True
    tight: bool = False


LEVELS = (Level(2, 1), Level(1, 0), Level(0, 0), Level(0, 0, notes=False, tight=True))
"""From a roomy context to a small one."""


def guide(playbook: Playbook, level: Level = LEVELS[0], stage: str | None = None) -> dict[str, Any]:
    """Fields, objections, roles, commitments, reversions and spoken risks, told as the level says."""
    yes, no = level.yes, level.no
    here = playbook.stage_by_id.get(stage or "") if level.tight else None

    def said(like: Sequence[str], unlike: Sequence[str]) -> dict[str, str]:
        return {"like": _quoted(like[:yes]), "unlike": _quoted(unlike[:no])}

    return {
        "flat": level.tight,
        "fields": [
            {
                "id": f.id,
                "label": f.label,
                "question": f.question,
                "note": f.note if level.notes else "",
                "said_by": f.said_by,
                "options": list(f.options) if f.kind == "choice" else [],
                **said(f.listen_for, f.not_this),
            }
            for f in playbook.fields
        ],
        "objections": [
            {"id": o.id, "label": o.label, **said(o.examples, o.not_this)} for o in playbook.objections
        ],
        "roles": [
            {
                "id": r.id,
                "label": r.label,
                "description": r.description,
                "titles": list(r.title_words[: 2 * yes]),
                **said(r.listen_for[:1], ()),
            }
            for r in playbook.influence_roles
        ],
        "commitments": [
            {"id": c.id, "text": c.text, "stage": s.name, **said(c.listen_for, c.not_this)}
            for s in ((here,) if here else playbook.stages)
            for c in s.buyer_commitments
        ],
        "reversions": [
            {
                "id": r.id,
                "text": r.text,
                "after": playbook.stage_by_id[r.to].name,
                "stages": [playbook.stage_by_id[s].name for s in r.from_stages],
                **said(r.listen_for, r.not_this),
            }
            for r in playbook.reversions
            if here is None or _applies(playbook, r, here)
        ],
        "risks": [
            {"id": r.id, "label": r.label, "message": r.message, **said(r.signals, r.not_this)}
            for r in playbook.risks
            if r.signals
        ],
    }


def _applies(playbook: Playbook, reversion: Reversion, stage: Stage) -> bool:
    later = playbook.stage_index(reversion.to) < playbook.stage_index(stage.id)
    return later and (not reversion.from_stages or stage.id in reversion.from_stages)


def _quoted(texts: Sequence[str]) -> str:
    return " ".join(f'"{text}"' for text in texts)
