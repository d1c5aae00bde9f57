"""How good the search is, and how quick.

    python benchmarks/retrieval.py quality [SUITE ...]     default: b2b-saas plg-self-serve
    python benchmarks/retrieval.py speed [PASSAGES]        default: 10000

`quality` prints nDCG@10 of Chroma's plain vector query, of BM25 alone and of the fused search on the same
questions; those that were tuned on and those that were not, apart. `speed` indexes made-up pages (random unit
vectors for the passages, the real encoder for the questions) and prints percentiles of a warm search: with
the encoder's work, without it (the same question again), and with a filter.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from coachbot.evals.retrieval import measure, read_retrieval_suite
from coachbot.retrieval import PlaybookIndex
from coachbot.retrieval.encoders import local_encoder
from coachbot.settings import settings

_WORDS = (
    "price budget contract legal buyer seller meeting champion finance director problem cost hours weekly "
    "team demo trial data security review invoice delivery warehouse driver customer support churn "
    "renewal discount proposal signature timeline risk project lead manager process system report quarter "
    "goal metric success question answer story silence promise deadline board committee procurement "
    "vendor integration training "
)
WORDS = _WORDS.split()
QUERIES = 300
TYPICAL = (
    "what do I say when the {0} thinks the {1} is too high",
    "{0} wants a {1} before the {2}",
    "how to find out who decides about {0}",
    "customer is silent after the {0} and the {1} {2}",
)


def quality(names: Sequence[str]) -> None:
    for name in names:
        suite = read_retrieval_suite(Path("evals"), name)
        index = PlaybookIndex.open(suite.playbook)
        for half in ("odd", "even"):
            ways = measure(suite, index, half=half)  # type: ignore[arg-type]
            tuned = "tuned on" if half == "odd" else "held out"
            figures = "  ".join(f"{way.how} {way.lines[0].mean:.3f}" for way in ways)
            gains = ", ".join(f"p {way.against.p:.4f} against {way.how}" for way in ways if way.against)
            print(f"{name:<16} {tuned:<9} {len(ways[0].scores):>4} questions  nDCG@10  {figures}  ({gains})")


class MadeUp:
    """Random vectors for pages; the real encoder for questions."""

    id = "made-up"

    def __init__(self) -> None:
        conf = settings()
        self.real = local_encoder(conf.home, threads=conf.threads)
        self.rng = np.random.default_rng(0)
        self.asking = False

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        if self.asking and self.real is not None:
            return self.real.encode(texts)
        made = self.rng.normal(size=(len(texts), 384)).astype(np.float32)
        return np.asarray(made / np.linalg.norm(made, axis=1, keepdims=True), dtype=np.float32)


def write_pages(folder: Path, passages: int, rng: random.Random) -> None:
    """Pages of ten sections; words by a skewed draw from the list and from 5,000 others."""
    rare = [f"{rng.choice(WORDS)}{n}" for n in range(5000)]
    for page in range(-(-passages // 10)):
        lines = [f"---\ntitle: Page {page} {rng.choice(WORDS)}\nstage: s{page % 7}\n---"]
        for _ in range(10):
            said = [
                rng.choice(WORDS) if rng.random() < 0.6 else rare[int(5000 * rng.random() ** 2)]
                for _ in range(70)
            ]
            text = ". ".join(" ".join(said[at : at + 14]) for at in range(0, 70, 14))
            lines.append(f"## {rng.choice(WORDS)} {rng.choice(WORDS)}\n\n{text}.")
        (folder / f"page-{page}.md").write_text("\n\n".join(lines), encoding="utf-8")


def speed(passages: int) -> None:
    rng = random.Random(0)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "book"
        folder.mkdir()
        write_pages(folder, passages, rng)
        encoder = MadeUp()
        start = time.perf_counter()
        index = PlaybookIndex.open(folder, home=Path(place) / "home", encoder=encoder)
        print(
            f"{index.size} passages indexed in {time.perf_counter() - start:.1f} s, their encoding left out"
        )
        encoder.asking = True
        asks = [rng.choice(TYPICAL).format(*rng.sample(WORDS, 3)) for _ in range(QUERIES)]
        asks = list(dict.fromkeys(asks))
        for ask in asks[:20]:
            index.search(f"{ask} again")
        for label, run in (
            ("fused, question encoded", lambda ask: index.search(ask)),
            ("fused, question known", lambda ask: index.search(ask)),
            ("fused, one stage", lambda ask: index.search(ask, stage="s3")),
            ("vector", lambda ask: index.search(ask, how="vector")),
            ("words", lambda ask: index.search(ask, how="words")),
        ):
            percentiles(label, run, asks)
        index.close()


def percentiles(label: str, run: Callable[[str], object], asks: Sequence[str]) -> None:
    took = []
    for ask in asks:
        start, cpu = time.perf_counter(), time.process_time()
        run(ask)
        took.append((time.perf_counter() - start, time.process_time() - cpu))
    wall, work = (sorted(1000 * t[at] for t in took) for at in (0, 1))
    at95, middle = int(0.95 * len(took)), len(took) // 2
    print(
        f"{label:<26} p50 {wall[middle]:6.1f} ms  p95 {wall[at95]:6.1f} ms   "
        f"(CPU p50 {work[middle]:.1f}, p95 {work[at95]:.1f})"
    )


if __name__ == "__main__":
    what, *rest = sys.argv[1:] or ["quality"]
    if what == "speed":
        speed(int(rest[0]) if rest else 10_000)
    else:
        quality(rest or ("b2b-saas", "plg-self-serve"))
