"""How charts look: colours have names, so that a page's theme, dark mode and print decide what they are.

Charts are drawn with stand-in colours, which are then replaced by CSS variables (for pages) or by those of a
fixed theme (for pictures). Nothing outside coachbot is loaded by an SVG made here.
"""

from __future__ import annotations

import html
import re
from typing import Any, Literal

Theme = Literal["page", "inline", "light", "dark"]
"""`page`: colours of its own for both modes, `inline`: those of the page around it, by --cb-* variables."""

INK, QUIET, GRID, MAIN, SECOND, WARN, PAPER = (f"#0102{n:02x}" for n in range(7))
"""Stand-ins: text, quiet text, lines, the main colour, its paler kin, what calls for attention, ground."""

_NAMES = dict(
    zip((INK, QUIET, GRID, MAIN, SECOND, WARN, PAPER),
        ("ink", "quiet", "grid", "main", "second", "warn", "paper"), strict=True)
)  # fmt: skip
_LIGHT = {
    "ink": "#1c2330", "quiet": "#5a6372", "grid": "#d9dde4", "main": "#1f6fb2", "second": "#8fb8d9",
    "warn": "#b5461b", "paper": "#ffffff",
}  # fmt: skip
_DARK = {
    "ink": "#e8ebf0", "quiet": "#a3adbb", "grid": "#3a4250", "main": "#6db3ee", "second": "#3f6f97",
    "warn": "#f08c5a", "paper": "#14181f",
}  # fmt: skip
# Room for text was measured in a font as wide as Arial; a wider one runs over the edge, and is not cut off.
_FITS = ' style="max-width:100%;height:auto;overflow:visible"'
FONT = "Arial, 'Liberation Sans', Helvetica, sans-serif"


def config() -> dict[str, Any]:
    """Vega-Lite's configuration for all charts."""
    axis = {
        "labelColor": QUIET, "titleColor": QUIET, "gridColor": GRID, "domainColor": GRID, "tickColor": GRID,
        "gridOpacity": 0.7,
        "labelFontSize": 12, "titleFontSize": 12, "titleFontWeight": "normal", "labelLimit": 240,
    }  # fmt: skip
    return {
        "background": None,
        "lineBreak": "\n",
        "font": "sans-serif",
        "view": {"stroke": None},
        "axis": axis,
        "header": {"labelColor": INK, "labelFontSize": 12, "labelFontWeight": "bold", "title": None,
                   "labelLimit": 240, "labelAnchor": "start"},
        "text": {"color": INK, "fontSize": 12},
        "bar": {"color": MAIN},
        "line": {"color": MAIN, "strokeWidth": 2},
        "area": {"color": MAIN},
        "rule": {"color": QUIET},
        "legend": {"labelColor": INK, "titleColor": QUIET, "labelFontSize": 12},
    }  # fmt: skip


def finished(svg: str, name: str, title: str, description: str, theme: Theme) -> str:
    """The SVG with its title, description and colours. `name` must be unique on its page."""
    body = svg[svg.index("<svg") :]
    head = re.match(r"<svg[^>]*>", body)
    assert head is not None
    tag = head.group(0)
    width, height = (re.search(rf'\b{side}="([\d.]+)"', tag) for side in ("width", "height"))
    box = f"0 0 {width.group(1)} {height.group(1)}" if width and height else ""
    opening = (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="cb-chart" viewBox="{box}" role="img" '
        f'width="{width.group(1) if width else ""}" height="{height.group(1) if height else ""}" '
        f'aria-labelledby="{name}-title {name}-desc"{_FITS if theme != "inline" else ""}>'
        f'<title id="{name}-title">{html.escape(title)}</title>'
        f'<desc id="{name}-desc">{html.escape(description)}</desc>{_style(theme)}'
    )
    drawn = body[head.end() :]
    # Ids inside must not meet those of another chart on the page.
    for found in dict.fromkeys(re.findall(r'\bid="([^"]+)"', drawn)):
        drawn = drawn.replace(f'id="{found}"', f'id="{name}-{found}"').replace(
            f"url(#{found})", f"url(#{name}-{found})"
        )
    # To a screen reader the title, the description and the table say it; the marks would only be noise.
    drawn = re.sub(r' (?:role|aria-[a-z]+)="[^"]*"', "", drawn)
    return opening + _coloured(drawn, theme).replace('font-family="sans-serif"', f'font-family="{FONT}"')


def _coloured(drawn: str, theme: Theme) -> str:
    for stand_in, name in _NAMES.items():
        colour = (
            f"var(--cb-{name})"
            if theme in ("page", "inline")
            else (_LIGHT if theme == "light" else _DARK)[name]
        )
        drawn = re.sub(re.escape(stand_in), colour, drawn, flags=re.IGNORECASE)
        red, green, blue = (int(stand_in[n : n + 2], 16) for n in (1, 3, 5))
        drawn = drawn.replace(f"rgb({red},{green},{blue})", colour).replace(
            f"rgb({red}, {green}, {blue})", colour
        )
    return drawn


def _style(theme: Theme) -> str:
    if theme == "dark":
        return f'<rect width="100%" height="100%" fill="{_DARK["paper"]}"/>'
    if theme == "light":
        return f'<rect width="100%" height="100%" fill="{_LIGHT["paper"]}"/>'
    if theme == "inline":
        return ""
    light = ";".join(f"--cb-{k}:{v}" for k, v in _LIGHT.items())
    dark = ";".join(f"--cb-{k}:{v}" for k, v in _DARK.items())
    # A page may set data-theme on its root; otherwise the reader's preference decides. Paper is always light.
    return (
        f"<style>.cb-chart{{{light}}}"
        "@media (prefers-color-scheme:dark){:root:not([data-theme=light]) .cb-chart,svg.cb-chart:root"
        f"{{{dark}}}}}:root[data-theme=dark] .cb-chart{{{dark}}}"
        f"@media print{{:root .cb-chart,:root[data-theme] .cb-chart{{{light}}}}}</style>"
    )
