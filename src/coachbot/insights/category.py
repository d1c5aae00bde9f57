"""One category of objections, looked into: its themes, and which answers come before progress."""

from __future__ import annotations

import hashlib
from datetime import date
from typing import Any, NamedTuple

from coachbot.errors import UsageError
from coachbot.insights.answers import Answers, find_answers
from coachbot.insights.memory import recall
from coachbot.insights.selection import Selection
from coachbot.insights.stays import courses
from coachbot.insights.themes import Themes, find_themes
from coachbot.insights.vectors import kept
from coachbot.model.playbook import Playbook
from coachbot.store.records import Viewer

LOOKED_AT = 1_500
"""The latest objections of a category that themes and answers are sought in."""


class Detail(NamedTuple):
    """One category, looked into."""

    themes: Themes
    answers: Answers


def detail(
    unit: Any, book: Playbook, chosen: Selection, category: str, today: date, *, viewer: Viewer | None = None
) -> Detail:
    """Themes of a category and its answers, among the calls chosen. Raises UsageError for an unknown one."""
    from coachbot.embed import SentenceEncoder
    from coachbot.settings import settings

    if category not in chosen.categories:
        known = ", ".join(chosen.categories)
        raise UsageError(f"there is no objection category {category!r}; there are: {known}")

    ledger = chosen.ledger
    calls = {ledger.call_ids[n] for n in chosen.calls.nonzero()[0]}
    at = chosen.categories.index(category)
    total = int((chosen.objections & (ledger.obj_category == at)).sum())
    rows = unit.insights.answers(category, limit=LOOKED_AT * 4, drafts=chosen.drafts, viewer=viewer)
    rows = [r for r in rows if r.call_id in calls][:LOOKED_AT]
    encoder = SentenceEncoder(settings().home, threads=settings().threads)
    name = hashlib.sha256(f"{book.id}/{category}".encode()).hexdigest()[:12]
    of_buyers, of_sellers = (
        kept(encoder.encode, settings().home / "cache" / "themes" / f"{name}-{part}.npz")
        for part in ("raised", "answered")
    )
    deals = unit.insights.deals(book.id, viewer)
    way = courses(book, deals, unit.insights.changes(), today)
    return Detail(
        find_themes(category, rows, of_buyers, today=today, known=recall(unit, category), total=total),
        find_answers(category, rows, way, of_sellers, total=total),
    )
