"""Plain text: `Name: text`, times before or behind names, Otter, Teams and Meet as text."""

from __future__ import annotations

from coachbot.ingest.raw import Raw, Source
from coachbot.ingest.readers.grammar import row_line
from coachbot.ingest.readers.script import parse_script, to_lines
from coachbot.ingest.refusals import refuse_chat


class PlainText:
    """Whatever text no other reader claims."""

    id = "text"
    label = "Plain text"
    hint = "`Name: text` with or without times; Otter, Teams, Meet, Fathom and Rev text exports"
    extensions: tuple[str, ...] = (".txt", ".text")

    def sniff(self, source: Source) -> float:
        """Any text may be one."""
        return 0.2 if source.text and not source.is_json else 0.0

    def read(self, source: Source) -> Raw:
        """Turns; InputError for chat logs and for notes about a call."""
        refuse_chat(source.text, source.path)
        lines = to_lines(source.text)
        for line, written in zip(lines, source.text.split("\n"), strict=True):
            if 1 <= written.count("\t") <= 5 and (cells := [c for c in written.split("\t") if c.strip()])[1:]:
                line.text = " ".join(row_line(cells).split())
        return parse_script(lines, source)
