"""The style sheets, modules and pictures, under an address that changes with their content.

A browser may keep them for ever: the address of the folder holds a digest of all files, and modules
import each other by relative paths, so that a new version is never mixed with an old one.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

STATIC = Path(__file__).with_name("static")
SHEETS = (
    "tokens",
    "base",
    "frame",
    "components",
    "lists",
    "forms",
    "deal",
    "playbook",
    "insights",
    "coach",
    "team",
    "brief",
    "ask",
    "review",
    "transcript",
    "styleguide",
    "phone",
    "stacked",
    "print",
)
TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


@lru_cache(maxsize=1)
def bundle() -> dict[str, bytes]:
    """Every file that a page may ask for, by its path under the folder; `app.css` holds all sheets."""
    files = {
        path.relative_to(STATIC).as_posix(): path.read_bytes()
        for path in sorted(STATIC.rglob("*"))
        if path.suffix in TYPES and path.suffix != ".css"
    }
    files["app.css"] = b"\n".join((STATIC / "css" / f"{name}.css").read_bytes() for name in SHEETS)
    return files


@lru_cache(maxsize=1)
def digest() -> str:
    """Changes with any of the files."""
    total = hashlib.sha256()
    for name, content in bundle().items():
        total.update(name.encode() + b"\0" + content)
    return total.hexdigest()[:12]


def asset(name: str) -> str:
    """The address of a file. KeyError where there is none of that name."""
    if name not in bundle():
        raise KeyError(name)
    return f"/static/{digest()}/{name}"
