"""The style of a written transcript: which lines begin turns, and which names it uses.

The same words can be a name or speech, so the whole text is judged before any line is.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise

from coachbot.ingest.labels import Labels, find_labels, looks_labelled, shape
from coachbot.ingest.names import name_key
from coachbot.ingest.raw import Source
from coachbot.ingest.readers.grammar import (
    Line,
    Stamped,
    is_notice,
    is_section,
    name_first,
    stamp_first,
    stamp_only,
)


@dataclass
class Script:
    """The lines of a text, and what each of them could be (by position)."""

    lines: list[Line]
    only: dict[int, Stamped] = field(default_factory=dict)
    front: dict[int, Stamped] = field(default_factory=dict)
    back: dict[int, Stamped] = field(default_factory=dict)
    bare: dict[int, str] = field(default_factory=dict)
    labels: Labels = field(default_factory=lambda: Labels(frozenset()))
    after_blank: frozenset[int] = frozenset()
    usable: frozenset[int] = frozenset()
    """Lines that may begin with a label."""


def analyse(lines: list[Line], source: Source) -> Script:
    """Judge all lines; those of the source's known names count as names at once."""
    script = Script(lines)
    blank, after = True, set()
    for n, line in enumerate(lines):
        if not line.text or line.rule:
            blank = True
            continue
        if blank:
            after.add(n)
        blank = False
        if (found := stamp_only(line.text)) is not None:
            script.only[n] = found
        elif (found := stamp_first(line.text)) is not None:
            script.front[n] = found
        elif (found := name_first(line.text)) is not None:
            script.back[n] = found
    script.after_blank = frozenset(after)
    _keep_back(script, source)
    _find_labels(script, source)
    _keep_front(script)
    _find_bare_names(script)
    return script


def _keep_back(script: Script, source: Source) -> None:
    """Keep the `Name 0:12` lines that look like the style of the file and not like speech."""
    known = {name_key(k) for k in source.known}
    counts = Counter(name_key(b.name) for b in script.back.values())
    kept = {}
    for n, found in script.back.items():
        key, again = name_key(found.name), counts[name_key(found.name)] >= 2
        strong = key in known or shape(found.name) == "strong"
        if found.rest and not found.sure:
            ok = strong and (again or script.lines[n].marked)
        else:
            ok = strong or again
        if ok:
            kept[n] = found
    words = sum(1 for line in script.lines if line.text)
    repeated = any(counts[name_key(b.name)] >= 2 for b in kept.values())
    script.back = kept if repeated or len(kept) >= 0.2 * words else {}


def _find_labels(script: Script, source: Source) -> None:
    """The `Name:` labels, among the lines that may have one."""
    rest_of = {n: f.rest for n, f in script.front.items()}
    usable: dict[int, str] = {}
    for n, line in enumerate(script.lines):
        if n in script.only or n in script.back or not line.text or line.rule or is_notice(line.text):
            continue
        usable[n] = rest_of.get(n, line.text)
    labelled = [n for n in usable if looks_labelled(usable[n])]
    marked = [n for n in labelled if script.lines[n].marked]
    if len(marked) >= 2 and len(marked) >= 0.5 * len(labelled):
        usable = {n: usable[n] for n in marked}
    elif sum(1 for n in labelled if not script.lines[n].bullet) >= 2:
        usable = {n: text for n, text in usable.items() if not script.lines[n].bullet}
    usable = {n: t for n, t in usable.items() if not t.startswith(("[ ]", "[x]"))}
    script.usable = frozenset(usable)
    known = [*source.known, *(b.name for b in script.back.values())]
    if len(script.back) > sum(1 for n in usable if n not in script.front and looks_labelled(usable[n])) / 2:
        # `Name 0:12` is the style: a colon in what follows is only a colon, unless a known name stands there.
        names = {name_key(k) for k in known}
        script.labels = Labels(frozenset(names))
        return
    order = list(usable)
    after = frozenset(at for at, n in enumerate(order) if n in script.after_blank)
    labels = find_labels([usable[n] for n in order], known=known, after_blank=after)
    script.labels = Labels(labels.names - {k for k in labels.names if is_section(k)}, labels.on_every_line)


def _keep_front(script: Script) -> None:
    """`0:12 rest`: keep it where the style of the file is to begin lines with a time."""
    lines = sum(
        1 for n, line in enumerate(script.lines) if line.text and not line.rule and n not in script.only
    )
    labelled = sum(1 for f in script.front.values() if script.labels.split(f.rest))
    if not labelled and len(script.front) < max(2, 0.2 * lines):
        script.front = {}
    elif labelled:
        script.front = {n: f for n, f in script.front.items() if f.sure or script.labels.split(f.rest)}


def _find_bare_names(script: Script) -> None:
    """Names on a line of their own: beside a time, or above each block of speech."""
    texts = {n: f.rest for n, f in script.front.items() if not script.labels.split(f.rest)}
    counts = Counter(name_key(t) for t in texts.values())
    ends = [n for n in texts if counts[name_key(texts[n])] >= 2 or script.front[n].sure]
    named = {
        n: texts[n] for n in ends if shape(texts[n]) == "strong" and not texts[n].endswith((".", "?", "!"))
    }
    if len(named) >= 2 and any(counts[name_key(t)] >= 2 for t in named.values()):
        script.bare = named
        return
    if script.labels.names or script.back:
        return
    order = [n for n, line in enumerate(script.lines) if line.text and not line.rule]
    lone = {n: script.lines[n].text for n in order if n not in script.only and n not in script.front}
    lone = {n: t for n, t in lone.items() if len(t) <= 60 and shape(t) == "strong" and t[-1] not in ".?!,"}
    counts = Counter(name_key(t) for t in lone.values())
    above = {n for n, following in pairwise(order) if following in script.only}
    below = {n for before, n in pairwise(order) if before in script.only}
    for places in (above, below, set(script.after_blank)):
        here = {n: t for n, t in lone.items() if n in places}
        again = [n for n, t in here.items() if counts[name_key(t)] >= 2]
        # Names that come once are names where most of such lines hold one that comes again.
        if len(again) >= 2 and len(again) >= 0.6 * len(places):
            script.bare = here
            return
