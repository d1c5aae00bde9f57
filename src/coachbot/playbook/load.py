"""Finding and loading a playbook."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from coachbot.bundled import bundled
from coachbot.errors import PlaybookError, UsageError
from coachbot.model.playbook import Playbook
from coachbot.playbook.check import FILE, STANDARD, examine, overlay_folders
from coachbot.playbook.pages import FOLDER as PLAYS
from coachbot.playbook.problems import did_you_mean


def load_playbook(
    id_or_path: str | Path | None = None, *, search: Sequence[Path] = (), home: Path | None = None
) -> Playbook:
    """A playbook with its plays and methodologies; the default one where none is named.

    Args:
        id_or_path: a folder that holds a playbook.yaml, a YAML file, or an id.
        search: folders whose playbooks/ are looked in for an id before ./playbooks.
        home: the workspace, whose playbooks/ come next, and the bundled ones last.

    Raises:
        UsageError: there is no such playbook.
        PlaybookError: it has mistakes; the error carries all of them. Warnings do not stop it.
    """
    path = find_playbook(id_or_path or STANDARD, search=search, home=home)
    return _load(path, _stamp(path))


@lru_cache(maxsize=16)
def _load(path: Path, stamp: tuple[tuple[str, int, int], ...]) -> Playbook:
    examined = examine(path)
    if examined.playbook is None:
        raise PlaybookError(tuple(str(p) for p in examined.errors))
    return examined.playbook


def _stamp(path: Path) -> tuple[tuple[str, int, int], ...]:
    """What changes with the files of a playbook, so that an edit is read and nothing is read twice."""
    folder = path if path.is_dir() else path.parent
    files = [path / FILE if path.is_dir() else path, *(folder / PLAYS).glob("*.md")]
    files += [file for place in overlay_folders(folder) for file in place.glob("*.yaml")]
    stats = [(str(file.absolute()), file.stat()) for file in sorted(set(files)) if file.is_file()]
    return tuple((name, s.st_mtime_ns, s.st_size) for name, s in stats)


def _places(search: Sequence[Path], home: Path | None) -> list[Path]:
    own = [Path(folder) / "playbooks" for folder in search] + [Path("playbooks")]
    return [*own, *([home / "playbooks"] if home else []), bundled("playbooks")]


def find_playbook(id_or_path: str | Path, *, search: Sequence[Path] = (), home: Path | None = None) -> Path:
    """The folder (or the YAML file) of a playbook. UsageError where there is none."""
    direct = Path(id_or_path)
    if direct.is_file() or (direct / FILE).is_file():
        return direct
    if direct.suffix in (".yaml", ".yml"):
        raise UsageError(f"{direct}: no such playbook file; check the path")
    if direct.is_absolute():
        raise UsageError(f"{direct}: no {FILE} in there; check the path")
    for place in _places(search, home):
        if (place / direct / FILE).is_file():
            return place / direct
    hint = did_you_mean(str(id_or_path), list_playbooks(search=search, home=home))
    raise UsageError(f"no playbook is called '{id_or_path}'. {hint}")


def list_playbooks(*, search: Sequence[Path] = (), home: Path | None = None) -> list[str]:
    """Ids of the playbooks that can be found, in the order of the places they are looked for in."""
    found = (file.parent.name for place in _places(search, home) for file in sorted(place.glob(f"*/{FILE}")))
    return list(dict.fromkeys(found))
