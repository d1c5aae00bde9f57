"""Questions to the calls: counts by code, answers from cited moments, or the word that there is none."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from coachbot.coach import ask
from coachbot.model.workspace import Deal
from coachbot.settings import settings
from coachbot.store import Unit
from coachbot.web.context import AtDesk, Desk, Sent, book_named, text_of
from coachbot.web.templating import page
from coachbot.web.views.ask import answer_view, examples

router = APIRouter(prefix="/ask")
LONGEST = 500
DEALS = 100


@router.get("", response_class=HTMLResponse)
def asked(request: Request, desk: AtDesk, q: str = "", deal: str = "") -> HTMLResponse:
    """The answer without a language model; without a question, what one may ask."""
    return _page(request, desk, q[:LONGEST], deal)


@router.post("", response_class=HTMLResponse)
def asked_model(request: Request, desk: AtDesk, form: Sent) -> HTMLResponse:
    """The answer of the language model of the settings. A form of its own: it may cost something."""
    return _page(request, desk, text_of(form, "q", most=LONGEST), text_of(form, "deal", most=80), model=True)


def _page(request: Request, desk: Desk, q: str, deal_id: str, *, model: bool = False) -> HTMLResponse:
    question, conf = " ".join(q.split()), settings()
    with desk.store.read() as unit:
        deal = unit.deals.visible(deal_id, desk.viewer) if deal_id else None
        book = book_named(deal.playbook if deal else None)
        view = None
        if question:
            reply = ask(
                unit, question, book, viewer=desk.viewer, deal=deal.id if deal else None,
                model=model and bool(conf.llm_model),
            )  # fmt: skip
            view = answer_view(unit, reply, conf.llm_model or "")
        hints = examples(unit, book, desk.viewer) if view is None or view.kind == "none" else ()
        deals = _deals(unit, desk, deal)
    return page(
        request, "pages/ask.html", asked=question, view=view, examples=hints, deal=deal, deals=deals,
        model=conf.llm_model if view is not None and view.kind in ("passages", "none") else None,
        query="",
    )  # fmt: skip


def _deals(unit: Unit, desk: Desk, chosen: Deal | None) -> list[tuple[str, str]]:
    found = list(unit.deals.list(visible_to=desk.viewer, limit=DEALS).items)
    if chosen is not None and chosen.id not in {d.id for d in found}:
        found.insert(0, chosen)
    return [(d.id, " · ".join(dict.fromkeys((d.account, d.name)))) for d in found]
