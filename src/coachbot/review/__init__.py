"""The rep's review: a draft's items are accepted, edited, rejected or added; facts and stages follow.

    publish(unit, call, recap)                   a recap becomes the draft
    review_of(unit, call_id, playbook)           all that a review shows
    accept | edit | reject | add | undo (unit, …, Reviewer, version=…)
    finish(unit, call_id, Reviewer, version=…, choice="stay" | "advance" | "revert")
    gate_of(unit, deal, playbook), tick(…)       exit criteria over all calls of a deal
    link(…), set_stage(…)                        outside a review
    acceptance(unit), accept_earned(…)           how often proposals are taken

Every function acts inside the caller's unit of work, keeps the audit, and raises ConflictError where
somebody else was quicker.
"""

from __future__ import annotations

from coachbot.review.acceptance import Acceptance, accept_earned, acceptance
from coachbot.review.criteria import CriterionState, Gate, Proof, gate_of, tick
from coachbot.review.decide import Reviewer, accept, add, edit, reject, undo
from coachbot.review.draft import publish
from coachbot.review.evidence import evidence_at, evidence_for
from coachbot.review.facts import put_facts, same_thing
from coachbot.review.finish import Finished, finish, link, set_stage
from coachbot.review.items import items_of, recorded, reviewed_recap
from coachbot.review.view import ItemView, ReviewView, review_of, transcript_of

__all__ = [
    "Acceptance", "CriterionState", "Finished", "Gate", "ItemView", "Proof", "ReviewView", "Reviewer",
    "accept", "accept_earned", "acceptance", "add", "edit", "evidence_at", "evidence_for", "finish",
    "gate_of", "items_of", "link", "publish", "put_facts", "recorded", "reject", "review_of",
    "reviewed_recap", "same_thing", "set_stage", "tick", "transcript_of", "undo",
]  # fmt: skip
