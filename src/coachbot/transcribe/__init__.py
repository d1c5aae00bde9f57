"""Recordings to transcripts that know who said what, and where they are not sure.

Decoding, speech detection and recognition stay behind `transcribe_file`; what a recording cannot give ends in
AudioError, and what is doubtful in it as `Turn.uncertain` and in `Transcript.warnings`.
"""

from __future__ import annotations

from coachbot.transcribe.assemble import Recording
from coachbot.transcribe.audio import AUDIO_SUFFIXES
from coachbot.transcribe.transcriber import Progress, ready, transcribe_file, transcribe_recording

__all__ = ["AUDIO_SUFFIXES", "Progress", "Recording", "ready", "transcribe_file", "transcribe_recording"]
