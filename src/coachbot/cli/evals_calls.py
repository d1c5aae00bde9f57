"""Where an eval's recaps and cases come from: engines, recorded answers, the workspace."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from coachbot.errors import UsageError

if TYPE_CHECKING:
    from coachbot.evals.records import Contender
    from coachbot.evals.runner import RecapFunction
    from coachbot.model.playbook import Playbook
    from coachbot.model.recap import Recap
    from coachbot.model.transcript import CallMeta, Transcript

How = Literal["live", "replay", "record"]


def recording_problems(root: Path, book: Playbook) -> list[str]:
    """Recordings of cases that are gone, or that no longer answer what would be asked."""
    from coachbot.evals.cases import read_cases
    from coachbot.evals.cassettes import Cassettes, check_recordings
    from coachbot.extract import get_engine
    from coachbot.settings import settings

    cassettes = Cassettes(root / "cassettes")
    if not cassettes.cases():
        return []
    engine = get_engine("llm")
    return check_recordings(cassettes, list(read_cases(root)), book, engine, settings().home)


def main_job_for(root: Path, one: Contender, how: How) -> RecapFunction:
    """What makes the recaps: the local engine itself, a model's recorded answers, or a model."""
    from coachbot.evals import runner
    from coachbot.evals.cassettes import Cassettes, Recorder, Replay
    from coachbot.settings import settings

    cassettes = Cassettes(root / "cassettes")
    if one.engine != "llm" or how == "live":
        return runner.main_job
    return Recorder(cassettes) if how == "record" else Replay(cassettes, settings().home)


def of_workspace(name: str, meta: CallMeta | None) -> tuple[Recap, Transcript, CallMeta]:
    """A reviewed call of the workspace: its recap as decided, its words, and what was known of it."""
    from coachbot.cli.work import find_call
    from coachbot.model.recap import Recap
    from coachbot.pipeline import context_of, playbook_of
    from coachbot.review import reviewed_recap
    from coachbot.store import open_store

    with open_store() as store:
        call = find_call(store, name)
        if call.reviewed_at is None:
            raise UsageError(f"{call.title!r} is not reviewed yet: `coachbot review {call.id}` first")
        with store.read() as unit:
            recap = Recap.model_validate(unit.recaps.load(call.id).recap)
            done = reviewed_recap(recap, unit.items.of_call(call.id))
            deal = context_of(unit, call, playbook_of(unit, call))
            known = (meta or call.meta).model_copy(update={"deal": deal})
            return done, unit.transcripts.load(call.id), known
