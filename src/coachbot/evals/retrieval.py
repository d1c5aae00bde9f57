"""Is the search good? Graded questions over a playbook, each way of searching measured on all of them.

Results are compared by page: the passages of a page count once, at the first one's place. A suite may grade
by heading instead (`by: heading`); then the passages under a heading count once. Definitions of the playbook
are left out, for the grades are about coaching pages.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import log2
from pathlib import Path
from typing import Literal, NamedTuple

from pydantic import Field

from coachbot.errors import InputError, UsageError
from coachbot.evals.files import parse, read_yaml
from coachbot.evals.stats import Decision, Interval, bootstrap_interval, by_cluster, decide
from coachbot.model.base import Frozen
from coachbot.retrieval import Hit, PlaybookIndex
from coachbot.retrieval.playbook_index import HOWS, How

METRICS = ("ndcg@10", "recall@5", "mrr")
RELEVANT = 2
"""From this grade on a page counts for recall and MRR."""
DEEP = 80
By = Literal["page", "heading"]
Half = Literal["all", "odd", "even"]
MARGIN = 0.02


class Query(Frozen):
    """A question, and the pages that answer it: grades 0 to 3 by page, or by page#heading."""

    ask: str
    pages: dict[str, int] = Field(
        description="grade by page (its file, without .md) or page#heading", min_length=1
    )
    language: str = "en"


class RetrievalSuite(Frozen):
    """A file under evals/retrieval/."""

    playbook: str
    by: By = "page"
    queries: tuple[Query, ...] = Field(min_length=1)


class Scored(NamedTuple):
    """A question's figures, in the order of METRICS, and the first pages that were found."""

    ask: str
    cluster: str
    values: tuple[float, ...]
    found: tuple[str, ...]


class Line(NamedTuple):
    """A metric of one way of searching."""

    metric: str
    mean: float
    interval: Interval


class Measured(NamedTuple):
    """All questions of a suite, searched one way. `against`: fused search against this way, by nDCG."""

    how: str
    scores: tuple[Scored, ...]
    lines: tuple[Line, ...]
    against: Decision | None


def read_retrieval_suite(root: Path, name: str) -> RetrievalSuite:
    """A suite by its path, or its name under `root`/retrieval. InputError where it is not one."""
    path = Path(name) if name.endswith((".yaml", ".yml")) else root / "retrieval" / f"{name}.yaml"
    if not path.is_file():
        there = ", ".join(sorted(p.stem for p in (root / "retrieval").glob("*.yaml"))) or "none"
        raise UsageError(f"no retrieval suite is called {name!r}; there: {there}")
    suite = parse(RetrievalSuite, read_yaml(path), path)
    for n, query in enumerate(suite.queries, start=1):
        if not all(0 <= grade <= 3 for grade in query.pages.values()) or not any(query.pages.values()):
            raise InputError(f"query {n} ({query.ask!r}): grades are 0 to 3, and one is above 0", path=path)
    return suite


def check_pages(suite: RetrievalSuite, index: PlaybookIndex) -> None:
    """UsageError where a graded page is not in the playbook."""
    known = {key for passage in index.passages() for key in _keys(passage.path, passage.heading)}
    missing = sorted({page for query in suite.queries for page in query.pages} - known)
    if missing:
        raise UsageError(f"the playbook {suite.playbook!r} has no page {missing[0]!r} ({len(missing)} such)")


def measure(
    suite: RetrievalSuite,
    index: PlaybookIndex,
    *,
    half: Half = "all",
    hows: Sequence[How] = HOWS,
    on_query: Callable[[], None] | None = None,
) -> list[Measured]:
    """Search for every question in each way. `half`: only the odd- or even-numbered questions."""
    chosen = [
        q for n, q in enumerate(suite.queries, start=1) if half == "all" or (n % 2 == 1) == (half == "odd")
    ]
    scores: dict[str, list[Scored]] = {how: [] for how in hows}
    for query in chosen:
        for how in hows:
            hits = index.search(query.ask, k=DEEP, kind="play", how=how)
            scores[how].append(score(query, hits, by=suite.by))
        if on_query is not None:
            on_query()
    best = scores.get("fused")
    return [
        Measured(how, tuple(found), _lines(found), _against(best, found) if best and how != "fused" else None)
        for how, found in scores.items()
    ]


def score(query: Query, hits: Sequence[Hit], *, by: By = "page") -> Scored:
    """The figures of one question. `by`: what counts once, a page or the part of it under a heading.

    nDCG with gains 2^grade - 1: Järvelin and Kekäläinen, ACM TOIS 20 (2002), in the form of Burges et al.
    (2005). Recall: the share of pages graded 2 or 3 among the first five. MRR: 1 / place of the first such.
    """
    grades: dict[str, int] = {}
    for hit in hits:
        page, part = _keys(hit.passage.path, hit.passage.heading)
        unit = part if by == "heading" else page
        if unit not in grades:
            grades[unit] = query.pages.get(part, query.pages.get(page, 0))
    found = list(grades.values())
    best: dict[str, int] = {}
    for key, grade in query.pages.items():
        page = key if by == "heading" else key.partition("#")[0]
        best[page] = max(best.get(page, 0), grade)
    ideal = sorted(best.values(), reverse=True)
    good = sum(grade >= RELEVANT for grade in ideal)
    first = next((place for place, grade in enumerate(found, start=1) if grade >= RELEVANT), None)
    recall = sum(grade >= RELEVANT for grade in found[:5]) / min(good, 5) if good else 1.0
    values = (dcg(found[:10]) / dcg(ideal[:10]), recall, 1.0 / first if first else 0.0 if good else 1.0)
    return Scored(query.ask, max(best, key=lambda page: best[page]), values, tuple(grades)[:10])


def dcg(grades: Sequence[int]) -> float:
    """Discounted cumulative gain of grades in the order they were found."""
    return sum((2.0**grade - 1) / log2(place + 1) for place, grade in enumerate(grades, start=1))


def as_json(suite: RetrievalSuite, half: Half, measured: Sequence[Measured]) -> dict[str, object]:
    """The numbers, for machines."""
    return {
        "playbook": suite.playbook,
        "half": half,
        "queries": len(measured[0].scores) if measured else 0,
        "ways": {
            m.how: {
                "metrics": {line.metric: _number(line) for line in m.lines},
                "fused_against_it": None if m.against is None else _decision(m.against),
                "queries": [
                    {"ask": s.ask, **dict(zip(METRICS, s.values, strict=True)), "found": list(s.found)}
                    for s in m.scores
                ],
            }
            for m in measured
        },
    }


def _number(line: Line) -> Mapping[str, object]:
    return {"mean": line.mean, "low": line.interval.low, "high": line.interval.high}


def _decision(found: Decision) -> Mapping[str, object]:
    return {"difference": found.mean, "low": found.interval.low, "high": found.interval.high, "p": found.p}


def _keys(path: str, heading: str) -> tuple[str, str]:
    page = path.removeprefix("plays/").removesuffix(".md")
    return page, f"{page}#{heading}"


def _lines(scores: Sequence[Scored]) -> tuple[Line, ...]:
    labels = [s.cluster for s in scores]
    lines = []
    for at, metric in enumerate(METRICS):
        data = by_cluster([s.values[at] for s in scores], labels)
        lines.append(Line(metric, data.mean, bootstrap_interval(data)))
    return tuple(lines)


def _against(best: Sequence[Scored], other: Sequence[Scored]) -> Decision:
    differences = [a.values[0] - b.values[0] for a, b in zip(best, other, strict=True)]
    return decide(differences, [s.cluster for s in best], margin=MARGIN)
