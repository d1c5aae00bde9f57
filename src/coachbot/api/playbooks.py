"""The playbook, as programs read it."""

from __future__ import annotations

from fastapi import APIRouter

from coachbot.api.desk import AtDesk
from coachbot.model.base import Frozen
from coachbot.model.playbook import Playbook
from coachbot.playbook import list_playbooks, load_playbook
from coachbot.settings import settings

router = APIRouter(prefix="/playbooks", tags=["playbook"])


class PlaybookInfo(Frozen):
    """A playbook that deals can follow."""

    id: str
    standing: bool


@router.get("")
def playbooks(desk: AtDesk) -> list[PlaybookInfo]:
    """The playbooks there are; `standing` is the one for new deals."""
    conf = settings()
    return [PlaybookInfo(id=i, standing=i == conf.playbook) for i in list_playbooks(home=conf.home)]


@router.get("/{playbook_id}")
def playbook(desk: AtDesk, playbook_id: str) -> Playbook:
    """A playbook: stages, criteria, fields, objections, risks, pages."""
    known = list_playbooks(home=settings().home)
    if playbook_id not in known:
        from coachbot.errors import NotFoundError

        raise NotFoundError("playbook", playbook_id)
    return load_playbook(playbook_id, home=settings().home)
