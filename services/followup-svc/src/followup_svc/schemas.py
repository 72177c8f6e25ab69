"""Bodies and answers of the HTTP interface. Money is integer cents."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from kit.api import StrictModel, Text
from pydantic import BaseModel, Field

ReasonIn = Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]*$")]
"""A code such as `member-id.corrected`; no free text, so that it can hold no PHI."""


class CorrectionIn(StrictModel):
    """A biller asks for a corrected claim. `note` travels encrypted."""

    action: Literal["recode", "rebill", "secondary", "void"]
    reason_code: ReasonIn
    note: Text | None = None


class WriteOffIn(StrictModel):
    """A biller gives up outstanding money."""

    amount_cents: int = Field(ge=1, le=100_000_000_00)
    reason_code: ReasonIn


class ResolveIn(StrictModel):
    """A person closes a work item, saying how it ended."""

    resolution: ReasonIn


class TimelineOut(BaseModel):
    """One event or deed."""

    occurred_at: datetime
    event_type: str
    actor: str
    trace_id: str | None
    encounter_version: int
    claim_id: UUID | None
    claim_version: int | None
    data: dict[str, Any]


class BearerOut(BaseModel):
    """What one payer turn bears, in cents."""

    paid_cents: int = 0
    contractual_cents: int = 0
    written_off_cents: int = 0
    outstanding_cents: int = 0


class MoneyOut(BaseModel):
    """Charge = Σ bearers + patient, at every moment; `balanced` is computed, not asserted."""

    charge_cents: int
    bearers: dict[str, BearerOut]
    patient_cents: int
    balanced: bool


class TransferOut(BaseModel):
    """One ledger transfer."""

    posted_at: datetime
    debit_account: str
    credit_account: str
    amount_cents: int
    reason: str
    line_number: int | None
    claim_id: UUID | None
    actor: str


class PaymentOut(BaseModel):
    """One decision of a payer."""

    payment_id: UUID
    remittance_id: UUID
    trace_number: str
    number: int
    payer_id: str
    paid_on: date
    state: str
    claim_status_code: str
    charge_cents: int
    paid_cents: int
    patient_cents: int
    contractual_cents: int
    denied_cents: int
    category: str | None
    reversed_by: UUID | None
    adjudication: dict[str, Any]


class WorkItemOut(BaseModel):
    """One matter for one role by one date."""

    item_id: UUID
    reason_code: str
    waits_on: str
    state: str
    opened_on: date
    due_on: date
    overdue: bool
    amount_cents: int
    action: str
    encounter_id: UUID | None
    claim_id: UUID | None
    remittance_id: UUID | None
    details: dict[str, Any]
    closed_at: datetime | None
    closed_by: str | None
    resolution: str | None


class ClaimSummary(BaseModel):
    """One line of the claims list."""

    claim_id: UUID
    encounter_id: UUID
    claim_version: int
    payer_id: str
    payer_sequence: str
    patient_control_number: str
    payer_claim_control_number: str | None
    state: str
    closed: bool
    charge_cents: int
    outstanding_cents: int
    created_at: datetime


class ClaimOut(ClaimSummary):
    """One claim whole: money, decisions, open matters, and everything that happened."""

    money: MoneyOut
    payments: list[PaymentOut]
    transfers: list[TransferOut]
    work_items: list[WorkItemOut]
    timeline: list[TimelineOut]


class EncounterTimelineOut(BaseModel):
    """Everything that happened to an encounter."""

    encounter_id: UUID
    timeline: list[TimelineOut]


class AccountOut(BaseModel):
    """Totals of one account in cents."""

    account: str
    debit_cents: int
    credit_cents: int


class LedgerOut(BaseModel):
    """One ledger of an encounter."""

    ledger_id: UUID
    charge_cents: int
    paid_cents: int
    contractual_cents: int
    patient_cents: int
    written_off_cents: int
    outstanding_cents: int


class BalanceOut(BaseModel):
    """The trial balance: `balanced` is true if every sum agrees.

    `cash_cents` is what the ledgers hold as paid, `remitted_cents` the sum of BPR02 of the posted remittances.
    """

    balanced: bool
    debit_cents: int
    credit_cents: int
    accounts: list[AccountOut]
    ledgers: int
    unbalanced_ledgers: int
    overpaid_ledgers: int
    cash_cents: int
    remitted_cents: int


class EncounterBalanceOut(BaseModel):
    """The books of one encounter."""

    encounter_id: UUID
    balanced: bool
    accounts: list[AccountOut]
    ledgers: list[LedgerOut]
