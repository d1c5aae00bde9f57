"""Coaching: what holds a deal back, with proof, and what to ask next; see docs/coaching.md.

    coach_recap(recap, transcript, playbook) -> CoachSheet      straight from a call, without a workspace
    coach_call(unit, call, playbook), coach_deal(unit, deal, playbook) -> CoachSheet
    coach_rep(unit, user, playbook_of, last=10, viewer=None) -> RepSheet     keep, start, stop
    phrased(sheet, chat) -> CoachSheet                          in a model's words, where those hold
    mark(unit, sheet, prompt, useful=, by=, why=), exported(unit)            what managers think of prompts
    score_call(unit, call, playbook) -> Scorecard, override(unit, call, stage, indicator, verdict, by=, why=)
    brief_of(unit, deal, playbook, viewer=None) -> Brief, brief_markdown(brief), brief_html(brief)
    notes_of(unit, deal_id)                  a deal's documents that are notes; attachments/ keeps them
    ask(unit, question, playbook, viewer=None, deal=None, model=False) -> Reply

Nothing here writes facts; calls, playbook and decisions are read. A prompt stands on a moment of a call
(or on the receipt of its absence) and on a play, or it is not made.
"""

from __future__ import annotations

from coachbot.coach.ask import Reply, ask
from coachbot.coach.brief import Brief, brief_of
from coachbot.coach.brief_render import brief_html, brief_markdown
from coachbot.coach.counting import Count, Counter, Filters
from coachbot.coach.feedback import counts, exported, mark
from coachbot.coach.notes import Note, notes_of
from coachbot.coach.phrase import phrased
from coachbot.coach.rep import Habit, RepSheet, coach_rep
from coachbot.coach.scorecard import Scorecard, override, score_call
from coachbot.coach.sheet import coach_call, coach_deal, coach_recap
from coachbot.coach.types import Absence, CoachPrompt, CoachSheet, Figure, Moment, PlayRef

__all__ = [
    "Absence", "Brief", "CoachPrompt", "CoachSheet", "Count", "Counter", "Figure", "Filters", "Habit",
    "Moment", "Note", "PlayRef", "RepSheet", "Reply", "Scorecard", "ask", "brief_html",
    "brief_markdown", "brief_of",
    "coach_call", "coach_deal", "coach_recap", "coach_rep", "counts", "exported", "mark",
    "notes_of", "override", "phrased", "score_call",
]  # fmt: skip
