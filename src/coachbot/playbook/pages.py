"""Coaching pages: plays/<topic>.md, with front matter that says where a page helps."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field as Key

from coachbot.model.base import Frozen
from coachbot.model.playbook import Play
from coachbot.playbook.problems import Loc
from coachbot.playbook.references import FILE_ID, Ids, check_form, find, refer
from coachbot.playbook.source import Source, read_page
from coachbot.playbook.validate import validated

FOLDER = "plays"
_NAMES = {"stage": "stage", "field": "field", "objection": "objection", "criterion": "criterion"}


class FrontMatter(Frozen):
    """The keys at the head of a coaching page."""

    title: str = Key(description="what reps see")
    stage: tuple[str, ...] = Key(default=(), description="ids of the stages it helps in")
    field: tuple[str, ...] = Key(default=(), description="ids of the fields it helps to fill")
    objection: tuple[str, ...] = Key(default=(), description="ids of the objections it answers")
    criterion: tuple[str, ...] = Key(default=(), description="ids of the criteria it helps to meet")


def read_plays(folder: Path, ids: Ids) -> list[tuple[Source, Play | None]]:
    """Every page of a playbook's folder, by file name; None in place of a page with a mistake."""
    pages = sorted((folder / FOLDER).glob("*.md"))
    return [_read(path, ids) for path in pages]


def _read(path: Path, ids: Ids) -> tuple[Source, Play | None]:
    source = read_page(path)
    if source.data is None and source.problems:
        return source, None
    if isinstance(source.data, dict):
        # one id may stand alone: a list of one says the same
        source.data = {k: [v] if k in _NAMES and isinstance(v, str) else v for k, v in source.data.items()}
    head = validated(FrontMatter, source)
    for key, what in _NAMES.items():
        refer(source, find(source.data, f"{key}.*"), what, ids)
    check_form(source, (), path.stem, FILE_ID)
    if head is not None and not head.title.strip():
        source.report(("title",), "the title is empty", "Say what the page is about.")
    if not source.body:
        source.report((), "the page has no text", "Write it below the front matter.")
    if head is not None and not any(getattr(head, key) for key in _NAMES):
        source.report((), "nothing leads to this page", "Name a stage, field or objection.", warning=True)
    if head is None or any(not p.warning for p in source.problems):
        return source, None
    play = Play(**head.model_dump(), id=path.stem, body=source.body, path=f"{FOLDER}/{path.name}")
    return source, play


def check_links(source: Source, pages: tuple[str, ...]) -> None:
    """Report objections, risks and indicators that name a page that is not there."""
    places = ("objections.*.play", "risks.*.play", "portfolio_risks.*.play", "stages.*.indicators.*.play")
    links: list[tuple[Loc, object]] = [link for place in places for link in find(source.data, place)]
    refer(source, links, "play", {"play": pages})
