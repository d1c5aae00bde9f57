"""The calls of a made-up deal: what was raised, how it was answered, and what was learnt."""

from __future__ import annotations

from datetime import date, datetime
from hashlib import sha256
from math import exp
from random import Random
from typing import TYPE_CHECKING, Any

from coachbot.insights.portfolio_parts import Effects, Plan, Portfolio, days_later, moment, months_between
from coachbot.insights.portfolio_words import APPROACHES, RIVALS
from coachbot.model.claims import Evidence, Handled, Match
from coachbot.model.playbook import Playbook, Stage
from coachbot.model.transcript import CallMeta, Participant, Side
from coachbot.model.workspace import Call, CallState, Fact, RecordedObjection, ReviewItem

if TYPE_CHECKING:
    from coachbot.insights.portfolio_deal import Course

ANSWERED = 0.85
HANDLED: tuple[Handled, ...] = ("yes", "partly", "no")


def poisson(rng: Random, mean: float) -> int:
    """A Poisson number (Knuth's method, for small means)."""
    limit, product, count = exp(-mean), rng.random(), 0
    while product > limit:
        product *= rng.random()
        count += 1
    return count


class CallMaker:
    """Makes the calls of a stage."""

    saving = APPROACHES[0][0]

    def __init__(self, book: Playbook, effects: Effects, plan: Plan, start: date) -> None:
        self.book, self.effects, self.plan, self.start = book, effects, plan, start
        self.said = {
            c.id: c.examples or (f"About {c.label.lower()}, I am not sure.",) for c in book.objections
        }
        self.names = list(self.said)
        self.approach = {text: name for name, texts in APPROACHES for text in texts}

    def visit(self, part: Portfolio, course: Course, stage: Stage, until: date) -> dict[str, str | None]:
        """Hold the calls of a visit to a stage; gives the approach of the first answer by category raised."""
        rng = course.rng
        span = (until - course.day).days
        days = sorted(rng.random() * span for _ in range(1 + poisson(rng, max(0.0, self.plan.calls - 1))))
        raised: dict[str, str | None] = {}
        for days_in in days:
            held = days_later(course.day, days_in)
            self._call(part, course, stage, held, raised)
        return raised

    def _call(
        self, part: Portfolio, course: Course, stage: Stage, held: date, raised: dict[str, str | None]
    ) -> None:
        rng = course.rng
        call_id = f"call-{course.id.removeprefix('deal-')}-{course.calls:02d}"
        course.calls += 1
        at = moment(held, rng.randrange(9, 17), rng.choice((0, 15, 30, 45)))
        accepted = rng.random() >= self.plan.drafts
        part.calls.append(self._held(course, stage, call_id, at, accepted))
        for n, category in enumerate(self._raised(rng, held)):
            text = rng.choice(self.said[category])
            answer = None
            if rng.random() < ANSWERED:
                answer = rng.choice(APPROACHES[rng.randrange(len(APPROACHES))][1])
            way = self.approach[answer] if answer else None
            if raised.get(category) is None:
                raised[category] = way
            handled = rng.choice(HANDLED) if answer else "no"
            item_id = f"{call_id}-o{n}"
            part.objections.append(
                RecordedObjection(
                    id=item_id, call_id=call_id, deal_id=course.id, category=category, text=text,
                    handled=handled, stage=stage.id, rep=course.owner, at=held, accepted=accepted,
                )
            )  # fmt: skip
            if self.plan.details:
                value = {"category": category, "text": text, "handled": handled,
                         "response": {"text": answer} if answer else None}  # fmt: skip
                buyer, seller = course.people[0].name, course.owner
                part.items.append(
                    ReviewItem(
                        id=item_id, call_id=call_id, kind="objection", key=category, value=value,
                        evidence=(_proof(20 * n + 4, buyer, text),),
                        response_evidence=(_proof(20 * n + 5, seller, answer),) if answer else (),
                        status="accepted" if accepted else "draft",
                        decided_by=course.owner if accepted else None, decided_at=at if accepted else None,
                    )
                )  # fmt: skip
        if self.plan.details and accepted:
            self._learn(part, course, stage, call_id, at)

    def _raised(self, rng: Random, held: date) -> list[str]:
        """Categories, in the order in which they come up; those that surge come on top."""
        found = (
            [rng.choice(self.names) for _ in range(poisson(rng, self.plan.pushback))] if self.names else []
        )
        surging = self.effects.surging
        if surging is not None and months_between(self.start, held) >= self.effects.surge_from:
            more = (self.effects.surge - 1) * self.plan.pushback / len(self.names)
            found += [surging] * poisson(rng, more)
        return found

    def _held(self, course: Course, stage: Stage, call_id: str, at: datetime, accepted: bool) -> Call:
        rng = course.rng
        there = [p for p in course.people if rng.random() < 0.6] or course.people[:1]
        people = (
            Participant(name=course.owner, side=Side.SELLER, side_source="given"),
            *(Participant(name=p.name, side=Side.BUYER, side_source="given", title=p.title) for p in there),
        )
        return Call(
            id=call_id,
            title=f"{stage.name}, {at:%d %B}",
            file=sha256(call_id.encode()).hexdigest(),
            file_name=f"{call_id}.vtt",
            size=20_000,
            state=CallState.REVIEWED if accepted else CallState.DRAFT,
            date=at,
            deal_id=course.id,
            owner=course.owner,
            meta=CallMeta(participants=people),
            stage=stage.id,
            duration_s=float(rng.randrange(900, 3600)),
            created_at=at,
            reviewed_at=at if accepted else None,
        )

    def _learn(self, part: Portfolio, course: Course, stage: Stage, call_id: str, at: datetime) -> None:
        rng = course.rng
        for field in stage.required_fields:
            if rng.random() < 0.55:
                self._fact(part, course, call_id, at, "field", field, {"value": f"What we know of {field}"})
        for field in self.book.metrics.competitor_fields:
            if rng.random() < 0.1:
                self._fact(part, course, call_id, at, "field", field, {"value": rng.choice(RIVALS)})
        person = rng.choice(course.people)
        if rng.random() < 0.5:
            value = {"name": person.name, "role": person.title, "side": "buyer", "on_call": True,
                     "influence": person.influence}  # fmt: skip
            self._fact(part, course, call_id, at, "stakeholder", person.name, value)
        if rng.random() < 0.6:
            due = days_later(at.date(), 7 + rng.random() * 30)
            value = {"what": "Meet again", "owner": "both", "when": None, "date": due.isoformat(),
                     "committed": True}  # fmt: skip
            self._fact(part, course, call_id, at, "next_step", None, value)

    def _fact(
        self, part: Portfolio, course: Course, call_id: str, at: datetime, kind: Any, key: str | None,
        value: dict[str, Any],
    ) -> None:  # fmt: skip
        item_id = f"{call_id}-{kind}-{key or 'next'}"
        quote = str(value.get("value") or value.get("what") or value.get("name"))
        proof = (_proof(2, course.people[0].name, quote),)
        part.items.append(
            ReviewItem(
                id=item_id, call_id=call_id, kind=kind, key=key, value=value, evidence=proof,
                status="accepted", decided_by=course.owner, decided_at=at,
            )
        )  # fmt: skip
        part.facts.append(
            Fact(
                id=f"fact-{item_id}", deal_id=course.id, call_id=call_id, item_id=item_id, kind=kind, key=key,
                value=value, evidence=proof, accepted_by=course.owner, accepted_at=at,
            )
        )  # fmt: skip


def _proof(turn: int, speaker: str, quote: str) -> Evidence:
    start = turn * 8.0
    return Evidence(
        turn=turn, speaker=speaker, start_s=start, end_s=start + 7, quote=quote, match=Match.EXACT
    )
