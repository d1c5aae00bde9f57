"""Grounding: an engine's claims are believed only where the call says them.

`normalise` makes words comparable, `Aligner` finds a quote, `verify` judges what was found, and
`ground` does all three for every claim and attributes the words to a side.
"""

from __future__ import annotations

from coachbot.ground.align import Aligner, Located, Piece
from coachbot.ground.claims import ground
from coachbot.ground.normalise import Token, normalise
from coachbot.ground.values import unsupported
from coachbot.ground.verify import Problem, verify

__all__ = ["Aligner", "Located", "Piece", "Problem", "Token", "ground", "normalise", "unsupported", "verify"]
