from __future__ import annotations

import json
from pathlib import Path

import pytest
from heard import said
from typer.testing import CliRunner

from coachbot.cli.app import app
from coachbot.errors import InputError, UsageError
from coachbot.ingest import read_transcript
from coachbot.model.transcript import Cue, Participant, Side, Source, Transcript, Turn, Uncertain
from coachbot.transcribe.naming import name_voices, voices
from coachbot.transcribe.sides import CHANNELS_UNKNOWN

LINES = [
    ("Voice 1", "Hi. How do you keep track of your deliveries these days?", 0.0, 4.0),
    ("Voice 2", "Yes.", 4.1, 4.4),
    (
        "Voice 2",
        "In spreadsheets, and it takes three people two days a week to copy them. Nobody likes it.",
        5.0,
        12.0,
    ),
    ("Voice 3", "And we lost a customer because of it last month, a large one.", 13.0, 17.0),
    ("Voice 1", "Understood.", 17.5, 18.0),
]
DANA = Participant(name="Dana Ruiz", side=Side.BUYER, title="CFO")


@pytest.fixture
def call() -> Transcript:
    turns = tuple(
        Turn(index=n, speaker=who, text=text, start_s=a, end_s=b) for n, (who, text, a, b) in enumerate(LINES)
    )
    return Transcript(
        id="c",
        title="First call",
        participants=(
            Participant(name="Voice 1", channel=0),
            Participant(name="Voice 2"),
            Participant(name="Voice 3"),
        ),
        turns=turns,
        source=Source(format="audio:wav/pcm_s16le", sha256="0" * 64, name="call.wav"),
        warnings=(
            "It is not clear whether Voice 1, Voice 2 and Voice 3 sell or buy: name the participants.",
            "The file is cut off: 0:10 of the 0:20 that it announces are there.",
        ),
    )


def test_voices_with_their_clearest_excerpts(call: Transcript) -> None:
    one, two, three = voices(call, excerpts=2)
    assert [v.name for v in (one, two, three)] == ["Voice 1", "Voice 2", "Voice 3"]
    assert not one.named
    assert (two.words, two.turns, two.seconds) == (18, 2, 7.3)
    assert [e.text for e in two.excerpts] == [LINES[2][1], "Yes."]
    assert (three.excerpts[0].turn, three.excerpts[0].start_s, three.excerpts[0].end_s) == (3, 13.0, 17.0)


def test_doubtful_and_improbable_words_are_no_good_excerpt() -> None:
    turns = (
        Turn(
            index=0,
            speaker="A",
            text="this is a long and rather doubtful sentence about money",
            start_s=0,
            end_s=3,
            uncertain=(Uncertain(start=5, end=9, reason="low"),),
        ),
        Turn(index=1, speaker="A", text="short but clear words here", start_s=4, end_s=6),
        Turn(index=2, speaker="A", text="these are words with little probability", start_s=7, end_s=9),
    )
    call_ = Transcript(id="c", title="c", turns=turns, source=Source(format="t", sha256="0"))
    heard = [said(turns[1].text, 4.0, p=0.95), said(turns[2].text, 7.0, p=0.3)]
    (voice,) = voices(call_, heard)
    assert [e.turn for e in voice.excerpts] == [1, 0, 2]


def test_excerpts_beside_another_voice_come_last(call: Transcript) -> None:
    over = Turn(
        index=5, speaker="Voice 3", text="Sorry, I did not mean to cut in there at all.", start_s=16, end_s=20
    )
    more = Turn(index=6, speaker="Voice 3", text="Go ahead with what you wanted.", start_s=21, end_s=23)
    _, _, three = voices(call.model_copy(update={"turns": (*call.turns, over, more)}), excerpts=3)
    assert [e.turn for e in three.excerpts] == [3, 6, 5]


def test_a_long_turn_gives_one_stretch_with_its_own_times() -> None:
    text = "Well. " + "and then we did some more of it " * 10 + "at last. We start in May with two teams."
    cues = (
        Cue(start_s=0.0, end_s=20.0, offset=0),
        Cue(start_s=20.0, end_s=23.0, offset=text.index("We start")),
    )
    turn = Turn(index=0, speaker="A", text=text, start_s=0, end_s=23.0, cues=cues)
    call_ = Transcript(id="c", title="c", turns=(turn,), source=Source(format="t", sha256="0"))
    (excerpt,) = voices(call_, excerpts=1)[0].excerpts
    assert len(excerpt.text.split()) == 30
    assert text.startswith(excerpt.text, text.index(excerpt.text))
    assert excerpt.end_s == 20.0


def test_naming_changes_names_and_sides_only(call: Transcript) -> None:
    named = name_voices(call, {"Voice 2": DANA, "Voice 1": Participant(name="Sam", side=Side.SELLER)})
    assert [t.speaker for t in named.turns] == ["Sam", "Dana Ruiz", "Dana Ruiz", "Voice 3", "Sam"]
    assert [p.name for p in named.participants] == ["Sam", "Dana Ruiz", "Voice 3"]
    sam, dana, _ = named.participants
    assert (sam.channel, sam.side, sam.side_source) == (0, Side.SELLER, "given")
    assert (dana.title, dana.side_source) == ("CFO", "given")
    before = [t.model_copy(update={"speaker": None}) for t in call.turns]
    assert [t.model_copy(update={"speaker": None}) for t in named.turns] == before
    assert named.warnings == call.warnings[1:]
    assert (named.id, named.source, named.title) == (call.id, call.source, call.title)


def test_two_voices_may_be_one_person(call: Transcript) -> None:
    named = name_voices(call, {"Voice 2": DANA, "Voice 3": DANA})
    assert [p.name for p in named.participants] == ["Voice 1", "Dana Ruiz"]
    assert [t.speaker for t in named.turns][1:4] == ["Dana Ruiz"] * 3


def test_a_known_participant_keeps_what_is_not_said_again(call: Transcript) -> None:
    known = Participant(
        name="Dana Ruiz", side=Side.BUYER, side_source="given", title="CFO", company="Northwind"
    )
    before = call.model_copy(update={"participants": (known, *call.participants)})
    named = name_voices(before, {"Voice 2": Participant(name="Dana Ruiz")})
    assert named.participants[0] == known
    assert len(named.participants) == 3


def test_voices_may_change_places(call: Transcript) -> None:
    first = name_voices(call, {"Voice 1": Participant(name="Sam"), "Voice 2": DANA})
    swapped = name_voices(first, {"Sam": DANA, "Dana Ruiz": Participant(name="Sam", side=Side.SELLER)})
    assert [t.speaker for t in swapped.turns][:2] == ["Dana Ruiz", "Sam"]
    assert swapped.side_of(0) is Side.BUYER
    assert swapped.side_of(1) is Side.SELLER


def test_turns_without_a_speaker_can_be_named(call: Transcript) -> None:
    alone = call.model_copy(
        update={
            "turns": tuple(t.model_copy(update={"speaker": None}) for t in call.turns),
            "participants": (),
        }
    )
    assert [v.name for v in voices(alone)] == ["unknown"]
    assert {t.speaker for t in name_voices(alone, {"unknown": DANA}).turns} == {"Dana Ruiz"}


def test_channel_warning_goes_once_all_are_named(call: Transcript) -> None:
    before = call.model_copy(update={"warnings": (CHANNELS_UNKNOWN,)})
    some = name_voices(before, {"Voice 1": Participant(name="Sam")})
    assert some.warnings == (CHANNELS_UNKNOWN,)
    everyone = name_voices(some, {"Voice 2": DANA, "Voice 3": DANA})
    assert everyone.warnings == ()


def test_an_unknown_voice(call: Transcript) -> None:
    with pytest.raises(UsageError, match=r"no voice 'Voice 9'.*Voice 1, Voice 2, Voice 3"):
        name_voices(call, {"Voice 9": DANA})


@pytest.fixture
def file(call: Transcript, tmp_path: Path) -> Path:
    path = tmp_path / "call.json"
    path.write_text(call.model_dump_json(), encoding="utf-8")
    return path


def run(*args: str) -> str:
    result = CliRunner().invoke(app, ["speakers", *args], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_command_lists_voices(file: Path) -> None:
    shown = run(str(file))
    assert "Voice 2" in shown
    assert "00:05" in shown
    assert "“And we lost a customer" in shown
    assert "--name" in shown
    found = json.loads(run(str(file), "--format", "json", "--excerpts", "1"))
    assert [v["name"] for v in found] == ["Voice 1", "Voice 2", "Voice 3"]
    assert found[2]["excerpts"][0]["turn"] == 3


def test_command_names_voices_in_place(file: Path, call: Transcript) -> None:
    run(str(file), "--name", "Voice 2=Dana Ruiz:buyer:CFO: EMEA", "--name", "Voice 1=Sam Okoye:seller")
    named = Transcript.model_validate_json(file.read_text("utf-8"))
    assert [t.text for t in named.turns] == [t.text for t in call.turns]
    assert {p.name: p.side for p in named.participants}["Sam Okoye"] is Side.SELLER
    assert named.participant("Dana Ruiz") == Participant(
        name="Dana Ruiz", side=Side.BUYER, side_source="given", title="CFO: EMEA"
    )
    assert read_transcript(file) == named


def test_command_writes_elsewhere_and_reads_other_formats(file: Path, tmp_path: Path) -> None:
    out = tmp_path / "named" / "out.json"
    before = file.read_bytes()
    run(str(file), "--name", "Voice 1=Sam", "--out", str(out))
    assert file.read_bytes() == before
    assert Transcript.model_validate_json(out.read_text("utf-8")).turns[0].speaker == "Sam"
    vtt = tmp_path / "call.vtt"
    vtt.write_text(
        "WEBVTT\n\n00:00.000 --> 00:03.000\n<v Speaker 1>We need it by June at the latest.\n",
        encoding="utf-8",
    )
    named = Transcript.model_validate_json(run(str(vtt), "--name", "Speaker 1=Dana:buyer"))
    assert named.turns[0].speaker == "Dana"


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["--name", "Voice 1"], "VOICE=NAME"),
        (["--name", "=Dana"], "VOICE=NAME"),
        (["--name", "Voice 1=:buyer"], "VOICE=NAME"),
        (["--name", "Voice 1=Dana:customer"], "seller, buyer or unknown"),
        (["--name", "Voice 1=Dana", "--name", "Voice 1=Sam"], "named twice"),
        (["--name", "Voice 7=Dana"], "no voice 'Voice 7'"),
        (["--out", "x.json"], "add --name"),
        (["--format", "xml"], "terminal or json"),
    ],
)
def test_command_errors(file: Path, args: list[str], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        CliRunner().invoke(app, ["speakers", str(file), *args], catch_exceptions=False)


def test_own_transcript_with_wrong_marks_is_refused(call: Transcript, tmp_path: Path) -> None:
    bad = call.model_dump(mode="json")
    bad["turns"][1]["uncertain"] = [{"start": 0, "end": 99, "reason": "low"}]
    path = tmp_path / "bad.json"
    path.write_text(json.dumps(bad), encoding="utf-8")
    with pytest.raises(InputError, match=r"turn 1 .* does not have"):
        read_transcript(path)
