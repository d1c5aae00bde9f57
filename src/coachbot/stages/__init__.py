"""Where the deal stands: exit criteria, suggested stage, reversion and risks. Rules only, no model."""

from __future__ import annotations

from coachbot.stages.assess import assess
from coachbot.stages.risks import find_risks

__all__ = ["assess", "find_risks"]
