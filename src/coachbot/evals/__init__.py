"""Evals: is one prompt, engine or playbook better than another, on the same calls?

Cases are calls with labels, scorers count, the runner records, and `compare` decides with paired statistics
clustered by account. See docs/evals.md.
"""

from __future__ import annotations
