"""The made-up portfolio: the same by seed, whole, of any playbook, and with the truth that it says."""

from collections import Counter

import pytest

from coachbot.insights.portfolio import NOISE, Effects, generate, planted, stream
from coachbot.insights.portfolio_words import APPROACHES
from coachbot.insights.stays import Fate, courses, moves_of
from coachbot.model.playbook import Playbook
from coachbot.model.workspace import Outcome
from coachbot.playbook import load_playbook

PARTS = (
    "accounts",
    "people",
    "deals",
    "stage_changes",
    "close_dates",
    "calls",
    "items",
    "objections",
    "facts",
)


def test_the_same_by_seed_and_in_parts() -> None:
    whole = generate(30, 4)
    parts = list(stream(30, 4, batch=7))
    assert [len(p.users) > 0 for p in parts] == [True, False, False, False, False]
    for name in PARTS:
        assert getattr(whole, name) == [x for p in parts for x in getattr(p, name)]
    assert generate(30, 5).deals != whole.deals


def test_everything_belongs_together() -> None:
    made = generate(60, 1)
    deals, calls = {d.id: d for d in made.deals}, {c.id: c for c in made.calls}
    assert len(deals) == 60
    assert {d.owner for d in made.deals} <= {u.id for u in made.users}
    assert {p.account_id for p in made.people} == {a.id for a in made.accounts}
    for name in ("calls", "items", "objections", "facts"):
        ids = [x.id for x in getattr(made, name)]
        assert len(set(ids)) == len(ids)
    for objection in made.objections:
        call = calls[objection.call_id]
        assert (objection.deal_id, objection.stage, objection.rep) == (call.deal_id, call.stage, call.owner)
        assert objection.at == (call.date and call.date.date())
    last = {c.deal_id: c.to_stage for c in made.stage_changes}
    assert all(last[d.id] == d.stage for d in made.deals)
    assert all((d.closed_on is None) == (d.outcome is Outcome.OPEN) for d in made.deals)
    assert max(c.date for c in made.calls if c.date).date() <= made.today
    assert len({d.outcome for d in made.deals}) == 4


@pytest.mark.parametrize("name", ["b2b-saas", "plg-self-serve"])
def test_any_playbook(name: str) -> None:
    book = load_playbook(name)
    made = generate(40, 2, playbook=book)
    assert {d.stage for d in made.deals} <= set(book.stage_by_id)
    assert {o.category for o in made.objections} <= {c.id for c in book.objections}
    assert {f.key for f in made.facts if f.kind == "field"} <= set(book.field_by_id)
    assert planted(book).slow_stage in book.stage_by_id


def test_a_playbook_without_objections_or_roles(small: Playbook) -> None:
    bare = small.model_copy(update={"objections": (), "influence_roles": (), "disqualification_reasons": ()})
    made = generate(20, 1, playbook=bare)
    assert made.objections == []
    assert len(made.calls) > 20


def test_the_planted_cost_and_what_saves_are_really_there() -> None:
    truth = Effects(base=0.1, costly="price_budget", cost=0.5, saves=0.4)
    made = generate(700, 3, effects=truth)
    answers = {i.id: (i.value["response"] or {}).get("text") for i in made.items if i.kind == "objection"}
    first: dict[tuple[str, str], str | None] = {}
    for o in made.objections:
        key = (str(o.deal_id), str(o.stage))
        if o.category == "price_budget" and first.get(key) is None:
            first[key] = answers[o.id]
    ends: Counter[tuple[str, bool]] = Counter()
    for course in courses(made.playbook, made.deals, moves_of(made.stage_changes), made.today):
        for stay in course.stays[:4]:
            if stay.fate is not Fate.OPEN:
                key = (stay.deal_id, stay.stage)
                way = "none" if key not in first else "saved" if first[key] in APPROACHES[0][1] else "not"
                ends[way, stay.fate is not Fate.ADVANCED] += 1
    share = {way: ends[way, True] / (ends[way, True] + ends[way, False]) for way in ("none", "saved", "not")}
    assert share == pytest.approx({"none": 0.1, "saved": 0.2, "not": 0.6}, abs=0.06)


def test_noise_plants_nothing_and_effects_default_to_one_of_each() -> None:
    assert (NOISE.costly, NOISE.slow_stage, NOISE.surging) == (None, None, None)
    effects = generate(1, 1).effects
    assert None not in (effects.costly, effects.slow_stage, effects.surging)
