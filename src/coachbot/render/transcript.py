"""A transcript as something to read or to hand on: text, WebVTT, Markdown, JSON."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from coachbot.model.transcript import Cue, Participant, Side, Transcript, Turn

TRANSCRIPT_FORMATS = ("txt", "vtt", "markdown", "json")


def render_transcript(transcript: Transcript, form: str) -> str:
    """The transcript as text of that form, one of TRANSCRIPT_FORMATS. Doubtful words are underlined."""
    if form == "json":
        return transcript.model_dump_json(indent=1) + "\n"
    return {"vtt": _vtt, "markdown": _markdown, "txt": _text}[form](transcript)


def _text(transcript: Transcript) -> str:
    lines = [transcript.title, ""]
    lines += [f"[{_clock(t.start_s)}] {_name(t)}: {t.text}" for t in transcript.turns]
    return "\n".join(lines) + "\n"


def _markdown(transcript: Transcript) -> str:
    lines = [f"# {_escape(transcript.title)}", ""]
    if transcript.participants:
        lines += [f"Participants: {', '.join(_person(p) for p in transcript.participants)}", ""]
    for warning in transcript.warnings:
        lines += [f"> {_escape(warning)}", ""]
    for turn in transcript.turns:
        words = _underlined(turn, 0, len(turn.text))
        lines += [f"[{_clock(turn.start_s)}] **{_escape(_name(turn))}:** {words}", ""]
    return "\n".join(lines).rstrip() + "\n"


def _person(person: Participant) -> str:
    if person.side is Side.UNKNOWN:
        return _escape(person.name)
    inferred = ", inferred" if person.side_source == "inferred" else ""
    return f"{_escape(person.name)} ({person.side.value}{inferred})"


def _vtt(transcript: Transcript) -> str:
    parts = ["WEBVTT", ""]
    for turn in transcript.turns:
        for cue, start, end in _cues(turn):
            words = _underlined(turn, start, end, plain=True)
            voice = f"<v {_voice(turn.speaker)}>" if turn.speaker else ""
            stop = cue.end_s if cue.end_s is not None else (turn.end_s or cue.start_s)
            parts += [
                f"{_stamp(cue.start_s)} --> {_stamp(max(stop, cue.start_s + 0.001))}",
                voice + words,
                "",
            ]
    return "\n".join(parts)


def _cues(turn: Turn) -> Iterator[tuple[Cue, int, int]]:
    cues = turn.cues or (Cue(start_s=turn.start_s or 0.0, end_s=turn.end_s, offset=0),)
    for n, cue in enumerate(cues):
        end = cues[n + 1].offset if n + 1 < len(cues) else len(turn.text)
        yield cue, cue.offset, end


def _underlined(turn: Turn, start: int, end: int, *, plain: bool = False) -> str:
    """Part of a turn's text, escaped, with its doubtful words between <u> and </u>."""
    escape = (lambda text: html.escape(text, quote=False)) if plain else _escape
    out, at = [], start
    for doubt in turn.uncertain:
        first, last = max(start, doubt.start), min(end, doubt.end)
        if first < last and first >= at:
            part = turn.text[first:last]
            core = part.strip()
            lead, tail = part[: len(part) - len(part.lstrip())], part[len(part.rstrip()) :]
            out += [escape(turn.text[at:first]), lead, f"<u>{escape(core)}</u>" if core else "", tail]
            at = last
    out.append(escape(turn.text[at:end]))
    return "".join(out).strip()


def _name(turn: Turn) -> str:
    return turn.speaker or "Unknown speaker"


def _escape(text: str) -> str:
    return re.sub(r"([\\`*_#|])", r"\\\1", html.escape(text, quote=False))


def _voice(name: str) -> str:
    return html.escape(" ".join(name.split()), quote=False)


def _clock(seconds: float | None) -> str:
    whole = int(seconds or 0)
    return f"{whole // 3600:02d}:{whole % 3600 // 60:02d}:{whole % 60:02d}"


def _stamp(seconds: float) -> str:
    milli = round(seconds * 1000)
    return f"{milli // 3_600_000:02d}:{milli // 60_000 % 60:02d}:{milli // 1000 % 60:02d}.{milli % 1000:03d}"
