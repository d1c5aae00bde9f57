"""The pages: server-rendered, whole without scripts, quicker with them.

    create_app(store, work=…, local=True) -> FastAPI

`work` does what is asked of the pipeline; see `app.Work`.
"""

from __future__ import annotations

from coachbot.web.app import create_app

__all__ = ["create_app"]
