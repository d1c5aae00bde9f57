"""Recorded answers of a language model, so that an eval runs anywhere, for nothing, with the same result.

    evals/cassettes/about.yaml          the model that answered, and when
    evals/cassettes/<case>.yaml         its HTTP exchanges for one case, keys and addresses scrubbed

A request is found by its method, path and *body*: whoever changes a prompt, a playbook or a case gets no old
answer for a new question, but MissingRecordingError.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from coachbot.errors import EngineError, MissingRecordingError, ServerFailedError, UsageError
from coachbot.evals.cases import Case
from coachbot.evals.files import read_yaml
from coachbot.files import write_text
from coachbot.model.playbook import Playbook
from coachbot.model.recap import Recap
from coachbot.model.transcript import DealContext, Transcript
from coachbot.settings import Settings, settings

ADDRESS = "http://recorded.invalid/v1"
SECRET = ("authorization", "api-key", "x-api-key", "cookie", "set-cookie", "openai-organization")
NOISE = ("user-agent", "x-stainless", "date", "server", "connection", "accept-encoding", "host")


@dataclass(frozen=True)
class Cassettes:
    """The recordings of a folder, `evals/cassettes`."""

    folder: Path

    def path(self, case_id: str) -> Path:
        """Where a case's exchanges are kept."""
        return self.folder / f"{case_id}.yaml"

    def model(self) -> str:
        """The model that answered. Raises MissingRecordingError where nothing was recorded."""
        about = self.folder / "about.yaml"
        if not about.is_file():
            raise MissingRecordingError(
                f"{self.folder} holds no recorded answers: set a model and `coachbot evals record SUITE`"
            )
        told = read_yaml(about)
        return str(told.get("model")) if isinstance(told, dict) else ""

    def cases(self) -> set[str]:
        """Ids of the cases that have a recording."""
        return {p.stem for p in self.folder.glob("*.yaml") if p.name != "about.yaml"}

    def orphans(self, cases: set[str]) -> list[Path]:
        """Recordings of cases that are not there any more."""
        return [self.path(c) for c in sorted(self.cases() - cases)]


@dataclass(frozen=True)
class Replay:
    """The main job with the model's answers from a recording. Nothing is sent."""

    cassettes: Cassettes
    home: Path

    def __call__(
        self, transcript: Transcript, /, *, playbook: Playbook, deal: DealContext, engine: Any
    ) -> Recap:
        """The recap; raises MissingRecordingError for a question that was never asked."""
        tape = self.cassettes.path(transcript.id)
        if not tape.is_file():
            raise MissingRecordingError(f"{tape} is missing: `coachbot evals record` asks the model")
        conf = _offline(self.cassettes.model(), self.home)
        with _tape(tape, "none"):
            return _recap(transcript, playbook, deal, engine, conf)


@dataclass(frozen=True)
class Recorder:
    """The main job with a real model, each exchange kept. An old recording of the case is replaced."""

    cassettes: Cassettes

    def __call__(
        self, transcript: Transcript, /, *, playbook: Playbook, deal: DealContext, engine: Any
    ) -> Recap:
        """The recap by the model of the settings. A failed one leaves the old recording as it was."""
        conf = settings()
        tape = self.cassettes.path(transcript.id)
        fresh = tape.with_suffix(".part")
        fresh.unlink(missing_ok=True)
        try:
            with _tape(fresh, "all"):
                made = _recap(transcript, playbook, deal, engine, conf)
        except BaseException:
            fresh.unlink(missing_ok=True)
            raise
        fresh.replace(tape)
        write_text(
            self.cassettes.folder / "about.yaml",
            f"# Written by `coachbot evals record`.\nmodel: {json.dumps(conf.llm_model)}\n"
            f"recorded: {datetime.now(UTC):%Y-%m-%d}\n",
        )
        return made


def check_recordings(
    cassettes: Cassettes, cases: list[Case], playbook: Playbook, engine: Any, home: Path
) -> list[str]:
    """What is wrong with the recordings: of cases that are gone, or stale because a question changed."""
    known = {c.id: c for c in cases}
    problems = [f"{p}: there is no case of that id: remove it" for p in cassettes.orphans(set(known))]
    replay = Replay(cassettes, home)
    for case_id in sorted(cassettes.cases() & set(known)):
        case = known[case_id]
        try:
            replay(case.transcript, playbook=playbook, deal=case.meta.deal, engine=engine)
        except (MissingRecordingError, EngineError) as error:
            problems.append(f"{cassettes.path(case_id)}: stale, record it anew: {error}")
    return problems


def _recap(
    transcript: Transcript, playbook: Playbook, deal: DealContext, engine: Any, conf: Settings
) -> Recap:
    from dataclasses import replace

    from coachbot.extract.llm import LlmEngine
    from coachbot.llm import get_chat
    from coachbot.recap import make_recap

    if not isinstance(engine, LlmEngine):
        raise UsageError("only the engine `llm` asks a model, so only it is recorded and replayed")
    # the local engine in its place would hide that an answer is not there
    alone = replace(engine, chat=get_chat(conf), fall_back=False)
    return make_recap(transcript, playbook=playbook, deal=deal, engine=alone)


def _offline(model: str, home: Path) -> Settings:
    """Settings under which the recorded questions are asked again, whatever this machine has set."""
    return settings().model_copy(
        update={
            "home": home,
            "llm_base_url": ADDRESS,
            "llm_api_key": None,
            "llm_model": model,
            "llm_provider": "openai",
            "llm_retries": 0,
            "llm_redact": False,
        }
    )


@contextmanager
def _tape(path: Path, mode: str) -> Iterator[None]:
    import vcr

    recorder = vcr.VCR(
        record_mode=mode,
        match_on=("method", "api", "body"),
        filter_headers=list(SECRET),
        before_record_request=_scrubbed,
        before_record_response=_quiet,
        decode_compressed_response=True,
    )
    recorder.register_matcher("api", _same_call)
    try:
        with recorder.use_cassette(str(path)):
            yield
    except ServerFailedError as error:
        # The chat keeps no cause, which might hold a key; where nothing is sent there is only this one.
        if mode != "none":
            raise
        raise MissingRecordingError(f"{path} has no answer to this question: record it anew") from error


def _same_call(one: Any, other: Any) -> None:
    """The same route of the API, wherever the server stands."""
    assert one.path.rsplit("/v1", 1)[-1] == other.path.rsplit("/v1", 1)[-1]


def _scrubbed(request: Any) -> Any:
    """Without what tells where and by whom it was sent."""
    path = request.path.rsplit("/v1", 1)[-1]
    request.uri = f"{ADDRESS}{path}"
    for name in list(request.headers):
        if name.lower().startswith(NOISE) or name.lower() in SECRET:
            del request.headers[name]
    return request


def _quiet(response: Any) -> Any:
    headers = response.get("headers") or {}
    for name in list(headers):
        if name.lower() not in ("content-type", "retry-after"):
            del headers[name]
    return response
