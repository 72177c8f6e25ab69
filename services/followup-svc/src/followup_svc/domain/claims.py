"""A claim as its facts tell it: the same set of facts gives the same answer, in whatever order they came."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from followup_svc.domain.adjudication import Payment


@dataclass(frozen=True, slots=True)
class BilledLine:
    """A service line of a claim version."""

    line_number: int
    control_number: str
    procedure_code: str
    charge_cents: int


@dataclass(frozen=True, slots=True)
class ClaimVersion:
    """One ClaimBuilt. `later_turns` are the payer turns that come after this claim's own."""

    claim_version: int
    encounter_version: int
    frequency_code: str
    charge_cents: int
    built_at: datetime
    lines: tuple[BilledLine, ...]
    later_turns: tuple[str, ...] = ()
    filing_indicator: str = ""
    corrects_claim_id: UUID | None = None
    correction_action: str | None = None


@dataclass(frozen=True, slots=True)
class Fact:
    """One event as the timeline keeps it; `data` are its plain fields."""

    event_type: str
    encounter_version: int
    claim_id: UUID | None
    claim_version: int | None
    occurred_at: datetime
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Claim:
    """Everything known of one claim (one request to one payer)."""

    tenant_id: str
    encounter_id: UUID
    claim_id: UUID
    payer_id: str
    turn: str
    patient_control_number: str
    versions: tuple[ClaimVersion, ...] = ()
    facts: tuple[Fact, ...] = ()
    payments: tuple[Payment, ...] = ()
    ledger_id: UUID | None = None
    opened_lines: Mapping[int, int] = field(default_factory=dict)
    opening_number: int = 0
    closing_number: int = 0
    closed: bool = False

    def of_type(self, event_type: str, claim_version: int | None = None) -> list[Fact]:
        """Facts of one type, of one version if given, oldest first."""
        return [
            fact
            for fact in self.facts
            if fact.event_type == event_type and (claim_version is None or fact.claim_version == claim_version)
        ]

    def version(self, number: int) -> ClaimVersion | None:
        """The version with this number, if its ClaimBuilt is known."""
        return next((version for version in self.versions if version.claim_version == number), None)

    @property
    def newest(self) -> ClaimVersion | None:
        """The highest version that was built."""
        return max(self.versions, key=lambda version: version.claim_version, default=None)

    @property
    def standing(self) -> Payment | None:
        """The newest decision that was not taken back."""
        return max((p for p in self.payments if p.stands), key=lambda p: (p.paid_on, p.key), default=None)

    @property
    def payer_claim_control_number(self) -> str | None:
        """The payer's own number: of the newest standing decision, else of an acknowledgement."""
        standing = self.standing
        if standing is not None and standing.adjudication.payer_claim_control_number:
            return standing.adjudication.payer_claim_control_number
        told = [fact.data.get("payer_claim_control_number") for fact in self.of_type("ClaimAccepted")]
        return next((number for number in reversed(told) if number), None)

    @property
    def first_turn(self) -> bool:
        """True if this claim brings the charge to the ledger; a later payer's claim only takes over what is left."""
        return self.turn == "P" or not any(version.correction_action for version in self.versions)


def ledger_of(claim: Claim, others: Mapping[UUID, Claim]) -> UUID | None:
    """The ledger that the claim's money belongs to: its own, or that of the claim it follows; None if not yet known."""
    if claim.first_turn:
        return claim.claim_id if claim.versions else None
    follows = [v.corrects_claim_id for v in claim.versions if v.correction_action == "secondary"]
    before = others.get(follows[0]) if follows and follows[0] is not None else None
    if before is None or before.claim_id == claim.claim_id:
        return None
    return before.ledger_id or ledger_of(before, others)


def version_of(payment: Payment, claim: Claim) -> int:
    """The claim version that a payment answers, by content only, so that the order of arrival does not matter.

    By the payer's control number of an acceptance; else, of the versions that the payer can have decided (sent, not
    rejected), the newest with the same charge (and frequency code, if told) that was built by the day of the payment;
    else the oldest of them. Number and frequency code 1 alone
    tell the version of the first decision only: payers also send them with the answer to a replacement.
    """
    later = any(_before(other, payment) for other in claim.payments)
    accepted = _accepted_as(claim, payment.adjudication.payer_claim_control_number, distinct=later)
    if accepted:
        return accepted
    charge_cents, told = abs(payment.adjudication.charge_cents), payment.adjudication.frequency_code
    versions = _decidable(claim)
    billed = [version for version in versions if version.charge_cents == charge_cents] or versions
    if not (later and told == "1"):
        billed = [version for version in billed if told and version.frequency_code == told] or billed
    dated = [version for version in billed if version.built_at.date() <= payment.paid_on]
    if dated:
        return dated[-1].claim_version
    return billed[0].claim_version if billed else 1


def _decidable(claim: Claim) -> list[ClaimVersion]:
    """The versions that a payer can have decided, oldest first; all where none is known to be sent."""
    versions = sorted(claim.versions, key=lambda version: version.claim_version)
    versions = [version for version in versions if not rejected(claim, version.claim_version)] or versions
    sent = {fact.claim_version for fact in claim.of_type("ClaimSubmitted")}
    return [version for version in versions if version.claim_version in sent] or versions


def _accepted_as(claim: Claim, number: str, *, distinct: bool) -> int:
    """The newest version accepted under the payer's number, 0 if none; `distinct` asks that others have another one."""
    told = [(f.claim_version or 0, f.data.get("payer_claim_control_number")) for f in claim.of_type("ClaimAccepted")]
    if not number or (distinct and all(known in (number, None) for _, known in told)):
        return 0
    return max((version for version, known in told if known == number), default=0)


def _before(other: Payment, payment: Payment) -> bool:
    """True if `other` is an earlier decision about the same claim: taken back since, or of an earlier day."""
    if not other.posted or other.adjudication.is_reversal or other.payment_id == payment.payment_id:
        return False
    if other.reversed_by is not None and payment.reversed_by is None:
        return True
    return (other.paid_on, other.key) < (payment.paid_on, payment.key)


def rejected(claim: Claim, claim_version: int) -> Fact | None:
    """The rejection that stands: no later submission or acceptance of the same version came after it."""
    refusals = claim.of_type("ClaimRejected", claim_version)
    answers = claim.of_type("ClaimAccepted", claim_version) + claim.of_type("ClaimSubmitted", claim_version)
    newest = max((fact.occurred_at for fact in answers), default=None)
    standing = [fact for fact in refusals if newest is None or fact.occurred_at >= newest]
    return standing[-1] if standing else None


def stalled(claim: Claim, claim_version: int) -> Fact | None:
    """The stall that stands: what it waited for has not come."""
    answered = bool(claim.of_type("ClaimAccepted", claim_version) or claim.of_type("ClaimRejected", claim_version))
    delivered = answered or bool(claim.of_type("ClaimSubmitted", claim_version))
    for fact in reversed(claim.of_type("ClaimStalled", claim_version)):
        resolved = answered if fact.data.get("reason") == "acknowledgement_overdue" else delivered
        if not resolved:
            return fact
    return None
