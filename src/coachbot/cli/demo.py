"""`coachbot demo --serve`: a workspace of its own with the sample calls, open in the browser."""

from __future__ import annotations

import os

import typer


def serve_demo(port: int) -> None:
    """Take the bundled samples into the folder `demo` of the workspace, and serve the pages there.

    Your own calls and deals are not touched. What was decided the last time is still there.
    """
    import uvicorn

    from coachbot.bundled import bundled
    from coachbot.cli.serve import build, need_port
    from coachbot.pipeline import Runtime, files_of, take_in_path
    from coachbot.settings import settings
    from coachbot.store import open_store

    need_port("127.0.0.1", port)
    home = settings().home / "demo"
    os.environ["COACHBOT_HOME"] = str(home)
    settings.cache_clear()
    with open_store(home=home) as store, Runtime(store) as runtime:
        for sample in files_of([bundled("samples")]):
            taken = take_in_path(store, sample, new_deals=True)
            if taken.new:
                runtime.submit(taken.call)
        typer.echo(f"coachbot: sample calls at http://127.0.0.1:{port}  (in {home})  Ctrl-C stops.", err=True)
        app = build(store, runtime, local=True)
        uvicorn.run(
            app, host="127.0.0.1", port=port, log_level="warning", server_header=False,
            timeout_graceful_shutdown=5,
        )  # fmt: skip
