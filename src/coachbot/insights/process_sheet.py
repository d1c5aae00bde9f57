"""The monthly process review: what changed, and which parts of the playbook do not earn their place."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from typing import Any

from coachbot.insights.deal_facts import DealFacts, from_store
from coachbot.insights.deal_risks import DISMISSED, SEEN
from coachbot.insights.findings import counted, objection_findings, percent, span
from coachbot.insights.ledger import from_store as ledger_from_store
from coachbot.insights.metric_words import METRICS
from coachbot.insights.metrics import Figure, metric_report
from coachbot.insights.objections import objection_report
from coachbot.insights.results import Share
from coachbot.insights.sheets import Section, Sheet
from coachbot.model.playbook import Criterion, Playbook, Stage
from coachbot.model.workspace import StageChange
from coachbot.render.words import many
from coachbot.store.records import Viewer

MONTH = 30
OPENED = "play.opened"
FEW, OFTEN = 5, 1 / 3
"""A criterion is called unclear from so many moves on, where so large a share was by hand or against it."""
_COMPARED = ("conversion", "time_in_stage", "discovery_quality", "lead_response", "handoffs", "reversions")


def monthly(unit: Any, book: Playbook, *, today: date, viewer: Viewer | None = None) -> Sheet:
    """The last 30 days against the 30 before, and criteria, fields, plays and rules to look at."""
    since = today - timedelta(days=MONTH)
    facts = from_store(unit, book, today=today, viewer=viewer)
    moves = [c for c in unit.deals.stage_changes() if c.deal_id in facts.known and c.at.date() > since]
    return Sheet(
        kind="monthly", title="Monthly process review", playbook=book.id, since=since, until=today,
        intro="Keep the process small enough to be followed: change what is unclear, take out what nobody "
        "uses, and write down what was decided and why.",
        sections=(
            _changed(facts, since),
            _stands_out(unit, book, today, viewer),
            _criteria(unit, facts, moves, since),
            _fields(unit, facts, since),
            _plays(unit, book, since),
            _rules(unit, facts, since),
        ),
    )  # fmt: skip


def note_opened(unit: Any, play: str, *, by: str | None, on: date) -> bool:
    """Note that a play was opened: once a day and person. False where that was noted already."""
    subject, key = f"play:{play}", f"{on.isoformat()}:{by or ''}"
    if unit.marks.latest(OPENED, subject, key) is not None:
        return False
    unit.marks.add(OPENED, subject, key=key, by=by)
    return True


def _changed(facts: DealFacts, since: date) -> Section:
    before = since - timedelta(days=MONTH)
    now_report = metric_report(facts, only=_COMPARED, since=since + timedelta(days=1))
    old = metric_report(facts, only=_COMPARED, since=before + timedelta(days=1), until=since)
    known = {(f.metric, f.key): f for f in old.figures}
    names = {s.id: s.name for s in facts.book.stages}
    names |= {h.id: f"{h.giver} to {h.receiver}" for h in facts.book.handoff_rules}
    rows = []
    for f in now_report.figures:
        was = known.get((f.metric, f.key))
        if f.total or (was is not None and was.total):
            name = METRICS[f.metric].label + (f": {names.get(f.key, f.key)}" if f.key else "")
            rows.append((name, _figure(f), _figure(was) if was else "", _apart(f, was)))
    return Section(
        title="What changed",
        note="The last 30 days beside the 30 before, with counts and 95 % intervals. Apart: the intervals do "
        "not meet. Others may be chance.",
        columns=("Metric", "Last 30 days", "30 before", ""), rows=tuple(rows), nothing="Nothing was decided.",
    )  # fmt: skip


def _figure(f: Figure) -> str:
    if not f.total:
        return "none"
    days = f.unit == "days"
    value = ("not known" if f.value is None else f"{f.value:.0f} days") if days else percent(f.value)
    return f"{value} ({span(f.low, f.high, days=days)}; {f.count} of {f.total})"


def _apart(now: Figure, was: Figure | None) -> str:
    if was is None or None in (now.low, now.high, was.low, was.high):
        return ""
    return "apart" if (now.low or 0) > (was.high or 0) or (was.low or 0) > (now.high or 0) else ""


def _stands_out(unit: Any, book: Playbook, today: date, viewer: Viewer | None) -> Section:
    report = objection_report(ledger_from_store(unit, book, today=today, viewer=viewer))
    found = tuple((text,) for text in objection_findings(report, book))
    note = f"Over all calls: {counted(report)}."
    return Section(title="What the calls say", note=note, columns=("What stands out from chance",),
                   rows=found, nothing="Nothing stands out from chance.")  # fmt: skip


def _criteria(unit: Any, facts: DealFacts, moves: list[StageChange], since: date) -> Section:
    order = {s.id: n for n, s in enumerate(facts.book.stages)}
    hand: dict[str, set[str]] = {}
    for mark in unit.marks.history("criterion"):
        deal = mark.subject.removeprefix("deal:")
        if mark.at.date() > since and deal in facts.known and mark.value.get("met") is not None:
            hand.setdefault(str(mark.key), set()).add(deal)
    found = []
    for stage in facts.book.stages:
        on = [
            m for m in moves
            if m.from_stage == stage.id and order.get(m.to_stage, -1) > order[stage.id]
        ]  # fmt: skip
        for criterion in stage.exit_criteria:
            found.append(_criterion(stage, criterion, on, hand.get(criterion.id, set())))
    rows = sorted((r for r in found if r[1] or r[2]), key=lambda r: (-max(r[1], r[2]), r[0]))
    return Section(
        title="Criteria that may be unclear",
        note="Of the moves out of the stage: those made while the criterion was open. By hand: deals in "
        "which somebody said that it holds, or does not, whatever the calls show. Unclear: at least "
        f"{FEW} moves, and a third of them open or by hand.",
        columns=("Stage", "Criterion", "Moved on against it", "Ticked by hand", ""),
        rows=tuple(r[3] for r in rows), nothing="Nobody ticked a criterion by hand or moved on against one.",
    )  # fmt: skip


def _criterion(
    stage: Stage, criterion: Criterion, moves: list[StageChange], hand: set[str]
) -> tuple[str, float, float, tuple[str, ...]]:
    against = Share.of(sum(criterion.id in m.unmet for m in moves), len(moves))
    ticked = len(hand) / max(1, len(moves))
    unclear = len(moves) >= FEW and max(against.value or 0.0, ticked) >= OFTEN
    row = (stage.name, criterion.text, f"{against.count} of {against.total}", f"{len(hand)} deals",
           "unclear" if unclear else "")  # fmt: skip
    return criterion.id, against.value or 0.0, ticked, row


def _fields(unit: Any, facts: DealFacts, since: date) -> Section:
    deals: dict[str, set[str]] = {}
    active: set[str] = set()
    for fact in unit.insights.facts(["field", "objection", "next_step", "stakeholder"]):
        if fact.deal_id in facts.known and fact.day > since.isoformat():
            active.add(fact.deal_id)
            if fact.kind == "field" and fact.key:
                deals.setdefault(fact.key, set()).add(fact.deal_id)
    taken: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    for row in unit.decisions.acceptance(kind="field"):
        (refused if row.action == "reject" else taken)[row.key or ""] += row.count
    rows = []
    for field in sorted(facts.book.fields, key=lambda f: len(deals.get(f.id, ()))):
        share = Share.of(len(deals.get(field.id, ())), len(active))
        decided = taken[field.id] + refused[field.id]
        needed = sum(field.id in s.required_fields for s in facts.book.stages)
        rows.append(
            (
                field.label, f"{share.count} of {share.total}", f"{refused[field.id]} of {decided}",
                many(needed, "stage") if needed else "no stage",
                "unused" if active and not share.count else "",
            )
        )  # fmt: skip
    return Section(
        title="Fields",
        note="Deals in which something was accepted for the field in the last 30 days, of the deals in which "
        "anything was accepted; and proposals that were ever rejected, of those decided. One that nobody "
        "fills and no stage needs can go.",
        columns=("Field", "Deals", "Rejected", "Needed by", ""), rows=tuple(rows),
    )  # fmt: skip


def _plays(unit: Any, book: Playbook, since: date) -> Section:
    opened: Counter[str] = Counter(
        m.subject.removeprefix("play:") for m in unit.marks.history(OPENED) if m.at.date() > since
    )
    cited: Counter[str] = Counter()
    for mark in unit.marks.history("coach.prompt"):
        play = (mark.value.get("prompt") or {}).get("play") or {}
        if mark.at.date() > since:
            cited[str(play.get("play"))] += 1
    nobody = [p.title for p in book.plays if not opened[p.id] and not cited[p.id]]
    used = sorted((p for p in book.plays if opened[p.id] or cited[p.id]), key=lambda p: -opened[p.id])
    rows = [(p.title, f"{opened[p.id]}", f"{cited[p.id]}") for p in used]
    rows += [(title, "0", "0") for title in nobody]
    return Section(
        title="Plays",
        note=f"{len(nobody)} of {len(book.plays)} were neither opened on the playbook's pages nor judged in "
        "a coaching prompt in the last 30 days. Opened: once a day and person.",
        columns=("Play", "Opened", "In judged prompts"), rows=tuple(rows),
        nothing="The playbook has no plays.",
    )  # fmt: skip


def _rules(unit: Any, facts: DealFacts, since: date) -> Section:
    def recent(kind: str) -> list[Any]:
        return [
            m
            for m in unit.marks.history(kind)
            if m.at.date() > since and m.subject.removeprefix("deal:") in facts.known
        ]

    raised = Counter(str(m.key) for m in recent(SEEN) if m.value.get("what") == "raised")
    gone = recent(DISMISSED)
    count = Counter(str(m.key) for m in gone)
    labels = {r.id: r.label for r in (*facts.book.risks, *facts.book.portfolio_risks)}
    rows = tuple(
        (
            label,
            f"{raised[i]}",
            f"{count[i]}",
            "; ".join(dict.fromkeys(m.why or "" for m in gone if m.key == i)),
        )
        for i, label in labels.items()
        if raised[i] or count[i]
    )
    return Section(
        title="Warnings",
        note="Raised and dismissed in the last 30 days, with the reasons given. A rule that is often "
        "dismissed asks for another limit.",
        columns=("Warning", "Raised", "Dismissed", "Reasons"), rows=rows, nothing="No warning was raised.",
    )  # fmt: skip
