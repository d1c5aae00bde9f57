"""What every type of the model shares."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Frozen(BaseModel):
    """An immutable value. Unknown keys are mistakes, not extras."""

    model_config = ConfigDict(frozen=True, extra="forbid")
