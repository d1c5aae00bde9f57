"""What a transcription server answers, as segments: its words where it gives them, else its segments, else
its text spread over the speech.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any

from coachbot.errors import ServerFailedError
from coachbot.transcribe.pieces import plain, unspaced, visible
from coachbot.transcribe.vad import Span
from coachbot.transcribe.words import Segment, Word

MOST = 50_000
"""Words or segments of one answer; ten minutes of speech have some 2,000."""
_LANGUAGES = {
    "english": "en", "german": "de", "french": "fr", "spanish": "es", "italian": "it", "portuguese": "pt",
    "dutch": "nl", "polish": "pl", "swedish": "sv", "danish": "da", "norwegian": "no", "finnish": "fi",
    "czech": "cs", "slovak": "sk", "hungarian": "hu", "romanian": "ro", "bulgarian": "bg", "greek": "el",
    "turkish": "tr", "russian": "ru", "ukrainian": "uk", "arabic": "ar", "hebrew": "he", "hindi": "hi",
    "japanese": "ja", "korean": "ko", "chinese": "zh", "vietnamese": "vi", "thai": "th", "indonesian": "id",
}  # fmt: skip


def segments_of(
    answer: Mapping[str, Any], chunk: Sequence[Span], language: str | None, where: str
) -> Iterator[Segment]:
    """The segments of an answer to a file that holds the recording from chunk[0].start to chunk[-1].end.

    Times come out as seconds of the recording, inside of the file. Raises ServerFailedError (naming `where`)
    for an answer that is no transcription.
    """
    text = answer.get("text")
    listed = _objects(answer.get("segments"))
    words = _words(_objects(answer.get("words")))
    if not isinstance(text, str) and not listed and not words:
        raise ServerFailedError(f"{where} sent no transcription: neither text nor segments are in its answer")
    spoken = language or _language(answer.get("language"))
    start, end = chunk[0].start, chunk[-1].end
    if len(listed) > MOST or len(words) > MOST:
        raise ServerFailedError(f"{where} sent far more words than anybody can say in the time")
    if listed:
        found = [_segment(s, words, spoken) for s in listed]
    elif words:
        found = [_whole(words, text if isinstance(text, str) else "", spoken)]
    else:
        found = list(_spread(str(text), chunk, spoken))
        start = 0.0  # these are the recording's times already
    for segment in found:
        moved = _moved(segment, start, end)
        if visible(moved.text) or moved.words:
            yield moved


def _objects(value: object) -> list[Mapping[str, Any]]:
    return [v for v in value if isinstance(v, Mapping)] if isinstance(value, list) else []


def _number(value: object, otherwise: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return otherwise
    return float(value)


def _language(value: object) -> str | None:
    if not isinstance(value, str) or not value.strip():
        return None
    name = value.strip().casefold()
    return _LANGUAGES.get(name, name.split("-")[0] if len(name.split("-")[0]) <= 3 else None)


def _words(found: Sequence[Mapping[str, Any]], otherwise: float = 1.0) -> list[Word]:
    """Words as they come. Servers that give no probability leave it at `otherwise`."""
    words = []
    for entry in found:
        text = entry.get("word", entry.get("text"))
        start = _number(entry.get("start"), -1.0)
        end = _number(entry.get("end"), start)
        if not isinstance(text, str) or not text.strip() or start < 0:
            continue
        chance = entry.get("probability", entry.get("score", entry.get("confidence")))
        words.append(Word(text, start, max(start, end), min(1.0, max(0.0, _number(chance, otherwise)))))
    return words


def _segment(entry: Mapping[str, Any], words: Sequence[Word], language: str | None) -> Segment:
    text = entry["text"] if isinstance(entry.get("text"), str) else ""
    start = max(0.0, _number(entry.get("start"), 0.0))
    end = max(start, _number(entry.get("end"), start))
    logprob = min(0.0, _number(entry.get("avg_logprob"), 0.0))
    own = _words(_objects(entry.get("words")), math.exp(logprob))
    if own:
        timed = _spaced(own)
    else:
        inside = [w for w in words if start - 0.05 <= (w.start + w.end) / 2 < end + 0.05]
        timed = _aligned(text, inside, math.exp(logprob))
    return Segment(
        words=tuple(timed), start=start, end=end, text=text, language=language, avg_logprob=logprob,
        no_speech_prob=min(1.0, max(0.0, _number(entry.get("no_speech_prob"), 0.0))),
        compression_ratio=max(0.0, _number(entry.get("compression_ratio"), 1.0)),
    )  # fmt: skip


def _whole(words: Sequence[Word], text: str, language: str | None) -> Segment:
    timed = _aligned(text, words, 1.0) if text.strip() else _spaced(words)
    return Segment(tuple(timed), words[0].start, words[-1].end, text, language, 0.0, 0.0, 1.0)


def _spaced(words: Sequence[Word]) -> list[Word]:
    """Words with a space before each where the server left them all out."""
    if any(w.text[:1].isspace() for w in words):
        return list(words)
    return [w if unspaced(w.text) else Word(f" {w.text}", w.start, w.end, w.probability) for w in words]


def _aligned(text: str, words: Sequence[Word], probability: float) -> list[Word]:
    """The text's own words, with marks, in the times of the server's (which come without marks).

    Words of the text that have no equal keep to the time between their neighbours. Nothing where the server
    gave no words: the text is spread over the segment later.
    """
    if not words:
        return []
    parts = visible(text).split()
    if not parts or any(unspaced(p) for p in parts):
        return _spaced(words)
    mine, theirs = [plain(p) for p in parts], [plain(w.text) for w in words]
    at: dict[int, Word] = {}
    for block in SequenceMatcher(None, mine, theirs, autojunk=False).get_matching_blocks():
        at.update({block.a + n: words[block.b + n] for n in range(block.size)})
    return [_timed(n, part, at, words, len(parts), probability) for n, part in enumerate(parts)]


def _timed(
    n: int, text: str, at: Mapping[int, Word], words: Sequence[Word], total: int, probability: float
) -> Word:
    found = at.get(n)
    if found is not None:
        known = found.probability if found.probability < 1.0 else probability
        return Word(f" {text}", found.start, found.end, known)
    before = max((k for k in at if k < n), default=-1)
    after = min((k for k in at if k > n), default=total)
    left = at[before].end if before >= 0 else words[0].start
    right = at[after].start if after < total else words[-1].end
    right = max(left, right)
    step = (right - left) / (after - before - 1)
    begin = left + step * (n - before - 1)
    return Word(f" {text}", round(begin, 3), round(begin + step, 3), probability)


def _spread(text: str, chunk: Sequence[Span], language: str | None) -> Iterator[Segment]:
    """A text without times, over the spans of speech, by their length."""
    words = visible(text).split()
    total = sum(s.end - s.start for s in chunk)
    done, passed = 0, 0.0
    for n, span in enumerate(chunk):
        passed += span.end - span.start
        last = len(words) if n == len(chunk) - 1 else round(len(words) * passed / total)
        if last > done:
            line = " " + " ".join(words[done:last])
            yield Segment((), span.start, span.end, line, language, 0.0, 0.0, 1.0)
        done = last


def _moved(segment: Segment, start: float, end: float) -> Segment:
    def at(seconds: float) -> float:
        return round(min(seconds + start, end), 3)

    return Segment(
        words=tuple(Word(w.text, at(w.start), at(w.end), w.probability) for w in segment.words),
        start=at(segment.start), end=at(segment.end), text=segment.text, language=segment.language,
        avg_logprob=segment.avg_logprob, no_speech_prob=segment.no_speech_prob,
        compression_ratio=segment.compression_ratio,
    )  # fmt: skip
