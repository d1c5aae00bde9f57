"""What WebVTT, SRT and SBV share: blocks of a timing line and lines of text."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from coachbot.errors import InputError
from coachbot.ingest.clean import clean, entities
from coachbot.ingest.clock import clock
from coachbot.ingest.labels import Split, find_labels, shape
from coachbot.ingest.names import name_key
from coachbot.ingest.raw import Raw, RawCue, Source

ARROW = re.compile(r"\s*(-?\d[\w:.,-]{0,30}?)\s*-{1,2}>\s*(-?\d[\w:.,-]{0,30})(?:\s(.*))?$")
COMMA = re.compile(r"\s*(-?\d{1,6}:[\w:.]{1,20}),\s*(-?\d{1,6}:[\w:.]{1,20})\s*()$")

_ID = re.compile(
    r"\d{1,9}(?:\s+\"[^\"]{1,100}\"\s+\(\d{1,20}\))?|[0-9a-fA-F]{8}-[0-9a-fA-F-]{20,30}(?:/\d+(?:-\d+)?)?"
)
_NAMED_ID = re.compile(r"\d{1,9}\s+\"([^\"]{1,100})\"\s+\(\d{1,20}\)\s*")
_TAIL_NAME = re.compile(r"\[([^\[\]]{1,80})\]\s*")
_VOICE = re.compile(r"<v(?:\.[^\s<>]{0,80})?(?:[ \t]([^<>]{0,200}))?>|</v>", re.IGNORECASE)
_TAG = re.compile(
    r"</?(?:c|i|b|u|v|s|em|strong|lang|ruby|rt|font)(?:[.\s][^<>]{0,300})?>|<\d[\d:.]{2,20}>", re.IGNORECASE
)
_BREAK = re.compile(r"<br\s{0,5}/?>", re.IGNORECASE)
_STYLE = re.compile(r"\{\\[^{}]{1,40}\}")
_WORD_STAMP = re.compile(r"<\d{1,2}:\d{2}[\d:.]{0,10}>")


@dataclass
class TimedCue:
    """A block: its times (None where they cannot be right), its lines as written, the line it begins in.

    `speaker` is set where the id or the timing line names one.
    """

    line: int
    start_s: float | None = None
    end_s: float | None = None
    lines: list[str] = field(default_factory=list)
    timed: bool = True
    bad: bool = False
    speaker: str | None = None


def parse_blocks(
    lines: Sequence[str],
    timing: re.Pattern[str],
    *,
    first_line: int = 1,
    is_note: Callable[[str], bool] | None = None,
) -> list[TimedCue]:
    """Cues in the order of the file. Text that has no timing line becomes a cue without times."""
    cues: list[TimedCue] = []
    loose: list[tuple[int, str]] = []
    current: TimedCue | None = None
    in_note = False
    for number, line in enumerate(lines, first_line):
        match = timing.match(line)
        if match:
            identity = loose[-1][1] if loose else ""  # the line above a timing line is its id
            if current is None:
                _keep_loose(cues, loose[:-1])
            elif current.lines and _ID.fullmatch(current.lines[-1].strip()):
                identity = current.lines.pop()  # no empty line stands before it
            loose, in_note = [], False
            current = _timed(number, match[1], match[2])
            named = _NAMED_ID.fullmatch(identity.strip()) or _TAIL_NAME.fullmatch(match[3] or "")
            current.speaker = named[1] if named else None
            cues.append(current)
        elif line == "" or (not line.strip() and current is None):
            _keep_loose(cues, loose)
            loose, current, in_note = [], None, False
        elif current is not None:
            if line.strip() and not (is_note and is_note(line)):
                current.lines.append(line)
        elif in_note or (is_note and not loose and is_note(line)):
            in_note = True
        else:
            loose.append((number, line))
    _keep_loose(cues, loose)
    return cues


def _timed(number: int, start: str, end: str) -> TimedCue:
    start_s, end_s = clock(start), clock(end)
    if start_s is None or end_s is None or end_s < start_s:
        return TimedCue(number, bad=True)
    return TimedCue(number, start_s, end_s)


def _keep_loose(cues: list[TimedCue], loose: Sequence[tuple[int, str]]) -> None:
    lines = [
        line
        for n, (_, line) in enumerate(loose)
        if line.strip() and not (n == 0 and _ID.fullmatch(line.strip()))
    ]
    if lines:
        cues.append(TimedCue(loose[0][0], lines=lines, timed=False))


def to_raw(cues: list[TimedCue], source: Source, *, kind: str) -> Raw:
    """Speech of the cues. Raises InputError where no cue has a time that can be right."""
    timed = [c for c in cues if c.timed]
    bad = [c for c in timed if c.bad]
    raw = Raw()
    if not timed:
        raise InputError(f"there is not one {kind} cue in it; export the transcript again", path=source.path)
    if len(bad) == len(timed):
        raise InputError(
            "no cue has a time that can be right (end before start, or not h:mm:ss); export it again",
            path=source.path,
            line=bad[0].line,
        )
    if bad:
        raw.warnings.append(
            f"{len(bad)} of {len(timed)} cues have times that cannot be right (the first in line "
            f"{bad[0].line}); their words are kept without times."
        )
    loose = [c for c in cues if not c.timed]
    if loose:
        raw.warnings.append(
            f"Text outside the cues (the first in line {loose[0].line}) was kept as speech without times."
        )
    _graph(cues)
    voices = any(_VOICE.search(line) for c in cues for line in c.lines)
    if voices:
        raw.cues = _by_voice(cues)
    elif sum(1 for c in cues if c.speaker) >= 0.5 * len(cues):
        raw.cues = [RawCue(strip_tags(" ".join(c.lines)), c.speaker, c.start_s, c.end_s) for c in cues]
    else:
        raw.cues = _by_label(_name_above(_unroll(cues)), source)
    return raw


def _graph(cues: list[TimedCue]) -> None:
    """Microsoft Graph can put a JSON object into each cue; take speaker and words out of it."""
    for cue in cues:
        if cue.lines and cue.lines[0].startswith("{") and "spokenText" in cue.lines[0]:
            try:
                value = json.loads("\n".join(cue.lines), strict=False)
            except (ValueError, RecursionError):
                continue
            if isinstance(value, dict) and isinstance(value.get("spokenText"), str):
                cue.lines = value["spokenText"].splitlines()
                name = value.get("speakerName")
                cue.speaker = name if isinstance(name, str) and name.strip() else None


def _name_above(cues: list[TimedCue]) -> list[TimedCue]:
    """Where nearly every cue has a name for its first line, that line is the speaker."""
    lone = [c for c in cues if len(c.lines) > 1 and len(c.lines[0]) <= 60 and shape(c.lines[0]) == "strong"]
    counts = Counter(name_key(c.lines[0]) for c in lone)
    repeated = sum(1 for c in lone if counts[name_key(c.lines[0])] > 1)
    if len(lone) < 0.8 * len(cues) or repeated < 0.6 * len(cues):
        return cues
    for cue in lone:
        cue.lines = [f"{cue.lines[0]}: {cue.lines[1]}", *cue.lines[2:]]
    return cues


def strip_tags(line: str) -> str:
    """A caption line without its mark-up."""
    if "<" in line:
        line = _TAG.sub("", _BREAK.sub(" ", line))
    if "{\\" in line:
        line = _STYLE.sub("", line)
    return clean(entities(line))


def _by_voice(cues: list[TimedCue]) -> list[RawCue]:
    found: list[RawCue] = []
    for cue in cues:
        text = "\n".join(cue.lines)
        speaker: str | None = None
        at = 0
        for match in _VOICE.finditer(text):
            found.append(RawCue(strip_tags(text[at : match.start()]), speaker, cue.start_s, cue.end_s))
            speaker, at = (entities(match[1]) if match[1] else None), match.end()
        found.append(RawCue(strip_tags(text[at:]), speaker, cue.start_s, cue.end_s))
    return [c for c in found if c.text]


def _unroll(cues: list[TimedCue]) -> list[TimedCue]:
    """Captions that roll show each line twice; keep it once, when it first appears."""
    stamped = any(_WORD_STAMP.search(line) for c in cues for line in c.lines)
    plain = [replace(c, lines=[t for t in map(strip_tags, c.lines) if t]) for c in cues]
    again = [b for a, b in pairwise(plain) if a.lines and b.lines and b.lines[0] == a.lines[-1]]
    rolling = sum(1 for cue in again if len(cue.lines) > 1)  # not merely the same word said twice
    if not (stamped and again) and not (rolling >= 2 and len(again) >= 0.3 * len(plain)):
        return plain
    before: list[str] = []
    for cue in plain:
        lines, cue.lines = cue.lines, _new_lines(before, cue.lines)
        before = lines or before
    return [c for c in plain if c.lines]


def _new_lines(before: list[str], lines: list[str]) -> list[str]:
    for size in range(min(len(before), len(lines)), 0, -1):
        if before[-size:] == lines[:size]:
            return lines[size:]
    if before and lines and lines[0].startswith(before[-1] + " "):  # a line that grows
        return [lines[0][len(before[-1]) + 1 :], *lines[1:]]
    return lines


def _by_label(cues: list[TimedCue], source: Source) -> list[RawCue]:
    lines = [line for c in cues for line in c.lines]
    starts, at = set(), 0
    for cue in cues:
        starts.add(at)
        at += len(cue.lines)
    labels = find_labels(lines, known=source.known, after_blank=frozenset(starts))
    found: list[RawCue] = []
    texts: list[list[str]] = []
    speaker: str | None = None
    for cue in cues:
        if labels.on_every_line:
            speaker = None
        parts: list[str] | None = None
        for line in cue.lines:
            label = labels.split(line)
            if label is None and line.startswith(">>"):
                label = Split("", line.lstrip("> "))  # a change of speaker, without a name
            if label is not None:
                speaker, line = label.label or None, label.text
                parts = None
            if line in ("-", "–"):
                continue
            if parts is None:
                parts = []
                found.append(RawCue("", speaker, cue.start_s, cue.end_s))
                texts.append(parts)
            parts.append(line)
    for piece, words in zip(found, texts, strict=True):
        piece.text = " ".join(words)
    return found
