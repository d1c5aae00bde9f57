"""How calls come in: stored first, once, and linked to the deal they speak of."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from coachbot.errors import InputError, NotFoundError
from coachbot.model.transcript import CallMeta, DealContext, Participant, Side
from coachbot.model.workspace import Outcome, Person
from coachbot.pipeline import files_of, take_in, take_in_path
from coachbot.settings import settings
from coachbot.store import Store, new_id
from store_world import add_deal

WORDS = b"WEBVTT\n\n00:00.000 --> 00:05.000\n<v Ana>We need it by May.\n"


def come(store: Store, meta: CallMeta | None = None, data: bytes = WORDS, **more: object):  # type: ignore[no-untyped-def]
    return take_in(store, io.BytesIO(data), "talk.vtt", meta=meta, **more)  # type: ignore[arg-type]


def test_the_same_file_comes_once(store: Store) -> None:
    first, second = come(store), come(store)
    assert (first.new, second.new) == (True, False)
    assert first.call.id == second.call.id
    assert store.files.read(first.call.file) == WORDS
    with store.read() as unit:
        assert len(unit.marks.history("call.run", f"call:{first.call.id}")) == 1


@pytest.mark.parametrize("account", ["Lakeside Clinics", "  lakeside CLINICS "])
def test_meta_names_the_deal(store: Store, account: str) -> None:
    with store.begin() as unit:
        deal = add_deal(unit, "Lakeside rollout", account="Lakeside Clinics", stage="discovery")
    call = come(store, CallMeta(deal=DealContext(account=account))).call
    assert (call.deal_id, call.stage) == (deal.id, "discovery")


def test_participants_tell_the_deal_where_only_one_fits(store: Store) -> None:
    meta = CallMeta(participants=(Participant(name="Dana Cole", side=Side.BUYER),))
    with store.begin() as unit:
        deal = add_deal(unit, "North", account="North AS")
        unit.people.add(Person(id=new_id(), account_id=deal.account_id, name="Dana Cole"))
    assert come(store, meta).call.deal_id == deal.id
    with store.begin() as unit:
        other = add_deal(unit, "South", account="South AS")
        unit.people.add(Person(id=new_id(), account_id=other.account_id, name="dana cole"))
    assert come(store, meta, WORDS + b"\n").call.deal_id is None


def test_closed_deals_and_strangers_leave_a_call_in_the_inbox(store: Store) -> None:
    with store.begin() as unit:
        add_deal(unit, "Old", account="Old AS", outcome=Outcome.LOST)
    assert come(store, CallMeta(deal=DealContext(account="Old AS"))).call.deal_id is None
    assert come(store, None, WORDS + b"\n").call.deal_id is None


def test_a_new_deal_only_where_it_is_asked_for(store: Store) -> None:
    meta = CallMeta(
        deal=DealContext(account="Fresh GmbH", stage="discovery", opened_days_ago=10, days_in_stage=3)
    )
    assert come(store, meta).call.deal_id is None
    first = come(store, meta, WORDS + b"\n", new_deals=True).call
    second = come(store, meta, WORDS + b"\n\n", new_deals=True).call
    assert first.deal_id is not None
    assert first.deal_id == second.deal_id
    with store.read() as unit:
        deal = unit.deals.need(first.deal_id)
        assert (deal.stage, (deal.entered_stage_on - deal.opened_on).days) == ("discovery", 7)  # type: ignore[operator]


def test_an_unknown_deal_keeps_nothing(store: Store) -> None:
    with pytest.raises(NotFoundError):
        come(store, deal_id="nope")
    with store.read() as unit:
        assert unit.calls.list().items == ()


def test_files_of_a_folder(tmp_path: Path) -> None:
    for name in ("b.vtt", "a.txt", "a.meta.json", ".hidden", "sub/c.srt", ".git/x.vtt", "Thumbs.db"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    assert [p.name for p in files_of([tmp_path])] == ["a.txt", "b.vtt", "c.srt"]
    with pytest.raises(InputError, match="no such file"):
        list(files_of([tmp_path / "none"]))


def test_meta_beside_a_file_and_its_mistakes(sqlite_store: Store, tmp_path: Path) -> None:
    path = tmp_path / "talk.vtt"
    path.write_bytes(WORDS)
    beside = tmp_path / "talk.meta.json"
    beside.write_text(json.dumps({"title": "First talk", "date": "2026-03-02T10:00:00Z"}))
    assert take_in_path(sqlite_store, path).call.title == "First talk"
    beside.write_text('{"title": 3}')
    with pytest.raises(InputError, match=r"talk\.meta\.json"):
        take_in_path(sqlite_store, path)


def test_a_file_over_the_limit(sqlite_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COACHBOT_UPLOAD_LIMIT", "10")
    settings.cache_clear()
    path = tmp_path / "talk.vtt"
    path.write_bytes(WORDS)
    with pytest.raises(InputError, match=r"talk\.vtt: it is larger than 10 bytes"):
        take_in_path(sqlite_store, path)
