"""Files of any room: what goes wrong is said in one line, and nothing half-written is left behind."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

from coachbot.errors import InputError, UsageError


@contextmanager
def writing(path: Path) -> Iterator[TextIO]:
    """A text file that appears, with its folders, only when it is whole.

    Raises UsageError where it cannot be written.
    """
    part = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with part.open("w", encoding="utf-8") as file:
            yield file
        part.replace(path)
    except OSError as error:
        raise UsageError(f"{path}: cannot be written ({error.strerror}); choose another place") from error
    finally:
        with suppress(OSError):  # the folder is none, or is gone: then the part is too
            part.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write a whole file, or none. Raises UsageError where it cannot be written."""
    with writing(path) as file:
        file.write(text)


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """What the system says against reading `path`, as an InputError that says what to do."""
    try:
        yield
    except FileNotFoundError:
        raise InputError("there is no such file; check the path", path=path) from None
    except PermissionError:
        raise InputError("you may not read this file; change its permissions", path=path) from None
    except InputError:
        raise
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(f"the file cannot be read ({reason})", path=path) from None
