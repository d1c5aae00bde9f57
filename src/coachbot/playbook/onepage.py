"""The one page "how we sell here"."""

from __future__ import annotations

from coachbot.model.playbook import Playbook


def onepage(book: Playbook) -> str:
    """The page as Markdown."""
    return _render(book, "onepage.md.j2")


def onepage_html(book: Playbook) -> str:
    """The page as self-contained HTML: fit for print, light and dark."""
    return _render(book, "onepage.html.j2")


def _render(book: Playbook, template: str) -> str:
    from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

    env = Environment(
        loader=PackageLoader("coachbot.playbook"),
        autoescape=select_autoescape(["html.j2"], default_for_string=False, default=False),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return env.get_template(template).render(book=book, labels={f.id: f.label for f in book.fields})
