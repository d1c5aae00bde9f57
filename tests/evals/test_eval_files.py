"""The evals that come with coachbot are sound."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from coachbot.evals.cases import read_cases
from coachbot.evals.check import check_all
from coachbot.evals.suite import choose, read_suites
from coachbot.playbook import load_playbook

ROOT = Path(__file__).parents[2]


def test_cases_and_suites_fit_the_standard_playbook() -> None:
    done = check_all(ROOT / "evals", load_playbook(ROOT / "playbooks" / "b2b-saas"))
    assert done.problems == ()
    assert done.cases >= 54
    assert done.suites >= 3


def test_accounts_and_tags_of_the_cases() -> None:
    cases = read_cases(ROOT / "evals")
    clusters = Counter(c.file.cluster for c in cases)
    assert clusters.most_common(1)[0][1] == 12
    assert sum(n == 1 for n in clusters.values()) >= 42
    tags = Counter(t for c in cases for t in c.file.tags)
    assert min(tags[t] for t in ("raw", "noisy", "stays", "advances", "goes-back")) >= 4
    for suite in read_suites(ROOT / "evals"):
        assert len({c.file.cluster for c in choose(suite, cases)}) >= 6, f"{suite.id} could decide nothing"
