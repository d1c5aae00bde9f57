"""Words that a recogniser was not sure of: they are shown, and prove nothing by themselves."""

from __future__ import annotations

from coachbot.ground.align import Located
from coachbot.ground.compare import says_something
from coachbot.ground.stream import Stream
from coachbot.model.transcript import Turn

_GAP = ". "
"""What stands in the place of doubtful words, so that those around them do not join to a new number."""


def certain_text(turn: Turn) -> str:
    """What a turn says for sure: its text without the words that are marked uncertain."""
    text, at = "", 0
    for doubt in turn.uncertain:
        text += turn.text[at : doubt.start] + _GAP
        at = max(at, doubt.end)
    return text + turn.text[at:]


def rests_on_doubt(stream: Stream, hit: Located, turns: frozenset[int]) -> bool:
    """Whether the words found say enough only with those that are marked uncertain.

    `turns` are those whose words count; where none of them is marked, nothing is in doubt.
    """
    counting = [at for at in hit.indices if stream.turn_of[at] in turns]
    sure = [at for at in counting if not _marked(stream, at)]
    return len(sure) < len(counting) and not says_something([stream.norms[at] for at in sure])


def _marked(stream: Stream, at: int) -> bool:
    token = stream.tokens[at]
    return any(u.start < token.end and token.start < u.end for u in stream.turn(at).uncertain)
