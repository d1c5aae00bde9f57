"""Terms of a text in any script.

Words where they are written apart. Chinese, Japanese, Korean and Thai runs become overlapping pairs of
characters, the usual way to search them without a dictionary: Nie, Gao, Zhang and Zhou, "On the use of words
and n-grams for Chinese information retrieval", IRAL 2000. Single Chinese characters come besides, as do whole
katakana words: 断る and 断られた share one character and no pair, and most pairs within a loan word say
nothing. Both: Savoy, "Comparative study of monolingual and multilingual search models for use with Asian
languages", ACM TALIP 4 (2005).
"""

from __future__ import annotations

import re
import unicodedata

_RUNS = (
    "぀-ヿㇰ-ㇿ"  # kana
    "㐀-䶿一-鿿々〆\uf900-\ufaff\U00020000-\U0003fffd"  # han
    "가-힣ᄀ-ᇿ"  # hangul
    "฀-๿຀-໿က-႟ក-៿"  # Thai, Lao, Burmese, Khmer
)
_UNSPACED = re.compile(f"[{_RUNS}]+")
_LETTER = re.compile(f"[{_RUNS}]")
_HIRAGANA = re.compile(r"[぀-ゟー]+")
_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff々〆\uf900-\ufaff\U00020000-\U0003fffd]")
_KATAKANA = re.compile("[゠-ヿㇰ-ㇿ]{3,}")
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")

_COMMON = (
    "a about after again all also am an and any are aren't as at be because been before being between both "
    "but by can can't cannot could did didn't do does doesn't doing don't down during each few for from "
    "further get gets getting got had has hasn't have haven't having he he's her here hers herself him "
    "himself his how how's i i'd i'll i'm i've if in into is isn't it it's its itself just keep keeps let "
    "let's like make makes me more most my myself need needs no nor not now of off on once one only or other "
    "our ours out over own really s same say says said saying she she's should shouldn't so some such t tell "
    "than that that's the their theirs them then there there's these they they're thing things this those "
    "through to too under until up us use very want wants was wasn't we we're we've were what what's when "
    "where which while who who's whom why will with won't would wouldn't you you're your yours"
)
COMMON = frozenset(_COMMON.split())
"""English words that say nothing of what is looked for."""


def normal(text: str) -> str:
    """NFKC and lower case, so that full-width letters and half-width kana meet their usual forms."""
    return unicodedata.normalize("NFKC", text).lower().replace("’", "'")


def terms(text: str) -> list[str]:
    """Words; of unspaced scripts pairs of characters, single Chinese ones and whole katakana words."""
    found: list[str] = []
    for word in _WORD.findall(normal(text)):
        at = 0
        for run in _UNSPACED.finditer(word):
            if run.start() > at:
                found.append(word[at : run.start()])
            found.extend(_pairs(run.group()))
            found.extend(_KATAKANA.findall(run.group()))
            found.extend(_HAN.findall(run.group()) if len(run.group()) > 1 else ())
            at = run.end()
        if at < len(word):
            found.append(word[at:])
    return found


def _pairs(run: str) -> list[str]:
    return [run] if len(run) == 1 else [run[at : at + 2] for at in range(len(run) - 1)]


def for_index(text: str) -> str:
    """The terms with blanks between them, as the word index takes them."""
    return " ".join(terms(text))


def for_query(text: str) -> list[str]:
    """The terms worth looking for, each once. Function words only where there is nothing else."""
    every = list(dict.fromkeys(terms(text)))
    telling = [t for t in every if t not in COMMON and not _HIRAGANA.fullmatch(t) and not _joint(t)]
    return telling or every


def _joint(term: str) -> bool:
    """Whether a pair is the end of a particle or ending and the start of the next word, such as の入."""
    return len(term) == 2 and bool(_HIRAGANA.fullmatch(term[0]) and _HAN.fullmatch(term[1]))


def unspaced_share(text: str) -> float:
    """Share of the letters that belong to scripts without blanks, 0 to 1."""
    letters = [c for c in text if c.isalpha()]
    return len(_LETTER.findall("".join(letters))) / len(letters) if letters else 0.0


def latin_share(text: str) -> float:
    """Share of the letters that are Latin (with or without marks), 0 to 1; 1 where there are no letters."""
    letters = [c for c in text if c.isalpha()]
    latin = sum(unicodedata.name(c, "").startswith(("LATIN", "FULLWIDTH LATIN")) for c in letters)
    return latin / len(letters) if letters else 1.0


def size(text: str) -> int:
    """About as many tokens as the encoder makes of it: 1.3 a word, one a character of unspaced scripts."""
    dense = len(_LETTER.findall(text))
    return dense + int(1.3 * len(_UNSPACED.sub(" ", text).split()))


def matched(text: str, query: str) -> list[tuple[int, int]]:
    """Where the words of a query stand in a text, start and end; nearly the forms that the search matches.

    Words match when they are the same up to their endings; characters of unspaced scripts as pairs.
    """
    wanted = for_query(query)
    words = [w for w in wanted if not _LETTER.search(w)]
    spans = [m.span() for m in _WORD.finditer(text) if any(_alike(normal(m.group()), w) for w in words)]
    dense = [w for w in wanted if _LETTER.search(w)]
    # a single character would light up half of a Japanese page
    for pair in [w for w in dense if len(w) > 1] or dense:
        at = text.find(pair)
        while at >= 0:
            spans.append((at, at + len(pair)))
            at = text.find(pair, at + 1)
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _alike(word: str, wanted: str) -> bool:
    if word == wanted:
        return True
    shorter = min(len(word), len(wanted))
    same = next((at for at in range(shorter) if word[at] != wanted[at]), shorter)
    return same >= 4 and max(len(word), len(wanted)) - same <= 3
