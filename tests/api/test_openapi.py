"""The API's description: complete, its examples fit their schemas, and a page to read it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from jsonschema import Draft202012Validator

from coachbot.api import create_api
from coachbot.api.described import PROBLEM, operations
from coachbot.store import Store

UPLOADS = "multipart/form-data"


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    made: dict[str, Any] = create_api(None, work=None).openapi()  # type: ignore[arg-type]
    return made


@pytest.fixture(scope="module")
def spoken(schema: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [(f"{method} {path}", operation) for method, path, operation in operations(schema)]


def contents(operation: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Where, media type and content of all bodies, sent and answered."""
    for kind, content in operation.get("requestBody", {}).get("content", {}).items():
        yield "request", kind, content
    for code, response in operation["responses"].items():
        for kind, content in response.get("content", {}).items():
            yield code, kind, content


def test_every_operation_has_a_summary_of_its_own(spoken: list[tuple[str, dict[str, Any]]]) -> None:
    for name, operation in spoken:
        assert operation["summary"].strip(), name
        assert not operation["summary"].endswith("."), name
        assert len(operation["summary"].split()) > 1, name


def test_every_parameter_is_described(spoken: list[tuple[str, dict[str, Any]]]) -> None:
    lacking = [
        f"{name}: {p['name']}"
        for name, operation in spoken
        for p in operation.get("parameters", ())
        if not p.get("description", "").strip()
    ]
    assert lacking == []


def test_every_body_has_an_example(spoken: list[tuple[str, dict[str, Any]]]) -> None:
    lacking = [
        f"{name} {where} {kind}"
        for name, operation in spoken
        for where, kind, content in contents(operation)
        if kind != UPLOADS and "example" not in content
    ]
    assert lacking == []


def test_examples_fit_their_schemas(schema: dict[str, Any], spoken: list[tuple[str, dict[str, Any]]]) -> None:
    wrong, looked = [], 0
    for name, operation in spoken:
        for where, kind, content in contents(operation):
            if "example" in content and content.get("schema"):
                looked += 1
                whole = {**content["schema"], "components": schema["components"]}
                for error in Draft202012Validator(whole).iter_errors(content["example"]):
                    wrong.append(f"{name} {where} {kind}: {'/'.join(map(str, error.path))}: {error.message}")
    assert wrong == []
    assert looked > 400


def test_every_operation_tells_its_errors(spoken: list[tuple[str, dict[str, Any]]]) -> None:
    for name, operation in spoken:
        errors = {code: list(r["content"]) for code, r in operation["responses"].items() if code >= "400"}
        assert set(errors) >= {"401", "403", "404", "409", "422", "503"}, name
        assert all(kinds == [PROBLEM] for kinds in errors.values()), name


def test_the_reference_page_loads_nothing_and_runs_nothing(sqlite_store: Store) -> None:
    with TestClient(create_api(sqlite_store, work=None)) as client:  # type: ignore[arg-type]
        answer = client.get("/docs")
        schema = client.get("/openapi.json").json()
    assert answer.status_code == 200
    assert answer.headers["content-security-policy"].startswith("default-src 'none'; style-src 'sha256-")
    assert "<script" not in answer.text
    assert set(re.findall(r'(?:href|src)="([^"#]+)"', answer.text)) == {"openapi.json"}
    places = re.findall(r'<article id="([^"]+)"', answer.text)
    assert len(places) == len(set(places)) == len(list(operations(schema)))
    assert set(places) == set(re.findall(r'href="#([^"]+)"', answer.text))


def test_the_reference_page_asks_who_reads_it(sqlite_store: Store) -> None:
    with TestClient(create_api(sqlite_store, work=None, local=False)) as client:  # type: ignore[arg-type]
        assert client.get("/docs").status_code == 401
