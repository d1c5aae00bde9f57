"""The risks of a workspace as somebody may see them; what came and went is noted on the way."""

from __future__ import annotations

from datetime import date
from typing import Any

from coachbot.insights.deal_facts import from_store, of_deal
from coachbot.insights.deal_risks import DealRisk, current_risks, dismiss, note, unnoted, with_history
from coachbot.model.playbook import Playbook
from coachbot.model.workspace import Deal
from coachbot.store import Store, Viewer


def listed_risks(
    store: Store, book: Playbook, *, today: date, viewer: Viewer | None = None
) -> tuple[DealRisk, ...]:
    """Risks of the open deals of a playbook that the viewer may see, with history, in the deals' order.

    They are worked out from all calls of a deal, whoever looks: a dismissal holds for everybody. Writes only
    where a risk was raised or went away since the last look.
    """
    with store.read() as unit:
        facts = from_store(unit, book, today=today)
        found = current_risks(facts)
        new = unnoted(unit, facts, found)
        shown = _seen(unit, book, found, today, viewer)
    if any(new):
        with store.begin() as unit:
            note(unit, facts, found)
    return shown


def risks_of(unit: Any, book: Playbook, deal: Deal, *, today: date) -> tuple[DealRisk, ...]:
    """The same of one deal, in the playbook's order, for its own page. Nothing is noted."""
    found = current_risks(of_deal(unit, book, deal, today=today))
    return tuple(with_history(unit, found, today, subject=f"deal:{deal.id}"))


def dismiss_risk(
    unit: Any, book: Playbook, deal_id: str, risk: str, *, today: date, by: str | None, why: str
) -> DealRisk:
    """Dismiss a risk of a deal and note it in the audit. Raises UsageError. May the user? Ask before."""
    facts = from_store(unit, book, today=today)
    found = current_risks(facts)
    note(unit, facts, found)
    gone = dismiss(unit, found, deal_id, risk, by=by, why=why)
    unit.audit.add("risk.dismiss", f"deal:{deal_id}", who=by, after={"risk": risk}, why=why.strip())
    return with_history(unit, [gone], today)[0]


def _seen(
    unit: Any, book: Playbook, found: list[DealRisk], today: date, viewer: Viewer | None
) -> tuple[DealRisk, ...]:
    ids = {d.id for d in unit.insights.deals(book.id, viewer)}
    return tuple(with_history(unit, [r for r in found if r.deal_id in ids], today))
