"""A coder's decision on a review item: what stands, what changes, and why."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from kit.api import StrictModel
from kit.api.fields import Storable
from pydantic import Field, model_validator

from coding_svc.domain import MAX_DIAGNOSES_PER_ENCOUNTER
from coding_svc.schemas.encounter import Icd10Cm, Modifier, ProcedureCode, Units

ItemRef = Annotated[str, Field(pattern=r"^[dlc][0-9]{1,3}$"), Storable]
"""`d1` a proposed diagnosis, `l2` a proposed service line, `c3` a candidate, as GET /v1/review/{id} numbers them."""
QueryRef = Annotated[str, Field(pattern=r"^q[0-9]{1,2}$"), Storable]
"""`q1` a question to the provider, as GET /v1/review/{id} numbers them."""
EditReason = Annotated[str, Field(min_length=3, max_length=500), Storable]


class CodeEdit(StrictModel):
    """One deed on one code. `diagnosis` and `procedure` hold the code that is added or changed to.

    accept: a proposed code stands, or a candidate becomes a code. change: `ref` gets another code, modifiers,
    units or pointers. reject: `ref` goes. add: a code that was not proposed. What no edit names stands as proposed.
    """

    action: Literal["accept", "change", "reject", "add"]
    ref: ItemRef | None = None
    diagnosis: Icd10Cm | None = None
    procedure: ProcedureCode | None = None
    modifiers: Annotated[tuple[Modifier, ...], Field(max_length=4)] | None = None
    units: Units | None = None
    diagnosis_codes: Annotated[tuple[Icd10Cm, ...], Field(max_length=4)] | None = None
    position: Annotated[int, Field(ge=1, le=MAX_DIAGNOSES_PER_ENCOUNTER)] | None = None
    reason: EditReason

    @model_validator(mode="after")
    def _is_one_deed(self) -> Self:
        if (self.action == "add") == (self.ref is not None):
            raise ValueError("add takes no ref; accept, change and reject need one")
        if self.diagnosis is not None and self.procedure is not None:
            raise ValueError("an edit holds a diagnosis or a procedure, not both")
        if self.action == "add" and self.diagnosis is None and self.procedure is None:
            raise ValueError("add needs a diagnosis or a procedure")
        return self


class DecisionIn(StrictModel):
    """release: code the encounter so. close: nothing is to be billed. return: the provider is asked."""

    encounter_version: Annotated[int, Field(ge=1, le=100_000)]
    decision: Literal["release", "close", "return"] = "release"
    reason: EditReason
    edits: Annotated[tuple[CodeEdit, ...], Field(max_length=100)] = ()
    queries: Annotated[tuple[QueryRef, ...], Field(max_length=10)] = ()

    @model_validator(mode="after")
    def _edits_only_with_release(self) -> Self:
        if self.edits and self.decision != "release":
            raise ValueError("edits belong to a release")
        if self.queries and self.decision != "return":
            raise ValueError("queries belong to a return")
        return self
