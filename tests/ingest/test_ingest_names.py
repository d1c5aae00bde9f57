"""Names: what a label says of a person, and which person of META it is."""

from __future__ import annotations

import pytest
from ingest_help import Read, meta, said

from coachbot.ingest.labels import find_labels, shape
from coachbot.ingest.names import Label, is_nobody, name_key, parse_label
from coachbot.ingest.people import Person, resolve


@pytest.mark.parametrize(
    ("label", "name", "title", "company"),
    [
        ("Jane Doe", "Jane Doe", None, None),
        ("Jane Doe | Delta", "Jane Doe", None, "Delta"),
        ("Jane Doe (Delta)", "Jane Doe", None, "Delta"),
        ("Jane Doe [Delta]", "Jane Doe", None, "Delta"),
        ("Jane (PumpSight Sales Rep)", "Jane", "Sales Rep", "PumpSight"),
        ("Jane Doe (VP of Sales, Delta Water)", "Jane Doe", "VP of Sales", "Delta Water"),
        ("Jane Doe (Delta Water, Head of IT)", "Jane Doe", "Head of IT", "Delta Water"),
        ("P1 (Senior Account Executive) - OurCompany", "P1", "Senior Account Executive", "OurCompany"),
        ("Jane Doe - Head of IT at Delta", "Jane Doe", "Head of IT", "Delta"),
        ("Jane Doe, CTO", "Jane Doe", "CTO", None),
        ("Jane Doe, CTO, Delta", "Jane Doe", "CTO", "Delta"),
        ("Jane Doe, Delta Inc", "Jane Doe", None, "Delta Inc"),
        ("Jane Doe CTO", "Jane Doe", "CTO", None),
        ("Jane Doe Account Executive", "Jane Doe", "Account Executive", None),
        ("Doe, Jane", "Jane Doe", None, None),
        ("PG-Doe, Jane Mary", "Jane Mary PG-Doe", None, None),
        ("Doe, Jane (Delta)", "Jane Doe", None, "Delta"),
        ("Jane Doe (she/her)", "Jane Doe", None, None),
        ("Jane Doe (Guest)", "Jane Doe", None, None),
        ("Jane Doe <jane@delta.se>", "Jane Doe", None, None),
        ("jane@delta.se", "jane@delta.se", None, None),
        ("**Jane Doe:**", "Jane Doe", None, None),
        ("[SPEAKER_00]:", "SPEAKER_00", None, None),
        # What cannot be told apart stays in the name.
        ("etherjoe (Mark)", "etherjoe (Mark)", None, None),
        ("Jane Doe (jdoe)", "Jane Doe (jdoe)", None, None),
        ("Garcia Lopez, Maria", "Garcia Lopez, Maria", None, None),
        ("Mary Head", "Mary Head", None, None),
        ("Sales Rep", "Sales Rep", None, None),
        ("Dr. Anna-Maria Ø. Nilsson", "Dr. Anna-Maria Ø. Nilsson", None, None),
        ("Jane's iPad", "Jane's iPad", None, None),
    ],
)
def test_labels(label: str, name: str, title: str | None, company: str | None) -> None:
    found = parse_label(label)
    assert (found.name, found.title, found.company) == (name, title, company)


def test_known_companies_settle_what_is_ambiguous() -> None:
    assert parse_label("Jane (Delta)").name == "Jane (Delta)"
    assert parse_label("Jane (Delta)", {"delta"}) == Label("Jane", company="Delta")
    assert parse_label("Jane (Delta Sales Rep)", {"delta"}) == Label("Jane", "Sales Rep", "Delta")
    assert parse_label("Jane <Jane@Delta.se>").email == "jane@delta.se"


@pytest.mark.parametrize("label", [None, "", "Unknown Speaker", "unknown", "Speaker", "N/A"])
def test_nobody(label: str | None) -> None:
    assert is_nobody(label)
    assert not is_nobody("Speaker 1")


def test_keys() -> None:
    assert name_key("  José  O’Néil-Łuk ") == "jose oneil luk"


@pytest.mark.parametrize(
    ("label", "people", "expected"),
    [
        ("Jane Doe", ["Jane Doe", "Jane Dow"], 0),
        ("JANE DOE", ["Bo Ek", "Jane Doe"], 1),
        ("Lucia Ferran", ["Lucía Ferrán"], 0),
        ("Doe Jane", ["Jane Doe"], 0),
        ("Jane", ["Jane Doe", "Bo Ek"], 0),
        ("Jane", ["Jane Doe", "Jane Ek"], None),
        ("Jane Doe", ["Jane", "Bo"], 0),
        ("Jane M. Doe", ["Jane Doe"], 0),
        ("Jane D", ["Jane Doe", "Jane Ek"], 0),
        ("J. Doe", ["Jane Doe", "Bo Doe"], 0),
        ("Li-Wen T", ["Li-Wen Tsai", "Bo Tan"], 0),
        ("Doe", ["Jane Doe", "Bo Ek"], 0),
        ("janedoe", ["Jane Doe"], 0),
        ("jdoe", ["Jane Doe", "Bo Ek"], 0),
        ("Jana Doe", ["Jane Doe"], 0),
        ("Janne", ["Jane Doe", "Bo Ek"], 0),
        ("Jo", ["Bo"], None),
        ("Mark", ["Jane Doe"], None),
        ("Speaker 1", ["Speaker 2"], None),
    ],
)
def test_resolve(label: str, people: list[str], expected: int | None) -> None:
    found = resolve([parse_label(label)], [Person(p) for p in people])
    assert found.get(0) == expected


def test_resolve_by_address() -> None:
    people = [Person("Jane Doe", email="jd@delta.se"), Person("Bo Ek")]
    assert resolve([parse_label("jd@delta.se"), parse_label("bo.ek@delta.se")], people) == {0: 0, 1: 1}


def test_a_likely_match_never_takes_somebody_who_is_there() -> None:
    people = [Person("Jane Doe"), Person("Bo Ek")]
    assert resolve([Label("Jane Doe"), Label("Jane")], people) == {0: 0}
    assert resolve([Label("Jana"), Label("Janet")], people) == {}


def test_speakers_get_the_names_of_the_meta_file(read: Read) -> None:
    people = meta(Jane_Doe="seller", Bo_Ek="buyer", Cy_Dahl="buyer")
    call = read("jane: Hi.\nEk, Bo (Delta): Yes?\njane: So.\nMia: Hm.\n", meta=people)
    assert [t.speaker for t in call.turns] == ["Jane Doe", "Bo Ek", "Jane Doe", "Mia"]
    assert [p.name for p in call.participants] == ["Jane Doe", "Bo Ek", "Cy Dahl", "Mia"]
    assert call.participants[1].company == "Delta"
    assert any("do not name Mia, who speaks" in w for w in call.warnings)


def test_labels_written_in_two_ways_are_one_person(read: Read) -> None:
    call = read("Jane Doe: Hi.\nBo: Yes?\nJANE DOE: So.\nBo: Hm.\n")
    assert [t.speaker for t in call.turns] == ["Jane Doe", "Bo", "Jane Doe", "Bo"]


def test_two_people_of_one_name_stay_two(read: Read) -> None:
    call = read("Sam Lee (Delta): Hi.\nSam Lee (Pump Inc): Yes?\nSam Lee (Delta): So.\n")
    assert said(call) == [("Sam Lee", "Hi."), ("Sam Lee (Pump Inc)", "Yes?"), ("Sam Lee", "So.")]


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("Jane Doe", "strong"),
        ("Joost van Aerden", "strong"),
        ("李明", "strong"),
        ("Speaker 1", "strong"),
        ("Will", "strong"),
        ("stokes", "weak"),
        ("karan.apatel", "weak"),
        ("one thing", "none"),
        ("What I always need as well", "none"),
        ("Honestly", "none"),
        ("Thanks.", "none"),
        ("Contact ID", "none"),
        ("Is it", "none"),
        ("a/b", "none"),
        ("12", "none"),
    ],
)
def test_shapes(label: str, expected: str) -> None:
    assert shape(label) == expected


def test_labels_are_judged_by_the_whole_file() -> None:
    talk = ["Jane: hi", "bo: yes", "Jane: so: now", "bo: fine", "mia: no", "one thing: it is late"]
    assert find_labels(talk).names == {"jane", "bo"}
    assert find_labels([*talk, *["bo: ok"] * 20]).names == {"jane", "bo", "mia"}
    wrapped = ["Jane: hi and", "so on.", "Parts: they come.", "Bo: fine,", "fine."] * 2
    assert find_labels(wrapped[:7]).names == {"jane", "bo", "parts"}
    assert find_labels(wrapped[:7], known=["Jane Doe", "Bo Ek"]).names == {"jane", "bo"}
    assert find_labels(["an: hi", "will: yes"] * 5).names == {"an", "will"}
    assert find_labels(["note: hi", "so: yes"] * 5).names == set()
    assert find_labels(["Colour: red", "Size: big"] + ["no label here"] * 30).names == set()


def test_a_company_that_comes_again_is_a_company(read: Read) -> None:
    call = read(
        "Jane (Delta Sales Rep): Hi.\nBo (Delta Engineer): Yes?\nCy (Sales Manager): Hm.\n"
        "Jane (Delta Sales Rep): So.\n"
    )
    assert [(p.name, p.title, p.company) for p in call.participants] == [
        ("Jane", "Sales Rep", "Delta"),
        ("Bo", "Engineer", "Delta"),
        ("Cy", "Sales Manager", None),
    ]
    again = read("Jane (Sales Rep): Hi.\nBo (Sales Manager): Yes?\nJane (Sales Rep): So.\n")
    assert [(p.title, p.company) for p in again.participants] == [
        ("Sales Rep", None),
        ("Sales Manager", None),
    ]
