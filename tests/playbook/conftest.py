"""A small sound playbook in a folder of its own, for tests to spoil."""

from collections.abc import Callable
from pathlib import Path

import pytest

SOUND = """\
id: bakery
name: Bakery
version: "1.0"
stages:
  - id: first_talk
    name: First talk
    purpose: See whether they would bake with us.
    exit_criteria:
      - id: wants_bread
        text: They want bread.
        fields: [daily_loaves]
        commitments: [takes_a_loaf]
        how: any
        at_least: 2
    buyer_commitments:
      - id: takes_a_loaf
        text: They take a loaf home.
        listen_for: ["I'll take that one with me."]
    required_fields: [daily_loaves]
    healthy_days: 7
  - id: standing_order
    name: Standing order
    purpose: Bread every morning.
    exit_criteria:
      - id: order_stands
        text: The order stands.
        fields: [daily_loaves, crust]
    healthy_days: 30
fields:
  - id: daily_loaves
    label: Loaves a day
    question: How many loaves do you get through?
    listen_for: ["About forty, more on Saturdays."]
    not_this: ["We bake nine thousand a day."]
  - id: crust
    label: Crust
    question: How dark do you like it?
    kind: choice
    options: [pale, dark]
    listen_for: ["As dark as you can."]
    like: desired_outcome
objections:
  - id: too_dear
    label: Too dear
    play: too-dear
    examples: ["For bread?"]
influence_roles:
  - id: cook
    label: Cook
    title_words: [cook, chef]
risks:
  - id: no_crust
    label: No crust
    rule: missing_fields
    stages: [standing_order]
    fields: [crust]
    message: "Nobody asked about the crust in {stage}."
reversions:
  - id: oven_broken
    text: They bake by themselves now.
    to: first_talk
    from_stages: [standing_order]
    listen_for: ["We've bought an oven."]
"""

PAGE = """\
---
title: "When bread is too dear"
stage: [standing_order]
field: [daily_loaves]
objection: [too_dear]
criterion: [order_stands]
---

Ask what a table without bread costs.
"""

OVERLAY = """\
id: crumbs
name: CRUMBS
elements:
  - id: count
    label: Count
    question: How many?
    fields: [daily_loaves]
  - id: taste
    label: Taste
    question: How dark?
    fields: [crust]
    influence: [cook]
"""


@pytest.fixture
def bakery(tmp_path: Path) -> Path:
    """The folder of the sound playbook."""
    folder = tmp_path / "playbooks" / "bakery"
    (folder / "plays").mkdir(parents=True)
    (folder / "methodologies").mkdir()
    (folder / "playbook.yaml").write_text(SOUND, encoding="utf-8")
    (folder / "plays" / "too-dear.md").write_text(PAGE, encoding="utf-8")
    (folder / "methodologies" / "crumbs.yaml").write_text(OVERLAY, encoding="utf-8")
    return folder


@pytest.fixture
def spoil(bakery: Path) -> Callable[..., Path]:
    """Replace a piece of one of its files, which must be there once."""

    def change(old: str, new: str, file: str = "playbook.yaml") -> Path:
        path = bakery / file
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{old!r} is there {text.count(old)} times"
        path.write_text(text.replace(old, new), encoding="utf-8")
        return bakery

    return change
