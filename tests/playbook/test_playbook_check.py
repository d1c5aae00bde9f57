"""Every kind of mistake is reported with its line and what to do about it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from coachbot.playbook import check_playbook

Spoil = Callable[..., Path]


def test_a_sound_playbook_has_no_problems(bakery: Path) -> None:
    assert check_playbook(bakery) == []
    assert check_playbook(bakery / "playbook.yaml") == []


# (what is replaced, by what, line, part of the message, part of the suggestion)
MISTAKES = [
    ("name: Bakery", "nmae: Bakery", 2, "unknown key 'nmae'", "Did you mean 'name'?"),
    ("name: Bakery\n", "", 1, "key 'name' is missing", "Add it"),
    ('version: "1.0"', "version: 1.0", 3, "'version' must be text", 'in quotes: "1.0"'),
    ('version: "1.0"', "version:", 3, "'version' must be text", "Nothing stands after the colon"),
    ("healthy_days: 7", "healthy_days: soon", 20, "first_talk.healthy_days' must be a whole number", "soon"),
    ("healthy_days: 7", "healthy_days: 0", 20, "'stages.first_talk.healthy_days' is 0", "1 or more"),
    ("    kind: choice\n", "    kind: chocie\n", 40, "cannot be 'chocie'", "Did you mean 'choice'?"),
    (
        "label: Crust",
        "label: Crust\n    colour: brown",
        39,
        "unknown key 'fields.crust.colour'",
        "There is: id",
    ),
    ("    label: Crust\n", "", 37, "key 'label' is missing in fields.crust", "Add it"),
    (
        'examples: ["For bread?"]',
        "examples: For bread?",
        48,
        "'objections.too_dear.examples' must be a list",
        "after a -",
    ),
    (
        '["As dark as you can."]',
        "[Say: as dark as you can]",
        42,
        "fields.crust.listen_for.1' must be text",
        "it has a colon",
    ),
    (
        "stages:\n  - id: first_talk",
        "plays: []\nstages:\n  - id: first_talk",
        4,
        "unknown key 'plays'",
        "in plays/",
    ),
    ("name: Bakery", "name: Bakery\nname: Shop", 3, "'name' is given twice, first on line 2", "Keep one"),
    ("name: Bakery", "name: ' '", 2, "'name' is empty", "Write something"),
    # ids
    ("id: bakery", "id: The Bakery", 1, "not lower case words joined by -", "Write 'the-bakery'"),
    ("  - id: cook", "  - id: Head-Cook", 50, "not lower case words joined by _", "Write 'head_cook'"),
    ("  - id: crust\n", "  - id: daily_loaves\n", 37, "field 'daily_loaves' is there twice", "Rename one"),
    ("- id: order_stands", "- id: wants_bread", 25, "criterion 'wants_bread' is there twice", "Rename one"),
    # names of what is not there
    (
        "required_fields: [daily_loaves]",
        "required_fields: [daily_loafs]",
        19,
        "no field 'daily_loafs'",
        "'daily_loaves'?",
    ),
    (
        "fields: [daily_loaves]\n        comm",
        "fields: [loafs]\n        comm",
        11,
        "no field 'loafs'",
        "'daily_loaves'?",
    ),
    (
        "commitments: [takes_a_loaf]",
        "commitments: [takes_loaf]",
        12,
        "no commitment 'takes_loaf'",
        "Did you mean 'takes_a_loaf'?",
    ),
    (
        "fields: [daily_loaves]\n        comm",
        "fields: [takes_a_loaf]\n        comm",
        11,
        "no field 'takes_a_loaf'",
        "That is the id of a commitment",
    ),
    (
        "stages: [standing_order]\n    fields",
        "stages: [standing_orders]\n    fields",
        57,
        "no stage",
        "'standing_order'?",
    ),
    ("fields: [crust]\n    message", "fields: [crusts]\n    message", 58, "no field 'crusts'", "'crust'?"),
    ("to: first_talk", "to: last_talk", 63, "no stage 'last_talk'", "Did you mean 'first_talk'?"),
    ("from_stages: [standing_order]", "from_stages: [order]", 64, "no stage 'order'", "'standing_order'?"),
    ("play: too-dear", "play: too_deer", 47, "no play 'too_deer'", "Did you mean 'too-dear'?"),
    (
        "like: desired_outcome",
        "like: desired_outcomes",
        43,
        "no field 'desired_outcomes'",
        "'desired_outcome'?",
    ),
    # what has no effect or cannot work
    (
        "        fields: [daily_loaves, crust]\n",
        "",
        25,
        "nothing can prove the criterion 'order_stands'",
        "Name",
    ),
    ("at_least: 2", "at_least: 3", 14, "wants 3 of 2", "2 at most"),
    ("        how: any\n", "", 13, "at_least has no effect", "how: any"),
    ("    options: [pale, dark]\n", "", 37, "a choice without options", "List its options"),
    ("    kind: choice\n", "", 40, "field 'crust' has options", "kind: choice"),
    ("    fields: [crust]\n    message", "    message", 54, "can never be raised", "Give it fields"),
    ("rule: missing_fields", "rule: no_next_step", 58, "no effect with rule no_next_step", "Leave it out"),
    ("in {stage}.", "in {phase}.", 59, "an unknown {phase}", "There is: days"),
    ("in {stage}.", "in {stage.", 59, "cannot be filled in", "{{"),
    ("to: first_talk", "to: standing_order", 63, "no stage lies after 'standing_order'", "an earlier one"),
    ("from_stages: [standing_order]", "from_stages: [first_talk]", 64, "is not later than", "Leave it out"),
    (
        '["We bake nine thousand a day."]',
        '["about forty, more on Saturdays."]',
        36,
        "is in listen_for too",
        "one of them",
    ),
    # not YAML
    ("text: They want bread.", "text: Mind: they want bread", 10, "not valid YAML", "in quotes"),
    ("name: Bakery", "\tname: Bakery", 2, "not valid YAML", "spaces"),
    ("name: Bakery", 'name: "Bakery', 3, "not valid YAML", "a stray quote"),
    ("name: Bakery", "name: *bakery", 2, "not valid YAML", "starts with *"),
    ("name: Bakery", "name: !!python/name:os.system x", 2, "is not allowed", "Leave it out"),
    (
        "fields: [daily_loaves, crust]",
        "fields: [daily_loaves, crust",
        28,
        "not valid YAML",
        "Close the bracket",
    ),
]


@pytest.mark.parametrize(
    ("old", "new", "line", "message", "suggestion"),
    MISTAKES,
    ids=[f"{m[3][:40]}-{m[1][:20]}" for m in MISTAKES],
)
def test_a_mistake_is_reported(
    spoil: Spoil, old: str, new: str, line: int, message: str, suggestion: str
) -> None:
    folder = spoil(old, new)
    found = [p for p in check_playbook(folder) if message in p.message]
    assert found, [str(p) for p in check_playbook(folder)]
    assert (found[0].line, found[0].warning) == (line, False)
    assert suggestion in found[0].suggestion
    assert str(found[0]).startswith(f"{folder / 'playbook.yaml'}:{line}: ")


WARNINGS = [
    ('    listen_for: ["As dark as you can."]\n', "", 37, "nothing is listened for in 'crust'"),
    (
        '        listen_for: ["I\'ll take that one with me."]\n',
        "",
        16,
        "nothing is listened for in 'takes_a_loaf'",
    ),
    ('    examples: ["For bread?"]\n', "", 45, "nothing is listened for in 'too_dear'"),
    ("    title_words: [cook, chef]\n", "", 50, "nothing shows the role 'cook'"),
    (
        "rule: missing_fields\n    stages: [standing_order]\n    fields: [crust]",
        "rule: slipped_close_date",
        54,
        "'no_crust'",
    ),
    ('["For bread?"]', '["For bread?", "for bread?"]', 48, "is there twice"),
    (
        "required_fields: [daily_loaves]",
        "required_fields: [daily_loaves, daily_loaves]",
        19,
        "is listed twice",
    ),
]


@pytest.mark.parametrize(("old", "new", "line", "message"), WARNINGS)
def test_a_doubt_is_a_warning(spoil: Spoil, old: str, new: str, line: int, message: str) -> None:
    problems = check_playbook(spoil(old, new))
    assert [(p.line, p.warning, message in p.message) for p in problems] == [(line, True, True)]
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
    found = [(p.path.name, p.line) for p in check_playbook(folder)]
    assert found == [
        ("playbook.yaml", 2),
        ("playbook.yaml", 20),
        ("playbook.yaml", 63),
        ("too-dear.md", 3),
        ("crumbs.yaml", 7),
    ]


def test_a_mistyped_key_is_one_mistake(spoil: Spoil) -> None:
    problems = check_playbook(spoil("label: Crust", "lable: Crust"))
    assert [p.message for p in problems] == ["unknown key 'fields.crust.lable'"]


PAGES = [
    ("title: ", "tilte: ", 2, "unknown key 'tilte'", "Did you mean 'title'?"),
    ('title: "When bread is too dear"', "title: ''", 2, "the title is empty", "what the page is about"),
    ("stage: [standing_order]", "stage: [standing]", 3, "no stage 'standing'", "'standing_order'?"),
    ("field: [daily_loaves]", "field: [loafs]", 4, "no field 'loafs'", "'daily_loaves'?"),
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
    (b"[" * 5000, 1, "nested too deep"),
    (b"x: " + b"y" * 2_000_001, 1, "bytes"),
    (bomb().encode(), 1, "aliases"),
    (b"a: &a\n  b: *a\n", 1, "unknown key 'a'"),
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
