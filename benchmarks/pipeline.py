"""What the durable pipeline adds to a bare recap: the same calls both ways, in one process, as a ratio.

    python benchmarks/pipeline.py [--calls 20] [--workers 2] [--rounds 2]

Bare: read and recap in that many threads. Pipeline: stored, worked on, indexed, laid out as a draft.
The index is work that a bare recap does not do, so the ratio is given with and without its step.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--calls", type=int, default=20)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=2)
    args = parser.parse_args()
    home = Path(tempfile.mkdtemp(prefix="coachbot-pipeline-"))
    os.environ |= {"COACHBOT_HOME": str(home), "COACHBOT_WORKERS": str(args.workers), "COACHBOT_THREADS": "1"}

    from coachbot.pipeline import Runtime, take_in_path
    from coachbot.recap import recap_file
    from coachbot.store import open_store

    files = sorted((ROOT / "evals/cases").glob("*/transcript.json"))[: args.calls]
    recap_file(files[0])  # the models are loaded, the playbook is read
    bare, whole, indexed = [], [], []
    with open_store() as store:
        warm = take_in_path(store, files[0]).call
        with Runtime(store) as runtime:
            runtime.submit(warm)
            runtime.wait([warm.id])
            for _ in range(args.rounds):
                begun = time.perf_counter()
                with ThreadPoolExecutor(args.workers) as pool:
                    list(pool.map(recap_file, files))
                bare.append(time.perf_counter() - begun)
                begun = time.perf_counter()
                ids = []
                for n, file in enumerate(files):
                    copy = home / f"{len(whole)}-{n}.json"
                    copy.write_text(file.read_text() + " " * (1 + len(whole)))  # another file, another call
                    call = take_in_path(store, copy).call
                    runtime.submit(call)
                    ids.append(call.id)
                runtime.wait(ids)
                whole.append(time.perf_counter() - begun)
                with store.read() as unit:
                    runs = [unit.steps.load(i, "index") for i in ids]
                spent = sum(
                    (r.finished_at - r.started_at).total_seconds()
                    for r in runs
                    if r.finished_at and r.started_at
                )
                indexed.append(spent / args.workers)
    shutil.rmtree(home, ignore_errors=True)
    ratio = min(whole) / min(bare)
    without = min(w - i for w, i in zip(whole, indexed, strict=True)) / min(bare)
    print(json.dumps({"calls": len(files), "bare_s": round(min(bare), 2), "pipeline_s": round(min(whole), 2),
                      "ratio": round(ratio, 3), "ratio_without_index": round(without, 3)}))  # fmt: skip


if __name__ == "__main__":
    main()
