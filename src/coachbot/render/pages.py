"""A recap as Markdown and as one self-contained HTML page."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from coachbot.model.playbook import Playbook
from coachbot.model.recap import Recap
from coachbot.render import words

if TYPE_CHECKING:
    from jinja2 import Environment

# "- ", "1) ", "===": a list, a heading or a rule where a line begins with it
_STARTS_BLOCK = re.compile(r"^(\d{0,9})([-+=.)])")


@lru_cache(maxsize=1)
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

    env = Environment(
        loader=PackageLoader("coachbot.render"),
        autoescape=select_autoescape(["html.j2"], default_for_string=False, default=False),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.filters.update(
        clock=words.clock, chip=words.chip, day=words.day, label=words.label, md=_escape_markdown
    )
    return env


def _escape_markdown(text: str) -> str:
    """Text of a call as it is: what looks like mark-up or HTML in it stays text."""
    plain = " ".join(text.split())
    for mark in "\\`*_[]<>|#~&":
        plain = plain.replace(mark, f"\\{mark}")
    return _STARTS_BLOCK.sub(r"\1\\\2", plain)


def _context(recap: Recap, playbook: Playbook) -> dict[str, object]:
    return {
        "recap": recap,
        "playbook": playbook,
        "receipt": words.receipt(recap),
        "call_date": words.call_date(recap),
        "banner": words.banner(recap),
        "stage_line": words.stage_line(recap, playbook),
        "counts": words.field_counts(recap),
        "categories": {o.id: o.label for o in playbook.objections},
        "roles": {r.id: r.label for r in playbook.influence_roles},
        "handled": {"yes": "handled", "partly": "partly handled", "no": "not handled"},
        "blank": [f.label for f in playbook.fields if not recap.fields[f.id].items],
    }


def to_markdown(recap: Recap, playbook: Playbook) -> str:
    """The recap as Markdown, for a note or a wiki."""
    return _environment().get_template("recap.md.j2").render(_context(recap, playbook))


def to_html(recap: Recap, playbook: Playbook) -> str:
    """The recap as one HTML page: no script, no outside resource, light and dark, fit for print."""
    return _environment().get_template("recap.html.j2").render(_context(recap, playbook))
