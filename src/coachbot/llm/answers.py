"""From a model's text to JSON: fences, prose around it, small slips of syntax, and answers that broke off."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

_THOUGHT = re.compile(r"(?is)^\s*<(think|thinking|reasoning)>.*?</\1>")
_OBJECT = re.compile(r'\{\s*"|\[\s*[{"]')
_STARTS = 12  # openings of JSON that are tried in a text that has prose around it
_CLOSE = {"{": "}", "[": "]"}


@dataclass(frozen=True)
class Parsed:
    """JSON found in a text. `whole` is False where the text broke off and the rest was cut away.

    `exact` says that the text was plain JSON and needed no repair.
    """

    data: Any
    whole: bool = True
    exact: bool = False


def parse(text: str) -> Parsed | None:
    """The JSON object (or list) of an answer; None where there is none. Its `data` is None where it broke
    off before anything was whole.

    Where the text breaks off, what had begun at that point goes: an item of a list goes whole, so that
    no item is believed by half.
    """
    body = _THOUGHT.sub("", text.removeprefix("﻿")).strip()
    data = _loads(body)
    if isinstance(data, (dict, list)):
        return Parsed(data, exact=True)
    best: tuple[int, Parsed] | None = None
    at = -1
    for _ in range(_STARTS):
        at = min((p for c in "{[" if (p := body.find(c, at + 1)) >= 0), default=-1)
        if at < 0:
            break
        repaired, length, whole = _repair(body[at:])
        data = _loads(repaired)
        if isinstance(data, (dict, list)) and data and (best is None or length > best[0]):
            best = (length, Parsed(data, whole=whole))
            at += length - 1
        elif not whole and _OBJECT.match(body, at):
            # the answer itself broke off: what stands inside it is not the answer
            return best[1] if best else Parsed(None, whole=False)
    return best[1] if best else None


def _loads(text: str) -> Any:
    try:
        return json.loads(text, strict=False, parse_constant=lambda _: None)
    except (ValueError, RecursionError):
        return None


class _Scan:
    """One walk over a text that should be JSON, copying it as JSON.

    Leaves out comments and commas before a closing bracket, turns Python's True, False and None into
    JSON's, and remembers the last place where the text could end.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.out: list[str] = []
        self.stack: list[str] = []
        self.safe: tuple[int, tuple[str, ...]] | None = None
        self.at = 0

    def run(self) -> tuple[str, int, bool]:
        while self.at < len(self.text):
            sign = self.text[self.at]
            if sign == '"':
                if not self.string():
                    break
            elif sign in "{[":
                self.stack.append(sign)
                self.put(sign)
            elif sign in "}]":
                if not self.close(sign):
                    return "", self.at, False
                if not self.stack:
                    return "".join(self.out), self.at, True
            elif sign == ",":
                self.mark()
                self.put(sign)
            else:
                self.other()
        return self.cut()

    def put(self, sign: str) -> None:
        self.out.append(sign)
        self.at += 1

    def string(self) -> bool:
        """Copy a string. False where the text ends in it."""
        end = self.at + 1
        while end < len(self.text) and self.text[end] != '"':
            end += 2 if self.text[end] == "\\" else 1
        if end >= len(self.text):
            return False
        self.out.append(self.text[self.at : end + 1])
        self.at = end + 1
        return True

    def close(self, sign: str) -> bool:
        while self.out and (self.out[-1].isspace() or self.out[-1] == ","):
            self.out.pop()
        if not self.stack or _CLOSE[self.stack.pop()] != sign:
            return False
        self.put(sign)
        self.mark()
        return True

    def mark(self) -> None:
        """The text could end here: after an item of a list, or after a member of the outermost object."""
        if self.stack and (self.stack[-1] == "[" or len(self.stack) == 1):
            self.safe = (len(self.out), tuple(self.stack))

    def other(self) -> None:
        rest = self.text[self.at : self.at + 6]
        for python, plain in (("True", "true"), ("False", "false"), ("None", "null")):
            if rest.startswith(python):
                self.out.append(plain)
                self.at += len(python)
                return
        if rest.startswith("//"):
            end = self.text.find("\n", self.at)
            self.at = len(self.text) if end < 0 else end
            return
        self.put(self.text[self.at])

    def cut(self) -> tuple[str, int, bool]:
        if self.safe is None:
            return "", self.at, False
        length, stack = self.safe
        kept = "".join(self.out[:length]).rstrip().rstrip(",")
        return kept + "".join(_CLOSE[s] for s in reversed(stack)), len(self.text), False


def _repair(text: str) -> tuple[str, int, bool]:
    """JSON made of a text that begins with a bracket, how much of it that took, and whether it is whole."""
    return _Scan(text).run()
