"""What a run leaves behind: a folder with run.json and one file for each recap.

A record is keyed by the content of all that made its recap, so an interrupted run goes on where it stopped,
and a changed label is scored anew without paying for the recap again.
"""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from pydantic import Field, ValidationError

from coachbot import __version__
from coachbot.errors import InputError, MissingRecordingError, UsageError
from coachbot.evals.cases import Case
from coachbot.evals.files import digest, parse, read_json, read_text
from coachbot.evals.score import CallScore
from coachbot.evals.scoring import VERSION, Groups
from coachbot.evals.suite import Gate, Price
from coachbot.files import write_text
from coachbot.model.base import Frozen
from coachbot.model.playbook import Playbook
from coachbot.model.recap import Recap

FORMAT = "coachbot/eval-run/1"
NOT_IN_RECAPS = frozenset(
    ("api", "cli", "coach", "documents", "evals", "insights", "integrations", "pipeline", "render")
).union(("retrieval", "review", "store", "web"))
"""Rooms that have no part in making a recap: a change there leaves recaps valid."""


class Contender(Frozen):
    """What is measured: an engine, and the version of a prompt where it takes one."""

    engine: str
    prompt: str | None = None

    @property
    def name(self) -> str:
        """A name fit for a folder."""
        return "-".join([self.engine, *([self.prompt.replace("/", "-")] if self.prompt else [])])


class CaseRef(Frozen):
    """Which state of a case was used: its cluster, and the hash of its labels and the scoring rules."""

    cluster: str
    gold: str


class RunInfo(Frozen):
    """run.json: what was run, and what decides about it. Times are ISO 8601, UTC."""

    format: str = FORMAT
    name: str
    suite: str
    contender: Contender
    playbook: str = Field(description="id, version and content hash")
    code: str
    primary: str
    margin: float
    gates: tuple[Gate, ...] = ()
    alpha: float
    repeats: int
    seed: int
    currency: str = "USD"
    prices: dict[str, Price] = Field(default_factory=dict)
    cases: dict[str, CaseRef]
    started: str
    finished: str | None = None

    @property
    def playbook_id(self) -> str:
        """The id of the playbook."""
        return self.playbook.split(" ")[0]


class Record(Frozen):
    """One recap of one case, or why there is none, with its score."""

    key: str
    case: str
    repeat: int = 0
    gold: str
    error: str | None = None
    seconds: float
    score: CallScore
    recap: Recap | None = None


@dataclass(frozen=True)
class Run:
    """A finished run: every case has all its repeats. Records by case, then repeat."""

    folder: Path
    info: RunInfo
    records: tuple[Record, ...]

    def of_case(self, case: str) -> list[Record]:
        """The records of a case, by repeat."""
        return [r for r in self.records if r.case == case]

    @property
    def scores(self) -> list[CallScore]:
        """All scores, repeats included."""
        return [r.score for r in self.records]


@lru_cache(maxsize=1)
def code_version() -> str:
    """coachbot's version and a hash of every file of it that has a part in making a recap."""
    spec = importlib.util.find_spec("coachbot")
    home = Path(spec.origin).parent if spec and spec.origin else Path(__file__).parent.parent
    parts: list[bytes | str] = []
    for path in sorted(home.rglob("*")):
        inside = path.relative_to(home)
        if path.is_file() and inside.parts[0] not in NOT_IN_RECAPS and "__pycache__" not in inside.parts:
            parts += [inside.as_posix(), path.read_bytes()]
    return f"{__version__}+{digest(*parts)}"


def prompt_sha(prompt: str | None, home: Path = Path("prompts")) -> str:
    """A hash of the files of a prompt version under `home`; empty where it has none there."""
    if prompt is None or not home.is_dir():
        return ""
    name, _, version = prompt.partition("/")
    files = sorted(p for p in (home / name).rglob("*") if p.is_file() and version in (p.stem, p.parent.name))
    return digest(*(part for p in files for part in (p.as_posix(), p.read_bytes()))) if files else ""


def playbook_sha(playbook: Playbook) -> str:
    """A hash of all that a playbook says."""
    return digest(playbook.model_dump_json())


def record_key(
    case: Case, *, contender: Contender, playbook: str, prompt: str, code: str, repeat: int
) -> str:
    """The key of a recap: content of case, engine, playbook, prompt and code, and which repeat it is."""
    return digest(
        case.input_sha, contender.engine, contender.prompt or "", playbook, prompt, code, str(repeat)
    )


def gold_key(case: Case, groups: Groups) -> str:
    """A hash of what a score depends on besides the recap: labels, related fields, scoring rules."""
    return digest(case.gold_sha, json.dumps([sorted(g) for g in groups]), VERSION)


def record_path(folder: Path, case: str, repeat: int) -> Path:
    """Where a record is kept."""
    return folder / "cases" / f"{case}.{repeat}.json"


def write_record(folder: Path, record: Record) -> None:
    """Keep a record. The file appears only when it is whole."""
    text = record.model_dump_json(by_alias=True)
    write_text(record_path(folder, record.case, record.repeat), text + "\n")


def read_record(path: Path) -> Record | None:
    """The record in a file; None where there is none, or none that can be used."""
    try:
        return Record.model_validate_json(read_text(path))
    except (InputError, ValidationError):
        return None


def write_info(folder: Path, info: RunInfo) -> None:
    """Keep run.json."""
    write_text(folder / "run.json", info.model_dump_json(indent=1) + "\n")


def find_run(root: Path, name: str) -> Path:
    """A run folder by its path, or by its name under `root`/runs. Raises UsageError."""
    for folder in (Path(name), root / "runs" / name):
        if (folder / "run.json").is_file():
            return folder
    there = ", ".join(sorted(p.parent.name for p in (root / "runs").glob("*/run.json"))) or "none"
    raise UsageError(f"no run is called {name!r} in {root / 'runs'}; there: {there}")


def read_run(folder: Path) -> Run:
    """Read a run. Raises MissingRecordingError where a recap of it is missing, or belongs to other labels."""
    info = parse(RunInfo, read_json(folder / "run.json"), folder / "run.json")
    records: list[Record] = []
    missing: list[str] = []
    for case, ref in info.cases.items():
        for repeat in range(info.repeats):
            record = read_record(record_path(folder, case, repeat))
            if record is None or record.gold != ref.gold:
                missing.append(case)
            else:
                records.append(record)
    if missing:
        raise MissingRecordingError(
            f"{folder}: {named(missing)} not recorded; finish it with `coachbot evals run {info.suite}`"
        )
    return Run(folder, info, tuple(records))


def named(cases: Sequence[str], most: int = 3) -> str:
    """`a, b, c and 4 more`, each once."""
    unique = list(dict.fromkeys(cases))
    more = f" and {len(unique) - most} more" if len(unique) > most else ""
    return ", ".join(unique[:most]) + more
