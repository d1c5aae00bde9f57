"""A playbook in the terminal."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.text import Text
from rich.tree import Tree

from coachbot.model.playbook import Playbook, Stage


def describe(book: Playbook) -> RenderableType:
    """Everything the playbook says, as a tree."""
    head = Panel(
        Text(book.description),
        title=Text(f" {book.name} {book.version} ({book.id}) ", style="bold"),
        title_align="left",
        border_style="cyan",
    )
    tree = Tree(Text(f"{len(book.stages)} stages", style="bold cyan"), guide_style="dim")
    for number, stage in enumerate(book.stages, 1):
        _stage(tree.add(Text(f"{number}. {stage.name} ({stage.id})", style="bold")), stage, book)
    fields = Tree(Text(f"{len(book.fields)} fields", style="bold cyan"), guide_style="dim")
    for f in book.fields:
        fields.add(
            Text(f"{f.label} ({f.id}, {f.kind}, said by {f.said_by}) ").append(f.question, style="italic dim")
        )
    rest = [
        _list("objections", [f"{o.label} ({o.id})" for o in book.objections]),
        _list("influence roles", [f"{r.label} ({r.id})" for r in book.influence_roles]),
        _list("risks", [f"{r.label} ({r.id})" for r in book.risks]),
        _list("ways back", [f"{r.text} → {book.stage_by_id[r.to].name}" for r in book.reversions]),
        _list("hand-offs", [f"{h.giver} → {h.receiver}: {h.when}" for h in book.handoff_rules]),
        _list("reasons to disqualify", [d.text for d in book.disqualification_reasons]),
        _list("methodologies", [m.name for m in book.methodologies]),
        _list("plays", [p.title for p in book.plays]),
    ]
    rules = Text()
    if book.lead_response_sla:
        rules.append("Lead response: ", style="bold").append(f"{book.lead_response_sla}\n")
    if book.stage_reversion_rule:
        rules.append("Going back: ", style="bold").append(book.stage_reversion_rule)
    return Group(head, tree, fields, *rest, rules)


def _stage(node: Tree, stage: Stage, book: Playbook) -> None:
    node.add(Text(stage.purpose))
    for title, rows in (
        ("enters when", [c.text for c in stage.entry_criteria]),
        ("leaves when", [f"{c.text} ({c.id})" for c in stage.exit_criteria]),
        ("the buyer has agreed", [c.text for c in stage.buyer_commitments]),
        ("must be known", [book.field_by_id[f].label for f in stage.required_fields]),
        ("artifacts", list(stage.required_artifacts)),
        ("do", list(stage.rep_actions)),
        ("fails when", list(stage.failure_modes)),
        ("seen on a call", [i.text for i in stage.indicators]),
    ):
        if rows:
            branch = node.add(Text(title, style="dim"))
            for row in rows:
                branch.add(Text(row))
    node.add(Text(f"healthy up to {stage.healthy_days} days", style="dim"))


def _list(title: str, rows: list[str]) -> Tree:
    tree = Tree(Text(f"{len(rows)} {title}", style="bold cyan"), guide_style="dim")
    for row in rows:
        tree.add(Text(row))
    return tree
