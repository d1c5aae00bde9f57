"""Themes and ways to answer: found, labelled in people's words, stable, new ones flagged, savers found."""

from collections.abc import Sequence
from datetime import date
from itertools import product
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
import pytest

from coachbot.embed import SentenceEncoder
from coachbot.insights.answers import find_answers
from coachbot.insights.clusters import Anchor, cluster, keywords
from coachbot.insights.memory import recall, remember
from coachbot.insights.portfolio import NOISE, Effects, generate
from coachbot.insights.portfolio_store import answer_rows
from coachbot.insights.portfolio_words import APPROACHES
from coachbot.insights.stays import courses, moves_of
from coachbot.insights.themes import Themes, find_themes
from coachbot.insights.vectors import kept
from coachbot.settings import settings
from coachbot.store import Store
from coachbot.store.insights import AnswerRow

WHO = ("our board", "the finance team", "my boss", "the owner", "head office")
THEMES = {
    "budget": [f"There is no budget left this year, says {w}" for w in WHO],
    "rival": [f"The other quote is much cheaper than yours, says {w}" for w in WHO],
    "tax": [f"Customs duty and tax come on top of it, says {w}" for w in WHO],
}
TODAY = date(2026, 6, 30)


def by_words(texts: Sequence[str]) -> Any:
    """Vectors of words, each hashed to a place: quick, and the same everywhere."""
    out = np.zeros((len(texts), 512), dtype=np.float32)
    for n, text in enumerate(texts):
        for word in text.lower().replace(",", "").split():
            out[n, crc32(word.encode()) % 512] += 1
    return out / np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-9)


def rows(*names: str, days: Sequence[str] = ("2026-01-05",), start: int = 0) -> list[AnswerRow]:
    made = []
    for n, (day, text) in enumerate(product(days, (t for name in names for t in THEMES[name]))):
        key = f"{start + n:03d}"
        made.append(
            AnswerRow(
                f"o{key}", f"c{key}", f"d{n % 7}", "price", "discovery", day, True, "no", text, None, (), ()
            )
        )
    return made


def themes(given: list[AnswerRow], known: Any = None) -> Themes:
    return find_themes("price", given, by_words, today=TODAY, known=known)


def members(found: Themes) -> set[frozenset[str]]:
    return {frozenset(t.calls) for t in found.themes}


def test_themes_are_found_labelled_and_counted() -> None:
    found = themes(rows("budget", "rival"))
    assert len(found.themes) == 2
    assert {t.objections.count for t in found.themes} == {5}
    labels = " ".join(t.label for t in found.themes)
    assert "budget" in labels
    assert "cheaper" in labels
    assert {t.example.text for t in found.themes} <= {x for texts in THEMES.values() for x in texts}
    assert found.alone == 0


def test_the_same_rows_in_any_order_give_the_same_themes() -> None:
    given = rows("budget", "rival", "tax")
    assert themes(given) == themes(list(reversed(given)))


def test_a_few_more_rows_leave_the_others_where_they_were() -> None:
    before, more = rows("budget", "rival"), rows("rival", start=50)[:1]
    first, second = themes(before), themes(before + more)
    old = {r.call_id for r in before}
    assert {frozenset(m & old) for m in members(second)} == members(first)


def test_a_new_theme_is_flagged_and_a_known_one_keeps_its_id() -> None:
    before = rows("budget", "rival", days=("2026-01-05", "2026-02-05"))
    first = themes(before)
    assert not any(t.new for t in first.themes)
    known = {t.id: t.middle for t in first.themes}
    second = themes(before + rows("tax", days=("2026-06-20",), start=80), known)
    assert {t.id for t in second.themes} > set(known)
    assert themes(before, known).themes == first.themes
    assert [("tax" in t.label.lower(), t.new) for t in second.themes if t.id not in known] == [(True, True)]
    # without memory it is new by its days alone
    assert [t.new for t in themes(before + rows("tax", days=("2026-06-20",), start=80)).themes].count(
        True
    ) == 1


def test_what_is_all_recent_is_not_new() -> None:
    assert not any(t.new for t in themes(rows("budget", "rival", days=("2026-06-20",))).themes)


def test_nothing_said_and_said_once() -> None:
    assert themes([]).themes == ()
    assert themes(rows("budget")[:1]).alone == 1


def test_a_known_group_is_recognised_by_its_middle() -> None:
    texts = [*THEMES["budget"], *THEMES["rival"]]
    first = cluster(texts, by_words)
    anchors = [Anchor(f"known-{n}", g.middle) for n, g in enumerate(first)]
    again = cluster(texts, by_words, anchors)
    assert [(g.id, g.members, g.known) for g in again] == [
        (f"known-{n}", g.members, True) for n, g in enumerate(first)
    ]
    other = cluster(THEMES["tax"], by_words, anchors)
    assert [g.known for g in other] == [False]


def test_keywords_are_peoples_own_words() -> None:
    assert keywords(["SAP again", "the SAP thing"], ["price", "price again"])[0] == "SAP"


def test_themes_are_remembered(store: Store) -> None:
    first = themes(rows("budget", "rival"))
    with store.begin() as unit:
        remember(unit, first)
        again = themes(rows("rival", "tax"), recall(unit, "price"))
        remember(unit, again)
        assert {t.id for t in first.themes} < set(recall(unit, "price"))
        assert len(recall(unit, "price")) == 3
    assert {t.id for t in first.themes} & {t.id for t in again.themes}


@pytest.fixture(scope="module")
def encode() -> Any:
    return SentenceEncoder(settings().home, threads=1).encode


@pytest.mark.parametrize("saves", [0.5, 0.0], ids=["saves", "noise"])
def test_the_answer_that_saves_deals_is_found_and_only_that(saves: float, encode: Any) -> None:
    truth = Effects(base=0.08, costly="price_budget", cost=0.6, saves=saves) if saves else NOISE
    made = generate(600, 6, effects=truth)
    way = courses(made.playbook, made.deals, moves_of(made.stage_changes), made.today)
    found = find_answers("price_budget", answer_rows(made, "price_budget"), way, encode)
    assert len(found.approaches) == len(APPROACHES)
    of = {a.best[0].said.text: a for a in found.approaches}
    saving = [a for text, a in of.items() if text in APPROACHES[0][1]]
    assert len(saving) == 1
    if saves:
        assert found.approaches[0] is saving[0]
        assert saving[0].progress.found
        assert saving[0].progress.low is not None
        assert saving[0].progress.low <= saves <= (saving[0].progress.high or 0)
        best = saving[0].best[0]
        assert best.said.call_id in {c.id for c in made.calls}
        assert best.said.turn is not None
        assert best.said.start_s is not None
    else:
        assert not any(a.progress.found or a.won.found for a in found.approaches)


def test_vectors_are_kept_and_only_new_texts_are_encoded(tmp_path: Path) -> None:
    asked: list[list[str]] = []

    def plain(texts: Sequence[str]) -> Any:
        asked.append(list(texts))
        return np.array([[len(t), 1.0] for t in texts], dtype=np.float32)

    file = tmp_path / "cache" / "a.npz"
    one = kept(plain, file)(["a", "bb", "a"])
    assert one.tolist() == [[1, 1], [2, 1], [1, 1]]
    assert kept(plain, file)(["bb", "a"]).tolist() == [[2, 1], [1, 1]]
    assert kept(plain, file)(["ccc", "a"]).tolist() == [[3, 1], [1, 1]]
    assert kept(plain, file)(["bb"]).tolist() == [[2, 1]]
    assert asked == [["a", "bb"], ["ccc"], ["bb"]]
    file.write_bytes(b"no longer what it was")
    assert kept(plain, file)(["a"]).tolist() == [[1, 1]]
