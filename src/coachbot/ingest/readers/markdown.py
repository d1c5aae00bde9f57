"""Markdown: `**Name:** text` under a header, as note-taking tools and document exports write it."""

from __future__ import annotations

import re

from coachbot.ingest.clean import clean
from coachbot.ingest.raw import Raw, Source
from coachbot.ingest.readers.grammar import Line, row_line
from coachbot.ingest.readers.script import parse_script

_MARKED = re.compile(r"(?:\*\*|__)[^*_\n]{1,100}(?:\*\*|__)")
_IMAGE = re.compile(r"!\[[^\]\n]{0,300}\]\([^()\n]{0,3000}\)")
_LINK = re.compile(r"\[([^\[\]\n]{1,300})\]\([^()\n]{0,1000}\)")
_ANCHOR = re.compile(r"\s*\{#[^{}\n]{0,100}\}\s*$")
_ESCAPE = re.compile(r"\\([\\`*_{}\[\]()#+.!<>|'\"~-])")
_RULE = re.compile(r"\s{0,3}(?:(?:-\s*){3,}|(?:\*\s*){3,}|(?:_\s*){3,}|={3,})$")
_BULLET = re.compile(r"^\s{0,12}[-*+•]\s+")
_TABLE_RULE = re.compile(r"\|?[\s:|-]{3,}\|[\s:|-]*")


class Markdown:
    """Text with bold names or headings."""

    id = "markdown"
    label = "Markdown"
    hint = (
        "`**Name:** text`, Gemini notes with a transcript, Teams and Meet documents saved as Markdown (.md)"
    )
    extensions: tuple[str, ...] = (".md", ".markdown")

    def sniff(self, source: Source) -> float:
        """Bold at the start of lines, a heading, or the name of the file."""
        if not source.text or source.is_json:
            return 0.0
        head = source.text[:20000].split("\n")[:300]
        bold = sum(
            1 for line in head if _MARKED.match(_IMAGE.sub("", _BULLET.sub("", line, count=1)).lstrip("> "))
        )
        titled = any(re.match(r"#{1,6} \S", line) for line in head)
        named = source.path.suffix.lower() in self.extensions
        return 0.5 if bold >= 2 or named or (titled and bold) else 0.25 if titled else 0.0

    def read(self, source: Source) -> Raw:
        """Turns; InputError for notes about a call."""
        lines = markdown_lines(source.text)
        return parse_script(lines, source)


def markdown_lines(text: str) -> list[Line]:
    """Lines without their mark-up. Front matter becomes `Key: value` lines above a rule."""
    lines: list[Line] = []
    written = text.split("\n")
    front = written[0].strip() == "---" and "---" in (w.strip() for w in written[1:60])
    for number, line in enumerate(written, 1):
        if line.lstrip().startswith(("```", "~~~")):
            line = ""
        if _RULE.fullmatch(line[:200]) and len(line) < 200:
            lines.append(Line(number, "", rule=not (front and number == 1)))
            continue
        lines.append(_line(number, line))
    return lines


def _line(number: int, line: str) -> Line:
    heading = re.match(r"\s{0,3}#{1,6}\s*", line)
    line = line[heading.end() :] if heading else line
    line = re.sub(r"^\s{0,3}(?:>\s?){1,5}", "", line)
    bullet = _BULLET.match(line)
    line = line[bullet.end() :] if bullet else line
    line = _IMAGE.sub("", line).strip()
    if line.startswith("|") and line.count("|") >= 3:
        line = "" if _TABLE_RULE.fullmatch(line[:300]) else row_line(re.split(r"(?<!\\)\|", line.strip("|")))
    marked = line.startswith(("**", "__", "<b>", "<strong>")) or bool(
        re.match(r"\*[^*\s][^*\n]{0,60}:\*", line)
    )
    line = re.sub(r"</?(?:b|strong|i|em|u|span)>|<br\s{0,3}/?>", " ", line) if "<" in line else line
    if marked:
        line = re.sub(r"^(?:\*\*|__)?\*?([^*\n]{1,100}?)(?:\*\*|__|\*)", r"\1 ", line, count=1).replace(
            " :", ":", 1
        )
    line = _LINK.sub(r"\1", line.replace("**", "").replace("__", ""))
    line = _ESCAPE.sub(r"\1", _ANCHOR.sub("", line)).rstrip("\\")
    return Line(number, clean(line), marked=marked, heading=bool(heading), bullet=bool(bullet))
