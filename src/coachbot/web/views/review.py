"""The review page: the items to decide on beside the call they come from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from coachbot.model.playbook import Playbook
from coachbot.model.recap import Recap
from coachbot.model.transcript import Transcript
from coachbot.render.words import receipt
from coachbot.review import ReviewView as Room
from coachbot.web.views.evidence import sides
from coachbot.web.views.held import held
from coachbot.web.views.items import GroupView, ItemView, grouped, item_view
from coachbot.web.views.transcript import TranscriptView, transcript_view


@dataclass(frozen=True, slots=True)
class BlankView:
    """A field that nothing was found for. `read` is False where part of the call was not read."""

    id: str
    label: str
    question: str
    read: bool


@dataclass(frozen=True, slots=True)
class ReviewPage:
    """All that the review page shows."""

    call_id: str
    title: str
    day: str
    dated: bool
    deal: str | None
    deal_href: str
    reviewed: bool
    groups: tuple[GroupView, ...]
    decided: int
    total: int
    blank: tuple[BlankView, ...]
    receipt: str
    warnings: tuple[str, ...]
    transcript: TranscriptView
    fields: tuple[tuple[str, str], ...]
    voices: tuple[str, ...]

    @property
    def share(self) -> float:
        """How much is decided, 0 to 1."""
        return self.decided / self.total if self.total else 1.0

    def next_open(self, after: str | None) -> str | None:
        """The item that waits next after that one, from the top where none follows."""
        items = [i for g in self.groups if g.id != "gone" for i in g.items]
        at = next((n for n, i in enumerate(items) if i.id == after), -1)
        return next((i.id for i in (*items[at + 1 :], *items) if not i.decided), None)


def review_page_view(
    room: Room,
    transcript: Transcript,
    playbook: Playbook,
    *,
    people: Mapping[str, str] | None = None,
    audio: str | None = None,
    first: int = 0,
) -> ReviewPage:
    """The page from what the review room gives."""
    call, known = room.call, sides(transcript)
    views = [item_view(i, playbook, known, people=people) for i in room.items]
    stage = room.deal.stage if room.deal else room.recap.stage.before
    return ReviewPage(
        call_id=call.id,
        title=call.title,
        day=held(call),
        dated=call.date is not None,
        deal=room.deal.name if room.deal else None,
        deal_href=f"/deals/{room.deal.id}" if room.deal else "",
        reviewed=call.reviewed_at is not None,
        groups=grouped(views, playbook, stage),
        decided=room.decided,
        total=room.total,
        blank=_blank(views, playbook, room.recap),
        receipt=receipt(room.recap),
        warnings=room.recap.warnings,
        transcript=transcript_view(transcript, call_id=call.id, audio=audio, first=first),
        fields=tuple((f.id, f.label) for f in playbook.fields),
        voices=tuple(p.name for p in transcript.participants if p.side.value == "unknown"),
    )


def _blank(items: Sequence[ItemView], playbook: Playbook, recap: Recap) -> tuple[BlankView, ...]:
    there = {i.key for i in items if i.kind == "field"}
    unread = {name for name, result in recap.fields.items() if result.state == "not_read"}
    return tuple(
        BlankView(f.id, f.label, f.question, f.id not in unread) for f in playbook.fields if f.id not in there
    )
