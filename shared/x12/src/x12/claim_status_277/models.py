"""A claim status response, 277 005010X212: where each claim is. A tree, as it is sent.

P categories are pending, F final (F1 paid, F2 denied), R requests for information, E errors, D0 not found.
"""

from datetime import date, datetime
from decimal import Decimal

from x12.claim_status.models import (
    DependentClaims,
    Payer,
    Receiver,
    ServiceProvider,
    StatusCode,
    SubscriberClaims,
    claims_of,
)
from x12.parties import Procedure
from x12.values import value

VERSION = "005010X212"
FUNCTIONAL_ID = "HN"


@value(frozen=True, slots=True)
class Status:
    """STC: one to three status codes and their date; at a claim also what was charged, paid, when and how.

    ``adjudication_date`` STC06, ``payment_date`` STC08, ``trace_number`` STC09 (check or EFT number).
    """

    codes: tuple[StatusCode, ...]
    effective_date: date | None
    charge_cents: int | None = None
    paid_cents: int | None = None
    adjudication_date: date | None = None
    payment_date: date | None = None
    trace_number: str = ""


@value(frozen=True, slots=True)
class Trace:
    """Loop 2200B or 2200C: a whole request, or all of a provider, is answered with these statuses."""

    number: str
    statuses: tuple[Status, ...]


@value(frozen=True, slots=True)
class LineStatus:
    """Loop 2220D or 2220E. ``line_item_control_number`` is REF*FJ."""

    procedure: Procedure
    charge_cents: int
    paid_cents: int
    units: Decimal
    statuses: tuple[Status, ...]
    service_date: date | None
    service_date_end: date | None = None
    revenue_code: str = ""
    line_item_control_number: str = ""


@value(frozen=True, slots=True)
class ClaimStatus:
    """Loop 2200D or 2200E. ``trace_number`` (TRN02) is that of the inquiry."""

    trace_number: str
    statuses: tuple[Status, ...]
    payer_claim_control_number: str = ""  # REF*1K
    bill_type: str = ""  # REF*BLT
    patient_control_number: str = ""  # REF*EJ
    prescription_number: str = ""  # REF*XZ
    voucher_number: str = ""  # REF*VV
    clearinghouse_claim_number: str = ""  # REF*D9
    service_date: date | None = None
    service_date_end: date | None = None
    lines: tuple[LineStatus, ...] = ()


DependentStatuses = DependentClaims[ClaimStatus]
SubscriberStatuses = SubscriberClaims[ClaimStatus]


@value(frozen=True, slots=True)
class ProviderStatuses:
    """Loop 2000C: the provider of service, and either a ``trace`` for all of it or the subscribers."""

    providers: tuple[ServiceProvider, ...]
    trace: Trace | None = None
    subscribers: tuple[SubscriberStatuses, ...] = ()


@value(frozen=True, slots=True)
class ReceiverStatuses:
    """Loops 2000A and 2000B: who answers whom, and either a ``trace`` for the whole request or the providers."""

    payer: Payer
    receiver: Receiver
    trace: Trace | None = None
    providers: tuple[ProviderStatuses, ...] = ()


@value(frozen=True, slots=True)
class ClaimStatusResponse:
    """One ST..SE of a 277. ``reference`` is BHT03, which is the 276's."""

    control_number: str
    reference: str
    created: datetime
    receivers: tuple[ReceiverStatuses, ...]

    @property
    def claims(self) -> tuple[ClaimStatus, ...]:
        """Every claim answered, in file order."""
        providers = (provider for receiver in self.receivers for provider in receiver.providers)
        return tuple(claims_of(each for provider in providers for each in provider.subscribers))
