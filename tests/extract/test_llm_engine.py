"""The language-model engine from end to end, with a chat that says what it is told to."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from llm_world import USAGE, FakeChat, fact, long_call, quote, reply

from coachbot.errors import (
    BudgetError,
    ContextError,
    EngineError,
    RefusedError,
    TruncatedError,
    UnreachableError,
    UsageError,
)
from coachbot.evals.records import Contender
from coachbot.evals.runner import ready_engine
from coachbot.extract import get_engine
from coachbot.extract.llm import LlmEngine
from coachbot.llm.types import Answer
from coachbot.model.claims import Claims, EngineReport, FieldClaim, Quote
from coachbot.model.recap import Recap
from coachbot.model.transcript import DealContext, Transcript
from coachbot.recap import make_recap
from coachbot.settings import settings
from small_world import PLAYBOOK, TURNS, call

NEED = fact(
    "40 hours a week go into copying orders", 1, "We lose about 40 hours a week copying orders by hand"
)
SAID = TURNS[3][1]
PRICE = fact("900 euros a month", 2, "Our price for that would be 900 euros")
INVENTED = fact("They want it today", 5, "We have already decided to buy from you this afternoon")
LOCAL = Claims(
    fields=(FieldClaim(field="need", value="hours", quotes=(Quote(turn=1, text=TURNS[1][1]),)),),
    turns_read=frozenset(range(7)),
    engine=EngineReport(name="local", model="small"),
)


def opening(transcript: Transcript, turn: int) -> str:
    return " ".join(transcript.turns[turn].text.split()[:10])


def recap(*answers: Any, **options: Any) -> tuple[Recap, FakeChat]:
    chat = FakeChat([*answers], **options)
    return make_recap(call(), playbook=PLAYBOOK, engine=LlmEngine(chat=chat)), chat


@pytest.fixture
def local(monkeypatch: pytest.MonkeyPatch) -> None:
    class Local:
        def extract(self, *_: object) -> Claims:
            return LOCAL

    monkeypatch.setattr("coachbot.extract.local.LocalEngine", Local)


def test_one_request_makes_a_recap_whose_every_quote_is_proven() -> None:
    made, chat = recap(
        reply(
            {
                "need": [NEED],
                "price": [fact("900 euros a month", 2, "Our price for that would be 900 euros")],
            },
            people=[
                {"name": "Bea", "role": None, "influence": "champion", "quotes": [quote(3, TURNS[3][1])]}
            ],
            objections=[
                {
                    "category": "too_dear",
                    "text": "too expensive for a workshop",
                    "quotes": [quote(3, "That is far too expensive for a workshop of our size")],
                    "handled": "partly",
                    "answer": "Nothing to pay at first",
                    "answer_quotes": [quote(4, "You pay nothing until the first 30 days are over")],
                }
            ],
            next_steps=[],
            summary=[{"text": "They lose hours to copying.", "turns": [1]}],
        )
    )
    assert len(chat.asked) == 1
    assert [i.value for i in made.fields["need"].items] == ["40 hours a week go into copying orders"]
    assert made.fields["price"].items[0].evidence[0].quote == "Our price for that would be 900 euros"
    assert [(s.name, s.role, s.on_call, s.influence) for s in made.stakeholders] == [
        ("Bea", "Owner", True, "champion")
    ]
    assert (made.objections[0].handled, made.objections[0].response is None) == ("partly", False)
    assert [line.text for line in made.summary] == ["They lose hours to copying."]
    assert (made.coverage.turns_read, made.unproven, made.warnings) == (7, (), ())
    report = made.engine
    assert (report.name, report.model, report.requests, report.fallback_from) == ("llm", "fake", 1, None)
    assert (report.tokens_in, report.tokens_out, report.tokens_cached) == (100, 20, 60)
    assert set(report.prompts) == {"extract"}


def test_what_does_not_ground_is_asked_for_once_more_with_only_the_turns_near_it() -> None:
    mended = {
        "mended": [{"number": 1, "value": "Both sites lie in the north", "quotes": [quote(5, TURNS[5][1])]}]
    }
    made, chat = recap(reply({"need": [NEED, INVENTED]}), mended)
    assert [i.value for i in made.fields["need"].items][1:] == ["Both sites lie in the north"]
    assert (made.engine.requests, set(made.engine.prompts)) == (2, {"extract", "repair"})
    second = chat.asked[1].text
    assert "[T5]" in second
    assert "these words" in second
    assert "[T1]" not in second
    assert "40 hours" not in second


def test_a_claim_that_stays_unproven_is_shown_apart_and_not_asked_for_again() -> None:
    made, chat = recap(reply({"need": [NEED, INVENTED]}), {"mended": []})
    assert len(chat.asked) == 2
    assert [i.value for i in made.fields["need"].items] == [NEED["value"]]
    assert [(u.kind, u.value) for u in made.unproven] == [("field:need", INVENTED["value"])]


def test_a_failed_second_look_keeps_what_was_proven() -> None:
    made, _ = recap(reply({"need": [NEED, INVENTED]}), UnreachableError("the server hung up"))
    assert (made.engine.name, len(made.fields["need"].items), len(made.unproven)) == ("llm", 1, 1)
    assert "the server hung up" in made.warnings[0]


def test_the_sellers_words_never_become_the_buyers() -> None:
    made, _ = recap(reply({"need": [fact("nothing to pay", 4, TURNS[4][1])]}), {"mended": []})
    assert made.fields["need"].items == ()
    assert made.unproven[0].why == "wrong_side"


def test_a_value_with_a_number_nobody_said_becomes_the_words_that_were_said() -> None:
    made, chat = recap(reply({"need": [fact("2,080 hours a year", 1, TURNS[1][1])]}))
    assert len(chat.asked) == 1
    assert made.fields["need"].items[0].value == TURNS[1][1]


def test_a_quote_too_short_grows_to_its_sentence_without_a_request() -> None:
    made, chat = recap(reply({"need": [fact("copying", 1, "by hand")]}))
    assert len(chat.asked) == 1
    assert made.fields["need"].items[0].evidence[0].quote == TURNS[1][1]


def test_a_sentence_of_the_summary_without_a_proven_claim_is_dropped() -> None:
    made, _ = recap(
        reply(
            {"need": [NEED, INVENTED]},
            summary=[
                {"text": "They copy by hand.", "turns": [1]},
                {"text": "They have decided.", "turns": [5]},
                {"text": "They like us.", "turns": [6]},
                {"text": "All is well.", "turns": []},
            ],
        ),
        {"mended": []},
    )
    assert [line.text for line in made.summary] == ["They copy by hand."]


def test_without_a_usable_summary_one_is_made_by_rule() -> None:
    made, _ = recap(reply({"need": [NEED]}, summary=[{"text": "All is well.", "turns": [6]}]))
    assert [line.text for line in made.summary] == [f"Need: {NEED['value']}"]


FAULTS = [
    UnreachableError("no connection"),
    RefusedError("the model declined"),
    BudgetError("the day's budget"),
]


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.usefixtures("local")
def test_where_the_model_fails_the_local_engine_stands_in_and_says_so(fault: EngineError) -> None:
    made, _ = recap(fault)
    assert (made.engine.name, made.engine.fallback_from) == ("local", "llm")
    assert [i.value for i in made.fields["need"].items] == ["hours"]
    banner = made.warnings[0]
    assert str(fault) in banner
    assert "--engine llm" in banner
    shown = made.model_copy(update={"warnings": ()}).to_json()
    assert str(fault) not in shown


@pytest.mark.parametrize("fault", FAULTS)
def test_without_a_fallback_the_error_is_raised(fault: EngineError) -> None:
    engine = LlmEngine(chat=FakeChat([fault])).without_fallback()
    with pytest.raises(type(fault), match=str(fault)):
        make_recap(call(), playbook=PLAYBOOK, engine=engine)


def test_what_was_spent_before_the_failure_is_reported(monkeypatch: pytest.MonkeyPatch, local: None) -> None:
    fault = RefusedError("declined")
    fault.usage = USAGE
    made, _ = recap(fault)
    assert (made.engine.requests, made.engine.tokens_in) == (1, 100)


def test_where_both_engines_fail_both_reasons_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken:
        def extract(self, *_: object) -> Claims:
            raise EngineError("the encoder is missing")

    monkeypatch.setattr("coachbot.extract.local.LocalEngine", Broken)
    with pytest.raises(EngineError, match=r"no connection.*the encoder is missing"):
        recap(UnreachableError("no connection"))


@pytest.mark.usefixtures("local")
def test_an_answer_that_finds_nothing_in_a_long_call_is_a_failure() -> None:
    engine = LlmEngine(chat=FakeChat([reply()]))
    made = make_recap(long_call(30), playbook=PLAYBOOK, engine=engine)
    assert (made.engine.fallback_from, "found nothing in 30 turns" in made.warnings[0]) == ("llm", True)


def broken(data: dict[str, Any], text: str) -> TruncatedError:
    fault = TruncatedError("broke off")
    fault.answer = Answer(data=data, usage=USAGE, text=text)
    fault.usage = USAGE
    return fault


def test_an_answer_that_breaks_off_is_gone_on_with_for_the_fields_it_did_not_reach() -> None:
    first = reply({"need": [NEED]})
    text = json.dumps(first)
    price = fact("900 euros a month", 2, "Our price for that would be 900 euros a month")
    made, chat = recap(
        broken(first, text[: text.index("]}]") + 2]), {"facts": {"need": [NEED], "price": [price]}}
    )
    assert (len(made.fields["need"].items), len(made.fields["price"].items)) == (1, 1)
    assert made.coverage.turns_read == 7
    again = chat.asked[1]
    assert (
        again.messages[: len(chat.asked[0].messages)] == chat.asked[0].messages
    )  # a provider has these kept
    assert list(again.schema["properties"]["facts"]["properties"]) == ["need", "worth", "price", "region"]
    assert set(made.engine.prompts) == {"extract", "continue"}


def test_after_a_broken_answer_no_third_request_is_made() -> None:
    first = reply({"need": [NEED, INVENTED]})
    made, chat = recap(broken(first, '{"facts": {"need": ['), {"facts": {}})
    assert (len(chat.asked), len(made.unproven)) == (2, 1)


def test_what_stays_unread_after_two_broken_answers_is_not_said_to_be_missing() -> None:
    first = reply({"need": [NEED]})
    made, _ = recap(broken(first, '{"facts": {"need": ['), RefusedError("declined"))
    assert made.fields["price"].state == "not_read"
    assert made.coverage.turns_read < made.coverage.turns_total
    assert "declined" in made.warnings[0]


def test_a_long_call_is_read_in_parts_by_a_model_with_a_small_context() -> None:
    long = long_call(300)

    def answer(asked: Any) -> dict[str, Any]:
        lines = [line for line in asked.text.splitlines() if line.startswith("[T")]
        turns = [int(line[2 : line.index("]")]) for line in lines]
        mine = [t for t in turns if t % 2]
        return reply({"need": [fact(f"item {t}", t, opening(long, t)) for t in mine]})

    chat = FakeChat([answer], context=8192)
    made = make_recap(long, playbook=PLAYBOOK, engine=LlmEngine(chat=chat))
    assert len(chat.asked) > 2
    assert (made.coverage.turns_read, made.engine.requests) == (300, len(chat.asked))
    assert all(a.max_tokens is not None for a in chat.asked)
    items = made.fields["need"].items
    assert len(items) == 150  # what two parts both read is said once
    assert [i.evidence[0].turn for i in items] == [t for t in range(300) if t % 2]


def test_a_part_that_fails_costs_its_turns_and_not_the_call() -> None:
    long = long_call(300)
    first = reply({"need": [fact("item", 1, opening(long, 1))]})
    chat = FakeChat([first, RefusedError("declined")], context=8192)
    made = make_recap(long, playbook=PLAYBOOK, engine=LlmEngine(chat=chat))
    assert made.engine.name == "llm"
    assert 0 < made.coverage.turns_read < 300
    assert made.fields["price"].state == "not_read"
    assert "are not read): declined" in made.warnings[0]


def test_a_context_smaller_than_was_said_is_met_with_smaller_parts() -> None:
    long = long_call(100)

    def answer(asked: Any) -> Any:
        if len(asked.text) > 20_000:
            raise ContextError("too long")
        return reply({"need": [fact("item", 1, opening(long, 1))]})

    chat = FakeChat([answer], context=64_000)
    made = make_recap(long, playbook=PLAYBOOK, engine=LlmEngine(chat=chat))
    assert (made.engine.name, made.coverage.turns_read) == ("llm", 100)


@pytest.mark.usefixtures("local")
def test_a_context_too_small_for_the_playbook_falls_back_and_says_what_to_set() -> None:
    made, chat = recap(reply(), context=2048)
    assert (chat.asked, made.engine.fallback_from) == ([], "llm")
    assert "COACHBOT_LLM_CONTEXT" in made.warnings[0]


def test_the_engine_is_known_by_name_and_takes_prompt_versions() -> None:
    engine = get_engine("llm")
    assert isinstance(engine, LlmEngine)
    assert engine.with_prompts({"extract": "v1"}).versions == {"extract": "v1"}
    with pytest.raises(UsageError, match="no prompt 'coach'"):
        engine.with_prompts({"coach": "v1"})
    with pytest.raises(UsageError, match="v99"):
        LlmEngine(chat=FakeChat([reply()])).with_prompts({"extract": "v99"}).extract(
            call(), PLAYBOOK, DealContext()
        )


def test_the_summary_may_be_in_another_language(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COACHBOT_SUMMARY_LANGUAGE", "German")
    settings.cache_clear()
    _, chat = recap(reply({"need": [NEED]}))
    assert "Write the summary in this language: German" in chat.asked[0].messages[-1].content


def test_evals_score_the_model_and_never_its_stand_in() -> None:
    ready_engine.cache_clear()
    for contender in (Contender(engine="llm"), Contender(engine="llm", prompt="extract/v1")):
        engine = ready_engine(contender)
        assert isinstance(engine, LlmEngine)
        assert not engine.fall_back
        assert engine.versions == ({"extract": "v1"} if contender.prompt else {})
    ready_engine.cache_clear()


def test_what_had_to_be_mended_in_an_answer_is_told() -> None:
    class Mending(FakeChat):
        def ask(self, *args: Any, **options: Any) -> Answer:
            return replace(super().ask(*args, **options), repairs=("an item of people was left out",))

    made = make_recap(call(), playbook=PLAYBOOK, engine=LlmEngine(chat=Mending([reply({"need": [NEED]})])))
    assert made.warnings == ("The model's answer had to be mended: an item of people was left out.",)
