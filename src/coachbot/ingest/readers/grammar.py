"""The lines of written transcripts: which are times, which begin a turn, which are nobody's words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from coachbot.ingest.clock import STAMP, clock
from coachbot.ingest.labels import shape
from coachbot.ingest.names import name_key
from coachbot.ingest.vocabulary import COLUMNS, NOTE_HEADINGS


@dataclass(slots=True)
class Line:
    """A line without mark-up. `marked`: it began in bold; `rule`: a horizontal line."""

    number: int
    text: str
    marked: bool = False
    heading: bool = False
    bullet: bool = False
    rule: bool = False


@dataclass(slots=True)
class Stamped:
    """A line that holds a time: where it begins, where it ends, and what stands around it."""

    start_s: float
    end_s: float | None
    name: str = ""
    rest: str = ""
    sure: bool = False
    wall_clock: bool = False


_T = STAMP + r"(?:\s?[AaPp]\.?[Mm]\b\.?)?"
_RANGE = rf"(?P<t>{_T})(?:\s*(?:-{{1,2}}>|[-–—]|to)\s*[\[(]?(?P<u>{_T}))?"
_ONLY = re.compile(rf"[\[(<]?\s*{_RANGE}\s*[\])>]?\s*:?")
_FRONT = re.compile(
    rf"[\[(<]?\s*{_RANGE}(?![\d:])\s*[\])>]?\s*(?P<sep>[-–—|•:]|\t)?\s*(?P<rest>\S.*)", re.DOTALL
)
_BACK = re.compile(
    rf"(?P<name>\S.{{0,78}}?)(?P<gap>\s*[\[(<|–—-]\s*|\s+){_RANGE}(?![\d:])\s*[\])>]?\s*(?P<colon>[:：])?\s*(?P<rest>.*)",
    re.DOTALL,
)


def stamp_only(text: str) -> Stamped | None:
    """A line that is a time, or a pair of times, and nothing else."""
    return _stamped(_ONLY.fullmatch(text)) if text[:1] in "0123456789[(<" and len(text) < 60 else None


def stamp_first(text: str) -> Stamped | None:
    """`[00:01:02] rest`, `0:12 - rest`. `sure` where a mark divides the two."""
    if text[:1] not in "0123456789[(<":
        return None
    match = _FRONT.fullmatch(text)
    found = _stamped(match)
    if found and match:
        found.rest, found.sure = match["rest"], bool(match["sep"]) or text[:1] in "[(<"
    return found


def name_first(text: str) -> Stamped | None:
    """`Name  0:12`, `Name [00:12]: rest`, `[Name] 10:23:45`. `sure` where brackets or a colon stand there."""
    if not any(c.isdigit() for c in text[:120]):
        return None
    match = _BACK.fullmatch(text)
    found = _stamped(match)
    if not found or not match:
        return None
    name = match["name"].strip("*_`").strip()
    bracketed = name[:1] == "[" and name[-1:] == "]"
    found.name = (name[1:-1] if bracketed else name).rstrip(":").strip()
    found.rest = match["rest"]
    found.sure = bracketed or bool(match["colon"]) or match["gap"].strip() in ("[", "(", "<", "|")
    found.wall_clock |= bracketed and found.start_s >= 3600
    return found if ":" not in found.name and shape(found.name) != "none" else None


def _stamped(match: re.Match[str] | None) -> Stamped | None:
    if match is None:
        return None
    start, wall = _moment(match["t"])
    end = _moment(match["u"])[0] if match["u"] else None
    if start is None:
        return None
    return Stamped(start, end if end is not None and end >= start else None, wall_clock=wall)


def _moment(text: str) -> tuple[float | None, bool]:
    bare = re.sub(r"\s?[AaPp]\.?[Mm]\.?$", "", text)
    seconds = clock(bare)
    if bare == text or seconds is None:
        return seconds, False
    if bare.count(":") == 1:  # 10:23 AM is hours and minutes
        seconds *= 60
    hours = seconds // 3600 % 12
    return seconds % 3600 + 3600 * (hours + (12 if text[len(bare) :].strip()[0] in "pP" else 0)), True


_NOTICE = re.compile(
    r"""(?ix)
    this\ (?:editable\ )?transcript\ was\ (?:computer|automatically)\ generated\b.*
    | people\ can\ also\ change\ the\ text\ after\ it\ was\ created\W*
    | (?:transcription|meeting|recording)\ ended\ after\ [\d:]+\W*
    | (?:you\ should\ review|please\ provide\ feedback\ about\ using)\ gemini.*
    | (?P<name>.{1,80})\ (?:(?:started|stopped)\ transcription
      | hat\ die\ transkription\ (?:gestartet|beendet|angehalten)
      | a\ (?:démarré|commencé|arrêté)\ la\ transcription
      | (?:inició|detuvo)\ la\ transcripción
      | (?:iniciou|parou)\ a\ transcrição
      | ha\ (?:avviato|interrotto)\ la\ trascrizione)\W*
    | transcribed\ by\ (?:https?://)?otter\.ai\W*
    | view\ recording\ -\ .*
    | action\ item:.*-\ watch:\ https?://.*
    """
)
_TRANSCRIPT = re.compile(r"(?i)\W*(?:full |call |meeting |the )?(?:transcript|transcription|conversation)\W*")


def is_notice(text: str) -> bool:
    """A line that the exporting product adds: nobody said it."""
    match = _NOTICE.fullmatch(text.strip("*_ ")) if len(text) < 400 else None
    return match is not None and (match["name"] is None or shape(match["name"]) != "none")


def is_section(text: str) -> bool:
    """A heading under which notes about the call stand, not the call."""
    return name_key(text) in NOTE_HEADINGS


def is_transcript_heading(text: str) -> bool:
    """A line that says: here begins the transcript."""
    return len(text) < 60 and _TRANSCRIPT.fullmatch(text) is not None


def row_line(cells: Sequence[str]) -> str:
    """A row of a table as a line: a cell that is a time goes first, then the speaker, then what was said."""
    kept = [c.strip() for c in cells if c.strip()]
    if all(c.casefold() in COLUMNS for c in kept):
        return ""
    times = [c for c in kept if stamp_only(c)]
    words = [c for c in kept if not stamp_only(c)]
    line = (
        f"{words[0]}: {' '.join(words[1:])}"
        if len(words) > 1 and shape(words[0]) != "none"
        else " ".join(words)
    )
    return f"[{times[0]}] {line}" if times else line
