"""Labelled calls as the reader sees them: token ids for each turn, and one target for each label."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

SPEAKS = {"seller": 2, "buyer": 3, "unknown": 4}  # as in coachbot.extract.reading
LONGEST_PIECE, NOTHING = 160, 1012
HANDLED, OWNERS = ["yes", "partly", "no"], ["buyer", "seller", "both"]
WEIGHTS = {  # what an error on a label of a group costs
    "core": 1.0, "any": 0.4, "obj": 1.0, "cat": 0.7, "objcore": 0.5, "handled": 0.3, "resp": 0.5, "ns": 1.0,
    "owner": 0.5, "committed": 0.2, "dated": 0.2, "person": 0.4, "trap": 0.3,
}  # fmt: skip
ONLY_WHERE_DEFINED = ("handled", "owner", "committed", "dated")
SHIPPED = (
    "core",
    "any",
    "obj",
    "cat",
    "handled",
    "resp",
    "ns",
    "owner",
    "committed",
)


@dataclass(frozen=True)
class Layout:
    """Names of the labels, by group, in the order of the heads."""

    groups: dict[str, list[str]]

    @classmethod
    def of(cls, fields: list[str], categories: list[str]) -> Layout:
        return cls({
            "core": fields, "any": fields, "obj": ["objection"], "cat": categories, "objcore": ["start"],
            "handled": HANDLED, "resp": ["response"], "ns": ["next_step"], "owner": OWNERS,
            "committed": ["committed"], "dated": ["dated"], "person": ["person"], "trap": ["trap"],
        })  # fmt: skip

    @property
    def size(self) -> int:
        return sum(map(len, self.groups.values()))

    def at(self, group: str, name: str | None = None) -> int:
        start = 0
        for key, names in self.groups.items():
            if key == group:
                return start + (names.index(name) if name is not None else 0)
            start += len(names)
        raise KeyError(group)

    def columns(self, group: str) -> slice:
        return slice(self.at(group), self.at(group) + len(self.groups[group]))

    def weights(self) -> np.ndarray:
        return np.concatenate([np.full(len(n), WEIGHTS[g], np.float32) for g, n in self.groups.items()])


@dataclass
class LabelledCall:
    id: str
    cluster: str
    pieces: list[list[int]]  # marker of the side, then token ids
    turn_of: list[int]
    targets: np.ndarray  # (turns, labels)
    mask: np.ndarray  # (turns, labels): 0 where a label is not defined


@lru_cache(maxsize=1)
def tokenizer(folder: Path) -> Tokenizer:
    made = Tokenizer.from_file(str(folder / "tokenizer.json"))
    made.no_padding()
    made.no_truncation()
    return made


def read_call(folder: Path, weights: Path, layout: Layout) -> LabelledCall:
    said = json.loads((folder / "transcript.json").read_text())
    gold = json.loads((folder / "gold.json").read_text())
    meta = json.loads((folder / "meta.json").read_text())
    sides = {p["name"]: p["side"] for p in meta["participants"]}
    pieces, turn_of = [], []
    for index, turn in enumerate(said["turns"]):
        ids = tokenizer(weights).encode(turn["text"], add_special_tokens=False).ids or [NOTHING]
        for start in range(0, len(ids), LONGEST_PIECE):
            pieces.append(
                [SPEAKS[sides.get(turn["speaker"], "unknown")], *ids[start : start + LONGEST_PIECE]]
            )
            turn_of.append(index)
    shape = (len(said["turns"]), layout.size)
    call = LabelledCall(
        folder.name,
        _cluster(folder),
        pieces,
        turn_of,
        np.zeros(shape, np.float32),
        np.ones(shape, np.float32),
    )
    for group in ONLY_WHERE_DEFINED:
        call.mask[:, layout.columns(group)] = 0
    _fields(call, gold, layout)
    _objections(call, gold, layout)
    _steps(call, gold, layout)
    for person in gold["stakeholders"]:
        call.targets[person["turns"], layout.at("person")] = 1
    for trap in gold["must_not_appear"]:
        call.targets[trap["turns"], layout.at("trap")] = 1
    return call


def _cluster(folder: Path) -> str:
    lines = (folder / "case.yaml").read_text().splitlines()
    return next((x.split(":", 1)[1].strip() for x in lines if x.startswith("cluster:")), folder.name)


def _fields(call: LabelledCall, gold: dict, layout: Layout) -> None:
    for name, items in gold["fields"].items():
        for item in items if name in layout.groups["core"] else []:
            call.targets[item.get("core_turns") or item["turns"], layout.at("core", name)] = 1
            call.targets[item["turns"], layout.at("any", name)] = 1


def _objections(call: LabelledCall, gold: dict, layout: Layout) -> None:
    for objection in gold["objections"]:
        turns = objection["turns"]
        call.targets[turns, layout.at("obj")] = 1
        call.targets[turns, layout.at("cat", objection["category"])] = 1
        call.targets[turns[0], layout.at("objcore")] = 1
        for turn in turns:
            call.mask[turn, layout.columns("handled")] = 1
            call.targets[turn, layout.columns("handled")] = 0
            call.targets[turn, layout.at("handled", objection["handled"])] = 1
        call.targets[objection["response_turns"], layout.at("resp")] = 1


def _steps(call: LabelledCall, gold: dict, layout: Layout) -> None:
    for step in gold["next_steps"]:
        turns = step["turns"]
        call.targets[turns, layout.at("ns")] = 1
        for turn in turns:
            for group in ("owner", "committed", "dated"):
                call.mask[turn, layout.columns(group)] = 1
        call.targets[turns, layout.at("owner", step["owner"])] = 1
        call.targets[turns, layout.at("committed")] = float(step["committed"])
        call.targets[turns, layout.at("dated")] = float(step["date"] is not None)


def windows(call: LabelledCall, budget: int, rng: random.Random) -> Iterator[tuple[int, int]]:
    """Neighbouring pieces of up to `budget` tokens, cut at another place in every epoch."""
    start, room = 0, rng.randint(60, budget - 2)
    while start < len(call.pieces):
        end, used = start, 0
        while end < len(call.pieces) and (used + len(call.pieces[end]) <= room or end == start):
            used += len(call.pieces[end])
            end += 1
        yield start, end
        start, room = end, budget - 2
