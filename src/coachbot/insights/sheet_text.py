"""A review sheet as Markdown, or as a page of its own to print or send."""

from __future__ import annotations

from html import escape

from coachbot.insights.page import STYLE
from coachbot.insights.sheets import Section, Sheet

_MARKS = str.maketrans({c: f"\\{c}" for c in "\\`*_[]<>|#~"})


def markdown(sheet: Sheet) -> str:
    """The sheet in Markdown (GitHub's tables). What comes from deals and people is escaped."""
    parts = [f"# {sheet.title}", f"{span_of(sheet)}, playbook {_md(sheet.playbook)}", sheet.intro]
    for section in sheet.sections:
        parts.append(f"## {section.title}")
        if section.note:
            parts.append(section.note)
        parts.append(_table(section) if section.rows else section.nothing)
    return "\n\n".join(parts) + "\n"


def html(sheet: Sheet) -> str:
    """The sheet as a self-contained page."""
    shown = "".join(_section(s) for s in sheet.sections)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(sheet.title)}</title><style>{STYLE}</style></head><body><main><h1>{escape(sheet.title)}</h1>"
        f"<p class=quiet>{escape(span_of(sheet))}, playbook {escape(sheet.playbook)}</p>"
        f"<p>{escape(sheet.intro)}</p>{shown}</main></body></html>\n"
    )


def span_of(sheet: Sheet) -> str:
    """`18 to 24 November 2026`, in full days; the first is the day after `since`."""
    return f"{sheet.since:%d %b %Y} to {sheet.until:%d %b %Y}"


def _md(text: str) -> str:
    return " ".join(text.split()).translate(_MARKS)


def _table(section: Section) -> str:
    head = "| " + " | ".join(section.columns) + " |\n|" + "---|" * len(section.columns)
    return "\n".join([head, *("| " + " | ".join(_md(v) for v in row) + " |" for row in section.rows)])


def _section(section: Section) -> str:
    note = f"<p class=quiet>{escape(section.note)}</p>" if section.note else ""
    if not section.rows:
        return f"<section><h2>{escape(section.title)}</h2>{note}<p>{escape(section.nothing)}</p></section>"
    head = "".join(f'<th scope="col">{escape(c)}</th>' for c in section.columns)
    body = "".join("<tr>" + "".join(f"<td>{escape(v)}</td>" for v in row) + "</tr>" for row in section.rows)
    return (
        f"<section><h2>{escape(section.title)}</h2>{note}<div class=wide><table><thead><tr>{head}</tr>"
        f"</thead><tbody>{body}</tbody></table></div></section>"
    )
