"""What a server can do: found out by its answers once, and remembered in the workspace."""

from __future__ import annotations

import json
import logging
import re
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal, get_args

from coachbot.errors import ModelError
from coachbot.llm.target import Target

Mode = Literal["json_schema", "tools", "text"]
Limit = Literal["max_tokens", "max_completion_tokens", "none"]
MODES: tuple[Mode, ...] = get_args(Mode)

FILE = "cache/llm-servers.json"
FRESH = 30 * 86_400  # seconds; servers are upgraded

_log = logging.getLogger(__name__)
_MODE_WORDS: dict[Mode, str] = {
    "json_schema": r"response.?format|json.?schema|structured.?output|json mode|grammar|invalid schema",
    "tools": r"\btools?\b|tool.?(?:choice|call|use)|function.?call|functions?\b",
}
_PARAMETER = (
    r"unsupported|not support|does not support|unrecognized|unknown|unexpected|extra|not permitted|invalid"
)


@dataclass(frozen=True)
class Traits:
    """How to ask one model on one server."""

    mode: Mode = "json_schema"
    temperature: bool = True
    limit: Limit = "max_tokens"

    def without(self, error: ModelError, sent: set[str]) -> Traits | None:
        """What to try in place of these after a refused request; None where the request itself was bad.

        `sent` names the optional parameters that the request carried.
        """
        said = error.detail
        if re.search(r"(?i)temperature", said) and "temperature" in sent:
            return replace(self, temperature=False)
        if re.search(r"(?i)max_(completion_)?tokens", said) and re.search(f"(?i){_PARAMETER}", said):
            if "max_tokens" in sent:
                follow: dict[Limit, Limit] = {
                    "max_tokens": "max_completion_tokens", "max_completion_tokens": "none",
                }  # fmt: skip
                return replace(self, limit=follow[self.limit])
            return None
        words = _MODE_WORDS.get(self.mode)
        if words and re.search(f"(?i){words}", said):
            return replace(self, mode=MODES[MODES.index(self.mode) + 1])
        return None


def first_guess(target: Target) -> Traits:
    """What to try where nothing is known: the best way, with the names of parameters used there."""
    return Traits(limit="max_completion_tokens" if target.hosted else "max_tokens")


class Memory:
    """Traits by server and model, in a file of the workspace that may be deleted at any time."""

    def __init__(self, home: Path) -> None:
        self.path = home / FILE

    def recall(self, target: Target) -> Traits:
        """What is known of a model, or the first guess."""
        known = self._read().get(_key(target))
        try:
            if known and time.time() - known.pop("at") < FRESH:
                traits = Traits(**known)
                if traits.mode in MODES and traits.limit in get_args(Limit):
                    return traits
        except (TypeError, ValueError, KeyError):
            pass
        return first_guess(target)

    def keep(self, target: Target, traits: Traits) -> None:
        """Remember. A workspace that cannot be written to only costs the detection the next time."""
        known = self._read()
        known[_key(target)] = {**asdict(traits), "at": round(time.time())}
        part = self.path.with_name(f".{self.path.name}.{time.monotonic_ns()}")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            part.write_text(json.dumps(known, indent=1), encoding="utf-8")
            part.replace(self.path)
        except OSError as error:
            _log.debug("%s: not written (%s)", self.path, error.strerror)
            part.unlink(missing_ok=True)

    def _read(self) -> dict[str, dict[str, Any]]:
        try:
            known = json.loads(self.path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return {k: v for k, v in known.items() if isinstance(v, dict)} if isinstance(known, dict) else {}


def _key(target: Target) -> str:
    return f"{target.provider} {target.where} {target.model}"
