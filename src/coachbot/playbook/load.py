"""Finding and loading a playbook."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from coachbot.bundled import bundled
from coachbot.errors import PlaybookError, UsageError
from coachbot.model.playbook import Playbook
from coachbot.playbook.check import examine, nearest

DEFAULT = "b2b-saas"


def load_playbook(
    name: str | Path | None = None, *, search: Sequence[Path] = (), home: Path | None = None
) -> Playbook:
    """The playbook with that id, or at that path (a folder, or its YAML file).

    Raises PlaybookError, with every mistake, when it is not sound, and UsageError when there is none.
    """
    path = find_playbook(name or DEFAULT, search=search, home=home)
    return _load(path, _stamp(path))


@lru_cache(maxsize=8)
def _load(path: Path, stamp: tuple[tuple[str, int, int], ...]) -> Playbook:
    loaded = examine(path)
    if loaded.playbook is None:
        raise PlaybookError(tuple(str(p) for p in loaded.errors))
    return loaded.playbook


def _stamp(path: Path) -> tuple[tuple[str, int, int], ...]:
    """What changes when a file of the playbook does."""
    folder = path if path.is_dir() else path.parent
    found = [path] if path.is_file() else []
    for place in (folder, folder / "plays", folder / "methodologies", folder.parent / "methodologies"):
        found += [p for pattern in ("*.yaml", "*.md") for p in place.glob(pattern)] if place.is_dir() else []
    stats = [(str(p), p.stat()) for p in sorted(set(found))]
    return tuple((name, s.st_mtime_ns, s.st_size) for name, s in stats)


def places(search: Sequence[Path] = (), home: Path | None = None) -> list[Path]:
    """Folders that hold playbooks, those that win first."""
    own = [Path(s) / "playbooks" for s in search] + [Path("playbooks")]
    return [*own, *([home / "playbooks"] if home else []), bundled("playbooks")]


def find_playbook(name: str | Path, *, search: Sequence[Path] = (), home: Path | None = None) -> Path:
    """The folder (or YAML file) of a playbook."""
    direct = Path(name)
    if direct.suffix in (".yaml", ".yml") or (direct / "playbook.yaml").is_file():
        if direct.exists():
            return direct.resolve()
        raise UsageError(f"{direct}: no such playbook file; check the path")
    for place in places(search, home):
        folder = place / str(name)
        if (folder / "playbook.yaml").is_file():
            return folder.resolve()
    known = list_playbooks(search=search, home=home)
    raise UsageError(f"no playbook is called {str(name)!r}. {nearest(str(name), known)}")


def list_playbooks(*, search: Sequence[Path] = (), home: Path | None = None) -> list[str]:
    """Ids of the playbooks that can be found."""
    found: dict[str, None] = {}
    for place in places(search, home):
        for file in sorted(place.glob("*/playbook.yaml")) if place.is_dir() else []:
            found[file.parent.name] = None
    return list(found)
