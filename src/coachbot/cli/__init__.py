"""The command line. No logic of its own: it reads options, calls a room, shows what came back."""

from __future__ import annotations

from coachbot.cli.app import main

__all__ = ["main"]
