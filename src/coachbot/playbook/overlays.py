"""Methodologies: overlays that regroup the fields of whichever playbook they are laid over."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from coachbot.model.playbook import Methodology, MethodologyElement, Playbook
from coachbot.playbook.problems import Loc
from coachbot.playbook.references import FILE_ID, ID, Ids, check_form, find, refer
from coachbot.playbook.source import Source, read_yaml
from coachbot.playbook.validate import validated

FOLDER = "methodologies"


def overlay_files(folders: Sequence[Path]) -> list[Path]:
    """The overlays in some folders, by name; one of an earlier folder hides one of a later folder."""
    found: dict[str, Path] = {}
    for folder in folders:
        for path in sorted(folder.glob("*.yaml")):
            found.setdefault(path.stem, path)
    return [found[name] for name in sorted(found)]


def read_overlay(path: Path) -> tuple[Source, Methodology | None]:
    """An overlay as written, its ids not yet held against a playbook."""
    source = read_yaml(path)
    method = validated(Methodology, source)
    check_form(source, ("id",), method.id if method else None, FILE_ID)
    first: dict[str, Loc] = {}
    for loc, name in find(source.data, "elements.*.id"):
        check_form(source, loc, name, ID)
        if isinstance(name, str) and name in first:
            line = source.line(first[name])
            source.report(loc, f"element '{name}' is there twice, first on line {line}", "Rename one.")
        elif isinstance(name, str):
            first[name] = loc
    return source, method


def unknown_ids(source: Source, known: Ids) -> bool:
    """Whether the overlay names a field or role that is not among those."""
    return any(
        isinstance(name, str) and name not in known[what]
        for pattern, what in _NAMED
        for _, name in find(source.data, pattern)
    )


def check_overlay(source: Source, known: Ids) -> None:
    """Report fields and roles that no playbook here has."""
    for pattern, what in _NAMED:
        refer(source, find(source.data, pattern), what, known)


_NAMED = (("elements.*.fields.*", "field"), ("elements.*.influence.*", "influence role"))


def fitted(method: Methodology, book: Playbook) -> Methodology | None:
    """The overlay with what this playbook has: fields by their id, or by the field they are `like`.

    Elements that nothing of the playbook fills are left out; None where fewer than half are left, for
    then the overlay was made for another kind of process.
    """
    elements = tuple(e for e in (_fitted(e, book) for e in method.elements) if e.fields or e.influence)
    enough = 2 * len(elements) >= len(method.elements) > 0
    return method.model_copy(update={"elements": elements}) if enough else None


def _fitted(element: MethodologyElement, book: Playbook) -> MethodologyElement:
    fields = [f.id for name in element.fields for f in book.fields if name in (f.id, f.like)]
    roles = {r.id for r in book.influence_roles}
    influence = tuple(i for i in element.influence if i in roles)
    return element.model_copy(update={"fields": tuple(dict.fromkeys(fields)), "influence": influence})
