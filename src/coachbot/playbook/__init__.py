"""Playbooks: YAML and Markdown files to one `Playbook`, with every mistake reported."""

from __future__ import annotations

from coachbot.playbook.check import Problem, check_playbook
from coachbot.playbook.load import find_playbook, list_playbooks, load_playbook
from coachbot.playbook.schema import json_schema

__all__ = ["Problem", "check_playbook", "find_playbook", "json_schema", "list_playbooks", "load_playbook"]
