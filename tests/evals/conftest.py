from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from eval_fakes import GROUPS, PLAYBOOK, TURNS, make_case, reads_marks

from coachbot.evals.cases import read_cases
from coachbot.evals.records import Contender, Run
from coachbot.evals.runner import Plan, RecapFunction, run_plan
from coachbot.evals.suite import Suite


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """An evals folder with eight cases of seven accounts; `c8` cannot be recapped."""
    home = tmp_path / "evals"
    for n in range(1, 8):
        make_case(home, f"c{n}", cluster="shared" if n < 3 else f"account{n}", tags=("odd",) if n % 2 else ())
    make_case(home, "c8", turns=[*TURNS[:5], "crash", *TURNS[6:]])
    (home / "suites").mkdir()
    (home / "suites" / "all.yaml").write_text("id: all\nrelated: related.yaml\nmargin: 0.05\n")
    (home / "related.yaml").write_text(f"groups: {[list(g) for g in GROUPS]}\n")
    return home


@pytest.fixture
def run_all(root: Path) -> Any:
    """Run every case of the folder with a recap function, as a run of that name."""

    def go(
        name: str, recap: RecapFunction = reads_marks, cases: Sequence[str] | None = None, **suite: Any
    ) -> Run:
        chosen = [c for c in read_cases(root) if cases is None or c.id in cases]
        plan = Plan(
            suite=Suite(id="all", **{"margin": 0.05, **suite}),
            cases=chosen,
            playbook=PLAYBOOK,
            groups=GROUPS,
            contender=Contender(engine="local"),
            recap=recap,
        )
        return run_plan(plan, root / "runs" / name)

    return go
