"""Playbooks: YAML and Markdown files to one `Playbook`, with every mistake reported.

What shows a playbook is in `onepage` (Markdown, HTML) and `show` (terminal), which load their libraries.
"""

from __future__ import annotations

from coachbot.playbook.check import check_playbook
from coachbot.playbook.load import find_playbook, list_playbooks, load_playbook
from coachbot.playbook.problems import Problem
from coachbot.playbook.schema import json_schema, methodology_schema

__all__ = [
    "Problem",
    "check_playbook",
    "find_playbook",
    "json_schema",
    "list_playbooks",
    "load_playbook",
    "methodology_schema",
]
