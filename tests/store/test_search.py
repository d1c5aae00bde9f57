from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachbot.store import Store
from coachbot.store.places import snippet
from coachbot.store.words import bag, fold_text, parse, stem, stems
from store_world import a_fact, a_transcript, add_call, add_deal, at

LINES = (
    "We are worried about pricing, and the façade renovation.",
    "The companies we planned for needed three weeks.",
    "見積もりを送ってください。",
    "Der Einkauf prüft die Verträge; it's the e-mail from ACME's CFO.",
    "Processes need a <b>security</b> review of 25,000 seats.",
)

FINDS = [
    ("price", 0, "pricing"), ("prices worried", 0, "pricing"),
    ("facade", 0, "façade"), ("FAÇADE", 0, "façade"),
    ("company", 1, "companies"), ("planning", 1, "planned"), ("need", 1, "needed"),
    ("plan*", 1, "planned"), ("planni*", None, None), ("pricin*", 0, "pricing"), ("prici*", 0, "pricing"),
    ('"worried about pricing"', 0, "worried about pricing"), ('"about worried"', None, None),
    ('"pricing and the"', 0, "pricing, and the"), ('"price and"', None, None),
    ("見積", 2, "見積"), ("見積もりを送", 2, "見積もりを送"), ("送り", None, None), ("送", 2, "送"),
    ("vertrage", 3, "Verträge"), ("Verträge", 3, "Verträge"), ("e-mail", 3, "e"), ("acme", 3, "ACME"),
    ("25,000", 4, "25"), ("security <b>", 4, "b"), ("process", 4, "Processes"),
    ("zebra", None, None), ("pricing zebra", None, None), ("", None, None), ("* \" ' -- ;", None, None),
    ("NEAR(pricing)", None, None), ("pricing OR zebra", None, None), ("title:pricing", None, None),
    ("pricing' & !worried:*", 0, "pricing"),
]  # fmt: skip


@pytest.mark.parametrize(("query", "turn", "marked"), FINDS)
def test_what_is_found_and_where(searched: Store, query: str, turn: int | None, marked: str | None) -> None:
    with searched.read() as unit:
        hits = unit.search(query).items
    if turn is None:
        assert hits == ()
        return
    (hit,) = hits
    assert (hit.where, hit.turn, hit.speaker, hit.start_s) == (
        "turn", turn, ("Ana", "Ben")[turn % 2], 10.0 * turn,
    )  # fmt: skip
    start, end = hit.marks[0]
    assert marked in {hit.snippet[a:b] for a, b in hit.marks}
    assert hit.snippet[start:end] in LINES[turn]


@pytest.fixture(params=["sqlite", "postgres"])
def searched(request: pytest.FixtureRequest) -> Store:
    store: Store = request.getfixturevalue(f"{request.param}_store")
    with store.begin() as unit:
        add_call(unit, 1, *LINES)
        add_call(unit, 2, "Nothing of that.")
    return store


def test_titles_deals_and_facts_are_found(store: Store) -> None:
    with store.begin() as unit:
        deal = add_deal(unit, "Glacier rollout")
        call = add_call(unit, 1, "Hello there", title="Kick-off with Sigrid", deal_id=deal.id)
        unit.facts.put(a_fact(deal.id, call.id, value={"value": "churn of eleven percent", "n": 3}))

        def where(query: str) -> list[tuple[str, str]]:
            return [(h.where, h.snippet) for h in unit.search(query).items]

        assert where("sigrid") == [("title", "Kick-off with Sigrid")]
        assert where("glacier") == [("title", "Glacier rollout")]
        assert where("churn") == [("fact", "churn of eleven percent")]
        assert where("hello sigrid churn")[0][0] == "turn"
        assert where('"eleven percent"')[0][0] == "fact"
        unit.calls.update(call.model_copy(update={"title": "Demo"}), expected=1)
        unit.deals.update(deal.model_copy(update={"name": "Fjord"}), expected=1)
        unit.facts.withdraw("item-1")
        assert where("sigrid") == where("glacier") == where("churn") == []
        assert where("hello demo fjord") != []


def test_the_newest_call_comes_first_also_when_its_date_changes(store: Store) -> None:
    with store.begin() as unit:
        for number in (1, 2, 3):
            add_call(unit, number, "quote", date=at(number * 60))
        assert [h.call.id[-1] for h in unit.search("quote").items] == ["3", "2", "1"]
        call = unit.calls.need("call-0001")
        unit.calls.update(call.model_copy(update={"date": at(1000)}), expected=1)
        assert [h.call.id[-1] for h in unit.search("quote").items] == ["1", "3", "2"]


def test_a_new_transcript_replaces_what_is_found(store: Store) -> None:
    with store.begin() as unit:
        call = add_call(unit, 1, "old words")
        unit.transcripts.put(call.id, a_transcript("new words"))
        assert unit.search("old").items == ()
        assert len(unit.search("new").items) == 1


def test_a_phrase_that_few_proposals_hold_is_found_in_the_end(store: Store) -> None:
    with store.begin() as unit:
        for number in range(1, 31):
            add_call(unit, number, "blue red" if number % 15 else "red blue")
        first = unit.search('"red blue"', limit=1)
        assert [h.call.id for h in first.items] == ["call-0030"]
        second = unit.search('"red blue"', limit=1, cursor=first.next_cursor)
        assert [h.call.id for h in second.items] == ["call-0015"]
        assert unit.search('"red blue"', limit=5).next_cursor is None


def test_many_calls_of_one_minute_get_places_of_their_own(store: Store) -> None:
    from store_world import a_call

    with store.begin() as unit:
        unit.calls.add_many(a_call(n, created_at=at(0)) for n in range(1, 401))
        unit.transcripts.put_many((f"call-{n:04}", a_transcript("same")) for n in range(1, 401))
        assert len(unit.search("same", limit=400).items) == 400


def test_the_index_can_be_made_anew(store: Store) -> None:
    with store.begin() as unit:
        add_call(unit, 1, *LINES)
        add_call(unit, 2, "Other words", title="Renewal")
        before = [unit.search(q).items for q in ("price", "other", "renewal")]
        assert unit.index.rebuild() == 2
        assert [unit.search(q).items for q in ("price", "other", "renewal")] == before


@pytest.mark.parametrize(
    ("words", "root"),
    [
        (("price", "prices", "priced", "pricing"), "pric"),
        (("company", "companies"), "compan"),
        (("plan", "plans", "planned", "planning"), "plan"),
        (("process", "processes"), "proces"),
        (("need", "needs", "needed"), "need"),
        (("call", "called", "calling"), "cal"),
    ],
)
def test_forms_of_a_word_share_a_stem(words: tuple[str, ...], root: str) -> None:
    assert {stem(w) for w in words} == {root}


@given(st.text(max_size=60))
def test_folding_keeps_offsets_and_stems_begin_their_words(text: str) -> None:
    assert len(fold_text(text)) == len(text)
    assert set(bag([text]).split()) == set(stems(text))
    for term in parse(text):
        if term.stem is not None:
            assert term.stem


@given(st.text(min_size=1, max_size=12), st.text(max_size=80))
def test_every_word_is_found_in_its_own_text(word: str, rest: str) -> None:
    text = f"{rest} {word} end"
    held = set(bag([text]).split())
    for term in parse(word.replace('"', " ").replace("*", " ")):
        for choices in term.needs:
            assert any(
                c in held or (c.endswith("*") and any(h.startswith(c[:-1]) for h in held)) for c in choices
            )


@given(st.text(max_size=400), st.integers(0, 399), st.integers(1, 9))
def test_a_snippet_holds_its_marks(text: str, start: int, length: int) -> None:
    span = (min(start, len(text)), min(start + length, len(text)))
    passage, marks = snippet(text, [span])
    for a, b in marks:
        assert passage[a:b] == text[span[0] : span[1]]
