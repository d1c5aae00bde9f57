"""The API's own description: OpenAPI with a summary, described parameters, examples and errors everywhere.

The examples are real answers, written by docs/make_examples.py.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Any

from fastapi import FastAPI

PROBLEM = "application/problem+json"
METHODS = ("get", "post", "put", "patch", "delete")

PARAMETERS = {
    "authorization": "`Bearer TOKEN` (`coachbot users token`); not needed on a machine of your own",
    "by": "what to group by",
    "call_id": "a call's id",
    "category": "an objection category's id of the playbook",
    "criterion_id": "an exit criterion's id of the deal's stage",
    "cursor": "`next_cursor` of the part before",
    "deal_id": "a deal's id",
    "dismissed": "with those that were dismissed",
    "document_id": "a document's id",
    "format": "the form of the answer",
    "group": "one of the groups that `by` gives",
    "indicator_id": "an indicator's id of the scorecard",
    "item_id": "an item's id",
    "key": "the figure's stage or level",
    "kind": "which kind of it",
    "last": "how many of the latest calls",
    "metric": "a metric's id",
    "name": "which one",
    "offset": "how many to pass over",
    "only": "metrics' ids; without: all",
    "outcome": "how it ended, or open",
    "owner": "a user's id: only what is theirs",
    "playbook_id": "a playbook's id",
    "prompt_id": "a prompt's id of the call's coaching",
    "replaced": "with those that a newer one replaced",
    "risk": "a risk's id of the playbook",
    "segment": "only deals of this segment",
    "since": "from this day on, YYYY-MM-DD",
    "stage": "a stage's id of the playbook",
    "sub": "the figure's loss reason",
    "team": "only what is this team's",
    "text": "words of the name, or of the account's",
    "theme": "colours: the reader's own choice (page), light or dark",
    "token_id": "a token's id",
    "unlinked": "only calls of no deal",
    "user_id": "a user's id",
}
"""What parameters mean where the operation itself does not say."""

ERRORS = {
    "401": "send a valid token: Authorization: Bearer TOKEN",
    "403": "this needs the role manager or admin; yours is rep",
    "404": "there is no deal 4f1c9a",
    "409": "deal 4f1c9a was changed by somebody else meanwhile: it is at version 3, not 2",
    "422": "limit: Input should be less than or equal to 200",
    "503": "the store is locked by another process: close it or wait, then try again",
}


def describe(app: FastAPI) -> None:
    """Let the application's OpenAPI say all of it. It is made at the first request."""
    made = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = described(made())
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


@lru_cache(maxsize=1)
def examples() -> dict[str, dict[str, Any]]:
    """Requests and answers by method and path."""
    found: dict[str, dict[str, Any]] = json.loads(
        (files("coachbot.api") / "examples.json").read_text(encoding="utf-8")
    )
    return found


def operations(schema: Mapping[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Method, path and operation, in order."""
    for path, item in schema["paths"].items():
        for method in METHODS:
            if method in item:
                yield method, path, item[method]


def described(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema, with what FastAPI does not know by itself. Changes it."""
    for method, path, operation in operations(schema):
        said = operation.get("description") or operation["summary"]
        first, _, rest = said.partition("\n\n")
        operation["summary"] = " ".join(first.split()).rstrip(".")
        operation["description"] = rest or first
        for parameter in operation.get("parameters", ()):
            if "description" not in parameter and parameter["name"] in PARAMETERS:
                parameter["description"] = PARAMETERS[parameter["name"]]
        known = examples().get(f"{method} {path}", {})
        body = operation.get("requestBody", {}).get("content", {}).get("application/json")
        if body is not None and "request" in known:
            body["example"] = known["request"]
        for code, response in operation["responses"].items():
            if code >= "400":
                response["content"] = {PROBLEM: _problem(code)}
                continue
            for kind, example in known.get("responses", {}).get(code, {}).items():
                if kind in response.get("content", {}):
                    response["content"][kind]["example"] = example
    return schema


def _problem(code: str) -> dict[str, Any]:
    example = {"type": "about:blank", "title": ERRORS.get(code, "it did not work"), "status": int(code)}
    return {"schema": {"$ref": "#/components/schemas/Problem"}, "example": example}
