"""What people mean within a category of objections: themes, in their own words, and which are new."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import numpy as np
from pydantic import Field

from coachbot.insights.clusters import Anchor, Encode, Group, cluster, keywords
from coachbot.insights.results import Share
from coachbot.model.base import Frozen
from coachbot.model.claims import Evidence
from coachbot.store.insights import AnswerRow

RECENT = 60
"""Days: a theme first heard within them, in a category that is older, is new."""


class Quoted(Frozen):
    """Words that were said, and where."""

    text: str
    call_id: str
    deal_id: str | None = None
    turn: int | None = None
    start_s: float | None = None
    speaker: str | None = None
    day: str | None = None


class Theme(Frozen):
    """A theme of a category. `id` stays while it is known; `middle` is what it is known again by."""

    id: str
    label: str
    words: tuple[str, ...]
    example: Quoted
    objections: Share = Field(description="of the category's objections that were looked at")
    deals: Share = Field(description="of the deals in which they were raised")
    first: str | None
    last: str | None
    new: bool
    calls: tuple[str, ...] = Field(exclude=True, repr=False)
    middle: tuple[float, ...] = Field(exclude=True, repr=False)


class Themes(Frozen):
    """The themes of a category, the largest first. `alone`: objections that are like no others."""

    category: str
    looked_at: int
    total: int = Field(description="objections of the category; the latest of them were looked at")
    themes: tuple[Theme, ...]
    alone: int


def find_themes(
    category: str,
    rows: Sequence[AnswerRow],
    encode: Encode,
    *,
    today: date,
    known: Mapping[str, Sequence[float]] | None = None,
    total: int | None = None,
) -> Themes:
    """Themes among objections of one category. `known`: middles of those found before, by id.

    The same rows give the same themes. A theme is new when it was not known before and was first heard in the
    last RECENT days, while others of the category were heard earlier.
    """
    anchors = [Anchor(i, np.asarray(m, dtype=np.float32)) for i, m in sorted((known or {}).items())]
    rows = sorted(rows, key=lambda r: r.id)
    texts = [quoted(r).text for r in rows]
    groups = cluster(texts, encode, anchors)
    since = (today - timedelta(days=RECENT)).isoformat()
    old = any(r.day is not None and r.day < since for r in rows)
    themes = [_theme(g, rows, texts, old, since) for g in groups]
    return Themes(
        category=category,
        looked_at=len(rows),
        total=len(rows) if total is None else total,
        themes=tuple(themes),
        alone=len(rows) - sum(len(g.members) for g in groups),
    )


def quoted(row: AnswerRow) -> Quoted:
    """The buyer's own words, or, where none are kept, the objection in short."""
    return _said(row, row.evidence, row.text)


def answered(row: AnswerRow) -> Quoted | None:
    """What was answered, in the seller's own words."""
    if row.response is None and not row.response_evidence:
        return None
    return _said(row, row.response_evidence, row.response or "")


def _said(row: AnswerRow, evidence: Sequence[Evidence], text: str) -> Quoted:
    first = evidence[0] if evidence else None
    return Quoted(
        text=first.quote if first else text,
        call_id=row.call_id,
        deal_id=row.deal_id,
        turn=first.turn if first else None,
        start_s=first.start_s if first else None,
        speaker=first.speaker if first else None,
        day=row.day,
    )


def _theme(group: Group, rows: Sequence[AnswerRow], texts: Sequence[str], old: bool, since: str) -> Theme:
    inside = set(group.members)
    mine = [rows[n] for n in group.members]
    words = keywords([texts[n] for n in group.members], [t for n, t in enumerate(texts) if n not in inside])
    days = sorted(r.day for r in mine if r.day is not None)
    deals = {r.deal_id for r in mine if r.deal_id}
    first = days[0] if days else None
    return Theme(
        id=group.id,
        label=", ".join(words) or texts[group.members[0]],
        words=words,
        example=quoted(mine[0]),
        objections=Share.of(len(mine), len(rows)),
        deals=Share.of(len(deals), len({r.deal_id for r in rows if r.deal_id})),
        first=first,
        last=days[-1] if days else None,
        new=not group.known and old and first is not None and first >= since,
        calls=tuple(dict.fromkeys(r.call_id for r in mine)),
        middle=tuple(float(x) for x in group.middle),
    )
