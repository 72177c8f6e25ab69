"""What the HTTP interface takes and gives."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from events.phi import ClaimContent, CodedEncounter
from kit.api import StrictModel, Text
from kit.api.fields import MAX_TEXT
from pydantic import AfterValidator, BaseModel, Field, model_validator

MAX_FIXES = 50
MAX_FILE_FINDINGS = 1_000
"""Findings of an X12 file that are told; the others are counted."""
_MAX_DEPTH = 6
_MAX_ITEMS = 200
_LARGEST = 10**12


def _plain(value: Any, depth: int = 0) -> Any:
    """Refuse what PostgreSQL cannot hold or nobody means: NUL, surrogates, huge numbers, deep nesting."""
    if depth > _MAX_DEPTH:
        raise ValueError("is nested too deeply")
    if isinstance(value, str):
        _plain_text(value)
    elif isinstance(value, float) or (isinstance(value, int) and abs(value) > _LARGEST):
        raise ValueError("must hold whole numbers of ordinary size; write decimals as text")
    elif isinstance(value, dict | list):
        _plain_items(value, depth)
    return value


def _plain_text(value: str) -> None:
    if len(value) > MAX_TEXT or "\x00" in value or any("\ud800" <= it <= "\udfff" for it in value):
        raise ValueError(f"must hold texts of at most {MAX_TEXT} characters without NUL and lone surrogates")


def _plain_items(value: dict[str, Any] | list[Any], depth: int) -> None:
    if len(value) > _MAX_ITEMS:
        raise ValueError(f"must hold at most {_MAX_ITEMS} items")
    items = [*value.keys(), *value.values()] if isinstance(value, dict) else value
    for item in items:
        _plain(item, depth + 1)


PlainJson = Annotated[Any, AfterValidator(_plain)]


class FixIn(StrictModel):
    """One change of a claim, by the field's path as findings give it, such as `coverage/member_id`."""

    field: Text = Field(min_length=1)
    value: PlainJson = Field(description="The new value as JSON; null empties the field.")
    reason: Text = Field(min_length=3, description="Why; kept with the values before and after.")


class FixesIn(StrictModel):
    """Changes of one claim, made together or not at all."""

    claim_version: int | None = Field(default=None, ge=1, le=1_000_000, description="Refuse if another is current.")
    fixes: list[FixIn] = Field(min_length=1, max_length=MAX_FIXES)


class ValidateIn(StrictModel):
    """A dry run: a claim as it would be sent, or a coded encounter to build it from. Exactly one of the two."""

    claim: dict[str, Any] | None = None
    encounter: dict[str, Any] | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> ValidateIn:
        if (self.claim is None) == (self.encounter is None):
            raise ValueError("give either `claim` or `encounter`")
        return self


class Validated(StrictModel):
    """The typed content of a dry run."""

    claim: ClaimContent | None = None
    encounter: CodedEncounter | None = None


class FindingOut(BaseModel):
    """What an edit found; texts and places never hold the value itself."""

    code: str
    severity: Literal["error", "warning", "repair", "tag"]
    snip: int
    location: str
    loop: str
    element: str
    text: str
    action: str
    source: str
    version: int


class DryFindingOut(FindingOut):
    """The same in a dry run: `page` says in which of the claims that the encounter needs, from 1."""

    page: int = 1


class ValidationOut(BaseModel):
    """Whether the claims would go out, and everything that was found; `pages` is how many the encounter needs."""

    clean: bool
    charge_cents: int
    pages: int = 1
    findings: list[DryFindingOut]


class TransactionOut(BaseModel):
    """What one transaction set (or TA1) of a file holds, in cents. `set` is empty for one that is not known here."""

    transaction: int
    set: str
    claims: int
    lines: int
    charge_cents: int
    paid_cents: int
    adjustment_cents: int
    plb_cents: int


class FileFindingOut(BaseModel):
    """What was found in an X12 file, as `x12 validate` tells it, without the value and without control numbers.

    `transaction` counts the file's transaction sets from 1, `position` the set's segments from ST = 1 (outside a set
    from ISA = 1).
    """

    code: str
    severity: Literal["error", "warning"]
    snip: int
    transaction: int
    segment: str
    position: int
    loop: str
    element: str
    text: str
    action: str


class FileValidationOut(BaseModel):
    """Whether a receiver would take the file, what is in it, and everything that was found."""

    clean: bool
    transactions: list[TransactionOut]
    findings: list[FileFindingOut]
    findings_left_out: int = 0


class ClaimOut(BaseModel):
    """A claim as its newest version stands; no patient data."""

    claim_id: UUID
    encounter_id: UUID
    payer_id: str
    payer_sequence: str
    patient_control_number: str
    claim_version: int
    state: str
    frequency_code: str
    charge_cents: int
    waits_on: Literal["biller", "coder"] | None = None
    created_at: datetime
    changed_at: datetime


class VersionOut(BaseModel):
    """One version: what it was made of and for, and what was found in it."""

    claim_version: int
    state: str
    encounter_version: int
    coding_version: int
    reason: str
    frequency_code: str
    charge_cents: int
    correction: dict[str, Any] | None
    findings: list[FindingOut]
    created_at: datetime
    changed_at: datetime


class ClaimDetail(ClaimOut):
    """A claim with all versions; `content` of the newest one only for roles that may see patient data."""

    versions: list[VersionOut]
    content: dict[str, Any] | None = None


class EditItem(ClaimOut):
    """A held claim in the edit queue with what holds it."""

    findings: list[FindingOut]


class FixOut(BaseModel):
    """A fix as kept."""

    field: str
    before: Any
    after: Any
    reason: str
    fixed_by: str
    fixed_at: datetime
    claim_version: int


class EditDetail(EditItem):
    """A claim on the biller's desk: its content with the fixes made so far, and what is found in that."""

    content: dict[str, Any]
    fixes: list[FixOut]
    fixable: list[str]
