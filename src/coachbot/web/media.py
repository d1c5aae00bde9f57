"""Recordings over HTTP: what kind a file is, and the part of it that a browser asks for."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from fastapi import HTTPException, Request
from fastapi.responses import Response, StreamingResponse

from coachbot.store import Store

KINDS = {
    ".aac": "audio/aac",
    ".aif": "audio/aiff",
    ".aiff": "audio/aiff",
    ".flac": "audio/flac",
    ".amr": "audio/amr",
    ".au": "audio/basic",
    ".avi": "video/x-msvideo",
    ".caf": "audio/x-caf",
    ".3gp": "video/3gpp",
    ".m4a": "audio/mp4",
    ".m4b": "audio/mp4",
    ".m4v": "video/mp4",
    ".mka": "audio/x-matroska",
    ".mpeg": "video/mpeg",
    ".mpg": "video/mpeg",
    ".mpga": "audio/mpeg",
    ".mkv": "video/x-matroska",
    ".mov": "video/quicktime",
    ".mp3": "audio/mpeg",
    ".mp4": "video/mp4",
    ".oga": "audio/ogg",
    ".ogg": "audio/ogg",
    ".opus": "audio/ogg",
    ".wav": "audio/wav",
    ".weba": "audio/webm",
    ".webm": "video/webm",
    ".wma": "audio/x-ms-wma",
}
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


def is_audio(name: str) -> bool:
    """Whether a file of that name is a recording."""
    return PurePosixPath(name.lower()).suffix in KINDS


def recording(request: Request, store: Store, sha: str, name: str) -> Response:
    """The file or the range of it that was asked for (206); 416 for a range outside of it."""
    kind = KINDS.get(PurePosixPath(name.lower()).suffix)
    if kind is None:
        raise HTTPException(404, "This call came as a transcript: there is no recording.")
    size = store.files.size(sha)
    headers = {"accept-ranges": "bytes", "etag": f'"{sha[:32]}"', "cache-control": "private, max-age=3600"}
    asked = request.headers.get("range")
    if request.headers.get("if-range", headers["etag"]) != headers["etag"]:
        asked = None
    span = _span(asked, size) if asked else None
    if asked and span is None:
        return Response(status_code=416, headers={"content-range": f"bytes */{size}"})
    start, end = span or (0, size)
    headers["content-length"] = str(end - start)
    if span:
        headers["content-range"] = f"bytes {start}-{end - 1}/{size}"
    return StreamingResponse(
        store.files.chunks(sha, start, end),
        status_code=206 if span else 200,
        media_type=kind,
        headers=headers,
    )


def _span(asked: str, size: int) -> tuple[int, int] | None:
    """First byte and the byte after the last; None where the range cannot be served."""
    found = _RANGE.fullmatch(asked.strip())
    if not found or found.group(0) == "bytes=-" or not size:
        return None
    first, last = found.groups()
    if not first:
        start, end = max(0, size - int(last)), size
    else:
        start, end = int(first), min(size, int(last) + 1) if last else size
    return (start, end) if start < end else None


_MARKS = (
    b"RIFF",
    b"ID3",
    b"OggS",
    b"fLaC",
    b"\x1aE\xdf\xa3",
    b"FORM",
    b".snd",
    b"caff",
    b"#!AMR",
    b"PK\x03\x04",
)
_ASF = b"\x30\x26\xb2\x75"
_REFUSED = (b"\x7fELF", b"MZ", b"%PDF", b"\x89PNG", b"GIF8", b"\xff\xd8\xff", b"\xca\xfe\xba\xbe", b"#!/")
_CONTROL = bytes(set(range(32)) - {9, 10, 12, 13, 27})


def looks_readable(head: bytes) -> bool:
    """Whether a file's first bytes are those of a recording, a Word document or text.

    A coarse sieve at the door: what is really in the file is decided by the readers, from its content.
    """
    if not head or head.startswith(_REFUSED):
        return False
    if head.startswith((*_MARKS, _ASF)) or head[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free"):
        return True
    if head[0] == 0xFF and head[1:2] and head[1] & 0xE0 == 0xE0:  # MPEG audio, ADTS; also a UTF-16 mark
        return True
    if head.startswith((b"\xfe\xff", b"\xef\xbb\xbf")):
        return True
    if head.startswith((b"\x00\x00\x01\xba", b"\x00\x00\x01\xb3")):
        return True
    return len(head.translate(None, _CONTROL)) == len(head)
