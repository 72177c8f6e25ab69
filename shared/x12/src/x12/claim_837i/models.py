"""An institutional claim, 837I 005010X223A2, in the field's own terms.

Text that is absent is ``""``, a date or amount that is absent is ``None``. Money is integer cents.
A claim carries its whole context, as an 837P's does (`x12.claim_837.models`). Codes of the NUBC's UB-04 manual
(type of bill, revenue, condition, occurrence, value, admission, patient status) are plain text here.
"""

from datetime import date, datetime
from decimal import Decimal

from x12.claim_837.details import Attachment, Condition, Contract, Drug, Note, Repricing
from x12.claim_837.models import (
    BillingProvider,
    OtherCoverage,
    OtherPayerProvider,
    Patient,
    Payer,
    Provider,
    Receiver,
    ServiceFacility,
    Submitter,
    Subscriber,
)
from x12.parties import Adjustment, Procedure
from x12.values import value

VERSION = "005010X223A2"
FUNCTIONAL_ID = "HC"
MAX_LINES_PER_CLAIM = 999
MAX_OTHER_DIAGNOSES = 24


@value(frozen=True, slots=True)
class Diagnosis:
    """An HI diagnosis without its dot, with the present on admission indicator (Y, N, U, W or nothing: exempt)."""

    code: str
    present_on_admission: str = ""


@value(frozen=True, slots=True)
class DatedCode:
    """A procedure (ICD-10-PCS) or an occurrence code with its day.

    ``qualifier`` only where it does not follow from the claim: CAH, an advanced billing concepts code.
    """

    code: str
    day: date | None
    qualifier: str = ""


@value(frozen=True, slots=True)
class OccurrenceSpan:
    """HI BI: an occurrence span code with its first and last day."""

    code: str
    start: date | None
    end: date | None


@value(frozen=True, slots=True)
class Value:
    """HI BE: a value code with its amount. Some value codes carry a count: 4 days are 400 here."""

    code: str
    amount_cents: int


@value(frozen=True, slots=True)
class LineAdjudication:
    """Loop 2430: what another payer decided on this line. ``payer_id`` equals that payer's id in 2330B."""

    payer_id: str
    paid_cents: int
    revenue_code: str
    units: Decimal
    adjudication_date: date | None
    procedure: Procedure | None = None
    adjustments: tuple[Adjustment, ...] = ()
    bundled_line_number: int | None = None
    remaining_patient_liability_cents: int | None = None


@value(frozen=True, slots=True)
class ServiceLine:
    """Loop 2400. ``unit_code`` is UN (units) or DA (days); ``service_date_end`` makes a range (RD8).

    ``procedure`` is required on an outpatient claim; inpatient lines may have a revenue code alone.
    """

    revenue_code: str
    charge_cents: int
    units: Decimal
    procedure: Procedure | None = None
    unit_code: str = "UN"
    non_covered_cents: int | None = None
    service_date: date | None = None
    service_date_end: date | None = None
    line_item_control_number: str = ""  # REF*6R
    repriced_reference: str = ""  # REF*9B
    adjusted_repriced_reference: str = ""  # REF*9D
    attachments: tuple[Attachment, ...] = ()
    service_tax_cents: int | None = None  # AMT*GT
    facility_tax_cents: int | None = None  # AMT*N8
    third_party_note: str = ""  # NTE*TPO
    repricing: Repricing | None = None
    drug: Drug | None = None
    operating_physician: Provider | None = None
    other_operating_physician: Provider | None = None
    rendering_provider: Provider | None = None
    referring_provider: Provider | None = None
    adjudications: tuple[LineAdjudication, ...] = ()


@value(frozen=True, slots=True)
class Claim:
    """Loop 2300 with everything above and below it: one request to one payer.

    ``patient`` is None when the subscriber is the patient. ``facility_type_code`` is CLM05-1, the second and third
    digit of the type of bill, ``frequency_code`` its last. ``icd_9`` writes the ICD-9 qualifiers (BK, BF, BR, ...).
    ``discharge_time`` and ``admission_time`` are ``HHMM``.
    """

    billing_provider: BillingProvider
    subscriber: Subscriber
    payer: Payer
    patient_control_number: str
    charge_cents: int
    facility_type_code: str
    statement_from: date
    statement_through: date
    patient_status_code: str  # CL103
    principal_diagnosis: Diagnosis | None
    service_lines: tuple[ServiceLine, ...]
    patient: Patient | None = None
    frequency_code: str = "1"
    assignment_code: str = "A"
    benefits_assignment: str = "Y"
    release_of_information: str = "Y"
    delay_reason_code: str = ""
    icd_9: bool = False
    discharge_time: str = ""  # DTP*096
    admission_date: date | None = None  # DTP*435
    admission_time: str = ""
    repricer_received: date | None = None  # DTP*050
    admission_type_code: str = ""  # CL101
    admission_source_code: str = ""  # CL102
    attachments: tuple[Attachment, ...] = ()
    contract: Contract | None = None
    patient_estimated_due_cents: int | None = None  # AMT*F3
    service_authorization_exception_code: str = ""  # REF*4N
    referral_number: str = ""  # REF*9F
    prior_authorization_number: str = ""  # REF*G1
    payer_claim_control_number: str = ""  # REF*F8
    repriced_claim_number: str = ""  # REF*9A
    adjusted_repriced_claim_number: str = ""  # REF*9C
    investigational_device_numbers: tuple[str, ...] = ()  # REF*LX
    clearinghouse_claim_number: str = ""  # REF*D9
    auto_accident_state: str = ""  # REF*LU
    medical_record_number: str = ""  # REF*EA
    demonstration_project_id: str = ""  # REF*P4
    peer_review_approval_number: str = ""  # REF*G4
    file_information: tuple[str, ...] = ()  # K3
    notes: tuple[Note, ...] = ()  # NTE*ALG, DCP, DGN, ...
    billing_note: str = ""  # NTE*ADD
    epsdt_referral: Condition | None = None  # CRC*ZZ
    admitting_diagnosis_code: str = ""  # ABJ
    reasons_for_visit: tuple[str, ...] = ()  # APR, up to three
    external_causes: tuple[Diagnosis, ...] = ()  # ABN
    drg_code: str = ""  # DR
    other_diagnoses: tuple[Diagnosis, ...] = ()  # ABF
    principal_procedure: DatedCode | None = None  # BBR
    other_procedures: tuple[DatedCode, ...] = ()  # BBQ
    occurrence_spans: tuple[OccurrenceSpan, ...] = ()  # BI
    occurrences: tuple[DatedCode, ...] = ()  # BH
    values: tuple[Value, ...] = ()  # BE
    condition_codes: tuple[str, ...] = ()  # BG
    treatment_codes: tuple[str, ...] = ()  # TC
    repricing: Repricing | None = None
    attending_provider: Provider | None = None
    operating_physician: Provider | None = None
    other_operating_physician: Provider | None = None
    rendering_provider: Provider | None = None
    service_facility: ServiceFacility | None = None
    referring_provider: Provider | None = None
    other_coverages: tuple[OtherCoverage, ...] = ()

    @property
    def type_of_bill(self) -> str:
        """The four digits of the UB-04: ``0131`` for CLM05 ``13:A:1``."""
        return f"0{self.facility_type_code}{self.frequency_code}"


@value(frozen=True, slots=True)
class ClaimTransactionSet:
    """One ST..SE of an 837I. ``reference`` is BHT03, the originator's transaction id, which a 277CA gives back.

    ``created`` is BHT04/05 and keeps minutes. ``transaction_type``: CH (chargeable), RP (encounter report), 31
    (subrogation demand).
    """

    control_number: str
    reference: str
    created: datetime
    submitter: Submitter
    receiver: Receiver
    claims: tuple[Claim, ...] = ()
    transaction_type: str = "CH"
    purpose_code: str = "00"


__all__ = [
    "FUNCTIONAL_ID",
    "MAX_LINES_PER_CLAIM",
    "MAX_OTHER_DIAGNOSES",
    "VERSION",
    "Attachment",
    "BillingProvider",
    "Claim",
    "ClaimTransactionSet",
    "Condition",
    "Contract",
    "DatedCode",
    "Diagnosis",
    "Drug",
    "LineAdjudication",
    "Note",
    "OccurrenceSpan",
    "OtherCoverage",
    "OtherPayerProvider",
    "Patient",
    "Payer",
    "Provider",
    "Receiver",
    "Repricing",
    "ServiceFacility",
    "ServiceLine",
    "Submitter",
    "Subscriber",
    "Value",
]
