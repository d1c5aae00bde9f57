"""WebVTT, SRT and SBV: look-alikes of what Zoom, Teams, Webex, YouTube and caption tools write."""

from __future__ import annotations

from pathlib import Path

import pytest
from ingest_help import Read, said, times

from coachbot.errors import InputError
from coachbot.ingest import read_transcript

FIXTURES = Path(__file__).parent / "fixtures"

ZOOM = """WEBVTT\r
\r
1\r
00:05:49.620 --> 00:05:50.760\r
Marta Ruiz: Good morning, everyone!\r
\r
2\r
00:05:50.980 --> 00:05:54.350\r
Marta Ruiz: One thing: we start late.\r
\r
3\r
00:05:55.000 --> 00:05:56.000\r
jkowalski: Fine by me.\r
\r
4\r
00:05:57.000 --> 00:05:58.000\r
jkowalski: \r
\r
5\r
00:05:58.500 --> 00:05:59.000\r
Marta Ruiz: Great.\r
\r
5\r
"""


def test_zoom(read: Read) -> None:
    call = read(ZOOM, "audio_transcript.vtt")
    assert call.source.format == "vtt"
    assert said(call) == [
        ("Marta Ruiz", "Good morning, everyone! One thing: we start late."),
        ("jkowalski", "Fine by me."),
        ("Marta Ruiz", "Great."),
    ]
    assert times(call) == [(349.62, 354.35), (355.0, 356.0), (358.5, 359.0)]
    assert [(c.start_s, c.end_s, c.offset) for c in call.turns[0].cues] == [
        (349.62, 350.76, 0),
        (350.98, 354.35, 24),
    ]
    assert call.turns[0].time_at(30) == 350.98
    assert call.duration_s == 359.0


def test_teams_voices_notes_and_unpadded_times(read: Read) -> None:
    call = read(
        """WEBVTT

NOTE duration:"00:00:32.5820000"

NOTE language:en-us

NOTE Confidence: 0.69450831413269

ef04c7c2-a59e-463f-9d27-b5b1259d6777/12-0
0:0:0.0 --> 0:0:0.570
<v Yara Haddad>There you go.</v>

NOTE Confidence: 0.7

0:0:0.210 --> 0:0:1.130
<v O&apos;Neil, Pat>Why hello there: Yara
&amp; co.</v>

0:0:2.0 --> 0:0:3.0
<v Yara Haddad>Yes.</v><v O&apos;Neil, Pat>No &lt;3.</v>

0:0:4.0 --> 0:0:5.0
Somebody at the back.
"""
    )
    assert said(call) == [
        ("Yara Haddad", "There you go."),
        ("Pat O'Neil", "Why hello there: Yara & co."),
        ("Yara Haddad", "Yes."),
        ("Pat O'Neil", "No <3."),
        (None, "Somebody at the back."),
    ]
    assert times(call)[:2] == [(0.0, 0.57), (0.21, 1.13)]
    assert call.language == "en-US"


def test_youtube_rolls() -> None:
    call = read_transcript(FIXTURES / "youtube.vtt")
    assert said(call) == [(None, "so today we talk about pumps and valves")]
    assert [c.start_s for c in call.turns[0].cues] == [0.0, 2.01, 4.01]
    assert call.language == "en"
    assert sum("no speakers" in w for w in call.warnings) == 1


def test_a_word_said_twice_does_not_roll(read: Read) -> None:
    cue = "00:00:0{0}.000 --> 00:00:0{0}.900\n{1}: {2}\n\n"
    lines = [(1, "Ana", "Yeah."), (2, "Ana", "Yeah."), (3, "Ben", "Right."), (4, "Ben", "Right.")]
    call = read("WEBVTT\n\n" + "".join(cue.format(*line) for line in lines))
    assert said(call) == [("Ana", "Yeah. Yeah."), ("Ben", "Right. Right.")]


def test_styles_regions_headers_and_tags(read: Read) -> None:
    call = read(
        """\ufeffWEBVTT - made by hand
X-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:0
Title: Pump review

STYLE
::cue(b) { color: peachpuff; }

REGION
id:fred
width:40%

NOTE
Two lines
of comment.

intro
01:02.500 --> 01:04,000 line:84% position:50%,middle
<i>Ana:</i> Hello <b>world</b>,<br>again.

00:01:05.000-->00:01:06.000
Ben: R&amp;D at AT&T
00:01:07.000 --> 00:01:08.000
Ana: Right.
""",
        "x.vtt",
    )
    assert said(call) == [("Ana", "Hello world, again."), ("Ben", "R&D at AT&T"), ("Ana", "Right.")]
    assert times(call)[0] == (62.5, 64.0)
    assert call.title == "Pump review"


def test_captions_that_name_the_speaker_at_a_change(read: Read) -> None:
    call = read(
        """1
00:00:01,000 --> 00:00:02,000
>> MARTA: Good morning.

2
00:00:02,000 --> 00:00:03,000
How are you?

3
00:00:03,000 --> 00:00:04,000
>> JO: Fine.

4
00:00:04,000 --> 00:00:05,000
>> MARTA: Good.
""",
        "x.srt",
    )
    assert said(call) == [("MARTA", "Good morning. How are you?"), ("JO", "Fine."), ("MARTA", "Good.")]


def test_a_cue_without_name_is_nobodys_where_each_cue_has_one(read: Read) -> None:
    names = ["Ana", "Ana", "Ben", "Ben", "Ana", "Ana", "Ben", "Ben", "Ana", "Ana", "Ben"]
    cues = [f"00:00:{n:02d}.000 --> 00:00:{n:02d}.900\n{name}: line {n}\n" for n, name in enumerate(names)]
    cues.insert(5, "00:00:04.950 --> 00:00:04.990\nfrom the back\n")
    call = read("WEBVTT\n\n" + "\n".join(cues))
    assert (None, "from the back") in said(call)


def test_two_speakers_in_one_cue(read: Read) -> None:
    call = read(
        "1\n00:00:01,000 --> 00:00:02,000\nAna: Hi.\nBen: Hello.\n\n"
        "2\n00:00:02,000 --> 00:00:03,000\nAna: So.\n"
    )
    assert said(call) == [("Ana", "Hi."), ("Ben", "Hello."), ("Ana", "So.")]
    assert call.source.format == "srt"


def test_srt_without_numbers_or_empty_lines(read: Read) -> None:
    call = read("00:00:01,000 --> 00:00:02,000\nfirst\n2\n00:00:03,000 --> 00:00:04,000\nsecond\n", "x.vtt")
    assert said(call) == [(None, "first second")]


def test_sbv(read: Read) -> None:
    call = read("0:00:00.378,0:00:11.378\nAna: one\nand more\n\n0:00:11.378,0:00:12.305\nBen: two\n", "x.sbv")
    assert call.source.format == "sbv"
    assert said(call) == [("Ana", "one and more"), ("Ben", "two")]
    assert times(call) == [(0.378, 11.378), (11.378, 12.305)]


@pytest.mark.parametrize(
    "timing",
    [
        "00:00:05.000 --> 00:00:04.000",
        "00:75:30.000 --> 00:75:31.000",
        "00:00:61.000 --> 00:00:62.000",
        "00:00:1d.000 --> 00:00:12.000",
        "-00:00:01.000 --> 00:00:02.000",
        "999999:00:00.000 --> 999999:00:01.000",
    ],
)
def test_a_bad_time_is_dropped_and_its_words_kept(read: Read, timing: str) -> None:
    good = "00:00:01.000 --> 00:00:02.000\nAna: fine\n\n"
    call = read(f"WEBVTT\n\n{good}{timing}\nBen: kept\n")
    assert said(call) == [("Ana", "fine"), ("Ben", "kept")]
    assert times(call) == [(1.0, 2.0), (None, None)]
    assert any("1 of 2 cues" in w and "line 6" in w for w in call.warnings)
    with pytest.raises(InputError, match=r"x\.vtt:3: no cue has a time that can be right"):
        read(f"WEBVTT\n\n{timing}\nBen: kept\n", "x.vtt")


def test_minutes_beyond_an_hour_without_hours(read: Read) -> None:
    assert times(read("WEBVTT\n\n75:30.000 --> 75:31.000\nAna: late\n")) == [(4530.0, 4531.0)]


def test_text_without_timing_line_is_kept(read: Read) -> None:
    call = read(
        "1\n00:00:01,000 --> 00:00:02,000\none\n\n2\ntwo\n\n3\n00:00:05,000 --> 00:00:06,000\nthree\n",
        "x.srt",
    )
    assert said(call) == [(None, "one two three")]
    assert any("line 5" in w for w in call.warnings)


def test_arrows_in_speech_are_speech(read: Read) -> None:
    call = read("WEBVTT\n\n00:01.000 --> 00:02.000\nAna: from here --> there 12 --> 13\n")
    assert said(call) == [("Ana", "from here --> there 12 --> 13")]


@pytest.mark.parametrize("text", ["WEBVTT", "WEBVTT\n\nNOTE only a note\n", "WEBVTT\nKind: captions\n\n"])
def test_no_cues(read: Read, text: str) -> None:
    with pytest.raises(InputError, match="not one WebVTT cue"):
        read(text, "x.vtt")


@pytest.mark.parametrize("name", ["x.vtt", "x.srt", "x.sbv"])
def test_caption_files_without_captions(read: Read, name: str) -> None:
    with pytest.raises(InputError, match="not one caption"):
        read("some words\n", name)


CUE = "{id}\n00:00:0{n}.000 --> 00:00:0{n}.900{tail}\n{text}\n\n"


@pytest.mark.parametrize(
    "cues",
    [
        pytest.param(
            [
                ('1 "Ann Lee" (338946764)', "", "Hi. One: two."),
                ('2 "Bo Ek" (77)', "", "Yes."),
                ('3 "Ann Lee" (3)', "", "So."),
            ],
            id="Webex: the name in the cue's id",
        ),
        pytest.param(
            [("1", " [Ann Lee]", "Hi. One: two."), ("2", " [Bo Ek]", "Yes."), ("3", " [Ann Lee]", "So.")],
            id="the name behind the times",
        ),
        pytest.param(
            [
                (
                    "1",
                    "",
                    '{"speakerName": "Ann Lee", "spokenText": "Hi. One: two.", "spokenLanguage": "en-us"}',
                ),
                ("2", "", '{"speakerName": "Bo Ek", "spokenText": "Yes."}'),
                ("3", "", '{"speakerName": "Ann Lee", "spokenText": "So."}'),
            ],
            id="Microsoft Graph: an object in each cue",
        ),
        pytest.param(
            [("1", "", "(Ann Lee)\nHi. One: two."), ("2", "", "(Bo Ek)\nYes.\n-\n(Ann Lee)\nSo.")],
            id="names in brackets",
        ),
        pytest.param(
            [
                ("1", "", "Ann Lee\nHi. One:\ntwo."),
                ("2", "", "Bo Ek\nYes."),
                ("3", "", "Ann Lee\nSo."),
            ],
            id="the name on the first line",
        ),
        pytest.param(
            [
                ("1", "", "{\\an8}- Ann Lee: Hi. One: two."),
                ("2", "", "- Bo Ek: Yes."),
                ("3", "", "- Ann Lee: So."),
            ],
            id="dashes and ASS styles",
        ),
        pytest.param(
            [
                ("1", "", "[Ann Lee] Hi. One: two."),
                ("2", "", "[Bo Ek] Yes."),
                ("3", "", "[Ann Lee] So."),
                ("4", "", "[Bo Ek]"),
            ],
            id="names in brackets, no colon",
        ),
    ],
)
def test_where_captions_put_the_name(read: Read, cues: list[tuple[str, str, str]]) -> None:
    body = "".join(CUE.format(id=i, n=n, tail=tail, text=text) for n, (i, tail, text) in enumerate(cues))
    call = read("WEBVTT\n\n" + body, "x.vtt")
    assert said(call) == [("Ann Lee", "Hi. One: two."), ("Bo Ek", "Yes."), ("Ann Lee", "So.")]
    assert call.turns[0].start_s == 0.0


def test_sounds_in_brackets_are_nobody(read: Read) -> None:
    lines = ["[Music]", "[Speaker 0] Hello.", "[Background Noise] Hm.", "(laughs) Right.", "[Speaker 1] Hi."]
    call = read("WEBVTT\n\n" + "".join(CUE.format(id=n, n=n, tail="", text=t) for n, t in enumerate(lines)))
    assert said(call) == [
        (None, "[Music]"),
        ("Speaker 0", "Hello. [Background Noise] Hm. (laughs) Right."),
        ("Speaker 1", "Hi."),
    ]


def test_people_on_the_phone_and_names_with_a_slash(read: Read) -> None:
    lines = [
        "+1 415-***-0100: Hello.",
        "Ann Lee / Pump Sight: Hi.",
        "+1 415-***-0100: At 12:30?",
        "Ann Lee / Pump Sight: Yes.",
    ]
    call = read("WEBVTT\n\n" + "".join(CUE.format(id=n, n=n, tail="", text=t) for n, t in enumerate(lines)))
    assert [t.speaker for t in call.turns] == ["+1 415-***-0100", "Ann Lee"] * 2
    assert call.turns[2].text == "At 12:30?"
    assert call.participants[1].company == "Pump Sight"
