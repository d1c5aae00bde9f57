"""What the store gives back besides the types of model/workspace.py."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any, Generic, TypeVar

from pydantic import Field

from coachbot.model.base import Frozen
from coachbot.model.workspace import (
    Account,
    Call,
    CloseDateChange,
    Deal,
    Fact,
    ItemKind,
    Person,
    RecapVersion,
    RecordedObjection,
    Role,
    StageChange,
    User,
)

T = TypeVar("T")


class Page(Frozen, Generic[T]):
    """A part of a list. `next_cursor` fetches the next part; None: this was the last."""

    items: tuple[T, ...]
    next_cursor: str | None = None


class Viewer(Frozen):
    """Who is looking. Reps see their own calls and deals, managers their team's and those of nobody."""

    user_id: str
    role: Role
    team: str | None = None

    @classmethod
    def of(cls, user: User) -> Viewer:
        """The user as viewer."""
        return cls(user_id=user.id, role=user.role, team=user.team)

    @property
    def sees_all(self) -> bool:
        """Enablement and administrators do."""
        return self.role in (Role.ENABLEMENT, Role.ADMIN)


class StoredTranscript(Frozen):
    """Which version of a call's transcript is stored. `hash` is the SHA-256 of its JSON."""

    call_id: str
    number: int
    hash: str
    created_at: datetime


class Decision(Frozen):
    """What a person did with an item. Only ever added to. `action`: accept, edit, reject, undo, add …"""

    id: int = 0
    item_id: str
    call_id: str
    kind: ItemKind
    key: str | None = None
    action: str
    by: str | None = None
    at: datetime
    why: str | None = None
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None
    engine: str | None = Field(default=None, description="engine of the recap that proposed it")
    prompt: str | None = Field(default=None, description="prompt version of that recap")


class DecisionCount(Frozen):
    """How often items of a kind, key, engine and prompt got a decision."""

    kind: ItemKind
    key: str | None
    engine: str | None
    prompt: str | None
    action: str
    count: int


class Usage(Frozen):
    """What a piece of work on a call took. `job` names it, such as transcribe or extract:2."""

    call_id: str
    job: str
    engine: str
    model: str | None = None
    requests: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    seconds: float = 0.0
    cost: float | None = None
    currency: str | None = None
    at: datetime


class Mark(Frozen):
    """A small remembered thing of a room: a dismissed risk, a useful prompt, a reminder sent, a setting.

    Only ever added to; the latest of a kind, subject and key counts.
    """

    id: int = 0
    kind: str
    subject: str
    key: str | None = None
    value: dict[str, Any] = Field(default_factory=dict)
    by: str | None = None
    at: datetime
    why: str | None = None


class Session(Frozen):
    """A login. The token itself is never stored."""

    user_id: str
    created_at: datetime
    expires_at: datetime
    data: dict[str, Any] = Field(default_factory=dict)


class ApiToken(Frozen):
    """A token for programs. The token itself is shown once and never stored."""

    id: str
    user_id: str
    name: str
    created_at: datetime
    expires_at: datetime | None = None
    used_at: datetime | None = None


class Hit(Frozen):
    """A call that a search found, and where. `turn` is None where its title or a fact matched.

    `marks` are the (start, end) offsets in `snippet` of the words found.
    """

    call: Call
    where: str = Field(description="turn, fact or title")
    turn: int | None = None
    speaker: str | None = None
    start_s: float | None = None
    snippet: str
    marks: tuple[tuple[int, int], ...] = ()


class DealTotals(Frozen):
    """How many of each there are of a deal, whether or not they are all given."""

    calls: int
    facts: int
    objections: int
    facts_of: dict[str, int] = Field(
        description="facts by field id, else by kind (stakeholder, next_step, …)"
    )


class DealOverview(Frozen):
    """A deal with all that hangs on it, as of one moment.

    Of a deal with very much only the newest may be given; `totals` say how much there is.
    """

    deal: Deal
    account: Account
    people: tuple[Person, ...]
    calls: tuple[Call, ...] = Field(description="newest first")
    open_items: dict[str, int] = Field(description="items that wait for a decision, by call id")
    facts: tuple[Fact, ...] = Field(description="those that hold now, oldest first")
    objections: tuple[RecordedObjection, ...] = Field(description="oldest first")
    stage_changes: tuple[StageChange, ...] = Field(description="oldest first")
    close_dates: tuple[CloseDateChange, ...] = Field(description="oldest first")
    recap: RecapVersion | None = Field(description="the latest recap of its newest call that has one")
    totals: DealTotals


class ObjectionCount(Frozen):
    """Objections of one group. `by` holds the group's values; calls and deals are distinct ones."""

    by: dict[str, str | None]
    count: int
    calls: int
    deals: int
    handled_yes: int
    handled_partly: int
    handled_no: int
    accepted: int


def now() -> datetime:
    """This moment, in UTC."""
    return datetime.now(UTC)


def month_of(day: date | None) -> str | None:
    """YYYY-MM of a day."""
    return None if day is None else f"{day:%Y-%m}"
