"""Parts that several events share: a correction's context, status codes, adjustments."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from events.envelope import Cents, Part, ReasonCode


class Correction(Part):
    """Why a claim is made again; it travels unchanged from CorrectionRequested to ClaimBuilt."""

    claim_id: UUID
    claim_version: int
    action: Literal["recode", "rebill", "secondary", "void"]
    reason_code: ReasonCode
    frequency_code: Literal["1", "7", "8"]
    payer_claim_control_number: str | None = None


class StatusCode(Part):
    """Claim status category, claim status and entity code of an acknowledgement (STC01), or a 999/TA1 code."""

    category: str
    status: str | None = None
    entity: str | None = None


class Adjustment(Part):
    """One CAS triplet; positive cents lower the payment. `line_number` is None at claim level."""

    group_code: str
    reason_code: str
    amount_cents: Cents
    line_number: int | None = None
