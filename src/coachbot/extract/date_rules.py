"""The phrases that name a day: every pattern with the reader that says what it means."""

from __future__ import annotations

import re

from coachbot.extract import date_readers as read
from coachbot.extract.calendar_words import CARDINAL, FEAST, MONTH, ORDINAL, SHORT_WEEKDAY, WEEKDAY, YEAR


def _rx(*alternatives: str) -> re.Pattern[str]:
    """Whole words only; a blank in a pattern stands for any white space."""
    pattern = "|".join(alternatives).replace(" ", r"\s+")
    return re.compile(rf"(?<![\w'])(?:{pattern})(?![\w]|'(?!s\b|ll\b|d\b))", re.I)


_THE = r"(?:(?:the|this|next) )?"
_LEAD = r"(?:(?P<lead>this coming|this past|the following|this|next|last|that|the|following) )?"
_TAIL = (
    r"(?:,? (?P<tail>week after next|after next|next but one|after that|the week after|week after|after|week"
    r"|next))?"
)
_NUMBER = rf"(?:the )?(?P<day>{ORDINAL}|\d{{1,2}})"
_OF_MONTH = rf"(?:of )?(?P<month>{MONTH}){YEAR}"

RULES: tuple[tuple[re.Pattern[str], read.Reader], ...] = (
    (
        _rx(
            rf"(?:{SHORT_WEEKDAY},? )?(?:the )?(?P<from>{ORDINAL}|\d{{1,2}})"
            rf"\s*(?:to|till|until|through|and|-)\s*{_NUMBER} {_OF_MONTH}"
        ),
        read.date_range,
    ),
    (_rx(rf"(?:{_THE}(?P<weekday>{SHORT_WEEKDAY}),? )?{_NUMBER},? {_OF_MONTH}"), read.day_and_month),
    (
        _rx(
            rf"(?:{_THE}(?P<weekday>{SHORT_WEEKDAY}),? )?the (?P<day>{CARDINAL}) of (?P<month>{MONTH}){YEAR}"
        ),
        read.day_and_month,
    ),
    (
        _rx(
            rf"(?:{_THE}(?P<weekday>{SHORT_WEEKDAY}),? )?(?P<month>{MONTH})"
            rf"(?:,? (?:the )?(?P<day>{ORDINAL})| (?P<number>{CARDINAL})){YEAR}"
        ),
        read.month_and_count,
    ),
    (_rx(rf"(?:the )?(?P<day>{ORDINAL}) of (?P<which>this|next|the) month"), read.day_of_this_month),
    (
        _rx(rf"{_THE}(?P<weekday>{SHORT_WEEKDAY})(?: (?:next|week))?(?:,? |[.,?]? the )(?P<day>{ORDINAL})"),
        read.weekday_and_day,
    ),
    (_rx(rf"{_THE}(?P<weekday>{SHORT_WEEKDAY}),? the (?P<day>\d{{1,2}})"), read.weekday_and_day),
    (
        _rx(
            rf"(?:the )?(?P<day>{ORDINAL}),? (?:(?:which )?is )?(?:an? |on (?:an? )?)?(?P<weekday>{WEEKDAY})"
        ),
        read.day_then_weekday,
    ),
    (_rx(rf"(?P<the>the )?(?P<day>{ORDINAL})"), read.day_alone),
    (_rx(rf"(?P<weekday>{WEEKDAY}),? (?:of )?(?:the )?(?P<which>this|next) week"), read.weekday_of_week),
    (
        _rx(rf"(?P<weekday>{WEEKDAY}),? (?:of )?(?:the )?week (?P<which>after next)"),
        read.weekday_of_week,
    ),
    (_rx(rf"(?P<which>this|next) week,? (?:on )?(?:the )?(?P<weekday>{WEEKDAY})"), read.weekday_of_week),
    (
        _rx(
            rf"(?:(?P<n>a|one|two|three|four|\d) weeks?|a fortnight) (?:(?:on|from|after) )?(?:this )?"
            rf"(?P<base>{WEEKDAY}|today|tomorrow|now)"
        ),
        read.weeks_from,
    ),
    (
        _rx(
            rf"(?:the |every )?(?P<nth>first|second|third|fourth|last) (?P<weekday>{WEEKDAY})"
            rf" (?:of|in) (?:(?P<month>{MONTH})|(?P<which>this|next|the|each|every|a) month)"
        ),
        read.nth_weekday,
    ),
    (_rx(rf"{_LEAD}(?P<weekday>{WEEKDAY}){_TAIL}"), read.weekday),
    (
        _rx(
            rf"(?:in|within|inside) (?:about |around |the next )?(?P<n>an?|{CARDINAL})"
            r" (?P<unit>days?|weeks?|fortnight|months?)(?:'?s?'? time)?"
        ),
        read.in_some_time,
    ),
    (
        _rx(
            r"today|tonight|as we speak|this (?:very )?(?:minute|morning|afternoon|evening|arvo)",
            r"(?:by )?(?:the )?(?:close|end) of (?:business|play|day)",
            r"by (?:the )?(?:end of the day|evening|lunchtime|cob|eod)|cob|eod",
            r"(?:right|straight|just) after (?:this|the)(?: call)?|after this(?: call)?(?=\s*(?:[.,?!]|$))",
            r"(?:as soon as|when|once) we(?:'re| are)? (?:hang up|off|done here|finish here)",
        ),
        read.today,
    ),
    (_rx(r"(?P<after>(?:the )?day after )?tomorrow(?P<week> week)?"), read.tomorrow),
    (_rx(r"yesterday|last night"), read.yesterday),
    (
        _rx(
            r"(?:the )?end of (?P<period>(?:this |next |the )?(?:week|month|quarter|year)"
            rf"|q\s?[1-4]|q(?:uarter)? (?:one|two|three|four)|{MONTH})"
        ),
        read.period_end,
    ),
    (_rx(FEAST), read.feast_day),
    (_rx(r"(?P<y>20\d\d)-(?P<m>\d\d)-(?P<d>\d\d)"), read.iso),
    (_rx(r"(?P<a>\d{1,2})/(?P<b>\d{1,2})(?:/(?P<y>\d{4}|\d\d))?"), read.numeric),
    (_rx(r"(?P<a>\d{1,2})\.(?P<b>\d{1,2})\.(?P<y>\d{4})"), read.numeric),
    (
        _rx(r"(?:on )?(?:the|that) same (?:day|afternoon|morning|evening)|the day after|that day"),
        read.same_day,
    ),
    (
        _rx(
            r"(?:(?:the )?(?:first half|second half|start|beginning|middle) of|early|mid|late|later|in|by"
            r"|until|till|during|for|before|after|since|around|sometime|some time)(?: in)?(?: |-)"
            rf"(?:early |mid |late |next |the )?{MONTH}",
            rf"{MONTH} (?:some\s?time|or {MONTH})",
        ),
        read.month_alone,
    ),
    (
        _rx(
            rf"(?:the |that )?(?:{ORDINAL}|last) week (?:of|in) {MONTH}",
            r"(?:early |later |mid )?(?:this|next|that) week",
            r"the week after(?: next| that)?|the following week|next (?:month|quarter|year)",
            r"(?:over )?(?:the|this|that) weekend",
            r"in (?:a|one|the next) (?:couple of |few )?(?:days|weeks?|months?)(?: or (?:so|two))?",
        ),
        read.vague,
    ),
)
