"""Small words that every form of a recap shares."""

from __future__ import annotations

from datetime import date, datetime

from coachbot.model.claims import Evidence
from coachbot.model.playbook import Playbook
from coachbot.model.recap import Recap


def clock(seconds: float | None) -> str:
    """`12:41`, or `1:02:03` from an hour on; empty where the source has no times."""
    if seconds is None:
        return ""
    whole = int(seconds)
    hours, rest = divmod(whole, 3600)
    minutes, secs = divmod(rest, 60)
    return f"{hours}:{minutes:02d}:{secs:02d}" if hours else f"{minutes:02d}:{secs:02d}"


def many(count: int, one: str) -> str:
    """A count with its noun: "1 call", "2,000 calls"."""
    return f"{count:,} {one}" if count == 1 else f"{count:,} {one}s"


def chip(evidence: Evidence) -> str:
    """Where a quote is: its time (or its turn) and speaker."""
    where = clock(evidence.start_s) or f"turn {evidence.turn + 1}"
    return f"{where} {evidence.speaker}" if evidence.speaker else where


def day(text: str | None) -> str:
    """`Thu 12 Mar 2026` from an ISO date; a text that is none stays as it is."""
    if not text:
        return ""
    try:
        date_ = date.fromisoformat(text)
    except ValueError:
        return text
    return f"{date_:%a} {date_.day} {date_:%b %Y}"


def call_date(recap: Recap) -> str:
    """The call's date in words, or nothing."""
    return day(datetime.fromisoformat(recap.call.date).date().isoformat()) if recap.call.date else ""


def label(recap_id: str) -> str:
    """A readable form of an id that has no label of its own."""
    return recap_id.replace("_", " ")


def quotes_of(recap: Recap) -> list[Evidence]:
    """Every piece of evidence that the recap shows."""
    found: list[Evidence] = []
    for line in recap.summary:
        found += line.evidence
    for result in recap.fields.values():
        for item in result.items:
            found += item.evidence
    for group in (recap.stakeholders, recap.objections, recap.next_steps, recap.stage.exit_criteria):
        for one in group:
            found += one.evidence
    for objection in recap.objections:
        if objection.response:
            found += objection.response.evidence
    return found


def receipt(recap: Recap) -> str:
    """What was read, by what, and how much of it is proven. All counted here."""
    cover = recap.coverage
    proven, unproven = len(quotes_of(recap)), len(recap.unproven)
    model = f" ({recap.engine.model})" if recap.engine.model else ""
    text = (
        f"Read {cover.turns_read:,} of {cover.turns_total:,} turns ({cover.words_total:,} words). "
        f"{proven:,} quotes shown, each found word for word in the call; "
        f"{unproven:,} claims left out as unproven. "
        f"Engine: {recap.engine.name}{model}, {recap.engine.seconds:.1f} s."
    )
    if recap.engine.fallback_from:
        text += f" It stood in for the {recap.engine.fallback_from} engine, which failed."
    return text


def banner(recap: Recap) -> str:
    """What has to be seen first: that another engine stood in, and why. Empty where none did."""
    if not recap.engine.fallback_from:
        return ""
    stood_in = f"The {recap.engine.name} engine stood in for {recap.engine.fallback_from}."
    return recap.warnings[0] if recap.warnings else stood_in


def field_counts(recap: Recap) -> tuple[int, int]:
    """Fields found, and fields of the playbook."""
    return sum(r.state in ("found", "conflicting") for r in recap.fields.values()), len(recap.fields)


def stage_line(recap: Recap, playbook: Playbook) -> str:
    """`Discovery → Qualification (go back)`."""
    names = {s.id: s.name for s in playbook.stages}
    stage = recap.stage
    after = names.get(stage.suggested, stage.suggested)
    if stage.before is None:
        return f"{after} (from this call alone)"
    before = names.get(stage.before, stage.before)
    return {
        "stay": f"{before}: stay",
        "advance": f"{before} → {after}: advance",
        "revert": f"{before} → {after}: go back",
    }[stage.direction]
