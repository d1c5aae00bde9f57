"""WebVTT: Zoom, Teams, Webex, Google, YouTube and caption tools."""

from __future__ import annotations

import re

from coachbot.errors import InputError
from coachbot.ingest.raw import Raw, Source
from coachbot.ingest.readers.timed import ARROW, parse_blocks, to_raw

_NOTE = re.compile(r"NOTE(?:\s|$)|(?:STYLE|REGION)\s*$")
_HEAD = re.compile(r"(?i)(title|language)\s*[:=]\s*(\S.{0,200})$")


class WebVtt:
    """`Name: text` and `<v Name>` cues, rolling captions, comments and styles."""

    id = "vtt"
    label = "WebVTT"
    hint = "Zoom audio transcript, Teams, Webex, Google Meet and YouTube captions"
    extensions: tuple[str, ...] = (".vtt",)

    def sniff(self, source: Source) -> float:
        """The first word of the file says it; a `.vtt` without it may still hold nothing else."""
        if source.text.lstrip("\ufeff \t\n").startswith("WEBVTT"):
            return 1.0
        return 0.15 if source.path.suffix.lower() == ".vtt" and source.text and not source.is_json else 0.0

    def read(self, source: Source) -> Raw:
        """Cues after the header; its `Language:` line and Teams' language note are taken over."""
        lines = source.text.split("\n")
        at = next((n for n, line in enumerate(lines) if line.strip("\ufeff \t")), 0)
        if not lines[at].lstrip("\ufeff \t").startswith("WEBVTT"):
            raise InputError(
                "the file does not begin with WEBVTT and holds no cues; export it again", path=source.path
            )
        body = at + 1
        while body < len(lines) and lines[body].strip() and not ARROW.match(lines[body]):
            body += 1
        raw = to_raw(
            parse_blocks(
                lines[body:], ARROW, first_line=body + 1, is_note=lambda line: bool(_NOTE.match(line))
            ),
            source,
            kind="WebVTT",
        )
        notes = [line[5:] for line in lines[body : body + 40] if line.startswith("NOTE ")]
        for match in filter(None, map(_HEAD.match, [*lines[at:body], *notes])):
            if match[1].lower() == "language":
                raw.language = raw.language or match[2].strip()
            else:
                raw.title = raw.title or match[2].strip()
        return raw
