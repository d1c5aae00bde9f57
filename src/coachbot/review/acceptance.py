"""How often people take what the engine proposes, and which fields have earned to be taken unasked."""

from __future__ import annotations

from collections import defaultdict

from coachbot.model.base import Frozen
from coachbot.model.playbook import Playbook
from coachbot.model.workspace import Call, ItemKind, ReviewItem
from coachbot.review.decide import Reviewer, accept
from coachbot.store import Unit


class Acceptance(Frozen):
    """Of `decided` items of a kind, key, engine and prompt, how many were taken as they were or edited."""

    kind: ItemKind
    key: str | None
    engine: str | None
    prompt: str | None
    accepted: int
    edited: int
    rejected: int

    @property
    def decided(self) -> int:
        """All that were decided."""
        return self.accepted + self.edited + self.rejected

    @property
    def rate(self) -> float:
        """Share taken as they were."""
        return self.accepted / self.decided if self.decided else 0.0


def acceptance(unit: Unit, *, kind: ItemKind | None = None) -> tuple[Acceptance, ...]:
    """Acceptance by kind, key, engine and prompt version; what people added by hand is not counted."""
    counted: dict[tuple[ItemKind, str | None, str | None, str | None], dict[str, int]] = defaultdict(dict)
    for row in unit.decisions.acceptance(kind=kind):
        if row.engine is not None and row.action in ("accept", "edit", "reject"):
            counted[row.kind, row.key, row.engine, row.prompt][row.action] = row.count
    return tuple(
        Acceptance(
            kind=kind_, key=key, engine=engine, prompt=prompt,
            accepted=c.get("accept", 0), edited=c.get("edit", 0), rejected=c.get("reject", 0),
        )
        for (kind_, key, engine, prompt), c in counted.items()
    )  # fmt: skip


def accept_earned(
    unit: Unit, call: Call, playbook: Playbook, *, threshold: float, minimum: int
) -> tuple[ReviewItem, ...]:
    """Accept the drafts of fields whose proposals were taken `threshold` of the time, of `minimum` or more.

    Counted for the engine and prompt that made this draft. Each acceptance is in the audit with its reason,
    and can be undone like any other.
    """
    version = unit.recaps.latest(call.id)
    if version is None:
        return ()
    prompt = (version.recap.get("engine") or {}).get("prompts", {}).get("extract")
    earned = {
        a.key: a
        for a in acceptance(unit, kind="field")
        if (a.engine, a.prompt) == (version.engine, prompt) and a.decided >= minimum and a.rate >= threshold
    }
    taken = []
    for item in unit.items.of_call(call.id):
        if item.kind == "field" and item.status == "draft" and not item.stale and item.key in earned:
            by = Reviewer(user_id=None, playbook=playbook)
            taken.append(accept(unit, item.id, by, version=item.version, why=_reason(earned[item.key])))
    return tuple(taken)


def _reason(rate: Acceptance) -> str:
    return f"taken by itself: {rate.accepted} of {rate.decided} were accepted as they were"
