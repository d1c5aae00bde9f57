"""Files that are no transcript, told apart by their content, each with a word on what to do instead."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NoReturn

from coachbot.errors import InputError

_AUDIO_STARTS = (
    b"ID3", b"fLaC", b"OggS", b"#!AMR", b"caff", b".snd", b"\x30\x26\xb2\x75", b"\x1a\x45\xdf\xa3",
    b"\x00\x00\x01\xba", b"\x00\x00\x01\xb3", b"FLV\x01", b"\xff\xfb", b"\xff\xf3", b"\xff\xf2", b"\xff\xfa",
    b"\xff\xf1", b"\xff\xf9",
)  # fmt: skip
_OTHERS = (
    (b"%PDF", "this is a PDF; export the transcript as DOCX, VTT or text instead"),
    (b"{\\rtf", "this is an RTF document; save it as DOCX or plain text instead"),
    (
        b"\xd0\xcf\x11\xe0",
        "this is an old or password-protected Office document; save it as DOCX without a password",
    ),
    (b"\x1f\x8b", "this is a gzip archive; unpack it first"),
    (b"7z\xbc\xaf", "this is a 7z archive; unpack it first"),
    (b"Rar!", "this is a RAR archive; unpack it first"),
    (b"\x89PNG", "this is an image; export the transcript as text instead"),
    (b"\xff\xd8\xff", "this is an image; export the transcript as text instead"),
    (b"GIF8", "this is an image; export the transcript as text instead"),
    (b"PK\x05\x06", "this zip archive is empty; export the transcript again"),
)


def is_media(head: bytes) -> bool:
    """Whether a file's first bytes are those of audio or video."""
    if head.startswith(_AUDIO_STARTS):
        return True
    if head[:4] in (b"RIFF", b"RIFX", b"RF64", b"FORM") and head[8:12] in (
        b"WAVE",
        b"AVI ",
        b"AIFF",
        b"AIFC",
    ):
        return True
    return head[4:8] in (b"ftyp", b"moov", b"mdat", b"wide")


def refuse_binary(data: bytes, path: Path) -> None:
    """Raise InputError where the bytes are those of another kind of file."""
    head = data[:64].lstrip(b"\xef\xbb\xbf \t\r\n") if data[:1] != b"\0" else data[:64]
    if is_media(data[:64]):
        raise InputError(
            "this is audio or video, which is not read here; transcribe it first",
            path=path,
        )
    for start, reason in _OTHERS:
        if head.startswith(start):
            raise InputError(reason, path=path)


_MARKUP = re.compile(r"\s*<(!doctype\s|html|head|body|\?xml|tt[\s:>]|svg|sami)", re.IGNORECASE)


def refuse_markup(text: str, path: Path) -> None:
    """Raise InputError for web pages and XML."""
    match = _MARKUP.match(text[:2000])
    if not match:
        return
    if match[1].lower().strip() in ("?xml", "tt", "tt:", "tt>", "svg"):
        raise InputError("this is XML, which is not read; export the transcript as VTT or SRT", path=path)
    raise InputError("this is a web page; export the transcript as text, VTT or DOCX instead", path=path)


_CHAT_TAB = re.compile(r"\d{1,2}:\d{2}:\d{2}\t\s*(?:[^\t]{1,100}:(?:\t|$)|From\s)")
_CHAT_FROM = re.compile(
    r"\d{1,2}:\d{2}(?::\d{2})?(?:\s?[AP]M)?\s+From\s+.{1,100}?(?:\s+to\s+.{1,100}?)?\s*:", re.I
)


def refuse_chat(text: str, path: Path) -> None:
    """Raise InputError for Zoom's chat log: typed messages, not what was said."""
    lines = [line for line in text[:20000].split("\n")[:200] if line.strip()]
    stamped = [line for line in lines if re.match(r"\d{1,2}:\d{2}", line)]
    chat = sum(1 for line in stamped if _CHAT_TAB.match(line[:300]) or _CHAT_FROM.match(line[:300]))
    if chat and chat >= 0.6 * len(stamped) and re.match(r"\d{1,2}:\d{2}", lines[0]):
        refuse_as_chat(path)


def refuse_as_chat(path: Path) -> NoReturn:
    """Raise the InputError that says so."""
    raise InputError(
        "this is a meeting's chat log, not a transcript of what was said; use the audio transcript (.vtt)",
        path=path,
    )
