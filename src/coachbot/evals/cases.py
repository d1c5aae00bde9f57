"""An eval case: a call, what was known of the deal, the labels, and where the case comes from.

A folder `<id>/` with transcript.json, meta.json, gold.json and case.yaml.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import Field

from coachbot.errors import InputError, UsageError
from coachbot.evals.files import digest, lines_of, parse, read_json, read_text, read_yaml
from coachbot.evals.gold import Gold
from coachbot.files import write_text
from coachbot.model.base import Frozen
from coachbot.model.transcript import CallMeta, Participant, Side, Source, Transcript, Turn


class CaseFile(Frozen):
    """case.yaml. `cluster` is the selling account: calls of one cluster are not independent."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]*$")
    cluster: str = Field(min_length=1)
    account: str = Field(default="", description="the buying company")
    provenance: str = Field(min_length=1, description="where the call comes from, and that it may be kept")
    tags: tuple[str, ...] = ()


class CaseTurn(Frozen):
    """A turn of transcript.json; times in seconds, null where the source has none."""

    speaker: str | None
    start: float | None = None
    end: float | None = None
    text: str


class CasePerson(Frozen):
    """Somebody who is on the call."""

    name: str
    side: Side = Side.UNKNOWN
    title: str | None = None


class CaseTranscript(Frozen):
    """transcript.json."""

    title: str
    date: str | None = None
    seller_company: str | None = None
    buyer_company: str | None = None
    participants: tuple[CasePerson, ...] = ()
    turns: tuple[CaseTurn, ...] = Field(min_length=1)


@dataclass(frozen=True)
class Case:
    """A case as read. `input_sha` is of all that a recap sees, `gold_sha` of the labels."""

    file: CaseFile
    folder: Path
    transcript: Transcript
    meta: CallMeta
    gold: Gold
    input_sha: str
    gold_sha: str

    @property
    def id(self) -> str:
        """The case's id, also the name of its folder."""
        return self.file.id

    @cached_property
    def texts(self) -> tuple[str, ...]:
        """The words of each turn."""
        return tuple(t.text for t in self.transcript.turns)


def read_case(folder: Path) -> Case:
    """Read one case. Raises InputError naming the file and the key that is wrong."""
    head = parse(CaseFile, read_yaml(folder / "case.yaml"), folder / "case.yaml")
    if head.id != folder.name:
        raise InputError(f"id is {head.id!r} but the folder is {folder.name!r}", path=folder / "case.yaml")
    raw = read_text(folder / "transcript.json")
    call = parse(CaseTranscript, read_json(folder / "transcript.json"), folder / "transcript.json")
    known = read_text(folder / "meta.json")
    meta = parse(CallMeta, read_json(folder / "meta.json"), folder / "meta.json")
    labels = read_text(folder / "gold.json")
    gold = parse(Gold, read_json(folder / "gold.json"), folder / "gold.json")
    return Case(
        file=head,
        folder=folder,
        transcript=_transcript(head.id, call, meta, digest(raw)),
        meta=meta,
        gold=gold,
        input_sha=digest(raw, known),
        gold_sha=digest(labels),
    )


def _transcript(case_id: str, call: CaseTranscript, meta: CallMeta, sha: str) -> Transcript:
    """The call as the main job takes it. Turn indices stay those of the file, so labels keep their place."""
    companies = {Side.SELLER: call.seller_company, Side.BUYER: call.buyer_company}
    people = meta.participants or tuple(
        Participant(name=p.name, side=p.side, title=p.title) for p in call.participants
    )
    given = tuple(
        p.model_copy(
            update={
                "side_source": "inferred" if p.side is Side.UNKNOWN else "given",
                "company": p.company or companies.get(p.side),
            }
        )
        for p in people
    )
    return Transcript(
        id=case_id,
        title=meta.title or call.title,
        date=meta.date,
        participants=given,
        turns=tuple(
            Turn(index=n, speaker=t.speaker, text=t.text, start_s=t.start, end_s=t.end)
            for n, t in enumerate(call.turns)
        ),
        source=Source(format="eval-case", sha256=sha, name=f"{case_id}/transcript.json"),
    )


def case_folders(root: Path) -> list[Path]:
    """The folders of all cases under `root`/cases, by name. Raises UsageError where there is none."""
    home = root / "cases"
    found = sorted(p for p in home.iterdir() if (p / "case.yaml").is_file()) if home.is_dir() else []
    if not found:
        raise UsageError(
            f"{home}: there are no eval cases here; name the folder that holds them with --evals"
        )
    return found


def read_cases(root: Path) -> list[Case]:
    """All cases under `root`/cases, by id."""
    return [read_case(folder) for folder in case_folders(root)]


def write_case(
    folder: Path,
    *,
    head: CaseFile,
    transcript: dict[str, Any],
    meta: dict[str, Any],
    gold: dict[str, Any],
    notes: str | None = None,
) -> None:
    """Write a case's files: one turn, person or label a line."""
    write_text(folder / "transcript.json", lines_of(transcript, 2) + "\n")
    write_text(folder / "meta.json", lines_of(meta, 2) + "\n")
    write_text(folder / "gold.json", lines_of(gold, 3) + "\n")
    if notes:
        write_text(folder / "NOTES.md", notes)
    write_text(folder / "case.yaml", _yaml_of(head))


def _yaml_of(head: CaseFile) -> str:
    def flow(value: str | Sequence[str]) -> str:
        return json.dumps(value, ensure_ascii=False)  # JSON strings and lists are YAML 1.2

    lines = [f"id: {head.id}", f"cluster: {head.cluster}"]
    if head.account:
        lines.append(f"account: {flow(head.account)}")
    lines.append(f"provenance: {flow(head.provenance)}")
    lines.append(f"tags: [{', '.join(head.tags)}]")
    return "\n".join(lines) + "\n"
