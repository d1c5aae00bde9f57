"""The items of a recap as a person decides on them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from coachbot.model.playbook import Playbook
from coachbot.render.words import day, label
from coachbot.review import ItemView as Beside
from coachbot.web.views.evidence import Chip, chips

STATES = {
    "draft": ("to decide", ""),
    "accepted": ("accepted", "ok"),
    "edited": ("edited", "accent"),
    "rejected": ("rejected", "bad"),
}
HANDLED = {"yes": "handled", "partly": "partly handled", "no": "not handled"}
OWNERS = {"buyer": "Buyer", "seller": "Us", "both": "Both", "unknown": "Nobody named"}


@dataclass(frozen=True, slots=True)
class Input:
    """A field of an item's form. `kind` is text, long, date, check or choice (with `options`)."""

    name: str
    label: str
    value: str
    kind: str = "text"
    options: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ItemView:
    """A line to decide on."""

    id: str
    version: int
    kind: str
    key: str | None
    label: str
    value: str
    more: tuple[str, ...]
    status: str
    state: str
    tone: str
    sure: str
    confidence: float
    chips: tuple[Chip, ...]
    answer: tuple[Chip, ...]
    current: tuple[str, ...]
    conflict: bool
    proposed: str | None
    by_hand: bool
    stale: bool
    why: str | None
    by: str | None
    inputs: tuple[Input, ...]

    @property
    def decided(self) -> bool:
        """Whether a person has said something about it."""
        return self.status != "draft"


@dataclass(frozen=True, slots=True)
class GroupView:
    """Items that belong together."""

    id: str
    title: str
    hint: str
    items: tuple[ItemView, ...]


def item_view(
    beside: Beside, playbook: Playbook, known: Mapping[str, str], *, people: Mapping[str, str] | None = None
) -> ItemView:
    """An item beside what the deal knows. `known` gives sides by speaker, `people` users' names by id."""
    item = beside.item
    name, value, more = words_of(item.kind, item.key, item.value, playbook)
    state, tone = STATES[item.status]
    current = dict.fromkeys(words_of(f.kind, f.key, f.value, playbook)[1] for f in beside.current)
    differs = [c for c in current if c.casefold() != value.casefold()]
    return ItemView(
        id=item.id,
        version=item.version,
        kind=item.kind,
        key=item.key,
        label=name,
        value=value,
        more=more,
        status=item.status,
        state=state,
        tone=tone,
        sure="high" if item.confidence >= 0.75 else "medium" if item.confidence >= 0.5 else "low",
        confidence=item.confidence,
        chips=chips(item.evidence, known),
        answer=chips(item.response_evidence, known),
        current=tuple(differs),
        conflict=beside.conflict,
        proposed=(
            words_of(item.kind, item.key, item.proposed, playbook)[1]
            if item.proposed and item.status == "edited"
            else None
        ),
        by_hand=item.by_hand,
        stale=item.stale,
        why=item.why,
        by=(people or {}).get(item.decided_by or "", item.decided_by),
        inputs=inputs_of(item.kind, item.key, item.value, playbook),
    )


def words_of(
    kind: str, key: str | None, value: Mapping[str, Any], playbook: Playbook
) -> tuple[str, str, tuple[str, ...]]:
    """What an item is about, what it says, and what else there is to say."""
    if kind == "field":
        spec = playbook.field_by_id.get(key or "")
        return (spec.label if spec else label(key or ""), str(value.get("value", "")), ())
    if kind == "stakeholder":
        roles = {r.id: r.label for r in playbook.influence_roles}
        influence = value.get("influence") or "unknown"
        more = [str(value["role"])] if value.get("role") else []
        more.append("on the call" if value.get("on_call") else "mentioned")
        title = roles.get(influence, "Person") if influence != "unknown" else "Person"
        return (title, str(value.get("name") or "(unnamed)"), tuple(more))
    if kind == "objection":
        labels = {o.id: o.label for o in playbook.objections}
        more = [HANDLED.get(str(value.get("handled")), "")]
        answer = value.get("response")
        if answer:
            more.append(f"Answer: {answer['text'] if isinstance(answer, Mapping) else answer}")
        category = str(value.get("category") or key or "")
        return (
            labels.get(category, label(category)),
            str(value.get("text", "")),
            tuple(m for m in more if m),
        )
    said = value.get("when")
    due = day(value.get("date")) or (f"“{said}”" if said else "no date")
    owner = OWNERS.get(str(value.get("owner")), "Nobody named")
    agreed = "agreed" if value.get("committed") else "not agreed"
    return ("Next step", str(value.get("what", "")), (owner, due, agreed))


def inputs_of(kind: str, key: str | None, value: Mapping[str, Any], playbook: Playbook) -> tuple[Input, ...]:
    """The form in which an item can be edited, as the playbook allows."""
    text = {k: "" if v is None else str(v) for k, v in value.items()}
    if kind == "field":
        spec = playbook.field_by_id.get(key or "")
        now = text.get("value", "")
        if spec and spec.kind == "choice":
            return (Input("value", "Value", now, "choice", tuple((o, o) for o in spec.options)),)
        return (Input("value", "Value", now, "date" if spec and _is_date(spec.kind, now) else "long"),)
    if kind == "stakeholder":
        roles = (("unknown", "not known"), *((r.id, r.label) for r in playbook.influence_roles))
        sides = (("buyer", "Buyer"), ("seller", "Us"))
        return (
            Input("name", "Name", text.get("name", "")),
            Input("role", "Title or role", text.get("role", "")),
            Input("influence", "Part in the decision", text.get("influence", "unknown"), "choice", roles),
            Input("side", "Side", text.get("side", "buyer"), "choice", sides),
        )
    if kind == "objection":
        kinds = tuple((o.id, o.label) for o in playbook.objections)
        return (
            Input("text", "Objection", text.get("text", ""), "long"),
            Input("category", "Kind", text.get("category", key or ""), "choice", kinds),
            Input("handled", "Was it handled?", text.get("handled", "no"), "choice", tuple(HANDLED.items())),
        )
    return (
        Input("what", "What", text.get("what", ""), "long"),
        Input("owner", "Who", text.get("owner", "unknown"), "choice", tuple(OWNERS.items())),
        Input("date", "When", text.get("date", ""), "date"),
        Input("committed", "They agreed to it", "1" if value.get("committed") else "", "check"),
    )


def _is_date(kind: str, value: str) -> bool:
    return kind == "date" and (not value or (len(value) == 10 and value[4] == value[7] == "-"))


def grouped(items: Sequence[ItemView], playbook: Playbook, stage: str | None) -> tuple[GroupView, ...]:
    """First what the stage needs, then the rest of the facts, people, objections and next steps."""
    spec = playbook.stage_by_id.get(stage or "")
    needed = list(dict.fromkeys(_needed(spec))) if spec else []
    order = {f.id: n for n, f in enumerate(playbook.fields)}
    fields = sorted((i for i in items if i.kind == "field"), key=lambda i: order.get(i.key or "", len(order)))
    gone = tuple(i for i in items if i.stale and not i.decided)
    items = [i for i in items if i not in gone]
    fields = [i for i in fields if i not in gone]
    groups = (
        GroupView("needed", f"Needed in {spec.name}" if spec else "", "what this stage asks for",
                  tuple(i for i in fields if i.key in needed)),
        GroupView("facts", "Also said" if needed else "Facts", "",
                  tuple(i for i in fields if i.key not in needed)),
        GroupView("people", "People", "", tuple(i for i in items if i.kind == "stakeholder")),
        GroupView("objections", "Objections", "", tuple(i for i in items if i.kind == "objection")),
        GroupView("steps", "Next steps", "", tuple(i for i in items if i.kind == "next_step")),
        GroupView("gone", "No longer found", "the latest reading did not find these again", gone),
    )  # fmt: skip
    return tuple(g for g in groups if g.items)


def _needed(stage: Any) -> Iterable[str]:
    yield from stage.required_fields
    for criterion in stage.exit_criteria:
        yield from criterion.fields
