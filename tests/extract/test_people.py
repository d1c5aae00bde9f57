"""Who is found on the buyer's side, with which part, and on which words."""

from __future__ import annotations

import pytest

from coachbot.extract.people import find_people
from coachbot.model.claims import StakeholderClaim
from coachbot.model.playbook import InfluenceRole
from coachbot.model.transcript import Participant, Side, Source, Transcript, Turn

ROLES = (
    InfluenceRole(
        id="ally",
        label="Ally",
        description="Pushes for it inside.",
        listen_for=("I'll take it upstairs myself.",),
    ),
    InfluenceRole(id="wallet", label="Holds the budget", title_words=("cfo", "owner")),
    InfluenceRole(id="judge", label="Has the final say", description="Decides.", title_words=("ceo",)),
    InfluenceRole(id="tester", label="Technical evaluator", title_words=("engineer",)),
    InfluenceRole(id="lawyer", label="Legal", description="Reads the contract."),
    InfluenceRole(id="hands", label="End user", description="Works with it every day."),
    InfluenceRole(id="brake", label="Opponent", description="Is against it and may block it."),
    InfluenceRole(id="guard", label="Security", title_words=("security",)),
)


def call(*turns: tuple[str, str], buyer_title: str | None = "Plant manager") -> Transcript:
    """A call of Sal Ortega (who sells, with Priya Nair) and Bo Lindholm (who buys)."""
    people = (
        Participant(name="Sal Ortega", side=Side.SELLER, title="Account executive"),
        Participant(name="Priya Nair", side=Side.SELLER),
        Participant(name="Bo Lindholm", side=Side.BUYER, title=buyer_title),
    )
    names = {"S": "Sal Ortega", "P": "Priya Nair", "B": "Bo Lindholm"}
    said = [Turn(index=i, speaker=names[who], text=text) for i, (who, text) in enumerate(turns)]
    return Transcript(
        id="t", title="t", participants=people, turns=tuple(said), source=Source(format="test", sha256="0")
    )


def others(transcript: Transcript, *contacts: str) -> list[StakeholderClaim]:
    return [p for p in find_people(transcript, contacts, ROLES) if not p.on_call]


@pytest.mark.parametrize(
    ("said", "name", "role"),
    [
        ("And Greta, she's our CFO, asks me every week.", "Greta", "CFO"),
        ("You would need Tomas Rehn, he's the system CIO.", "Tomas Rehn", "system CIO"),
        ("Our lawyer, Agnes, reads those.", "Agnes", "lawyer"),
        ("That goes to Mr. Halvorsen, he signs it.", "Mr Halvorsen", None),
        ("Ines in finance said no.", "Ines", "finance"),
        ("Ask Wanda from procurement.", "Wanda", "procurement"),
        ("I'd have to ask Kirsten. She signs the cheques.", "Kirsten", None),
        ("There's a lad called Piet, he types it all in.", "Piet", None),
        (
            "Oksana looks after the whole integration. She knows it.",
            "Oksana",
            "looks after the whole integration",
        ),
        ("My document controller, Ebba, keeps the list.", "Ebba", "document controller"),
        ("Leave Magnus to me, he'd buy anything.", "Magnus", None),
        ("It’s Rurik’s decision, he’s the owner.", "Rurik", "owner"),
    ],
)
def test_people_spoken_of_are_found_with_their_role(said: str, name: str, role: str | None) -> None:
    (person,) = others(call(("S", "Who else is in it?"), ("B", said)))
    assert (person.name, person.role) == (name, role)
    assert person.side is Side.BUYER
    assert all(q.text in said and q.turn == 1 for q in person.quotes)
    assert person.quotes


@pytest.mark.parametrize(
    "said",
    [
        "We are based in Uppsala and near Gävle.",
        "We run on Fluxor, the Fluxor system does the stock.",
        "My daughter Elin has the flu.",
        "My dog Rufus wants out.",
        "On Monday we use Excel and in March we stop.",
        "Yes. Okay. Honestly. Basically that.",
        "Hello Sal. Thanks Priya.",
        "The fella from Brightline said it would be cheap.",
        "The planners hate it, and the board wants a number.",
    ],
)
def test_what_is_no_person_of_the_buyer_is_left_out(said: str) -> None:
    assert others(call(("S", "Tell me."), ("B", said))) == []


@pytest.mark.parametrize(
    "said",
    [
        "My colleague Dagny will send it, she's our engineer.",
        "At another customer, Ulrika, their CFO, saved a lot.",
        "My manager Viggo said I may.",
    ],
)
def test_whom_only_the_seller_speaks_of_is_not_the_buyers(said: str) -> None:
    assert others(call(("S", said), ("B", "Right."))) == []


def test_the_seller_may_ask_who_somebody_is() -> None:
    transcript = call(("B", "I'd ask Sigrid."), ("S", "Who's Sigrid?"), ("B", "Our finance director."))
    (person,) = others(transcript)
    assert (person.name, person.role, person.influence) == ("Sigrid", "finance director", "wallet")


def test_those_on_the_call_come_first_with_title_and_introduction() -> None:
    transcript = call(
        ("S", "Hi both."),
        ("B", "Hi."),
        ("B", "I'm Bo Lindholm, I run the plant. It is loud in here today."),
        ("B", "Greta, our CFO, couldn't come."),
    )
    people = find_people(transcript, (), ROLES)
    assert [(p.name, p.on_call) for p in people] == [("Bo Lindholm", True), ("Greta", False)]
    assert people[0].role == "Plant manager"
    assert people[0].quotes[0].text == "I'm Bo Lindholm, I run the plant."
    assert people[0].quotes[0].turn == 2


def test_without_an_introduction_their_first_words_of_substance_are_cited() -> None:
    transcript = call(("B", "Mm."), ("S", "So?"), ("B", "We lose some forty hours a week on the old sheet."))
    (person,) = find_people(transcript, (), ROLES)
    assert [(q.turn, q.text) for q in person.quotes] == [
        (2, "We lose some forty hours a week on the old sheet.")
    ]


def test_variants_of_a_name_are_one_person() -> None:
    transcript = call(
        ("B", "Greta Ahlstrom, she's our CFO."),
        ("B", "Greta said it twice."),
        ("B", "Mrs. Ahlstrom signs it."),
        ("B", "I'll ask Ahlstroem, she knows."),
    )
    (person,) = others(transcript)
    assert person.name == "Greta Ahlstrom"
    assert len({q.turn for q in person.quotes}) == 3


def test_known_contacts_need_no_more_than_their_name() -> None:
    transcript = call(("S", "And Ebba?"), ("B", "Not today."))
    assert [p.name for p in others(transcript, "Ebba Lund")] == ["Ebba Lund"]
    assert others(transcript, "Nils Lund") == []


@pytest.mark.parametrize(
    ("said", "name", "role"),
    [
        ("and ludvig he's our finance director he holds the purse", "ludvig", "finance director"),
        (
            "kon avramidis chief operating officer he wants it",
            "kon avramidis",
            "chief operating officer",
        ),
        ("that's mrs hallgren she reads the contract", "mrs hallgren", None),
        ("our it bloke jovan said he won't open it", "jovan", "it bloke"),
        ("yeah agneta shes the one that does it by hand", "agneta", None),
    ],
)
def test_names_are_found_in_text_without_capitals(said: str, name: str, role: str | None) -> None:
    (person,) = others(call(("S", "who else is in it"), ("B", said)))
    assert (person.name, person.role) == (name, role)


def test_common_words_without_capitals_are_no_names() -> None:
    said = "we get the orders by mail and she types them in and he wants it i'd ask for a mark or a grant"
    assert others(call(("B", said)), "Grant Oberg") == []


@pytest.mark.parametrize(
    ("said", "role", "influence"),
    [
        ("My boss signs it, over fifty he wants three quotes.", "boss", "wallet"),
        ("The chairman decides what is on the paper. He likes short ones.", "chairman", "judge"),
        ("Our lawyer reads every contract and she takes her time.", "lawyer", "lawyer"),
        ("My wife does the books and she'll ask.", "wife", None),
    ],
)
def test_single_people_without_a_name_are_found(said: str, role: str, influence: str | None) -> None:
    (person,) = others(call(("S", "Who else?"), ("B", said)))
    assert (person.name, person.role) == (None, role)
    assert influence is None or person.influence == influence


def test_an_unnamed_part_that_has_a_name_is_not_counted_twice() -> None:
    transcript = call(("B", "My CFO wants it."), ("B", "Greta, she's our finance director, signs."))
    assert [p.name for p in others(transcript)] == ["Greta"]


def test_an_unnamed_relative_without_a_part_is_left_out() -> None:
    assert others(call(("B", "My wife said I should sleep more."))) == []


@pytest.mark.parametrize(
    ("said", "influence"),
    [
        ("Greta, she's our CFO, asked.", "wallet"),
        ("Greta holds the purse, she told me so.", "wallet"),
        ("Greta decides, she has the final say.", "judge"),
        ("Greta, our network engineer, asked for it.", "tester"),
        ("Greta hates it, she told everybody she'll fight it.", "brake"),
        ("Greta types it all in by hand every night, she told me.", "hands"),
        ("Greta, our head of security, asked.", "guard"),
        ("Greta, our counsel, reads that.", "lawyer"),
        ("Greta asked me about it, she did.", "unknown"),
    ],
)
def test_influence_follows_the_playbooks_own_roles(said: str, influence: str) -> None:
    (person,) = others(call(("S", "Who else?"), ("B", said)))
    assert person.influence == influence


def test_example_utterances_of_the_playbook_count() -> None:
    roles = (InfluenceRole(id="x", label="X", listen_for=("She keeps the keys of the castle.",)),)
    transcript = call(("B", "Greta asked me. She keeps the keys of the castle."))
    assert [p.influence for p in find_people(transcript, (), roles) if not p.on_call] == ["x"]


def test_without_roles_influence_is_unknown() -> None:
    people = find_people(
        call(
            ("B", "Greta, she's our CFO, signs it."),
        ),
        (),
        (),
    )
    assert {p.influence for p in people} == {"unknown"}


def test_a_call_of_nobody_has_no_people() -> None:
    empty = Transcript(id="t", title="t", source=Source(format="test", sha256="0"))
    assert find_people(empty, (), ROLES) == []
