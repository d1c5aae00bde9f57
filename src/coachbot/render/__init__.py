"""A recap as something to look at: terminal, Markdown, HTML, JSON."""

from __future__ import annotations

from coachbot.model.playbook import Playbook
from coachbot.model.recap import Recap

FORMATS = ("terminal", "json", "markdown", "html")


def render_text(recap: Recap, playbook: Playbook, form: str) -> str:
    """The recap as text of that form (`json`, `markdown` or `html`)."""
    if form == "json":
        return recap.to_json(indent=1) + "\n"
    from coachbot.render.pages import to_html, to_markdown

    return to_html(recap, playbook) if form == "html" else to_markdown(recap, playbook)
