"""A professional claim, 837P 005010X222A1, in the field's own terms.

Text that is absent is ``""``, a date or amount that is absent is ``None``. Money is integer cents.
A claim carries its whole context (billing provider, subscriber, payer, patient); the writer turns equal
neighbours into one HL level each, the reader shares one object between the claims of a level.
"""

from dataclasses import field
from datetime import date, datetime
from decimal import Decimal

from x12.claim_837.details import Attachment, Condition, Contract, Drug, LineReference, Note, Repricing
from x12.claim_837.models import (
    MAX_CLAIMS_PER_PATIENT,
    BillingProvider,
    OtherCoverage,
    OtherPayerProvider,
    Patient,
    PatientDetails,
    Payer,
    PayToPlan,
    Provider,
    Receiver,
    ServiceFacility,
    Submitter,
    Subscriber,
)
from x12.claim_837p.details import (
    NO_CLAIM_DATES,
    NO_LINE_DATES,
    AmbulanceTransport,
    ClaimDates,
    DurableEquipment,
    EquipmentCertification,
    Form,
    FormAnswer,
    LineDates,
    Measurement,
    PurchasedService,
    SpinalManipulation,
)
from x12.parties import Address, Adjustment, Procedure
from x12.values import value

VERSION = "005010X222A1"
FUNCTIONAL_ID = "HC"
MAX_LINES_PER_CLAIM = 50
MAX_DIAGNOSES = 12


@value(frozen=True, slots=True)
class AmbulanceLocation:
    """Loops 2310E/F and 2420G/H: pick-up or drop-off place; a name only for the drop-off."""

    address: Address
    name: str = ""


@value(frozen=True, slots=True)
class LineAdjudication:
    """Loop 2430: what another payer decided on this line. ``payer_id`` equals that payer's id in 2330B."""

    payer_id: str
    paid_cents: int
    procedure: Procedure
    units: Decimal
    adjudication_date: date | None
    adjustments: tuple[Adjustment, ...] = ()
    bundled_line_number: int | None = None
    remaining_patient_liability_cents: int | None = None


@value(frozen=True, slots=True)
class ServiceLine:
    """Loop 2400. ``diagnosis_pointers`` are 1-based, one to four. ``unit_code`` is UN (units) or MJ (minutes).

    ``service_date_end`` makes a range (RD8); a range of one day has both dates equal.
    ``place_of_service_code`` only where it differs from the claim's.
    """

    procedure: Procedure
    charge_cents: int
    units: Decimal
    service_date: date
    diagnosis_pointers: tuple[int, ...]
    unit_code: str = "UN"
    service_date_end: date | None = None
    place_of_service_code: str = ""
    line_item_control_number: str = ""
    emergency: bool = False
    epsdt: bool = False
    family_planning: bool = False
    copay_exempt: bool = False
    equipment: DurableEquipment | None = None
    attachments: tuple[Attachment, ...] = ()
    equipment_certificate_transmission_code: str = ""  # PWK*CT
    ambulance: AmbulanceTransport | None = None
    equipment_certification: EquipmentCertification | None = None
    conditions: tuple[Condition, ...] = ()
    dates: LineDates = NO_LINE_DATES
    ambulance_patient_count: int | None = None
    obstetric_units: Decimal | None = None
    measurements: tuple[Measurement, ...] = ()
    contract: Contract | None = None
    repriced_reference: str = ""  # REF*9B
    adjusted_repriced_reference: str = ""  # REF*9D
    prior_authorizations: tuple[LineReference, ...] = ()  # REF*G1
    referrals: tuple[LineReference, ...] = ()  # REF*9F
    mammography_certification_number: str = ""  # REF*EW
    clia_number: str = ""  # REF*X4
    referring_clia_number: str = ""  # REF*F4
    immunization_batch_number: str = ""  # REF*BT
    sales_tax_cents: int | None = None
    postage_cents: int | None = None
    file_information: tuple[str, ...] = ()  # K3
    note: Note | None = None  # ADD or DCP
    third_party_note: str = ""  # NTE*TPO
    purchased_service: PurchasedService | None = None
    repricing: Repricing | None = None
    drug: Drug | None = None
    rendering_provider: Provider | None = None
    purchased_service_provider: Provider | None = None
    service_facility: ServiceFacility | None = None
    supervising_provider: Provider | None = None
    ordering_provider: Provider | None = None
    referring_providers: tuple[Provider, ...] = ()
    ambulance_pick_up: AmbulanceLocation | None = None
    ambulance_drop_off: AmbulanceLocation | None = None
    adjudications: tuple[LineAdjudication, ...] = ()
    forms: tuple[Form, ...] = ()


@value(frozen=True, slots=True)
class Claim:
    """Loop 2300 with everything above and below it: one request to one payer.

    ``patient`` is None when the subscriber is the patient (SBR02 = 18). ``diagnosis_codes`` are ICD-10-CM without
    dots, the principal one first (ABK, then ABF); ``icd_9`` writes BK/BF, for services before 2015-10-01.
    ``release_of_information`` Y or I; ``benefits_assignment`` Y, N or W; ``assignment_code`` A, B or C.
    """

    billing_provider: BillingProvider
    subscriber: Subscriber
    payer: Payer
    patient_control_number: str
    charge_cents: int
    place_of_service_code: str
    diagnosis_codes: tuple[str, ...]
    service_lines: tuple[ServiceLine, ...]
    patient: Patient | None = None
    frequency_code: str = "1"
    provider_signature_on_file: bool = True
    assignment_code: str = "A"
    benefits_assignment: str = "Y"
    release_of_information: str = "Y"
    patient_signature_source: str = ""  # CLM10: P or nothing
    related_causes: tuple[str, ...] = ()  # AA, EM, OA
    accident_state: str = ""
    accident_country: str = ""
    special_program_code: str = ""
    delay_reason_code: str = ""
    icd_9: bool = False
    dates: ClaimDates = NO_CLAIM_DATES
    attachments: tuple[Attachment, ...] = ()
    contract: Contract | None = None
    patient_paid_cents: int | None = None  # AMT*F5
    service_authorization_exception_code: str = ""  # REF*4N
    medicare_crossover: str = ""  # REF*F5
    mammography_certification_number: str = ""  # REF*EW
    referral_number: str = ""  # REF*9F
    prior_authorization_number: str = ""  # REF*G1
    payer_claim_control_number: str = ""  # REF*F8
    clia_number: str = ""  # REF*X4
    repriced_claim_number: str = ""  # REF*9A
    adjusted_repriced_claim_number: str = ""  # REF*9C
    investigational_device_number: str = ""  # REF*LX
    clearinghouse_claim_number: str = ""  # REF*D9
    medical_record_number: str = ""  # REF*EA
    demonstration_project_id: str = ""  # REF*P4
    care_plan_oversight_number: str = ""  # REF*1J
    file_information: tuple[str, ...] = ()  # K3
    note: Note | None = None
    ambulance: AmbulanceTransport | None = None
    spinal_manipulation: SpinalManipulation | None = None
    conditions: tuple[Condition, ...] = ()
    anesthesia_procedures: tuple[str, ...] = ()  # HI BP, BO
    condition_codes: tuple[str, ...] = ()  # HI BG
    repricing: Repricing | None = None
    referring_providers: tuple[Provider, ...] = ()
    rendering_provider: Provider | None = None
    service_facility: ServiceFacility | None = None
    supervising_provider: Provider | None = None
    ambulance_pick_up: AmbulanceLocation | None = None
    ambulance_drop_off: AmbulanceLocation | None = None
    other_coverages: tuple[OtherCoverage, ...] = ()


@value(frozen=True, slots=True)
class ClaimTransactionSet:
    """One ST..SE of an 837P. ``reference`` is BHT03, the originator's transaction id, which a 277CA gives back.

    ``created`` is BHT04/05 and keeps minutes. ``transaction_type`` is CH (chargeable) or RP (encounter report).
    """

    control_number: str
    reference: str
    created: datetime
    submitter: Submitter
    receiver: Receiver
    claims: tuple[Claim, ...] = field(default=())
    transaction_type: str = "CH"
    purpose_code: str = "00"


__all__ = [
    "FUNCTIONAL_ID",
    "MAX_CLAIMS_PER_PATIENT",
    "MAX_DIAGNOSES",
    "MAX_LINES_PER_CLAIM",
    "NO_CLAIM_DATES",
    "NO_LINE_DATES",
    "VERSION",
    "AmbulanceLocation",
    "AmbulanceTransport",
    "Attachment",
    "BillingProvider",
    "Claim",
    "ClaimDates",
    "ClaimTransactionSet",
    "Condition",
    "Contract",
    "Drug",
    "DurableEquipment",
    "EquipmentCertification",
    "Form",
    "FormAnswer",
    "LineAdjudication",
    "LineDates",
    "LineReference",
    "Measurement",
    "Note",
    "OtherCoverage",
    "OtherPayerProvider",
    "Patient",
    "PatientDetails",
    "PayToPlan",
    "Payer",
    "Provider",
    "PurchasedService",
    "Receiver",
    "Repricing",
    "ServiceFacility",
    "ServiceLine",
    "SpinalManipulation",
    "Submitter",
    "Subscriber",
]
