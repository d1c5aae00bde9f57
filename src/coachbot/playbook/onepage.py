"""The one page "how we sell here"."""

from __future__ import annotations

from collections.abc import Mapping

from coachbot.model.playbook import Playbook


def onepage(book: Playbook) -> str:
    """The page as Markdown."""
    return _render(book, "onepage.md.j2")


def onepage_html(book: Playbook) -> str:
    """The page as one HTML file that needs nothing else: light and dark, and one landscape sheet in print."""
    return _render(book, "onepage.html.j2")


def _render(book: Playbook, template: str) -> str:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    env = Environment(
        loader=PackageLoader("coachbot.playbook"),
        autoescape=template.endswith(".html.j2"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    env.filters["label_of"] = _label_of
    env.filters["cell"] = _cell
    labels = {f.id: f.label for f in book.fields}
    return env.get_template(template).render(book=book, labels=labels, backs=_backs(book))


def _label_of(field: str, labels: Mapping[str, str]) -> str:
    return labels[field]


def _cell(text: str) -> str:
    """Text that cannot end a cell of a Markdown table."""
    return text.replace("|", "\\|").replace("\n", " ")


def _backs(book: Playbook) -> list[tuple[str, list[str]]]:
    """What sends a deal back, by the stage it goes back to, in the order of the stages."""
    found = ((s.name, [r.text for r in book.reversions if r.to == s.id]) for s in book.stages)
    return [(name, why) for name, why in found if why]
