"""A playbook's definitions as pieces: stages, criteria, fields, objections, people, risks and rules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from coachbot.model.playbook import Criterion, FieldSpec, ObjectionCategory, Playbook, Stage
from coachbot.retrieval.markdown import LONGEST, pack
from coachbot.retrieval.passages import Passage, Piece
from coachbot.retrieval.script import size

FILE = "playbook.yaml"
Lines = Mapping[str, int]


def definition_pieces(book: Playbook, lines: Lines) -> list[Piece]:
    """Pieces of everything a playbook defines. `lines`: where an id stands, by "stages/discovery" etc."""
    return list(_Definitions(book, lines).all())


class _Definitions:
    def __init__(self, book: Playbook, lines: Lines) -> None:
        self.book = book
        self.lines = lines

    def all(self) -> Iterator[Piece]:
        for stage in self.book.stages:
            yield from self.stage(stage)
        for field in self.book.fields:
            yield from self.field(field)
        for objection in self.book.objections:
            yield from self.objection(objection)
        for role in self.book.influence_roles:
            said = [role.description, *_said("Sounds like", role.listen_for)]
            yield from self.make(f"influence_roles/{role.id}", "Who decides", role.label, said)
        for risk in self.book.risks:
            yield from self.make(
                f"risks/{risk.id}", "Risk", risk.label, [risk.message], stage=risk.stages, field=risk.fields
            )
        for back in self.book.reversions:
            said = [back.text, *_said("Sounds like", back.listen_for)]
            yield from self.make(f"reversions/{back.id}", "Going back", back.text, said, stage=(back.to,))
        for rule in self.book.handoff_rules:
            name = f"{rule.giver} to {rule.receiver}"
            said = [f"When: {rule.when}", *_list("Must include", rule.must_include)]
            yield from self.make(f"handoff_rules/{rule.id}", "Hand-off", name, said)
        for reason in self.book.disqualification_reasons:
            key = f"disqualification_reasons/{reason.id}"
            yield from self.make(key, "Reason to close as not a fit", "", [reason.text])
        if self.book.lead_response_sla:
            yield from self.make(
                "lead_response_sla", "How fast a lead is answered", "", [self.book.lead_response_sla]
            )
        if self.book.stage_reversion_rule:
            rule_text = [self.book.stage_reversion_rule]
            yield from self.make("stage_reversion_rule", "When a deal goes back", "", rule_text)

    def stage(self, stage: Stage) -> Iterator[Piece]:
        key = f"stages/{stage.id}"
        about = [
            stage.purpose,
            f"Healthy for up to {stage.healthy_days} days.",
            *_list("Know before moving on", (self.label(f) for f in stage.required_fields)),
            *_list("Have by the end", stage.required_artifacts),
        ]
        yield from self.make(key, "Stage", stage.name, about, stage=(stage.id,))
        does = f"{stage.name} › What to do"
        yield from self.make(key, "Stage", does, [*stage.rep_actions], part="do", stage=(stage.id,))
        fails = f"{stage.name} › How deals come to a halt here"
        yield from self.make(key, "Stage", fails, [*stage.failure_modes], part="fail", stage=(stage.id,))
        for what, criteria in (("Enter", stage.entry_criteria), ("Leave", stage.exit_criteria)):
            for criterion in criteria:
                yield from self.criterion(stage, what, criterion)

    def criterion(self, stage: Stage, what: str, criterion: Criterion) -> Iterator[Piece]:
        promises = [
            self.book.commitment_by_id[c] for c in criterion.commitments if c in self.book.commitment_by_id
        ]
        said = [
            criterion.text,
            *([f"Ask: {criterion.question}"] if criterion.question else []),
            *_list("Shown by", (self.label(f) for f in criterion.fields)),
            *(line for c in promises for line in _said("Sounds like", c.listen_for)),
        ]
        yield from self.make(
            f"criteria/{criterion.id}",
            "Criterion",
            f"{what} {stage.name}: {criterion.text}",
            said,
            stage=(stage.id,),
            criterion=(criterion.id,),
            field=criterion.fields,
        )

    def field(self, field: FieldSpec) -> Iterator[Piece]:
        said = [
            f"Ask: {field.question}",
            field.note,
            *_list("Options", field.options),
            *_said("Sounds like", field.listen_for),
        ]
        stages = tuple(s.id for s in self.book.stages if field.id in s.required_fields)
        yield from self.make(
            f"fields/{field.id}", "Field", field.label, said, field=(field.id,), stage=stages
        )

    def objection(self, objection: ObjectionCategory) -> Iterator[Piece]:
        key, said = f"objections/{objection.id}", _said("Sounds like", objection.examples)
        more = {"play": objection.play} if objection.play else {}
        yield from self.make(key, "Objection", objection.label, said, more=more, objection=(objection.id,))

    def label(self, field: str) -> str:
        known = self.book.field_by_id.get(field)
        return known.label if known else field

    def make(
        self,
        key: str,
        title: str,
        heading: str,
        said: Iterable[str],
        *,
        part: str = "",
        more: Mapping[str, Any] | None = None,
        **tags: tuple[str, ...],
    ) -> Iterator[Piece]:
        lines = [line for line in said if line]
        groups = list(pack(lines, LONGEST)) if size(" ".join(lines)) > LONGEST else [" ".join(lines)]
        shown = "\n".join(lines)
        for n, plain in enumerate(groups if lines else [heading]):
            passage = Passage(
                id=f"{FILE}#{key}" + (f"/{part}" if part else "") + (f"~{n + 1}" if n else ""),
                text=shown if len(groups) == 1 and lines else plain,
                source="playbook",
                path=FILE,
                heading=heading,
                playbook=self.book.id,
                version=self.book.version,
                start_line=self.lines.get(key, 1),
                extra={"title": title, "kind": "definition", "key": key, **(more or {})},
                **{name: tuple(ids) for name, ids in tags.items()},
            )
            yield Piece(passage, plain)


def _said(label: str, lines: Iterable[str]) -> list[str]:
    quoted = [f'"{line}"' for line in lines]
    return [f"{label}:", *quoted] if quoted else []


def _list(label: str, lines: Iterable[str]) -> list[str]:
    joined = ", ".join(line for line in lines if line)
    return [f"{label}: {joined}"] if joined else []
