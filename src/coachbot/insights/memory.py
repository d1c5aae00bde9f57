"""Themes that were found before, kept in the workspace so that they are known again by the same id."""

from __future__ import annotations

from typing import Any

from coachbot.insights.themes import Themes

KIND = "insights.themes"


def recall(unit: Any, category: str) -> dict[str, list[float]]:
    """Middles of the category's known themes by id; empty where none were kept."""
    mark = unit.marks.latest(KIND, f"objection:{category}")
    return {} if mark is None else {i: list(m) for i, m in mark.value["middles"].items()}


def remember(unit: Any, themes: Themes) -> None:
    """Keep the themes found, beside those known before that nobody spoke of this time."""
    middles = recall(unit, themes.category)
    fresh = {x.id: [round(v, 5) for v in x.middle] for x in themes.themes if x.id not in middles}
    if fresh:
        unit.marks.add(KIND, f"objection:{themes.category}", value={"middles": middles | fresh})
