"""What requests cost, what is kept of them, and budgets that stop before anything is spent."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from llm_server import MESSAGES, SCHEMA, MakeChat, Server, Step, failing, said

from coachbot.errors import BudgetError, EngineError, InputError, ModelError
from coachbot.llm import estimate_tokens
from coachbot.llm.chat import ModelChat
from coachbot.llm.ledger import FILE, Budget, Entry, Ledger, summed
from coachbot.llm.prices import Price, find_price
from coachbot.llm.types import Usage

TABLE = """currency: EUR
models:
  - {model: "m", input: 2, cached: 0.5, output: 8}
  - {model: "big-*", host: llm.example, input: 10, output: 20}
"""
HOSTED = "https://api.openai.com/v1"


@pytest.fixture
def ws(tmp_path: Path) -> Path:
    folder = tmp_path / "ws"
    folder.mkdir()
    return folder


def ask(chat: ModelChat, **more: Any) -> Any:
    return chat.ask(MESSAGES, SCHEMA, name="facts", max_tokens=100, **more)


# -------------------------------------------------------------------------------------------- prices


def test_a_workspace_s_prices_come_first(ws: Path) -> None:
    assert find_price("m", HOSTED, ws) is None
    assert find_price("gpt-4.1", HOSTED, ws) == Price(2.0, 0.5, 8.0, "USD")
    (ws / "prices.yaml").write_text(TABLE + "  - {model: gpt-4.1, input: 1, output: 1}\n")
    assert find_price("m", "http://localhost/v1", ws) == Price(2, 0.5, 8, "EUR")
    assert find_price("big-2", "https://llm.example/v1", ws) == Price(10, 10, 20, "EUR")
    assert find_price("big-2", "https://elsewhere.example/v1", ws) is None
    assert find_price("gpt-4.1", HOSTED, ws) == Price(1, 1, 1, "EUR")
    assert find_price("gpt-4.1-mini-2025-04-14", HOSTED, ws) == Price(0.4, 0.1, 1.6, "USD")
    assert find_price("gpt-4.1-mini", "http://localhost/v1", ws) is None  # only a name's likeness


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("models: 5", "list"),
        ("- a", "list"),
        ("models: [{input: 1, output: 1}]", "entry 1: needs a `model:`"),
        ("models: [{model: a, input: cheap, output: 1}]", "`input:`"),
        ("models: [{model: a, input: 1, output: -1}]", "`output:`"),
        ("models: [{model: a, input: 1, output: 1, host: 5}]", "`host:`"),
        ("models: [", "YAML"),
    ],
)
def test_a_table_with_a_mistake(ws: Path, text: str, says: str) -> None:
    (ws / "prices.yaml").write_text(text)
    with pytest.raises(InputError, match=says):
        find_price("a", HOSTED, ws)


def test_cached_tokens_are_part_of_what_went_in() -> None:
    assert Price(2, 0.5, 8, "EUR").of(1_000_000, 400_000, 100_000) == pytest.approx(1.2 + 0.2 + 0.8)
    assert Price(2, 0.5, 8, "EUR").of(10, 40, 0) == pytest.approx(20e-6)


def test_an_answer_says_what_it_cost(server: Server, make_chat: MakeChat, ws: Path) -> None:
    (ws / "prices.yaml").write_text(TABLE)
    server.steps = [failing(500, "oh"), said()]
    usage = ask(make_chat()).usage
    # 100 tokens in, 40 of them cached, 20 out; the failed request took none, and its price is not known
    assert (usage.requests, usage.tokens_in, usage.tokens_cached, usage.tokens_out) == (2, 100, 40, 20)
    assert (usage.cost, usage.currency) == (pytest.approx((60 * 2 + 40 * 0.5 + 20 * 8) / 1e6), "EUR")


def test_a_server_that_counts_no_tokens(server: Server, make_chat: MakeChat) -> None:
    step = said()
    del step.body["usage"]
    server.steps = [step]
    answer = ask(make_chat())
    assert answer.usage.tokens_in == estimate_tokens(MESSAGES)
    assert answer.usage.tokens_out == estimate_tokens(answer.text)


def test_the_estimate_is_an_upper_one() -> None:
    assert estimate_tokens("") == 0
    assert estimate_tokens("word " * 700) == 1000
    assert estimate_tokens("見積書を送ってください") == 11


# -------------------------------------------------------------------------------------------- ledger


def test_every_request_is_kept(server: Server, make_chat: MakeChat, ws: Path) -> None:
    server.steps = [failing(503, "busy"), said(), said(), Step(200, delay=3), failing(401, "no")]
    ask(make_chat(), call="c1")
    ask(make_chat(), task="repair")
    with pytest.raises(ModelError):
        ask(make_chat(timeout=0.2), call="c2")
    rows = {s.key: s for s in summed(ws, ("task", "call", "outcome"))}
    assert {k: s.requests for k, s in rows.items()} == {
        ("extract", "c1", "server"): 1, ("extract", "c1", "ok"): 1, ("repair", "", "ok"): 1,
        ("extract", "c2", "timeout"): 1, ("extract", "c2", "key_refused"): 1,
    }  # fmt: skip
    assert rows["extract", "c1", "ok"].tokens_cached == 40
    assert rows["extract", "c2", "timeout"].seconds >= 0.2
    (total,) = summed(ws, ("model", "server"))
    assert total.key == ("m", server.url)
    assert (total.requests, total.failed, total.tokens_in, total.unpriced) == (5, 3, 200, 2)
    assert total.cost is None
    assert summed(ws, ("model",), call="c1")[0].requests == 2
    assert summed(ws, ("model",), since="2999-01-01") == []
    assert summed(ws / "elsewhere", ("model",)) == []


def test_processes_write_side_by_side(ws: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from coachbot.llm.ledger import *\n"
        "book = Ledger(Path(sys.argv[1]), Budget(day_tokens=1000))\n"
        "done = 0\n"
        "for _ in range(20):\n"
        "    try: row = book.open(Entry('s', 'm', 't', 'c', 50, None, None))\n"
        "    except BudgetError: break\n"
        "    book.settle(row, 'ok', Usage(requests=1, tokens_in=45, tokens_out=5)); done += 1\n"
        "print(done)"
    )
    words = [sys.executable, "-c", code, str(ws)]
    running = [subprocess.Popen(words, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    done = [int(process.communicate(timeout=60)[0]) for process in running]
    assert sum(done) == 20
    assert summed(ws, ("model",))[0].tokens_in == 900


def test_a_ledger_that_cannot_be_written(
    server: Server, make_chat: MakeChat, ws: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (ws / FILE).write_bytes(b"this is no database, " * 100)
    server.steps = [said()]
    assert ask(make_chat()).data  # nothing depends on it
    assert "is not in the usage" in caplog.text
    with pytest.raises(EngineError, match="no budget can be kept"):
        ask(make_chat(budget_day=5, budget_day_tokens=10_000))
    assert len(server.requests) == 1
    with pytest.raises(EngineError, match="cannot be read"):
        summed(ws, ("model",))


# ------------------------------------------------------------------------------------------- budgets


@pytest.mark.parametrize(
    ("budget", "says"),
    [
        ({"budget_day_tokens": 700}, r"today's budget .* of 700 tokens .*_LLM_BUDGET_DAY_TOKENS"),
        (
            {"budget_call_tokens": 700},
            r"this call's budget .* of 700 tokens .*_LLM_BUDGET_CALL_TOKENS",
        ),
        ({"budget_day": 0.0022}, r"today's budget .* of 0\.0022 EUR .*COACHBOT_LLM_BUDGET_DAY"),
        ({"budget_call": 0.0022}, r"this call's budget .* of 0\.0022 EUR .*COACHBOT_LLM_BUDGET_CALL"),
    ],
)
def test_a_budget_stops_before_it_is_passed(
    server: Server, make_chat: MakeChat, ws: Path, budget: dict[str, float], says: str
) -> None:
    (ws / "prices.yaml").write_text(TABLE)
    server.steps = [said()] * 9
    chat = make_chat(**budget)
    with pytest.raises(BudgetError, match=says):
        _until_it_stops(chat)
    sent = len(server.requests)
    assert 1 <= sent < 9
    spent = summed(ws, ("model",))[0]
    assert spent.requests == sent
    assert spent.tokens_in + spent.tokens_out <= 700
    if "budget_call" in str(budget):
        ask(chat, call="c2")  # another call has its own
    else:
        with pytest.raises(BudgetError):
            ask(make_chat(**budget), call="c2")


def _until_it_stops(chat: ModelChat) -> None:
    for _ in range(9):
        ask(chat, call="c1")


def test_a_question_without_a_call_is_bound_by_itself(server: Server, make_chat: MakeChat) -> None:
    server.steps = [said()] * 3
    chat = make_chat(budget_call_tokens=400)
    for _ in range(3):
        ask(chat)
    with pytest.raises(BudgetError):
        chat.ask(MESSAGES, SCHEMA, name="facts", max_tokens=5000)


def test_retries_count_too(server: Server, make_chat: MakeChat) -> None:
    server.steps = [Step(200, delay=3), said()]
    with pytest.raises(BudgetError) as caught:  # what timed out may be billed: what was held stays counted
        ask(make_chat(budget_day_tokens=300, timeout=0.2))
    assert len(server.requests) == caught.value.usage.requests == 1


def test_a_budget_in_money_needs_a_price(server: Server, make_chat: MakeChat) -> None:
    with pytest.raises(BudgetError, match=r"price of m is not known.*prices\.yaml"):
        ask(make_chat(budget_day=5))
    server.steps = [said()]
    assert ask(make_chat(budget_day=5, budget_day_tokens=10_000)).data
    assert len(server.requests) == 1


def test_a_free_model_has_a_price_of_nothing(server: Server, make_chat: MakeChat, ws: Path) -> None:
    (ws / "prices.yaml").write_text("models: [{model: m, input: 0, output: 0}]")
    server.steps = [said()]
    assert ask(make_chat(budget_day=0.01)).usage.cost == 0


def test_what_a_killed_process_held_stays_counted_today(ws: Path) -> None:
    book = Ledger(ws, Budget(day_tokens=100))
    book.open(Entry("s", "m", "t", None, 80, None, None))  # and never settled
    with pytest.raises(BudgetError):
        book.open(Entry("s", "m", "t", None, 30, None, None))
    row = book.open(Entry("s", "m", "t", None, 20, None, None))
    book.settle(row, "ok", Usage(requests=1, tokens_in=5))
    book.open(Entry("s", "m", "t", None, 15, None, None))
