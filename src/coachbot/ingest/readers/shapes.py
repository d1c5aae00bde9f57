"""Reading JSON without trusting it: a value of the wrong type is as good as none."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from coachbot.ingest.clean import clean
from coachbot.ingest.raw import RawCue

JsonObject = dict[str, Any]

MAX_WORDS = 60
MAX_PAUSE_S = 2.0


def obj(value: object) -> JsonObject:
    """The value where it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def objects(value: object) -> list[JsonObject]:
    """The objects of a list, else nothing."""
    return [v for v in value if isinstance(v, dict)] if isinstance(value, list) else []


def text_of(value: object) -> str:
    """The value where it is text, else the empty string."""
    return value if isinstance(value, str) else ""


def optional(value: object) -> str | None:
    """Clean text, None where there is none."""
    return clean(value) or None if isinstance(value, str) else None


def first(data: JsonObject, *keys: str) -> Any:
    """The value of the first key that is there and not None."""
    return next((data[k] for k in keys if data.get(k) is not None), None)


def speaker_label(value: object, prefix: str = "Speaker") -> str | None:
    """A label to show for a speaker id: numbers and single letters get a word before them."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, float):
        value = int(value) if value.is_integer() and abs(value) < 1e9 else f"{value:g}"
    if isinstance(value, int):
        return f"{prefix} {value}" if abs(value) < 10**18 else None
    if not isinstance(value, str):
        return None
    label = clean(value)
    return f"{prefix} {label}" if label.isdigit() or len(label) == 1 else label or None


def unwrap(value: object, *keys: str, depth: int = 4) -> object:
    """Go into an object that holds nothing but a wrapper such as `data` or `result`."""
    while depth and isinstance(value, dict):
        inner = next((value[k] for k in keys if isinstance(value.get(k), (dict, list))), None)
        if inner is None:
            break
        value, depth = inner, depth - 1
    return value


@dataclass(slots=True)
class Word:
    """One recognised word. `glued`: it follows the word before without a space (punctuation)."""

    text: str
    start_s: float | None
    end_s: float | None
    speaker: str | None = None
    glued: bool = False


def cues_of_words(words: Iterable[Word]) -> list[RawCue]:
    """Words as cues: a new one for each speaker, each sentence and after a pause."""
    cues: list[RawCue] = []
    parts: list[str] = []
    done = True
    for word in words:
        if not word.text.strip():
            continue
        cue = cues[-1] if cues else None
        if word.glued and cue is not None and parts:
            parts[-1] += word.text.strip()
        else:
            if cue is None or _breaks(cue, word, parts, done):
                _close(cues, parts)
                parts = []
                cues.append(RawCue("", word.speaker, word.start_s, word.end_s))
            parts.append(word.text.strip())
            if word.end_s is not None:
                cues[-1].end_s = word.end_s
        done = parts[-1].rstrip("\"'”’)").endswith((".", "?", "!", "。", "？", "！"))
    _close(cues, parts)
    return cues


def _breaks(cue: RawCue, word: Word, parts: list[str], done: bool) -> bool:
    if cue.speaker != word.speaker or len(parts) >= MAX_WORDS or (done and len(parts) > 1):
        return True
    return cue.end_s is not None and word.start_s is not None and word.start_s - cue.end_s > MAX_PAUSE_S


def _close(cues: list[RawCue], parts: list[str]) -> None:
    if cues and parts:
        cues[-1].text = " ".join(parts)
