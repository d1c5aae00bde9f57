"""A playbook's files read together: the playbook, or every mistake with file, line and what to do."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from coachbot.bundled import bundled
from coachbot.model.playbook import Methodology, Play, Playbook
from coachbot.playbook.overlays import FOLDER as OVERLAYS
from coachbot.playbook.overlays import check_overlay, fitted, overlay_files, read_overlay, unknown_ids
from coachbot.playbook.pages import check_links, read_plays
from coachbot.playbook.problems import Problem
from coachbot.playbook.references import Ids, check_ids, check_named, find, ids_of, refer
from coachbot.playbook.rules import check_rules
from coachbot.playbook.source import Source, read_yaml
from coachbot.playbook.validate import refuse_own_files, validated

STANDARD = "b2b-saas"  # the playbook whose ids `like` names
FILE = "playbook.yaml"


@dataclass
class Examined:
    """What a playbook's files hold. `playbook` is None when there are errors."""

    playbook: Playbook | None
    problems: list[Problem] = field(default_factory=list)

    @property
    def errors(self) -> list[Problem]:
        """The problems that are not mere warnings."""
        return [p for p in self.problems if not p.warning]


def check_playbook(path: Path) -> list[Problem]:
    """All problems of the playbook in that folder, or with that YAML file, by file and line."""
    return examine(path).problems


def overlay_folders(folder: Path) -> list[Path]:
    """Where the methodologies of a playbook's folder are looked for, those that win first."""
    return [folder / OVERLAYS, folder.parent / OVERLAYS, bundled("playbooks") / OVERLAYS]


def examine(path: Path) -> Examined:
    """Read a playbook with its plays and methodologies, and check them against each other."""
    main = path / FILE if path.is_dir() else path
    source = read_yaml(main)
    refuse_own_files(source)
    book = validated(Playbook, source)
    if not isinstance(source.data, dict):
        return Examined(None, source.problems)
    ids = ids_of(source.data)
    check_ids(source)
    check_named(source, ids)
    check_rules(source, ids)
    _check_likes(source)
    plays = read_plays(main.parent, ids)
    check_links(source, tuple(page.path.stem for page, _ in plays))
    overlays = [read_overlay(p) for p in overlay_files(overlay_folders(main.parent))]
    for overlay, _ in overlays:
        _check_overlay(overlay, main.parent, source, ids)
    files = [source, *(page for page, _ in plays), *(overlay for overlay, _ in overlays)]
    problems = [p for f in files for p in sorted(f.problems, key=lambda p: p.line)]
    if book is None or any(not p.warning for p in problems):
        return Examined(None, problems)
    return Examined(_whole(book, [p for _, p in plays if p], [m for _, m in overlays if m]), problems)


def _whole(book: Playbook, plays: list[Play], methods: list[Methodology]) -> Playbook:
    laid = (fitted(method, book) for method in methods)
    return book.model_copy(
        update={"plays": tuple(plays), "methodologies": tuple(m for m in laid if m is not None)}
    )


def _check_likes(source: Source) -> None:
    """Report fields and objections that are `like` none of the standard playbook's."""
    for pattern, what in (("fields.*.like", "field"), ("objections.*.like", "objection")):
        likes = [(loc, name) for loc, name in find(source.data, pattern) if isinstance(name, str)]
        if likes:
            refer(source, likes, what, _standard())


@lru_cache(maxsize=1)
def _standard() -> Ids:
    return ids_of(read_yaml(bundled("playbooks") / STANDARD / FILE).data)


def _check_overlay(overlay: Source, folder: Path, book: Source, ids: Ids) -> None:
    """Hold an overlay's ids against this playbook and, where it is shared, against its neighbours.

    One that comes with coachbot, for a playbook elsewhere, is not this playbook's to correct.
    """
    place = overlay.path.parent
    if place not in (folder / OVERLAYS, folder.parent / OVERLAYS):
        return
    likes = tuple(name for _, name in find(book.data, "fields.*.like") if isinstance(name, str))
    known = {**ids, "field": (*ids["field"], *likes)}
    if place != folder / OVERLAYS and unknown_ids(overlay, known):
        neighbours = [ids_of(read_yaml(p).data) for p in sorted(folder.parent.glob(f"*/{FILE}"))]
        for other in (*neighbours, _standard()):
            known = {what: (*names, *other[what]) for what, names in known.items()}
    check_overlay(overlay, known)
