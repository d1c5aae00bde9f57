"""docs/insights.md says of each metric what the code says."""

from pathlib import Path

from coachbot.insights.metric_words import METRICS

PAGE = Path(__file__).parents[2] / "docs" / "insights.md"


def test_the_table_of_metrics_is_the_codes() -> None:
    text = PAGE.read_text(encoding="utf-8")
    block = text.partition("<!-- metrics: generated -->\n")[2].partition("<!-- end of metrics -->")[0]
    rows = [f"| {m.label} (`{m.id}`) | {m.definition} |" for m in METRICS.values()]
    assert block.splitlines() == ["| metric | what it counts |", "|---|---|", *rows]
