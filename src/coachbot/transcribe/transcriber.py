"""A recording becomes a transcript: decode, find speech, recognise, clean, put the sides together.

>>> from coachbot.transcribe import transcribe_file
>>> transcript = transcribe_file("call.mp3", language="en")          # doctest: +SKIP
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

from coachbot.errors import AudioError, UsageError
from coachbot.model.transcript import CallMeta, Transcript
from coachbot.settings import settings
from coachbot.transcribe.again import second_try
from coachbot.transcribe.assemble import Recording, assemble
from coachbot.transcribe.audio import RATE, open_audio
from coachbot.transcribe.bleed import Side
from coachbot.transcribe.diarize import Diarizer
from coachbot.transcribe.glossary import Term, hotwords, terms_of
from coachbot.transcribe.models import SpeechModelError
from coachbot.transcribe.prepare import prepare
from coachbot.transcribe.resume import Heard, Work
from coachbot.transcribe.resume import Piece as Kept
from coachbot.transcribe.sides import knows_channels
from coachbot.transcribe.sound import cut, file_hash
from coachbot.transcribe.spans import SpeakerSpan
from coachbot.transcribe.vad import Span, keep, padded, speech, widened, windows
from coachbot.transcribe.words import Recognizer, Segment

PIECE_WINDOWS = 16
"""Windows of 30 seconds of speech that are recognised, and kept for a resumed run, at a time."""
SHORT_S = 120.0
SHORT_BYTES = 12_000_000
"""A recording as short as this is looked at before it is said that the model is missing."""
PIECE_S = 3600.0
"""The longest stretch of a recording, silences included, that a piece may span."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a step has come: `done` of `total` seconds."""

    step: str
    done: float
    total: float


@dataclass(frozen=True, slots=True)
class _Piece:
    """A stretch of a channel to recognise: samples `sample` to `last`, with its speech in seconds."""

    file: int
    channel: int
    number: int
    sample: int
    last: int
    spans: tuple[Span, ...]

    @property
    def seconds(self) -> float:
        return sum(s.end - s.start for s in self.spans)


def transcribe_recording(
    path: Path | str,
    meta: CallMeta | None = None,
    *,
    model: str | None = None,
    language: str | None = None,
    diarizer: Diarizer | None = None,
    recognizer: Recognizer | None = None,
    glossary: Sequence[Term] | None = None,
    progress: Callable[[Progress], None] | None = None,
    work: Path | None = None,
) -> Recording:
    """Transcribe an audio or video file of any format that FFmpeg decodes.

    `model` is a speech model's name, folder or hub id, `language` a code (None: found out); both default to
    the settings. `diarizer` tells the speakers of a single channel apart. `glossary` are names and terms to
    expect (None: those of the meta file and of the workspace's glossary.txt). `recognizer` takes the place of
    faster-whisper. `work` is where progress is kept, so that a run that was stopped goes on; by default it is
    in the workspace's cache.

    Raises AudioError for a recording that holds no usable speech (its `state` says why), InputError for a
    file that cannot be read, SpeechModelError where the model is missing, EngineError where the work fails.
    """
    path = Path(path)
    conf = settings()
    chosen = ready(path, model) if recognizer is None else recognizer
    with open_audio(path):
        spoken = _language(language or conf.transcribe_language)
    sha256 = file_hash(path)
    terms = terms_of(meta, home=conf.home) if glossary is None else tuple(glossary)
    expected = hotwords(terms)[0] if terms else None
    store = Work(work or conf.home / "cache" / "transcribe", sha256, (_identity(chosen), spoken, expected))
    report = progress or (lambda _: None)
    known = knows_channels(meta)
    heard = store.heard(keep_channels=known)
    pieces = list(_pieces(heard)) if heard else []
    kept = {p: store.piece(p.channel, p.number) for p in pieces}
    found = {p: piece.segments for p, piece in kept.items() if piece is not None}
    voices = _voices(diarizer, store, heard, None, report)
    if heard is None or voices is None or len(found) < len(pieces):
        with store.sounds() as folder:
            heard = _decode(path, folder, sha256, known, report)
            store.keep_heard(heard, keep_channels=known)
            _check_speech(heard, path)
            pieces = list(_pieces(heard))
            found = dict(_recognize(heard, pieces, chosen, store, folder, spoken, expected, report))
            voices = _voices(diarizer, store, heard, heard.sound.files[0], report)
    _check_speech(heard, path)
    report(Progress("Putting the call together", 0, 1))
    sides = [
        Side(
            channel,
            tuple(s for p, some in found.items() if p.channel == channel for s in some),
            widened(spans, heard.sound.levels.of(number)),
        )
        for number, channel, spans in zip(heard.sound.numbers, _channels(heard), heard.speech, strict=True)
    ]
    return assemble(path, meta, heard.sound, sides, voices or (), terms)


def ready(path: Path, model: str | None = None) -> Recognizer:
    """What will recognise the recording: a look ahead that takes no second, for whoever has more to load.

    Raises AudioError where the file is no recording, SpeechModelError where the model is missing.
    """
    with open_audio(path) as source:
        short = (source.declared or 0.0) <= SHORT_S and path.stat().st_size <= SHORT_BYTES
    try:
        return _recognizer(model)
    except SpeechModelError:
        if short:
            _check_sound(path)
        raise


def _recognizer(model: str | None) -> Recognizer:
    from coachbot.transcribe.hosted import HostedRecognizer
    from coachbot.transcribe.whisper import WhisperRecognizer

    conf = settings()
    if model is None and conf.transcribe_model:
        return HostedRecognizer.of(conf)
    return WhisperRecognizer.named(
        model or conf.whisper_model, conf.home, device=conf.transcribe_device,
        compute=conf.transcribe_compute, threads=conf.threads, batch=conf.transcribe_batch,
    )  # fmt: skip


def _identity(recognizer: Recognizer) -> str:
    return str(getattr(recognizer, "identity", type(recognizer).__qualname__))


def _language(code: str | None) -> str | None:
    if code is None or code.strip().casefold() in ("", "auto"):
        return None
    from coachbot.transcribe.whisper import languages

    short = code.strip().casefold().split("-")[0]
    if short not in languages():
        raise UsageError(f"language {code!r} is not known; give a code such as en, de or fr, or leave it out")
    return short


def _decode(path: Path, folder: Path, sha256: str, known: bool, report: Callable[[Progress], None]) -> Heard:
    sound = prepare(
        path, folder, sha256=sha256, keep_channels=known,
        progress=lambda done, total: report(Progress("Reading the sound", done, total)),
    )  # fmt: skip
    total = sound.duration * len(sound.files)
    spans = []
    for n, (file, number) in enumerate(zip(sound.files, sound.numbers, strict=True)):

        def step(done: float, before: float = n * sound.duration) -> None:
            report(Progress("Finding speech", before + done, total))

        spans.append(speech(file, step, loudness=sound.levels.of(number)))
    return Heard(sound, tuple(spans))


def _voices(
    diarizer: Diarizer | None,
    store: Work,
    heard: Heard | None,
    audio: Path | None,
    report: Callable[[Progress], None],
) -> list[SpeakerSpan] | None:
    """Who speaks when on a single channel; None where `audio` is needed to tell."""
    if diarizer is None or (heard is not None and heard.sound.numbers != (None,)):
        return []
    traits = ("pipeline", "speakers", "spans")
    key = repr([type(diarizer).__qualname__, *(getattr(diarizer, trait, None) for trait in traits)])
    kept = store.voices(key)
    if kept is None and audio is not None:
        report(Progress("Telling the speakers apart", 0, 1))
        kept = diarizer.diarize(audio)
        store.keep_voices(key, kept)
    return kept


def _check_sound(path: Path) -> None:
    """Raise AudioError where a short recording is of no use, whatever the model."""
    with TemporaryDirectory() as folder:
        sound = prepare(path, Path(folder))
        _check_speech(Heard(sound, tuple(speech(file) for file in sound.files)), path)


def _check_speech(heard: Heard, path: Path) -> None:
    if not any(heard.speech):
        raise AudioError(
            "nobody speaks in the recording (it holds music or noise only); is it the right file?",
            state="no_speech", path=path,
        )  # fmt: skip


def _pieces(heard: Heard) -> Iterator[_Piece]:
    """What to recognise, cut where nobody speaks; only at the end is a window not full."""
    for file, (channel, spans) in enumerate(zip(_channels(heard), heard.speech, strict=True)):
        wide = padded(spans, heard.sound.duration)
        packed = iter(windows(wide))
        at = number = 0
        pending: list[Span] = []
        while group := [s for w in islice(packed, PIECE_WINDOWS) for s in w]:
            while group:
                end = group[0].start + PIECE_S
                pending = [s for s in group if s.end <= end]
                group = group[len(pending) :]
                sample, last = round(pending[0].start * RATE), round(pending[-1].end * RATE)
                inside = tuple(
                    Span(s.start - sample / RATE, s.end - sample / RATE)
                    for s in spans[at : at + len(pending)]
                )
                yield _Piece(file, channel, number, sample, last, inside)
                at += len(pending)
                number += 1


def _channels(heard: Heard) -> list[int]:
    return [n if n is not None else 0 for n in heard.sound.numbers]


def _recognize(
    heard: Heard,
    pieces: Sequence[_Piece],
    recognizer: Recognizer,
    store: Work,
    folder: Path,
    language: str | None,
    expected: str | None,
    report: Callable[[Progress], None],
) -> Iterator[tuple[_Piece, list[Segment]]]:
    total = sum(p.seconds for p in pieces)
    before = 0.0
    for piece in pieces:
        kept = store.piece(piece.channel, piece.number)
        if kept is None:
            name = (
                "Recognising speech" if len(heard.speech) == 1 else f"Recognising channel {piece.channel + 1}"
            )
            file = folder / "piece.wav"
            cut(heard.sound.files[piece.file], file, piece.sample, piece.last)
            keep(file, piece.spans)
            length = (piece.last - piece.sample) / RATE

            def step(done: float, name: str = name, share: float = piece.seconds / length) -> None:
                report(Progress(name, before + min(done, length) * share, total))  # noqa: B023

            step(0.0)
            first = list(
                recognizer.recognize(
                    file, None, duration=length, language=language, hotwords=expected, progress=step
                )
            )
            whole = second_try(file, first, piece.spans, recognizer, language=language)
            segments = [_moved(segment, piece) for segment in whole]
            kept = Kept(segments, getattr(recognizer, "language", None))
            store.keep_piece(piece.channel, piece.number, kept)
        elif kept.language is not None:
            recognizer.language = kept.language  # type: ignore[attr-defined]  # it had one when it was kept
        before += piece.seconds
        report(Progress("Recognising speech", before, total))
        yield piece, kept.segments


def _moved(segment: Segment, piece: _Piece) -> Segment:
    """The segment at its place in the recording."""
    by = piece.sample / RATE
    return replace(
        segment,
        words=tuple(
            replace(w, start=round(w.start + by, 3), end=round(w.end + by, 3)) for w in segment.words
        ),
        start=round(segment.start + by, 3),
        end=round(segment.end + by, 3),
        channel=piece.channel,
    )


def transcribe_file(
    path: Path | str,
    meta: CallMeta | None = None,
    *,
    model: str | None = None,
    language: str | None = None,
    diarizer: Diarizer | None = None,
    recognizer: Recognizer | None = None,
    glossary: Sequence[Term] | None = None,
    progress: Callable[[Progress], None] | None = None,
    work: Path | None = None,
) -> Transcript:
    """The transcript of a recording; see transcribe_recording, which also tells what it was made from."""
    return transcribe_recording(
        path, meta, model=model, language=language, diarizer=diarizer, recognizer=recognizer,
        glossary=glossary, progress=progress, work=work,
    ).transcript  # fmt: skip
