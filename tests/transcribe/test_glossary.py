from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from heard import said, text_of

from coachbot.errors import InputError
from coachbot.model.playbook import FieldSpec, ObjectionCategory, Playbook, Stage
from coachbot.model.transcript import CallMeta, DealContext, Participant
from coachbot.transcribe.correct import Correction, correct, sentence
from coachbot.transcribe.glossary import Term, hotwords, read_glossary, terms_of
from coachbot.transcribe.phonetic import sound_key
from coachbot.transcribe.words import Segment

TERMS = [
    Term("Zuora", ("zora", "sorer"), "glossary.txt:1"),
    Term("Kestrel"),
    Term("Dana Ruiz", (), "meta"),
    Term("Northwind"),
    Term("SOC 2", ("sock two",)),
    Term("Marisol Vega"),
    Term("Gong"),
]


def fixed(text: str, p: float | list[float]) -> tuple[str, list[Correction]]:
    segments, changes = correct([said(text, 2.0, p=p)], TERMS)
    assert segments[0].text.split() == text_of(segments).split()
    return text_of(segments), changes


@pytest.mark.parametrize(
    ("heard", "p", "now"),
    [
        ("We use Zora's billing, sorer too.", 0.6, "We use Zuora's billing, Zuora too."),
        ("the kestral system is down", 0.9, "the Kestrel system is down"),
        ("I spoke to Dana Ruis, yesterday.", 0.9, "I spoke to Dana Ruiz, yesterday."),
        ("We are (North Wind) traders", 0.95, "We are (Northwind) traders"),
        ("they are with north wind now", 0.6, "they are with Northwind now"),
        ("do you have sock two?", 0.7, "do you have SOC 2?"),
        ("this is Mary Sol Vega", 0.7, "this is Marisol Vega"),
        ("that is with Dana Ruis now", 0.4, "that is with Dana Ruiz now"),
    ],
)
def test_terms_are_put_right(heard: str, p: float, now: str) -> None:
    text, changes = fixed(heard, p)
    assert text == now
    assert changes


@pytest.mark.parametrize(
    ("heard", "p"),
    [
        ("we are north wind traders", 0.95),  # common words, and sure
        ("the castle was gone long ago", 0.3),
        ("they kept going on and on", 0.3),
        ("Dana said that Vega agreed", 0.4),  # a part of a name is not the whole of it
        ("we use Zuora and Kestrel with Dana Ruiz", 0.3),
        ("the data. Ruins of it", 0.3),
    ],
)
def test_what_must_stay(heard: str, p: float) -> None:
    assert fixed(heard, p) == (heard, [])


def test_a_sure_common_word_stays_even_where_it_is_listed() -> None:
    terms = [Term("Pryce", ("price",))]
    sure, none = correct([said("what is the price", p=0.95)], terms)
    assert text_of(sure) == "what is the price"
    assert none == []
    doubt, _ = correct([said("what is the price", p=[0.9, 0.9, 0.9, 0.4])], terms)
    assert text_of(doubt) == "what is the Pryce"


def test_each_change_is_recorded_with_time_and_reason() -> None:
    _, changes = fixed("We use Zora's billing", 0.6)
    assert changes == [
        Correction("Zora's", "Zuora's", 2.6, 2.87, "listed as its sound (glossary.txt:1)", channel=0)
    ]
    assert sentence(changes) == "1 place was corrected by the glossary: “Zora's” is now “Zuora's”."
    assert sentence([]) is None


def test_times_hold_when_the_number_of_words_changes() -> None:
    segments, changes = correct([said("this is Mary Sol Vega indeed", p=0.7)], TERMS)
    words = segments[0].words
    assert [w.text for w in words] == [" this", " is", " Marisol", " Vega", " indeed"]
    assert (words[2].start, words[3].end) == (changes[0].start, changes[0].end)
    assert words[2].end == words[3].start
    assert words[2].probability == 0.7


def test_a_term_that_two_segments_share_is_in_doubt_as_a_whole() -> None:
    first = said("this is Mary", 0.0, p=0.9)
    second = replace(said("Sol Vega, our", 0.95, p=0.5), uncertain="low")
    third = said("lead", 1.9, p=0.9)
    segments, changes = correct([first, second, third], TERMS)
    assert [(text_of([s]), s.uncertain) for s in segments] == [
        ("this is", None),
        ("Marisol Vega, our", "low"),
        ("lead", None),
    ]
    assert (segments[0].end, segments[1].start) == (0.57, 0.6)
    assert [c.new for c in changes] == ["Marisol Vega,"]
    far = replace(second, start=9.0, words=tuple(replace(w, start=w.start + 8) for w in second.words))
    assert correct([first, far], TERMS)[1] == []


def test_no_terms_change_nothing() -> None:
    segments = [said("We use Zora's billing", p=0.2), Segment((), 0, 1, " ok", "en", -0.1, 0, 1)]
    assert correct(segments, []) == (segments, [])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Zuora", "sora"),
        ("Kestrel", "kestral"),
        ("Ruiz", "reese"),
        ("Okonkwo", "okonko"),
        ("Schmidt", "shmit"),
        ("Phillips", "filips"),
        ("Nguyen", "nguyen"),
        ("Müller", "muller"),
    ],
)
def test_alike_in_sound(one: str, other: str) -> None:
    assert sound_key(one) == sound_key(other) != ""


@pytest.mark.parametrize(
    ("one", "other"), [("Dana", "data"), ("Kestrel", "castle"), ("Gong", "gone"), ("Vega", "Bella")]
)
def test_not_alike_in_sound(one: str, other: str) -> None:
    assert sound_key(one) != sound_key(other)


def written(tmp_path: Path, text: str | bytes) -> Path:
    path = tmp_path / "glossary.txt"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_a_glossary_is_read(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "\ufeff# ours\nZuora: zora,  sorer\n\n  Acme   Cloud  # the product\r\nC#\nZuora: sora\nSOC 2\n",
    )
    assert read_glossary(path) == (
        Term("Zuora", ("zora", "sorer", "sora"), "glossary.txt:2"),
        Term("Acme Cloud", (), "glossary.txt:4"),
        Term("C#", (), "glossary.txt:5"),
        Term("SOC 2", (), "glossary.txt:7"),
    )


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("Zuora\n: zora\n", 2, "no term before the colon"),
        ("Zuora:\n", 1, "nothing follows the colon"),
        ("Zuora: zora,,sorer\n", 1, "sound-alike is empty"),
        ("Zuora\n\nAc\x07me\n", 3, "control characters"),
        ("x" * 61, 1, "longer than 60"),
        ("...\n", 1, "no term"),
        (b"Zuora\nM\xfcller\n", 2, "not UTF-8"),
        ("".join(f"term{n}\n" for n in range(2001)), None, "too many"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, text: str | bytes, line: int | None, says: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(InputError, match=says) as caught:
        read_glossary(path)
    assert caught.value.line == line
    assert str(caught.value).startswith(f"{path}{'' if line is None else f':{line}'}: ")


def test_no_glossary_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_glossary(tmp_path / "none.txt")


def test_where_the_words_come_from(tmp_path: Path) -> None:
    written(tmp_path, "Kestrel\n")
    other = tmp_path / "other.txt"
    other.write_text("Zuora\n", encoding="utf-8")
    meta = CallMeta(
        participants=(Participant(name="Dana Ruiz", company="Northwind"), Participant(name="Sam")),
        deal=DealContext(account="Northwind", contacts=("Bo Lee",)),
    )
    playbook = Playbook(
        id="p",
        name="P",
        version="1",
        stages=(Stage(id="s", name="S", purpose="", healthy_days=1),),
        fields=(
            FieldSpec(
                id="c", label="Competitor and SSO", question="?", kind="choice",
                options=("Rivalio", "nobody"), listen_for=("We also talk to Inventia.",),
            ),
        ),
        objections=(ObjectionCategory(id="o", label="No SOC report"),),
    )  # fmt: skip
    found = [t.text for t in terms_of(meta, home=tmp_path, playbook=playbook)]
    assert found == ["Dana Ruiz", "Sam", "Bo Lee", "Northwind", "Kestrel", "Rivalio", "SSO", "SOC"]
    assert [t.text for t in terms_of(glossary=other, home=tmp_path)] == ["Zuora"]
    assert terms_of(home=tmp_path / "nothing here") == ()


def test_hotwords_keep_to_their_budget_and_say_what_is_left() -> None:
    terms = [Term(f"Name{n:03d}") for n in range(100)]
    text, left = hotwords(terms, budget=60)
    used = text.split(", ")
    assert used == [t.text for t in terms[: len(used)]]
    assert 8 <= len(used) <= 12
    assert list(left) == [t.text for t in terms[len(used) :]]
    assert hotwords(terms, tokens=lambda _: 2) == (", ".join(t.text for t in terms), ())
    assert hotwords([]) == ("", ())
