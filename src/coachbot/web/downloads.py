"""A call's transcript and recap as files."""

from __future__ import annotations

from coachbot.model.playbook import Playbook
from coachbot.model.recap import Recap
from coachbot.model.transcript import Transcript, Turn
from coachbot.render.words import call_date, clock, day, stage_line

TRANSCRIPT_TYPES = {
    "txt": "text/plain; charset=utf-8",
    "vtt": "text/vtt; charset=utf-8",
    "md": "text/markdown; charset=utf-8",
    "json": "application/json",
}
RECAP_TYPES = {
    "md": "text/markdown; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "txt": "text/plain; charset=utf-8",
    "json": "application/json",
}
_LAST_CUE_S = 5.0
"""How long a turn is shown whose end nobody knows and that no other follows."""


def transcript_as(transcript: Transcript, form: str) -> str:
    """The transcript as `txt`, `vtt`, `md` or `json`. A call without times gives a WebVTT without cues."""
    if form == "json":
        return transcript.model_dump_json(indent=1)
    if form == "vtt":
        return _vtt(transcript)
    if form == "md":
        lines = (f"**{_md(_who(t))}**{_at(t)}: {_md(t.text)}" for t in transcript.turns)
        return f"# {_md(transcript.title)}\n\n" + "\n\n".join(lines) + "\n"
    return "\n".join(f"{f'[{clock(t.start_s)}] ' if t.start_s is not None else ''}{_who(t)}: {t.text}"
                     for t in transcript.turns) + "\n"  # fmt: skip


def crm_note(recap: Recap, playbook: Playbook) -> str:
    """The recap as plain text for a field of a CRM: what was found, without quotes."""
    lines = [f"{recap.call.title} ({call_date(recap)})" if recap.call.date else recap.call.title]
    lines.append(stage_line(recap, playbook))
    for spec in playbook.fields:
        values = [i.value for i in recap.fields[spec.id].items if i.status != "rejected"] if (
            spec.id in recap.fields) else []  # fmt: skip
        if values:
            lines.append(f"{spec.label}: {'; '.join(values)}")
    for step in recap.next_steps:
        due = day(step.date) or step.when or "no date"
        lines.append(f"Next step ({step.owner}, {due}): {step.what}")
    labels = {o.id: o.label for o in playbook.objections}
    lines += [f"Objection, {labels.get(o.category, o.category)}: {o.text}" for o in recap.objections]
    return "\n".join(lines) + "\n"


def _who(turn: Turn) -> str:
    return turn.speaker or "Unknown voice"


def _at(turn: Turn) -> str:
    return f" ({clock(turn.start_s)})" if turn.start_s is not None else ""


def _md(text: str) -> str:
    plain = " ".join(text.split())
    for mark in "\\`*_[]<>|#~&":
        plain = plain.replace(mark, f"\\{mark}")
    return plain


def _vtt(transcript: Transcript) -> str:
    cues = ["WEBVTT"]
    timed = [t for t in transcript.turns if t.start_s is not None]
    for turn, after in zip(timed, [*timed[1:], None], strict=True):
        start = turn.start_s or 0.0
        following = after.start_s if after and after.start_s is not None else start + _LAST_CUE_S
        end = turn.end_s if turn.end_s is not None and turn.end_s > start else max(following, start + 0.001)
        said = turn.text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        voice = _who(turn).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        cues.append(f"{_stamp(start)} --> {_stamp(end)}\n<v {voice}>{' '.join(said.split())}</v>")
    return "\n\n".join(cues) + "\n"


def _stamp(seconds: float) -> str:
    whole = round(seconds * 1000)
    return f"{whole // 3_600_000:02d}:{whole // 60_000 % 60:02d}:{whole // 1000 % 60:02d}.{whole % 1000:03d}"
