"""SRT: the subtitle format that nearly every tool writes."""

from __future__ import annotations

from coachbot.ingest.raw import Raw, Source
from coachbot.ingest.readers.timed import ARROW, parse_blocks, to_raw


class Srt:
    """SubRip, and WebVTT whose first line is missing."""

    id = "srt"
    label = "SubRip"
    hint = "subtitles of most tools"
    extensions: tuple[str, ...] = (".srt",)

    def sniff(self, source: Source) -> float:
        """A timing line with an arrow near the start."""
        if source.is_json or not source.text:
            return 0.0
        if any(ARROW.match(line) for line in source.text[:20000].split("\n")[:200]):
            return 0.9
        return 0.15 if source.path.suffix.lower() == ".srt" else 0.0

    def read(self, source: Source) -> Raw:
        """Numbered cues."""
        return to_raw(parse_blocks(source.text.split("\n"), ARROW), source, kind="SRT")
