"""The fixtures of the model server for this folder."""

from __future__ import annotations

from llm_server import make_chat, one_server, server, waits

__all__ = ["make_chat", "one_server", "server", "waits"]
