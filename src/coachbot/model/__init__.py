"""What the words mean. Frozen types, no input or output."""

from __future__ import annotations
