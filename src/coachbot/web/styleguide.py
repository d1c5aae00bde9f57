"""Every component in each state, on a made-up call: what designers, testers and reviewers look at."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from coachbot.model.claims import Evidence, Match
from coachbot.model.playbook import Playbook
from coachbot.model.recap import ItemStatus
from coachbot.model.transcript import Participant, Side, Source, Transcript, Turn
from coachbot.model.workspace import Fact, ReviewItem, StepRun, StepState
from coachbot.review import ItemView as Beside
from coachbot.settings import settings
from coachbot.web import styleguide_coach
from coachbot.web.templating import page
from coachbot.web.views.deal import CriterionView, EventView, PersonView, RiskView, TileView, stage_steps
from coachbot.web.views.evidence import chips
from coachbot.web.views.items import ItemView, item_view
from coachbot.web.views.transcript import transcript_view
from coachbot.web.views.work import step_views

router = APIRouter()
WHEN = datetime(2026, 3, 11, 15, tzinfo=UTC)
LINES = (
    (
        "Ruth Adeyemi",
        "Before you show me anything: what broke last quarter was the hand-over at six.",
    ),
    ("Tomas Lind", "Tell me what happens at six."),
    (
        "Ruth Adeyemi",
        "Two crews, one list, nobody knows which pallets were counted. It costs us an hour a day.",
    ),
    ("Ruth Adeyemi", "If we get that hour back by June, I can defend the money."),
    ("Tomas Lind", "Who else has to be able to defend it?"),
    ("Ruth Adeyemi", "Ken, he signs. And he will ask why the scanners we own are not enough."),
)


def sample_transcript() -> Transcript:
    """A short call with times."""
    return Transcript(
        id="sample",
        title="Northpier Cold Storage: second call",
        date=WHEN,
        participants=(
            Participant(name="Ruth Adeyemi", side=Side.BUYER, side_source="given", title="Shift lead"),
            Participant(name="Tomas Lind", side=Side.SELLER, side_source="given"),
        ),
        turns=tuple(
            Turn(index=n, speaker=who, text=text, start_s=12.0 * n + 4, end_s=12.0 * n + 15)
            for n, (who, text) in enumerate(LINES)
        ),
        source=Source(format="vtt", sha256="0" * 64),
    )


def _evidence(turn: int, quote: str | None = None, match: Match = Match.EXACT) -> Evidence:
    who, text = LINES[turn]
    words = quote or text
    return Evidence(
        turn=turn, speaker=who, start_s=12.0 * turn + 4, quote=words, match=match, start=text.find(words)
    )


def _item(
    n: int, status: ItemStatus = "draft", *, book: Playbook, current: str | None = None, **more: object
) -> ItemView:
    known = {"Ruth Adeyemi": "buyer", "Tomas Lind": "seller"}
    base: dict[str, object] = {
        "id": f"sample{n}",
        "call_id": "sample",
        "kind": "field",
        "key": book.fields[n % len(book.fields)].id,
        "value": {"value": "An hour a day is lost at the six o'clock hand-over"},
        "evidence": (_evidence(2, "It costs us an hour a day."),),
        "confidence": 0.9,
        "status": status,
    }
    item = ReviewItem.model_validate(base | more)
    held = [_fact(item, current)] if current else []
    return item_view(Beside(item=item, label="", current=tuple(held), conflict=bool(held)), book, known)


def _fact(item: ReviewItem, value: str) -> Fact:
    return Fact(
        id="fact", deal_id="sample", call_id="other", item_id="other", kind=item.kind, key=item.key,
        value={"value": value}, accepted_at=WHEN,
    )  # fmt: skip


def _items(book: Playbook) -> list[tuple[str, ItemView]]:
    step = {"what": "Send Ken the figures of the two depots", "owner": "seller", "date": "2026-03-18"}
    pushback = {
        "category": book.objections[0].id if book.objections else "other",
        "text": "The scanners we own should be enough",
        "handled": "partly",
    }
    ken = {"name": "Ken", "role": "signs", "side": "buyer", "on_call": False, "influence": "unknown"}
    many = tuple(_evidence(n) for n in (0, 2, 3, 5))
    return [
        ("to decide", _item(0, book=book)),
        ("unsure, several quotes", _item(1, book=book, confidence=0.4, evidence=many)),
        ("near match", _item(2, book=book, evidence=(_evidence(3, match=Match.FUZZY),), confidence=0.6)),
        ("differs from the deal", _item(3, book=book, current="Half an hour a day")),
        ("accepted", _item(4, "accepted", book=book)),
        (
            "edited",
            _item(5, "edited", book=book, proposed={"value": "An hour a day"}, decided_by="Maja Brandt"),
        ),
        ("rejected", _item(6, "rejected", book=book, why="said of another site")),
        ("by hand", _item(7, "accepted", book=book, by_hand=True)),
        ("no longer found", _item(8, book=book, stale=True)),
        ("next step", _item(9, book=book, kind="next_step", key=None, value=step | {"committed": True})),
        (
            "objection with its answer",
            _item(
                10,
                book=book,
                kind="objection",
                key=pushback["category"],
                value=pushback,
                evidence=(_evidence(5),),
                response_evidence=(_evidence(4),),
            ),
        ),
        ("person", _item(11, book=book, kind="stakeholder", key="Ken", value=ken, evidence=(_evidence(5),))),
    ]


def _runs() -> list[StepRun]:
    end = WHEN + timedelta(seconds=3.4)
    return [
        StepRun(call_id="sample", step="transcribe", state=StepState.DONE, started_at=WHEN, finished_at=end),
        StepRun(
            call_id="sample",
            step="extract",
            state=StepState.FAILED,
            attempts=3,
            error="The model's server does not answer at http://localhost:11434. Start it, then try again.",
        ),
        StepRun(call_id="sample", step="index", state=StepState.RUNNING, attempts=2),
        StepRun(call_id="sample", step="notify"),
    ]  # fmt: skip


@router.get("/styleguide", response_class=HTMLResponse)
def styleguide(request: Request) -> HTMLResponse:
    """The page."""
    from coachbot.playbook import load_playbook

    book = load_playbook(settings().playbook)
    known = {"Ruth Adeyemi": "buyer", "Tomas Lind": "seller"}
    quotes = chips(
        (_evidence(2, "It costs us an hour a day."), _evidence(4), _evidence(3, match=Match.FUZZY)), known
    )
    sample = book.stages[min(2, len(book.stages) - 1)]
    return page(
        request,
        "pages/styleguide.html",
        items=_items(book),
        editing=_item(20, book=book),
        rejecting=_item(21, book=book),
        quotes=quotes,
        stages=[
            replace(s, met=1, days=9) if s.place == "now" else s for s in stage_steps(book, sample.id)
        ],
        tiles=[
            TileView("Metrics", "What changes for them, in numbers?", "accepted", ("An hour a day",)),
            TileView("Economic buyer", "Who can release the money?", "suggested", ("Ken",)),
            TileView("Champion", "Who sells it when we are not there?", "empty"),
        ],
        people=[
            PersonView("Ruth Adeyemi", "Shift lead", "buyer", "Champion", "6 days ago"),
            PersonView("Ken", None, "buyer", None, None),
            PersonView("Tomas Lind", "Account executive", "seller", None, "6 days ago"),
        ],
        events=[
            EventView("2026-03-11", "Wed 11 Mar 2026", "call", "Second call", "An hour is lost.", "#"),
            EventView("2026-03-04", "Wed 4 Mar 2026", "move", "Qualification to Discovery", "by Tomas Lind"),
            EventView("2026-02-20", "Fri 20 Feb 2026", "back", "Back to Qualification", "The sponsor left."),
            EventView("2026-02-02", "Mon 2 Feb 2026", "change", "Close date set to 30 Jun 2026"),
        ],
        criteria=[
            CriterionView(c.id, c.text, n == 0, c.question, quotes[:2] if n == 0 else ())
            for n, c in enumerate(sample.exit_criteria)
        ],
        risks=[RiskView("Single-threaded", "Only one person at the account has been on a call.", ())],
        steps=step_views(_runs()),
        transcript=transcript_view(sample_transcript(), call_id="sample"),
        coaching=styleguide_coach,
    )  # fmt: skip
