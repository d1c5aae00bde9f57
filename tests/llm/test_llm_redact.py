"""What is hidden from a model, what is not, and that it all comes back."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from llm_server import SCHEMA, MakeChat, Server, said

from coachbot.errors import TruncatedError, UsageError
from coachbot.llm import Message
from coachbot.llm.redact import Redactor, is_card, is_iban


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("Write to bea.orders+new@harbour-works.co.uk today.", "Write to [EMAIL_1] today."),
        ("It is bea dot jones at harbour dot com, right?", "It is [EMAIL_1], right?"),
        ("Call me: +49 170 1234567.", "Call me: [PHONE_1]."),
        ("Call 0049 30 901820 please", "Call [PHONE_1] please"),
        ("My number's (030) 901 820", "My number's [PHONE_1]"),
        ("ring 415-555-2671 or 415.555.2672", "ring [PHONE_1] or [PHONE_2]"),
        ("London is 020 7946 0958,", "London is [PHONE_1],"),
        ("Paris: 01 42 68 53 00", "Paris: [PHONE_1]"),
        ("The card is 4111 1111 1111 1111, expiring soon", "The card is [CARD_1], expiring soon"),
        ("Amex 378282246310005", "Amex [CARD_1]"),
        ("IBAN DE89 3704 0044 0532 0130 00 it is", "IBAN [IBAN_1] it is"),
        ("GB82WEST12345698765432", "[IBAN_1]"),
        ("her SSN is 078-05-1120.", "her SSN is [ID_1]."),
        ("NI number AB 12 34 56 C", "NI number [ID_1]"),
        ("a@b.example and a@b.example", "[EMAIL_1] and [EMAIL_1]"),
    ],
)
def test_what_is_personal_is_hidden_and_comes_back(text: str, hidden: str) -> None:
    redactor = Redactor()
    assert redactor.hide(text) == hidden
    assert redactor.restore(hidden) == text


@pytest.mark.parametrize(
    "text",
    [
        "[T12] Bea (buyer): we lose 40 hours a week, 1,200,000 orders a year.",
        "On 2026-03-17 at 14:30, not 17.03.2026 or 3/17/2026.",
        "Order 4111 1111 1111 1112 is not a card; nor is 0000 0000 0000 0000.",
        "DE11 3704 1144 1532 1130 11 has the wrong sum.",
        "Version 10.0.19045.3803 on 192.168.100.200",
        "Between 2019 and 2026 we went from 12 to 340 people.",
        "It costs 900 to 1200 euros, 15 to 20 percent more.",
        "Invoice 2026-000123, ticket 555-01",
        "We meet at noon at the office dot dot dot",
        "USD 25,000.00 and EUR 1.250.000,00",
        "000-12-3456 and 666-12-3456 are not given out.",
    ],
)
def test_what_is_not_personal_stays(text: str) -> None:
    assert Redactor().hide(text) == text


def test_patterns_of_a_team() -> None:
    redactor = Redactor([r"ACME-\d+", "(?i)project falcon"])
    assert redactor.hide("ACME-17 is Project Falcon") == "[HIDDEN_1] is [HIDDEN_2]"
    assert redactor.restore("[HIDDEN_2]") == "Project Falcon"


@pytest.mark.parametrize("pattern", ["(", "x*", ""])
def test_a_pattern_that_cannot_be(pattern: str, make_chat: MakeChat) -> None:
    with pytest.raises(UsageError, match="COACHBOT_LLM_REDACT_PATTERNS"):
        make_chat(redact=True, redact_patterns=[pattern])


def test_placeholders_that_a_transcript_had_are_left_alone() -> None:
    redactor = Redactor()
    assert redactor.hide("Mail [EMAIL_1] or a@b.example") == "Mail [EMAIL_1] or [EMAIL_2]"
    assert redactor.restore("[EMAIL_1] [EMAIL_2] [EMAIL_3]") == "[EMAIL_1] a@b.example [EMAIL_3]"


def test_nested_json_comes_back_and_lost_brackets_do_not_matter() -> None:
    redactor = Redactor()
    redactor.hide("a@b.example, +49 170 1234567")
    answer = {"[EMAIL_1]": ["EMAIL_1", {"q": "at PHONE_1, or [PHONE_1]", "n": 1, "x": None}]}
    assert redactor.restore(answer) == {
        "a@b.example": ["a@b.example", {"q": "at +49 170 1234567, or +49 170 1234567", "n": 1, "x": None}]
    }


@given(st.text(alphabet="0123456789 +-()[]ABEMAILPHONE_.@x", max_size=60))
def test_whatever_is_hidden_comes_back(text: str) -> None:
    redactor = Redactor()
    hidden = redactor.hide(text)
    assert Redactor().hide(hidden) == hidden
    if "[" not in text and "_" not in text:
        assert redactor.restore(hidden) == text


@pytest.mark.parametrize(
    ("number", "good"), [("79927398713", False), ("4012888888881881", True), ("4" * 16, False)]
)
def test_luhn(number: str, good: bool) -> None:
    assert is_card(number) is good


@pytest.mark.parametrize(
    ("number", "good"), [("NL91 ABNA 0417 1643 00", True), ("NL92 ABNA 0417 1643 00", False), ("NL91", False)]
)
def test_mod_97(number: str, good: bool) -> None:
    assert is_iban(number) is good


def test_a_model_sees_placeholders_and_we_get_the_words(server: Server, make_chat: MakeChat) -> None:
    messages = [
        Message("system", "Read."),
        Message("user", "[T1] Bea: I am at bea@harbour.example, card 4111 1111 1111 1111"),
    ]
    answer = {"facts": [{"field": "need", "value": "I am at [EMAIL_1], card [CARD_1]", "turn": 1}]}
    server.steps = [said(answer)] * 3
    chat = make_chat(redact=True)
    got = chat.ask(messages, SCHEMA, name="facts", call="c1")
    assert got.data["facts"][0]["value"] == "I am at bea@harbour.example, card 4111 1111 1111 1111"
    sent = json.dumps(server.requests)
    assert "harbour" not in sent
    assert "4111" not in sent
    # a second question about the call uses the same placeholders, in whatever order the words come
    chat.ask([Message("user", "x@y.example, then bea@harbour.example")], SCHEMA, name="facts", call="c1")
    assert server.requests[-1]["messages"][-1]["content"] == "[EMAIL_2], then [EMAIL_1]"
    chat.ask([Message("user", "x@y.example")], SCHEMA, name="facts", call="c2")
    assert server.requests[-1]["messages"][-1]["content"] == "[EMAIL_1]"


def test_what_was_saved_of_a_broken_answer_comes_back_too(server: Server, make_chat: MakeChat) -> None:
    text = '{"facts": [{"field": "need", "value": "[EMAIL_1]", "turn": 1}, {"field": "ne'
    server.steps = [said(text, finish="length")]
    with pytest.raises(TruncatedError) as caught:
        make_chat(redact=True).ask([Message("user", "a@b.example")], SCHEMA, name="facts")
    assert caught.value.answer.data["facts"][0]["value"] == "a@b.example"


def test_without_the_setting_nothing_is_hidden(server: Server, make_chat: MakeChat) -> None:
    server.steps = [said()]
    make_chat().ask([Message("user", "a@b.example")], SCHEMA, name="facts")
    assert server.requests[0]["messages"][0]["content"] == "a@b.example"
