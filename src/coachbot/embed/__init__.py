"""The sentence encoder: all-MiniLM-L6-v2 on CTranslate2. No torch, no network."""

from __future__ import annotations

from coachbot.embed.encoder import SentenceEncoder, TokenEncoder
from coachbot.embed.recent import keep, recall
from coachbot.embed.weights import EncoderMissingError, find_weights

__all__ = ["EncoderMissingError", "SentenceEncoder", "TokenEncoder", "find_weights", "keep", "recall"]
