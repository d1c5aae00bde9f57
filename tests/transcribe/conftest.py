"""What the tests of recordings share: a Whisper of random weights, and made-up calls."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import small_whisper
from voices import timeline


@pytest.fixture(scope="session")
def whisper_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a small Whisper that speaks nonsense."""
    return small_whisper.build(tmp_path_factory.mktemp("whisper"))


@pytest.fixture(scope="session")
def left() -> tuple[np.ndarray, tuple[tuple[float, float], ...]]:
    """The seller's channel of a call of 24 seconds, and when she speaks."""
    spoken = ((1.0, 5.0), (10.0, 14.0), (17.5, 19.5))
    return timeline(24.0, *spoken, pitch=210.0), spoken


@pytest.fixture(scope="session")
def right() -> tuple[np.ndarray, tuple[tuple[float, float], ...]]:
    """The buyer's channel of the same call, and when he speaks; at 13 seconds both do."""
    spoken = ((6.0, 9.0), (13.0, 16.5), (20.5, 23.0))
    return timeline(24.0, *spoken, pitch=115.0), spoken
