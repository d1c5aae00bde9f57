"""The META file: what the user says about a call."""

from __future__ import annotations

from datetime import UTC
from pathlib import Path
from typing import Any, NoReturn

from pydantic import ValidationError

from coachbot.errors import InputError
from coachbot.ingest.clean import clean, shorten, sound
from coachbot.ingest.dates import FIRST, LAST, plausible
from coachbot.ingest.opening import decode, parse_json, read_bytes
from coachbot.ingest.refusals import is_media
from coachbot.model.transcript import CallMeta, CloseDate, Participant, Side

MAX_META_BYTES = 5 * 1024 * 1024


def read_meta(path: Path | str) -> CallMeta:
    """The META file as written in the contract: title, date, participants and deal, all of them optional.

    Keys that are not known are ignored. Raises InputError naming the file, and the line of a mistake in the
    JSON or the key of a wrong value.
    """
    path = Path(path)
    data = read_bytes(path, MAX_META_BYTES)
    if is_media(data[:64]):
        raise InputError("this is audio or video, not a meta file (JSON)", path=path)
    text, _ = decode(data, path)
    if not text.strip():
        raise InputError("the meta file is empty; write a JSON object into it", path=path)
    value = parse_json(text, path)
    if not isinstance(value, dict):
        raise InputError(f"the meta file must hold one JSON object, not {_kind(value)}", path=path)
    return meta_of(value, path)


def meta_of(value: dict[str, Any], path: Path | str = "meta") -> CallMeta:
    """The same of a JSON object that is there already; `path` is only for messages."""
    kept: dict[str, Any] = {k: value[k] for k in ("title", "date") if value.get(k) is not None}
    for key in ("title", "date"):
        if key in kept and not isinstance(kept[key], str):
            _wrong(path, key, "must be text", kept[key])
    if "title" in kept:
        kept["title"] = clean(kept["title"]) or None
    kept["participants"] = _participants(value.get("participants"), path)
    kept["deal"] = _deal(value.get("deal"), path)
    try:
        meta = CallMeta.model_validate(kept)
    except ValidationError as error:
        _explain(error, path)
    if meta.date is not None and not plausible(meta.date):
        _wrong(path, "date", f"must lie between {FIRST} and {LAST}", kept["date"])
    if meta.date is not None and meta.date.tzinfo is None:
        meta = meta.model_copy(update={"date": meta.date.replace(tzinfo=UTC)})
    return meta


def _participants(value: object, path: Path | str) -> list[Participant]:
    found: dict[str, Participant] = {}
    for n, entry in enumerate(_items(value, "participants", path)):
        where = f"participants[{n}]"
        if isinstance(entry, str):
            entry = {"name": entry}
        if not isinstance(entry, dict):
            _wrong(path, where, "must be an object with a name", entry)
        name = _text(entry, "name", where, path)
        if not name:
            _wrong(path, f"{where}.name", "must be the person's name", entry.get("name"))
        if name in found:
            _wrong(path, f"{where}.name", "is there twice", name)
        side = entry.get("side") or "unknown"
        if not isinstance(side, str) or side.strip().casefold() not in tuple(Side):
            _wrong(path, f"{where}.side", "must be seller, buyer or unknown", side)
        chosen = Side(side.strip().casefold())
        found[name] = Participant(
            name=name,
            side=chosen,
            side_source="inferred" if chosen is Side.UNKNOWN else "given",
            title=_text(entry, "title", where, path),
            company=_text(entry, "company", where, path),
            channel=_channel(entry.get("channel"), f"{where}.channel", path),
        )
    return list(found.values())


def _channel(value: object, where: str, path: Path | str) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 1:
        _wrong(path, where, "must be the number of a channel, 0 or 1", value)
    return value


def _deal(value: object, path: Path | str) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        _wrong(path, "deal", "must be an object", value)
    kept: dict[str, Any] = {k: _text(value, k, "deal", path) for k in ("account", "stage", "segment")}
    for key in ("opened_days_ago", "days_in_stage"):
        days = value.get(key)
        if isinstance(days, bool) or (days is not None and not isinstance(days, int)) or (days or 0) < 0:
            _wrong(path, f"deal.{key}", "must be a whole number of days, 0 or more", days)
        kept[key] = days
    contacts = []
    for n, entry in enumerate(_items(value.get("contacts"), "deal.contacts", path)):
        name = entry.get("name") if isinstance(entry, dict) else entry
        if not isinstance(name, str) or not clean(name):
            _wrong(path, f"deal.contacts[{n}]", "must be a name", entry)
        contacts.append(clean(name))
    history = []
    for n, entry in enumerate(_items(value.get("close_date_history"), "deal.close_date_history", path)):
        where = f"deal.close_date_history[{n}]"
        if not isinstance(entry, dict):
            _wrong(path, where, "must be an object with set_on and close_date", entry)
        dates = {k: _text(entry, k, where, path) for k in CloseDate.model_fields}
        for key, date in dates.items():
            if not date:
                _wrong(path, f"{where}.{key}", "must be a date such as 2025-03-31", entry.get(key))
        history.append(dates)
    return {**kept, "contacts": contacts, "close_date_history": history}


def _items(value: object, key: str, path: Path | str) -> list[Any]:
    if value is None:
        return []
    if not isinstance(value, list):
        _wrong(path, key, "must be a list", value)
    return value


def _text(entry: dict[str, Any], key: str, where: str, path: Path | str) -> str | None:
    value = entry.get(key)
    if value is not None and not isinstance(value, str):
        _wrong(path, f"{where}.{key}", "must be text", value)
    return clean(value) or None if value is not None else None


def _explain(error: ValidationError, path: Path | str) -> NoReturn:
    problem = error.errors(include_url=False)[0]
    key = ".".join(str(part) for part in problem["loc"])
    if key == "date":
        _wrong(path, key, "must be a date such as 2025-03-20T09:00:00Z", problem.get("input"))
    _wrong(path, key, problem["msg"], problem.get("input"))


def _wrong(path: Path | str, key: str, rule: str, value: object) -> NoReturn:
    shown = f'"{shorten(value)}"' if isinstance(value, str) else _kind(value)
    raise InputError(f'"{sound(key)}" {rule}, not {shown}', path=path)


def _kind(value: object) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return shorten(f"{value:g}" if isinstance(value, float) else "a number")
    return "a list" if isinstance(value, list) else "an object" if isinstance(value, dict) else "text"
