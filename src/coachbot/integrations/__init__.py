"""What comes from and goes to other systems. Nothing leaves without a person's approval."""

from __future__ import annotations

from coachbot.integrations.crm_csv import BadRow, Imported, import_csv

__all__ = ["BadRow", "Imported", "import_csv"]
