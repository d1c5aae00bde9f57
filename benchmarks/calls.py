"""How well the vectors of calls find what was said: sentences' mean against one encoding of the passage.

    python benchmarks/calls.py [CALLS]        default: all of evals/cases

The questions are the gold items of the cases, in their authors' words; what should be found are the passages
that hold the turns named as their evidence (3 for a core turn, 1 for another). Searched are the passages of
all calls, and those of the question's own call. Figures: nDCG@10, and processor seconds for a call's vectors.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from coachbot.embed import SentenceEncoder
from coachbot.recap import read_call
from coachbot.retrieval import Passage, transcript_passages
from coachbot.retrieval.call_vectors import call_vectors
from coachbot.retrieval.encoders import LocalEncoder
from coachbot.retrieval.passages import Piece
from coachbot.settings import settings

CASES = Path("evals/cases")


def main(most: int | None) -> None:
    pieces: list[Piece] = []
    call_of: list[int] = []
    asks: list[tuple[int, str, set[int], set[int]]] = []
    folders = sorted(path.parent for path in CASES.glob("*/gold.json"))[:most]
    for number, folder in enumerate(folders):
        passages = transcript_passages(read_call(folder / "transcript.json"), call_id=folder.name)
        pieces += [Piece(p, p.text) for p in passages]
        call_of += [number] * len(passages)
        fields = json.loads((folder / "gold.json").read_text(encoding="utf-8"))["fields"]
        for item in (i for items in fields.values() for i in items if i.get("turns")):
            turns = set(item["turns"])
            asks.append((number, item["gist"], turns, set(item.get("core_turns") or turns)))
    gains = np.array([[gain(p.passage, ask, call_of[at]) for at, p in enumerate(pieces)] for ask in asks])
    home = settings().home
    plain, local = SentenceEncoder(home, threads=1), LocalEncoder(home, threads=1)
    questions = plain.encode([text for _, text, _, _ in asks])
    own = np.array([[c == ask[0] for c in call_of] for ask in asks])
    print(f"{len(folders)} calls, {len(pieces)} passages, {len(asks)} questions")
    ways: dict[str, Callable[[], Any]] = {
        "whole passage, float32": lambda: plain.encode([p.encoded for p in pieces]),
        "whole passage, int8": lambda: local.encode([p.encoded for p in pieces]),
        "sentences, int8": lambda: call_vectors(pieces, local),
    }
    for label, make in ways.items():
        begun = time.process_time()
        cosines = questions @ make().T
        took = (time.process_time() - begun) / len(folders)
        within = np.where(own, cosines, -2)
        figures = f"all calls {ndcg(cosines, gains):.3f}  own call {ndcg(within, gains):.3f}"
        print(f"{label:<24} {figures}  {took:.2f} s a call")


def gain(passage: Passage, ask: tuple[int, str, set[int], set[int]], call: int) -> float:
    """What a passage is worth to a question."""
    held = set(range(passage.extra["first_turn"], passage.extra["last_turn"] + 1))
    return 0.0 if call != ask[0] else 3.0 if held & ask[3] else 1.0 if held & ask[2] else 0.0


def ndcg(scores: Any, gains: Any, depth: int = 10) -> float:
    """Mean nDCG at `depth` over the questions."""
    worth = 1 / np.log2(np.arange(depth) + 2)
    top = np.argsort(-scores, axis=1)[:, :depth]
    got = np.take_along_axis(gains, top, axis=1) @ worth
    best = -np.sort(-gains, axis=1)[:, :depth] @ worth
    return float((got / best)[best > 0].mean())


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else None)
