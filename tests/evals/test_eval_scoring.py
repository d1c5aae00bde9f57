"""Scores against examples worked out by hand on the pallet call (see eval_fakes.TURNS and GOLD)."""

from __future__ import annotations

import copy
import itertools
from pathlib import Path
from typing import Any

import pytest
from eval_fakes import GOLD, GROUPS, PLAYBOOK, TURNS, evidence, item, make_case, make_recap
from hypothesis import given
from hypothesis import strategies as st

from coachbot.evals.cases import Case
from coachbot.evals.matching import match
from coachbot.evals.metrics import METRICS
from coachbot.evals.score import CallScore, Pair, Share, Tally, prf
from coachbot.evals.scoring import score_call
from coachbot.evals.words import TurnIndex
from coachbot.model.claims import EngineReport
from coachbot.model.recap import NextStep, Objection, Recap, Stakeholder


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    return make_case(tmp_path_factory.mktemp("evals"))


def score(case: Case, recap: Recap | None, failed: str | None = None) -> CallScore:
    return score_call(case, recap, playbook=PLAYBOOK, groups=GROUPS, failed=failed)


def with_gold(tmp_path: Path, **changes: Any) -> Case:
    return make_case(tmp_path, gold={**copy.deepcopy(GOLD), **changes})


@pytest.mark.parametrize(
    ("quote", "turns"),
    [
        ("our pallets vanish somewhere", {1}),
        ("OUR PALLETS, vanish - somewhere!", {1}),  # words only
        (TURNS[1] + " " + TURNS[2], {1, 2}),  # all pairs of both turns are in it
        ("our pallets simply vanish somewhere between dock nine and the barn", {1}),  # 7 of its 10 pairs
        ("our big pallets simply vanish very far", set()),  # 0 of 6 pairs
        ("yeah okay", {10, 11, 12}),
        ("pallet", {3}),  # one word: a whole word of turn 3 only
        ("nothing of this was said", set()),
        ("", set()),
        ("…", set()),
    ],
)
def test_the_turns_of_a_quote(quote: str, turns: set[int]) -> None:
    assert TurnIndex(TURNS).turns_of(quote) == turns


def test_apostrophes_of_both_kinds_are_one() -> None:
    assert TurnIndex(["we don’t know that yet"]).turns_of("We don't know") == {0}


def test_a_quote_of_three_turns_proves_nothing_and_only_four_quotes_count() -> None:
    cited = TurnIndex(TURNS).cited([evidence(q) for q in ("yeah okay", "hello there", "not in it", TURNS[3])])
    assert cited.turns == {0, 3}
    assert (cited.quotes, cited.ungrounded, cited.vague) == (4, 1, 1)
    fifth = TurnIndex(TURNS).cited([evidence("hello there")] * 4 + [evidence(TURNS[3])])
    assert fifth.turns == {0}
    assert fifth.quotes == 5


@pytest.mark.parametrize(
    ("items", "tally"),
    [
        ([], (0, 0, 0, 1)),
        ([(TURNS[1],)], (1, 1, 1, 1)),
        ([(TURNS[2],)], (0, 1, 0, 1)),  # turn 2 is one of its turns, but no core turn
        ([(TURNS[2], TURNS[1])], (1, 1, 1, 1)),  # one core turn is enough
        ([(TURNS[1],), (TURNS[1],)], (1, 2, 1, 1)),  # a duplicate is a false positive
        ([(TURNS[6],)], (0, 1, 0, 1)),  # a wrong value is a false positive and a miss
        ([("made up words",)], (0, 1, 0, 1)),
    ],
)
def test_the_exact_field(case: Case, items: list[tuple[str, ...]], tally: tuple[int, ...]) -> None:
    got = score(case, make_recap({"pain": [item(*quotes) for quotes in items]})).fields["pain"]
    assert got.parts == tally
    assert got.false_positives == tally[1] - tally[0]
    assert got.false_negatives == tally[3] - tally[2]


def test_precision_recall_and_f1_of_a_call(case: Case) -> None:
    # 2 of 3 items right, 2 of 4 facts found: P 2/3, R 1/2, F1 4/7
    recap = make_recap({"pain": [item(TURNS[1])], "price": [item(TURNS[4]), item(TURNS[5])]})
    got = prf(score(case, recap).strict)
    assert got == pytest.approx((2 / 3, 1 / 2, 4 / 7))
    assert score(case, recap).pairs == {"pain": (Pair(0, 0),), "price": (Pair(0, 0),)}


def test_a_neighbouring_field_counts_as_related_only(case: Case) -> None:
    got = score(case, make_recap({"cause": [item(TURNS[1])], "price": [item(TURNS[1])]}))
    assert got.strict.right == 0
    # `cause` is a neighbour of `pain` and matches it; `price` is not.
    assert got.related["cause"].right == 1
    assert got.related["pain"].found == 1
    assert got.related["price"].right == 0
    assert got.loose.parts == (1, 2, 1, 4)


def test_a_fact_under_two_related_fields_is_one_fact(tmp_path: Path) -> None:
    twin = {"gist": "the same", "turns": [1], "core_turns": [1]}
    case = with_gold(tmp_path, fields={"pain": [twin], "cause": [twin], "rival": [twin]})
    got = score(case, make_recap({"pain": [item(TURNS[1])]}))
    # `cause` is the matched fact's twin and no longer expected; `rival` is no neighbour and still is.
    assert got.loose.parts == (1, 1, 1, 2)
    assert got.related["cause"].expected == 0
    assert got.strict.parts == (1, 1, 1, 3)
    both = score(case, make_recap({"pain": [item(TURNS[1])], "cause": [item(TURNS[1])]}))
    assert both.loose.parts == (2, 2, 2, 3)


@pytest.mark.parametrize(
    ("name", "quote", "found"),
    [
        ("Ines Brandvold", "no such words", True),
        ("Ines", "no such words", True),
        ("mrs Brandvold", "no such words", True),  # last names agree
        ("Ruta", "no such words", True),
        ("Piotr Zielinski", TURNS[9], False),  # another name, though her turn is cited
        (None, TURNS[9], True),  # nobody named: her turn decides
        (None, TURNS[5], False),
    ],
)
def test_people_by_name_or_by_turn(case: Case, name: str | None, quote: str, found: bool) -> None:
    person = Stakeholder(
        name=name, role=None, side="buyer", on_call=False, influence="user", evidence=(evidence(quote),)
    )
    got = score(case, make_recap(stakeholders=(person,))).stakeholders
    assert got.parts == (int(found), 1, int(found), 2)


def test_roles_influence_and_the_seller_s_own_people(case: Case) -> None:
    def person(name: str, role: str | None, influence: str, side: Any = "buyer") -> Stakeholder:
        return Stakeholder(name=name, role=role, side=side, on_call=True, influence=influence, evidence=())

    people = (
        person("Ines Brandvold", "Manager of the yard", "user"),  # the same words
        person("Ruta Okonjo", "finance director", "user"),
        person("Ruta", "purchasing", "payer"),  # she is taken: a duplicate
        person("Sol Petrakis", "AE", "user", "seller"),
    )
    got = score(case, make_recap(stakeholders=people))
    assert got.stakeholders.parts == (2, 3, 2, 2)
    assert got.shares["stakeholder_role"] == Share(yes=1, of=2)
    assert got.shares["stakeholder_influence"] == Share(yes=1, of=2)


def objection(category: str, handled: Any, quote: str = TURNS[6]) -> Objection:
    return Objection(category=category, text="", handled=handled, response=None, evidence=(evidence(quote),))


def test_objections_with_category_and_handling(case: Case) -> None:
    got = score(case, make_recap(objections=(objection("money", "yes"), objection("money", "no", TURNS[4]))))
    assert got.objections.parts == (1, 2, 1, 1)
    assert got.shares["objection_category"] == Share(yes=0, of=1)
    assert got.shares["objection_handled"] == Share(yes=1, of=1)


def test_of_two_objections_in_one_turn_the_one_of_the_category_is_taken(tmp_path: Path) -> None:
    two = [{"category": c, "turns": [6], "handled": "no"} for c in ("time", "money")]
    case = with_gold(tmp_path, objections=two)
    got = score(case, make_recap(objections=(objection("money", "no"),)))
    assert got.shares["objection_category"] == Share(yes=1, of=1)


def step(date: str | None, owner: Any = "buyer", committed: bool = True) -> NextStep:
    return NextStep(
        what="", owner=owner, when=None, date=date, committed=committed, evidence=(evidence(TURNS[8]),)
    )


@pytest.mark.parametrize(
    ("made", "owner", "date", "committed"),
    [
        (step("2026-03-06"), (1, 1), (1, 1), (1, 1)),
        (step(None), (1, 1), (0, 1), (1, 1)),
        (step("2026-03-06", "seller", False), (0, 1), (1, 1), (0, 1)),
    ],
)
def test_next_steps(
    case: Case, made: NextStep, owner: tuple[int, int], date: tuple[int, int], committed: tuple[int, int]
) -> None:
    shares = score(case, make_recap(next_steps=(made,))).shares
    got = [shares[f"next_step_{k}"] for k in ("owner", "date", "committed")]
    assert [(s.yes, s.of) for s in got] == [owner, date, committed]


def test_a_step_without_any_date_says_nothing_about_dates(tmp_path: Path) -> None:
    undated = {**GOLD["next_steps"][0], "date": None}
    case = with_gold(tmp_path, next_steps=[undated])
    assert score(case, make_recap(next_steps=(step(None),))).shares["next_step_date"] == Share()
    assert score(case, make_recap(next_steps=(step("2026-03-06"),))).shares["next_step_date"] == Share(
        yes=0, of=1
    )


@pytest.mark.parametrize(
    ("field", "quotes", "fallen"),
    [
        ("price", (TURNS[5],), True),
        ("wish", (TURNS[5],), True),  # a related field
        ("pain", (TURNS[5],), False),
        ("price", (TURNS[5], TURNS[4]), False),  # it also cites a fact of the field
        ("wish", (TURNS[5], TURNS[4]), True),  # a fact of another field excuses nothing
    ],
)
def test_traps(case: Case, field: str, quotes: tuple[str, ...], fallen: bool) -> None:
    got = score(case, make_recap({field: [item(*quotes)]}))
    assert got.traps == ((0,) if fallen else ())
    assert got.shares["traps"] == Share(yes=int(fallen), of=1)


def test_a_trap_of_the_next_steps(tmp_path: Path) -> None:
    case = with_gold(tmp_path, must_not_appear=[{"turns": [8], "as": "next_steps", "why": "taken back"}])
    assert score(case, make_recap(next_steps=(step(None),))).traps == (0,)
    assert score(case, make_recap({"pain": [item(TURNS[8])]})).traps == ()


@pytest.mark.parametrize(
    ("after", "suggested", "right", "expected", "said"),
    [
        ("middle", "middle", 1, False, False),
        ("low", "low", 1, True, True),
        ("low", "middle", 0, True, False),
        ("middle", "low", 0, False, True),
        ("high", "high", 1, False, False),
        ("middle", "nowhere", 0, False, False),
    ],
)
def test_stages_and_going_back(
    tmp_path: Path, after: str, suggested: str, right: int, expected: bool, said: bool
) -> None:
    got = score(with_gold(tmp_path, stage_after=after), make_recap(suggested=suggested))
    assert got.shares["stage"] == Share(yes=right, of=1)
    assert (got.reversion.expected, got.reversion.said) == (expected, said)


def test_exit_criteria_and_risks(case: Case) -> None:
    got = score(case, make_recap(met={"middle_done": False, "middle_agreed": False}, risks=("alone", "late")))
    assert got.shares["exit_criteria"] == Share(yes=1, of=2)
    assert got.risks.parts == (1, 2, 1, 1)
    assert score(case, make_recap()).shares["exit_criteria"] == Share(yes=0, of=2)  # not said is not right


def test_the_four_states(tmp_path: Path) -> None:
    case = with_gold(tmp_path, states={"price": "conflicting"})
    recap = make_recap(
        {"pain": [item(TURNS[1])], "rival": [item(TURNS[2])], "price": [item(TURNS[4])]},
        states={"cause": "not_read", "price": "conflicting"},
    )
    got = score(case, recap)
    assert got.states == {
        "conflicting>conflicting": 1,
        "found>found": 1,
        "found>not_discussed": 1,  # wish
        "found>not_read": 1,  # cause
        "not_discussed>found": 1,  # rival
    }
    assert got.shares["states"] == Share(yes=2, of=5)
    assert got.shares["false_found"] == Share(yes=1, of=1)


def test_grounding_shares(case: Case) -> None:
    recap = make_recap(
        {"pain": [item(TURNS[1], "never said"), item("yeah okay")]}, objections=(objection("time", "no"),)
    )
    got = score(case, recap)
    assert got.shares["ungrounded"] == Share(yes=1, of=4)
    assert got.shares["vague"] == Share(yes=1, of=4)
    assert got.matches == {"exact": 4}


def test_a_failed_call_counts_as_nothing_found(case: Case) -> None:
    got = score(case, None, failed="no answer")
    assert got.strict == Tally(expected=4)
    assert got.stakeholders == Tally(expected=2)
    assert got.shares["exit_criteria"] == Share(yes=0, of=2)
    assert got.states == {"found>none": 4, "not_discussed>none": 1}
    for metric in METRICS.values():
        if metric.share:
            assert metric.of_call(got) == (0.0 if metric.better == "higher" else 1.0), metric.id


def test_spend_is_of_the_whole_job(case: Case) -> None:
    engine = EngineReport(name="llm", model="m", requests=2, tokens_in=100, tokens_out=20, seconds=1.0)
    got = score_call(case, make_recap(engine=engine), playbook=PLAYBOOK, seconds=1.5).spend
    assert (got.seconds, got.requests, got.tokens_in, got.tokens_out, got.model) == (1.5, 2, 100, 20, "m")


def test_an_unknown_field_of_the_recap_is_wrong_and_of_the_labels_is_missed(tmp_path: Path) -> None:
    case = with_gold(tmp_path, fields={"odd": [{"gist": "g", "turns": [1]}]})
    got = score(case, make_recap({"strange": [item(TURNS[1])]}))
    assert got.strict.parts == (0, 1, 0, 1)


@given(st.lists(st.sets(st.integers(0, 4)), max_size=5))
def test_no_matching_is_larger(edges: list[set[int]]) -> None:
    found = match([sorted(e) for e in edges])
    assert all(right in edges[left] for left, right in found.items())
    assert len(set(found.values())) == len(found)
    choices = [[None, *sorted(e)] for e in edges]
    best = max(
        len(used)
        for picks in itertools.product(*choices)
        if len(used := [p for p in picks if p is not None]) == len(set(used))
    )
    assert len(found) == best


def test_a_greedy_pairing_would_lose_one() -> None:
    assert match([[0, 1], [0]]) == {0: 1, 1: 0}
