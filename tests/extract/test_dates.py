"""Spoken dates against the calendar: Wednesday 11 June 2025 unless a case says otherwise."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachbot.extract.dates import find_dates, resolve

CALL = date(2025, 6, 11)


def only(text: str, said_on: date = CALL) -> date | None:
    mentions = find_dates(text, said_on)
    assert len(mentions) == 1, mentions
    assert text[mentions[0].start : mentions[0].end] == mentions[0].text
    return mentions[0].date


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("I'll send it tonight", "2025-06-11"),
        ("this afternoon, promise", "2025-06-11"),
        ("you have it by close of business", "2025-06-11"),
        ("I'll mail it right after this call.", "2025-06-11"),
        ("tomorrow works", "2025-06-12"),
        ("the day after tomorrow", "2025-06-13"),
        ("tomorrow week at nine", "2025-06-19"),
        ("on Friday", "2025-06-13"),
        ("by wednesday then", "2025-06-18"),
        ("this Friday", "2025-06-13"),
        ("next Friday", "2025-06-20"),
        ("next wednesday", "2025-06-18"),
        ("Monday next, I think", "2025-06-16"),
        ("Thursday week", "2025-06-19"),
        ("a week on Monday", "2025-06-23"),
        ("two weeks from Friday", "2025-06-27"),
        ("a fortnight today", "2025-06-25"),
        ("Monday after next", "2025-06-23"),
        ("Tuesday of next week", "2025-06-17"),
        ("next week on thursday", "2025-06-19"),
        ("Tuesday week after next", "2025-06-24"),
        ("in two weeks", "2025-06-25"),
        ("in ten days' time", "2025-06-21"),
        ("in a week's time", "2025-06-18"),
        ("within three months", "2025-09-11"),
        ("the ninth", "2025-07-09"),
        ("by the twenty second", "2025-06-22"),
        ("before the third", "2025-07-03"),
        ("on the 24th", "2025-06-24"),
        ("the twenty-sixth, half past two", "2025-06-26"),
        ("fifteenth at two i can do", "2025-06-15"),
        ("Monday the fourteenth", "2025-07-14"),
        ("by Friday, the thirteenth", "2025-06-13"),
        ("Tuesday, ninth, at three", "2025-09-09"),
        ("the fifteenth, a Tuesday", "2025-07-15"),
        ("thursday the nineteenth seven thirty", "2025-06-19"),
        ("the twenty first of August", "2025-08-21"),
        ("twenty-second of feb", "2026-02-22"),
        ("fourth of july", "2025-07-04"),
        ("the seventeen of February", "2026-02-17"),
        ("Friday the twenty five of july", "2025-07-25"),
        ("May 21", "2025-05-21"),
        ("September the fifth", "2025-09-05"),
        ("July ninth at ten", "2025-07-09"),
        ("3 September 2027", "2027-09-03"),
        ("12 Sept.", "2025-09-12"),
        ("the nineteenth of January", "2026-01-19"),
        ("Monday the nineteenth of January", "2026-01-19"),
        ("the thirtieth of this month", "2025-06-30"),
        ("the fifth of next month", "2025-07-05"),
        ("eighteenth to twenty-ninth of August", "2025-08-18"),
        ("the week of the sixteenth of June", "2025-06-16"),
        ("week commencing 7 July", "2025-07-07"),
        ("end of March", "2026-03-31"),
        ("at the end of the month", "2025-06-30"),
        ("the end of next month", "2025-07-31"),
        ("end of the week", "2025-06-13"),
        ("by the end of next week", "2025-06-20"),
        ("end of Q3", "2025-09-30"),
        ("end of the quarter", "2025-06-30"),
        ("end of the year", "2025-12-31"),
        ("the first Thursday of September", "2025-09-04"),
        ("the last Thursday of this month", "2025-06-26"),
        ("by Easter", "2026-04-05"),
        ("before thanksgiving", "2025-11-27"),
        ("21/5", "2025-05-21"),
        ("7/21", "2025-07-21"),
        ("2025-07-01", "2025-07-01"),
        ("21.07.2025", "2025-07-21"),
        ("yesterday", "2025-06-10"),
        ("last Friday", "2025-06-06"),
    ],
)
def test_a_phrase_names_a_day(text: str, day: str) -> None:
    assert only(text) == date.fromisoformat(day)


@pytest.mark.parametrize(
    "text",
    [
        "in October",
        "mid October",
        "later in April",
        "the second week of September",
        "the first half of October",
        "next week",
        "this week",
        "over the weekend",
        "in a couple of weeks",
        "after Easter",
        "the first Tuesday of the month",
        "the thirty first of June",
        "the Tuesday after",
        "04/05/2025",
        "that same day",
    ],
)
def test_what_names_no_single_day_has_no_date(text: str) -> None:
    assert only(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "the second page and the first one",
        "a third of them",
        "for the first time",
        "the fourth one did it right",
        "a thirty second clip",
        "every Friday we count, and Fridays are long",
        "on a Monday",
        "we may two of us come",
        "they march ten miles",
        "it's staffed 24/7, with 50/50 shifts",
        "two alarms in a day",
        "june and may sent it",
        "half past two",
        "the twenty first century",
        "at the end of the day it's bins",
    ],
)
def test_what_only_sounds_like_a_date_is_none(text: str) -> None:
    assert [m for m in find_dates(text, CALL) if m.date] == []


def test_a_day_that_is_ruled_out_is_told_apart() -> None:
    mentions = find_dates(
        "Not this Thursday, she's at the dentist. Friday's not going to happen. Monday.", CALL
    )
    assert [m.kind for m in mentions] == ["excluded", "excluded", "weekday"]


def test_a_boundary_that_is_passed_is_no_date_of_a_step() -> None:
    assert resolve(["some time after the ninth of July"], CALL) == (None, None)


def test_a_following_weekday_counts_from_the_day_before_it() -> None:
    mentions = find_dates("Friday the twentieth, and the Tuesday after.", CALL)
    assert [m.date for m in mentions] == [date(2025, 6, 20), date(2025, 6, 24)]


@pytest.mark.parametrize(
    ("texts", "when", "day"),
    [
        (["How about Thursday?", "Yes", "so the twelfth"], "the twelfth", "2025-06-12"),
        (["Monday?", "Not Monday. Tuesday.", "Tuesday's fine."], "Tuesday", "2025-06-17"),
        (["Monday then", "Monday the twenty-third, I'll book it"], "Monday the twenty-third", "2025-06-23"),
        (
            ["The week of the eighth of December?", "I could do the Thursday. The eleventh."],
            "the Thursday. The eleventh",
            "2025-12-11",
        ),
        (["the week of the tenth of November", "I can do the tenth"], "the tenth", "2025-11-10"),
        (
            ["You'll have it Friday.", "So: paper Friday, the board on the nineteenth, the visit in July."],
            "Friday",
            "2025-06-13",
        ),
        (["I'll do it Friday. I'm off Thursday."], "Friday", "2025-06-13"),
        (["some time in September"], "some time in September", None),
        (["Let me think about it."], None, None),
        (["We met on the second of June."], None, None),
    ],
)
def test_several_mentions_settle_on_one_day(texts: list[str], when: str | None, day: str | None) -> None:
    assert resolve(texts, CALL) == (when, date.fromisoformat(day) if day else None)


def test_the_step_itself_picks_among_the_dates_of_a_turn() -> None:
    text = "Get me the order form tomorrow, and the answer on liability Friday."
    assert resolve([text], CALL, about="send the new order form")[1] == date(2025, 6, 12)
    assert resolve([text], CALL, about="answer the liability point")[1] == date(2025, 6, 13)


def test_the_day_spoken_of_before_can_be_handed_in() -> None:
    assert resolve(["the same day"], CALL, anchor=date(2025, 7, 3)) == ("the same day", date(2025, 7, 3))


@given(st.dates(date(2000, 1, 1), date(2090, 12, 31)), st.integers(1, 90))
def test_a_full_spoken_date_ahead_is_read_back(said_on: date, ahead: int) -> None:
    day = said_on + timedelta(days=ahead)
    assert resolve([f"{day:%A}, {day.day} {day:%B}"], said_on)[1] == day
    assert resolve([f"{day:%B} {day.day}"], said_on)[1] == day


@given(st.text(alphabet="the first twenty monday may of 0123456789/-.,' week next end after in"), st.dates())
def test_any_text_is_read_without_overlap(text: str, said_on: date) -> None:
    mentions = find_dates(text, min(max(said_on, date(2000, 1, 1)), date(2090, 1, 1)))
    assert all(a.end <= b.start for a, b in pairwise(mentions))
    assert all(text[m.start : m.end] == m.text for m in mentions)
