"""What a payer reads in a claim and what it decides. Frozen, standard library only; money is integer cents."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Final, Literal

CONTRACTUAL: Final = frozenset({("CO", "45"), ("CO", "253"), ("CO", "59")})
"""What the contract takes off, no denial: fee schedule, sequestration, multiple-procedure reduction."""
PATIENT_SHARE: Final = frozenset({"1", "2", "3", "45"})
"""Group PR: deductible, coinsurance, copayment, and what is above the fee schedule without assignment."""
PRIOR_PAYER: Final = ("OA", "23")
"""What an earlier payer's decision already took."""


@dataclass(frozen=True, slots=True)
class Person:
    """A patient or subscriber as the claim names them."""

    last_name: str
    first_name: str = ""
    middle_name: str = ""


@dataclass(frozen=True, slots=True)
class PriorLine:
    """What the payers before this one decided on a line (loop 2430, summed over them)."""

    paid_cents: int
    patient_cents: int
    other_cents: int


@dataclass(frozen=True, slots=True)
class SubmittedLine:
    """A service line (loop 2400). `diagnoses` are the codes it points at, the main one first."""

    number: int
    code: str
    modifiers: tuple[str, ...]
    units: Decimal
    charge_cents: int
    date_of_service: date
    diagnoses: tuple[str, ...] = ()
    control_number: str | None = None
    has_drug_code: bool = False
    note: str = ""
    prior: PriorLine | None = None
    qualifier: str = "HC"
    """What `code` is: a procedure (HC), or a revenue code (NU) on a line of a stay that has no procedure."""


@dataclass(frozen=True, slots=True)
class SubmittedClaim:
    """A claim as one payer sees it. `original_reference` is REF*F8, the payer's own number of an earlier claim."""

    patient_control_number: str
    charge_cents: int
    frequency_code: str
    payer_id: str
    payer_name: str
    filing_indicator: str
    payer_sequence: str
    member_id: str
    patient: Person
    subscriber: Person
    patient_is_subscriber: bool
    place_of_service: str
    diagnoses: tuple[str, ...]
    lines: tuple[SubmittedLine, ...]
    billing_npi: str
    billing_name: str
    billing_tax_id: str
    rendering_npi: str = ""
    referring_npi: str = ""
    prior_authorization: str | None = None
    original_reference: str | None = None
    clia_number: str | None = None
    accepts_assignment: bool = True
    has_prior_payment: bool = False

    @property
    def service_date(self) -> date:
        """The first date of service."""
        return min(line.date_of_service for line in self.lines)


@dataclass(frozen=True, slots=True)
class Adjustment:
    """One CAS triplet; positive cents lower the payment."""

    group: str
    reason: str
    cents: int


@dataclass(frozen=True, slots=True)
class LineDecision:
    """charge_cents − Σ adjustments = paid_cents, always (X12 RFI 2348)."""

    number: int
    code: str
    modifiers: tuple[str, ...]
    units: Decimal
    charge_cents: int
    allowed_cents: int
    paid_cents: int
    adjustments: tuple[Adjustment, ...]
    date_of_service: date
    control_number: str | None = None
    remarks: tuple[str, ...] = ()
    qualifier: str = "HC"


ClaimStatus = Literal["1", "2", "3", "4", "19", "20", "21", "22"]
"""CLP02: processed as primary, secondary, tertiary; denied; the same and forwarded; reversal."""


@dataclass(frozen=True, slots=True)
class ClaimPayment:
    """One CLP: a claim, a part of a split claim, or the reversal of one. All money stands on the lines."""

    patient_control_number: str
    payer_claim_control_number: str
    status: ClaimStatus
    lines: tuple[LineDecision, ...]
    filing_indicator: str
    frequency_code: str
    place_of_service: str
    member_id: str
    patient: Person
    subscriber: Person
    patient_is_subscriber: bool
    rendering_npi: str = ""
    remarks: tuple[str, ...] = ()

    @property
    def charge_cents(self) -> int:
        """CLP03."""
        return sum(line.charge_cents for line in self.lines)

    @property
    def paid_cents(self) -> int:
        """CLP04."""
        return sum(line.paid_cents for line in self.lines)

    @property
    def patient_cents(self) -> int:
        """CLP05: everything of group PR; a reversal does not carry it."""
        if self.status == "22":
            return 0
        return sum(a.cents for line in self.lines for a in line.adjustments if a.group == "PR")


@dataclass(frozen=True, slots=True)
class ProviderAdjustment:
    """One PLB pair; positive cents lower the payment of the whole remittance."""

    reason: str
    reference: str
    cents: int


@dataclass(frozen=True, slots=True)
class Money:
    """Where the charge went. The five add up to the charge."""

    paid_cents: int = 0
    contractual_cents: int = 0
    patient_cents: int = 0
    prior_payer_cents: int = 0
    denied_cents: int = 0

    def __add__(self, other: Money) -> Money:
        """Sum by part."""
        return Money(
            self.paid_cents + other.paid_cents,
            self.contractual_cents + other.contractual_cents,
            self.patient_cents + other.patient_cents,
            self.prior_payer_cents + other.prior_payer_cents,
            self.denied_cents + other.denied_cents,
        )


def money_of(payments: Iterable[ClaimPayment]) -> Money:
    """Sum what payments say, reversals included, by the kind of each adjustment."""
    paid = contractual = patient = prior = denied = 0
    for payment in payments:
        for line in payment.lines:
            paid += line.paid_cents
            for adjustment in line.adjustments:
                key = (adjustment.group, adjustment.reason)
                if key in CONTRACTUAL:
                    contractual += adjustment.cents
                elif key == PRIOR_PAYER:
                    prior += adjustment.cents
                elif adjustment.group == "PR" and adjustment.reason in PATIENT_SHARE:
                    patient += adjustment.cents
                else:
                    denied += adjustment.cents
    return Money(paid, contractual, patient, prior, denied)


def reversal_of(payment: ClaimPayment) -> ClaimPayment:
    """The same claim with every amount negated and the original group codes (X12 RFI 1147, 1429)."""
    lines = tuple(_negated(line) for line in payment.lines)
    return replace(payment, status="22", lines=lines)


def _negated(line: LineDecision) -> LineDecision:
    adjustments = tuple(replace(a, cents=-a.cents) for a in line.adjustments)
    return replace(
        line,
        charge_cents=-line.charge_cents,
        allowed_cents=-line.allowed_cents,
        paid_cents=-line.paid_cents,
        adjustments=adjustments,
    )
