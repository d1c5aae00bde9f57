"""What was not given with a call: who speaks, and when it was held. Both change what is found in it."""

from __future__ import annotations

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import RedirectResponse, Response

from coachbot import review
from coachbot.model.transcript import Participant, Side
from coachbot.web.context import AtDesk, Sent, state_of, text_of
from coachbot.web.views.held import given_day

router = APIRouter(prefix="/calls/{call_id}")


@router.post("/voices")
def name(request: Request, desk: AtDesk, form: Sent, call_id: str) -> Response:
    """Store the transcript with the names, and find anew what was said. Decisions stay."""
    from coachbot.transcribe.naming import name_voices

    told = [[str(v).strip()[:120] for v in form.getlist(n)] for n in ("voice", "name", "side")]
    names = {
        voice: Participant(name=person or voice, side=Side(side), side_source="given")
        for voice, person, side in zip(*told, strict=False)
        if side in (Side.BUYER.value, Side.SELLER.value)
    }
    if names:
        with desk.store.begin() as unit:
            desk.call(unit, call_id)
            unit.transcripts.put(call_id, name_voices(review.transcript_of(unit, call_id), names))
            unit.audit.add(
                "call.voices", f"call:{call_id}", who=desk.user_id,
                after={v: p.model_dump(mode="json", include={"name", "side"}) for v, p in names.items()},
            )  # fmt: skip
        state_of(request, "work").retry(call_id, "extract", by=desk.user_id)
    return RedirectResponse(f"/calls/{call_id}", status_code=303)


@router.post("/held")
def held(request: Request, desk: AtDesk, form: Sent, call_id: str) -> Response:
    """Say on which day the call was held, and find anew what was said: “Thursday” is a day then."""
    day = given_day(text_of(form, "day", most=40))
    if day is None:
        raise HTTPException(422, "Give the day on which the call was held.")
    with desk.store.begin() as unit:
        call = desk.call(unit, call_id)
        transcript = review.transcript_of(unit, call_id)
        unit.transcripts.put(call_id, transcript.model_copy(update={"date": day}))
        unit.calls.update(call.model_copy(update={"date": day}), expected=call.version)
        unit.audit.add(
            "call.date", f"call:{call_id}", who=desk.user_id,
            before={"date": call.date.isoformat() if call.date else None}, after={"date": day.isoformat()},
        )  # fmt: skip
    state_of(request, "work").retry(call_id, "extract", by=desk.user_id)
    return RedirectResponse(f"/calls/{call_id}", status_code=303)
