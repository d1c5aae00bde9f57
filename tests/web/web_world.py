"""A workspace with a reviewed-by-nobody call in it, and a server for the browser."""

from __future__ import annotations

import io
import math
import socket
import struct
import threading
import time
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from coachbot import review
from coachbot.model.claims import EngineReport, Evidence, Match
from coachbot.model.playbook import Playbook
from coachbot.model.recap import (
    CallInfo,
    Coverage,
    CriterionResult,
    FieldResult,
    Item,
    NextStep,
    Objection,
    PlaybookRef,
    Recap,
    RecapParticipant,
    SourceRef,
    StageAssessment,
    Stakeholder,
)
from coachbot.model.transcript import Participant, Side, Source, Transcript, Turn
from coachbot.model.workspace import Call, CallState, Deal
from coachbot.playbook import load_playbook
from coachbot.store import Store, new_id

SAID = (
    ("Ruth Adeyemi", "The hand-over at six broke last quarter, nobody knew which pallets were counted."),
    ("Tomas Lind", "And what does that cost you on a normal day?"),
    ("Ruth Adeyemi", "An hour a day, every day, two people standing around with a list."),
    ("Tomas Lind", "We have customers who got that down to ten minutes."),
    ("Ruth Adeyemi", "If we get that hour back by June I can defend the money to Ken."),
    ("Tomas Lind", "Is Ken the one who signs?"),
    ("Ruth Adeyemi", "He signs. He will say the scanners we own are enough, and I have no answer to that."),
    ("Tomas Lind", "Then let us go through it with him on Thursday at ten."),
    ("Ruth Adeyemi", "Thursday at ten is fine, I will bring him and the figures."),
)  # fmt: skip
WHEN = datetime(2026, 3, 11, 15, tzinfo=UTC)


def talk(turns: int = len(SAID), *, seconds: float = 9.0) -> Transcript:
    """A call of so many turns."""
    return Transcript(
        id="talk",
        title="Northpier Cold Storage: second call",
        date=WHEN,
        participants=(
            Participant(name="Ruth Adeyemi", side=Side.BUYER, side_source="given", title="Shift lead"),
            Participant(name="Tomas Lind", side=Side.SELLER, side_source="given", title="Account executive"),
        ),
        turns=tuple(
            Turn(index=n, speaker=SAID[n % len(SAID)][0], text=SAID[n % len(SAID)][1],
                 start_s=n * seconds, end_s=(n + 1) * seconds - 0.5)
            for n in range(turns)
        ),
        source=Source(format="vtt", sha256="0" * 64),
    )  # fmt: skip


def at(transcript: Transcript, turn: int) -> Evidence:
    """A whole turn as evidence."""
    t = transcript.turns[turn]
    return Evidence(
        turn=turn, speaker=t.speaker, start_s=t.start_s, end_s=t.end_s, quote=t.text, match=Match.EXACT
    )


def recap_of(transcript: Transcript, book: Playbook, *, items: int = 9) -> Recap:
    """A recap with so many items: three of other kinds, the rest facts."""
    fields: dict[str, list[Item]] = {f.id: [] for f in book.fields}
    open_fields = [f for f in book.fields if f.kind != "choice"]
    for n in range(max(0, items - 3)):
        spec = open_fields[n % len(open_fields)]
        proof = at(transcript, n % len(transcript.turns))
        value = f"{proof.quote[:60]} ({n + 1})"
        fields[spec.id].append(
            Item(id=f"{n:012d}", value=value, confidence=0.4 + 0.1 * (n % 6), evidence=(proof,))
        )
    stage = book.stages[2]
    return Recap(
        call=CallInfo(
            id="talk", title=transcript.title, date=WHEN.isoformat(), duration_s=transcript.duration_s,
            participants=tuple(
                RecapParticipant(name=p.name, side=p.side, side_source="given", title=p.title, talk_share=0.5)
                for p in transcript.participants
            ),
            source=SourceRef(format="vtt", sha256="0" * 64),
        ),
        playbook=PlaybookRef(id=book.id, version=book.version),
        engine=EngineReport(name="local"),
        coverage=Coverage(turns_read=len(transcript.turns), turns_total=len(transcript.turns)),
        summary=(),
        fields={
            k: FieldResult(state="found" if v else "not_discussed", items=tuple(v)) for k, v in fields.items()
        },
        stakeholders=(
            Stakeholder(name="Ken", role="signs", side="buyer", on_call=False, influence="unknown",
                        evidence=(at(transcript, 6),)),
        ),
        objections=(
            Objection(category=book.objections[0].id, text="The scanners we own are enough", handled="no",
                      response=None, evidence=(at(transcript, 6),)),
        ),
        next_steps=(
            NextStep(what="Go through the figures with Ken", owner="both", when="Thursday at ten",
                     date="2026-03-19", committed=True, evidence=(at(transcript, 8),)),
        ),
        stage=StageAssessment(
            before=stage.id, suggested=stage.id, direction="stay", why="Criteria are open.",
            exit_criteria=tuple(
                CriterionResult(id=c.id, text=c.text, met=n == 0, question=c.question,
                                evidence=(at(transcript, 2),) if n == 0 else ())
                for n, c in enumerate(stage.exit_criteria)
            ),
            missing=(),
        ),
        risks=(),
        warnings=(),
    )  # fmt: skip


def tone(seconds: float = 3.0, rate: int = 8000) -> bytes:
    """A quiet tone as a WAV file."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(
            b"".join(
                struct.pack("<h", int(900 * math.sin(n * 440 * 2 * math.pi / rate)))
                for n in range(int(seconds * rate))
            )
        )
    return out.getvalue()


def lay_out(
    store: Store, *, turns: int = len(SAID), items: int = 9, audio: bool = True, deal: bool = True,
    transcript: Transcript | None = None, state: CallState | None = None, title: str | None = None,
    owner: str | None = None,
) -> Call:  # fmt: skip
    """A deal and a call with its draft; with `state` a call that is not as far yet."""
    book = load_playbook("b2b-saas")
    words = transcript or talk(turns)
    sha, size = store.files.put(io.BytesIO(tone() + new_id().encode()))
    with store.begin() as unit:
        deal_id = None
        if deal:
            account = unit.accounts.ensure("Northpier Cold Storage", segment="mid-market")
            made = unit.deals.add(
                Deal(id=new_id(), name="Pallet counts", account_id=account.id, account=account.name,
                     playbook=book.id, stage=book.stages[2].id, opened_on=(WHEN - timedelta(days=30)).date(),
                     entered_stage_on=(WHEN - timedelta(days=9)).date(), owner=owner)
            )  # fmt: skip
            deal_id = made.id
        call, _ = unit.calls.add(
            Call(id=new_id(), title=title or words.title, file=sha, size=size, date=WHEN, deal_id=deal_id,
                 file_name="call.wav" if audio else "call.vtt", created_at=WHEN, duration_s=words.duration_s,
                 owner=owner)
        )  # fmt: skip
        if state is not None:
            return unit.calls.set_state(call.id, state)
        unit.transcripts.put(call.id, words)
        review.publish(unit, call, recap_of(words, book, items=items))
        return unit.calls.need(call.id)


class Noted:
    """Stands for the pipeline: notes what is asked of it."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str | None]] = []

    def submit(self, call: Call) -> None:
        self.asked.append((call.id, "submit"))

    def cancel(self, call_id: str, *, by: str | None = None) -> None:
        self.asked.append((call_id, "cancel"))

    def retry(self, call_id: str, step: str | None = None, *, by: str | None = None) -> None:
        self.asked.append((call_id, step))

    def reindex(self, call_id: str) -> None:
        self.asked.append((call_id, "reindex"))


@contextmanager
def serving(app: FastAPI) -> Iterator[str]:
    """The application on a port of its own; gives its address."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    config = uvicorn.Config(app, log_level="error", timeout_graceful_shutdown=1, lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(5)
        listening.close()


def workspace(folder: Path) -> Store:
    """An empty store in that folder."""
    from coachbot.store import open_store

    return open_store(home=folder, upgrade=True)
