"""Evals: the runs that there are, one run, one against another, and the prompts' versions."""

from __future__ import annotations

import re
from pathlib import Path

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, Response

from coachbot.errors import CoachbotError
from coachbot.settings import settings
from coachbot.web.context import book_named
from coachbot.web.routes.calls import policy_for
from coachbot.web.templating import page
from coachbot.web.views.evals import prompt_rows, run_rows

router = APIRouter(prefix="/evals")
_NAME = re.compile(r"[\w.-]{1,120}", re.ASCII)


def folder() -> Path:
    """Where the team's evals lie: in the current folder, else in the workspace."""
    here = Path("evals")
    return here if here.is_dir() else settings().home / "evals"


@router.get("", response_class=HTMLResponse)
def evals(request: Request) -> HTMLResponse:
    """The runs, newest first, and the prompts with their versions."""
    return page(
        request, "pages/evals.html", runs=run_rows(folder() / "runs"), prompts=prompt_rows(settings().home)
    )


@router.get("/runs/{name}")
def run(name: str, against: str = "") -> Response:
    """The report of a run, alone or against another."""
    from coachbot.evals.cases import read_case
    from coachbot.evals.records import read_run
    from coachbot.evals.report import build_report, to_html

    root = folder()
    try:
        made = read_run(_place(root, name))
        old = read_run(_place(root, against)) if against else None
        cases = {case: read_case(root / "cases" / case) for case in made.info.cases}
        html = to_html(build_report(made, cases, against=old, playbook=book_named(made.info.playbook_id)))
    except CoachbotError as error:
        raise HTTPException(422, f"This run cannot be shown: {error}") from error
    return Response(html, media_type="text/html; charset=utf-8", headers=policy_for(html))


def _place(root: Path, name: str) -> Path:
    """A run's folder: a plain name, so that nothing outside can be asked for."""
    if not _NAME.fullmatch(name) or name.startswith("."):
        raise HTTPException(404, "There is no such run.")
    place = root / "runs" / name
    if not (place / "run.json").is_file():
        raise HTTPException(404, "There is no such run.")
    return place
