"""Numbers and dates that a claim writes: said, or not."""

from __future__ import annotations

from datetime import date

import pytest

from coachbot.ground import unsupported

TUESDAY = date(2026, 5, 12)

SAID = [
    ("Forty-two vans", "42 vans on the road"),
    ("€412,000 of overtime", "it was four hundred and twelve thousand euros"),
    ("$85k", "eighty-five thousand"),
    ("22%", "twenty-two percent, yes"),
    ("50% of the team", "half of the team"),
    ("40-50k", "forty to fifty thousand"),
    ("forty thousand to fifty thousand", "forty to fifty thousand"),
    ("650 a seat", "six fifty a seat"),
    ("$6.50 a seat", "six fifty a seat"),
    ("1.4 million", "a million four for the licence"),
    ("286 thousand", "two eighty six, two ninety, so eight hundred and six thousand"),
    ("24 months", "we sign for two years"),
    ("2 years", "for twenty-four months"),
    ("12 months", "the term is a year"),
    ("90 minutes", "an hour and a half, ninety minutes"),
    ("2 weeks", "a fortnight"),
    ("One team uses it", "the team uses it"),
    ("First the legal review, then the pilot", "legal goes before the pilot"),
    ("since 2022", "we tried it in twenty-two"),
    ("live by 1 September", "the crane comes on the first of September"),
    ("live by 1 September 2026", "the first of September"),
    ("2026-09-01", "the first of September"),
    ("2027-07-01", "first of July twenty twenty-seven"),
    ("2026-05-19", "come on Tuesday the nineteenth"),
    ("2026-05-21", "on Thursday next week"),
    ("2026-05-13", "tomorrow morning"),
    ("2026-08-31", "by the end of August"),
    ("August 31", "by the end of August"),
    ("Tuesday 19 May", "Tuesday, the nineteenth"),
    ("19 May", "on the nineteenth"),
    ("on Mondays", "every Monday"),
    ("They may march on", "they go on"),
    ("No numbers here", "none there"),
    ("", "nothing"),
    ("Sixty-one calls", "Sixty-one. One day."),
]
NOT_SAID = [
    ("Forty-three vans", "42 vans on the road"),
    ("15 percent", "fifty percent"),
    ("$412,000", "four hundred and twelve thousand euros"),
    ("40 weeks", "it takes forty days"),
    ("forty million", "forty to fifty thousand"),
    ("forty thousand", "forty vans"),
    ("18 months", "we sign for two years"),
    ("live by 2 September", "the first of September"),
    ("live by 1 October", "the first of September"),
    ("live by 1 September 2029", "the first of September"),
    ("2026-07-01", "first of July twenty twenty-seven"),
    ("2026-02-30", "the thirtieth of February"),
    ("2026-05-20", "come on Tuesday the nineteenth"),
    ("2026-05-14", "tomorrow morning"),
    ("2026-08-30", "by the end of August"),
    ("2027-05-21", "on Thursday next week"),
    ("Wednesday 20 May", "Tuesday, the nineteenth"),
    ("on Monday", "on Tuesday"),
    ("in May", "in March we may go on"),
    ("in March", "in April"),
    ("20 days of May 19", "May the eighteenth, twenty days"),
    ("since 2019", "since 2018"),
    ("Q3 2027", "the third quarter of 2026"),
    ("SOC 2", "we need the audit"),
    ("1,140 checks on two routes", "eleven hundred and forty checks"),
]


@pytest.mark.parametrize(("value", "text"), SAID)
def test_said(value: str, text: str) -> None:
    assert unsupported(value, [text], TUESDAY) is None


@pytest.mark.parametrize(("value", "text"), NOT_SAID)
def test_not_said(value: str, text: str) -> None:
    found = unsupported(value, [text], TUESDAY)
    assert found is not None
    assert found.endswith("was not said")


@pytest.mark.parametrize(
    ("value", "text"), [("2026-05-19", "Tuesday the nineteenth"), ("May 2026", "in May")]
)
def test_without_the_day_of_the_call_nothing_is_worked_out(value: str, text: str) -> None:
    assert unsupported(value, [text], None) is not None


def test_without_texts_nothing_was_said() -> None:
    assert unsupported("42 vans", [], TUESDAY) == "'42' was not said"
