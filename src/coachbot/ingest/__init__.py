"""Transcripts of every common product, read into one type.

Content decides which format a file is of, its name does not. Whatever cannot be read ends in InputError with
one line for the user; whatever is odd but readable ends up as a sentence in `Transcript.warnings`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from coachbot.errors import InputError
from coachbot.ingest.assemble import assemble
from coachbot.ingest.infer import infer_sides
from coachbot.ingest.meta import meta_of, read_meta
from coachbot.ingest.opening import open_source
from coachbot.ingest.refusals import is_media
from coachbot.ingest.registry import FORMATS, Format, is_transcript_name, reader_for
from coachbot.model.transcript import CallMeta, Transcript

__all__ = [
    "FORMATS",
    "Format",
    "infer_sides",
    "is_media",
    "is_transcript_name",
    "meta_of",
    "read_meta",
    "read_transcript",
]


def read_transcript(
    path: Path | str, meta: CallMeta | None = None, *, own_people: Sequence[str] = ()
) -> Transcript:
    """The call in a transcript file of any format in FORMATS.

    `meta` is what the user knows of the call: names, sides, title and date in it win over the source's.
    `own_people` holds names, e-mail addresses, domains or company names of the selling side. Sides that
    neither of them gives are taken from the source, else inferred from what is said, else left unknown.
    Times are seconds from the start of the call, None where the source has none.

    Raises InputError (one line, naming the file) for what is no transcript or is damaged.
    """
    path = Path(path)
    known = tuple(p.name for p in meta.participants) if meta else ()
    source, warnings = open_source(path, known=known)
    reader = reader_for(source)
    try:
        raw = reader.read(source)
        return assemble(raw, source, reader.id, meta=meta, own_people=own_people, warnings=warnings)
    except RecursionError:
        raise InputError("the file is nested too deeply to be a transcript", path=path) from None
