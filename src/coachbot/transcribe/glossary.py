"""Words to expect in a call: names from the meta file, a team's glossary, words of the playbook."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from coachbot.errors import InputError
from coachbot.model.playbook import Playbook
from coachbot.model.transcript import CallMeta
from coachbot.transcribe.phonetic import latin

FILE_NAME = "glossary.txt"
LONGEST = 60
"""Characters of a term."""
MOST_TERMS = 2000
MOST_BYTES = 1_000_000
BUDGET = 200
"""Tokens of hotwords. Whisper reads 224 tokens before a window; faster-whisper cuts off what is more."""


@dataclass(frozen=True, slots=True)
class Term:
    """A word or name to expect. `sounds` is what a recogniser writes for it; `source` is where it is from."""

    text: str
    sounds: tuple[str, ...] = ()
    source: str = ""


def read_glossary(path: Path) -> tuple[Term, ...]:
    """The terms of a glossary: one a line, `term` or `term: sounds like, sounds like`; `#` begins a comment.

    Raises InputError naming file and line of what is wrong.
    """
    try:
        data = path.read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(f"the glossary cannot be read ({reason}); check the path", path=path) from None
    if len(data) > MOST_BYTES:
        raise InputError("this is too large for a glossary: one term a line", path=path)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError("the glossary is not UTF-8 here; save it as UTF-8", path=path, line=line) from None
    terms = [term for n, line in enumerate(text.split("\n"), 1) if (term := _term(line, path, n))]
    if len(terms) > MOST_TERMS:
        raise InputError(
            f"{len(terms):,} terms are too many to tell apart by sound; keep the {MOST_TERMS:,} that matter",
            path=path,
        )
    return tuple(_merged(terms))


def _term(line: str, path: Path, number: int) -> Term | None:
    content = " ".join(re.sub(r"(?:^|\s)#.*", "", line).split())
    if not content:
        return None
    text, colon, rest = (part.strip() for part in content.partition(":"))
    sounds = [s.strip() for s in rest.split(",")] if rest else []

    def wrong(message: str) -> InputError:
        return InputError(message, path=path, line=number)

    if not latin(text):
        raise wrong("there is no term before the colon; write `term: sounds like, sounds like`")
    if colon and not rest:
        raise wrong(f"nothing follows the colon; write what {text!r} sounds like, or leave the colon out")
    if any(not latin(s) for s in sounds):
        raise wrong("a sound-alike is empty; write `term: sounds like, sounds like`")
    if any(not c.isprintable() for c in content):
        raise wrong("the line holds control characters; write the term anew")
    longest = max([text, *sounds], key=len)
    if len(longest) > LONGEST:
        raise wrong(f"{longest[:20]}… is longer than {LONGEST} characters; a term is a word or a name")
    return Term(text, tuple(dict.fromkeys(sounds)), f"{path.name}:{number}")


def _merged(terms: Iterable[Term]) -> Iterator[Term]:
    """Each term once, with all that it sounds like."""
    found: dict[str, Term] = {}
    for term in terms:
        old = found.get(term.text)
        sounds = tuple(dict.fromkeys([*(old.sounds if old else ()), *term.sounds]))
        found[term.text] = Term(term.text, sounds, old.source if old else term.source)
    return iter(found.values())


def terms_of(
    meta: CallMeta | None = None,
    *,
    glossary: Path | None = None,
    home: Path | None = None,
    playbook: Playbook | None = None,
) -> tuple[Term, ...]:
    """The words to expect, the likeliest first: people and companies, the glossary, the playbook's names.

    `glossary` is a file; without it, `glossary.txt` in the workspace `home` is read where it is there.
    Raises InputError for a bad glossary.
    """
    own = home / FILE_NAME if home is not None else None
    path = glossary or (own if own is not None and own.is_file() else None)
    found = [*_names(meta), *(read_glossary(path) if path else ()), *_playbook(playbook)]
    return tuple(_merged(t for t in found if latin(t.text)))


def _names(meta: CallMeta | None) -> Iterator[Term]:
    if meta is None:
        return
    companies = [meta.deal.account, *(p.company for p in meta.participants)]
    people = [*(p.name for p in meta.participants), *meta.deal.contacts]
    for text in (*people, *companies):
        if text and len(text) <= LONGEST:
            yield Term(" ".join(text.split()), (), "meta")


def _playbook(playbook: Playbook | None) -> Iterator[Term]:
    """Choices that are names (with a capital), and abbreviations in labels. Example utterances are left out:
    their names are invented.
    """
    if playbook is None:
        return
    for field in playbook.fields:
        for option in field.options:
            if any(c.isupper() for c in option) and len(option) <= LONGEST:
                yield Term(option, (), "playbook")
    labels = [f.label for f in playbook.fields] + [o.label for o in playbook.objections]
    for label in (*labels, *(m.name for m in playbook.methodologies)):
        for word in re.findall(r"\b[A-Z][A-Z0-9]+\b", label):
            yield Term(word, (), "playbook")


def hotwords(
    terms: Sequence[Term], *, budget: int = BUDGET, tokens: Callable[[str], int] | None = None
) -> tuple[str, tuple[str, ...]]:
    """The terms as a line for the recogniser, and those for which there is no room.

    `tokens` counts the tokens of a text as the model does; by default they are estimated, on the high side.
    The first terms count most.
    """
    count = tokens or _estimate
    chosen: list[str] = []
    left: list[str] = []
    used = 0
    for term in terms:
        size = count(f" {term.text},")
        if used + size <= budget:
            chosen.append(term.text)
            used += size
        else:
            left.append(term.text)
    return ", ".join(chosen), tuple(left)


def _estimate(text: str) -> int:
    """Names fall into pieces of two or three letters, other scripts into one or two a character."""
    return 1 + sum(-(-len(w) // 2) if w.isascii() else 2 * len(w) for w in text.split())
