"""The claims of several parts of a call as one: what two parts both read is said once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from coachbot.extract.llm_parse import MOST_QUOTES, Parts
from coachbot.model.claims import (
    C,
    Claim,
    FieldClaim,
    NextStepClaim,
    ObjectionClaim,
    Quote,
    StakeholderClaim,
)
from coachbot.model.playbook import Playbook

_ALIKE = 0.5
"""Share of the words of the shorter text from which two say the same."""


def merge(parts: Sequence[Parts], playbook: Playbook) -> Parts:
    """One set of claims, in the order of the parts. Two different values of a choice both stay."""
    choices = {f.id for f in playbook.fields if f.kind == "choice"}
    whole = Parts(
        fields=_once((c for p in parts for c in p.fields), lambda a, b: _same_fact(a, b, choices)),
        commitments=_once((c for p in parts for c in p.commitments), _same("commitment")),
        reversions=_once((c for p in parts for c in p.reversions), _same("reversion")),
        risks=_once((c for p in parts for c in p.risks), _same("risk")),
        stakeholders=_people(c for p in parts for c in p.stakeholders),
        objections=_once((c for p in parts for c in p.objections), _same_objection),
        next_steps=_once((c for p in parts for c in p.next_steps), _same_step),
        summary=[line for p in parts for line in p.summary],
    )
    for part in parts:
        whole.dropped.update(part.dropped)
    return whole


def _once(claims: Iterable[C], same: Callable[[C, C], bool]) -> list[C]:
    kept: list[C] = []
    for claim in claims:
        at = next((n for n, other in enumerate(kept) if same(other, claim)), None)
        if at is None:
            kept.append(claim)
        else:
            kept[at] = _with_quotes(kept[at], claim.quotes)
    return kept


def _with_quotes(claim: C, more: Iterable[Quote]) -> C:
    quotes = tuple(dict.fromkeys((*claim.quotes, *more)))[:MOST_QUOTES]
    return claim.model_copy(update={"quotes": quotes})


def _same(key: str) -> Callable[[Claim, Claim], bool]:
    return lambda a, b: getattr(a, key) == getattr(b, key)


def _same_fact(a: FieldClaim, b: FieldClaim, choices: set[str]) -> bool:
    if a.field != b.field:
        return False
    if a.field in choices and _words(a.value) != _words(b.value):
        return False
    return _quoted_alike(a, b) and _alike(a.value, b.value)


def _same_objection(a: ObjectionClaim, b: ObjectionClaim) -> bool:
    return a.category == b.category and _quoted_alike(a, b)


def _same_step(a: NextStepClaim, b: NextStepClaim) -> bool:
    return _quoted_alike(a, b) and _alike(a.value, b.value) and (a.date == b.date or None in (a.date, b.date))


def _quoted_alike(a: Claim, b: Claim) -> bool:
    """Whether two claims rest on the same words of the same turn."""
    return any(p.turn == q.turn and _alike(p.text, q.text) for p in a.quotes for q in b.quotes)


def _alike(a: str, b: str) -> bool:
    mine, theirs = _words(a), _words(b)
    return len(mine & theirs) >= _ALIKE * max(1, min(len(mine), len(theirs)))


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.casefold()))


def _people(claims: Iterable[StakeholderClaim]) -> list[StakeholderClaim]:
    """Everybody once: 'Marisol' is the only Marisol there is, and what a later part knows is added."""
    kept: list[StakeholderClaim] = []
    for claim in claims:
        at = next((n for n, other in enumerate(kept) if _same_person(other, claim)), None)
        if at is None:
            kept.append(claim)
            continue
        first = kept[at]
        longer = max((first.name, claim.name), key=lambda n: len(n or ""))
        kept[at] = _with_quotes(first, claim.quotes).model_copy(
            update={
                "name": longer,
                "role": first.role or claim.role,
                "on_call": first.on_call or claim.on_call,
                "influence": claim.influence if first.influence == "unknown" else first.influence,
            }
        )
    return kept


def _same_person(a: StakeholderClaim, b: StakeholderClaim) -> bool:
    if a.name and b.name:
        mine, theirs = _words(a.name), _words(b.name)
        return mine <= theirs or theirs <= mine
    if a.name or b.name:
        return False
    return _words(a.role or "") == _words(b.role or "")
