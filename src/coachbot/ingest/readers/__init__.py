"""One small reader per transcript format."""

from __future__ import annotations
