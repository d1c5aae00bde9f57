"""A small process, calls that mark what they say, and recap functions that read the marks.

A turn that begins with `pain:` says something about the field `pain`, and so on. Being a module of its own,
other processes can import the functions.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from coachbot.errors import EngineError
from coachbot.evals.cases import Case, CaseFile, read_case, write_case
from coachbot.model.claims import EngineReport, Evidence, Match
from coachbot.model.playbook import (
    Criterion,
    FieldSpec,
    InfluenceRole,
    ObjectionCategory,
    Playbook,
    Risk,
    Stage,
)
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
    RiskResult,
    SourceRef,
    StageAssessment,
    Stakeholder,
)
from coachbot.model.transcript import DealContext, Transcript

FIELDS = ("pain", "cause", "wish", "price", "rival")
GROUPS = (("pain", "cause"), ("wish", "price"))

PLAYBOOK = Playbook(
    id="ladder",
    name="Ladder",
    version="1",
    stages=tuple(
        Stage(
            id=name,
            name=name.title(),
            purpose="",
            healthy_days=10,
            exit_criteria=(
                Criterion(id=f"{name}_done", text="Done"),
                Criterion(id=f"{name}_agreed", text="Agreed"),
            ),
        )
        for name in ("low", "middle", "high")
    ),
    fields=tuple(FieldSpec(id=f, label=f.title(), question=f"{f}?") for f in FIELDS),
    objections=(ObjectionCategory(id="money", label="Money"), ObjectionCategory(id="time", label="Time")),
    influence_roles=(InfluenceRole(id="payer", label="Payer"), InfluenceRole(id="user", label="User")),
    risks=(
        Risk(id="alone", label="Alone", rule="single_threaded", message="m"),
        Risk(id="late", label="Late", rule="slipped_close_date", message="m"),
    ),
)

TURNS = [
    "hello there, can you all hear me well",  # 0
    "pain: our pallets vanish somewhere between dock nine and the barn",  # 1
    "cause: nobody scans anything once the night shift has left the yard",  # 2
    "wish: we want every pallet back within a single working week",  # 3
    "price: twelve thousand a year is what my board set aside for it",  # 4
    "in a perfect world it would cost nothing and paint itself green",  # 5
    "well that timing is hard for us because of harvest in september",  # 6
    "then we start in october instead, would that be fine for you",  # 7
    "fine, i will send you the list of docks by friday morning",  # 8
    "and Ruta Okonjo from purchasing signs whatever goes over five thousand",  # 9
    "yeah okay",  # 10
    "yeah okay",  # 11
    "yeah okay",  # 12
]

GOLD: dict[str, Any] = {
    "deal": {"stage_before": "middle", "opened_days_ago": 20, "days_in_stage": 5, "segment": "small",
             "known_stakeholders": ["Ines Brandvold"]},
    "fields": {
        "pain": [{"gist": "Pallets vanish", "turns": [1, 2], "core_turns": [1]}],
        "cause": [{"gist": "No night scans", "turns": [2], "core_turns": [2]}],
        "wish": [{"gist": "Back within a week", "turns": [3], "core_turns": [3]}],
        "price": [{"gist": "Twelve thousand", "turns": [4], "core_turns": [4]}],
    },
    "stakeholders": [
        {"name": "Ines Brandvold", "role": "yard manager", "side": "buyer", "on_call": True,
         "influence": "user", "turns": [1]},
        {"name": "Ruta Okonjo", "role": "head of purchasing", "side": "buyer", "on_call": False,
         "influence": "payer", "turns": [9]},
    ],
    "objections": [{"category": "time", "turns": [6], "handled": "yes", "response_turns": [7]}],
    "next_steps": [{"what": "Send the list of docks", "owner": "buyer", "when": "friday morning",
                    "date": "2026-03-06", "committed": True, "turns": [8]}],
    "exit_criteria": {"middle_done": True, "middle_agreed": False},
    "stage_after": "middle",
    "risks": ["alone"],
    "must_not_appear": [{"turns": [5], "as": "price", "why": "a joke"}],
}  # fmt: skip


def make_case(
    root: Path,
    case_id: str = "c1",
    *,
    cluster: str | None = None,
    turns: list[str] | None = None,
    gold: dict[str, Any] | None = None,
    tags: tuple[str, ...] = (),
) -> Case:
    """Write a case into `root`/cases and read it."""
    people = [
        {"name": "Sol Petrakis", "side": "seller", "title": "Account Executive"},
        {"name": "Ines Brandvold", "side": "buyer", "title": "Yard manager"},
    ]
    texts = TURNS if turns is None else turns
    call = {
        "title": f"Pallets {case_id}",
        "date": "2026-03-02T09:00:00Z",
        "seller_company": "Trundle",
        "buyer_company": "Brandvold Logistics",
        "participants": people,
        "turns": [
            {"speaker": people[n % 2]["name"], "start": n * 5.0, "end": n * 5.0 + 4, "text": text}
            for n, text in enumerate(texts)
        ],
    }
    labels = json.loads(json.dumps(GOLD if gold is None else gold))
    deal = labels["deal"]
    meta = {
        "title": call["title"],
        "date": call["date"],
        "participants": people,
        "deal": {
            "account": "Brandvold Logistics",
            "stage": deal["stage_before"],
            "opened_days_ago": 20,
            "days_in_stage": 5,
            "segment": "small",
            "contacts": ["Ines Brandvold"],
        },
    }
    head = CaseFile(
        id=case_id, cluster=cluster or case_id, account="Brandvold", provenance="made up", tags=tags
    )
    folder = root / "cases" / case_id
    write_case(folder, head=head, transcript=call, meta=meta, gold=labels)
    return read_case(folder)


def evidence(quote: str, turn: int = 0) -> Evidence:
    return Evidence(turn=turn, speaker="Ines Brandvold", quote=quote, match=Match.EXACT)


def item(*quotes: str, value: str = "v", status: str = "draft") -> Item:
    return Item(id="i", value=value, confidence=0.5, evidence=tuple(map(evidence, quotes)), status=status)  # type: ignore[arg-type]


def make_recap(
    fields: dict[str, list[Item]] | None = None,
    *,
    states: dict[str, str] | None = None,
    stakeholders: tuple[Stakeholder, ...] = (),
    objections: tuple[Objection, ...] = (),
    next_steps: tuple[NextStep, ...] = (),
    suggested: str = "middle",
    before: str | None = "middle",
    met: dict[str, bool] | None = None,
    risks: tuple[str, ...] = (),
    engine: EngineReport | None = None,
    turns: int = len(TURNS),
) -> Recap:
    """A recap with these parts; every field of the playbook is in it."""
    given, state = fields or {}, states or {}
    return Recap(
        call=CallInfo(
            id="c1", title="Pallets c1", date=None, duration_s=None, participants=(),
            source=SourceRef(format="eval-case", sha256="0"),
        ),
        playbook=PlaybookRef(id=PLAYBOOK.id, version=PLAYBOOK.version),
        engine=engine or EngineReport(name="local", seconds=0.1),
        coverage=Coverage(turns_read=turns, turns_total=turns),
        summary=(),
        fields={
            f: FieldResult(
                state=state.get(f, "found" if given.get(f) else "not_discussed"),  # type: ignore[arg-type]
                items=tuple(given.get(f, ())),
            )
            for f in dict.fromkeys((*FIELDS, *given))
        },
        stakeholders=stakeholders,
        objections=objections,
        next_steps=next_steps,
        stage=StageAssessment(
            before=before, suggested=suggested, direction="stay", why="",
            exit_criteria=tuple(CriterionResult(id=c, text=c, met=m) for c, m in (met or {}).items()),
            missing=(),
        ),
        risks=tuple(RiskResult(id=r, message=r) for r in risks),
        warnings=(),
    )  # fmt: skip


# --- Recap functions for the runner


def reads_marks(
    transcript: Transcript,
    /,
    *,
    playbook: Playbook,
    deal: DealContext,
    engine: Any,
    skip: tuple[str, ...] = (),
) -> Recap:
    """Every marked turn becomes an item of its field; a call that says `crash` cannot be done."""
    found: dict[str, list[Item]] = {}
    for turn in transcript.turns:
        if turn.text.startswith("crash"):
            raise EngineError("the engine gave up; try again")
        field = turn.text.partition(":")[0]
        if field in FIELDS and field not in skip:
            found.setdefault(field, []).append(item(turn.text, value=turn.text))
    return make_recap(
        found, engine=EngineReport(name="local", model=str(engine), seconds=0.1), before=deal.stage
    )


def reads_half(transcript: Transcript, /, *, playbook: Playbook, deal: DealContext, engine: Any) -> Recap:
    """The same, but blind to two fields."""
    return reads_marks(transcript, playbook=playbook, deal=deal, engine=engine, skip=("wish", "price"))


def always_fails(transcript: Transcript, /, *, playbook: Playbook, deal: DealContext, engine: Any) -> Recap:
    raise RuntimeError("out of luck")
