"""The parts of a pre-call brief: people, promises, past answers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from coachbot.coach.case import moment_of
from coachbot.coach.speak import content_words
from coachbot.coach.types import Moment
from coachbot.model.base import Frozen
from coachbot.model.playbook import Playbook
from coachbot.model.recap import NextStep, Recap
from coachbot.model.workspace import Call, Outcome, Person
from coachbot.store import DealOverview, Unit, Viewer

CARES = 2
SHARED = 0.6
"""Share of a promise's content words that a later turn has to hold to count as speaking of it."""


class Who(Frozen):
    """Somebody of theirs: what they do, and what they have said they care about."""

    name: str
    title: str | None = None
    influence: str | None = None
    calls: int = 0
    last: date | None = None
    cares: tuple[Moment, ...] = ()


class Promise(Frozen):
    """Something somebody was to do, and what the later calls show of it.

    `state`: held (a call took place on the day), spoken_of (a later call speaks of it), silent (later calls
    do not), waiting (there is no later call yet).
    """

    what: str
    owner: str
    when: str | None
    day: date | None
    said: Moment
    state: str
    later: Moment | None = None
    overdue: bool = False


class PastAnswer(Frozen):
    """How the team has answered such an objection, on a call whose deal went on."""

    objection: Moment
    answer: Moment
    deal: str
    after: str


class Likely(Frozen):
    """An objection to expect: raised on this deal and left open, or often raised in this stage."""

    category: str
    label: str
    why: str
    said: Moment | None = None
    answers: tuple[PastAnswer, ...] = ()


def people(overview: DealOverview, recaps: Sequence[tuple[Call, Recap]], book: Playbook) -> tuple[Who, ...]:
    """The buyer's people, those who were last heard first, with up to two of their own lines each."""
    labels = {r.id: r.label for r in book.influence_roles}
    known: dict[str, Person] = {p.name: p for p in overview.people}
    found: dict[str, Who] = {}
    for call, recap in recaps:
        for person in recap.call.participants:
            if person.side != "buyer":
                continue
            day = (call.date or call.created_at).date()
            before = found.get(person.name)
            stakeholder = next((s for s in recap.stakeholders if s.name == person.name), None)
            influence = known[person.name].influence if person.name in known else None
            influence = (
                influence
                if influence not in (None, "unknown")
                else stakeholder.influence
                if stakeholder
                else None
            )
            found[person.name] = Who(
                name=person.name,
                title=person.title or (before.title if before else None),
                influence=labels.get(influence or "") or (before.influence if before else None),
                calls=(before.calls if before else 0) + 1,
                last=max(day, before.last) if before and before.last else day,
                cares=(before.cares if before else ()) + _cares(call, recap, person.name),
            )
    for name, row in known.items():
        if row.side == "buyer" and name not in found:
            found[name] = Who(name=name, title=row.title, influence=labels.get(row.influence))
    heard = sorted(
        found.values(), key=lambda w: (w.last is None, -(w.last.toordinal() if w.last else 0), -w.calls)
    )
    return tuple(w.model_copy(update={"cares": w.cares[:CARES]}) for w in heard)


def _cares(call: Call, recap: Recap, name: str) -> tuple[Moment, ...]:
    """Their objections first, then the values they gave, the surest first."""
    mine = [
        (2.0, moment_of(e, call.id, call.title, o.text))
        for o in recap.objections for e in o.evidence[:1] if e.speaker == name
    ]  # fmt: skip
    for result in recap.fields.values():
        for item in result.items:
            if item.status != "rejected" and item.evidence[0].speaker == name and item.confidence >= 0.8:
                sure = item.confidence + (0.5 if item.status in ("accepted", "edited") else 0.0)
                mine.append((sure, moment_of(item.evidence[0], call.id, call.title, item.value)))
    chosen: dict[int, Moment] = {}
    for _, moment in sorted(mine, key=lambda row: -row[0]):
        if 5 <= len(moment.quote.split()) <= 45:
            chosen.setdefault(moment.turn, moment)
    return tuple(chosen.values())[:CARES]


def promises(unit: Unit, recaps: Sequence[tuple[Call, Recap]], today: date) -> tuple[Promise, ...]:
    """What was promised on the deal's calls, newest first, and what later calls show of it."""
    ordered = sorted(recaps, key=lambda row: _when(row[0]))
    turns = unit.transcripts.turns([c.id for c, _ in ordered])
    found = []
    for at, (call, recap) in enumerate(ordered):
        later = [c for c, _ in ordered[at + 1 :]]
        own = [
            _promise(step, call, later, turns, today)
            for step in recap.next_steps
            if step.committed and step.evidence
        ]
        # a meeting is often proposed several times before its day is found: it was held, or it was not
        met = next((p for p in own if p.state == "held"), None)
        if met is not None:
            held = {"state": "held", "later": met.later, "overdue": False}
            own = [p.model_copy(update=held) if p.owner == "both" else p for p in own]
        found += own
    return tuple(reversed(found))


def _promise(
    step: NextStep, call: Call, later: list[Call], turns: dict[str, list[dict[str, object]]], today: date
) -> Promise:
    day = date.fromisoformat(step.date) if step.date else None
    said = moment_of(step.evidence[0], call.id, call.title)
    state, found = "silent" if later else "waiting", None
    held = next((c for c in later if day and abs((_when(c).date() - day).days) <= 1), None)
    if held is not None and step.owner in ("both", "buyer"):
        state = "held"
        found = Moment(turn=0, speaker=None, quote=held.title, call_id=held.id, call_title=held.title)
    else:
        spoken = _spoken_of(step.what, later, turns)
        if spoken is not None:
            state, found = "spoken_of", spoken
    overdue = day is not None and _when(call).date() < day < today and state in ("silent", "waiting")
    return Promise(
        what=step.what, owner=step.owner, when=step.when, day=day, said=said, state=state, later=found,
        overdue=overdue,
    )  # fmt: skip


def _spoken_of(what: str, later: list[Call], turns: dict[str, list[dict[str, object]]]) -> Moment | None:
    wanted = {w for w in content_words(what) if len(w) > 3}
    if len(wanted) < 4:
        return None
    for call in later:
        for number, turn in enumerate(turns.get(call.id, [])):
            text = str(turn.get("text", ""))
            if len(wanted & content_words(text)) / len(wanted) >= SHARED and len(text.split()) <= 80:
                start = turn.get("start_s")
                return Moment(
                    turn=number, speaker=str(turn["speaker"]) if turn.get("speaker") else None,
                    start_s=float(str(start)) if start is not None else None, quote=text,
                    call_id=call.id, call_title=call.title,
                )  # fmt: skip
    return None


def _when(call: Call) -> datetime:
    return call.date or call.created_at


def likely(
    unit: Unit, overview: DealOverview, book: Playbook, viewer: Viewer | None, *, most: int = 3
) -> tuple[Likely, ...]:
    """Objections to expect, with the team's answers: this deal's open ones, then the stage's usual ones."""
    labels = {o.id: o.label for o in book.objections}
    open_ones = [o for o in reversed(overview.objections) if o.handled != "yes" and o.category in labels]
    found: dict[str, Likely] = {}
    for one in open_ones:
        if one.category not in found:
            found[one.category] = Likely(
                category=one.category, label=labels[one.category], why="raised on this deal and left open",
                said=_objection_moment(unit, one.id),
            )  # fmt: skip
    if overview.deal.stage:
        visible = {row[0] for row in unit.insights.calls(viewer)}
        raised: dict[str, int] = {}
        for row in unit.objections.each(stage=overview.deal.stage):
            if row.call_id in visible and row.deal_id != overview.deal.id:
                raised[row.category] = raised.get(row.category, 0) + 1
        total = sum(raised.values())
        for category, count in sorted(raised.items(), key=lambda r: -r[1]):
            if category in labels and category not in found and count >= 3:
                why = f"{count} of the {total} objections raised in this stage on other deals"
                found[category] = Likely(category=category, label=labels[category], why=why)
    return tuple(
        one.model_copy(
            update={"answers": past_answers(unit, one.category, book, viewer, not_deal=overview.deal.id)}
        )
        for one in list(found.values())[:most]
    )


def _objection_moment(unit: Unit, item_id: str) -> Moment | None:
    item = unit.items.get(item_id)
    if item is None or not item.evidence:
        return None
    return moment_of(item.evidence[0], item.call_id, unit.calls.need(item.call_id).title)


def past_answers(
    unit: Unit,
    category: str,
    book: Playbook,
    viewer: Viewer | None,
    *,
    not_deal: str | None = None,
    most: int = 2,
) -> tuple[PastAnswer, ...]:
    """Answers that settled the objection, on calls whose deal then moved forward or was won."""
    found = []
    for row in unit.insights.answers(category, limit=200, drafts=True, viewer=viewer):
        if (
            row.handled != "yes"
            or row.deal_id in (None, not_deal)
            or not row.evidence
            or not row.response_evidence
        ):
            continue
        assert row.deal_id is not None
        after = _went_on(unit, row.deal_id, row.day, book)
        if after is None:
            continue
        call = unit.calls.need(row.call_id)
        answer = moment_of(row.response_evidence[0], call.id, call.title)
        if len(answer.quote.split()) >= 6:
            deal = unit.deals.need(row.deal_id)
            objection = moment_of(row.evidence[0], call.id, call.title)
            found.append(
                (row.accepted, PastAnswer(objection=objection, answer=answer, deal=deal.name, after=after))
            )
    found.sort(key=lambda pair: not pair[0])
    return tuple(answer for _, answer in found[:most])


def _went_on(unit: Unit, deal_id: str, day: str | None, book: Playbook) -> str | None:
    """How the deal went on after that day; None where it did not."""
    deal = unit.deals.need(deal_id)
    if deal.outcome is Outcome.WON:
        return "won"
    order = {s.id: n for n, s in enumerate(book.stages)}
    for change in unit.deals.stage_changes(deal_id):
        later = day is None or change.at.date().isoformat() >= day
        if later and order.get(change.to_stage, -1) > order.get(change.from_stage or "", len(order)):
            return f"moved on to {book.stages[order[change.to_stage]].name}"
    return None
