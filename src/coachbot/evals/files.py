"""Reading and writing the room's files: JSON that diffs well, YAML with places, and hashes of content."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from coachbot.errors import InputError

M = TypeVar("M", bound=BaseModel)


def read_text(path: Path) -> str:
    """The text of a file. Raises InputError where it cannot be read."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise InputError("no such file; check the path", path=path) from error
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot be read ({error}); it should be a UTF-8 text file", path=path) from error


def read_json(path: Path) -> Any:
    """The value in a JSON file. Raises InputError with the line of a mistake."""
    try:
        return json.loads(read_text(path))
    except json.JSONDecodeError as error:
        raise InputError(f"not valid JSON: {error.msg}", path=path, line=error.lineno) from error


def read_yaml(path: Path) -> Any:
    """The value in a YAML 1.2 file. Raises InputError with the line of a mistake."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        return YAML(typ="safe", pure=True).load(read_text(path))
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        raise InputError(f"not valid YAML: {error.problem}", path=path, line=line) from error
    except YAMLError as error:
        raise InputError(f"not valid YAML: {error}", path=path) from error


def parse(model: type[M], value: Any, path: Path) -> M:
    """The value as a type. Raises InputError that names the first key that does not fit."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"]) or "the whole file"
        raise InputError(f"{key}: {first['msg']}", path=path) from error


def lines_of(value: object, levels: int = 3, indent: int = 0) -> str:
    """JSON with one entry a line down to `levels`, each of them compact: a change shows as one line."""
    inner = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
    if levels == 0 or not any(isinstance(v, dict | list) for v in inner):
        return json.dumps(value, ensure_ascii=False)
    pad, end = " " * (indent + 1), " " * indent
    if isinstance(value, dict):
        rows: Iterable[str] = (
            f"{pad}{json.dumps(k, ensure_ascii=False)}: {lines_of(v, levels - 1, indent + 1)}"
            for k, v in value.items()
        )
        return "{\n" + ",\n".join(rows) + f"\n{end}}}"
    rows = (f"{pad}{lines_of(v, levels - 1, indent + 1)}" for v in inner)
    return "[\n" + ",\n".join(rows) + f"\n{end}]"


def digest(*parts: bytes | str) -> str:
    """A short hash of content: 16 hex digits. Parts are kept apart, so ("ab","c") and ("a","bc") differ."""
    total = hashlib.sha256()
    for part in parts:
        raw = part.encode() if isinstance(part, str) else part
        total.update(len(raw).to_bytes(8, "big"))
        total.update(raw)
    return total.hexdigest()[:16]
