"""What is found: passages of a playbook, of accepted facts, of transcripts and of notes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from dataclasses import field as _default
from typing import Any, Literal

Kind = Literal["playbook", "fact", "transcript", "note"]
TAGS = ("stage", "field", "objection", "criterion")


@dataclass(frozen=True)
class Passage:
    """A piece of text that can be found, and where it stands.

    `text` is the source's own words. `path` is relative to the playbook's folder (or names the call), and
    `start_line` counts from 1 (of a transcript: the index of the first turn). `heading` is the way of
    headings below the title, joined by " › "; empty above the first one. `extra` holds JSON values:
    `title`, and of a playbook's passage `kind` ("play" or "definition") and `end_line`; of others see
    `call_passages`.
    """

    id: str
    text: str
    source: Kind
    path: str
    heading: str = ""
    playbook: str = ""
    version: str = ""
    stage: tuple[str, ...] = ()
    field: tuple[str, ...] = ()
    objection: tuple[str, ...] = ()
    criterion: tuple[str, ...] = ()
    start_line: int = 1
    extra: dict[str, Any] = _default(default_factory=dict)

    @property
    def title(self) -> str:
        """Title of the page (of the call, of the note)."""
        return str(self.extra.get("title", ""))

    @property
    def label(self) -> str:
        """Title and heading path in one line."""
        return " › ".join(part for part in (self.title, self.heading) if part)

    def tags(self) -> dict[str, tuple[str, ...]]:
        """The ids that lead to it, by what they are ids of."""
        return {name: getattr(self, name) for name in TAGS}

    def as_dict(self) -> dict[str, Any]:
        """JSON values of it."""
        return asdict(self)


def to_json(passage: Passage) -> str:
    """One line that `from_json` reads."""
    return json.dumps(asdict(passage), ensure_ascii=False, sort_keys=True)


def from_json(text: str) -> Passage:
    """The passage that `to_json` wrote."""
    data: dict[str, Any] = json.loads(text)
    data.update({key: tuple(data[key]) for key in TAGS})
    return Passage(**data)


@dataclass(frozen=True)
class Piece:
    """A passage and the plain text it is found by: `words` without mark-up, `encoded` with headings too.

    `part` is the way of headings down to the part of a long file that counts as its page; empty: the file.
    """

    passage: Passage
    words: str
    part: str = ""

    @property
    def encoded(self) -> str:
        """What the encoder reads: the heading path, then the text."""
        label = self.passage.label
        return f"{label}\n{self.words}" if label else self.words

    @property
    def fingerprint(self) -> str:
        """Of what the encoder reads: 20 hex digits."""
        return hashlib.sha256(self.encoded.encode()).hexdigest()[:20]


@dataclass(frozen=True)
class Hit:
    """A passage that was found. `ranks` holds its place, from 1, in each list; None where it is not in it."""

    passage: Passage
    score: float
    ranks: Mapping[str, int | None]
