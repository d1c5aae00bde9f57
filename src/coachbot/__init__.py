"""coachbot: sales call recaps whose every line is proven."""

from __future__ import annotations

__version__ = "0.1.0"
