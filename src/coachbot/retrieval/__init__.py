"""Search: passages of playbooks, accepted facts and transcripts, by meaning and by words. See docs/search.md."""

from __future__ import annotations

from coachbot.retrieval.passages import Hit, Passage
from coachbot.retrieval.playbook_index import PlaybookIndex

__all__ = ["Hit", "Passage", "PlaybookIndex"]
