"""All readers, and which of them reads a file. Content decides; a name only breaks ties."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from coachbot.errors import InputError
from coachbot.ingest.clean import listed
from coachbot.ingest.raw import Reader, Source
from coachbot.ingest.readers.assemblyai import AssemblyAi
from coachbot.ingest.readers.aws import AwsCallAnalytics, AwsTranscribe
from coachbot.ingest.readers.deepgram import Deepgram
from coachbot.ingest.readers.docx import Docx
from coachbot.ingest.readers.fireflies import Fireflies
from coachbot.ingest.readers.gong import Gong
from coachbot.ingest.readers.google import GoogleSpeech
from coachbot.ingest.readers.markdown import Markdown
from coachbot.ingest.readers.own import OwnTranscript, PlainTurns
from coachbot.ingest.readers.plain import PlainText
from coachbot.ingest.readers.rev import Rev
from coachbot.ingest.readers.sbv import Sbv
from coachbot.ingest.readers.srt import Srt
from coachbot.ingest.readers.table import Table
from coachbot.ingest.readers.vtt import WebVtt
from coachbot.ingest.readers.whisper import Whisper


class Format(NamedTuple):
    """A line of `coachbot formats`."""

    id: str
    label: str
    hint: str
    extensions: tuple[str, ...]


READERS: tuple[Reader, ...] = (
    WebVtt(),
    Srt(),
    Sbv(),
    Docx(),
    Table(),
    Markdown(),
    PlainText(),
    Gong(),
    Fireflies(),
    AwsTranscribe(),
    AwsCallAnalytics(),
    Deepgram(),
    AssemblyAi(),
    GoogleSpeech(),
    Rev(),
    Whisper(),
    OwnTranscript(),
    PlainTurns(),
)

FORMATS: list[Format] = [Format(r.id, r.label, r.hint, r.extensions) for r in READERS]

EXTENSIONS = frozenset(e for r in READERS for e in r.extensions)


def reader_for(source: Source, readers: Sequence[Reader] = READERS) -> Reader:
    """The reader whose format the content is of. Raises InputError where it is of none."""
    best = max(readers, key=lambda r: r.sniff(source))
    if best.sniff(source) > 0:
        return best
    if not source.is_json:
        raise InputError("this is of no format that coachbot reads; see `coachbot formats`", path=source.path)
    products = ", ".join(r.label for r in readers if ".json" in r.extensions)
    raise InputError(
        f"this JSON is of no known shape ({_seen(source.json)}); known are {products}", path=source.path
    )


def _seen(value: object) -> str:
    if isinstance(value, dict):
        return f"its keys are {listed([str(k) for k in value], 8)}" if value else "it is an empty object"
    if isinstance(value, list):
        inner = next((v for v in value if isinstance(v, dict) and v), None)
        return (
            f"a list of objects with {listed([str(k) for k in inner], 8)}"
            if inner
            else "a list without objects"
        )
    return f"it is a {type(value).__name__}"


_NOT_CALLS = ("readme", "license", "licence", "changelog", "notice", "source.txt", "webhook-data", "~$", ".")


def is_transcript_name(path: Path) -> bool:
    """Whether a file of a folder is worth reading, by its name alone (META files and READMEs are not)."""
    name = path.name.casefold()
    if path.suffix.casefold() not in EXTENSIONS or name.startswith(_NOT_CALLS):
        return False
    return not name.endswith(("meta.json", "chat.txt", ".schema.json", "package.json"))
