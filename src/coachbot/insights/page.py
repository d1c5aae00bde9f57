"""Reports as one self-contained HTML page: charts, what stands out, and every number in a table."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

from coachbot.insights.charts import Chart

STYLE = """
:root{color-scheme:light dark;--ink:#1c2330;--quiet:#5a6372;--line:#d9dde4;--paper:#fff;--main:#1f6fb2}
@media (prefers-color-scheme:dark){:root{
--ink:#e8ebf0;--quiet:#a3adbb;--line:#3a4250;--paper:#14181f;--main:#6db3ee}}
@media print{:root{--ink:#1c2330;--quiet:#5a6372;--line:#d9dde4;--paper:#fff}section{break-inside:avoid}}
body{font:16px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);max-width:60rem;
margin:2rem auto;padding:0 1rem}h1{line-height:1.2}h2{margin-top:2.5rem}
.quiet,caption,summary{color:var(--quiet)}
table{border-collapse:collapse;font-size:.9rem;width:100%}caption{text-align:left;padding:.3rem 0}
th,td{text-align:left;padding:.25rem .6rem .25rem 0;border-bottom:1px solid var(--line);vertical-align:top}
.wide{overflow-x:auto}li{margin:.3rem 0}
"""


def page(
    title: str, intro: str, findings: Sequence[str], charts: Sequence[Chart], tables: Sequence[str]
) -> str:
    """The page. `tables` are made with `table`; all other text is escaped here."""
    items = "".join(f"<li>{escape(f)}</li>" for f in findings)
    shown = "".join(
        f"<section><h2>{escape(c.title)}</h2>{c.svg}<p class=quiet>{escape(c.description)}</p>"
        f"<details><summary>The numbers</summary><div class=wide>{c.table()}</div></details></section>"
        for c in charts
    )
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width,initial-scale=1"><title>{escape(title)}</title>'
        f"<style>{STYLE}</style></head><body><main><h1>{escape(title)}</h1><p class=quiet>{escape(intro)}</p>"
        f"<section><h2>What stands out</h2><ul>{items}</ul></section>{shown}"
        f"{''.join(f'<section class=wide>{t}</section>' for t in tables)}</main></body></html>\n"
    )


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[Any]], note: str = "") -> str:
    """A table with its heading and a line on what it counts."""
    head = "".join(f'<th scope="col">{escape(c)}</th>' for c in columns)
    body = "".join("<tr>" + "".join(f"<td>{escape(str(v))}</td>" for v in row) + "</tr>" for row in rows)
    about = f"<p class=quiet>{escape(note)}</p>" if note else ""
    return (
        f"<h2>{escape(title)}</h2>{about}<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    )
