"""From what was recognised to a transcript: nothing invented, nothing twice, everybody by name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from coachbot.model.transcript import CallMeta, Source, Transcript
from coachbot.transcribe.assign import assign
from coachbot.transcribe.audio import clock
from coachbot.transcribe.bleed import Side, without_bleed
from coachbot.transcribe.clean import Removal, clean
from coachbot.transcribe.correct import Correction, correct, sentence
from coachbot.transcribe.cover import INAUDIBLE, by_voice, cover
from coachbot.transcribe.glossary import Term
from coachbot.transcribe.sides import list_voices, name_channels
from coachbot.transcribe.sound import Sound
from coachbot.transcribe.spans import SpeakerSpan
from coachbot.transcribe.turns import build_turns
from coachbot.transcribe.vad import Span
from coachbot.transcribe.words import LANGUAGE, Segment


@dataclass(frozen=True, slots=True)
class Recording:
    """All that became of a recording: the transcript, and what it was made from.

    `segments` are what the transcript says, `speech` the spans of each channel in which somebody speaks,
    `removed` the text that was taken out, `corrected` what the glossary changed, and `duration` the length in
    seconds.
    """

    transcript: Transcript
    segments: tuple[Segment, ...]
    speech: dict[int, tuple[Span, ...]]
    removed: tuple[Removal, ...]
    corrected: tuple[Correction, ...]
    duration: float


def assemble(
    path: Path,
    meta: CallMeta | None,
    sound: Sound,
    heard: Sequence[Side],
    voices: Sequence[SpeakerSpan] = (),
    terms: Sequence[Term] = (),
) -> Recording:
    """What became of the channels that were `heard`; `voices` say who speaks when on a single one."""
    sides, crosstalk = without_bleed(heard, sound.levels)
    numbers = [n for n in sound.numbers if n is not None]
    names, people, notes = name_channels(numbers, meta) if numbers else ({}, *list_voices(voices, meta))
    segments: list[Segment] = []
    removed: list[Removal] = []
    corrected: list[Correction] = []
    for side in sides:
        kept, gone = clean(side.segments, side.speech)
        removed += gone
        if terms:
            kept, changes = correct(kept, terms)
            corrected += (replace(c, channel=side.channel) for c in changes)
        speaker = names.get(side.channel)
        kept = [replace(s, channel=side.channel, speaker=speaker or s.speaker) for s in kept]
        if voices and not numbers:
            kept = assign(kept, voices)
        covered = cover(kept, side.speech, side.channel, speaker)
        if voices and not numbers:
            covered = [piece for s in covered for piece in by_voice(s, voices)]
        segments += covered
    segments.sort(key=lambda s: (s.start, s.channel))
    if crosstalk:
        notes.append(f"Crosstalk: {crosstalk} words that both channels picked up were kept once.")
    transcript = Transcript(
        id=sound.sha256[:12],
        title=(meta.title if meta and meta.title else None) or path.stem or "call",
        date=meta.date if meta else None,
        language=_main_language(segments),
        participants=tuple(people),
        turns=build_turns(segments),
        source=Source(format=f"audio:{sound.format}", sha256=sound.sha256, name=path.name),
        warnings=tuple(dict.fromkeys([*sound.warnings, *notes, *_about(segments, removed, corrected)])),
    )
    spoken = {side.channel: side.speech for side in sides}
    return Recording(transcript, tuple(segments), spoken, tuple(removed), tuple(corrected), sound.duration)


def _about(
    segments: Sequence[Segment], removed: Sequence[Removal], corrected: Sequence[Correction]
) -> list[str]:
    notes = []
    lost = [s for s in segments if s.text == INAUDIBLE and not s.words]
    if lost:
        seconds = sum(s.end - s.start for s in lost)
        notes.append(
            f"{seconds:.0f} seconds of speech gave no words (the first at {clock(lost[0].start)}); "
            f"they are marked {INAUDIBLE}."
        )
    guessed = [s for s in segments if LANGUAGE in (s.uncertain or "")]
    if guessed:
        spoken = ", ".join(dict.fromkeys(s.language for s in guessed if s.language))
        notes.append(
            f"The language ({spoken}) was not heard surely from {clock(guessed[0].start)} on; if it is "
            "another one, name it with --language."
        )
    if removed:
        words = sum(len(r.text.split()) for r in removed)
        first = clock(min(r.start for r in removed))
        notes.append(f"{words} words that the recogniser invented were removed (the first at {first}).")
    changes = sentence(corrected)
    if changes:
        notes.append(changes)
    return notes


def _main_language(segments: Sequence[Segment]) -> str | None:
    seconds: Counter[str] = Counter()
    for segment in segments:
        if segment.language:
            seconds[segment.language] += max(1, round(segment.end - segment.start))
    return seconds.most_common(1)[0][0] if seconds else None
