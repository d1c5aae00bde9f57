"""SBV: YouTube's older caption format."""

from __future__ import annotations

from coachbot.ingest.raw import Raw, Source
from coachbot.ingest.readers.timed import COMMA, parse_blocks, to_raw


class Sbv:
    """`0:00:01.000,0:00:02.000` above each caption."""

    id = "sbv"
    label = "SBV captions"
    hint = "YouTube captions"
    extensions: tuple[str, ...] = (".sbv",)

    def sniff(self, source: Source) -> float:
        """The first line is a pair of times."""
        if source.is_json or not source.text:
            return 0.0
        first = source.text.lstrip("\ufeff \t\n").split("\n", 1)[0]
        if COMMA.match(first):
            return 0.95
        return 0.15 if source.path.suffix.lower() == ".sbv" else 0.0

    def read(self, source: Source) -> Raw:
        """Captions; they name no speakers unless the text does."""
        return to_raw(parse_blocks(source.text.split("\n"), COMMA), source, kind="SBV")
