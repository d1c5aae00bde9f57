from __future__ import annotations

from datetime import timedelta

import pytest

from coachbot.errors import UsageError
from coachbot.model.workspace import Account, Person, Role, User
from coachbot.store import NotFoundError, Store, now
from store_world import add_user, at


def test_a_user_is_found_by_email_whatever_its_case(store: Store) -> None:
    with store.begin() as unit:
        ana = add_user(unit, "Ana")
    with store.read() as unit:
        assert unit.users.by_email(" ANA@example.COM ") == ana
        assert unit.users.get("ana") == ana
        assert unit.users.get("nobody") is None
        with pytest.raises(NotFoundError, match="no user 'nobody'"):
            unit.users.need("nobody")


def test_an_email_is_taken_once(store: Store) -> None:
    with store.begin() as unit:
        add_user(unit, "Ana")
    with store.begin() as unit, pytest.raises(UsageError, match="already"):
        unit.users.add(User(id="other", name="Other", email="ana@EXAMPLE.com"))
    with store.read() as unit:
        assert unit.users.count() == 1


def test_users_are_listed_and_changed(store: Store) -> None:
    with store.begin() as unit:
        for name, team in (("Zoe", "north"), ("ana", "north"), ("Ben", "south")):
            add_user(unit, name, team=team)
        ben = unit.users.need("ben")
        unit.users.update(ben.model_copy(update={"team": "north", "role": Role.MANAGER}))
    with store.read() as unit:
        assert [u.name for u in unit.users.list()] == ["ana", "Ben", "Zoe"]
        assert [u.id for u in unit.users.list(team="north", role=Role.MANAGER)] == ["ben"]
    with store.begin() as unit, pytest.raises(NotFoundError):
        unit.users.update(User(id="x", name="X", email="x@y"))


def test_passwords_are_kept_apart_from_the_user(store: Store) -> None:
    with store.begin() as unit:
        add_user(unit, "Ana")
        assert unit.users.password_hash("ana") is None
        unit.users.set_password_hash("ana", "$argon2id$…")
        unit.users.update(unit.users.need("ana").model_copy(update={"name": "Anna"}))
        assert unit.users.password_hash("ana") == "$argon2id$…"
        assert "password_hash" not in unit.users.need("ana").model_dump()


def test_a_session_opens_and_ends(store: Store) -> None:
    with store.begin() as unit:
        ana = add_user(unit, "Ana")
        secret, session = unit.access.open_session("ana", data={"csrf": "x"})
        over, _ = unit.access.open_session("ana", lasts=timedelta(seconds=-1))
    with store.read() as unit:
        assert unit.access.session(secret) == (session, ana)
        assert unit.access.session(over) is None
        assert unit.access.session("guess") is None
    with store.begin() as unit:
        assert unit.access.sweep() == 1
        unit.access.close_session(secret)
        assert unit.access.session(secret) is None


def test_who_is_not_active_has_no_access(store: Store) -> None:
    with store.begin() as unit:
        ana = add_user(unit, "Ana")
        session, _ = unit.access.open_session("ana")
        token, _ = unit.access.create_token("ana", "script")
        unit.users.update(ana.model_copy(update={"active": False}))
        assert unit.access.session(session) is None
        assert unit.access.user_of_token(token) is None
        assert unit.access.close_sessions_of("ana") == 1


def test_api_tokens(store: Store) -> None:
    with store.begin() as unit:
        ana = add_user(unit, "Ana")
        add_user(unit, "Ben")
        secret, token = unit.access.create_token("ana", "script")
        late, _ = unit.access.create_token("ana", "old", expires_at=now() - timedelta(days=1))
        assert secret.startswith("cb_")
        assert unit.access.user_of_token(secret, touch=True) == ana
        assert unit.access.user_of_token(late) is None
        used = {t.name: t.used_at for t in unit.access.tokens("ana")}
        assert used["script"] is not None
        assert used["old"] is None
        assert not unit.access.revoke_token(token.id, user_id="ben")
        assert unit.access.revoke_token(token.id, user_id="ana")
        assert unit.access.user_of_token(secret) is None


def test_no_secret_is_in_the_database(sqlite_store: Store) -> None:
    with sqlite_store.begin() as unit:
        add_user(unit, "Ana")
        secrets = [unit.access.open_session("ana")[0], unit.access.create_token("ana", "x")[0]]
    sqlite_store.close()
    raw = b"".join(p.read_bytes() for p in sqlite_store_files(sqlite_store))
    assert all(secret.encode() not in raw for secret in secrets)


def sqlite_store_files(store: Store) -> list[object]:
    from pathlib import Path

    return [p for p in Path(str(store.url.database)).parent.iterdir() if p.is_file()]


def test_accounts_are_made_once_for_a_name(store: Store) -> None:
    with store.begin() as unit:
        first = unit.accounts.ensure("Fjord  Lines", domain="Fjord.example")
        assert unit.accounts.ensure("fjord lines") == first.model_copy(update={"domain": "fjord.example"})
        assert unit.accounts.by_domain("FJORD.example") is not None
        unit.accounts.update(first.model_copy(update={"segment": "mid"}))
        assert unit.accounts.need(first.id).segment == "mid"
        unit.accounts.add(Account(id="b", name="Bergen 100% AS"))
        assert [a.name for a in unit.accounts.list(text="100%").items] == ["Bergen 100% AS"]
        assert unit.accounts.list(text="0% x").items == ()


def test_people_are_matched_by_name_and_email(store: Store) -> None:
    with store.begin() as unit:
        account = unit.accounts.ensure("Fjord")
        eva = unit.people.add(
            Person(id="eva", account_id=account.id, name="Eva Moe", email="Eva@Fjord.example")
        )
        unit.people.add(Person(id="odd", account_id=account.id, name="Odd"))
        assert unit.people.named(account.id, "eva  MOE") == eva
        assert {p.id for p in unit.people.match(names=["ODD"], emails=["eva@fjord.example"])} == {
            "eva",
            "odd",
        }
        assert unit.people.match() == ()
        assert [p.id for p in unit.people.of_account(account.id)] == ["eva", "odd"]


def test_the_last_contact_never_goes_back(store: Store) -> None:
    with store.begin() as unit:
        account = unit.accounts.ensure("Fjord")
        unit.people.add(Person(id="eva", account_id=account.id, name="Eva"))
        for minutes in (5, 9, 7):
            unit.people.touch("eva", at(minutes))
        assert unit.people.need("eva").last_contact == at(9)


def test_a_person_needs_an_account_that_is_there(store: Store) -> None:
    with pytest.raises(UsageError, match="refused"), store.begin() as unit:
        unit.people.add(Person(id="eva", account_id="none", name="Eva"))
