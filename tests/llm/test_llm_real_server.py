"""A real llama-server, where one is on the path and LLAMA_TEST_MODEL names a model file (GGUF) for it.

Without them there is nothing to test, and so no test.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from llm_server import MESSAGES, SCHEMA

from coachbot.llm import get_chat
from coachbot.llm.probe import probe
from coachbot.settings import Settings

SERVER = shutil.which("llama-server")
MODEL = os.environ.get("LLAMA_TEST_MODEL")
START_S = 120.0


@contextmanager
def running(home: Path) -> Iterator[Settings]:
    """Settings for a llama-server that has loaded its model."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    words = [str(SERVER), "-m", str(MODEL), "-c", "4096", "--host", "127.0.0.1", "--port", str(port)]
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}/v1"
    conf = Settings(home=home, llm_base_url=url, llm_model="local", llm_context=4096, llm_timeout=300)
    try:
        end = time.monotonic() + START_S
        while probe(conf).good is False and time.monotonic() < end:
            time.sleep(0.3)
        yield conf
    finally:
        process.terminate()
        process.wait(20)


if SERVER and MODEL:

    def test_a_real_server_keeps_to_the_schema(tmp_path: Path) -> None:
        with running(tmp_path) as conf:
            answer = get_chat(conf).ask(MESSAGES, SCHEMA, name="facts", temperature=0, max_tokens=400)
        assert set(answer.data) == {"facts"}
        assert answer.usage.tokens_in > 10
