"""From what models write to JSON that is valid: the slips that are mended, and those that are not."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from llm_server import DATA, SCHEMA

from coachbot.errors import WrongShapeError
from coachbot.llm.answers import parse
from coachbot.llm.fit import fit

GOOD = '{"a": [1, {"b": "x, y"}], "c": null}'
VALUE = {"a": [1, {"b": "x, y"}], "c": None}


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        f"\ufeff  {GOOD}\n",
        f"```json\n{GOOD}\n```",
        f"Sure! Here is the JSON you want:\n\n```\n{GOOD}\n```\nAnything else?",
        f"{GOOD}\n\nI left {{nothing}} out.",
        f"As [asked], {{briefly}}: {GOOD}",
        f"<think>\nIs it {{'a': 1}}?\n</think>\n{GOOD}",
        '{"a": [1, {"b": "x, y",},], "c": null,}',
        '{"a": [1, {"b": "x, y"}], "c": None}',
        '{"a": [1, // one\n {"b": "x, y"}], "c": null}',
        '{"a": [1, {"b": "x, y"}],\n\n "c":\tnull}',
    ],
)
def test_json_is_found(text: str) -> None:
    parsed = parse(text)
    assert parsed is not None
    assert (parsed.data, parsed.whole) == (VALUE, True)


@pytest.mark.parametrize("text", ["", "no", "{", "{}}{", "[[[", '{"a', "{'a': 1}", "null", "12", '"x"', "}{"])
def test_no_json_is_none(text: str) -> None:
    parsed = parse(text)
    assert parsed is None or not parsed.data


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ('{"a": 5, "b": [1, 2, {"x": 3}, {"x": 4', {"a": 5, "b": [1, 2, {"x": 3}]}),
        ('{"a": 5, "b": [1, 2, 34', {"a": 5, "b": [1, 2]}),
        ('{"a": [{"q": ["one", "tw', {"a": [{"q": ["one"]}]}),
        ('{"a": 5, "b": "unfini', {"a": 5}),
        ('{"a": 5, "b": {"c": 1, "d": 2}, "e"', {"a": 5, "b": {"c": 1, "d": 2}}),
        ('```json\n{"a": [{"x": 1}, {"x": "it\\"s", "y"', {"a": [{"x": 1}]}),
    ],
)
def test_a_text_that_breaks_off_loses_only_its_last_item(text: str, data: Any) -> None:
    parsed = parse(text)
    assert parsed is not None
    assert parsed.data == data
    assert not parsed.whole


def test_raw_line_breaks_in_strings_stay() -> None:
    parsed = parse('{"a": "one\ntwo\tthree"}')
    assert parsed is not None
    assert parsed.data == {"a": "one\ntwo\tthree"}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=12,
)


@given(st.dictionaries(st.text(min_size=1, max_size=6), JSON, min_size=1, max_size=4), st.data())
def test_whatever_is_cut_off_what_is_left_was_there(value: dict[str, Any], data: st.DataObject) -> None:
    text = json.dumps(value, ensure_ascii=data.draw(st.booleans()))
    assert parse(f"So: {text} and so on") is not None
    cut = parse(text[: data.draw(st.integers(1, len(text)))])
    assert cut is None or cut.data is None or _within(cut.data, value)


def _within(part: Any, whole: Any) -> bool:
    """Whether the part is the whole with ends of lists and members of objects missing."""
    if isinstance(part, dict) and isinstance(whole, dict):
        return all(k in whole and _within(v, whole[k]) for k, v in part.items())
    if isinstance(part, list) and isinstance(whole, list):
        return len(part) <= len(whole) and all(_within(p, w) for p, w in zip(part, whole, strict=False))
    return type(part) is type(whole) and part == whole


def of(**schema: Any) -> dict[str, Any]:
    """A schema with one required member `v`."""
    return {"type": "object", "properties": {"v": schema}, "required": ["v"], "additionalProperties": False}


@pytest.mark.parametrize(
    ("schema", "given_", "wanted"),
    [
        ({"type": "integer"}, "12", 12),
        ({"type": "integer"}, "T12", 12),
        ({"type": "integer"}, "[T12]", 12),
        ({"type": "integer"}, 12.0, 12),
        ({"type": "number"}, "0.5", 0.5),
        ({"type": "string"}, 900, "900"),
        ({"type": "boolean"}, "Yes", True),
        ({"type": "boolean"}, "false", False),
        ({"type": ["string", "null"]}, None, None),
        ({"type": ["integer", "null"]}, "null", None),
        ({"type": ["integer", "null"]}, "", None),
        ({"enum": ["in_progress", "done"]}, "In Progress", "in_progress"),
        ({"enum": ["done", None]}, "none", None),
        ({"const": "a"}, "A", "a"),
        ({"type": "array", "items": {"type": "string"}}, "one", ["one"]),
        ({"type": "array", "items": {"type": "string"}}, None, []),
        ({"anyOf": [{"type": "integer"}, {"type": "null"}]}, "7", 7),
        ({"anyOf": [{"type": "null"}, {"enum": ["x"]}]}, "X", "x"),
        ({"$ref": "#/$defs/n"}, "3", 3),
    ],
)
def test_what_can_be_read_in_one_way_is_read_so(schema: dict[str, Any], given_: Any, wanted: Any) -> None:
    full = {**of(**schema), "$defs": {"n": {"type": "integer"}}}
    assert fit({"v": given_}, full) == ({"v": wanted}, ())


@pytest.mark.parametrize(
    ("schema", "given_"),
    [
        ({"type": "integer"}, "about 12"),
        ({"type": "integer"}, 12.5),
        ({"type": "integer"}, True),
        ({"type": "string"}, None),
        ({"type": "string"}, {"text": "x"}),
        ({"enum": ["a", "b"]}, "c"),
        ({"type": "boolean"}, "perhaps"),
        ({"type": "array", "items": {"type": "integer"}}, ["x", "y"]),
        ({"type": "array", "items": {"type": "integer"}, "minItems": 2}, [1]),
        ({"type": "object", "properties": {"x": {"type": "string"}}, "required": ["x"]}, {"y": "z"}),
        ({"anyOf": [{"type": "integer"}, {"enum": ["x"]}]}, "y"),
    ],
)
def test_what_cannot_be_read_is_refused(schema: dict[str, Any], given_: Any) -> None:
    with pytest.raises(WrongShapeError, match="form that was asked for"):
        fit({"v": given_}, of(**schema))


@pytest.mark.parametrize(
    "data",
    [
        [DATA],
        {"facts": DATA["facts"], "comment": "that is all"},
        {"answer": DATA},
        {"Facts": DATA["facts"]},
        DATA["facts"],
        {"facts": DATA["facts"][0]},
        {"facts": [{**DATA["facts"][0], "mood": "good", "turn": "T1"}]},
    ],
)
def test_wrappings_and_extras_are_taken_off(data: Any) -> None:
    assert fit(data, SCHEMA) == (DATA, ())


def test_an_empty_list_is_an_answer_and_a_missing_one_is_noted() -> None:
    schema = {**SCHEMA, "properties": {**SCHEMA["properties"], "more": {"type": "array"}}}
    schema["required"] = ["facts", "more"]
    assert fit({"facts": [], "more": []}, schema) == ({"facts": [], "more": []}, ())
    assert fit({"facts": []}, schema) == ({"facts": [], "more": []}, ("more is missing from the answer",))
    for nothing in ({}, {"mood": "good"}, [1], "none"):
        with pytest.raises(WrongShapeError):
            fit(nothing, SCHEMA)


def test_many_losses_are_counted() -> None:
    bad = [{"field": "mood", "value": "x", "turn": 1}] * 30
    data, notes = fit({"facts": [*DATA["facts"], *bad]}, SCHEMA)
    assert data == DATA
    assert (len(notes), notes[-1]) == (21, "and 10 more")


@given(JSON)
def test_whatever_comes_fits_or_is_refused(value: Any) -> None:
    try:
        data, _ = fit(value, SCHEMA)
    except WrongShapeError:
        return
    assert set(data) == {"facts"}
    assert all(item["field"] in ("need", "worth") for item in data["facts"])
