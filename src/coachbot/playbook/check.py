"""Every mistake of a playbook, with file, line and what to do."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from rapidfuzz import fuzz, process

from coachbot.model.playbook import Methodology, Play, Playbook
from coachbot.playbook.source import Path_, Problem, Source, read_page, read_yaml

ID = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
PLAY_KEYS = ("title", "stage", "field", "objection", "criterion")


@dataclass
class Loaded:
    """What the files of a playbook hold. `playbook` is None when there are errors."""

    playbook: Playbook | None
    problems: list[Problem] = field(default_factory=list)

    @property
    def errors(self) -> list[Problem]:
        """Problems that are not mere warnings."""
        return [p for p in self.problems if not p.warning]


def check_playbook(path: Path) -> list[Problem]:
    """All problems of the playbook in that folder (or with that YAML file)."""
    return examine(path).problems


def examine(path: Path) -> Loaded:
    """Read the playbook's YAML, plays and methodologies, and check them against each other."""
    main = path / "playbook.yaml" if path.is_dir() else path
    folder = main.parent
    source = read_yaml(main)
    if source.data is not None and not isinstance(source.data, dict):
        source.report((), "does not hold keys and values", "Start from `coachbot playbook schema`.")
    if source.problems and not isinstance(source.data, dict):
        return Loaded(None, source.problems)
    data = source.data if isinstance(source.data, dict) else {}
    for extra in ("plays", "methodologies"):
        if extra in data:
            source.report((extra,), f"{extra!r} are files of their own", f"Move them to {extra}/.")
            data.pop(extra)
    book = _validated(Playbook, data, source)
    known = _Ids.of(data)
    _check_ids(source, data, known)
    plays = _plays(folder / "plays", known)
    methods = _methodologies((folder.parent / "methodologies", folder / "methodologies"), known)
    _check_play_links(source, data, {s.path.stem for s, _ in plays})
    problems = [
        *source.problems,
        *(p for s, _ in plays for p in s.problems),
        *(p for s, _ in methods for p in s.problems),
    ]
    if book is None or any(not p.warning for p in problems):
        return Loaded(None, problems)
    whole = book.model_copy(
        update={
            "plays": tuple(p for _, p in plays if p is not None),
            "methodologies": tuple(m for _, m in methods if m is not None),
        }
    )
    return Loaded(whole, problems)


@dataclass(frozen=True)
class _Ids:
    """The ids that a playbook defines."""

    stage: tuple[str, ...] = ()
    field: tuple[str, ...] = ()
    objection: tuple[str, ...] = ()
    criterion: tuple[str, ...] = ()
    commitment: tuple[str, ...] = ()
    influence: tuple[str, ...] = ()

    @classmethod
    def of(cls, data: dict[str, Any]) -> _Ids:
        stages = _dicts(data.get("stages"))
        return cls(
            stage=_ids(stages),
            field=_ids(_dicts(data.get("fields"))),
            objection=_ids(_dicts(data.get("objections"))),
            criterion=tuple(
                i for s in stages for k in ("entry_criteria", "exit_criteria") for i in _ids(_dicts(s.get(k)))
            ),
            commitment=tuple(i for s in stages for i in _ids(_dicts(s.get("buyer_commitments")))),
            influence=_ids(_dicts(data.get("influence_roles"))),
        )


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [v for v in value if isinstance(v, dict)] if isinstance(value, list) else []


def _ids(rows: Iterable[dict[str, Any]]) -> tuple[str, ...]:
    return tuple(str(r["id"]) for r in rows if r.get("id") is not None)


def nearest(word: str, known: Sequence[str]) -> str:
    """`Did you mean 'budget'?`, or what there is to choose from."""
    best = process.extractOne(word, known, scorer=fuzz.WRatio, score_cutoff=60) if known else None
    if best:
        return f"Did you mean {best[0]!r}?"
    return (
        f"There is: {', '.join(known[:12])}{', …' if len(known) > 12 else ''}."
        if known
        else "None is defined."
    )


def _validated(model: type[Playbook], data: dict[str, Any], source: Source) -> Playbook | None:
    try:
        return model.model_validate(data)
    except ValidationError as error:
        for e in error.errors():
            _report(source, e, model)
        return None


def _report(source: Source, e: Any, model: type[BaseModel]) -> None:
    at: Path_ = tuple(e["loc"])
    name = at[-1] if at else ""
    where = ".".join(str(p) for p in at)
    if e["type"] == "extra_forbidden":
        source.report(at, f"unknown key {where!r}", nearest(str(name), _keys_at(model, at[:-1])))
    elif e["type"] == "missing":
        source.report(at[:-1], f"key {name!r} is missing{_owner(source.data, at[:-1])}", "Add it.")
    elif e["type"] == "literal_error":
        allowed = re.findall(r"'([^']+)'", e["ctx"]["expected"])
        source.report(at, f"{where!r} cannot be {e['input']!r}", nearest(str(e["input"]), allowed))
    else:
        source.report(
            at, f"{where!r}: {e['msg'][0].lower()}{e['msg'][1:]}", f"It is {str(e['input'])[:60]!r}."
        )


def _owner(data: Any, at: Path_) -> str:
    for part in at:
        try:
            data = data[part]
        except (KeyError, IndexError, TypeError):
            return ""
    named = data.get("id") if isinstance(data, dict) else None
    return f" in {named!r}" if named else ""


def _keys_at(model: type[BaseModel], at: Path_) -> list[str]:
    """The keys that may stand at a place of the file."""
    current: Any = model
    for part in at:
        if isinstance(part, int):
            continue
        annotation = current.model_fields[str(part)].annotation if str(part) in current.model_fields else None
        inner = [a for a in getattr(annotation, "__args__", (annotation,)) if isinstance(a, type)]
        models = [a for a in inner if issubclass(a, BaseModel)]
        if not models:
            return []
        current = models[0]
    return list(current.model_fields)


def _check_ids(source: Source, data: dict[str, Any], known: _Ids) -> None:
    for group in ("stages", "fields", "objections", "influence_roles", "risks", "reversions"):
        _check_forms(source, data.get(group), (group,))
    for n, stage in enumerate(data.get("stages") or []):
        if not isinstance(stage, dict):
            continue
        at: Path_ = ("stages", n)
        for group in ("entry_criteria", "exit_criteria", "buyer_commitments"):
            _check_forms(source, stage.get(group), (*at, group))
        for group in ("entry_criteria", "exit_criteria"):
            for m, criterion in enumerate(_dicts(stage.get(group))):
                here = (*at, group, m)
                _refer(source, criterion.get("fields"), (*here, "fields"), "field", known.field)
                _refer(
                    source,
                    criterion.get("commitments"),
                    (*here, "commitments"),
                    "commitment",
                    known.commitment,
                )
                if (
                    group == "exit_criteria"
                    and not criterion.get("fields")
                    and not criterion.get("commitments")
                ):
                    source.report(
                        here,
                        f"nothing proves criterion {criterion.get('id')!r}",
                        "Name fields or commitments.",
                    )
        _refer(source, stage.get("required_fields"), (*at, "required_fields"), "field", known.field)
    for n, risk in enumerate(_dicts(data.get("risks"))):
        _refer(source, risk.get("fields"), ("risks", n, "fields"), "field", known.field)
        _refer(source, risk.get("stages"), ("risks", n, "stages"), "stage", known.stage)
        _refer(source, risk.get("influence"), ("risks", n, "influence"), "influence role", known.influence)
        _check_message(source, risk.get("message"), ("risks", n, "message"))
    for n, rule in enumerate(_dicts(data.get("reversions"))):
        _refer(source, [rule.get("to")], ("reversions", n, "to"), "stage", known.stage)
        _refer(source, rule.get("from_stages"), ("reversions", n, "from_stages"), "stage", known.stage)
    for n, spec in enumerate(_dicts(data.get("fields"))):
        if not spec.get("listen_for"):
            source.report(
                ("fields", n),
                f"field {spec.get('id')!r} has no listen_for",
                "Add some example utterances.",
                warning=True,
            )
        if spec.get("kind") == "choice" and not spec.get("options"):
            source.report(("fields", n), f"choice {spec.get('id')!r} has no options", "List them.")


def _check_message(source: Source, message: Any, at: Path_) -> None:
    if isinstance(message, str):
        try:
            message.format(days=1, healthy_days=1, stage="", count=1)
        except (KeyError, IndexError, ValueError, AttributeError):
            source.report(
                at,
                "the message uses an unknown placeholder",
                "Use {days}, {healthy_days}, {stage} or {count}.",
            )


def _check_forms(source: Source, rows: Any, at: Path_) -> None:
    seen: dict[str, int] = {}
    for n, row in enumerate(rows if isinstance(rows, list) else []):
        if not isinstance(row, dict) or not isinstance(row.get("id"), str):
            continue
        name, here = row["id"], (*at, n, "id")
        if not ID.fullmatch(name):
            source.report(here, f"id {name!r} has not the form of an id", "Use lower case, digits and _.")
        if name in seen:
            source.report(
                here,
                f"id {name!r} is used twice",
                f"The first is on line {source.line((*at, seen[name], 'id'))}.",
            )
        seen.setdefault(name, n)


def _refer(source: Source, names: Any, at: Path_, what: str, known: Sequence[str]) -> None:
    for n, name in enumerate(names if isinstance(names, list) else []):
        if isinstance(name, str) and name not in known:
            source.report((*at, n), f"no {what} has the id {name!r}", nearest(name, known))


def _check_play_links(source: Source, data: dict[str, Any], plays: set[str]) -> None:
    for n, category in enumerate(_dicts(data.get("objections"))):
        play = category.get("play")
        if isinstance(play, str) and play not in plays:
            source.report(
                ("objections", n, "play"), f"no play file is named {play!r}", nearest(play, sorted(plays))
            )


def _plays(folder: Path, known: _Ids) -> list[tuple[Source, Play | None]]:
    pages = sorted(folder.glob("*.md")) if folder.is_dir() else []
    return [_play(read_page(path), known) for path in pages]


def _play(source: Source, known: _Ids) -> tuple[Source, Play | None]:
    if source.problems or not isinstance(source.data, dict):
        if not source.problems:
            source.report((), "the front matter holds no keys", "Add `title:` and `stage:`.")
        return source, None
    data = dict(source.data)
    for key in data:
        if key not in PLAY_KEYS:
            source.report((key,), f"unknown key {key!r}", nearest(key, PLAY_KEYS))
    for key, names in (
        ("stage", known.stage),
        ("field", known.field),
        ("objection", known.objection),
        ("criterion", known.criterion),
    ):
        data[key] = [data[key]] if isinstance(data.get(key), str) else data.get(key) or []
        _refer(source, data[key], (key,), key, names)
    if not source.body:
        source.report((), "has no text", "Write the page below the front matter.")
    if not isinstance(data.get("title"), str):
        source.report((), "key 'title' is missing", "Add it.")
    if source.problems:
        return source, None
    page = {k: data[k] for k in PLAY_KEYS}
    return source, Play.model_validate(
        {**page, "id": source.path.stem, "body": source.body, "path": source.path.name}
    )


def _methodologies(folders: Iterable[Path], known: _Ids) -> list[tuple[Source, Methodology | None]]:
    found = []
    for folder in folders:
        for path in sorted(folder.glob("*.yaml")) if folder.is_dir() else []:
            source = read_yaml(path)
            method = None
            if isinstance(source.data, dict):
                try:
                    method = Methodology.model_validate(source.data)
                except ValidationError as error:
                    for e in error.errors():
                        _report(source, e, Methodology)
            # an overlay serves many playbooks: what this one lacks is left out of its tiles
            found.append((source, _fitting(method, known) if method else None))
    return found


def _fitting(method: Methodology, known: _Ids) -> Methodology | None:
    elements = tuple(
        e.model_copy(
            update={
                "fields": tuple(f for f in e.fields if f in known.field),
                "influence": tuple(i for i in e.influence if i in known.influence),
            }
        )
        for e in method.elements
    )
    filled = [e for e in elements if e.fields or e.influence]
    return method.model_copy(update={"elements": elements}) if filled else None
