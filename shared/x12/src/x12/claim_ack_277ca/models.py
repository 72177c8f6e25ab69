"""A claim acknowledgement, 277CA 005010X214: was each claim taken into adjudication?

A rejection can stand at the receiver (2200B: every claim of the batch) or at a provider (2200C: every claim of
that provider) with no claims below it. ``receiver_trace_number`` is the 837's BHT03.
"""

from datetime import date, datetime
from decimal import Decimal

from x12.claim_status.models import StatusCode
from x12.parties import Identification, Name, Procedure, Reference
from x12.values import value

VERSION = "005010X214"
FUNCTIONAL_ID = "HN"
ACCEPT = "WQ"
REJECT = "U"


@value(frozen=True, slots=True)
class Status:
    """STC: one to three status codes, date, action (WQ accept, U reject, or "" on a provider's), amount, text."""

    codes: tuple[StatusCode, ...]
    effective_date: date | None
    action_code: str
    amount_cents: int | None = None
    text: str = ""

    @property
    def rejected(self) -> bool:
        """True if this status says that the claim is not adjudicated (STC03 = U)."""
        return self.action_code == REJECT


@value(frozen=True, slots=True)
class Totals:
    """QTY and AMT of 2200B or 2200C: how many claims and cents were accepted and rejected."""

    accepted_quantity: int | None = None
    rejected_quantity: int | None = None
    accepted_cents: int | None = None
    rejected_cents: int | None = None


@value(frozen=True, slots=True)
class LineStatus:
    """Loop 2220D: a line that caused the rejection. ``line_item_control_number`` is REF*FJ."""

    procedure: Procedure
    charge_cents: int
    statuses: tuple[Status, ...]
    revenue_code: str = ""
    units: Decimal | None = None
    line_item_control_number: str = ""
    prescription_number: str = ""
    service_date: date | None = None
    service_date_end: date | None = None


@value(frozen=True, slots=True)
class ClaimStatus:
    """Loops 2000D, 2100D, 2200D. ``patient_control_number`` is TRN02 (our CLM01).

    ``payer_claim_control_number`` REF*1K, ``clearinghouse_claim_number`` REF*D9.
    """

    patient: Name
    patient_control_number: str
    statuses: tuple[Status, ...]
    service_date: date | None
    service_date_end: date | None = None
    patient_id: str = ""
    patient_id_qualifier: str = "MI"
    payer_claim_control_number: str = ""
    clearinghouse_claim_number: str = ""
    bill_type: str = ""
    lines: tuple[LineStatus, ...] = ()

    @property
    def rejected(self) -> bool:
        """True if any status rejects the claim."""
        return any(status.rejected for status in self.statuses)


@value(frozen=True, slots=True)
class ProviderStatus:
    """Loops 2000C, 2100C, 2200C: a billing provider and its claims."""

    name: Name
    id: Identification
    trace_number: str
    statuses: tuple[Status, ...] = ()
    secondary_ids: tuple[Reference, ...] = ()
    totals: Totals = Totals()
    claims: tuple[ClaimStatus, ...] = ()


@value(frozen=True, slots=True)
class ReceiverStatus:
    """Loops 2000A to 2200B: who answers, and the batch answered. ``source_entity_code``: PR payer, AY clearinghouse."""

    source_name: str
    source_id: Identification
    source_trace_number: str
    receipt_date: date
    process_date: date
    receiver_name: Name
    receiver_id: str
    receiver_trace_number: str
    statuses: tuple[Status, ...]
    source_entity_code: str = "PR"
    totals: Totals = Totals()
    providers: tuple[ProviderStatus, ...] = ()


@value(frozen=True, slots=True)
class ClaimAcknowledgement:
    """One ST..SE of a 277CA. ``reference`` is BHT03."""

    control_number: str
    reference: str
    created: datetime
    receivers: tuple[ReceiverStatus, ...]

    @property
    def claims(self) -> tuple[ClaimStatus, ...]:
        """Every claim status, in file order."""
        return tuple(c for r in self.receivers for p in r.providers for c in p.claims)


__all__ = [
    "ACCEPT",
    "FUNCTIONAL_ID",
    "REJECT",
    "VERSION",
    "ClaimAcknowledgement",
    "ClaimStatus",
    "LineStatus",
    "ProviderStatus",
    "ReceiverStatus",
    "Status",
    "StatusCode",
    "Totals",
]
