"""Speech models: which there are and where they lie. Nothing here loads a model or uses the network."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from coachbot.errors import EngineError, UsageError

NAMES: dict[str, tuple[str, int]] = {
    "tiny": ("Systran/faster-whisper-tiny", 78),
    "tiny.en": ("Systran/faster-whisper-tiny.en", 78),
    "base": ("Systran/faster-whisper-base", 148),
    "base.en": ("Systran/faster-whisper-base.en", 148),
    "small": ("Systran/faster-whisper-small", 487),
    "small.en": ("Systran/faster-whisper-small.en", 487),
    "medium": ("Systran/faster-whisper-medium", 1530),
    "medium.en": ("Systran/faster-whisper-medium.en", 1530),
    "large-v1": ("Systran/faster-whisper-large-v1", 3090),
    "large-v2": ("Systran/faster-whisper-large-v2", 3090),
    "large-v3": ("Systran/faster-whisper-large-v3", 3090),
    "large": ("Systran/faster-whisper-large-v3", 3090),
    "distil-small.en": ("Systran/faster-distil-whisper-small.en", 336),
    "distil-medium.en": ("Systran/faster-distil-whisper-medium.en", 792),
    "distil-large-v2": ("Systran/faster-distil-whisper-large-v2", 1520),
    "distil-large-v3": ("Systran/faster-distil-whisper-large-v3", 1520),
    "distil-large-v3.5": ("distil-whisper/distil-large-v3.5-ct2", 1520),
    "large-v3-turbo": ("mobiuslabsgmbh/faster-whisper-large-v3-turbo", 1620),
    "turbo": ("mobiuslabsgmbh/faster-whisper-large-v3-turbo", 1620),
}
"""The names that faster-whisper gives, each with its repository on the hub and its size in MB."""

NEEDED = ("model.bin", "config.json", "tokenizer.json")


class SpeechModelError(EngineError):
    """The speech model is not here, or not whole."""


@dataclass(frozen=True, slots=True)
class FoundModel:
    """A speech model on this machine. `source` says where it was found: folder, workspace or hub cache."""

    name: str
    path: Path
    source: str


def find_model(name: str, home: Path) -> FoundModel:
    """The model of that name, folder or hub id, with all files it needs. Never uses the network.

    A name in NAMES always means the published model: a folder that happens to be called `small` is only used
    when it is written as a path, `./small`. Raises SpeechModelError, saying what to do.
    """
    name = name.strip()
    if not name:
        raise UsageError("the speech model has no name; choose one of `coachbot models list`")
    for found in _places(name, home):
        check_whole(found)
        return found
    if (own_folder(name, home) / ".cache").is_dir():
        raise SpeechModelError(
            f"the speech model {name!r} is here in part only, because fetching it was broken off: go on with "
            f"`coachbot models pull {name}`"
        )
    if name in NAMES:
        raise SpeechModelError(
            f"the speech model {name!r} is not on this machine: get it with `coachbot models pull {name}` "
            f"({NAMES[name][1]} MB), or give a model's folder with --model (for a machine without network, "
            f"copy the folder there)"
        )
    if "/" in name and not is_path(name):
        raise SpeechModelError(
            f"the speech model {name!r} is not on this machine: there is no such folder, and it was not "
            f"fetched; get it with `coachbot models pull {name}` if it is on the hub"
        )
    if is_path(name):
        raise SpeechModelError(f"the speech model's folder {name!r} does not exist; check the path")
    raise UsageError(
        f"there is no speech model {name!r}; choose one of {', '.join(NAMES)}, a folder, or a hub id such as "
        "Systran/faster-whisper-small"
    )


def shadowed(name: str) -> str | None:
    """A sentence where the current folder holds a model under a published name, else None."""
    if name in NAMES and (Path(name) / "model.bin").is_file():
        return (
            f"The folder {name!r} here was not used: the name means the published model. "
            f"Write ./{name} to use the folder."
        )
    return None


def installed(home: Path) -> list[FoundModel]:
    """Every model of NAMES, and of the workspace, that is on this machine and whole."""
    mine = home / "models" / "whisper"
    own = sorted(p.name.replace("--", "/") for p in mine.iterdir()) if mine.is_dir() else []
    models = []
    for name in dict.fromkeys([*NAMES, *own]):
        try:
            models.append(find_model(name, home))
        except (SpeechModelError, UsageError):
            continue
    return models


def _places(name: str, home: Path) -> Iterator[FoundModel]:
    if name not in NAMES:
        folder = Path(name).expanduser()
        if folder.is_dir() and (is_path(name) or (folder / "model.bin").is_file()):
            yield FoundModel(name, folder.resolve(), "folder")
            return
    own = own_folder(name, home)
    if (own / "model.bin").is_file():
        yield FoundModel(name, own, "workspace")
    repository = NAMES[name][0] if name in NAMES else name
    if "/" in repository and not is_path(repository):
        cached = _cached(repository)
        if cached is not None:
            yield FoundModel(name, cached, "hub cache")


def own_folder(name: str, home: Path) -> Path:
    """Where the workspace keeps a model that was fetched by that name or hub id."""
    return home / "models" / "whisper" / name.replace("/", "--")


def is_path(name: str) -> bool:
    """Written as a path, or with more parts than a hub id has."""
    return name.startswith((".", "~", "/")) or Path(name).is_absolute() or name.count("/") > 1 or "\\" in name


def _cached(repository: str) -> Path | None:
    from huggingface_hub import constants

    base = Path(constants.HF_HUB_CACHE) / f"models--{repository.replace('/', '--')}"
    head = base / "refs" / "main"
    if head.is_file():
        snapshot = base / "snapshots" / head.read_text("utf-8").strip()
        if (snapshot / "model.bin").exists():
            return snapshot
    return next((p.parent for p in sorted(base.glob("snapshots/*/model.bin"))), None)


def check_whole(found: FoundModel) -> None:
    """Raise SpeechModelError where files are missing: the library would look for them on the network."""
    missing = [name for name in NEEDED if not (found.path / name).is_file()]
    if not any(found.path.glob("vocabulary.*")):
        missing.append("vocabulary.json")
    if not missing:
        return
    again = (
        f"fetch it again with `coachbot models pull {found.name}`"
        if found.source != "folder"
        else "copy the whole folder, or convert the model with ct2-transformers-converter and "
        "--copy_files tokenizer.json preprocessor_config.json"
    )
    raise SpeechModelError(f"the speech model in {found.path} lacks {', '.join(missing)}: {again}")
