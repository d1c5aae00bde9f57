"""A small playbook on disk, a small Japanese handbook, and an encoder that needs no weights."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from coachbot.retrieval.script import terms
from coachbot.settings import Settings

WIDTH = 64
YAML = """\
id: bakery
name: Selling ovens to bakeries
version: "7"
stages:
  - id: meet
    name: First meeting
    purpose: Find out what burns.
    healthy_days: 10
    required_fields: [pain]
    rep_actions: [Visit the bakery before dawn.]
    failure_modes: [The oven is shown before anybody has tasted the bread.]
    exit_criteria:
      - id: pain_known
        text: They have told us which batch goes wrong.
        question: Which tray comes out black?
        fields: [pain]
  - id: sign
    name: Signing
    purpose: Get it on paper.
    healthy_days: 20
fields:
  - id: pain
    label: What burns
    question: What came out wrong this week?
    listen_for: ["Every Friday the croissants are charcoal."]
objections:
  - id: price
    label: Price
    play: too-dear
    examples: ["That costs more than my van."]
"""
PLAYS = {
    "too-dear": """\
---
title: "When the oven seems expensive"
stage: [sign]
objection: [price]
---
## Ask

- "Expensive compared with what?"

## Avoid

Do not lower the price in the same breath.
""",
    "tasting": """\
---
title: Tasting the bread
stage: [meet]
field: [pain]
criterion: [pain_known]
---
## What good looks like

You eat a roll from the old oven and say what you notice.

## Ask

- "Which tray do you throw away most often?"
""",
}
JAPANESE = {
    "kakaku": "# 価格への懸念\n\n## 聞くこと\n\n何と比べて高いとお感じですか。予算の時期も聞きます。\n",
    "kessai": "# 決裁の道筋\n\n## 会えないとき\n\n役員への面談を断られたら、稟議書の材料を用意します。\n",
    "hikitsugi": "# 社内の引き継ぎ\n\n受注したら三日以内に導入チームへ文書で渡します。\n",
}


def write_playbook(folder: Path, *, plays: dict[str, str] | None = None) -> Path:
    """A playbook's folder."""
    (folder / "plays").mkdir(parents=True)
    (folder / "playbook.yaml").write_text(YAML, encoding="utf-8")
    for name, text in (plays or PLAYS).items():
        (folder / "plays" / f"{name}.md").write_text(text, encoding="utf-8")
    return folder


def write_pages(folder: Path, pages: dict[str, str]) -> Path:
    """A handbook without playbook.yaml."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in pages.items():
        (folder / f"{name}.md").write_text(text, encoding="utf-8")
    return folder


def conf(home: Path, **more: object) -> Settings:
    """Settings with this workspace."""
    return Settings(home=home, **more)  # type: ignore[arg-type]


class WordEncoder:
    """Unit vectors of hashed words: what shares words is near. Counts what it encoded."""

    def __init__(self, name: str = "hashed-1") -> None:
        self.id = name
        self.encoded: list[str] = []

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.encoded += texts
        out = np.full((len(texts), WIDTH), 0.01, dtype=np.float32)
        for row, text in zip(out, texts, strict=True):
            for term in terms(text):
                row[int(hashlib.md5(term.encode()).hexdigest(), 16) % WIDTH] += 1.0
        return np.asarray(out / np.linalg.norm(out, axis=1, keepdims=True), dtype=np.float32)
