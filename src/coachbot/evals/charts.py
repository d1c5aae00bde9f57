"""Small charts as SVG, so that a page needs nothing from outside. Colours come from the page's CSS."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from coachbot.evals.stats import Interval


class Bar(NamedTuple):
    """A bar from 0 to 1, drawn in the style of a CSS class."""

    value: float
    style: str


def _x(value: float, width: float) -> str:
    return f"{max(0.0, min(1.0, value)) * width:.1f}"


def bars(rows: Iterable[Bar], *, title: str, width: int = 220, height: int = 7) -> str:
    """Bars under each other on a common scale from 0 to 1, with a tick at each quarter."""
    drawn = list(rows)
    total = len(drawn) * (height + 2)
    marks = "".join(
        f'<line class="tick" x1="{q * width:.1f}" x2="{q * width:.1f}" y1="0" y2="{total}"/>'
        for q in (0.25, 0.5, 0.75)
    )
    shapes = "".join(
        f'<rect class="{style}" x="0" y="{n * (height + 2)}" width="{long}" height="{height}" rx="2"/>'
        for n, bar in enumerate(drawn)
        for style, long in (("track", f"{width}"), (bar.style, _x(bar.value, width)))
    )
    return _svg(width, total, title, shapes + marks)


def span(
    value: float,
    interval: Interval,
    *,
    margin: float,
    reach: float,
    style: str,
    title: str,
    width: int = 260,
    height: int = 22,
) -> str:
    """A difference with its interval around zero; `margin` is shaded, the scale goes from -reach to reach."""

    def at(x: float) -> float:
        return (max(-reach, min(reach, x)) / reach + 1) / 2 * width

    middle = height / 2
    low, high, left = at(interval.low), at(interval.high), at(-margin)
    return _svg(
        width,
        height,
        title,
        f'<rect class="band" x="{left:.1f}" y="0" width="{at(margin) - left:.1f}" height="{height}"/>'
        f'<line class="zero" x1="{width / 2}" x2="{width / 2}" y1="0" y2="{height}"/>'
        f'<line class="{style}" x1="{low:.1f}" x2="{high:.1f}" y1="{middle}" y2="{middle}" stroke-width="2"/>'
        f'<circle class="{style}" cx="{at(value):.1f}" cy="{middle}" r="4.5"/>',
    )


def point(value: float, interval: Interval | None, *, title: str, width: int = 160, height: int = 16) -> str:
    """A share between 0 and 1 with its interval."""
    middle = height / 2
    whisker = ""
    if interval is not None:
        whisker = (
            f'<line class="now" x1="{_x(interval.low, width)}" x2="{_x(interval.high, width)}" '
            f'y1="{middle}" y2="{middle}" stroke-width="2"/>'
        )
    return _svg(
        width,
        height,
        title,
        f'<line class="tick" x1="0" x2="{width}" y1="{middle}" y2="{middle}"/>{whisker}'
        f'<circle class="now" cx="{_x(value, width)}" cy="{middle}" r="4"/>',
    )


def _svg(width: float, height: float, title: str, inside: str) -> str:
    from markupsafe import escape

    wide, high = width + 10, height + 2  # room for marks on the edge
    return (
        f'<svg role="img" viewBox="-5 -1 {wide} {high}" width="{wide}" height="{high}">'
        f"<title>{escape(title)}</title>{inside}</svg>"
    )
