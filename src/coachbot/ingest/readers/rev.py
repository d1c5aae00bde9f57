"""Rev: monologues of elements, of its API and of its editor."""

from __future__ import annotations

from collections.abc import Iterator

from coachbot.ingest.clock import Times
from coachbot.ingest.raw import Raw, Source
from coachbot.ingest.readers.shapes import (
    JsonObject,
    Word,
    cues_of_words,
    first,
    obj,
    objects,
    optional,
    speaker_label,
    text_of,
    unwrap,
)


class Rev:
    """`monologues` with a speaker and elements; times in seconds (ts) or as h:mm:ss,fff (timestamp)."""

    id = "rev"
    label = "Rev"
    hint = "transcripts of Rev and Rev AI"
    extensions: tuple[str, ...] = (".json",)

    def sniff(self, source: Source) -> float:
        """Monologues with elements."""
        return 1.0 if any("elements" in m for m in _monologues(source.json)[:5]) else 0.0

    def read(self, source: Source) -> Raw:
        """Cues of the words; spaces between them are elements too."""
        data = obj(source.json)
        names = {str(s.get("id")): optional(s.get("name")) for s in objects(data.get("speakers"))}
        times = Times()
        raw = Raw(language=optional(data.get("language")))
        for monologue in _monologues(source.json):
            identity = monologue.get("speaker")
            info = obj(monologue.get("speaker_info"))
            who = (
                optional(first(info, "display_name", "name"))
                or names.get(str(identity))
                or speaker_label(identity)
            )
            if monologue.get("speaker_name"):
                who = optional(monologue.get("speaker_name")) or who
            raw.cues += cues_of_words(_words(objects(monologue.get("elements")), who, times))
        raw.warnings += times.warnings()
        return raw


def _monologues(value: object) -> list[JsonObject]:
    data = obj(value)
    return objects(data.get("monologues")) or objects(
        obj(unwrap(data, "transcript", "data")).get("monologues")
    )


def _words(elements: list[JsonObject], who: str | None, times: Times) -> Iterator[Word]:
    """The editor writes several words into one element, the API one word and its spaces apart."""
    space = True
    for element in elements:
        value = text_of(element.get("value"))
        if not value.strip():
            space = space or bool(value)
            continue
        start, end = times.span(
            times.seconds(first(element, "ts", "timestamp", "start_ts")),
            times.seconds(first(element, "end_ts", "end_timestamp")),
        )
        yield Word(value, start, end, who, glued=not (space or value[:1].isspace()))
        space = value[-1:].isspace()
