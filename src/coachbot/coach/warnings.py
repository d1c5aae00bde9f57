"""Prompts from the risks of the deal."""

from __future__ import annotations

from collections.abc import Iterator

from coachbot.coach import plays
from coachbot.coach.case import Case
from coachbot.coach.gates import goes_back, prompt_id
from coachbot.coach.later import dated_turns
from coachbot.coach.speak import back_to, first_name, listing, lower_first, spoken, stop
from coachbot.coach.types import Basis, CoachPrompt, Moment
from coachbot.model.playbook import Play, Risk
from coachbot.model.recap import RiskResult, Stakeholder

RISK = 30.0
YOUNG = 0.3
"""Share of the stages before which it is usual to know one person only."""
_PLAINLY = ("long_time_in_stage", "no_next_step")
ORDER = {
    "slipped_close_date": 6.0, "no_next_step": 5.0, "single_threaded": 4.0, "missing_influence": 3.0,
    "missing_fields": 2.0, "long_time_in_stage": 0.0,
}  # fmt: skip


def risk_prompts(case: Case) -> Iterator[CoachPrompt]:
    """One prompt for each risk of the recap that the call itself does not speak against."""
    by_id = {r.id: r for r in case.book.risks}
    for result in case.risks:
        risk = by_id.get(result.id)
        if risk is None or _dealt_with(case, risk, result):
            continue
        play = plays.by_id(case.book, risk.play)
        play = play or plays.for_text(case.book, f"{risk.label} {risk.message}", case.stage.id)
        if _spoken_against(case, risk, play) or (
            result.evidence and case.look and not case.look.confirms(risk)
        ):
            continue
        # how long the deal is here goes with the criterion that keeps it here
        stays = risk.rule == "long_time_in_stage" and (case.unmet or not case.book.next_stage(case.stage.id))
        if play is not None and not stays:
            yield _prompt(case, risk, result, play)


def _dealt_with(case: Case, risk: Risk, result: RiskResult) -> bool:
    """A day that went and for which another was agreed; one person alone while the deal is young."""
    if risk.rule == "single_threaded":
        return case.lateness < YOUNG
    if risk.rule != "slipped_close_date":
        return False
    first = min((e.turn for e in result.evidence), default=0)
    return goes_back(case) or any(t > first for t in dated_turns(case))


def _spoken_against(case: Case, risk: Risk, play: Play | None) -> bool:
    if risk.rule == "missing_fields":
        return not all(case.lacks(f) for f in risk.fields)
    if risk.rule == "missing_influence":
        roles = [r for r in case.book.influence_roles if r.id in risk.influence]
        titled = any(_has_title(p, r.title_words) for p in case.recap.stakeholders for r in roles)
        told = play is not None and not all(case.lacks(f) for f in play.field[:2])
        return titled or told or (case.look is not None and any(case.look.plays_part(r) for r in roles))
    return False


def _has_title(person: Stakeholder, words: tuple[str, ...]) -> bool:
    role = f" {(person.role or '').casefold()} "
    return person.side == "buyer" and any(f" {w.casefold()} " in role for w in words)


def _prompt(case: Case, risk: Risk, result: RiskResult, play: Play) -> CoachPrompt:
    seen, moments = _seen(case, risk, result)
    about = moments[0].quote if moments else f"{risk.label} {result.message}"
    line = plays.best_line(play, about, case.look.alike if case.look is not None else None)
    words = line.text if line else ""
    # what was said where a step was to be agreed is a way out of the call, and nothing to be reminded of
    hung = bool(moments) and case.buyers(moments[0].speaker) and risk.rule not in _PLAINLY
    said = back_to(moments[0], words) if words and hung else words
    if risk.rule == "single_threaded" and words:
        said = _to_the_one(case, words)
    said = "" if risk.rule == "long_time_in_stage" else said
    return CoachPrompt(
        id=prompt_id(case, "risk", risk.id),
        kind="risk",
        title=f"{risk.label}: {_title(case, risk, moments)}",
        seen=seen,
        moments=moments,
        absence=None if result.evidence or risk.rule == "long_time_in_stage" else case.absence(risk.label),
        why=f"{stop(result.message)} {_why(case, risk)}".strip(),
        basis=Basis(kind="risk", id=risk.id, text=result.message),
        say=(said,) if said else (),
        do=_do(case, risk),
        play=plays.reference(play, case.book, line),
        causes=(f"risk:{risk.rule}", *risk.fields, *play.field[:1]),
        weight=RISK + ORDER.get(risk.rule, 0.0),
    )


def _to_the_one(case: Case, words: str) -> str:
    """The question, put to the only one there is."""
    buyers = [first_name(p.name) for p in case.recap.call.participants if p.side == "buyer"]
    return f"{buyers[0]}, {lower_first(words)}" if len(buyers) == 1 and buyers[0] else words


def _do(case: Case, risk: Risk) -> str:
    following = case.book.next_stage(case.stage.id)
    if risk.rule == "long_time_in_stage" and following is not None:
        return f"Move the deal to {following.name}, or write down what still keeps it in {case.stage.name}."
    return ""


def _title(case: Case, risk: Risk, moments: tuple[Moment, ...]) -> str:
    if moments and risk.rule == "slipped_close_date":
        return f"“{spoken(moments[0], 9)}”"
    if risk.rule == "single_threaded":
        names = [p.name for p in case.recap.call.participants if p.side == "buyer"]
        return (
            f"everything hangs on {listing(first_name(n) for n in names)}"
            if names
            else "find a second way in"
        )
    if risk.rule == "no_next_step":
        return "the call ends without a day"
    return case.stage.name


def _seen(case: Case, risk: Risk, result: RiskResult) -> tuple[str, tuple[Moment, ...]]:
    if result.evidence:
        moment = case.fuller(case.moment(result.evidence[0]))
        return f"{moment.text}.", (moment,)
    receipt = case.absence(risk.label).text
    if risk.rule == "single_threaded":
        # a bare name may be anybody's, a role makes it somebody of theirs
        others = [
            p for p in case.recap.stakeholders
            if p.side == "buyer" and not p.on_call and p.evidence and p.role
        ]  # fmt: skip
        others.sort(key=lambda p: not case.buyers(p.evidence[0].speaker))
        if others:
            said = case.fuller(case.moment(others[0].evidence[0]))
            names = listing(_called(p) for p in others[:3])
            return f"Named on the call, and never heard: {names}. {said.text}.", (said,)
        return f"Nobody else of theirs is named: {receipt}.", ()
    if risk.rule == "no_next_step":
        offered = [n for n in case.recap.next_steps if n.evidence]
        if offered:
            said = case.moment(offered[-1].evidence[0])
            return (
                f"The nearest to it: {said.text}. A step the buyer agreed to, with a day, was {receipt}.",
                (said,),
            )
        return f"A step the buyer agreed to, with a day, was {receipt}.", ()
    if risk.rule == "long_time_in_stage":
        proofs = [case.moment(c.evidence[0]) for c in case.recap.stage.exit_criteria if c.evidence]
        held = " ".join(f"{m.text}." for m in proofs[:2])
        return f"All exit criteria of {case.stage.name} hold: {held}", tuple(proofs[:2])
    if risk.rule == "missing_influence":
        present = [first_name(p.name) for p in case.recap.call.participants if p.side == "buyer"]
        roles = listing((r.label.lower() for r in case.book.influence_roles if r.id in risk.influence), "or")
        heard = f"{listing(present)} {'was' if len(present) == 1 else 'were'} heard. " if present else ""
        return f"{heard}A sign that somebody is their {roles}: {receipt}.", ()
    return f"What would show otherwise was {receipt}.", ()


def _called(person: Stakeholder) -> str:
    return person.name or f"the {person.role}" if person.name or person.role else "somebody"


def _why(case: Case, risk: Risk) -> str:
    shared = {w for w in risk.label.casefold().split() if len(w) > 4}
    mode = next(
        (m for m in case.stage.failure_modes if shared & {w.strip(".,").casefold() for w in m.split()}), None
    )
    return f"How deals come to a halt in {case.stage.name}: {stop(mode)}" if mode else ""
