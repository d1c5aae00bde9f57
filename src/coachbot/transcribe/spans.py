"""Who speaks when: spans of speakers, and the RTTM files that carry them."""

from __future__ import annotations

import math
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from coachbot.errors import InputError

LARGEST = 20_000_000
"""Bytes of an RTTM file; three hours of talk have some 500,000."""


class SpeakerSpan(NamedTuple):
    """`speaker` (any label) talks from `start` to `end`, in seconds. Spans of several may overlap."""

    start: float
    end: float
    speaker: str


def read_rttm(path: Path) -> list[SpeakerSpan]:
    """The speakers' spans of an RTTM file, in order of time.

    The format is that of NIST's Rich Transcription evaluations: `SPEAKER file channel start duration <NA>
    <NA> name <NA> <NA>`, one span a line. Lines of other types and comments (`;;`) are passed over.

    Raises InputError naming the line that is wrong, or where the file holds two recordings or no speaker.
    """
    try:
        if path.stat().st_size > LARGEST:
            raise InputError("this is too large for an RTTM file; name the one of this call", path=path)
        text = path.read_text("utf-8-sig", errors="strict")
    except UnicodeDecodeError:
        raise InputError("this is no text, so no RTTM file; name the one of this call", path=path) from None
    except OSError as error:
        raise InputError(f"the file cannot be read ({error.strerror}); check the path", path=path) from None
    except ValueError as error:
        raise InputError(f"the file cannot be read ({error}); check the path", path=path) from None
    found: list[SpeakerSpan] = []
    recordings: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        parts = line.split()
        if not parts or parts[0].upper() != "SPEAKER":
            continue
        found.append(_span(parts, path, number))
        recordings.setdefault(parts[1], number)
    if len(recordings) > 1:
        names = list(recordings)
        raise InputError(
            f"it speaks of several recordings ({names[0]!r}, {names[1]!r}); keep the lines of this call",
            path=path, line=recordings[names[1]],
        )  # fmt: skip
    if not found:
        raise InputError("no SPEAKER line in it; is it an RTTM file?", path=path)
    return sorted(found)


def _span(parts: list[str], path: Path, number: int) -> SpeakerSpan:
    if len(parts) < 8:
        raise InputError(
            f"a SPEAKER line has at least 8 columns, this has {len(parts)}", path=path, line=number
        )
    try:
        start, length = float(parts[3]), float(parts[4])
    except ValueError:
        start = length = math.nan
    if not (math.isfinite(start) and math.isfinite(length) and start >= 0 and length >= 0):
        raise InputError(
            f"start and duration are seconds, these are {parts[3]!r} and {parts[4]!r}",
            path=path, line=number,
        )  # fmt: skip
    return SpeakerSpan(start, round(start + length, 3), parts[7])


def write_rttm(spans: Iterable[SpeakerSpan], recording: str = "call") -> str:
    """The spans as the text of an RTTM file; white space in names, which RTTM cannot hold, becomes `_`."""
    name = "_".join(recording.split()) or "call"
    return "".join(
        f"SPEAKER {name} 1 {s.start:.3f} {s.end - s.start:.3f} <NA> <NA> "
        f"{'_'.join(s.speaker.split()) or 'unknown'} <NA> <NA>\n"
        for s in spans
    )


def voices_in_order(spans: Iterable[SpeakerSpan], name: str = "Voice") -> list[SpeakerSpan]:
    """The spans with speakers named `Voice 1`, `Voice 2` … in the order in which they first speak."""
    ordered = sorted(spans)
    names: dict[str, str] = {}
    for span in ordered:
        names.setdefault(span.speaker, f"{name} {len(names) + 1}")
    return [span._replace(speaker=names[span.speaker]) for span in ordered]
