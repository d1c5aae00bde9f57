"""A recap as a page and in the terminal: all of it is shown, and text of a call stays text."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from io import StringIO

import pytest
from markdown_it import MarkdownIt
from rich.console import Console

from coachbot.model.claims import (
    Claims,
    NextStepClaim,
    ObjectionClaim,
    Quote,
    Response,
    StakeholderClaim,
    SummaryClaim,
)
from coachbot.model.recap import Recap
from coachbot.model.transcript import DealContext
from coachbot.recap import make_recap
from coachbot.render import render_text
from coachbot.render.terminal import show
from coachbot.render.words import chip, clock, day, quotes_of, receipt
from small_world import ENGINE, PLAYBOOK, TURNS, FakeEngine, call, said

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg/onload=alert(1)>',
    "</details></main><h1>Approved</h1>",
    "&lt;b&gt; &amp; &#60;i&#62;",
    "[click](javascript:alert(1)) ![x](https://evil.example/x.png)",
    "**bold** _it_ `code` | cell |",
    "~~~ a fence",
    "``` a fence",
    "# a heading",
    "- a list",
    "+ a list",
    "1. a list",
    "12) a list",
    "--- a rule",
    "=== a heading",
    "> a quotation",
    "{{ 7 * 7 }} {% raw %} {# gone #}",
    "[red]not markup[/red] [/]",
    "back\\slash \\* and \\< too",
]


PLAIN = "Plain words"


def recap(text: str = PLAIN) -> Recap:
    """A recap in which every place that holds words of a call holds that text."""
    quote = (Quote(turn=3, text=TURNS[3][1]),)
    claims = Claims(
        fields=(said("need", PLAIN, 1), said("region", "north", 5), said("region", "south", 5)),
        objections=(
            ObjectionClaim(
                value=PLAIN,
                category="too_dear",
                handled="partly",
                quotes=quote,
                response=Response(text=PLAIN, quotes=(Quote(turn=4, text=TURNS[4][1]),)),
            ),
        ),
        next_steps=(NextStepClaim(value=PLAIN, owner="both", quotes=(Quote(turn=6, text=TURNS[6][1]),)),),
        stakeholders=(
            StakeholderClaim(value=PLAIN, name="Bea", role=PLAIN, quotes=quote, influence="champion"),
        ),
        summary=(SummaryClaim(value=PLAIN, quotes=quote),),
        engine=ENGINE,
        warnings=(PLAIN,),
    )
    made = make_recap(call(), playbook=PLAYBOOK, deal=DealContext(stage="meet"), engine=FakeEngine(claims))
    told = {PLAIN: text, TURNS[3][1]: text, "A small call": text}

    def put(value: object) -> object:
        if isinstance(value, dict):
            return {k: put(v) for k, v in value.items()}
        if isinstance(value, list):
            return [put(v) for v in value]
        return told.get(value, value) if isinstance(value, str) else value

    return Recap.model_validate_json(json.dumps(put(json.loads(made.to_json()))))


def terminal(made: Recap, width: int) -> str:
    page = StringIO()
    show(made, PLAYBOOK, Console(file=page, width=width, highlight=False))
    return page.getvalue()


class Page(HTMLParser):
    """The tags and attributes of a page, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize("text", HOSTILE)
def test_html_shows_hostile_text_as_text(text: str) -> None:
    plain, hostile = (Page(render_text(recap(t), PLAYBOOK, "html")) for t in (PLAIN, text))
    assert hostile.tags == plain.tags
    assert [a for a, _ in hostile.attributes] == [a for a, _ in plain.attributes]
    assert hostile.text.count(text) == plain.text.count(PLAIN) >= 7


def test_html_is_one_page_without_scripts_or_anything_from_outside() -> None:
    html = render_text(recap("see https://evil.example/a.js"), PLAYBOOK, "html")
    page = Page(html)
    assert not {"script", "link", "iframe", "img", "object", "embed", "form", "base", "a"} & set(page.tags)
    assert not [
        a for a, _ in page.attributes if a.startswith("on") or a in ("src", "href", "srcset", "style")
    ]
    style = html[html.index("<style>") : html.index("</style>")]
    assert not re.search(r"url\(|@import|https?:", style)


@pytest.mark.parametrize("text", HOSTILE)
def test_markdown_shows_hostile_text_as_text(text: str) -> None:
    def page(value: str) -> Page:
        return Page(
            MarkdownIt("commonmark").enable("table").render(render_text(recap(value), PLAYBOOK, "markdown"))
        )

    plain, hostile = page(PLAIN), page(text)
    assert hostile.tags == plain.tags
    assert hostile.text.count(text) == plain.text.count(PLAIN) >= 7


@pytest.mark.parametrize("width", [60, 120])
@pytest.mark.parametrize("text", [PLAIN, *HOSTILE])
def test_the_terminal_shows_everything_at_every_width(width: int, text: str) -> None:
    made = recap(text)
    shown = terminal(made, width)
    assert max(len(line) for line in shown.splitlines()) <= width
    letters = re.sub(r"[\s│╭╮╰╯─█]", "", shown)
    expected = [text, "(conflicting)", "Too dear", "Champion", "They have a need.", receipt(made)]
    expected += [i.value for f in made.fields.values() for i in f.items]
    expected += [r.message for r in made.risks] + [p.name for p in made.call.participants]
    expected += [f.label for f in PLAYBOOK.fields] + ["What is it worth?"]
    for want in expected:
        assert _woven(re.sub(r"[\s─]", "", want), letters), want


def _woven(want: str, shown: str) -> bool:
    """Whether the letters stand there in order; cells of a table that wrap stand between each other."""
    rest = iter(shown)
    return all(letter in rest for letter in want)


def test_the_terminal_cuts_no_word_short() -> None:
    assert "…" not in terminal(recap("word " * 40), 60)


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (None, ""),
        (0, "00:00"),
        (59.9, "00:59"),
        (60, "01:00"),
        (3599, "59:59"),
        (3600, "1:00:00"),
        (36061, "10:01:01"),
    ],
)
def test_clock(seconds: float | None, shown: str) -> None:
    assert clock(seconds) == shown


def test_days_and_places_in_words() -> None:
    assert (day("2026-03-12"), day(None)) == ("Thu 12 Mar 2026", "")
    evidence = quotes_of(recap())[0]
    assert chip(evidence) == "00:30 Bea"
    assert chip(evidence.model_copy(update={"start_s": None, "speaker": None})) == "turn 4"


def test_the_receipt_counts_what_is_there() -> None:
    made = recap()
    text = receipt(made)
    assert text.startswith(f"Read {len(TURNS)} of {len(TURNS)} turns ({call().words} words).")
    assert f"{len(quotes_of(made))} quotes shown" in text
    failed = made.model_copy(update={"engine": made.engine.model_copy(update={"fallback_from": "llm"})})
    assert receipt(failed).endswith("It stood in for the llm engine, which failed.")


def test_json_is_the_contract_and_comes_back_the_same() -> None:
    made = recap(HOSTILE[0])
    assert Recap.model_validate_json(render_text(made, PLAYBOOK, "json")) == made
