"""Every kind of mistake is reported with its line and what to do about it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from coachbot.playbook import Problem, check_playbook

Spoil = Callable[..., Path]


def test_a_sound_playbook_has_no_problems(bakery: Path) -> None:
    assert check_playbook(bakery) == []
    assert check_playbook(bakery / "playbook.yaml") == []


INDICATOR = "    healthy_days: 30\n    indicators:\n      - {id: seen, text: Seen"

# (what is replaced, by what, a piece of the line reported, of the message, of the suggestion)
MISTAKES = [
    ("name: Bakery", "nmae: Bakery", "nmae", "unknown key 'nmae'", "Did you mean 'name'?"),
    ("name: Bakery\n", "", "id: bakery", "key 'name' is missing", "Add it"),
    ('version: "1.0"', "version: 1.0", "version", "'version' must be text", 'in quotes: "1.0"'),
    ('version: "1.0"', "version:", "version", "'version' must be text", "Nothing stands after the colon"),
    ("days: 7", "days: soon", "soon", "stages.first_talk.healthy_days' must be a whole number", "'soon'"),
    ("days: 7", "days: 0", "days: 0", "'stages.first_talk.healthy_days' is 0", "1 or more"),
    ("kind: choice", "kind: chocie", "chocie", "cannot be 'chocie'", "Did you mean 'choice'?"),
    (
        "    label: Crust",
        "    xyz: 1\n    label: Crust",
        "xyz",
        "unknown key 'fields.crust.xyz'",
        "is: id, label",
    ),
    ("    label: Crust\n", "", "- id: crust", "key 'label' is missing in fields.crust", "Add it"),
    ('["For bread?"]', "For bread?", "For", "'objections.too_dear.examples' must be a list", "after a -"),
    ('["As dark as you can."]', "[So: dark]", "So:", "crust.listen_for.1' must be text", "has a colon"),
    ("fields:\n  - id: d", "plays: []\nfields:\n  - id: d", "plays", "unknown key 'plays'", "in plays/"),
    (
        "name: Bakery",
        "name: Bakery\nname: B",
        "name: B",
        "'name' is given twice, first on line 2",
        "Keep one",
    ),
    ("name: Bakery", "name: ' '", "name", "'name' is empty", "Write something"),
    # ids
    ("id: bakery", "id: The Bakery", "The", "not lower case words joined by -", "Write 'the-bakery'"),
    ("- id: cook", "- id: Head-Cook", "Head", "not lower case words joined by _", "Write 'head_cook'"),
    ("- id: crust", "- id: daily_loaves", None, "field 'daily_loaves' is there twice", "Rename one"),
    ("- id: order_stands", "- id: wants_bread", None, "criterion 'wants_bread' is there twice", "Rename"),
    # names of what is not there
    (
        "required_fields: [daily_loaves]",
        "required_fields: [daily_loafs]",
        "loafs",
        "no field 'daily_loafs'",
        "'daily_loaves'?",
    ),
    ("[daily_loaves, crust]", "[daily_loaves, crusts]", "crusts", "no field 'crusts'", "mean 'crust'?"),
    (
        "[daily_loaves, crust]",
        "[takes_a_loaf]",
        "[takes",
        "no field 'takes_a_loaf'",
        "the id of a commitment",
    ),
    ("[takes_a_loaf]", "[takes_loaf]", "takes_loaf", "no commitment 'takes_loaf'", "'takes_a_loaf'?"),
    ("    stages: [standing_order]", "    stages: [orders]", "[orders]", "no stage", "'standing_order'?"),
    ("fields: [crust]", "fields: [crusty]", "crusty", "no field 'crusty'", "'crust'?"),
    ("to: first_talk", "to: last_talk", "last", "no stage 'last_talk'", "'first_talk'?"),
    (
        "from_stages: [standing_order]",
        "from_stages: [order]",
        "[order]",
        "no stage 'order'",
        "'standing_order'?",
    ),
    ("play: too-dear", "play: too_deer", "deer", "no play 'too_deer'", "Did you mean 'too-dear'?"),
    ("like: desired_outcome", "like: desired_outcomes", "comes", "no field", "'desired_outcome'?"),
    # what has no effect or cannot work
    (
        "reversions:\n",
        "reminders:\n  - {id: ask, when: entered, text: Ask, stages: [orders]}\nreversions:\n",
        "id: ask",
        "no stage 'orders'",
        "'standing_order'?",
    ),
    (
        "reversions:\n",
        "reminders:\n  - {id: ask, when: entered, text: Ask, only_if: missing_fields}\nreversions:\n",
        "id: ask",
        "can never come up",
        "Give it fields",
    ),
    (
        "reversions:\n",
        "reminders:\n  - {id: ask, when: entered, text: Ask, fields: [crust]}\nreversions:\n",
        "id: ask",
        "fields have no effect",
        "only_if: missing_fields",
    ),
    (
        "reversions:\n",
        "reminders:\n  - {id: ask, when: left, text: 'Ask {deals}'}\nreversions:\n",
        "Ask {",
        "an unknown {deals}",
        "'deal'?",
    ),
    (
        "    healthy_days: 30\n",
        INDICATOR + "}\n",
        "seen",
        "nothing can show 'seen'",
        "or a measure",
    ),
    (
        "    healthy_days: 30\n",
        INDICATOR + ", measure: talk_share}\n",
        "seen",
        "a measure without a limit",
        "at_least or at_most",
    ),
    (
        "    healthy_days: 30\n",
        INDICATOR + ", measure: questions, at_least: 3, fields: [crust]}\n",
        "seen",
        "both a measure and fields",
        "Make it two",
    ),
    (
        "    healthy_days: 30\n",
        INDICATOR + ", fields: [crusts]}\n",
        "seen",
        "no field 'crusts'",
        "'crust'?",
    ),
    (
        "    healthy_days: 30\n",
        INDICATOR + ", fields: [crust], at_most: 3}\n",
        "seen",
        "at_most has no effect in 'seen'",
        "Give it a measure",
    ),
    (
        "    healthy_days: 30\n",
        INDICATOR + ", fields: [crust], play: too_deer}\n",
        "seen",
        "no play 'too_deer'",
        "'too-dear'?",
    ),
    (
        "        fields: [daily_loaves, crust]\n",
        "",
        "order_stands",
        "nothing can prove the criterion",
        "Name",
    ),
    ("at_least: 2", "at_least: 3", "at_least", "wants 3 of 2", "2 at most"),
    ("        how: any\n", "", "at_least", "at_least has no effect", "how: any"),
    ("    options: [pale, dark]\n", "", "- id: crust", "a choice without options", "List its options"),
    ("    kind: choice\n", "", "options", "field 'crust' has options", "kind: choice"),
    ("    fields: [crust]\n", "", "no_crust", "can never be raised", "Give it fields"),
    ("missing_fields", "no_next_step", "fields: [crust]", "no effect with rule no_next_step", "Leave it out"),
    ("in {stage}.", "in {phase}.", "phase", "an unknown {phase}", "days"),
    ("in {stage}.", "in {stage.", "{stage.", "cannot be filled in", "{{"),
    ("to: first_talk", "to: standing_order", "to:", "no stage lies after 'standing_order'", "an earlier one"),
    (
        "from_stages: [standing_order]",
        "from_stages: [first_talk]",
        "from",
        "is not later than",
        "Leave it out",
    ),
    (
        "We bake nine thousand a day.",
        "about forty, more on Saturdays.",
        "not_this",
        "in listen_for too",
        "one of",
    ),
    # not YAML
    ("text: They want bread.", "text: Mind: bread", "Mind", "not valid YAML", "in quotes"),
    ("name: Bakery", "\tname: Bakery", "Bakery", "not valid YAML", "spaces"),
    ("name: Bakery", 'name: "Bakery', "version", "not valid YAML", "a stray quote"),
    ("name: Bakery", "name: *bakery", "*bakery", "not valid YAML", "starts with *"),
    ("name: Bakery", "name: !!python/name:os.system x", "os.system", "is not allowed", "Leave it out"),
    (
        "[daily_loaves, crust]",
        "[daily_loaves, crust",
        "healthy_days: 30",
        "not valid YAML",
        "Close the bracket",
    ),
]


def line_of(problem: Problem) -> str:
    return problem.path.read_text(encoding="utf-8").splitlines()[problem.line - 1]


@pytest.mark.parametrize(
    ("old", "new", "at", "message", "suggestion"),
    MISTAKES,
    ids=[f"{m[3][:30]}-{m[1][:20]}" for m in MISTAKES],
)
def test_a_mistake_is_reported(
    spoil: Spoil, old: str, new: str, at: str | None, message: str, suggestion: str
) -> None:
    folder = spoil(old, new)
    found = [p for p in check_playbook(folder) if message in p.message]
    assert found, [str(p) for p in check_playbook(folder)]
    assert not found[0].warning
    assert (at or new) in line_of(found[0])
    assert suggestion in found[0].suggestion
    assert str(found[0]).startswith(f"{folder / 'playbook.yaml'}:{found[0].line}: ")


WARNINGS = [
    ('    listen_for: ["As dark as you can."]\n', "", "- id: crust", "nothing is listened for in 'crust'"),
    (
        '        listen_for: ["I\'ll take that one with me."]\n',
        "",
        "- id: takes",
        "listened for in 'takes_a_loaf'",
    ),
    ('    examples: ["For bread?"]\n', "", "- id: too_dear", "nothing is listened for in 'too_dear'"),
    ("    title_words: [cook, chef]\n", "", "- id: cook", "nothing shows the role 'cook'"),
    (
        "missing_fields\n    stages: [standing_order]\n    fields: [crust]",
        "slipped_close_date",
        "no_",
        "'no_crust'",
    ),
    ('["For bread?"]', '["For bread?", "for bread?"]', "for bread", "is there twice"),
    ("[daily_loaves, crust]", "[crust, daily_loaves, crust]", "crust, d", "'crust' is listed twice"),
]


@pytest.mark.parametrize(("old", "new", "at", "message"), WARNINGS)
def test_a_doubt_is_a_warning(spoil: Spoil, old: str, new: str, at: str, message: str) -> None:
    problems = check_playbook(spoil(old, new))
    assert [(p.warning, at in line_of(p), message in p.message) for p in problems] == [(True, True, True)]
    assert ": warning: " in str(problems[0])


def test_a_stage_that_holds_nothing_back_is_a_warning(spoil: Spoil) -> None:
    folder = spoil(
        "    exit_criteria:\n      - id: wants_bread", "    entry_criteria:\n      - id: wants_bread"
    )
    assert [p.message for p in check_playbook(folder)] == ["nothing holds a deal in stage 'first_talk'"]


def test_all_mistakes_are_reported_at_once(spoil: Spoil) -> None:
    spoil("name: Bakery", "nmae: Bakery")
    spoil("healthy_days: 7", "healthy_days: soon")
    spoil("to: first_talk", "to: last_talk")
    spoil("stage: [standing_order]", "stage: [standing_orders]", "plays/too-dear.md")
    folder = spoil("fields: [daily_loaves]", "fields: [loaves]", "methodologies/crumbs.yaml")
    found = [(p.path.name, line_of(p).strip()) for p in check_playbook(folder)]
    assert found == [
        ("playbook.yaml", "nmae: Bakery"),
        ("playbook.yaml", "healthy_days: soon"),
        ("playbook.yaml", "to: last_talk"),
        ("too-dear.md", "stage: [standing_orders]"),
        ("crumbs.yaml", "fields: [loaves]"),
    ]


def test_a_mistyped_key_is_one_mistake(spoil: Spoil) -> None:
    problems = check_playbook(spoil("label: Crust", "lable: Crust"))
    assert [p.message for p in problems] == ["unknown key 'fields.crust.lable'"]


PAGES = [
    ("title: ", "tilte: ", 2, "unknown key 'tilte'", "Did you mean 'title'?"),
    ('title: "When bread is too dear"', "title: ''", 2, "the title is empty", "what the page is about"),
    ("stage: [standing_order]", "stage: [standing]", 3, "no stage 'standing'", "'standing_order'?"),
    ("field: [daily_loaves]", "field: [loafs]", 4, "no field 'loafs'", "daily_loaves, crust"),
    ("objection: [too_dear]", "objection: [too_cheap]", 5, "no objection 'too_cheap'", "too_dear"),
    ("criterion: [order_stands]", "criterion: [order_stand]", 6, "no criterion", "'order_stands'?"),
    ("\nAsk what a table without bread costs.\n", "", 2, "no text", "below the front matter"),
    ("---\ntitle", "title", 1, "no front matter", "Begin it with ---"),
    ("---\n\nAsk", "\nAsk", 1, "does not end", "on a line of its own"),
    ('"When bread', '"When "bread', 2, "not valid YAML", ""),
]


@pytest.mark.parametrize(("old", "new", "line", "message", "suggestion"), PAGES)
def test_a_mistake_in_a_page_is_reported(
    spoil: Spoil, old: str, new: str, line: int, message: str, suggestion: str
) -> None:
    problems = [p for p in check_playbook(spoil(old, new, "plays/too-dear.md")) if not p.warning]
    assert problems[0].path.name == "too-dear.md"
    assert (problems[0].line, message in problems[0].message) == (line, True), problems
    assert suggestion in problems[0].suggestion


OVERLAYS = [
    ("name: CRUMBS", "nmae: CRUMBS", 2, "unknown key 'nmae'", "'name'?"),
    ("fields: [crust]", "fields: [crumb]", 11, "no field 'crumb'", "'crust'?"),
    ("influence: [cook]", "influence: [chef]", 12, "no influence role 'chef'", "cook"),
    ("- id: taste", "- id: count", 8, "element 'count' is there twice", "Rename one"),
    ("id: crumbs", "id: Crumbs!", 1, "not lower case words", "Write 'crumbs'"),
]


@pytest.mark.parametrize(("old", "new", "line", "message", "suggestion"), OVERLAYS)
def test_a_mistake_in_a_methodology_is_reported(
    spoil: Spoil, old: str, new: str, line: int, message: str, suggestion: str
) -> None:
    problems = check_playbook(spoil(old, new, "methodologies/crumbs.yaml"))
    assert [(p.path.name, p.line) for p in problems] == [("crumbs.yaml", line)]
    assert message in problems[0].message
    assert suggestion in problems[0].suggestion


def test_a_shared_methodology_may_name_what_a_neighbour_has(bakery: Path) -> None:
    shared = bakery.parent / "methodologies"
    (bakery / "methodologies").rename(shared)
    overlay = shared / "crumbs.yaml"
    overlay.write_text(overlay.read_text().replace("[crust]", "[crust, rind]"), encoding="utf-8")
    assert ["rind" in p.message for p in check_playbook(bakery)] == [True]
    neighbour = bakery.parent / "dairy"
    neighbour.mkdir()
    text = (bakery / "playbook.yaml").read_text().replace("crust", "rind")
    (neighbour / "playbook.yaml").write_text(text, encoding="utf-8")
    assert check_playbook(bakery) == []


def bomb() -> str:
    rows = [f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join([f'*{chr(97 + n)}'] * 9)}]" for n in range(9)]
    return "\n".join(["a: &a [x, x]", *rows, ""])


FILES = [
    (b"", 1, "is empty"),
    (b"# nothing but a remark\n", 1, "is empty"),
    (b"- a\n- b\n", 1, "holds no keys and values"),
    (b"just a sentence\n", 1, "holds no keys and values"),
    (b"id: a\n---\nid: b\n", 2, "another document"),
    (b"id: caf\xe9\n", 1, "is not UTF-8"),
    (b"id: a\nname: \xff\xfe\n", 2, "is not UTF-8"),
    ("id: a".encode("utf-16"), 1, "is not UTF-8"),
    (b"\x7fELF\x00\x00\x01", 1, "not a text file"),
    (b"id: a\x07\n", 1, "not valid YAML"),
    (b"[" * 1500, 1, "nested too deep"),
    (b"x: " + b"y" * 500_001, 1, "bytes"),
    (bomb().encode(), 1, "aliases"),
    (b"a: &a\n  b: *a\n", 1, "aliases"),
    (b"? [a, b]\n: c\n", 1, "not a plain word"),
]


@pytest.mark.parametrize(("raw", "line", "message"), FILES, ids=[f[2] + str(n) for n, f in enumerate(FILES)])
def test_a_file_that_is_no_playbook_is_a_problem_and_no_crash(
    tmp_path: Path, raw: bytes, line: int, message: str
) -> None:
    path = tmp_path / "playbook.yaml"
    path.write_bytes(raw)
    problems = check_playbook(path)
    assert any(p.line == line and message in p.message for p in problems), [str(p) for p in problems]


def test_a_few_aliases_and_a_byte_order_mark_are_fine(spoil: Spoil, bakery: Path) -> None:
    spoil('["About forty, more on Saturdays."]', '[&forty "About forty, more on Saturdays.", "Fifty."]')
    spoil('["We bake nine thousand a day."]', '["We bake nine thousand a day."]\n  # *forty')
    path = bakery / "playbook.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert check_playbook(bakery) == []


def test_a_file_that_is_not_there_is_a_problem(tmp_path: Path) -> None:
    problems = check_playbook(tmp_path)
    assert "cannot be read" in problems[0].message
