"""A small playbook, small calls, and an engine that says what it is told to say."""

from __future__ import annotations

from coachbot.model.claims import Claims, EngineReport, Evidence, FieldClaim, Match, Quote
from coachbot.model.playbook import (
    Commitment,
    Criterion,
    FieldSpec,
    InfluenceRole,
    ObjectionCategory,
    Playbook,
    Reversion,
    Risk,
    Stage,
)
from coachbot.model.transcript import DealContext, Participant, Side, Source, Transcript, Turn

ENGINE = EngineReport(name="local", model="fake")

PLAYBOOK = Playbook(
    id="small",
    name="Small",
    version="3",
    stages=(
        Stage(
            id="meet",
            name="Meet",
            purpose="",
            healthy_days=10,
            required_fields=("need", "worth"),
            exit_criteria=(
                Criterion(id="has_need", text="They have a need.", question="What hurts?", fields=("need",)),
            ),
        ),
        Stage(
            id="prove",
            name="Prove",
            purpose="",
            healthy_days=20,
            entry_criteria=(
                Criterion(id="need_proven", text="What was asked before holds."),
                Criterion(id="worth_known", text="It is worth something.", fields=("worth",)),
            ),
            exit_criteria=(
                Criterion(
                    id="plan_agreed",
                    text="They agreed to a plan.",
                    commitments=("accepts_plan",),
                    agreed=True,
                ),
            ),
            buyer_commitments=(Commitment(id="accepts_plan", text="They accept the plan."),),
        ),
        Stage(
            id="close",
            name="Close",
            purpose="",
            healthy_days=5,
            exit_criteria=(Criterion(id="price_said", text="The price was said.", fields=("price",)),),
        ),
    ),
    fields=(
        FieldSpec(id="need", label="Need", question="What hurts?"),
        FieldSpec(id="worth", label="Worth", question="What is it worth?", kind="money"),
        FieldSpec(id="price", label="Price", question="What does it cost?", said_by="either"),
        FieldSpec(id="region", label="Region", question="Where?", kind="choice", options=("north", "south")),
    ),
    objections=(ObjectionCategory(id="too_dear", label="Too dear"),),
    influence_roles=(InfluenceRole(id="champion", label="Champion"),),
    risks=(Risk(id="alone", label="One contact", rule="single_threaded", message="Only {count} known."),),
    reversions=(
        Reversion(id="need_gone", text="The need is gone.", to="meet"),
        Reversion(id="plan_gone", text="The plan is off.", to="prove", from_stages=("close",)),
    ),
)

TURNS = (
    ("Sam", "Good morning Bea, so what made you look around for something new?"),
    ("Bea", "We lose about 40 hours a week copying orders by hand into the ledger."),
    ("Sam", "Our price for that would be 900 euros a month, all in."),
    ("Bea", "That is far too expensive for a workshop of our size, honestly."),
    ("Sam", "You pay nothing until the first 30 days are over, so you can see it work."),
    ("Bea", "Both our sites are in the north, none of them in the south."),
    ("Guest", "Somebody should write down what we agreed on before lunch today."),
)


def call(*turns: tuple[str, str]) -> Transcript:
    """A call of Sam, who sells, Bea, who buys, and Guest, of whom nothing is known; with times."""
    return Transcript(
        id="c1",
        title="A small call",
        participants=(
            Participant(name="Sam", side=Side.SELLER, side_source="given", title="Account executive"),
            Participant(name="Bea", side=Side.BUYER, side_source="given", title="Owner"),
            Participant(name="Guest"),
        ),
        turns=tuple(
            Turn(index=n, speaker=who, text=text, start_s=n * 10.0, end_s=n * 10.0 + 9)
            for n, (who, text) in enumerate(turns or TURNS)
        ),
        source=Source(format="test", sha256="0" * 64),
    )


def proof(turn: int, quote: str = "words") -> Evidence:
    """Evidence in that turn of `call()`."""
    return Evidence(turn=turn, speaker=TURNS[turn][0], quote=quote, match=Match.EXACT)


def said(field: str, value: str, *turns: int) -> FieldClaim:
    """A claim that cites those turns of `call()` whole."""
    return FieldClaim(field=field, value=value, quotes=tuple(Quote(turn=t, text=TURNS[t][1]) for t in turns))


class FakeEngine:
    """Says what it was given, whatever the call; has read all of it unless told otherwise."""

    def __init__(self, claims: Claims | None = None) -> None:
        self.claims = claims or Claims(engine=ENGINE)

    def extract(self, transcript: Transcript, playbook: Playbook, deal: DealContext) -> Claims:
        if "turns_read" in self.claims.model_fields_set:
            return self.claims
        return self.claims.model_copy(update={"turns_read": frozenset(range(len(transcript.turns)))})
