"""Fetching a speech model from the hub into the workspace, whole and unaltered, or saying why not."""

from __future__ import annotations

import errno
import hashlib
import io
import logging
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coachbot.errors import UsageError
from coachbot.transcribe.models import (
    NAMES,
    FoundModel,
    SpeechModelError,
    check_whole,
    is_path,
    own_folder,
)

if TYPE_CHECKING:
    from huggingface_hub.hf_api import ModelInfo

WANTED = ("model.bin", "config.json", "tokenizer.json", "preprocessor_config.json", "vocabulary.*")
FIRST_ANSWER_S = 5.0
DEAD_S = 600.0
"""A part of a download that nobody has written to for so long is what a killed run left."""
_OFFLINE = "; on a machine without network, copy a model's folder there and give it with --model"
_FULL = (errno.ENOSPC, errno.EDQUOT)


def pull(name: str, home: Path, progress: Callable[[int, int], None] | None = None) -> FoundModel:
    """Fetch a model by name or hub id into the workspace; what is there already is not fetched again.

    `progress` gets the bytes that are here and those of the whole model. Every file is held against the hash
    that the hub gives for it. Raises SpeechModelError, within seconds where the hub cannot be reached, and
    UsageError for what cannot be a model on the hub.
    """
    if is_path(name):
        raise UsageError(f"{name!r} is a folder; a model is fetched by its name or hub id")
    repository = NAMES[name][0] if name in NAMES else name
    if "/" not in repository:
        raise UsageError(f"there is no speech model {name!r}; choose one of {', '.join(NAMES)}, or a hub id")
    found = FoundModel(name, own_folder(name, home), "workspace")
    for file in damaged(found.path):
        (found.path / file).unlink()
    try:
        about = _about(repository)
    except SpeechModelError:
        if not _is_whole(found):
            raise
        return found  # nothing is wrong with it; only what is new cannot be known
    sizes = {s.rfilename: s.size or 0 for s in about.siblings or () if _wanted(s.rfilename)}
    if "model.bin" not in sizes:
        raise UsageError(
            f"{repository!r} is no model for faster-whisper (it holds no model.bin): choose one such as "
            "Systran/faster-whisper-small, or convert it with ct2-transformers-converter and give its folder"
        )
    _check_space(found.path, sizes)
    _download(repository, about.sha, found.path, sum(sizes.values()), progress or (lambda done, total: None))
    wrong = damaged(found.path)
    if wrong:
        for file in wrong:
            (found.path / file).unlink()
        raise SpeechModelError(
            f"{', '.join(wrong)} of {repository!r} came damaged over the network; run it again"
        )
    check_whole(found)
    return found


def damaged(folder: Path) -> list[str]:
    """Files of a fetched model that are not what the hub published, by their hash; reads all of them.

    Nothing is known, and so nothing damaged, where the folder was not fetched but copied or converted.
    """
    names = sorted(p.name for p in folder.iterdir() if p.is_file()) if folder.is_dir() else []
    return [name for name in names if not _is_published(folder, name)]


def _is_published(folder: Path, name: str) -> bool:
    """By the ETag that was kept: SHA-256 of a large file, git's name for the content of a small one."""
    file = folder / name
    kept = folder / ".cache" / "huggingface" / "download" / f"{name}.metadata"
    if kept.is_file():
        etag = [*kept.read_text("utf-8", errors="replace").split(), "", ""][1]
    else:
        real = file.resolve()
        etag = real.name if real.parent.name == "blobs" else ""
    hashes = {64: hashlib.sha256(), 40: hashlib.sha1(b"blob %d\0" % file.stat().st_size)}
    made = hashes.get(len(etag))
    if made is None:
        return True
    with file.open("rb") as data:
        while block := data.read(1 << 20):
            made.update(block)
    return made.hexdigest() == etag


def _is_whole(found: FoundModel) -> bool:
    try:
        check_whole(found)
    except SpeechModelError:
        return False
    return True


def _wanted(name: str) -> bool:
    return any(fnmatch(name, pattern) for pattern in WANTED)


def _about(repository: str) -> ModelInfo:
    from huggingface_hub import HfApi, constants

    if constants.HF_HUB_OFFLINE:
        raise SpeechModelError(f"HF_HUB_OFFLINE is set, so nothing is fetched; unset it{_OFFLINE}")
    with _explained(repository):
        return HfApi(endpoint=constants.ENDPOINT).model_info(
            repository, files_metadata=True, timeout=FIRST_ANSWER_S
        )


def _check_space(folder: Path, sizes: dict[str, int]) -> None:
    missing = sum(size for name, size in sizes.items() if not (folder / name).is_file())
    there = next(p for p in (folder, *folder.parents) if p.is_dir())
    free = shutil.disk_usage(there).free
    if missing > free:
        raise SpeechModelError(
            f"the model takes {missing / 1e6:.0f} MB, and {there} has {free / 1e6:.0f} MB left: make room, "
            "or set COACHBOT_HOME to a folder on another disk"
        )


def _download(
    repository: str, commit: str | None, folder: Path, size: int, progress: Callable[[int, int], None]
) -> None:
    from huggingface_hub import constants, snapshot_download

    for left in folder.glob(".cache/huggingface/download/*.incomplete"):
        if time.time() - left.stat().st_mtime > DEAD_S:
            left.unlink(missing_ok=True)
    with _explained(repository), _quiet():
        snapshot_download(
            repository, revision=commit, local_dir=folder, allow_patterns=list(WANTED),
            endpoint=constants.ENDPOINT, tqdm_class=_bar(size, progress),
        )  # fmt: skip


@contextmanager
def _quiet() -> Iterator[None]:
    """Without the library's own lines on attempts that failed: it goes on by itself, or raises."""
    from huggingface_hub.utils.logging import get_verbosity, set_verbosity

    before = get_verbosity()
    set_verbosity(logging.ERROR)
    try:
        yield
    finally:
        set_verbosity(before)


def _bar(size: int, progress: Callable[[int, int], None]) -> Any:
    """A class in the place of the library's bars: shows nothing, and passes on the bytes that have come."""
    from huggingface_hub.utils.tqdm import tqdm

    class Bar(tqdm):
        def __init__(self, *args: Any, **options: Any) -> None:
            self.bytes = str(options.get("desc", "")).startswith("Reconstructing")
            options |= {"file": io.StringIO(), "mininterval": 0, "disable": False}
            super().__init__(*args, **options)  # type: ignore[no-untyped-call]

        def display(self, *args: Any, **options: Any) -> bool:
            return True

        def update(self, n: float | None = 1) -> bool | None:
            done: bool | None = super().update(n)
            if self.bytes:
                progress(min(int(self.n), size or int(self.n)), size)
            return done

    return Bar


@contextmanager
def _explained(repository: str) -> Iterator[None]:
    """Whatever the library raises as SpeechModelError: its HTTP client, and so its errors, changed before."""
    try:
        yield
    except (SpeechModelError, UsageError):
        raise
    except Exception as error:
        raise _as_ours(repository, error) from error


def _as_ours(repository: str, error: Exception) -> SpeechModelError | UsageError:
    from huggingface_hub import constants
    from huggingface_hub.errors import GatedRepoError, HFValidationError, RepositoryNotFoundError

    hub = constants.ENDPOINT
    if isinstance(error, HFValidationError):
        return UsageError(f"{repository!r} is no hub id; write OWNER/MODEL, as the hub's page shows it")
    if isinstance(error, GatedRepoError):
        return SpeechModelError(
            f"{repository!r} is given to those only who accept its conditions: accept them on "
            f"{hub}/{repository}, then set HF_TOKEN to a token of that account"
        )
    if isinstance(error, RepositoryNotFoundError):
        return SpeechModelError(
            f"the hub has no model {repository!r}, or it needs a token (HF_TOKEN); check the name"
        )
    status = next((s for e in _causes(error) if (s := _status(e))), None)
    if status in (401, 403):
        return SpeechModelError(f"the hub {hub} refuses access (HTTP {status}): check HF_TOKEN, or unset it")
    if status is not None:
        return SpeechModelError(f"the hub {hub} answers HTTP {status}: try again later, or set HF_ENDPOINT")
    if isinstance(error, OSError) and error.errno is not None:
        room = "make room, or set COACHBOT_HOME to a folder on another disk" if error.errno in _FULL else ""
        return SpeechModelError(
            f"{repository!r} cannot be written to disk ({error.strerror}): {room or 'check the workspace'}"
        )
    if any("Connect" in type(e).__name__ or "Timeout" in type(e).__name__ for e in _causes(error)):
        return SpeechModelError(
            f"the model hub {hub} cannot be reached ({type(error).__name__}): check the network, or set "
            f"HTTPS_PROXY or HF_ENDPOINT (a mirror){_OFFLINE}"
        )
    if isinstance(error, (ValueError, KeyError, TypeError, AttributeError)):
        return SpeechModelError(
            f"{hub} does not answer as a model hub does: check HF_ENDPOINT, or whether a proxy answers for it"
        )
    return SpeechModelError(
        f"fetching {repository!r} broke off ({type(error).__name__}); run it again: the files that are whole "
        "are kept"
    )


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _status(error: BaseException) -> int | None:
    status = getattr(getattr(error, "response", None), "status_code", None)
    return status if isinstance(status, int) and status >= 400 else None
