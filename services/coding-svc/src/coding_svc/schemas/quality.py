"""A second coder's reading of a sampled encounter."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from kit.api import StrictModel
from pydantic import Field

from coding_svc.domain import MAX_DIAGNOSES_PER_ENCOUNTER
from coding_svc.schemas.encounter import Icd10Cm, Modifier, ProcedureCode, Units


class SecondLineIn(StrictModel):
    """One service line."""

    procedure: ProcedureCode
    modifiers: Annotated[tuple[Modifier, ...], Field(max_length=4)] = ()
    units: Units = Decimal(1)


class SecondReadingIn(StrictModel):
    """What the second coder would release; the first diagnosis is first-listed. Empty lists: nothing to bill."""

    diagnoses: Annotated[tuple[Icd10Cm, ...], Field(max_length=MAX_DIAGNOSES_PER_ENCOUNTER)]
    lines: Annotated[tuple[SecondLineIn, ...], Field(max_length=50)]
