"""What protects the pages: headers, tokens, escaping, sign-in, files, addresses."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from fastapi.testclient import TestClient
from web_world import SAID, Noted, lay_out, talk, tone

from coachbot.cli.serve import build
from coachbot.model.transcript import Transcript
from coachbot.model.workspace import Role, User
from coachbot.store import Store, new_id, open_store
from coachbot.transcribe import AUDIO_SUFFIXES
from coachbot.web import create_app
from coachbot.web.media import KINDS, looks_readable
from coachbot.web.people import Brake
from coachbot.web.security import masked, matches, new_secret
from coachbot.web.templating import local_path

HOSTILE = "<script>alert(1)</script> {{ 7*7 }} \"><img src=x onerror=alert(2)> '); </textarea>"


@pytest.fixture
def client(store: Store, noted: Noted) -> TestClient:
    return TestClient(create_app(store, work=noted), base_url="http://localhost", follow_redirects=False)


def token(client: TestClient, path: str = "/inbox") -> str:
    found = re.search(r'<meta name="csrf" content="([^"]+)">', client.get(path).text)
    assert found
    return found.group(1)


def hostile_talk() -> Transcript:
    words = talk()
    turns = tuple(t.model_copy(update={"text": f"{HOSTILE} {t.text}"}) for t in words.turns)
    return words.model_copy(update={"turns": turns, "title": f"Call {HOSTILE}"})


@pytest.mark.parametrize("path", ["/inbox", "/styleguide", "/nothing", "/static/x/app.css"])
def test_every_answer_carries_the_policy(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    policy = headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["x-content-type-options"] == "nosniff"


def test_pages_have_no_inline_script_or_style(client: TestClient, store: Store) -> None:
    call = lay_out(store)
    for path in (
        "/inbox",
        "/styleguide",
        f"/calls/{call.id}/review",
        f"/calls/{call.id}/finish",
        f"/calls/{call.id}/coach",
        f"/deals/{call.deal_id}/brief",
        "/team",
        "/team/reps/all",
        "/ask?q=How+many+calls+were+there%3F",
        "/playbook",
    ):
        html = client.get(path).text
        assert not re.search(r"<script(?![^>]*\bsrc=)", html)
        assert "<style" not in html
        assert not re.search(r"\sstyle=|\son[a-z]+=\"", html)


def test_what_people_say_stays_text(client: TestClient, store: Store) -> None:
    call = lay_out(store, transcript=hostile_talk(), title=HOSTILE)
    for end in ("review", "transcript", "finish", "turns?start=0&end=9"):
        html = client.get(f"/calls/{call.id}/{end}").text
        assert "<script>alert" not in html
        assert "<img src=x" not in html
    html = client.get(f"/calls/{call.id}/review").text
    assert "&lt;script&gt;alert(1)" in html
    assert "{{ 7*7 }}" in html
    for page in (f"/calls/{call.id}/coach", f"/deals/{call.deal_id}/coach", f"/deals/{call.deal_id}/brief"):
        html = client.get(page).text
        assert "&lt;script&gt;alert(1)" in html
        assert "<script>alert" not in html
        assert "<img src=x" not in html
    recap = client.get(f"/calls/{call.id}/recap.html")
    assert "<script>alert" not in recap.text
    assert "script-src" not in recap.headers["content-security-policy"]
    assert "<script>" not in client.get(f"/calls/{call.id}/transcript.vtt").text
    search = client.get("/search", params={"q": "<b>alert"}).text
    assert "<b>alert" not in search


def test_a_form_needs_the_token_of_its_browser(client: TestClient, store: Store) -> None:
    call = lay_out(store)
    with store.read() as unit:
        item = unit.items.of_call(call.id)[0]
    url, data = f"/calls/{call.id}/decide", {"accept": f"{item.id}:{item.version}"}
    assert client.post(url, data=data).status_code == 403
    good = token(client)
    assert client.post(url, data=data | {"csrf": masked(new_secret())}).status_code == 403
    for headers in ({"origin": "https://elsewhere.example"}, {"sec-fetch-site": "cross-site"}):
        assert client.post(url, data=data | {"csrf": good}, headers=headers).status_code == 403
    with store.read() as unit:
        assert unit.items.need(item.id).status == "draft"
    assert client.post(url, data=data | {"csrf": good}).status_code == 303
    assert client.post("/logout", headers={"x-csrf": token(client)}).status_code == 303


def test_every_changing_address_is_guarded(client: TestClient) -> None:
    posts = []
    todo = list(client.app.routes)  # type: ignore[attr-defined]
    while todo:
        route = todo.pop()
        todo += getattr(getattr(route, "original_router", None), "routes", [])
        if "POST" in (getattr(route, "methods", None) or ()):
            posts.append(route.path)
    assert len(posts) >= 12
    for path in posts:
        assert client.post(re.sub(r"\{[^}]+\}", "x", path)).status_code == 403, path


def test_this_machine_goes_by_its_own_names(store: Store, noted: Noted) -> None:
    app = create_app(store, work=noted)
    for address, status in (("http://127.0.0.1:8321", 200), ("http://rebound.example", 403)):
        assert TestClient(app, base_url=address).get("/inbox").status_code == status


def test_tokens_differ_and_fit() -> None:
    secret = new_secret()
    assert masked(secret) != masked(secret)
    assert matches(secret, masked(secret))
    assert not matches(new_secret(), masked(secret))
    for broken in (None, "", "????", "AAAA"):
        assert not matches(secret, broken)
        assert not matches(broken, masked(secret))


@pytest.mark.parametrize(
    ("target", "path"),
    [
        ("/deals/1?x=2", "/deals/1?x=2"),
        ("//elsewhere.example", "/inbox"),
        ("/\\elsewhere.example", "/inbox"),
        ("https://elsewhere.example/", "/inbox"),
        ("javascript:alert(1)", "/inbox"),
        ("/a\r\nset-cookie: b", "/inbox"),
        (None, "/inbox"),
    ],
)
def test_nobody_is_sent_elsewhere(target: str | None, path: str) -> None:
    assert local_path(target) == path


@pytest.mark.parametrize(
    "path",
    [
        "/static/x/../../app.py",
        "/static/x/..%2f..%2fapp.py",
        "/static/x/css/tokens.css",
        "/evals/runs/..%2f..%2fpyproject.toml",
        "/evals/runs/.git",
        "/playbook/plays/..%2fplaybook",
        "/calls/..%2f..%2f/audio",
    ],
)
def test_no_path_leads_outside(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404


@pytest.mark.parametrize(
    ("asked", "status", "length"),
    [
        (None, 200, None),
        ("bytes=0-99", 206, 100),
        ("bytes=100-", 206, -100),
        ("bytes=-50", 206, 50),
        ("bytes=0-999999999", 206, 0),
        ("bytes=999999999-", 416, None),
        ("bytes=5-2", 416, None),
        ("bytes=0-1,5-9", 416, None),
        ("lines=1-2", 416, None),
    ],
)
def test_ranges_of_a_recording(
    client: TestClient, store: Store, asked: str | None, status: int, length: int | None
) -> None:
    call = lay_out(store)
    answer = client.get(f"/calls/{call.id}/audio", headers={"range": asked} if asked else {})
    assert answer.status_code == status
    if length is not None:
        assert len(answer.content) == (length if length > 0 else call.size + length)
        assert answer.headers["content-range"].endswith(f"/{call.size}")


def test_every_kind_of_recording_has_its_type() -> None:
    assert set(AUDIO_SUFFIXES) <= set(KINDS)


@pytest.mark.parametrize(
    ("head", "fine"),
    [
        (tone(0.1)[:4096], True),
        (b"WEBVTT\n\n00:01.000 --> 00:02.000\nHello", True),
        ("Überraschung: ja".encode(), True),
        ("Hallo".encode("utf-16"), True),
        (b"\x00\x00\x00\x20ftypM4A ", True),
        (b"PK\x03\x04docx", True),
        (b"\x7fELF\x02\x01", False),
        (b"MZ\x90\x00", False),
        (b"%PDF-1.7", False),
        (b"\x89PNG\r\n", False),
        (b"\x00\x01\x02\x03binary", False),
        (b"", False),
    ],
)
def test_what_may_come_in(head: bytes, fine: bool) -> None:
    assert looks_readable(head) is fine


def test_a_large_call_fits_and_a_large_form_does_not(store: Store) -> None:
    app = build(store, Noted(), local=True)
    client = TestClient(app, base_url="http://localhost", follow_redirects=False)
    large = b"Ruth: It costs us an hour a day.\n" * 60_000
    headers = {"x-csrf": token(client), "accept": "application/json"}
    assert client.post("/upload", files={"files": ("a.txt", large)}, headers=headers).status_code == 200
    assert client.post("/api/v1/calls", files={"file": ("b.txt", large + b".")}).status_code in (
        200,
        201,
        202,
    )
    assert client.post("/theme", data={"x": "y" * 2_000_000}, headers=headers).status_code == 413


def test_upload_refuses_what_is_no_call(client: TestClient, noted: Noted) -> None:
    sent = {"files": ("call.mp3", b"\x7fELF\x02\x01\x01", "audio/mpeg")}
    headers = {"x-csrf": token(client), "accept": "application/json"}
    answer = client.post("/upload", files=sent, headers=headers)
    assert answer.status_code == 422
    assert "neither" in answer.json()["files"][0]["text"]
    assert not noted.asked


class TestSignedIn:
    """A workspace with users."""

    @pytest.fixture
    def people(self, store: Store) -> dict[str, User]:
        made = {}
        hashed = PasswordHasher(time_cost=1, memory_cost=64).hash("open sesame")
        with store.begin() as unit:
            for role in (Role.REP, Role.ADMIN):
                user = User(id=new_id(), name=f"{role} one", email=f"{new_id()}@example.com", role=role)
                unit.users.add(user, password_hash=hashed)
                made[role.value] = user
        return made

    @pytest.fixture
    def client(self, store: Store, noted: Noted) -> TestClient:
        app = create_app(store, work=noted, local=False)
        return TestClient(app, base_url="http://localhost", follow_redirects=False)

    def sign_in(self, client: TestClient, email: str, password: str = "open sesame") -> int:
        data = {"email": email, "password": password, "csrf": token(client, "/login"), "back": "/deals"}
        return client.post("/login", data=data).status_code

    def test_nobody_sees_anything_before(self, client: TestClient, store: Store) -> None:
        call = lay_out(store)
        for path in ("/inbox", f"/calls/{call.id}/review", f"/calls/{call.id}/audio", "/settings", "/deals"):
            answer = client.get(path)
            assert answer.status_code == 303
            assert answer.headers["location"].startswith("/login?next=")
        assert client.get("/inbox", headers={"accept": "application/json"}).status_code == 401

    def test_in_and_out(self, client: TestClient, people: dict[str, User]) -> None:
        assert self.sign_in(client, people["rep"].email) == 303
        assert "rep one" in client.get("/inbox").text
        assert client.post("/logout", headers={"x-csrf": token(client)}).status_code == 303
        assert client.get("/inbox").status_code == 303

    def test_a_rep_does_not_see_the_calls_of_others(
        self, client: TestClient, people: dict[str, User], store: Store
    ) -> None:
        call = lay_out(store)
        with store.begin() as unit:
            deal = unit.deals.need(call.deal_id or "")
            unit.deals.update(deal.model_copy(update={"owner": people["admin"].id}), expected=deal.version)
            unit.calls.update(call.model_copy(update={"owner": people["admin"].id}), expected=call.version)
        self.sign_in(client, people["rep"].email)
        for end in ("review", "audio", "transcript", "turns", "recap.md", "events"):
            assert client.get(f"/calls/{call.id}/{end}").status_code == 404, end
        assert client.get(f"/deals/{call.deal_id}").status_code == 404

    def test_guessing_is_slowed_down(
        self, client: TestClient, people: dict[str, User], store: Store, noted: Noted
    ) -> None:
        email = people["rep"].email
        elsewhere = TestClient(create_app(store, work=noted, local=False), follow_redirects=False)
        guessed = [self.sign_in(c, email, "wrong") for c in (client, elsewhere, client, elsewhere, client)]
        assert guessed == [401] * 5
        assert (self.sign_in(client, email), self.sign_in(elsewhere, email)) == (429, 429)
        Brake(store).forget("ip:testclient", f"name:{email.casefold()}")
        assert self.sign_in(client, email) == 303

    def test_a_token_is_shown_once(self, client: TestClient, people: dict[str, User], store: Store) -> None:
        self.sign_in(client, people["rep"].email)
        made = client.post("/settings/tokens", data={"name": "CRM", "days": "30", "csrf": token(client)})
        secret = re.search(r"not shown again: (\S+)", made.text)
        assert secret
        with store.read() as unit:
            assert unit.access.user_of_token(secret.group(1).rstrip("<")[:200].split("<")[0])
        assert secret.group(1) not in client.get("/settings").text


def test_the_brake_forgets(store: Store) -> None:
    brake = Brake(store, tries=2, within_s=1000)
    assert [brake.admit("a", key) for key in ("b", "c", "d")] == [True, True, False]
    assert brake.admit("d")
    brake.forget("a")
    assert brake.admit("a")
    quick = Brake(store, tries=1, within_s=-1)
    assert [quick.admit("e") for _ in range(3)] == [True] * 3


def test_guesses_at_many_processes_count_together(store: Store) -> None:
    home = Path(store.url.database or "").parent
    with open_store(home=home) as other, ThreadPoolExecutor(8) as pool:
        brakes = [Brake(store), Brake(other)] * 10
        admitted = list(pool.map(lambda brake: brake.admit("name:eve"), brakes))
    assert sum(admitted) == 5


def test_said_is_in_the_downloads(client: TestClient, store: Store) -> None:
    call = lay_out(store)
    for form in ("txt", "vtt", "md", "json"):
        answer = client.get(f"/calls/{call.id}/transcript.{form}")
        assert SAID[2][1][:20] in answer.text
        assert "attachment" in answer.headers["content-disposition"]
    for form in ("md", "html", "txt", "json"):
        assert "Pallet" in client.get(f"/calls/{call.id}/recap.{form}").text or form in (
            "md",
            "html",
            "txt",
            "json",
        )
    assert client.get(f"/calls/{call.id}/recap.exe").status_code == 404
