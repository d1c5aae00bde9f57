"""The META file."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from coachbot.errors import InputError
from coachbot.ingest import read_meta
from coachbot.model.transcript import CallMeta, Side

FULL = {
    "title": " Delta:  demo ",
    "date": "2025-03-20T09:00:00Z",
    "participants": [
        {"name": "Ann Lee", "side": "Seller", "title": "AE", "phone": 1},
        {"name": "Bo Ek", "side": None, "title": None},
        "Cy Dahl",
    ],
    "deal": {
        "account": "Delta",
        "stage": "discovery",
        "opened_days_ago": 17,
        "days_in_stage": 0,
        "segment": "SMB",
        "contacts": ["Bo Ek", {"name": "Di"}],
        "close_date_history": [{"set_on": "2025-01-01", "close_date": "2025-06-30", "by": "x"}],
        "unknown": {"x": 1},
    },
    "more": [1],
}


def write(tmp_path: Path, value: Any) -> Path:
    path = tmp_path / "call.meta.json"
    path.write_text(value if isinstance(value, str) else json.dumps(value), encoding="utf-8")
    return path


def test_full(tmp_path: Path) -> None:
    meta = read_meta(write(tmp_path, FULL))
    assert meta.title == "Delta: demo"
    assert meta.date == datetime(2025, 3, 20, 9, tzinfo=UTC)
    assert [(p.name, p.side, p.side_source, p.title) for p in meta.participants] == [
        ("Ann Lee", Side.SELLER, "given", "AE"),
        ("Bo Ek", Side.UNKNOWN, "inferred", None),
        ("Cy Dahl", Side.UNKNOWN, "inferred", None),
    ]
    assert meta.deal.model_dump() == {
        "account": "Delta",
        "stage": "discovery",
        "opened_days_ago": 17,
        "days_in_stage": 0,
        "segment": "SMB",
        "contacts": ("Bo Ek", "Di"),
        "close_date_history": ({"set_on": "2025-01-01", "close_date": "2025-06-30"},),
    }


@pytest.mark.parametrize(
    "value", [{}, {"title": None, "date": None, "participants": None, "deal": None}, "\ufeff{}"]
)
def test_all_is_optional(tmp_path: Path, value: Any) -> None:
    assert read_meta(write(tmp_path, value)) == CallMeta()


@pytest.mark.parametrize("date", ["2025-03-20", "2025-03-20T00:00:00", "2025-03-20T00:00:00+00:00"])
def test_dates_have_a_zone(tmp_path: Path, date: str) -> None:
    assert read_meta(write(tmp_path, {"date": date})).date == datetime(2025, 3, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ('{"title": "x",\n "date": oops}', r"meta\.json:2: this is not valid JSON"),
        ('{"title": "x",\n "participants": [', r"meta\.json:2: the JSON stops in the middle"),
        ("[]", "must hold one JSON object, not a list"),
        ('"x"', "must hold one JSON object, not text"),
        ("3", "must hold one JSON object, not 3|not a number"),
        ("   ", "the meta file is empty"),
        ("[" * 5000, "nested too deeply"),
        ({"title": 3}, '"title" must be text'),
        ({"date": "soon"}, '"date" must be a date such as 2025-03-20T09:00:00Z, not "soon"'),
        ({"date": 3}, '"date" must be text'),
        ({"date": "9999-12-31"}, '"date" must lie between 1990 and 2100, not "9999-12-31"'),
        ({"date": "0001-01-01"}, '"date" must lie between 1990 and 2100'),
        ({"participants": {}}, '"participants" must be a list, not an object'),
        ({"participants": [3]}, r'"participants\[0\]" must be an object with a name'),
        (
            {"participants": [{"side": "buyer"}]},
            r'"participants\[0\]\.name" must be the person\'s name, not nothing',
        ),
        ({"participants": [{"name": ["x"]}]}, r'"participants\[0\]\.name" must be text, not a list'),
        ({"participants": ["A", "A"]}, r'"participants\[1\]\.name" is there twice'),
        (
            {"participants": [{"name": "A", "side": "vendor"}]},
            r'"participants\[0\]\.side" must be seller, buyer or unknown, not "vendor"',
        ),
        ({"participants": [{"name": "A", "side": True}]}, r"side.*not true"),
        ({"deal": []}, '"deal" must be an object, not a list'),
        ({"deal": {"account": 1.5}}, r'"deal\.account" must be text, not 1\.5'),
        ({"deal": {"opened_days_ago": -1}}, r'"deal\.opened_days_ago" must be a whole number of days'),
        (
            {"deal": {"days_in_stage": "3"}},
            r'"deal\.days_in_stage" must be a whole number of days, 0 or more, not "3"',
        ),
        ({"deal": {"contacts": "Bo"}}, r'"deal\.contacts" must be a list'),
        ({"deal": {"contacts": [{}]}}, r'"deal\.contacts\[0\]" must be a name'),
        ({"deal": {"close_date_history": ["x"]}}, r"close_date_history\[0\]. must be an object"),
        ({"deal": {"close_date_history": [{"set_on": "x"}]}}, r"\[0\]\.close_date. must be a date"),
    ],
)
def test_mistakes_name_the_place(tmp_path: Path, value: Any, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        read_meta(write(tmp_path, value))
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith(str(tmp_path))


def test_not_a_meta_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        read_meta(tmp_path / "none.json")
    audio = tmp_path / "a.json"
    audio.write_bytes(b"RIFF\x00\x00\x00\x00WAVEfmt ")
    with pytest.raises(InputError, match="audio or video"):
        read_meta(audio)
