"""Written transcripts: turns told by names and times at the start of lines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from coachbot.errors import InputError
from coachbot.ingest.clean import clean
from coachbot.ingest.labels import looks_labelled
from coachbot.ingest.names import name_key
from coachbot.ingest.raw import Raw, RawCue, Source
from coachbot.ingest.readers.grammar import (
    Line,
    Stamped,
    is_notice,
    is_section,
    is_transcript_heading,
    name_first,
    stamp_first,
    stamp_only,
)
from coachbot.ingest.readers.header import key_of, read_header
from coachbot.ingest.readers.style import Script, analyse


@dataclass(slots=True)
class _Event:
    """What a line does: begin a turn, tell the time, or go on."""

    text: str
    starts: bool = False
    speaker: str | None = None
    stamp: Stamped | None = None


def parse_script(lines: list[Line], source: Source) -> Raw:
    """Turns, header and notices of a written transcript; `cues` is empty where it has none."""
    raw = Raw()
    begin = _begin(lines)
    script = analyse(lines[begin:], source)
    events = _events(script)
    first = next((n for n, e in enumerate(events) if e is not None and (e.starts or e.stamp)), None)
    if first is None:
        first = _after_header(script)
    _refuse_notes(script, events, source)
    unread = read_header([*lines[:begin], *script.lines[:first]], raw)
    if sum(len(line.text.split()) for line in unread) > 25:
        raw.warnings.append(
            f"What stands above the first turn (lines {unread[0].number} to {unread[-1].number}) "
            "was not read as speech."
        )
    notes = _notes(script, events, first)
    if notes:
        raw.warnings.append(f"Notes from line {script.lines[min(notes)].number} on were not read as speech.")
    _walk(script, [None if n < first or n in notes else e for n, e in enumerate(events)], raw)
    return raw


def _begin(lines: Sequence[Line]) -> int:
    """The position of the heading `Transcript`; without one, 0. Far down only a real heading counts."""
    filled = 0
    for n, line in enumerate(lines):
        filled += bool(line.text)
        if is_transcript_heading(line.text) and (line.heading or line.marked or filled <= 15):
            rest = [x.text for x in lines[n + 1 : n + 40] if x.text][:12]
            if any(looks_labelled(t) or stamp_first(t) or name_first(t) or stamp_only(t) for t in rest):
                return n
    return 0


def _refuse_notes(script: Script, events: Sequence[_Event | None], source: Source) -> None:
    """Raise InputError for notes of headings and lists, and for captions without a cue."""
    filled = [line for line in script.lines if line.text]
    listed = sum(1 for line in filled if line.bullet)
    headed = sum(1 for line in filled if line.heading)
    turns = [e for e in events if e is not None and e.starts and e.speaker]
    timed = any(e.stamp for e in events if e is not None)
    document = headed >= 3 or listed >= 0.3 * len(filled)
    few = len(turns) < 0.25 * len(filled)
    if filled and not timed and few and (document or (headed and not turns)):
        raise InputError(
            "these are notes, not a transcript: hardly a line begins with a speaker's name; "
            "export the transcript itself",
            path=source.path,
        )
    if not turns and not timed and source.path.suffix.lower() in (".vtt", ".srt", ".sbv"):
        raise InputError("there is not one caption with a time in it; export it again", path=source.path)


def _events(script: Script) -> list[_Event | None]:
    """One event a line; None for empty lines, rules and notices."""
    events: list[_Event | None] = []
    for n, line in enumerate(script.lines):
        if not line.text or line.rule or is_notice(line.text):
            events.append(None)
            continue
        stamp = script.front.get(n)
        text = stamp.rest if stamp else line.text
        label = script.labels.split(text) if n in script.usable else None
        if n in script.only:
            events.append(_Event("", stamp=script.only[n]))
        elif n in script.back:
            found = script.back[n]
            events.append(_Event(found.rest, True, found.name, found))
        elif n in script.bare:
            events.append(_Event("", True, script.bare[n], stamp))
        elif label is not None and not (line.marked and not label.text and is_section(label.label)):
            behind = stamp_first(label.text) if stamp is None and label.text[:1] in ("[", "(") else None
            events.append(_Event(behind.rest if behind else label.text, True, label.label, stamp or behind))
        elif stamp is not None:
            goes_on = bool(script.labels.names or script.bare) and not script.labels.on_every_line
            events.append(_Event(stamp.rest, not goes_on, None, stamp))
        else:
            events.append(_Event(line.text))
    return _without_header_keys(script, events)


def _without_header_keys(script: Script, events: list[_Event | None]) -> list[_Event | None]:
    """`Date: …` and its like above the first turn are no turns, nor is what shares their block."""
    counts = Counter(name_key(e.speaker) for e in events if e and e.starts and e.speaker)
    first = next(
        (n for n, e in enumerate(events) if e and e.speaker and counts[name_key(e.speaker)] >= 2), None
    )
    if first is None:
        return events
    rules = [
        n for n, line in enumerate(script.lines[:first]) if line.rule or is_transcript_heading(line.text)
    ]
    end = rules[-1] if rules else _block_end(script, first)
    for n, event in enumerate(events[:end]):
        if event is not None:
            events[n] = _Event(script.lines[n].text)
    return events


def _block_end(script: Script, first: int) -> int:
    """Where the blocks end that hold lines such as `Date: …`."""
    end, begin = 0, 0
    for n in range(first + 1):
        if n == first or n in script.after_blank:
            if any(key_of(line.text) for line in script.lines[begin:n] if line.text):
                end = n
            begin = n
    return end


def _after_header(script: Script) -> int:
    """Without names or times: the lines before the last one that describes the call are its header."""
    keys = [
        n for n, line in enumerate(script.lines[:40]) if line.text and (key_of(line.text) or line.heading)
    ]
    return keys[-1] + 1 if keys else 0


def _notes(script: Script, events: Sequence[_Event | None], first: int) -> set[int]:
    """Positions of lines in sections such as `Call notes`; the next heading or turn ends one."""
    inside = False
    found = set()
    for n in range(first, len(events)):
        event, line = events[n], script.lines[n]
        if event is None:
            continue
        if event.starts and not line.bullet:
            inside = False
        elif not event.starts and not event.stamp:
            apart = line.heading or line.marked or n in script.after_blank
            if apart and is_section(event.text.rstrip(":")):
                inside = True
            elif line.heading:
                inside = False
        if inside:
            found.add(n)
    return found


def _walk(script: Script, events: Sequence[_Event | None], raw: Raw) -> None:
    """Fill `raw.cues`."""
    texts: list[list[str]] = []
    pending: Stamped | None = None
    speaker: str | None = None
    begun = False
    named = bool(script.labels.names or script.back or script.bare)
    for event, line in zip(events, script.lines, strict=True):
        if event is None or (line.heading and not event.starts and not event.stamp):
            continue
        if not event.starts and event.stamp is not None and not event.text:
            pending, begun = event.stamp, False
        elif event.starts or event.stamp is not None or not begun or not named:
            speaker = event.speaker if event.starts else speaker if named else None
            stamp, pending, begun = event.stamp or pending, None, True
            start, end = (stamp.start_s, stamp.end_s) if stamp else (None, None)
            raw.cues.append(RawCue("", speaker, start, end))
            texts.append([event.text])
        else:
            texts[-1].append(event.text)
    for cue, parts in zip(raw.cues, texts, strict=True):
        cue.text = " ".join(parts)
    _from_the_first(script, raw)


def _from_the_first(script: Script, raw: Raw) -> None:
    """Times of day become seconds from the first one."""
    stamps = [*script.only.values(), *script.front.values(), *script.back.values()]
    times = [c.start_s for c in raw.cues if c.start_s is not None]
    if not times or not (any(s.wall_clock for s in stamps) or times[0] >= 4 * 3600):
        return
    day, zero = 24 * 3600, times[0]
    for cue in raw.cues:
        if cue.start_s is not None:
            cue.start_s = round((cue.start_s - zero) % day, 3)
        if cue.end_s is not None:
            cue.end_s = round((cue.end_s - zero) % day, 3)
    raw.warnings.append("The source holds times of day; times are counted from its first line.")


def to_lines(text: str) -> list[Line]:
    """The lines of plain text."""
    return [Line(n, clean(line)) for n, line in enumerate(text.split("\n"), 1)]
