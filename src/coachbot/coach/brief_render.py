"""A brief as Markdown or as one HTML page that prints on a sheet."""

from __future__ import annotations

import re

from coachbot.coach.brief import Brief
from coachbot.coach.brief_parts import Promise
from coachbot.coach.speak import short

OWNERS = {"seller": "We", "buyer": "They", "both": "Both", "unknown": "Somebody"}
_MARKS = re.compile(r"([\\`*_\[\]<>#|])")


def brief_markdown(brief: Brief) -> str:
    """The brief as Markdown."""
    return re.sub(r"\n{3,}", "\n\n", _render(brief, "brief.md.j2"))


def brief_html(brief: Brief) -> str:
    """The brief as one HTML page that needs nothing else."""
    return _render(brief, "brief.html.j2")


def state_of(promise: Promise) -> str:
    """What became of a promise, in words."""
    if promise.state == "held" and promise.later:
        return f"held: {promise.later.call_title}"
    if promise.state == "spoken_of" and promise.later:
        return f"spoken of later: “{short(promise.later.quote, 16)}” ({promise.later.place})"
    due = "overdue, " if promise.overdue else ""
    return f"{due}{'no later call speaks of it' if promise.state == 'silent' else 'no call since'}"


def _render(brief: Brief, template: str) -> str:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    env = Environment(
        loader=PackageLoader("coachbot.coach"), autoescape=template.endswith(".html.j2"),
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
    )  # fmt: skip
    env.filters["md"] = lambda text: _MARKS.sub(r"\\\1", " ".join(str(text).split()))
    return env.get_template(template).render(b=brief, owners=OWNERS, state=state_of)
