"""The moments of calls that bear on a question."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from coachbot.coach.look import likeness
from coachbot.coach.speak import content_words
from coachbot.coach.types import Moment
from coachbot.store import Unit

MOST_ADDED = 20
"""Calls that are put into the index on the way; what is more waits for the pipeline."""
NEAR, HELD = 0.42, 0.6
"""Cosine to the question, or share of its telling words in the passage, from which a moment bears on it."""
CONTEXT = 1
_PLAIN = frozenset(
    [
        "what",
        "when",
        "where",
        "who",
        "whom",
        "whose",
        "which",
        "why",
        "how",
        "did",
        "does",
        "do",
        "was",
        "were",
        "are",
        "is",
        "the",
        "and",
        "for",
        "with",
        "about",
        "from",
        "that",
        "this",
        "they",
        "them",
        "their",
        "there",
        "have",
        "has",
        "had",
        "say",
        "said",
        "says",
        "tell",
        "told",
        "talk",
        "talked",
        "any",
        "anybody",
        "anyone",
        "anything",
        "ever",
        "call",
        "calls",
        "deal",
        "deals",
        "customer",
        "customers",
        "buyer",
        "buyers",
        "our",
        "ours",
        "you",
        "your",
        "could",
        "would",
        "should",
        "can",
        "will",
        "been",
        "being",
        "than",
        "then",
        "them",
        "into",
        "over",
        "under",
        "some",
        "most",
        "many",
        "much",
        "more",
        "less",
        "mention",
        "mentioned",
    ]
)


def _speaker(row: Mapping[str, object]) -> str:
    return " ".join(str(row.get("speaker") or "").split())


def telling(question: str) -> set[str]:
    """The question's words that say what it is about."""
    return {w for w in content_words(question) if w not in _PLAIN}


def find(
    unit: Unit,
    question: str,
    call_ids: set[str],
    *,
    most: int = 6,
    notes: list[str] | None = None,
    speaker: str | None = None,
) -> list[Moment]:
    """Moments of those calls that bear on the question, best first; empty where none does.

    With `speaker` (the name in full) only that person's words. Hybrid search over the index of calls gives
    stretches; within each the turn is taken that is nearest.
    """
    if not call_ids or not question.strip():
        return []
    stretches = list(_stretches(unit, question, call_ids, notes if notes is not None else []))
    turns = unit.transcripts.turns({call for call, _, _ in stretches})
    alike = likeness()
    found: dict[tuple[str, int], tuple[float, Moment]] = {}
    # the name itself is found everywhere
    wanted = telling(question) - content_words(speaker or "")
    titles = {c: call.title for c, call in unit.calls.many(list(turns)).items()}
    for call_id, first, last in stretches:
        rows = turns.get(call_id, [])[first : last + 1]
        numbers = [
            n
            for n, row in enumerate(rows, start=first)
            if len(str(row.get("text", "")).split()) >= 3 and (speaker is None or _speaker(row) == speaker)
        ]
        texts = [str(turns[call_id][n]["text"]) for n in numbers]
        if not texts:
            continue
        scored = _scores(question, wanted, texts, alike)
        best = max(range(len(texts)), key=lambda at: scored[at])
        moment = moment_of_row(call_id, titles.get(call_id, ""), numbers[best], turns[call_id][numbers[best]])
        bears = scored[best] >= 1.0
        key = (call_id, moment.turn)
        if bears and (key not in found or found[key][0] < scored[best]):
            found[key] = (scored[best], moment)
    ranked = sorted(found.values(), key=lambda row: -row[0])
    return [m for _, m in ranked[:most]]


def _scores(
    question: str, wanted: set[str], texts: Sequence[str],
    alike: Callable[[str, Sequence[str]], Sequence[float]] | None,
) -> list[float]:  # fmt: skip
    """1.0 and more: it bears on the question, by meaning or by words."""
    near = alike(question, texts) if alike else [0.0] * len(texts)
    held = [len(wanted & content_words(t)) / len(wanted) if wanted else 0.0 for t in texts]
    return [max(n / NEAR, h / HELD) + 0.3 * min(n / NEAR, h / HELD) for n, h in zip(near, held, strict=True)]


def _stretches(
    unit: Unit, question: str, call_ids: set[str], notes: list[str]
) -> Iterable[tuple[str, int, int]]:
    """(call, first turn, last turn) of what the indexes find, best first."""
    from coachbot.errors import SearchError
    from coachbot.retrieval import CallIndex

    try:
        index = CallIndex.open()
    except SearchError as error:
        notes.append(str(error))
        yield from _by_words(unit, question, call_ids)
        return
    try:
        missing = sorted(call_ids - index.owners())
        for call_id in missing[:MOST_ADDED]:
            _add(unit, index, call_id)
        if len(missing) > MOST_ADDED:
            notes.append(f"{len(missing) - MOST_ADDED} calls are not indexed yet and were not searched")
        for hit in index.search(question, k=12, call_ids=call_ids, kinds=("transcript", "fact")):
            extra = hit.passage.extra
            if hit.passage.source == "fact":
                for turn in list(extra.get("turns") or [])[:1]:
                    yield str(extra["call_id"]), int(turn), int(turn)
            else:
                yield str(extra["call_id"]), int(extra["first_turn"]), int(extra["last_turn"])
    except SearchError as error:
        notes.append(str(error))
        yield from _by_words(unit, question, call_ids)
    finally:
        index.close()


def _add(unit: Unit, index: object, call_id: str) -> None:
    from coachbot.retrieval import CallIndex, transcript_passages

    assert isinstance(index, CallIndex)
    if unit.transcripts.info(call_id) is None:
        return
    call = unit.calls.need(call_id)
    passages = transcript_passages(unit.transcripts.load(call_id), call_id=call_id, title=call.title)
    index.replace(call_id, passages, deal_id=call.deal_id)


def _by_words(unit: Unit, question: str, call_ids: set[str]) -> Iterable[tuple[str, int, int]]:
    for word in sorted(telling(question), key=len, reverse=True)[:4]:
        for hit in unit.search(word, limit=20).items:
            if hit.call.id in call_ids and hit.turn is not None:
                yield hit.call.id, max(0, hit.turn - CONTEXT), hit.turn + CONTEXT


def moment_of_row(call_id: str, title: str, number: int, row: Mapping[str, object]) -> Moment:
    """A turn of a stored transcript as a moment."""
    start = row.get("start_s")
    return Moment(
        turn=number, speaker=str(row["speaker"]) if row.get("speaker") else None,
        start_s=float(str(start)) if start is not None else None, quote=str(row["text"]),
        call_id=call_id, call_title=title,
    )  # fmt: skip
