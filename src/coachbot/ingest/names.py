"""Names as exports write them: split into name, title and company, and compared."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import lru_cache

from coachbot.ingest.clean import clean
from coachbot.ingest.vocabulary import JOB_SHORTS, JOB_WORDS, JOBS, NOBODY, REMARKS

_LETTERS = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ß": "ss", "æ": "ae", "œ": "oe", "ð": "d", "þ": "th", "ı": "i", "’": "'"}
)


@lru_cache(maxsize=4096)
def name_key(name: str) -> str:
    """A name as it is compared: no case, no accents, no punctuation, single spaces."""
    folded = unicodedata.normalize("NFKD", name).casefold().translate(_LETTERS)
    kept = (
        c if c.isalnum() or c in "&+" else "" if unicodedata.combining(c) or c == "'" else " " for c in folded
    )
    return " ".join("".join(kept).split())


@dataclass(frozen=True)
class Label:
    """What a label says about somebody."""

    name: str
    title: str | None = None
    company: str | None = None
    email: str | None = None


_COMPANY_END = re.compile(
    r"(?i)\b(?:inc|ltd|llc|llp|gmbh|ag|plc|corp|corporation|co|company|group|bv|b\.v|nv|sa|s\.a|srl|spa|oy|ab|as|kg|"
    r"pty|limited|technologies|software|systems|labs|solutions|partners|consulting|bank|university|hospital)\.?$"
)
_EMAIL = re.compile(r"[\w.+'-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}")


def is_nobody(label: str | None) -> bool:
    """Whether a label says that the speaker is not known."""
    return label is None or name_key(label) in NOBODY


def is_title(text: str) -> bool:
    """Whether the words are somebody's job."""
    words = [w.strip(".,") for w in text.casefold().replace("-", " ").replace("/", " ").split()]
    return any(w in JOBS for w in words) or (
        bool(words) and words[0] in ("chief", "sales") and len(words) > 1
    )


def parse_label(label: str, companies: Collection[str] = ()) -> Label:
    """Name, title, company and e-mail of a label such as `Jane Doe (CTO, Acme)` or `Doe, Jane | Acme`.

    `companies` holds keys (name_key) of companies known for the call. What cannot be told apart stays part
    of the name: nothing is guessed.
    """
    text = clean(label).strip("*_`").strip()
    text = text[:-1].rstrip() if text.endswith(":") else text
    if text[:1] == "[" and text[-1:] == "]":
        text = text[1:-1].strip()
    email = _EMAIL.search(text)
    found = Label("", email=email.group().casefold() if email else None)
    if email:
        rest = clean(re.sub(r"[<(\[]?\s*" + re.escape(email.group()) + r"\s*[>)\]]?", " ", text))
        text = rest or text
    base, extras = _extras(text)
    whole = base
    for extra in extras:
        found, used = _classify(found, extra, len(base.split()), companies)
        if not used:
            whole = f"{whole} ({extra})"
    if whole != base:
        return replace(found, name=whole)
    base, found = _after_comma(base, found, companies)
    base, found = _trailing_role(base, found)
    return replace(found, name=base or text)


def _extras(text: str) -> tuple[str, list[str]]:
    extras: list[str] = []
    slash = () if "(" in text or "[" in text else ("/",)
    for separator in (" | ", " @ ", " • ", " – ", " — ", " - ", " / ", *slash):
        head, found, tail = text.partition(separator)
        if found and head.strip():
            text = head.strip()
            extras.extend(t.strip() for t in tail.split(separator))
    inner = re.findall(r"[(\[]([^()\[\]]{1,80})[)\]]", text)
    base = clean(re.sub(r"[(\[][^()\[\]]{0,80}[)\]]", " ", text))
    if not base:
        return text, []
    return base, [clean(i) for i in inner] + extras


def _classify(found: Label, extra: str, words: int, companies: Collection[str]) -> tuple[Label, bool]:
    low = extra.casefold()
    if low in REMARKS or all(w in REMARKS for w in re.split(r"[\s,/]+", low)):
        return found, True
    at = re.split(r"\s+(?:at|@)\s+", extra, maxsplit=1)
    head, comma, tail = extra.rpartition(",")
    if len(at) == 2 and is_title(at[0]):
        return replace(found, title=at[0], company=at[1]), True
    if comma and is_title(head):
        if is_title(tail) and name_key(tail) not in companies:  # "Manager, Sales Operations and Head of X"
            return replace(found, title=extra), True
        return replace(found, title=head.strip(), company=tail.strip()), True
    if comma and is_title(tail):
        return replace(found, title=tail.strip(), company=head.strip()), True
    if is_title(extra):
        title, company = _company_before_title(extra, companies)
        return replace(found, title=found.title or title, company=found.company or company), True
    key = name_key(extra)
    named = extra[:1].isupper() and (words >= 2 or " " in extra)
    company_like = key in companies or named or bool(_COMPANY_END.search(extra)) or _camel(extra)
    if company_like and found.company is None and not extra.isdigit():
        return replace(found, company=extra), True
    return found, False


def _company_before_title(extra: str, companies: Collection[str]) -> tuple[str, str | None]:
    """`TribeAI Sales Rep` is a company and a title; `Field Service Manager` is a title."""
    words = extra.split()
    for size in range(len(words) - 1, 0, -1):
        company, title = " ".join(words[:size]), " ".join(words[size:])
        if not all(w.casefold().strip(".,") in JOB_WORDS for w in title.split()):
            continue
        if name_key(company) in companies or (size == 1 and _camel(company)):
            return title, company
    return extra, None


def _camel(word: str) -> bool:
    return bool(re.fullmatch(r"\w*[a-z]\w*[A-Z]\w*", word)) and word.isalnum()


def _after_comma(base: str, found: Label, companies: Collection[str]) -> tuple[str, Label]:
    left, comma, right = (p.strip() for p in base.partition(","))
    if not comma or not left or not right:
        return base, found
    if is_title(right):
        title, more, company = (p.strip() for p in right.rpartition(","))
        if more and not is_title(company):
            return left, replace(found, title=title, company=found.company or company)
        return left, replace(found, title=found.title or right)
    if name_key(right) in companies or _COMPANY_END.search(right):
        return left, replace(found, company=found.company or right)
    single = len(left.split()) == 1 or "-" in left.split()[0]
    if "," not in right and single and len(right.split()) <= 3 and not any(c.isdigit() for c in base):
        return f"{right} {left}", found
    return base, found


def _trailing_role(base: str, found: Label) -> tuple[str, Label]:
    words = base.split()
    if found.title is None and len(words) >= 2 and words[-1] in JOB_SHORTS:
        return " ".join(words[:-1]), replace(found, title=words[-1])
    size = len(words)
    while size > 1 and words[size - 1].casefold().strip(".,") in JOB_WORDS:
        size -= 1
    title = " ".join(words[size:])
    is_role = len(words) - size >= 2 and is_title(title)
    if found.title is None and is_role and size >= 1 and words[0].casefold() not in JOB_WORDS:
        return " ".join(words[:size]), replace(found, title=title)
    return base, found
