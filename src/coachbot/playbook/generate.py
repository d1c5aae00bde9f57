"""What is generated from the types: the JSON Schemas, and the list of keys in docs/playbook.md.

Run `python -m coachbot.playbook.generate` in a checkout after a change of the types.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from coachbot.model.playbook import (
    Commitment,
    Criterion,
    DisqualificationReason,
    FieldSpec,
    HandoffCheck,
    HandoffRule,
    Indicator,
    InfluenceRole,
    Methodology,
    MethodologyElement,
    Metrics,
    ObjectionCategory,
    Playbook,
    Reminder,
    Reversion,
    Risk,
    Stage,
)
from coachbot.playbook.pages import FrontMatter
from coachbot.playbook.schema import json_schema, methodology_schema
from coachbot.playbook.validate import keys_at

START, END = "<!-- keys: generated -->\n", "<!-- end of keys -->\n"

PARTS: tuple[tuple[str, type[BaseModel]], ...] = (
    ("playbook.yaml", Playbook),
    ("stages", Stage),
    ("entry_criteria and exit_criteria of a stage", Criterion),
    ("buyer_commitments of a stage", Commitment),
    ("indicators of a stage", Indicator),
    ("fields", FieldSpec),
    ("objections", ObjectionCategory),
    ("influence_roles", InfluenceRole),
    ("risks and portfolio_risks", Risk),
    ("reminders", Reminder),
    ("reversions", Reversion),
    ("handoff_rules", HandoffRule),
    ("disqualification_reasons", DisqualificationReason),
    ("metrics", Metrics),
    ("handoffs of the metrics", HandoffCheck),
    ("plays/*.md, front matter", FrontMatter),
    ("methodologies/*.yaml", Methodology),
    ("elements of a methodology", MethodologyElement),
)


def key_reference() -> str:
    """Every key of every file of a playbook, as Markdown tables."""
    return "\n".join(_table(title, model) for title, model in PARTS)


def _table(title: str, model: type[BaseModel]) -> str:
    about = " ".join((model.__doc__ or "").split())
    rows = [_row(key, model.model_fields[key]) for key in keys_at(model, ())]
    head = "| Key | Needed | What it is |\n|---|---|---|"
    return f"### {title}\n\n{about}\n\n{head}\n" + "\n".join(rows) + "\n"


def _row(key: str, info: FieldInfo) -> str:
    choices = [a for a in get_args(info.annotation) if isinstance(a, str)]
    what = info.description or ""
    if choices:
        what += f": {', '.join(f'`{c}`' for c in choices)}"
    default = info.get_default(call_default_factory=True)
    if not info.is_required() and default not in ((), "", None) and not isinstance(default, BaseModel):
        what += f" (`{str(default).lower()}` where left out)"
    return f"| `{key}` | {'yes' if info.is_required() else ''} | {what} |"


def written(root: Path) -> dict[Path, str]:
    """The generated files of a checkout with what should stand in them."""
    docs = root / "docs" / "playbook.md"
    before, _, rest = docs.read_text(encoding="utf-8").partition(START)
    after = rest.partition(END)[2]
    schemas = root / "playbooks"
    return {
        schemas / "playbook.schema.json": json.dumps(json_schema(), indent=2) + "\n",
        schemas / "methodology.schema.json": json.dumps(methodology_schema(), indent=2) + "\n",
        docs: f"{before}{START}\n{key_reference()}\n{END}{after}",
    }


if __name__ == "__main__":
    for path, text in written(Path(__file__).resolve().parents[3]).items():
        path.write_text(text, encoding="utf-8")
