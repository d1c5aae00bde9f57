"""Retrieval evals: figures computed by hand, the suites, and the commands."""

from __future__ import annotations

import json
from math import log2
from pathlib import Path

import pytest
from search_world import WordEncoder, conf, write_playbook
from typer.testing import CliRunner

from coachbot.cli.app import app
from coachbot.cli.playbook_search import marked
from coachbot.errors import CoachbotError, InputError, UsageError
from coachbot.evals.retrieval import Query, check_pages, measure, read_retrieval_suite, score
from coachbot.retrieval import Hit, Passage, PlaybookIndex

EVALS = Path(__file__).parents[2] / "evals"
SUITE = """\
playbook: {folder}
queries:
  - {{ask: which tray do you throw away, pages: {{tasting: 3}}}}
  - {{ask: the oven seems expensive, pages: {{too-dear: 3, tasting: 1}}}}
"""


def hit(page: str, heading: str = "Ask") -> Hit:
    passage = Passage(id=page + heading, text="", source="playbook", path=f"plays/{page}.md", heading=heading)
    return Hit(passage, 1.0, {})


@pytest.mark.parametrize(
    ("found", "pages", "expected"),
    [
        (["a", "b"], {"a": 3, "b": 2}, (1.0, 1.0, 1.0)),
        (["b", "a"], {"a": 3, "b": 1}, ((1 + 7 / log2(3)) / (7 + 1 / log2(3)), 1.0, 0.5)),
        (["c", "a", "a", "d"], {"a": 3}, (1 / log2(3), 1.0, 0.5)),
        (["c", "d"], {"a": 3, "b": 2}, (0.0, 0.0, 0.0)),
        (["c", "d", "e", "f", "g", "a"], {"a": 3}, (1 / log2(7), 0.0, 1 / 6)),
        (["a"], {"a": 1}, (1.0, 1.0, 1.0)),
        (["a"], {"a#Ask": 1, "a": 3}, (1 / 7, 0.0, 0.0)),
        ([], {"a": 3}, (0.0, 0.0, 0.0)),
    ],
)
def test_figures(found: list[str], pages: dict[str, int], expected: tuple[float, ...]) -> None:
    assert score(Query(ask="q", pages=pages), [hit(page) for page in found]).values == pytest.approx(expected)


@pytest.mark.parametrize(("name", "least"), [("b2b-saas", 150), ("plg-self-serve", 40)])
def test_the_suites_grade_pages_that_are_there(name: str, least: int, tmp_path: Path) -> None:
    suite = read_retrieval_suite(EVALS, name)
    assert len(suite.queries) >= least
    assert len({query.ask for query in suite.queries}) == len(suite.queries)
    index = PlaybookIndex.open(suite.playbook, settings=conf(tmp_path), encoder=None)
    check_pages(suite, index)
    graded = {page for query in suite.queries for page, grade in query.pages.items() if grade == 3}
    assert {Path(p.path).stem for p in index.passages() if p.extra["kind"] == "play"} == graded


@pytest.fixture
def suite_file(tmp_path: Path) -> Path:
    folder = write_playbook(tmp_path / "bakery")
    path = tmp_path / "suite.yaml"
    path.write_text(SUITE.format(folder=folder), encoding="utf-8")
    return path


def test_each_way_is_measured_on_the_chosen_half(suite_file: Path, tmp_path: Path) -> None:
    suite = read_retrieval_suite(tmp_path, str(suite_file))
    index = PlaybookIndex.open(suite.playbook, settings=conf(tmp_path / "home"), encoder=WordEncoder())
    ways = measure(suite, index)
    assert [way.how for way in ways] == ["fused", "vector", "words"]
    assert ways[0].lines[0].mean == pytest.approx(1.0)
    assert ways[0].against is None
    assert ways[2].against is not None
    assert [s.ask for s in measure(suite, index, half="even")[0].scores] == ["the oven seems expensive"]


def test_mistakes_of_a_suite(suite_file: Path, tmp_path: Path) -> None:
    text = suite_file.read_text()
    suite_file.write_text(text.replace("{tasting: 3}", "{tasting: 4}"))
    with pytest.raises(InputError, match="query 1"):
        read_retrieval_suite(tmp_path, str(suite_file))
    suite_file.write_text(text.replace("{tasting: 3}", "{testing: 3}"))
    suite = read_retrieval_suite(tmp_path, str(suite_file))
    index = PlaybookIndex.open(suite.playbook, settings=conf(tmp_path / "home"), encoder=None)
    with pytest.raises(UsageError, match="no page 'testing'"):
        check_pages(suite, index)
    with pytest.raises(UsageError, match="no retrieval suite is called 'none'"):
        read_retrieval_suite(tmp_path, "none")


def run(*args: str) -> str:
    result = CliRunner().invoke(app, list(args), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_the_commands(suite_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    folder = tmp_path / "bakery"
    shown = run("playbook", "search", "throw away a tray", "--playbook", str(folder), "-k", "1")
    assert "Tasting the bread › Ask" in shown
    assert "tasting.md:13" in shown.replace("\n", "")
    assert "bakery 7" in shown
    found = json.loads(
        run(
            "playbook", "search", "tray", "--playbook", str(folder), "--stage", "meet", "--format", "json",
        )
    )  # fmt: skip
    assert found["hits"][0]["line"] == 13
    assert found["hits"][0]["file"] == str(folder / "plays" / "tasting.md")
    assert {"rank", "score", "ranks", "text", "version", "criterion"} <= set(found["hits"][0])
    numbers = json.loads(run("evals", "retrieval", str(suite_file), "--format", "json"))
    assert numbers["ways"]["fused"]["metrics"]["ndcg@10"]["mean"] == pytest.approx(1.0)
    table = run("evals", "retrieval", str(suite_file), "--worst", "1")
    assert "words alone (BM25)" in table
    assert "wanted too-dear" in table or "wanted tasting" in table


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["playbook", "search", "x", "--stage", "met"], "--stage 'met'"),
        (["playbook", "search", "x", "--format", "xml"], "--format 'xml'"),
        (["playbook", "search", "x", "--how", "both"], "how='both'"),
        (["evals", "retrieval", "--half", "third"], "--half 'third'"),
    ],
)
def test_mistakes_on_the_command_line(
    args: list[str], message: str, suite_file: Path, tmp_path: Path
) -> None:
    where = ["--playbook", str(tmp_path / "bakery")]
    with pytest.raises(CoachbotError, match=message):
        CliRunner().invoke(app, [*args, *where], catch_exceptions=False)


def test_the_words_of_the_question_are_marked() -> None:
    text = marked("Ask about the trays.", "tray")
    assert [text.plain[s.start : s.end] for s in text.spans] == ["trays"]
