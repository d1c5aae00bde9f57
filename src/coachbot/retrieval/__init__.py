"""Search: passages of playbooks, accepted facts and transcripts, by meaning and by words.

See docs/search.md.
"""

from __future__ import annotations

from coachbot.retrieval.call_index import CallIndex
from coachbot.retrieval.call_passages import fact_passages, note_passages, transcript_passages
from coachbot.retrieval.passages import Hit, Passage
from coachbot.retrieval.playbook_index import PlaybookIndex

__all__ = [
    "CallIndex",
    "Hit",
    "Passage",
    "PlaybookIndex",
    "fact_passages",
    "note_passages",
    "transcript_passages",
]
