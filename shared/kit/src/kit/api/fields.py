"""Field types that refuse what PostgreSQL or X12 cannot hold, before it gets there."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

MAX_TEXT = 500


def _storable(value: str) -> str:
    if "\x00" in value:
        raise ValueError("must not contain NUL")
    if any("\ud800" <= character <= "\udfff" for character in value):
        raise ValueError("must not contain lone surrogates")
    return value


Storable = AfterValidator(_storable)
"""For string types with limits of their own: `Annotated[str, Field(max_length=60), Storable]`."""
Text = Annotated[str, Field(max_length=MAX_TEXT), Storable]
"""A bounded string that UTF-8 and PostgreSQL can hold."""
SmallInt = Annotated[int, Field(ge=0, le=1_000_000)]
CentsIn = Annotated[int, Field(ge=0, le=100_000_000_00)]
"""Money from outside: integer cents, at most a hundred million dollars."""


class StrictModel(BaseModel):
    """Base of request bodies: unknown fields, wrong types and non-finite numbers are refused."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)
