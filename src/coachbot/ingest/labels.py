"""Which `Name:` at the start of a line is a speaker, and which colon is just a colon.

One line alone cannot tell ("Honestly: no." and "Marta: no." look the same), so a whole file is judged at
once: how many lines begin with a label, which labels come again, and which names are known.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Literal, NamedTuple

from coachbot.ingest.clean import clean
from coachbot.ingest.names import name_key
from coachbot.ingest.vocabulary import FUNCTION_WORDS, NEVER_LABELS, NEVER_NAMES, PARTICLES, SOUNDS

Shape = Literal["strong", "weak", "none"]

_LABEL = re.compile(
    r"\s*(?P<turn>>>+\s*)?(?P<name>[^:：]{1,80}?)\s*[:：](?:(?=\s|$|[^\W\d_])|(?=[\"'“¿¡(\[…—-]))\s*(?P<text>.*)",
    re.DOTALL,
)
_BRACKET = re.compile(r"\s*[\[(](?P<name>[^()\[\]:]{2,60})[\])]\s*(?P<text>.*)", re.DOTALL)
_PARENS = re.compile(r"\s*[(\[][^()\[\]]{0,80}[)\]]\s*")
_SPEAKERISH = re.compile(
    r"(?i)(?:speaker|spk|participant|person|guest|caller|voice|channel|user|unknown)[ _-]*(?:\d{1,3}|[a-z])?"
)
_ABBREVIATION = re.compile(r"(?i)(?:\w\.){1,4}|(?:dr|mr|mrs|ms|mx|prof|st|jr|sr|rev|inc|ltd|co|corp|ph\.d)\.")
_SENTENCE_ENDS = (".", "?", "!", "…", '"', "”", "。", "？", "！")
_PHONE = re.compile(r"\+?[\d*xX][\d*xX ().-]{5,20}")


class Split(NamedTuple):
    """A line divided into a label and the rest. `bracket`: `[Label] rest` instead of `Label: rest`."""

    label: str
    text: str
    bracket: bool = False

    @property
    def key(self) -> str:
        """The label as it is compared."""
        return name_key(self.label)

    @property
    def shape(self) -> Shape:
        """How much the label looks like a name; in brackets stand sounds too, so more is asked for there."""
        if not self.bracket or _SPEAKERISH.fullmatch(self.label):
            return shape(self.label)
        words = self.label.casefold().split()
        if len(words) < 2 or any(w in SOUNDS or w in NEVER_NAMES for w in words):
            return "none"
        return "strong" if shape(self.label) == "strong" else "none"


def split_label(line: str) -> Split | None:
    """The line divided, whatever its label is; None where it has none."""
    match = _BRACKET.match(line)
    bracket = Split(clean(match["name"]), match["text"], bracket=True) if match else None
    if bracket is not None and bracket.shape != "none" and not bracket.text.startswith((":", "：")):
        return bracket
    match = _LABEL.match(line)
    if match:
        name = clean(match["name"]).strip('*_`"“”').lstrip("-–—•· ").strip()
        if name[:1] == "[" and name[-1:] == "]":
            name = name[1:-1].strip()
        return Split(name, match["text"]) if name else None
    return bracket


def looks_labelled(line: str) -> bool:
    """Whether a line starts with a label that may be a name."""
    found = split_label(line)
    return found is not None and found.shape != "none"


@lru_cache(maxsize=4096)
def shape(label: str) -> Shape:
    """How much a label looks like somebody's name: `strong` Jane Doe, `weak` jdoe, `none` "one thing"."""
    if _SPEAKERISH.fullmatch(label) and label.casefold() not in ("user", "channel", "voice", "person"):
        return "strong"
    if _PHONE.fullmatch(label) and sum(c.isdigit() or c in "*xX" for c in label) >= 7:
        return "strong"
    base = _PARENS.sub(" ", label).split("|")[0].split(" @ ")[0].strip()
    words = base.replace(",", " , ").replace("/", " ").split()
    plain = [w for w in words if w != ","]
    if not plain or len(plain) > 6 or words.count(",") > 2 or words[0] == "," or words[-1] == ",":
        return "none"
    low = " ".join(plain).casefold()
    if low in NEVER_LABELS or (len(plain) == 1 and low in NEVER_NAMES) or re.search(r"[?!;\\<>{}=]", base):
        return "none"
    if (
        plain[-1] in ("ID", "IDs", "URL")
        or not any(c.isalpha() for c in base)
        or any(len(w) > 40 for w in plain)
    ):
        return "none"
    if any(w.endswith(".") and not _ABBREVIATION.fullmatch(w) for w in plain):
        return "none"
    if all(_capital(w) or (n and w.casefold() in PARTICLES) for n, w in enumerate(plain)):
        return "strong"
    if len(plain) > 4 or "," in words or any(w.casefold() in FUNCTION_WORDS for w in plain):
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

    def split(self, line: str) -> Split | None:
        """Speaker and text where the line starts with one of the labels."""
        found = split_label(line)
        return found if found and found.key in self.names else None


@dataclass
class _Seen:
    """How often a label comes: `blocks` where nothing before goes on, `sounds` in brackets."""

    words: int
    shape: Shape = "none"
    known: bool = False
    count: int = 0
    blocks: int = 0
    sounds: int = 0

    def add(self, found: Split, *, block: bool) -> None:
        if self.shape == "none":
            self.shape = "strong" if self.known else found.shape
        self.count += 1
        self.blocks += block
        self.sounds += found.bracket and not _SPEAKERISH.fullmatch(found.label)

    def accepted(self, cover: float, total: int, *, in_blocks: bool) -> bool:
        """Whether it is a speaker in a file where labels that may be names begin a `cover` of all lines."""
        if self.known:
            return True
        if self.shape == "weak":
            once = self.words == 1 and cover >= 0.9 and total >= 10
            return cover >= 0.5 and (self.count >= 2 or once)
        if cover >= 0.1:
            return cover >= 0.5 or self.count >= 2 or self.words >= 2 or (in_blocks and self.blocks > 0)
        return self.count >= 4 or (self.count >= 3 and self.blocks == self.count)  # long turns, lines wrapped


def find_labels(
    lines: Sequence[str], *, known: Iterable[str] = (), after_blank: frozenset[int] = frozenset()
) -> Labels:
    """Judge all lines of a file. `after_blank` holds the positions of lines that follow an empty one."""
    names = {name_key(k) for k in known} | {name_key(k.split()[0]) for k in known if k.split()}
    total = sum(1 for line in lines if line.strip()) or 1
    seen: dict[str, _Seen] = {}
    sequence: list[str | None] = []
    for n, found in enumerate(map(split_label, lines)):
        sequence.append(found.key if found else None)
        if found is not None:
            entry = seen.setdefault(found.key, _Seen(len(found.label.split()), known=found.key in names))
            fresh = n == 0 or n in after_blank or lines[n - 1].rstrip().endswith(_SENTENCE_ENDS)
            entry.add(found, block=fresh)
    if (
        sum(e.count for e in seen.values()) >= 0.9 * total
    ):  # every line has one: "will" and "an" are names too
        for key, entry in seen.items():
            plain = entry.words <= 3 and not set(key.split()) & NEVER_NAMES and key.replace(" ", "").isalpha()
            if entry.shape == "none" and plain and entry.count >= 5:
                entry.shape = "weak"
    likely = {k: e for k, e in seen.items() if e.shape != "none"}
    # A name in brackets that comes once may be a sound, unless such names are the style of the file.
    if sum(e.sounds for e in likely.values() if e.sounds > 1) < 0.2 * total:
        likely = {k: e for k, e in likely.items() if e.known or e.count > 1 or not e.sounds}
    labelled = sum(e.count for e in likely.values())
    in_blocks = sum(e.blocks for e in likely.values()) >= 0.6 * labelled
    if sum(e.known for e in likely.values()) >= 2 and labelled < 0.9 * total:
        # Those who speak are known, and lines are wrapped: a word with a colon that comes once is no name.
        likely = {k: e for k, e in likely.items() if e.known or e.count > 1 or e.words > 1}
    speakers = {k: e for k, e in likely.items() if e.accepted(labelled / total, total, in_blocks=in_blocks)}
    if len(speakers) > 6 and sum(100 if e.known else e.count for e in speakers.values()) < 2 * len(speakers):
        speakers = {}  # a list of `Key: value`, not people talking to each other
    said = [k for k in sequence if k is None or k in speakers]
    repeats = sum(1 for a, b in pairwise(said) if a is not None and a == b)
    covered = sum(e.count for e in speakers.values()) / total
    return Labels(frozenset(speakers), covered >= 0.9 and repeats >= 3)
