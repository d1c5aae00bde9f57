"""Tables that stand as cards on a small screen: each cell carries the heading of its column.

A style sheet can lay a table's cells under one another, but not say which column each is of; and where it
lays them out as blocks, some browsers no longer tell a screen reader that this is a table. So the headings
are copied to the cells, and the parts get the roles that they have anyway.
"""

from __future__ import annotations

import re
from html import unescape

from markupsafe import Markup, escape

ROLES = {"table": "table", "thead": "rowgroup", "tbody": "rowgroup", "tr": "row", "td": "cell"}
_TAG = re.compile(r"<(table|thead|tbody|tr|th|td)\b([^>]*)>")
_HEAD = re.compile(r"<thead\b.*?</thead>", re.DOTALL)
_HEADING = re.compile(r"<th\b[^>]*>(.*?)</th>", re.DOTALL)
_UNSEEN = re.compile(r'<span class="sr">.*?</span>', re.DOTALL)
_MARKUP = re.compile(r"<[^>]*>")


def stacked(html: Markup | str) -> Markup:
    """One table of a template, made ready to be stacked. Its text must be escaped already.

    Headings that are only for screen readers are not shown in front of a cell either, and a cell that goes
    over several columns has none.
    """
    text = str(html)
    head = _HEAD.search(text)
    shown = [_words(cell) for cell in _HEADING.findall(head.group())] if head else []
    column, in_head = 0, False

    def marked(match: re.Match[str]) -> str:
        nonlocal column, in_head
        tag, more = match[1], match[2]
        if tag in ("thead", "tbody"):
            in_head = tag == "thead"
        if tag == "tr":
            column = 0
        if tag not in ("th", "td"):
            return f'<{tag} role="{ROLES[tag]}"{more}>'
        at, column = column, column + 1
        role = ROLES["td"] if tag == "td" else "columnheader" if in_head else "rowheader"
        label = shown[at] if tag == "td" and at < len(shown) and "colspan" not in more else ""
        return f'<{tag} role="{role}"{more}' + (f' data-label="{escape(label)}"' if label else "") + ">"

    return Markup(_TAG.sub(marked, text))


def _words(cell: str) -> str:
    return " ".join(unescape(_MARKUP.sub("", _UNSEEN.sub("", cell))).split())
