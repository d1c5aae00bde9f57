"""Sides: given by META, the source or the user's own people; inferred; or left unknown."""

from __future__ import annotations

from typing import Any

import pytest
from ingest_help import Read, meta, sides

from coachbot.model.transcript import CallMeta, DealContext, Participant, Side

SELLER = (
    "Thanks for taking the time. Can I ask, how do you track pumps today?",
    "Understood. What happens when one fails? Who else would be involved?",
    "Perfect. Let me show you our platform; most customers start with a pilot.",
    "What would you need to see? Could we set that up, does that make sense?",
)
BUYER = (
    "We write it down. She said the old sheets are lost, and they're never found.",
    "He wants a list every week. I told him I can't do that, we need a system.",
    "I don't know, your price has to go past my boss. How much is it?",
    "I want it in writing. I'm not signing anything till he says so.",
)


def dialogue(*speakers: tuple[str, tuple[str, ...]]) -> str:
    return "".join(f"{name}: {lines[n]}\n" for n in range(4) for name, lines in speakers)


def test_given_by_the_meta_file(read: Read) -> None:
    text = dialogue(("Ann Lee", BUYER), ("Bo Ek", SELLER))
    assert sides(read(text, meta=meta(Ann_Lee="seller", Bo_Ek="buyer"))) == {
        "Ann Lee": "seller",
        "Bo Ek": "buyer",
    }


def test_inferred_from_what_is_said(read: Read) -> None:
    call = read(dialogue(("Ann Lee", SELLER), ("Bo Ek", BUYER), ("Cy Dahl", BUYER)))
    assert sides(call) == {"Ann Lee": "seller?", "Bo Ek": "buyer?", "Cy Dahl": "buyer?"}
    assert any("inferred from the call for Ann Lee, Bo Ek and Cy Dahl" in w for w in call.warnings)


def test_the_other_of_two(read: Read) -> None:
    talk = "Ann Lee: Hello.\nBo Ek: Hm.\nAnn Lee: Well.\nBo Ek: Yes.\n"
    assert sides(read(talk, meta=meta(Ann_Lee="seller"))) == {"Ann Lee": "seller", "Bo Ek": "buyer?"}
    assert sides(read(talk, own_people=["ann lee"])) == {"Ann Lee": "seller", "Bo Ek": "buyer?"}


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(dialogue(("Ann Lee", SELLER), ("Bo Ek", SELLER)), id="both ask"),
        pytest.param(dialogue(("Ann Lee", BUYER), ("Bo Ek", BUYER)), id="both complain"),
        pytest.param("Ann Lee: Hello.\nBo Ek: Good morning.\n", id="too little"),
        pytest.param(
            dialogue(
                ("Ann Lee", SELLER), ("Bo Ek", BUYER), *((f"Guest {n}", ("Yes.",) * 4) for n in range(9))
            ),
            id="a meeting of many",
        ),
        pytest.param(
            dialogue(
                ("Ann Lee", SELLER),
                ("Bo Ek", BUYER),
                ("Cy Dahl", ("The weather was fine over the sea. " * 9,) * 4),
            ),
            id="most of the talk is of another kind",
        ),
    ],
)
def test_left_unknown_where_it_is_not_clear(read: Read, text: str) -> None:
    call = read(text)
    assert set(sides(call).values()) == {"unknown"}
    assert any("not clear whether" in w for w in call.warnings)


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        (["Ann Lee"], "seller"),
        (["Lee, Ann", ""], "seller"),
        (["ann"], "seller"),
        (["ann@pump.io"], "seller"),
        (["@pump.io"], "seller"),
        (["pump.io"], "seller"),
        (["bob@pump.io"], "unknown"),
        (["Pump Sight"], "unknown"),
    ],
)
def test_own_people(read: Read, own: list[str], expected: str) -> None:
    value: dict[str, Any] = {
        "participants": [{"name": "Ann Lee", "email": "ann@pump.io"}, {"name": "Bo Ek"}, {"name": "Cy"}],
        "turns": [{"speaker": n, "text": "Hello."} for n in ("Ann Lee", "Bo Ek", "Cy")],
    }
    assert sides(read(value, own_people=own))["Ann Lee"] == expected


def test_own_people_by_company(read: Read) -> None:
    call = read(
        "Ann Lee (Pump Sight): Hi.\nBo Ek (Delta): Hi.\nAnn Lee (Pump Sight): So.\n",
        own_people=["pump sight"],
    )
    assert sides(call) == {"Ann Lee": "seller", "Bo Ek": "buyer?"}


def test_the_account_is_the_buyer(read: Read) -> None:
    known = CallMeta(deal=DealContext(account="Delta Water Ltd"))
    call = read(
        "Ann Lee (Pump Sight): Hi.\nBo Ek (Delta Water): Hi.\nCy Dahl (Delta Water): Yes.\n", meta=known
    )
    assert sides(call) == {"Ann Lee": "seller?", "Bo Ek": "buyer?", "Cy Dahl": "buyer?"}


@pytest.mark.parametrize(
    ("account", "company", "email", "is_buyer"),
    [
        ("Delta Water Ltd", "Delta Water", None, True),
        ("Delta Water", "Delta Water Group", None, True),
        ("Delta Water Ltd", None, "bo@deltawater.com", True),
        ("Delta", "Deltatech", None, False),
        ("Delta Water", None, "bo@deltatech.com", False),
        ("Gmail", None, "bo@gmail.com", False),
    ],
)
def test_who_is_of_the_account(
    read: Read, account: str, company: str | None, email: str | None, *, is_buyer: bool
) -> None:
    value = {
        "participants": [{"name": "Bo Ek", "company": company, "email": email}],
        "turns": [{"speaker": n, "text": "Hello."} for n in ("Bo Ek", "Ann", "Cy")],
    }
    call = read(value, meta=CallMeta(deal=DealContext(account=account)))
    assert sides(call)["Bo Ek"] == ("buyer?" if is_buyer else "unknown")


def test_one_company_written_in_two_ways(read: Read) -> None:
    value = {
        "participants": [
            {"name": "Ann", "email": "ann@pumpsight.io"},
            {"name": "Al", "company": "Pump Sight Inc"},
            {"name": "Bo", "company": "Delta"},
        ],
        "turns": [{"speaker": n, "text": "Hello."} for n in ("Ann", "Al", "Bo")],
    }
    assert sides(read(value, own_people=["ann"])) == {"Ann": "seller", "Al": "seller?", "Bo": "buyer?"}


def test_colleagues_share_a_side(read: Read) -> None:
    known = CallMeta(
        participants=(
            Participant(name="Ann Lee", side=Side.SELLER, side_source="given", company="Pump Sight"),
            Participant(name="Bo Ek", company="Pump Sight"),
            Participant(name="Cy", company="Delta"),
        )
    )
    call = read("Ann Lee: Hi.\nBo Ek: Hi.\nCy: Yes.\n", meta=known)
    assert sides(call) == {"Ann Lee": "seller", "Bo Ek": "seller?", "Cy": "buyer?"}


def test_free_mail_is_no_company(read: Read) -> None:
    value = {
        "participants": [{"name": n, "email": f"{n.lower()}@gmail.com"} for n in ("Ann", "Bo", "Cy")],
        "turns": [{"speaker": n, "text": "Hello."} for n in ("Ann", "Bo", "Cy")],
    }
    assert sides(read(value, own_people=["ann@gmail.com"])) == {
        "Ann": "seller",
        "Bo": "unknown",
        "Cy": "unknown",
    }


def test_labels_and_titles_that_say_it(read: Read) -> None:
    assert sides(read("Agent: Hello.\nCustomer: Hm.\nAgent: Well.\n")) == {
        "Agent": "seller?",
        "Customer": "buyer?",
    }
    call = read("Ann Lee (Account Executive): Hi.\nBo Ek (COO): Hi.\nAnn Lee (Account Executive): So.\n")
    assert sides(call) == {"Ann Lee": "seller?", "Bo Ek": "buyer?"}


def test_no_warning_speaks_of_a_file_that_the_reader_may_not_know(read: Read) -> None:
    """Who sent a call by the pages or the API has no meta file; the words fit them too."""
    inferred = dialogue(("Ann Lee", SELLER), ("Bo Ek", BUYER), ("Mia", ("Hm.",) * 4))
    calls = [read(inferred), read(inferred, meta=meta(Ann_Lee="seller")), read("Ann Lee: Hi.\nBo Ek: Yes.\n")]
    told = [w for call in calls for w in call.warnings]
    assert sum("details given with the call" in w for w in told) >= 3
    assert [w for w in told if "meta" in w.casefold()] == []


@pytest.mark.parametrize("words", ["in the details given with the call", "in the meta file"])
def test_what_depends_on_the_details_is_judged_anew(read: Read, words: str) -> None:
    stored = read("Ann Lee: Hi.\nBo Ek: Yes.\n")
    old = stored.model_copy(update={"warnings": (f"Who sells is not clear: say it {words}.", "Cut short.")})
    both = meta(Ann_Lee="seller", Bo_Ek="buyer")
    assert read(old.model_dump(mode="json"), "call.json", both).warnings == ("Cut short.",)
