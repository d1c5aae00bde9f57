"""A page stands behind a prompt only where it is about what was said."""

import pytest

from coachbot.coach import plays
from coachbot.playbook import load_playbook


@pytest.mark.parametrize(("nearest", "found"), [(plays.NEAREST - 0.05, False), (plays.NEAREST + 0.2, True)])
def test_no_page_is_named_that_is_not_near(nearest: float, found: bool) -> None:
    book = load_playbook("b2b-saas")
    stage = book.stages[2].id
    fitting = [p for p in book.plays if not p.stage or stage in p.stage]

    def likeness(text: str, titles: object) -> list[float]:
        return [nearest if n == 1 else 0.0 for n in range(len(fitting))]

    play = plays.like_text(book, "if she says no, they all say no", stage, likeness)
    assert play == (fitting[1] if found else None)
