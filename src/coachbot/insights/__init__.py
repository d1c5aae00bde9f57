"""What the calls say together: objection patterns, process metrics and deal risks, counted by code.

Every number carries its definition, its denominator, an interval, and the deals or calls behind it.
"""

from __future__ import annotations
