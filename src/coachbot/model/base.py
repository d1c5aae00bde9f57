"""What every type of the model shares."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

from pydantic import BaseModel, ConfigDict


class Frozen(BaseModel):
    """An immutable value. Unknown keys are mistakes, not extras."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """A copy with some keys changed. What was worked out from the old ones is not carried over."""
        copied = super().model_copy(update=update, deep=deep)
        for cached in copied.__dict__.keys() - type(copied).model_fields.keys():
            del copied.__dict__[cached]
        return copied
