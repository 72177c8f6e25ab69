"""A claim status request, 276 005010X212: where is it now? A tree, as it is sent.

Ask with few fields first: what does not match in the payer's records finds nothing.
"""

from datetime import date, datetime
from decimal import Decimal

from x12.claim_status.models import DependentClaims, Payer, Receiver, ServiceProvider, SubscriberClaims, claims_of
from x12.parties import Procedure
from x12.values import value

VERSION = "005010X212"
FUNCTIONAL_ID = "HR"


@value(frozen=True, slots=True)
class LineInquiry:
    """Loop 2210D or 2210E: a service line asked for. ``line_item_control_number`` is REF*FJ."""

    procedure: Procedure
    charge_cents: int
    units: Decimal
    service_date: date | None
    service_date_end: date | None = None
    revenue_code: str = ""
    line_item_control_number: str = ""


@value(frozen=True, slots=True)
class ClaimInquiry:
    """Loop 2200D or 2200E: a claim asked for. The answer gives ``trace_number`` (TRN02) back."""

    trace_number: str
    payer_claim_control_number: str = ""  # REF*1K
    bill_type: str = ""  # REF*BLT
    location_number: str = ""  # REF*LU
    group_number: str = ""  # REF*6P
    patient_control_number: str = ""  # REF*EJ
    prescription_number: str = ""  # REF*XZ
    clearinghouse_claim_number: str = ""  # REF*D9
    charge_cents: int | None = None  # AMT*T3
    service_date: date | None = None
    service_date_end: date | None = None
    lines: tuple[LineInquiry, ...] = ()


DependentInquiries = DependentClaims[ClaimInquiry]
SubscriberInquiries = SubscriberClaims[ClaimInquiry]


@value(frozen=True, slots=True)
class ProviderInquiries:
    """Loop 2000C: the provider of service, named once or twice, and the subscribers."""

    providers: tuple[ServiceProvider, ...]
    subscribers: tuple[SubscriberInquiries, ...]


@value(frozen=True, slots=True)
class ReceiverInquiries:
    """Loops 2000A and 2000B: the payer asked, and who asks."""

    payer: Payer
    receiver: Receiver
    providers: tuple[ProviderInquiries, ...]


@value(frozen=True, slots=True)
class ClaimStatusRequest:
    """One ST..SE of a 276. ``reference`` is BHT03, which the 277 gives back."""

    control_number: str
    reference: str
    created: datetime
    receivers: tuple[ReceiverInquiries, ...]

    @property
    def claims(self) -> tuple[ClaimInquiry, ...]:
        """Every claim asked for, in file order."""
        providers = (provider for receiver in self.receivers for provider in receiver.providers)
        return tuple(claims_of(each for provider in providers for each in provider.subscribers))
