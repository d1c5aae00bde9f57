"""The end of a review: accepted facts update the deal, and a person decides about its stage."""

from __future__ import annotations

from typing import Literal

from coachbot.errors import UsageError
from coachbot.model.base import Frozen
from coachbot.model.workspace import Call, CallState, Deal, Fact
from coachbot.review.criteria import Gate, gate_of
from coachbot.review.decide import Reviewer
from coachbot.review.draft import count_objections
from coachbot.review.facts import put_facts
from coachbot.store import Unit, now

StageChoice = Literal["stay", "advance", "revert"]


class Finished(Frozen):
    """What a finished review changed."""

    call: Call
    deal: Deal | None
    facts: tuple[Fact, ...]
    left: int


def finish(
    unit: Unit,
    call_id: str,
    by: Reviewer,
    *,
    version: int,
    choice: StageChoice = "stay",
    to: str | None = None,
    why: str | None = None,
    deal_version: int | None = None,
) -> Finished:
    """Close the review. Items left as drafts stay drafts: they are no facts.

    The stage changes only by `choice`: `advance` goes to the next stage (or `to`), and needs a reason where
    exit criteria are open; `revert` goes back to `to` and needs one always. Raises UsageError,
    ConflictError where the call or the deal changed since `version` or `deal_version`.
    """
    call = unit.calls.need(call_id)
    if unit.recaps.latest(call_id) is None:
        raise UsageError("the call has no recap yet: wait for it, or retry its extraction")
    call = unit.calls.update(
        call.model_copy(
            update={
                "state": CallState.REVIEWED,
                "reviewed_at": call.reviewed_at or now(),
                "error": None,
            }
        ),
        expected=version,
    )
    items = unit.items.of_call(call_id)
    facts = put_facts(unit, call, items, by.playbook)
    count_objections(unit, call, items)
    deal = unit.deals.get(call.deal_id) if call.deal_id else None
    if deal is not None:
        deal = _move(unit, deal, by, choice, to, why, deal_version)
        unit.deals.touch(deal.id)
    elif choice != "stay":
        raise UsageError("the call belongs to no deal, so there is no stage to change: link it first")
    left = sum(i.status == "draft" and not i.stale for i in items)
    unit.audit.add(
        "call.finish", f"call:{call_id}", who=by.user_id, why=why,
        after={"facts": len(facts), "left": left, "choice": choice, "stage": deal.stage if deal else None},
    )  # fmt: skip
    return Finished(call=call, deal=deal, facts=tuple(facts), left=left)


def _move(
    unit: Unit,
    deal: Deal,
    by: Reviewer,
    choice: StageChoice,
    to: str | None,
    why: str | None,
    version: int | None,
) -> Deal:
    if choice == "stay":
        return deal
    gate = gate_of(unit, deal, by.playbook)
    target = _target(deal, by, choice, to, gate)
    if choice == "advance" and gate.unmet and not why:
        texts = [c.text.rstrip(".") for c in gate.criteria if not c.met]
        raise UsageError(
            f"{len(texts)} exit {'criterion is' if len(texts) == 1 else 'criteria are'} open "
            f"({'; '.join(texts)}): give the reason for advancing all the same, or stay"
        )
    if choice == "revert" and not why:
        raise UsageError("give the reason for going back: it is kept with the deal")
    expected = deal.version if version is None else version
    moved = unit.deals.move(
        deal.id, target, expected=expected, by=by.user_id, why=why,
        unmet=gate.unmet if choice == "advance" else (),
    )  # fmt: skip
    unit.audit.add(
        "deal.stage", f"deal:{deal.id}", who=by.user_id, before={"stage": deal.stage},
        after={"stage": target, "unmet": list(gate.unmet)}, why=why,
    )  # fmt: skip
    return moved


def _target(deal: Deal, by: Reviewer, choice: StageChoice, to: str | None, gate: Gate) -> str:
    stages = list(by.playbook.stage_by_id)
    if to is not None and to not in stages:
        raise UsageError(f"there is no stage {to!r}; the stages are {', '.join(stages)}")
    if deal.stage is None:
        if to is None:
            raise UsageError(f"the deal has no stage yet: say which, of {', '.join(stages)}")
        return to
    at = stages.index(deal.stage) if deal.stage in stages else -1
    if choice == "advance":
        target = to or gate.next_stage
        if target is None:
            raise UsageError("this is the last stage: there is none to advance to")
        if stages.index(target) <= at:
            raise UsageError(f"{target!r} is not later than {deal.stage!r}: go back instead")
        return target
    if to is None:
        raise UsageError("say which stage the deal goes back to")
    if stages.index(to) >= at:
        raise UsageError(f"{to!r} is not earlier than {deal.stage!r}: advance instead")
    return to


def set_stage(
    unit: Unit, deal_id: str, by: Reviewer, *, to: str, why: str | None, version: int | None = None
) -> Deal:
    """Change a deal's stage outside a review, by the same rules."""
    deal = unit.deals.need(deal_id)
    stages = list(by.playbook.stage_by_id)
    if to == deal.stage:
        return deal
    forward = (
        deal.stage not in stages or to not in stages or stages.index(to) > stages.index(deal.stage or "")
    )
    return _move(unit, deal, by, "advance" if forward else "revert", to, why, version)


def link(unit: Unit, call_id: str, deal_id: str | None, by: Reviewer, *, version: int) -> Call:
    """Link a call to a deal, or to none. Facts of a reviewed call go along. Raises ConflictError."""
    call = unit.calls.need(call_id)
    deal = unit.deals.need(deal_id) if deal_id else None
    if call.deal_id == deal_id:
        return call
    for item in unit.items.of_call(call_id):
        unit.facts.withdraw(item.id)
    before = call.deal_id
    changes = {"deal_id": deal_id, "stage": call.stage or (deal.stage if deal else None)}
    call = unit.calls.update(call.model_copy(update=changes), expected=version)
    items = unit.items.of_call(call_id)
    if call.reviewed_at is not None:
        put_facts(unit, call, items, by.playbook)
    count_objections(unit, call, items)
    if deal is not None:
        unit.deals.touch(deal.id)
    unit.audit.add(
        "call.link", f"call:{call_id}", who=by.user_id, before={"deal": before}, after={"deal": deal_id}
    )
    return call
