"""Where the files lie that come with coachbot: playbooks, prompts and samples.

In a checkout they are the top-level folders, so that an edit shows at once; an installed wheel
carries copies under coachbot/_bundled.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from coachbot.errors import CoachbotError

Bundle = Literal["playbooks", "prompts", "samples"]

_PACKAGE = Path(__file__).resolve().parent


def bundled(name: Bundle) -> Path:
    """The folder of the bundled files of that name. CoachbotError where the installation lacks it."""
    checkout = _PACKAGE.parent.parent
    if (checkout / "pyproject.toml").is_file() and (checkout / name).is_dir():
        return checkout / name
    folder = _PACKAGE / "_bundled" / name
    if not folder.is_dir():
        raise CoachbotError(f"this installation lacks its {name}: install coachbot again")
    return folder
