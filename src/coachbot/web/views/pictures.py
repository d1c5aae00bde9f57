"""Charts as part of a page: drawings only, so that the page's strict policy has nothing to forbid."""

from __future__ import annotations

from xml.etree import ElementTree

from markupsafe import Markup

SVG = "http://www.w3.org/2000/svg"
TAGS = frozenset(
    f"{{{SVG}}}{name}"
    for name in ("svg", "g", "path", "line", "rect", "circle", "text", "tspan", "title",
                 "desc", "defs", "clipPath")
)  # fmt: skip
ATTRIBUTES = frozenset(
    (
        "class", "id", "role", "viewBox", "width", "height", "x", "y", "x1", "x2", "y1", "y2", "cx", "cy",
        "r", "rx", "ry", "dx", "dy", "d", "transform", "fill", "fill-opacity", "stroke", "stroke-width",
        "stroke-opacity", "stroke-dasharray", "stroke-miterlimit", "stroke-linecap", "stroke-linejoin",
        "opacity", "font-family", "font-size", "font-weight", "font-style", "text-anchor", "clip-path",
        "dominant-baseline", "pointer-events", "display", "aria-labelledby",
    )
)  # fmt: skip


def inline(svg: str) -> Markup:
    """The drawing for a page, without anything that could load, run or style. ValueError for no SVG."""
    ElementTree.register_namespace("", SVG)
    try:
        root = ElementTree.fromstring(svg)
    except ElementTree.ParseError as error:
        raise ValueError(f"no drawing: {error}") from error
    if root.tag != f"{{{SVG}}}svg":
        raise ValueError("no drawing")
    _clean(root)
    return Markup(ElementTree.tostring(root, encoding="unicode"))


def _clean(element: ElementTree.Element) -> None:
    for name in [n for n in element.attrib if n not in ATTRIBUTES]:
        del element.attrib[name]
    for child in list(element):
        if child.tag in TAGS:
            _clean(child)
        else:
            element.remove(child)
