"""The bundled playbooks hold what they promise."""

from collections import Counter
from pathlib import Path

import pytest

from coachbot.bundled import bundled
from coachbot.model.playbook import Playbook
from coachbot.playbook import check_playbook, load_playbook

STAGES = {
    "targeting": (14, ["problem_worth_discussing", "clear_outreach_angle"]),
    "qualification": (14, ["real_problem", "plausible_buyer", "plausible_path_to_decision"]),
    "discovery": (21, ["problem_and_outcome_documented", "constraints_known", "success_agreed"]),
    "solution_alignment": (30, ["solution_matches_success_criteria", "purposeful_next_step_scheduled"]),
    "business_case": (30, ["quantified_business_case_agreed", "buying_group_aligned_on_decision_path"]),
    "proposal": (30, ["signed_agreement", "start_date_confirmed"]),
    "handoff": (45, ["live_or_first_milestone", "success_plan_exists"]),
}
FIELDS = [
    "segment",
    "trigger",
    "account_hypothesis",
    "why_now",
    "category_fit",
    "problem_statement",
    "desired_outcome",
    "success_criteria",
    "quantified_impact",
    "root_cause",
    "tried_before",
    "current_stack",
    "constraint_security",
    "constraint_timeline",
    "constraint_integration",
    "constraint_legal",
    "blocker",
    "evaluation_plan",
    "committed_next_step",
    "business_case",
    "executive_sponsor",
    "champion",
    "decision_process",
    "budget",
    "procurement_requirement",
    "legal_requirement",
    "final_pricing",
    "term_length",
    "start_date",
    "concession",
    "success_plan",
    "adoption_milestone",
    "expansion_hypothesis",
    "competitor",
]
OBJECTIONS = [
    "price_budget",
    "timing_priority",
    "authority_process",
    "no_need_status_quo",
    "competitor",
    "security_compliance",
    "integration_technical",
    "switching_cost",
    "implementation_effort",
    "risk_trust",
    "contract_terms",
    "feature_gap",
]
ROLES = [
    "champion",
    "economic_buyer",
    "decision_maker",
    "technical_evaluator",
    "procurement",
    "legal",
    "security",
    "end_user",
    "blocker",
]
RISKS = [
    "no_next_step",
    "single_threaded",
    "missing_business_case",
    "long_time_in_stage",
    "no_champion",
    "no_economic_buyer",
    "slipped_close_date",
]
BOUGHT = {
    "problem_statement",
    "success_criteria",
    "desired_outcome",
    "quantified_impact",
    "budget",
    "champion",
}
BOOKS = ["b2b-saas", "plg-self-serve"]


@pytest.fixture(scope="module")
def book() -> Playbook:
    return load_playbook()


@pytest.mark.parametrize("name", BOOKS)
def test_bundled_playbooks_are_sound(name: str) -> None:
    assert [str(p) for p in check_playbook(bundled("playbooks") / name)] == []


def test_the_ids_of_the_default_playbook_are_the_agreed_ones(book: Playbook) -> None:
    assert {s.id: (s.healthy_days, [c.id for c in s.exit_criteria]) for s in book.stages} == STAGES
    assert list(book.stage_by_id) == list(STAGES)
    assert sorted(book.field_by_id) == sorted(FIELDS)
    assert [o.id for o in book.objections] == OBJECTIONS
    assert [r.id for r in book.influence_roles] == ROLES
    assert [r.id for r in book.risks] == RISKS


@pytest.mark.parametrize("part", [
    "purpose", "entry_criteria", "exit_criteria", "buyer_commitments", "required_fields",
    "required_artifacts", "rep_actions", "failure_modes",
])  # fmt: skip
def test_every_stage_has_every_part(book: Playbook, part: str) -> None:
    assert [s.id for s in book.stages if not getattr(s, part)] == []


def test_the_rules_across_the_process_are_there(book: Playbook) -> None:
    assert book.lead_response_sla
    assert book.stage_reversion_rule
    assert [h.id for h in book.handoff_rules] == ["sdr_to_ae", "ae_to_cs", "partner_to_direct"]
    assert all(h.must_include for h in book.handoff_rules)
    assert len(book.disqualification_reasons) >= 5
    assert {r.to for r in book.reversions} >= {"qualification", "discovery", "business_case"}


def test_every_field_teaches_by_example(book: Playbook) -> None:
    lean = [f.id for f in book.fields if not 6 <= len(f.listen_for) <= 12 or not 3 <= len(f.not_this) <= 6]
    assert lean == []
    assert [f.id for f in book.fields if not f.question.endswith("?")] == []


def test_objections_commitments_and_reversions_teach_by_example(book: Playbook) -> None:
    taught = [
        *((o.id, o.examples, o.not_this) for o in book.objections),
        *((c.id, c.listen_for, c.not_this) for c in book.commitment_by_id.values()),
        *((r.id, r.listen_for, r.not_this) for r in book.reversions),
    ]
    assert [name for name, wanted, unwanted in taught if len(wanted) < 2 or len(unwanted) < 1] == []


def test_nobody_talks_in_the_words_of_the_field_names(book: Playbook) -> None:
    named = [
        (f.id, said)
        for f in book.fields
        for said in f.listen_for
        if "_" in f.id and f.id.replace("_", " ") in said.casefold()
    ]
    assert named == []


def test_an_utterance_teaches_one_field_only(book: Playbook) -> None:
    counts = Counter(said for f in book.fields for said in f.listen_for)
    assert [said for said, n in counts.items() if n > 1] == []


def test_what_is_the_buyers_must_be_said_by_the_buyer(book: Playbook) -> None:
    assert {f.id for f in book.fields if f.said_by == "seller"} == set()
    assert [f.id for f in book.fields if f.id in BOUGHT and f.said_by != "buyer"] == []


def test_what_needs_agreement_has_something_that_shows_it(book: Playbook) -> None:
    agreed = {c.id: (c.commitments, c.fields) for s in book.stages for c in s.exit_criteria if c.agreed}
    assert {"success_agreed", "solution_matches_success_criteria", "quantified_business_case_agreed",
            "buying_group_aligned_on_decision_path", "signed_agreement", "start_date_confirmed",
            "success_plan_exists", "live_or_first_milestone"} <= set(agreed)  # fmt: skip
    assert [name for name, shown in agreed.items() if not any(shown)] == []


def test_every_stage_exit_criterion_and_objection_has_a_page(book: Playbook) -> None:
    led = {
        kind: {i for p in book.plays for i in getattr(p, kind)}
        for kind in ("stage", "criterion", "objection")
    }
    assert set(STAGES) <= led["stage"]
    assert {c for _, criteria in STAGES.values() for c in criteria} <= led["criterion"]
    assert set(OBJECTIONS) <= led["objection"]
    pages = {p.id: p for p in book.plays}
    for category in book.objections:
        assert category.play == f"objection-{category.id.replace('_', '-')}"
        assert category.id in pages[category.play].objection


def test_methodologies_regroup_the_default_fields(book: Playbook) -> None:
    by_id = {m.id: m for m in book.methodologies}
    assert [e.id for e in by_id["meddicc"].elements] == [
        "metrics", "economic_buyer", "decision_criteria", "decision_process", "identify_pain", "champion",
        "competition",
    ]  # fmt: skip
    assert [e.id for e in by_id["spiced"].elements] == [
        "situation",
        "pain",
        "impact",
        "critical_event",
        "decision",
    ]
    assert all(e.fields for m in book.methodologies for e in m.elements)


def test_the_self_serve_playbook_is_a_process_of_its_own() -> None:
    other = load_playbook("plg-self-serve")
    assert [s.id for s in other.stages] == ["signup", "activation", "team_adoption", "paid_expansion"]
    assert not {f.id for f in other.fields} & set(FIELDS)
    assert not {o.id for o in other.objections} & set(OBJECTIONS)
    alike = [f.id for f in other.fields if f.like]
    assert 0 < len(alike) < len(other.fields) / 2
    assert len(other.plays) >= 6


@pytest.mark.parametrize("name", BOOKS)
def test_no_page_is_a_stub(name: str) -> None:
    assert [p.id for p in load_playbook(name).plays if len(p.body) < 300 or "## " not in p.body] == []


def test_the_playbook_lies_where_it_says() -> None:
    for path in sorted(Path(bundled("playbooks")).glob("*/playbook.yaml")):
        assert load_playbook(path.parent).id == path.parent.name
