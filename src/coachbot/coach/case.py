"""What coaching looks at: one call, or a deal with all of its calls, in one shape."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from coachbot.coach.look import Look, second_look
from coachbot.coach.points import asked_after, points_of
from coachbot.coach.types import Absence, Moment
from coachbot.model.claims import Evidence
from coachbot.model.playbook import Criterion, Playbook, Stage
from coachbot.model.recap import Objection, Recap, RiskResult
from coachbot.model.transcript import Side, Transcript
from coachbot.model.workspace import Call, Deal
from coachbot.review import gate_of, reviewed_recap
from coachbot.store import Unit

_SENTENCE_END = re.compile(r"[.?!。？！](?=\s|$)")
FEWEST_WORDS, FEWEST_BUYER_WORDS, FEWEST_TURNS = 150, 60, 8
FEWEST_HEART, FEWEST_PART = 5, 9  # words
NEAR, CLOSE = 6, 3
"""Turns in which words are about the same thing; in which what was asked covers them."""


@dataclass(frozen=True)
class Known:
    """Something known of a field: its words, how sure, and whether a person accepted it."""

    moment: Moment
    confidence: float
    accepted: bool = False
    field: str = ""


@dataclass(frozen=True)
class Case:
    """All that a prompt may rest on. `met` holds the criteria that hold, over all calls of the deal.

    `known` holds what is known by field, best first: facts that people accepted, and drafts nobody refused.
    """

    subject: str
    title: str
    book: Playbook
    stage: Stage
    recap: Recap
    transcript: Transcript | None
    look: Look | None
    met: frozenset[str]
    known: Mapping[str, tuple[Known, ...]]
    turns_read: int
    turns_total: int
    calls: int = 1
    accepted_objections: frozenset[tuple[str, int]] = frozenset()
    call_id: str | None = None
    risks: tuple[RiskResult, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def unmet(self) -> tuple[Criterion, ...]:
        """The exit criteria of the stage that are open, in the playbook's order, on a second look too."""
        return tuple(
            c
            for c in self.stage.exit_criteria
            if c.id not in self.met and not (self.look is not None and self.look.agrees(c))
        )

    @property
    def lateness(self) -> float:
        """0 in the first stage, 1 in the last."""
        return self.book.stage_index(self.stage.id) / max(1, len(self.book.stages) - 1)

    def absence(self, what: str) -> Absence:
        """The receipt for something that was not found."""
        return Absence(what=what, turns_read=self.turns_read, turns_total=self.turns_total, calls=self.calls)

    def moment(self, evidence: Evidence, heart: str = "") -> Moment:
        """The moment of a piece of evidence of the recap; `heart` is kept where the quote holds it."""
        return moment_of(evidence, self.call_id, self.recap.call.title, heart)

    def fuller(self, moment: Moment, least: int = 14, most: int = 40) -> Moment:
        """The moment with the rest of a short turn, or the sentences after it: words that stand alone."""
        if self.transcript is None or len(moment.quote.split()) >= least:
            return moment
        if moment.call_id != self.call_id or moment.turn >= len(self.transcript.turns):
            return moment
        text = self.transcript.turns[moment.turn].text
        start = text.find(moment.quote)
        if start < 0:
            return moment
        if len(text.split()) <= most:
            return moment.model_copy(update={"quote": text, "heart": _heart(moment)})
        end = start + len(moment.quote)
        while len(text[start:end].split()) < least and (after := _SENTENCE_END.search(text, end + 1)):
            end = after.end()
        if len(text[start:end].split()) > most:
            return moment
        return moment.model_copy(update={"quote": text[start:end].strip(), "heart": _heart(moment)})

    def at(self, moment: Moment) -> Moment:
        """A moment of the second look, with the call it is of."""
        return moment.model_copy(update={"call_id": self.call_id, "call_title": self.recap.call.title})

    def lacks(self, field_id: str) -> bool:
        """Whether neither facts, nor drafts, nor a second look hold a value of the field."""
        return not self.known.get(field_id) and not (self.look is not None and self.look.says_field(field_id))

    def asked_after(self, turn: int) -> bool:
        """Whether our side asked on, after words of this call or what was left open right after them."""
        call = self.transcript
        if call is None:
            return False
        sellers = [t.index for t in call.turns if call.side_of(t) is Side.SELLER]
        near = range(turn, min(len(call.turns), turn + CLOSE + 1))
        open_near = points_of(call, [t for t in near if call.side_of(call.turns[t]) is not Side.SELLER])
        return any(asked_after(call, sellers, t) for t in (turn, *(p.turn for p in open_near)))

    def set_after(self, turn: int, within: int) -> bool:
        """Whether a step with a day was agreed in the turns after words of this call."""
        steps = (s for s in self.recap.next_steps if s.committed and s.date is not None)
        return any(turn < e.turn <= turn + within for s in steps for e in s.evidence)

    def buyers(self, speaker: str | None) -> bool:
        """Whether somebody of the buyer's side may be speaking."""
        side = next((p.side for p in self.recap.call.participants if p.name == speaker), Side.UNKNOWN)
        return side is not Side.SELLER


def _heart(moment: Moment) -> str:
    """The words a longer quote was made for, unless they are too few to stand alone.

    In a transcript without full stops a part of a sentence needs more of them: "and his team does the list".
    """
    whole = moment.quote[:1].isupper() or moment.quote.rstrip().endswith((".", "!", "?", "。"))
    fewest = FEWEST_HEART if whole else FEWEST_PART
    return moment.heart or (moment.quote if len(moment.quote.split()) >= fewest else "")


def moment_of(evidence: Evidence, call_id: str | None, title: str, heart: str = "") -> Moment:
    """A piece of evidence as a moment of its call."""
    whole = heart if heart in evidence.quote and len(heart.split()) >= FEWEST_HEART else ""
    return Moment(
        heart=whole if whole != evidence.quote else "",
        turn=evidence.turn, speaker=evidence.speaker, start_s=evidence.start_s, quote=evidence.quote,
        call_id=call_id, call_title=title,
    )  # fmt: skip


def too_little(recap: Recap, transcript: Transcript | None) -> str | None:
    """Why a call does not bear judging; None where it does."""
    if transcript is None:
        return None
    words = transcript.words
    if len(transcript.turns) < FEWEST_TURNS or words < FEWEST_WORDS:
        return f"too little to judge: the call has {words} words in {len(transcript.turns)} turns"
    sides = {p.side for p in transcript.participants if p.side is not Side.UNKNOWN}
    if not sides:
        return None
    buyer = sum(len(t.text.split()) for t in transcript.turns if transcript.side_of(t) is not Side.SELLER)
    if buyer < FEWEST_BUYER_WORDS:
        return f"too little to judge: the buyer says {buyer} of the call's {words} words"
    if recap.coverage.turns_read == 0:
        return "too little to judge: none of the call could be read"
    return None


def case_of_recap(recap: Recap, transcript: Transcript | None, book: Playbook, *, subject: str) -> Case:
    """One call on its own, as `coachbot coach FILE` sees it."""
    stage = book.stage_by_id[recap.stage.before or recap.stage.suggested]
    return Case(
        subject=subject,
        title=recap.call.title,
        book=book,
        stage=stage,
        recap=recap,
        transcript=transcript,
        look=second_look(transcript, book) if transcript else None,
        met=frozenset(c.id for c in recap.stage.exit_criteria if c.met),
        known=_known([(None, recap)]),
        turns_read=recap.coverage.turns_read,
        turns_total=recap.coverage.turns_total,
        risks=recap.risks,
    )


def case_of_call(unit: Unit, call: Call, book: Playbook) -> Case:
    """A call of the workspace, with all that its deal knows. Raises NotFoundError where it has no recap."""
    deal = unit.deals.get(call.deal_id) if call.deal_id else None
    recaps = _recaps(unit, deal, call)
    recap = next(r for c, r in recaps if c.id == call.id)
    stage_id = (deal.stage if deal else None) or recap.stage.before or recap.stage.suggested
    stage = book.stage_by_id.get(stage_id) or book.stage_by_id[recap.stage.suggested]
    known = _known([(c.id, r) for c, r in recaps])
    met = held_criteria(stage, [r for _, r in recaps])
    if deal is not None and deal.stage == stage.id:
        gate = gate_of(unit, deal, book, draft_call=call.id)
        by_hand = {c.id: c.met for c in gate.criteria if c.by_hand}
        met |= {c.id for c in gate.criteria if c.met}
        met = {c for c in met if by_hand.get(c, True)}
    transcript = unit.transcripts.load(call.id)
    return Case(
        subject=f"call:{call.id}",
        title=call.title,
        book=book,
        stage=stage,
        recap=recap,
        transcript=transcript,
        look=second_look(transcript, book),
        met=frozenset(met),
        known=known,
        turns_read=sum(r.coverage.turns_read for _, r in recaps),
        turns_total=sum(r.coverage.turns_total for _, r in recaps),
        calls=len(recaps),
        accepted_objections=frozenset(
            (i.key or "", e.turn)
            for i in unit.items.of_call(call.id)
            if i.kind == "objection" and i.status in ("accepted", "edited")
            for e in i.evidence
        ),
        call_id=call.id,
        risks=_risks_left(book, recap, recaps),
    )


def recap_of(unit: Unit, call: Call) -> Recap | None:
    """A call's latest recap as people have decided on it; None where it has none."""
    version = unit.recaps.latest(call.id)
    if version is None:
        return None
    return reviewed_recap(Recap.model_validate(version.recap), unit.items.of_call(call.id))


def held_criteria(stage: Stage, recaps: Sequence[Recap]) -> set[str]:
    """Criteria of a stage that the deal's recaps show, drafts too: nothing that was said is called open.

    Ticked by any recap; or, where no commitment is asked for, by the fields that any of them holds.
    """
    held = {c.id for r in recaps for c in r.stage.exit_criteria if c.met}
    found = {
        name
        for r in recaps
        for name, result in r.fields.items()
        if any(i.status != "rejected" for i in result.items)
    }
    for criterion in stage.exit_criteria:
        needed = len(criterion.fields)
        if criterion.how == "any":
            needed = min(criterion.at_least or 1, needed)
        by_fields = not criterion.commitments or criterion.how == "any"
        if by_fields and needed and len(found & set(criterion.fields)) >= needed:
            held.add(criterion.id)
    return held


def _recaps(unit: Unit, deal: Deal | None, call: Call) -> list[tuple[Call, Recap]]:
    """The recaps of the call and of those of its deal, the call first, then newest first."""
    from coachbot.errors import NotFoundError

    own = recap_of(unit, call)
    if own is None:
        raise NotFoundError("recap of call", call.id)
    others = [c for c in unit.calls.of_deal(deal.id) if c.id != call.id] if deal else []
    return [(call, own), *((c, r) for c in others if (r := recap_of(unit, c)) is not None)]


def _known(recaps: list[tuple[str | None, Recap]]) -> dict[str, tuple[Known, ...]]:
    found: dict[str, list[Known]] = {}
    for call_id, recap in recaps:
        for name, result in recap.fields.items():
            for item in result.items:
                if item.status == "rejected":
                    continue
                moment = moment_of(_buyers_first(recap, item.evidence), call_id, recap.call.title, item.value)
                accepted = item.status in ("accepted", "edited")
                found.setdefault(name, []).append(Known(moment, item.confidence, accepted, name))
    return {
        name: tuple(sorted(rows, key=lambda k: (not k.accepted, -k.confidence)))
        for name, rows in found.items()
    }


def _buyers_first(recap: Recap, evidence: tuple[Evidence, ...]) -> Evidence:
    sellers = {p.name for p in recap.call.participants if p.side is Side.SELLER}
    return next((e for e in evidence if e.speaker not in sellers), evidence[0])


def _risks_left(book: Playbook, recap: Recap, recaps: list[tuple[Call, Recap]]) -> tuple[RiskResult, ...]:
    """The call's risks, but for what another call of the deal shows to be known or somebody to be there."""
    lasting = {
        r.id for r in book.risks if r.rule in ("missing_fields", "missing_influence", "single_threaded")
    }
    others = [{r.id for r in other.risks} for _, other in recaps[1:]]
    return tuple(r for r in recap.risks if r.id not in lasting or all(r.id in ids for ids in others))


def mishandled(recap: Recap) -> list[Objection]:
    """The objections of a recap that were not settled."""
    return [o for o in recap.objections if o.handled != "yes" and o.evidence]
