"""What tokens cost: a table in YAML, the workspace's own before the bundled one."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from coachbot.errors import InputError
from coachbot.llm.prompts import read_yaml

FILE = "prices.yaml"
MILLION = 1_000_000


@dataclass(frozen=True)
class Price:
    """What a model's tokens cost, for a million of them."""

    input: float
    cached: float
    output: float
    currency: str

    def of(self, tokens_in: int, tokens_cached: int, tokens_out: int) -> float:
        """The cost of a request. Cached tokens are part of those that went in."""
        fresh = max(0, tokens_in - tokens_cached)
        total = fresh * self.input + tokens_cached * self.cached + tokens_out * self.output
        return total / MILLION


def find_price(model: str, base_url: str, home: Path) -> Price | None:
    """The price of a model on a server; None where no table has it. InputError for a table with mistakes."""
    host = (urlsplit(base_url).hostname or "").casefold()
    for path in (home / FILE, Path(__file__).with_name(FILE)):
        if not path.is_file():
            continue
        currency, entries = _table(path)
        for entry in entries:
            if fnmatchcase(model, entry["model"]) and entry.get("host") in (None, host):
                return Price(
                    input=entry["input"],
                    cached=entry.get("cached", entry["input"]),
                    output=entry["output"],
                    currency=currency,
                )
    return None


def _table(path: Path) -> tuple[str, list[dict[str, Any]]]:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError("cannot be read; save it as UTF-8 text", path=path) from error
    data = read_yaml(text, path, 1)
    entries = (data.get("models") or []) if isinstance(data, dict) else None
    if not isinstance(entries, list):
        raise InputError("needs `currency:` and a list `models:`", path=path)
    for number, entry in enumerate(entries, 1):
        wrong = _wrong(entry)
        if wrong:
            raise InputError(f"models, entry {number}: {wrong}", path=path)
    return str(data.get("currency") or "USD"), entries


def _wrong(entry: Any) -> str | None:
    if not isinstance(entry, dict) or not isinstance(entry.get("model"), str):
        return "needs a `model:`"
    for key in ("input", "output", "cached"):
        value = entry.get(key)
        if value is None and key == "cached":
            continue
        if not isinstance(value, (int, float)) or isinstance(value, bool) or value < 0:
            return f"`{key}:` is a price for a million tokens, 0 or more"
    if not isinstance(entry.get("host", ""), str):
        return "`host:` is a server's name"
    return None
