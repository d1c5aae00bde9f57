"""Make eval cases of a folder of labelled calls.

    import_calls.py FOLDER OUT --provenance TEXT [--tag TAG ...]

FOLDER/<id>/ holds turns.json (title, date, seller_company, buyer_company, participants, turns) and
gold.json; NOTES.md comes along where there is one. OUT/<id>/ becomes an eval case. Calls of one selling
company share a cluster. A case that is already there is written anew.
"""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path
from typing import Any

from coachbot.evals.cases import CaseFile, read_case, write_case

NOISY = re.compile(r"heavy recognition errors", re.IGNORECASE)
ENDS = re.compile(r"[.?!]")


def slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def tags_of(call: dict[str, Any], gold: dict[str, Any], notes: str, order: list[str]) -> list[str]:
    """The stage, where the deal goes, and how the text reads (raw: neither capitals nor full stops)."""
    texts = [t["text"] for t in call["turns"]]
    before, after = gold["deal"]["stage_before"], gold["stage_after"]
    tags = [before]
    if before == after:
        tags.append("stays")
    elif before in order and after in order:
        tags.append("advances" if order.index(after) > order.index(before) else "goes-back")
    if sum(t == t.lower() and not ENDS.search(t) for t in texts) > 0.9 * len(texts):
        tags.append("raw")
    if NOISY.search(notes):
        tags.append("noisy")
    return tags


def meta_of(call: dict[str, Any], gold: dict[str, Any]) -> dict[str, Any]:
    deal = gold["deal"]
    return {
        "title": call["title"],
        "date": call["date"],
        "participants": call["participants"],
        "deal": {
            "account": call["buyer_company"],
            "stage": deal["stage_before"],
            "opened_days_ago": deal["opened_days_ago"],
            "days_in_stage": deal["days_in_stage"],
            "segment": deal["segment"],
            "contacts": deal["known_stakeholders"],
        },
    }


def import_call(folder: Path, out: Path, *, provenance: str, tags: list[str], order: list[str]) -> None:
    call = json.loads((folder / "turns.json").read_text(encoding="utf-8"))
    gold = json.loads((folder / "gold.json").read_text(encoding="utf-8"))
    page = folder / "NOTES.md"
    notes = page.read_text(encoding="utf-8") if page.is_file() else ""
    head = CaseFile(
        id=folder.name,
        cluster=slug(call["seller_company"]),
        account=call["buyer_company"],
        provenance=provenance,
        tags=(*tags_of(call, gold, notes, order), *tags),
    )
    target = out / folder.name
    write_case(target, head=head, transcript=call, meta=meta_of(call, gold), gold=gold, notes=notes or None)
    read_case(target)  # what was written must be readable


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--provenance", required=True)
    parser.add_argument("--tag", action="append", default=[])
    parser.add_argument("--playbook", help="for the order of the stages; default: coachbot's own")
    args = parser.parse_args()
    from coachbot.playbook import load_playbook

    order = [s.id for s in load_playbook(args.playbook).stages]
    calls = sorted(p for p in args.folder.iterdir() if (p / "gold.json").is_file())
    if not calls:
        parser.error(f"{args.folder}: no folder in it holds a gold.json")
    for folder in calls:
        import_call(folder, args.out, provenance=args.provenance, tags=args.tag, order=order)
    print(f"{len(calls)} cases written to {args.out}")


if __name__ == "__main__":
    main()
