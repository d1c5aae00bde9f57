"""Everything that a review shows, in one read."""

from __future__ import annotations

from coachbot.model.base import Frozen
from coachbot.model.playbook import Playbook
from coachbot.model.recap import Recap
from coachbot.model.transcript import Transcript
from coachbot.model.workspace import Call, Deal, Fact, ReviewItem
from coachbot.review.criteria import Gate, gate_of
from coachbot.review.facts import SINGLE
from coachbot.store import Unit


class ItemView(Frozen):
    """An item beside what the deal knows already. `conflict`: the two cannot both hold."""

    item: ReviewItem
    label: str
    current: tuple[Fact, ...] = ()
    conflict: bool = False


class ReviewView(Frozen):
    """A call under review."""

    call: Call
    deal: Deal | None
    recap: Recap
    items: tuple[ItemView, ...]
    gate: Gate | None

    @property
    def decided(self) -> int:
        """Items with a decision. Stale ones count in neither figure."""
        return sum(v.item.status != "draft" and not v.item.stale for v in self.items)

    @property
    def total(self) -> int:
        """Items of the latest recap, and those added by hand."""
        return sum(not v.item.stale for v in self.items)


def review_of(unit: Unit, call_id: str, playbook: Playbook) -> ReviewView:
    """The call with its items, the deal's current facts beside them, and the stage's gate.

    Raises NotFoundError where the call or its recap is not there.
    """
    call = unit.calls.need(call_id)
    recap = Recap.model_validate(unit.recaps.load(call_id).recap)
    deal = unit.deals.get(call.deal_id) if call.deal_id else None
    facts = unit.facts.of_deal(deal.id) if deal else ()
    items = tuple(_beside(i, facts, playbook) for i in unit.items.of_call(call_id))
    gate = gate_of(unit, deal, playbook, draft_call=call_id) if deal else None
    return ReviewView(call=call, deal=deal, recap=recap, items=items, gate=gate)


def transcript_of(unit: Unit, call_id: str) -> Transcript:
    """The call's transcript. Raises NotFoundError."""
    return unit.transcripts.load(call_id)


def _beside(item: ReviewItem, facts: tuple[Fact, ...], playbook: Playbook) -> ItemView:
    others = [f for f in facts if f.kind == item.kind and f.call_id != item.call_id]
    if item.kind == "field":
        spec = playbook.field_by_id.get(item.key or "")
        current = tuple(f for f in others if f.key == item.key)
        single = spec is not None and spec.kind in SINGLE
        conflict = single and any(_plain(f.value) != _plain(item.value) for f in current)
        return ItemView(
            item=item, label=spec.label if spec else item.key or "", current=current, conflict=conflict
        )
    if item.kind == "stakeholder":
        name = str(item.value.get("name") or "").casefold()
        current = tuple(f for f in others if name and str(f.value.get("name") or "").casefold() == name)
        conflict = any(
            {f.value.get("influence"), item.value.get("influence")}.isdisjoint({"unknown", None})
            and f.value.get("influence") != item.value.get("influence")
            for f in current
        )
        return ItemView(item=item, label="Stakeholder", current=current, conflict=conflict)
    if item.kind == "objection":
        category = next((o.label for o in playbook.objections if o.id == item.key), item.key or "")
        return ItemView(item=item, label=category, current=tuple(f for f in others if f.key == item.key))
    return ItemView(item=item, label="Next step")


def _plain(value: dict[str, object]) -> str:
    return " ".join(str(value.get("value") or "").casefold().split())
