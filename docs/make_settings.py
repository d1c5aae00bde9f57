"""Writes docs/settings.md from `coachbot.settings.Settings`.

python docs/make_settings.py
"""

from __future__ import annotations

from pathlib import Path

from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from coachbot.extract import ENGINES
from coachbot.settings import Settings

PAGE = Path(__file__).with_name("settings.md")
HEAD = """\
# Settings

<!-- Written by docs/make_settings.py. Change coachbot/settings.py, then run it again. -->

Everything has a default, so nothing needs to be set. A value is taken from the first of these that has one:

1. the command's own option, such as `--playbook`
2. an environment variable
3. `coachbot.toml` in the current folder
4. the default

| variable | in `coachbot.toml` | default | what it sets |
|---|---|---|---|
"""
NO_LLM = """
`local` is the only engine so far: the `LLM` settings are read, and have no effect yet.
"""
TAIL = """
A `coachbot.toml` with two of them:

```toml
playbook = "our-team"
processes = 4
```

A key of the file that is not known, or a value that cannot be, stops coachbot with one line that names it
(exit status 2). `coachbot doctor` shows the workspace, the playbook and the encoder that are found.

What the workspace (`home`) holds:

| path | holds |
|---|---|
| `playbooks/<id>/` | your own playbooks; they win over the bundled ones |
| `prompts/<task>/` | your own prompts for language models; they win too |
| `prices.yaml`, `usage.db` | what language models cost, and what they were asked |
| `models/all-MiniLM-L6-v2/` | the encoder's files, where its package is not installed |
| `coachbot.db`, `files/` | calls, deals, decisions and the calls' files ([workspace.md](workspace.md)) |
| `cache/` | the encoder, converted once, and what model servers can do; may be deleted at any time |
"""


def default_of(field: FieldInfo) -> str:
    """A field's default as one would type it."""
    value = field.get_default(call_default_factory=True)
    if value is None or value is PydanticUndefined:
        return "none"
    if isinstance(value, Path):
        return f"`{value.as_posix().replace(Path.home().as_posix(), '~', 1)}`"
    if isinstance(value, SecretStr):
        return "hidden"
    return f"`{value}`"


def page() -> str:
    """The whole page."""
    prefix = Settings.model_config.get("env_prefix", "")
    rows = (
        f"| `{prefix}{name.upper()}` | `{name}` | {default_of(field)} | {field.description}. |\n"
        for name, field in Settings.model_fields.items()
    )
    return HEAD + "".join(rows) + ("" if "llm" in ENGINES else NO_LLM) + TAIL


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
