"""The case table: what becomes of each quote. Nothing false is accepted, nearly all that is true is."""

from __future__ import annotations

from typing import NamedTuple

import pytest
from ground_calls import CASES, ProveField
from ruamel.yaml import YAML

from coachbot.model.claims import Match
from coachbot.model.transcript import Transcript


class Case(NamedTuple):
    kind: str
    call: str
    cited: int | None
    quote: str
    said_by: str
    expected: str
    found_in: int | None

    @property
    def true(self) -> bool:
        """Whether the quote stands in the call, by the table."""
        return self.expected in set(Match)


TABLE = [Case(*row) for row in YAML(typ="safe").load((CASES / "quotes.yaml").read_text(encoding="utf-8"))]


def outcome(case: Case, calls: dict[str, Transcript], prove_field: ProveField) -> tuple[str, int | None]:
    proven = prove_field(calls[case.call], (case.cited, case.quote), field=case.said_by)
    if not proven.evidence:
        return proven.refused[0].why.value, None
    for evidence in proven.evidence:
        turn = calls[case.call].turns[evidence.turn]
        assert turn.text[evidence.start : evidence.start + len(evidence.quote)] == evidence.quote
        assert turn.speaker == evidence.speaker
    return proven.evidence[0].match.value, proven.evidence[0].turn


@pytest.mark.parametrize("case", TABLE, ids=[f"{c.kind}-{n}" for n, c in enumerate(TABLE)])
def test_case(case: Case, calls: dict[str, Transcript], prove_field: ProveField) -> None:
    assert outcome(case, calls, prove_field) == (case.expected, case.found_in)


def test_shares(calls: dict[str, Transcript], prove_field: ProveField) -> None:
    """The promise itself, apart from how each case is labelled."""
    accepted = {case: outcome(case, calls, prove_field)[1] is not None for case in TABLE}
    true = [case for case in TABLE if case.true]
    assert len(TABLE) >= 150
    assert len(true) >= 50
    assert [case for case in TABLE if accepted[case] and not case.true] == []
    assert sum(accepted[case] for case in true) / len(true) >= 0.95
