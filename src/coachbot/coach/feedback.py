"""What managers say of prompts: useful or not, with a reason. It feeds the ranking, and evals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from coachbot.coach.types import CoachPrompt, CoachSheet
from coachbot.errors import UsageError
from coachbot.store import Mark, Unit

MARK = "coach.prompt"
FEWEST = 5
"""Opinions on prompts of the same line of the playbook before they count."""
REACH = 12.0
"""The most that they add to a weight, or take from it."""


def mark(
    unit: Unit, sheet: CoachSheet, prompt: CoachPrompt, *, useful: bool, by: str | None, why: str | None
) -> Mark:
    """Note what somebody thinks of a prompt. A word against it needs a reason (UsageError)."""
    if not useful and not (why or "").strip():
        raise UsageError("say why it was not useful: the reason is what the evals learn from")
    value = {
        "useful": useful, "stage": sheet.stage, "playbook": f"{sheet.playbook} {sheet.version}",
        "prompt": prompt.model_dump(mode="json"),
    }  # fmt: skip
    # by whom is part of the key, so that one person's second word replaces their first and nobody else's
    made = unit.marks.add(MARK, sheet.subject, key=f"{prompt.id}:{by or ''}", value=value, by=by, why=why)
    unit.audit.add(
        "coach.mark", sheet.subject, who=by, after={"prompt": prompt.id, "useful": useful}, why=why
    )
    return made


def weights(unit: Unit) -> dict[tuple[str, str], float]:
    """What opinions add to the weight of prompts, by (basis kind, basis id): from five opinions on.

    The share of useful ones, shrunk towards a half by two imagined opinions (Laplace's rule of succession).
    """
    useful: Counter[tuple[str, str]] = Counter()
    total: Counter[tuple[str, str]] = Counter()
    for one in unit.marks.current(MARK):
        basis = one.value.get("prompt", {}).get("basis", {})
        key = (str(basis.get("kind")), str(basis.get("id")))
        total[key] += 1
        useful[key] += bool(one.value.get("useful"))
    return {
        key: REACH * (2 * (useful[key] + 1) / (count + 2) - 1)
        for key, count in total.items()
        if count >= FEWEST
    }


def counts(unit: Unit) -> tuple[int, int]:
    """How many prompts were marked useful, and how many were marked."""
    marks = unit.marks.current(MARK)
    return sum(bool(m.value.get("useful")) for m in marks), len(marks)


def exported(unit: Unit) -> Iterator[dict[str, Any]]:
    """The opinions as eval cases, one a prompt and person: the prompt as it was shown, useful or not, why."""
    for one in unit.marks.current(MARK):
        yield {
            "schema": "coachbot/coach-feedback/1", "subject": one.subject, "at": one.at.isoformat(),
            "by": one.by, "useful": bool(one.value.get("useful")), "why": one.why,
            "stage": one.value.get("stage"), "playbook": one.value.get("playbook"),
            "prompt": one.value.get("prompt"),
        }  # fmt: skip
