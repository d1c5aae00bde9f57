"""The one page, and the view in the terminal."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from rich.console import Console

from coachbot.model.playbook import Playbook
from coachbot.playbook import load_playbook
from coachbot.playbook.onepage import onepage, onepage_html
from coachbot.playbook.show import describe

BOOKS = ["b2b-saas", "plg-self-serve"]


def flat(text: str) -> str:
    return " ".join(text.split())


def said(book: Playbook) -> list[str]:
    """What a reader of any of the views must find."""
    stages = [
        text
        for s in book.stages
        for text in (
            s.name,
            s.purpose,
            *(c.text for c in (*s.entry_criteria, *s.exit_criteria, *s.buyer_commitments)),
            *(book.field_by_id[f].label for f in s.required_fields),
            *s.required_artifacts,
            *s.rep_actions,
            *s.failure_modes,
            f"{s.healthy_days} days",
        )
    ]
    rules = [book.lead_response_sla, book.stage_reversion_rule]
    rules += [h.when for h in book.handoff_rules] + [d.text for d in book.disqualification_reasons]
    return [*stages, *rules, *(r.text for r in book.reversions)]


class Words(HTMLParser):
    """The text of a page, and the tags left open."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.text = ""
        self.open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in ("meta",):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize("name", BOOKS)
def test_the_page_says_everything_in_markdown(name: str) -> None:
    book = load_playbook(name)
    page = flat(onepage(book))
    assert [text for text in said(book) if flat(text) not in page] == []
    assert onepage(book).startswith(f"# How we sell here: {book.name}\n")
    assert "\n\n\n" not in onepage(book)


@pytest.mark.parametrize("name", BOOKS)
def test_the_page_says_everything_in_html_and_needs_nothing_else(name: str) -> None:
    book = load_playbook(name)
    page = onepage_html(book)
    words = Words(page)
    assert words.open == []
    assert [text for text in said(book) if flat(text) not in flat(words.text)] == []
    assert page.startswith("<!doctype html>")
    assert not re.search(r"(src|href)=|url\(|@import|<script", page)
    assert "prefers-color-scheme: dark" in page
    assert "@media print" in page


def test_text_of_a_playbook_is_no_markup(bakery: Path) -> None:
    path = bakery / "playbook.yaml"
    text = path.read_text(encoding="utf-8")
    text = text.replace("name: First talk", "name: 'First <b>talk</b> | over bread'")
    path.write_text(text.replace("They want bread.", "They want <i>bread</i> | rolls."), encoding="utf-8")
    book = load_playbook(bakery)
    assert "&lt;b&gt;talk&lt;/b&gt;" in onepage_html(book)
    assert "| **First <b>talk</b> \\| over bread** | They want <i>bread</i> \\| rolls. |" in onepage(book)


def test_a_playbook_without_rules_has_a_page_too(bakery: Path) -> None:
    book = load_playbook(bakery)
    bare = book.model_copy(update={"reversions": (), "description": ""})
    assert "Going back" not in onepage(bare) + onepage_html(bare)
    assert "Going back" in onepage(book)


@pytest.mark.parametrize("name", BOOKS)
@pytest.mark.parametrize("width", [60, 200])
def test_the_terminal_shows_everything(name: str, width: int) -> None:
    book = load_playbook(name)
    console = Console(width=width, record=True, file=open("/dev/null", "w"))  # noqa: SIM115, PTH123
    console.print(describe(book))
    console.file.close()
    shown = re.sub(r"[\s│├└─╭╮╰╯]+", "", console.export_text())
    wanted = [*said(book), *(f.question for f in book.fields), *(o.label for o in book.objections)]
    wanted += [*(r.label for r in book.influence_roles), *(r.label for r in book.risks)]
    wanted += [*(p.title for p in book.plays), *(m.name for m in book.methodologies)]
    assert [text for text in wanted if re.sub(r"\s+", "", text) not in shown] == []
