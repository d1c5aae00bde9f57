"""Which column holds what: known exports by their header, others by a mapping file.

# mapping.yaml
columns: {name: Deal, account: Company, stage: Phase, close_date: "Expected close"}
stages: {"1 - Intro": qualification, "2 - Deep dive": discovery}
date_format: "%d.%m.%Y"
"""

from __future__ import annotations

from collections.abc import Mapping as Dict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from coachbot.errors import InputError, UsageError

KEYS: dict[str, tuple[str, ...]] = {
    "deals": ("external_id", "name", "account", "stage", "outcome", "segment", "product", "amount",
              "currency", "source", "opened_on", "close_date", "closed_on", "loss_reason", "owner"),
    "contacts": ("name", "first_name", "last_name", "account", "title", "email", "influence"),
}  # fmt: skip

PRESETS: dict[str, dict[str, dict[str, tuple[str, ...]]]] = {
    "salesforce": {
        "deals": {
            "external_id": ("Opportunity ID", "Id", "Opportunity: ID"),
            "name": ("Opportunity Name", "Name"),
            "account": ("Account Name", "Account.Name", "Account: Account Name"),
            "stage": ("Stage", "StageName"),
            "amount": ("Amount",),
            "currency": ("Amount Currency", "CurrencyIsoCode", "Opportunity Currency"),
            "close_date": ("Close Date", "CloseDate"),
            "opened_on": ("Created Date", "CreatedDate"),
            "source": ("Lead Source", "LeadSource"),
            "owner": ("Opportunity Owner", "Owner.Email", "Owner Email", "Opportunity Owner: Email"),
            "segment": ("Segment", "Type"),
            "loss_reason": ("Loss Reason", "Closed Lost Reason"),
        },
        "contacts": {
            "first_name": ("First Name", "FirstName"),
            "last_name": ("Last Name", "LastName"),
            "name": ("Full Name", "Name", "Contact Name"),
            "account": ("Account Name", "Account.Name"),
            "title": ("Title",),
            "email": ("Email",),
        },
    },
    "hubspot": {
        "deals": {
            "external_id": ("Record ID", "Deal ID", "Record ID - Deal"),
            "name": ("Deal Name",),
            "account": ("Associated Company", "Associated Company (Primary)", "Company name"),
            "stage": ("Deal Stage",),
            "amount": ("Amount",),
            "currency": ("Currency",),
            "close_date": ("Close Date",),
            "opened_on": ("Create Date",),
            "owner": ("Deal owner", "Deal Owner"),
            "loss_reason": ("Closed Lost Reason",),
            "segment": ("Deal Type",),
        },
        "contacts": {
            "first_name": ("First Name",),
            "last_name": ("Last Name",),
            "account": ("Associated Company", "Company Name", "Associated Company (Primary)"),
            "title": ("Job Title",),
            "email": ("Email",),
        },
    },
}


@dataclass(frozen=True)
class Mapping:
    """Columns by what they hold. `stages` maps the CRM's stage names to the playbook's ids."""

    name: str
    columns: dict[str, str]
    stages: dict[str, str] = field(default_factory=dict)
    date_format: str | None = None

    def column(self, key: str) -> str | None:
        """The column that holds it."""
        return self.columns.get(key)

    def value(self, row: Dict[str, str], key: str) -> str | None:
        """What a row holds there; None where it is empty or there is no such column."""
        column = self.columns.get(key)
        return (row.get(column) or None) if column else None

    def unmapped(self, header: Sequence[str]) -> tuple[str, ...]:
        """Columns of the file that are not read."""
        used = set(self.columns.values())
        return tuple(h for h in header if h and h not in used)


def mapping_for(kind: str, header: Sequence[str], path: Path, file: Path | None) -> Mapping:
    """The mapping file's, else the preset that knows most of the header. Raises InputError, UsageError."""
    if file is not None:
        return _from_file(kind, header, path, file)
    found = [(_known(preset[kind], header), name) for name, preset in PRESETS.items()]
    columns, name = max(found, key=lambda f: (("account" in f[0]) + ("name" in f[0]), len(f[0])))
    if "account" not in columns or not {"name", "last_name"} & columns.keys():
        raise InputError(
            f"the columns ({', '.join(h for h in header[:8] if h)} …) are of no export that is known: "
            f"describe them with --map; keys: {', '.join(KEYS[kind])}",
            path=path,
            line=1,
        )
    return Mapping(name, columns)


def _known(preset: dict[str, tuple[str, ...]], header: Sequence[str]) -> dict[str, str]:
    names = {h.casefold(): h for h in header}
    return {
        key: names[word.casefold()]
        for key, words in preset.items()
        for word in words[::-1]
        if word.casefold() in names
    }


def _from_file(kind: str, header: Sequence[str], path: Path, file: Path) -> Mapping:
    told = _read(file)
    for key in told:
        if key not in ("columns", "stages", "date_format"):
            raise InputError(f"{key!r} is not known; there are columns, stages and date_format", path=file)
    columns, stages = told.get("columns"), told.get("stages") or {}
    if not isinstance(columns, dict) or not columns or not isinstance(stages, dict):
        raise InputError("columns must map keys to column names, and stages names to ids", path=file)
    for key, column in columns.items():
        if key not in KEYS[kind]:
            raise InputError(f"columns: {key!r} is not known; there are {', '.join(KEYS[kind])}", path=file)
        if column not in header:
            raise UsageError(f"{file}: {path.name} has no column {column!r}; it has {', '.join(header)}")
    if "name" not in columns and not (kind == "contacts" and "last_name" in columns):
        raise InputError("columns: name is missing", path=file)
    names = {str(k): str(v) for k, v in stages.items()}
    return Mapping(file.name, dict(columns), names, told.get("date_format"))


def _read(file: Path) -> dict[str, Any]:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        told = YAML(typ="safe").load(file.read_text("utf-8-sig"))
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror})", path=file) from error
    except UnicodeDecodeError as error:
        raise InputError("is not UTF-8 text", path=file) from error
    except YAMLError as error:
        mark = error.problem_mark if isinstance(error, MarkedYAMLError) else None
        raise InputError("is not YAML", path=file, line=mark.line + 1 if mark else None) from error
    if not isinstance(told, dict):
        raise InputError("must hold `columns:` and, where needed, `stages:` and `date_format:`", path=file)
    return told
