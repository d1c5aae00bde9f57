"""The deployment's files say what the code knows: settings that exist, commands that exist, no loose ends."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import typer
from ruamel.yaml import YAML

from coachbot.cli.app import app
from coachbot.settings import Settings

DEPLOY = Path(__file__).parents[2] / "deploy"


@pytest.fixture(scope="module")
def compose() -> Any:
    return YAML(typ="safe").load((DEPLOY / "compose.yaml").read_text())


def test_variables_are_settings(compose: Any) -> None:
    named = set(re.findall(r"COACHBOT_([A-Z_]+)", (DEPLOY / "compose.yaml").read_text()))
    named |= set(re.findall(r"COACHBOT_([A-Z_]+)", (DEPLOY / "example.env").read_text()))
    assert named
    assert {n.lower() for n in named} <= set(Settings.model_fields)


@pytest.mark.parametrize("service", ["web", "worker"])
def test_commands_exist(compose: Any, service: str) -> None:
    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    name, *options = compose["services"][service]["command"]
    known = {o for p in commands[name].params for o in (*p.opts, *p.secondary_opts)}
    assert {o for o in options if o.startswith("--")} <= known


def test_volumes_and_dependencies_are_declared(compose: Any) -> None:
    used = {v.split(":")[0] for s in compose["services"].values() for v in s.get("volumes", ())}
    assert used == set(compose["volumes"])
    for service in compose["services"].values():
        assert set(service.get("depends_on", ())) <= set(compose["services"])


def test_the_image_copies_what_is_there() -> None:
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", (DEPLOY / "Dockerfile").read_text(), re.M)
    for name in " ".join(copied).split():
        assert (DEPLOY.parent / name).exists(), name
