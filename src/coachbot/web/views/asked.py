"""What a page of insights was asked for: the filters in its address, and addresses that keep them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import urlencode

from fastapi import HTTPException, Request

from coachbot.insights.metrics import BY as SPLITS
from coachbot.insights.selection import BY as GROUPS
from coachbot.model.playbook import Playbook
from coachbot.playbook import list_playbooks, load_playbook
from coachbot.settings import settings

MOST = 200
"""Letters of a filter."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The filters; those that were left empty are empty. `by` is blank for the page's own default."""

    by: str = ""
    since: date | None = None
    until: date | None = None
    segment: str = ""
    owner: str = ""
    cohort: str = ""
    playbook: str = ""
    drafts: bool = False

    def query(self, **more: Any) -> str:
        """An address's query that keeps the filters, and adds or (with None) takes away others."""
        kept: dict[str, Any] = {
            "by": self.by, "since": self.since, "until": self.until, "segment": self.segment,
            "owner": self.owner, "cohort": self.cohort, "playbook": self.playbook,
            "drafts": "1" if self.drafts else "",
        } | more  # fmt: skip
        return urlencode({k: v for k, v in kept.items() if v not in (None, "")})

    @property
    def where(self) -> Mapping[str, str]:
        """The groups of calls that objections are asked for."""
        return {k: v for k, v in (("segment", self.segment), ("rep", self.owner)) if v}

    @property
    def narrowed(self) -> bool:
        """Whether anything but the grouping was chosen."""
        return bool(self.since or self.until or self.segment or self.owner or self.cohort or self.drafts)

    def book(self) -> Playbook:
        """The playbook whose deals are looked at. 404 where there is none of that id."""
        home = settings().home
        if self.playbook and self.playbook not in list_playbooks(home=home):
            raise HTTPException(404, f"There is no playbook {self.playbook}.")
        return load_playbook(self.playbook or settings().playbook, home=home)


def asked(request: Request) -> Asked:
    """The filters of the request. 422, with what to write, where one does not fit."""
    given = {k: v.strip() for k, v in request.query_params.items()}
    if any(len(v) > MOST for v in given.values()):
        raise HTTPException(422, "A filter is too long. Choose another one.")
    by, cohort = given.get("by", ""), given.get("cohort", "")
    if by and by not in (*GROUPS, *SPLITS):
        raise HTTPException(422, f"Figures cannot be split by {by!r}. Choose from the list.")
    if cohort and not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", cohort):
        raise HTTPException(422, f"{cohort!r} is no month. Write it as 2026-03.")
    since, until = _day(given.get("since", "")), _day(given.get("until", ""))
    if since and until and since > until:
        raise HTTPException(422, "The first day is after the last one. Swap them.")
    return Asked(
        by=by, since=since, until=until, segment=given.get("segment", ""), owner=given.get("owner", ""),
        cohort=cohort, playbook=given.get("playbook", ""), drafts=given.get("drafts", "") == "1",
    )  # fmt: skip


def today() -> date:
    """The day in UTC."""
    return datetime.now(UTC).date()


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise HTTPException(422, f"{text!r} is no day. Write it as 2026-03-31.") from None
