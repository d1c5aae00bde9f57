"""A recap in the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from coachbot.model.claims import Evidence
from coachbot.model.playbook import Playbook
from coachbot.model.recap import Recap
from coachbot.render.words import (
    banner,
    call_date,
    chip,
    clock,
    day,
    field_counts,
    label,
    receipt,
    stage_line,
)

ACCENT = "cyan"
STYLE = {"advance": "green", "stay": "yellow", "revert": "red"}


def show(recap: Recap, playbook: Playbook, console: Console) -> None:
    """Print the recap."""
    console.print(_header(recap, playbook))
    if text := banner(recap):
        console.print(Panel(Text(text), border_style="yellow", style="yellow"))
    for title, body in (
        ("In short", _summary(recap)),
        ("Fields", _fields(recap, playbook)),
        ("People", _people(recap, playbook)),
        ("Objections", _objections(recap, playbook)),
        ("Next steps", _next_steps(recap)),
        ("Stage", _stage(recap, playbook)),
        ("Risks", _risks(recap)),
        ("Notes", _warnings(recap)),
    ):
        if body is not None:
            console.print()
            console.print(Text(title, style=f"bold {ACCENT}"))
            console.print(Padding(body, (0, 0, 0, 2)))
    console.print()
    console.print(Text(receipt(recap), style="dim"))


def _header(recap: Recap, playbook: Playbook) -> Panel:
    call = recap.call
    facts = [x for x in (call_date(recap), clock(call.duration_s) and f"{clock(call.duration_s)} long") if x]
    facts.append(f"playbook {playbook.name} {playbook.version}")
    people = Table.grid(padding=(0, 2))
    for p in call.participants:
        side = f"{p.side.value}{'' if p.side_source == 'given' else '?'}"
        bar = "█" * round(p.talk_share * 20)
        people.add_row(
            Text(p.name, style="bold"), Text(side), Text(p.title or "", style="dim"),
            Text(f"{p.talk_share:4.0%} {bar}", style=ACCENT),
        )  # fmt: skip
    line = Text(stage_line(recap, playbook), style=f"bold {STYLE[recap.stage.direction]}")
    return Panel(
        Group(Text(" · ".join(facts), style="dim"), Text(), people, Text(), line),
        title=Text(f" {call.title} ", style="bold"),
        border_style=ACCENT,
        title_align="left",
        padding=(0, 1),
    )


def _summary(recap: Recap) -> RenderableType | None:
    if not recap.summary:
        return None
    return Group(*(Text("• ").append(s.text).append(_chips(s.evidence[:1])) for s in recap.summary))


def _chips(evidence: Sequence[Evidence]) -> Text:
    text = Text()
    for e in evidence:
        text.append("  ").append(f"[{chip(e)}]", style="dim")
    return text


def _fields(recap: Recap, playbook: Playbook) -> RenderableType:
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(style="bold", no_wrap=True)
    table.add_column(ratio=1)
    blank = []
    for spec in playbook.fields:
        result = recap.fields[spec.id]
        if not result.items:
            blank.append(spec.label)
        for n, item in enumerate(result.items):
            name = spec.label if n == 0 else ""
            if n == 0 and result.state == "conflicting":
                name += " (conflicting)"
            table.add_row(name, Text(item.value).append(_chips(item.evidence[:1])))
    found, total = field_counts(recap)
    state = (
        "not discussed"
        if recap.coverage.turns_read == recap.coverage.turns_total
        else "not read or not discussed"
    )
    rest = Text(f"{found} of {total} found; {state}: ", style="dim").append(
        ", ".join(blank) or "none", style="dim"
    )
    return Group(table, rest)


def _people(recap: Recap, playbook: Playbook) -> RenderableType | None:
    if not recap.stakeholders:
        return None
    roles = {r.id: r.label for r in playbook.influence_roles}
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    for s in recap.stakeholders:
        where = "on the call" if s.on_call else "mentioned"
        influence = "" if s.influence == "unknown" else roles.get(s.influence, label(s.influence))
        table.add_row(
            Text(s.name or "(unnamed)", style="bold"),
            Text(s.role or "").append(_chips(s.evidence[:1])),
            Text(influence, style="magenta"),
            Text(where, style="dim"),
        )
    return table


def _objections(recap: Recap, playbook: Playbook) -> RenderableType | None:
    if not recap.objections:
        return None
    names = {o.id: o.label for o in playbook.objections}
    style = {"yes": "green", "partly": "yellow", "no": "red"}
    words = {"yes": "handled", "partly": "partly handled", "no": "not handled"}
    lines = []
    for o in recap.objections:
        head = Text(f"{names.get(o.category, label(o.category))}: ", style="bold")
        head.append(o.text, style="not bold").append(_chips(o.evidence[:1]))
        head.append(f"  {words[o.handled]}", style=f"not bold {style[o.handled]}")
        lines.append(head)
        if o.response:
            lines.append(
                Text("  ↳ ", style="dim").append(o.response.text).append(_chips(o.response.evidence[:1]))
            )
    return Group(*lines)


def _next_steps(recap: Recap) -> RenderableType:
    if not recap.next_steps:
        return Text("None was said.", style="dim")
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    for s in recap.next_steps:
        mark = Text("✓ agreed", style="green") if s.committed else Text("not agreed", style="yellow")
        when = day(s.date) or (f"“{s.when}”" if s.when else "no date")
        table.add_row(
            mark,
            Text(s.owner, style="bold"),
            Text(when, style=ACCENT),
            Text(s.what).append(_chips(s.evidence[:1])),
        )
    return table


def _stage(recap: Recap, playbook: Playbook) -> RenderableType:
    stage = recap.stage
    lines = [Text(stage_line(recap, playbook), style=f"bold {STYLE[stage.direction]}"), Text(stage.why)]
    for c in stage.exit_criteria:
        if c.met:
            lines.append(
                Text("  ✓ ", style="green").append(c.text, style="default").append(_chips(c.evidence[:2]))
            )
        else:
            lines.append(Text("  ○ ", style="yellow").append(c.text, style="default"))
            if c.question:
                lines.append(Text(f"      Ask: {c.question}", style="italic dim"))
    if stage.missing:
        specs = playbook.field_by_id
        lines.append(Text("Still to be known before it may advance:", style="bold"))
        for f in stage.missing:
            spec = specs.get(f)
            lines.append(
                Text(f"  {spec.label if spec else f}", style="yellow").append(
                    f"  {spec.question if spec else ''}", style="italic dim"
                )
            )
    return Group(*lines)


def _risks(recap: Recap) -> RenderableType | None:
    if not recap.risks:
        return None
    return Group(
        *(
            Text("! ", style="red").append(r.message, style="default").append(_chips(r.evidence[:1]))
            for r in recap.risks
        )
    )


def _warnings(recap: Recap) -> RenderableType | None:
    return Group(*(Text(f"• {w}", style="dim") for w in recap.warnings)) if recap.warnings else None
