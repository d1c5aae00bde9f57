"""A page of the API's operations, made from its OpenAPI: nothing is loaded from elsewhere, nothing runs."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from fastapi import FastAPI
from fastapi.responses import HTMLResponse

from coachbot.api.described import operations

LONGEST = 6000
"""Characters of an example that are shown; the OpenAPI holds it whole."""

STYLE = """
:root{color-scheme:light dark;font:15px/1.5 system-ui,sans-serif}
body{max-width:60rem;margin:0 auto;padding:1.5rem}
nav ul{columns:2;padding:0;list-style:none}
nav a,code{font-family:ui-monospace,monospace;font-size:.9em;overflow-wrap:anywhere}
article{border-top:1px solid color-mix(in srgb,currentColor 25%,transparent);padding:.5rem 0 1rem}
table{border-collapse:collapse;width:100%}
th,td{text-align:left;vertical-align:top;padding:.2rem .8rem .2rem 0}
pre{overflow:auto;max-height:26rem;padding:.8rem;background:color-mix(in srgb,currentColor 8%,transparent)}
b.m{text-transform:uppercase}
"""


def serve_reference(app: FastAPI) -> None:
    """Serve the page at /docs, and the description in words it links to, at /openapi.json."""
    digest = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; frame-ancestors 'none'"

    def reference() -> HTMLResponse:
        headers = {"content-security-policy": policy, "x-content-type-options": "nosniff"}
        return HTMLResponse(reference_page(app.openapi()), headers=headers)

    app.add_api_route("/docs", reference, methods=["GET"], include_in_schema=False)


def reference_page(schema: Mapping[str, Any]) -> str:
    """The page."""
    tags: dict[str, list[tuple[str, str, dict[str, Any]]]] = {}
    for method, path, operation in operations(schema):
        tags.setdefault(next(iter(operation.get("tags", ())), "other"), []).append((method, path, operation))
    info = schema["info"]
    links = "".join(
        f"<h3>{escape(tag)}</h3><ul>{''.join(_link(m, p) for m, p, _ in listed)}</ul>"
        for tag, listed in tags.items()
    )
    body = "".join(
        f"<h2>{escape(tag)}</h2>{''.join(_operation(*one) for one in listed)}" for tag, listed in tags.items()
    )
    title = f"{escape(info['title'])} API {escape(info['version'])}"
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style></head><body>'
        f"<h1>{title}</h1>{_paragraphs(info.get('description', ''))}"
        f'<p><a href="openapi.json">openapi.json</a> says the same to programs.</p>'
        f"<nav>{links}</nav><main>{body}</main></body></html>"
    )


def _place(method: str, path: str) -> str:
    return escape(f"{method}{path}".replace("/", "-").replace("{", "").replace("}", ""))


def _link(method: str, path: str) -> str:
    return f'<li><a href="#{_place(method, path)}"><b class="m">{method}</b> {escape(path)}</a></li>'


def _paragraphs(text: str) -> str:
    return "".join(f"<p>{_code(part)}</p>" for part in text.strip().split("\n\n") if part.strip())


def _code(text: str) -> str:
    """The text with what stands between backticks as code."""
    parts = escape(text).split("`")
    return "".join(f"<code>{part}</code>" if n % 2 else part for n, part in enumerate(parts))


def _operation(method: str, path: str, operation: Mapping[str, Any]) -> str:
    summary, said = operation["summary"], operation.get("description", "")
    more = _paragraphs(said) if said.strip().rstrip(".") != summary else ""
    return (
        f'<article id="{_place(method, path)}"><h3>{escape(summary)}</h3>'
        f'<p><b class="m">{method}</b> <code>{escape(path)}</code></p>{more}'
        f"{_parameters(operation)}{''.join(_bodies(operation))}</article>"
    )


def _parameters(operation: Mapping[str, Any]) -> str:
    rows = "".join(
        f"<tr><td><code>{escape(p['name'])}</code></td><td>{escape(p['in'])}"
        f"{', required' if p.get('required') else ''}</td><td>{_code(p.get('description', ''))}</td></tr>"
        for p in operation.get("parameters", ())
    )
    head = "<tr><th>parameter</th><th>in</th><th>what</th></tr>"
    return f"<table>{head}{rows}</table>" if rows else ""


def _bodies(operation: Mapping[str, Any]) -> Iterator[str]:
    for kind, content in operation.get("requestBody", {}).get("content", {}).items():
        yield f"<h4>Send {escape(kind)}</h4>{_example(content)}"
    for code, response in operation["responses"].items():
        if code < "400":
            yield f"<h4>{code}: {escape(response.get('description', ''))}</h4>"
            yield from (f"<p>{escape(k)}</p>{_example(c)}" for k, c in response.get("content", {}).items())
    errors = [(c, r) for c, r in operation["responses"].items() if c >= "400"]
    yield "<h4>Errors</h4><ul>"
    yield from (f"<li>{code}: {escape(r.get('description', ''))}</li>" for code, r in errors)
    yield "</ul>"


def _example(content: Mapping[str, Any]) -> str:
    if "example" not in content:
        return ""
    told = content["example"]
    text = told if isinstance(told, str) else json.dumps(told, indent=1, ensure_ascii=False)
    cut = f"{text[:LONGEST]}\n… ({len(text):,} characters in openapi.json)" if len(text) > LONGEST else text
    return f'<pre tabindex="0">{escape(cut)}</pre>'
