"""A request for additional information, 277: what the payer wants to see before it decides. A tree, as it is sent.

A question is a status code of category R with a LOINC (``code_list`` LOI) that names the document wanted.
"""

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal

from x12.claim_status.models import Payer, Receiver, ServiceProvider, StatusCode, Subscriber
from x12.parties import Address, Contact, Procedure
from x12.values import value

VERSION = "006020X313"
VERSION_5010 = "005010X213"
FUNCTIONAL_ID = "HN"
LOINC = "LOI"


@value(frozen=True, slots=True)
class Question:
    """STC: what is asked (first code), with up to two modifiers of scope; date and claim charge."""

    codes: tuple[StatusCode, ...]
    effective_date: date | None = None
    charge_cents: int | None = None


@value(frozen=True, slots=True)
class ResponseContact:
    """Loop 2210D: how and where to answer. ``transmission_code`` is PWK02 (EL electronically, BM by mail, ...)."""

    report_type_code: str
    transmission_code: str = ""
    control_number: str = ""
    contact: Contact | None = None
    entity_code: str = ""
    name: str = ""
    address: Address | None = None


@value(frozen=True, slots=True)
class LineRequest:
    """Loop 2220D: questions about one service line. ``line_item_control_number`` is REF*FJ."""

    procedure: Procedure
    charge_cents: int
    questions: tuple[Question, ...]
    units: Decimal | None = None
    revenue_code: str = ""
    line_item_control_number: str = ""
    service_date: date | None = None
    service_date_end: date | None = None


@value(frozen=True, slots=True)
class ClaimRequest:
    """Loop 2200D: questions about one claim. The 275 gives ``trace_number`` (TRN02) back.

    ``due`` (DTP*106) is the day by which the payer wants the answer.
    """

    trace_number: str
    questions: tuple[Question, ...]
    payer_claim_control_number: str = ""  # REF*1K
    bill_type: str = ""  # REF*BLT
    patient_control_number: str = ""  # REF*EJ
    medical_record_number: str = ""  # REF*EA
    clearinghouse_claim_number: str = ""  # REF*D9
    service_date: date | None = None
    service_date_end: date | None = None
    due: date | None = None
    response_contact: ResponseContact | None = None
    lines: tuple[LineRequest, ...] = ()


@value(frozen=True, slots=True)
class PatientRequests:
    """Loop 2000D: a patient and the claims asked about."""

    patient: Subscriber
    claims: tuple[ClaimRequest, ...]


@value(frozen=True, slots=True)
class ProviderRequests:
    """Loop 2000C: the provider of service and the patients."""

    providers: tuple[ServiceProvider, ...]
    patients: tuple[PatientRequests, ...]


@value(frozen=True, slots=True)
class ReceiverRequests:
    """Loops 2000A and 2000B: who asks whom."""

    payer: Payer
    receiver: Receiver
    providers: tuple[ProviderRequests, ...]


@value(frozen=True, slots=True)
class InformationRequest:
    """One ST..SE of a 277 request. ``reference`` is BHT03."""

    control_number: str
    reference: str
    created: datetime
    receivers: tuple[ReceiverRequests, ...]

    @property
    def claims(self) -> Iterator[ClaimRequest]:
        """Every claim asked about, in file order."""
        patients = (
            each for receiver in self.receivers for provider in receiver.providers for each in provider.patients
        )
        return (claim for patient in patients for claim in patient.claims)
