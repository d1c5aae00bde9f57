"""Writes docs/cli.md from the command line itself.

python docs/make_cli.py
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from typer.main import get_command

from coachbot.cli.app import app

PAGE = Path(__file__).with_name("cli.md")
HEAD = """\
# Commands

<!-- Written by docs/make_cli.py. Change coachbot/cli/, then run it again. -->

Every command takes `--help` (or `-h`). `coachbot --version` shows the version, and
`coachbot --install-completion` sets up completion for your shell.

| exit status | means |
|---|---|
| 0 | done |
| 1 | the work failed, and may be tried again |
| 2 | wrong usage, or a file that cannot be used: one line on stderr says which and what to do |
| 3 | an eval run lacks a recap or a baseline that the comparison needs |

What `evals compare` and `evals gate` say with them is in [evals.md](evals.md).
"""
COMMON = {"help", "install_completion", "show_completion", "version"}


def commands(command: Any, name: str) -> Iterator[tuple[str, Any]]:
    """Every command below this one, with its full name; groups themselves come first."""
    yield name, command
    for key, inner in getattr(command, "commands", {}).items():
        if not inner.hidden:
            yield from commands(inner, f"{name} {key}")


def section(name: str, command: Any) -> str:
    """One command: what it does, how it is called, what it takes."""
    params = [p for p in command.params if not getattr(p, "hidden", False)]
    arguments = [p for p in params if p.param_type_name == "argument"]
    options = [p for p in params if p.param_type_name == "option" and p.name not in COMMON]
    group = bool(getattr(command, "commands", None))
    usage = [
        name,
        "COMMAND" if group else "",
        "[OPTIONS]" if options else "",
        *(_argument(a) for a in arguments),
    ]
    text = f"\n## {name}\n\n{_prose(command.help)}\n\n```\n{' '.join(u for u in usage if u)}\n```\n"
    if arguments or options:
        rows = [(_argument(a), a) for a in arguments] + [
            (", ".join(o.opts + o.secondary_opts), o) for o in options
        ]
        text += "\n| | | default |\n|---|---|---|\n"
        text += "".join(f"| `{label}` | {_cell(p.help)} | {_default(p)} |\n" for label, p in rows)
    return text


def page() -> str:
    """The whole page."""
    found = list(commands(get_command(app), "coachbot"))[1:]
    return HEAD + "".join(section(name, command) for name, command in found)


def _argument(param: Any) -> str:
    name = (param.metavar or param.name).upper() + ("..." if param.nargs == -1 else "")
    return name if param.required else f"[{name}]"


def _prose(text: str | None) -> str:
    return "\n".join(line.strip() for line in (text or "").replace("\b", "").strip().splitlines())


def _cell(text: str | None) -> str:
    return " ".join((text or "").split()).replace("|", "\\|")


def _default(param: Any) -> str:
    value = param.default
    if param.required or callable(value) or value is None or value is False or value in ("", (), []):
        return ""
    return f"`{value.as_posix() if isinstance(value, Path) else value}`"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
