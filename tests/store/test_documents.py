from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from coachbot.model.workspace import Document
from coachbot.store import NotFoundError, Store, Unit, new_id
from coachbot.store.export import check, export
from store_world import add_deal, add_user, at, sha


def add(unit: Unit, deal_id: str, name: str = "plan.pdf", **known: Any) -> Document:
    pages = known.pop("pages", ())
    values = {"id": new_id(), "kind": "pdf", "file": sha(name), "size": 10, "added_at": at(1)} | known
    return unit.documents.add(Document(deal_id=deal_id, name=name, **values), pages=pages)


def audited(unit: Unit, deal_id: str) -> list[str]:
    return [e.what for e in reversed(unit.audit.list(subject=f"deal:{deal_id}").items)]


def test_documents_come_newest_first_in_pages(store: Store) -> None:
    with store.begin() as unit:
        deal, other = add_deal(unit), add_deal(unit, "Other")
        kept = [add(unit, deal.id, f"{n}.pdf", added_at=at(n)) for n in range(5)]
        add(unit, other.id)
        first = unit.documents.of_deal(deal.id, limit=3)
        rest = unit.documents.of_deal(deal.id, limit=3, cursor=first.next_cursor)
        assert [*first.items, *rest.items] == kept[::-1]
        assert rest.next_cursor is None
        assert (unit.documents.count(deal.id), unit.documents.count(other.id)) == (5, 1)
        with pytest.raises(NotFoundError):
            unit.documents.shown(other.id, kept[0].id)


def test_the_same_name_again_hides_the_older_one(store: Store) -> None:
    with store.begin() as unit:
        ana, deal = add_user(unit, "Ana"), add_deal(unit)
        old = add(unit, deal.id, "Plan.pdf", added_by=ana.id)
        assert add(unit, deal.id, "plan.PDF", file=old.file) == old
        new = add(unit, deal.id, "plan.pdf", file=sha("newer"), added_by=ana.id)
        assert unit.documents.of_deal(deal.id).items == (new,)
        assert audited(unit, deal.id) == ["document.add", "document.replace"]
        entry = unit.audit.list(what="document.replace").items[0]
        assert (entry.who, entry.before) == (ana.id, {"document": old.id, "file": old.file})
        hidden = unit.documents.get(old.id)
        assert hidden is not None
        assert hidden.removed_by == ana.id


def test_what_was_removed_is_hidden_and_audited(store: Store) -> None:
    with store.begin() as unit:
        ana, deal = add_user(unit, "Ana"), add_deal(unit)
        kept = add(unit, deal.id)
        unit.documents.remove(deal.id, kept.id, by=ana.id)
        with pytest.raises(NotFoundError):
            unit.documents.remove(deal.id, kept.id, by=ana.id)
        assert unit.documents.of_deal(deal.id).items == ()
        assert audited(unit, deal.id) == ["document.add", "document.remove"]
        hidden = unit.documents.get(kept.id)
        assert hidden is not None
        assert (hidden.file, hidden.removed_by, hidden.removed_at is not None) == (kept.file, ana.id, True)
        assert add(unit, deal.id) != kept  # the name is free again


def test_notes_have_their_text_and_others_do_not(store: Store) -> None:
    with store.begin() as unit:
        deal = add_deal(unit)
        note = add(unit, deal.id, "n.txt", note=True, pages=("One.", "Two\0."))
        add(unit, deal.id, "p.txt", pages=("not kept",))
        assert unit.documents.notes(deal.id) == ((note, ("One.", "Two\ufffd."), False),)


def test_of_many_at_once_one_is_shown(store: Store) -> None:
    with store.begin() as unit:
        deal = add_deal(unit)

    def attach(n: int) -> None:
        store.run(lambda unit: add(unit, deal.id, "plan.pdf", file=sha(str(n))))

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(attach, range(6)))
    with store.read() as unit:
        assert unit.documents.count(deal.id) == 1
        assert sorted(audited(unit, deal.id)) == ["document.add"] + 5 * ["document.replace"]


def test_a_documents_file_is_checked_and_exported(sqlite_store: Store, tmp_path: Path) -> None:
    there, _ = sqlite_store.files.put(io.BytesIO(b"text"))
    with sqlite_store.begin() as unit:
        deal = add_deal(unit)
        add(unit, deal.id, "here.txt", file=there)
        lost = add(unit, deal.id, "lost.txt")
    (line,) = check(sqlite_store, deep=True)
    assert line == f"file {lost.file} of document {lost.id} is missing: put it back, or remove the document"
    assert export(sqlite_store, tmp_path / "out").rows["documents"] == 2
    assert not (tmp_path / "out" / "login_tries.jsonl").exists()


def test_failed_logins_are_counted_together(store: Store) -> None:
    with store.begin() as unit:
        unit.tries.add("ip:1", "name:ana")
        unit.tries.add("ip:1", "name:ben", "name:ben")
    with store.begin() as unit:
        five = timedelta(minutes=5)
        assert unit.tries.most(["ip:1", "name:ana"], five) == 2
        assert unit.tries.most(["name:ben"], five) == 1
        assert unit.tries.most(["ip:1"], timedelta()) == 0
        assert unit.tries.most(["name:nobody"], five) == 0
        unit.tries.forget("ip:1")
        assert unit.tries.most(["ip:1", "name:ana"], five) == 1
