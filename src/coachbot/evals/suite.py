"""Suites: which calls, which engines and prompts, and what decides."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from pydantic import Field, field_validator, model_validator

from coachbot.errors import InputError, UsageError
from coachbot.evals.cases import Case
from coachbot.evals.files import parse, read_yaml
from coachbot.evals.metrics import METRICS, Direction
from coachbot.model.base import Frozen


def _known_metric(name: str) -> str:
    if name not in METRICS:
        raise ValueError(f"no metric is called {name!r}; there are: {', '.join(METRICS)}")
    return name


class Gate(Frozen):
    """A metric that must not get worse by `margin` or more, in the metric's own unit (0.02: two points)."""

    metric: str
    margin: float = Field(gt=0)
    direction: Direction | None = Field(default=None, description="which way is better, for the reader")

    _metric = field_validator("metric")(_known_metric)

    @model_validator(mode="after")
    def _own_direction(self) -> Gate:
        own = METRICS[self.metric].better
        if self.direction not in (None, own):
            raise ValueError(f"of {self.metric}, {own} is better; correct `direction` or leave it out")
        return self


class Price(Frozen):
    """Price of a model per million tokens, in the suite's currency."""

    tokens_in: float = Field(ge=0)
    tokens_out: float = Field(ge=0)


class Suite(Frozen):
    """A suite of cases and what decides about them. One YAML file under suites/."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]*$")
    title: str = ""
    cases: tuple[str, ...] = Field(default=("*",), description="case ids or globs; a leading ! leaves out")
    tags: tuple[str, ...] = Field(default=(), description="only cases with one of these tags; empty: all")
    engines: tuple[str, ...] = Field(default=("local",), min_length=1)
    prompts: tuple[str, ...] = Field(default=(), description="prompt versions to try, such as extract/v4")
    playbook: str | None = Field(default=None, description="id or path; default: the setting `playbook`")
    primary: str = Field(default="fields_f1", description="the metric that decides; see docs/evals.md")
    margin: float = Field(default=0.02, gt=0, description="differences below this do not matter")
    gates: tuple[Gate, ...] = ()
    alpha: float = Field(default=0.05, gt=0, lt=0.5)
    repeats: int = Field(default=1, ge=1, description="recaps of each call; scores are averaged")
    seed: int = 0
    related: str | tuple[tuple[str, ...], ...] = Field(
        default="related.yaml", description="groups of neighbouring fields, or a file that holds them"
    )
    currency: str = "USD"
    prices: dict[str, Price] = Field(default_factory=dict, description="by model name")

    _primary = field_validator("primary")(_known_metric)

    @field_validator("prompts")
    @classmethod
    def _prompt_names(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        for name in given:
            if not all(name.partition("/")[::2]):
                raise ValueError(f"{name!r} is no prompt version; write NAME/VERSION, such as extract/v4")
        return given


class RelatedFile(Frozen):
    """related.yaml: groups of fields that one fact may as well stand under."""

    groups: tuple[tuple[str, ...], ...]


def suite_path(root: Path, name: str) -> Path:
    """A suite by its path, or by its name under `root`/suites."""
    path = Path(name)
    if path.suffix in (".yaml", ".yml"):
        return path
    found = root / "suites" / f"{name}.yaml"
    if not found.is_file():
        there = ", ".join(sorted(p.stem for p in (root / "suites").glob("*.yaml"))) or "none"
        raise UsageError(f"no suite is called {name!r} in {root / 'suites'}; there: {there}")
    return found


def read_suite(root: Path, name: str) -> Suite:
    """Read a suite. Raises InputError naming the key that is wrong."""
    path = suite_path(root, name)
    return parse(Suite, read_yaml(path), path)


def related_groups(suite: Suite, root: Path) -> tuple[tuple[str, ...], ...]:
    """The suite's groups of related fields; a file name is looked for in `root`."""
    if not isinstance(suite.related, str):
        return suite.related
    path = root / suite.related
    return parse(RelatedFile, read_yaml(path), path).groups


def choose(suite: Suite, cases: Sequence[Case]) -> list[Case]:
    """The cases of the suite, by id. Raises UsageError where a pattern fits none, or none is left."""
    ids = [c.id for c in cases]
    wanted = set(ids) if suite.cases[:1] and suite.cases[0].startswith("!") else set[str]()
    for pattern in suite.cases:
        hits = set(_fitting(pattern.removeprefix("!"), ids))
        if not hits:
            raise UsageError(f"suite {suite.id!r}: no case fits {pattern!r}")
        wanted = wanted - hits if pattern.startswith("!") else wanted | hits
    chosen = [c for c in cases if c.id in wanted and (not suite.tags or set(suite.tags) & set(c.file.tags))]
    if not chosen:
        raise UsageError(f"suite {suite.id!r}: no case has the tags {', '.join(suite.tags)}")
    return sorted(chosen, key=lambda c: c.id)


def _fitting(pattern: str, ids: Iterable[str]) -> list[str]:
    return [i for i in ids if fnmatchcase(i, pattern)]


def read_suites(root: Path) -> list[Suite]:
    """All suites under `root`/suites. Raises InputError where two have the same id."""
    suites: dict[str, Suite] = {}
    for path in sorted((root / "suites").glob("*.yaml")):
        suite = parse(Suite, read_yaml(path), path)
        if suite.id in suites:
            raise InputError(f"another suite has the id {suite.id!r} too", path=path)
        suites[suite.id] = suite
    return list(suites.values())
