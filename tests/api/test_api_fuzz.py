"""Whatever is sent to the API, it answers as its OpenAPI says, and never with a 500."""

from __future__ import annotations

import warnings
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from coachbot.api import create_api
from coachbot.model.workspace import Call
from coachbot.store import Store
from store_world import add_call, add_deal

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import schemathesis


class _Still:
    def __init__(self, store: Store) -> None:
        self.store = store

    def submit(self, call: Call) -> None:
        pass

    def reindex(self, call_id: str) -> None:
        pass

    def retry(self, call_id: str, step: str | None = None, *, by: str | None = None) -> Call:
        with self.store.read() as unit:
            return unit.calls.need(call_id)

    cancel = retry


@pytest.fixture(scope="module")
def app(sqlite_template: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    from coachbot.store import open_store

    store = open_store(home=tmp_path_factory.mktemp("fuzz"))
    with store.begin() as unit:
        deal = add_deal(unit)
        add_call(unit, 1, "Hello there, friend", "We lose two days a month", deal_id=deal.id)
    return create_api(store, work=_Still(store))


def test_no_request_breaks_it(app: Any) -> None:
    schema = schemathesis.openapi.from_asgi("/openapi.json", app).exclude(path_regex="events|/file$")
    seen = 0
    for found in schema.get_all_operations():
        operation = found.ok()
        seen += 1

        @given(case=operation.as_strategy())
        @settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
        def answers(case: Any) -> None:
            answer = case.call()
            assert answer.status_code < 500, f"{case.as_curl_command()}: {answer.text}"
            if answer.status_code >= 400:
                kind = answer.headers["content-type"][0]
                assert kind == "application/problem+json", f"{case.as_curl_command()}: {kind}"

        answers()
    assert seen > 35
