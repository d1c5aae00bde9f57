"""What the durable pipeline adds to a bare recap: the same calls both ways, in one process, as ratios.

    python benchmarks/pipeline.py [--calls 20] [--workers 2] [--rounds 2]

Bare: read and recap in that many threads. Pipeline: stored, worked on, indexed, made a draft. The clock
stops when the last step of the last call is done. The ratios of time and of processor time (the process's,
with all its threads) hold the index. `index_encoded` is how many texts a call the index had to encode itself,
and `index_cold_cpu_s` the processor time of a call's index where it has to encode all of them, as after a
recap by a language model.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--calls", type=int, default=20)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=2)
    args = parser.parse_args()
    home = Path(tempfile.mkdtemp(prefix="coachbot-pipeline-"))
    # threads of the linear algebra library that wait for each other would be counted as work
    os.environ |= {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    os.environ |= {"COACHBOT_HOME": str(home), "COACHBOT_WORKERS": str(args.workers), "COACHBOT_THREADS": "1"}

    from coachbot.embed import recent
    from coachbot.pipeline import Runtime, take_in_path, work
    from coachbot.recap import recap_file
    from coachbot.retrieval.encoders import LocalEncoder
    from coachbot.store import open_store

    encoded: list[str] = []
    passages = LocalEncoder._passages

    def counted(self: LocalEncoder, texts: Sequence[str]) -> Any:
        encoded.extend(t for t in texts if t not in recent.recall(texts))
        return passages(self, texts)

    LocalEncoder._passages = counted  # type: ignore[method-assign]
    files = sorted((ROOT / "evals/cases").glob("*/transcript.json"))[: args.calls]
    recap_file(files[0])  # the models are loaded, the playbook is read
    bare, whole, indexed = [], [], []
    with open_store() as store:
        warm = take_in_path(store, files[0]).call
        with Runtime(store) as runtime:
            runtime.submit(warm)
            runtime.wait([warm.id])
            encoded.clear()
            for _ in range(args.rounds):
                begun = clocks()
                with ThreadPoolExecutor(args.workers) as pool:
                    list(pool.map(recap_file, files))
                bare.append(since(begun))
                recent._vectors.clear()  # what the bare recaps left must not help
                begun = clocks()
                calls = []
                for n, file in enumerate(files):
                    copy = home / f"{len(whole)}-{n}.json"
                    copy.write_text(file.read_text() + " " * (1 + len(whole)))  # another file, another call
                    calls.append(take_in_path(store, copy).call)
                    runtime.submit(calls[-1])
                runtime.wait([call.id for call in calls])
                whole.append(since(begun))
                with store.read() as unit:
                    runs = [unit.steps.load(call.id, "index") for call in calls]
                spent = [
                    (r.finished_at - r.started_at).total_seconds()
                    for r in runs
                    if r.finished_at and r.started_at
                ]
                indexed.append(sum(spent) / args.workers)
            count = len(encoded) / len(files) / args.rounds
        recent._vectors.clear()
        index = work._calls_index(home)
        for call in calls:
            index.remove(call.id)
        begun = clocks()
        for call in calls:
            work.do(store, call.id, "index")
        cold = since(begun)[1] / len(calls)
    shutil.rmtree(home, ignore_errors=True)
    time_bare, cpu_bare = (min(b[at] for b in bare) for at in (0, 1))
    time_whole, cpu_whole = (min(w[at] for w in whole) for at in (0, 1))
    without = min(w[0] - i for w, i in zip(whole, indexed, strict=True))
    figures = {
        "calls": len(files),
        "bare_s": time_bare,
        "pipeline_s": time_whole,
        "ratio": time_whole / time_bare,
        "ratio_without_index": without / time_bare,
        "bare_cpu_s": cpu_bare,
        "pipeline_cpu_s": cpu_whole,
        "cpu_ratio": cpu_whole / cpu_bare,
        "index_encoded": count,
        "index_cold_cpu_s": cold,
    }
    print(json.dumps({name: round(value, 3) for name, value in figures.items()}, indent=1))


def clocks() -> tuple[float, float]:
    return time.perf_counter(), time.process_time()


def since(begun: tuple[float, float]) -> tuple[float, float]:
    return time.perf_counter() - begun[0], time.process_time() - begun[1]


if __name__ == "__main__":
    main()
