"""Which `Name:` at the start of a line is a speaker, and which colon is just a colon.

One line alone cannot tell ("Honestly: no." and "Marta: no." look the same), so a whole file is judged at
once: how many lines begin with a label, which labels come again, and which names are known.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Literal

from coachbot.ingest.clean import clean
from coachbot.ingest.names import name_key
from coachbot.ingest.vocabulary import FUNCTION_WORDS, NEVER_LABELS, NEVER_NAMES, PARTICLES

Shape = Literal["strong", "weak", "none"]

_LABEL = re.compile(
    r"\s*(?P<turn>>>+\s*)?(?P<name>[^:：]{1,80}?)\s*[:：](?:(?=\s|$|[^\W\d_])|(?=[\"'“¿¡(\[…—-]))\s*(?P<text>.*)",
    re.DOTALL,
)
_PARENS = re.compile(r"\s*[(\[][^()\[\]]{0,80}[)\]]\s*")

_SPEAKERISH = re.compile(
    r"(?i)(?:speaker|spk|participant|person|guest|caller|voice|channel|user|unknown)[ _-]*(?:\d{1,3}|[a-z])?"
)


def split_label(line: str) -> tuple[str, str] | None:
    """(label, rest) of a line that starts like `Label: rest`, whatever the label is."""
    match = _LABEL.match(line)
    if not match:
        return None
    name = clean(match["name"]).strip('*_`"“”').strip()
    if name[:1] == "[" and name[-1:] == "]":
        name = name[1:-1].strip()
    return (name, match["text"]) if name else None


@lru_cache(maxsize=4096)
def shape(label: str) -> Shape:
    """How much a label looks like somebody's name: `strong` Jane Doe, `weak` jdoe, `none` "one thing"."""
    if _SPEAKERISH.fullmatch(label) and label.casefold() not in ("user", "channel", "voice", "person"):
        return "strong"
    base = _PARENS.sub(" ", label).split("|")[0].split(" @ ")[0].strip()
    words = base.replace(",", " , ").split()
    plain = [w for w in words if w != ","]
    if not plain or len(plain) > 6 or words.count(",") > 2 or words[0] == "," or words[-1] == ",":
        return "none"
    low = " ".join(plain).casefold()
    if low in NEVER_LABELS or (len(plain) == 1 and low in NEVER_NAMES) or re.search(r"[?!;/\\<>{}=\"]", base):
        return "none"
    if (
        plain[-1] in ("ID", "IDs", "URL")
        or not any(c.isalpha() for c in base)
        or any(len(w) > 40 for w in plain)
    ):
        return "none"
    if any(w.endswith(".") and len(w) > 5 for w in plain):  # "Dr." and "J." are names, "Thanks." is not
        return "none"
    if all(_capital(w) or (n and w.casefold() in PARTICLES) for n, w in enumerate(plain)):
        return "strong"
    if len(plain) > 3 or "," in words or any(w.casefold() in FUNCTION_WORDS for w in plain):
        return "none"
    return "weak"


def _capital(word: str) -> bool:
    first = next((c for c in word if c.isalnum()), "")
    if not first:
        return word in ("&", "-", "–")
    return first.isupper() or (first.isalpha() and not first.islower()) or first.isdigit()


@dataclass(frozen=True)
class Labels:
    """The labels that a file uses for its speakers.

    `on_every_line` says that the source repeats the name on each line, so that a line without one is
    nobody's; otherwise such a line goes on with the last speaker.
    """

    names: frozenset[str]
    on_every_line: bool = False

    def split(self, line: str) -> tuple[str, str] | None:
        """(speaker, text) where the line starts with one of the labels."""
        found = split_label(line)
        return found if found and name_key(found[0]) in self.names else None


def find_labels(
    lines: Sequence[str], *, known: Iterable[str] = (), after_blank: frozenset[int] = frozenset()
) -> Labels:
    """Judge all lines of a file. `after_blank` holds the positions of lines that follow an empty one."""
    names = {name_key(k) for k in known} | {name_key(k.split()[0]) for k in known if k.split()}
    total = sum(1 for line in lines if line.strip()) or 1
    found = [(n, split_label(line)) for n, line in enumerate(lines)]
    shapes: dict[str, Shape] = {}
    counts: Counter[str] = Counter()
    spread: Counter[str] = Counter()
    sequence: list[str | None] = []
    words: dict[str, int] = {}
    for n, label in found:
        if label is None:
            sequence.append(None)
            continue
        key = name_key(label[0])
        sequence.append(key)
        shapes.setdefault(key, "strong" if key in names else shape(label[0]))
        words[key] = len(label[0].split())
        counts[key] += 1
        spread[key] += n in after_blank or n == 0
    likely = [k for k in counts if shapes[k] != "none"]
    cover = sum(counts[k] for k in likely) / total
    blocks = sum(spread[k] for k in likely) >= 0.6 * (sum(counts[k] for k in likely) or 1)
    accepted = {
        k
        for k in likely
        if k in names or _accept(shapes[k], counts[k], cover, words[k], total, blocks and spread[k] > 0)
    }
    if not any(counts[k] > 1 or k in names for k in accepted) and len(accepted) > 6:
        accepted = set()  # a list of `Key: value`, not people talking to each other
    said = [k for k in sequence if k is None or k in accepted]
    repeats = sum(1 for a, b in pairwise(said) if a is not None and a == b)
    covered = sum(counts[k] for k in accepted) / total
    return Labels(frozenset(accepted), covered >= 0.9 and repeats >= 3)


def _accept(kind: Shape, count: int, cover: float, words: int, total: int, own_block: bool) -> bool:
    if kind == "strong":
        if cover >= 0.5 or (count >= 2 and cover >= 0.1):
            return True
        return cover >= 0.1 and (words >= 2 or own_block)
    return cover >= 0.5 and (count >= 2 or (words == 1 and cover >= 0.9 and total >= 10))
