"""The JSON API under /api/v1: what the pages and the command line can do, for programs.

`create_api(store, work=…)` is a FastAPI application of its own; `coachbot serve` mounts it beside the pages.
Errors are problem+json (RFC 9457), lists come in pages with a cursor, things that change carry an ETag.
"""

from __future__ import annotations

from coachbot.api.app import create_api

__all__ = ["create_api"]
