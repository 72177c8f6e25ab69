"""A professional claim, 837P 005010X222A1, in the field's own terms.

Text that is absent is ``""``, a date or amount that is absent is ``None``. Money is integer cents.
A claim carries its whole context (billing provider, subscriber, payer, patient); the writer turns equal
neighbours into one HL level each, the reader shares one object between the claims of a level.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from x12.parties import (
    Address,
    Adjustment,
    Contact,
    Name,
    OutpatientAdjudication,
    Procedure,
    Reference,
)

VERSION = "005010X222A1"
FUNCTIONAL_ID = "HC"
MAX_CLAIMS_PER_PATIENT = 100
MAX_LINES_PER_CLAIM = 50
MAX_DIAGNOSES = 12


@dataclass(frozen=True, slots=True)
class Submitter:
    """Loop 1000A: who sends the file. ``id`` is the ETIN (NM1*41 with qualifier 46); one or two contacts."""

    name: Name
    id: str
    contacts: tuple[Contact, ...]


@dataclass(frozen=True, slots=True)
class Receiver:
    """Loop 1000B: who receives the file (NM1*40 with qualifier 46)."""

    name: str
    id: str


@dataclass(frozen=True, slots=True)
class PayToPlan:
    """Loop 2010AC: the plan that recovers from another payer."""

    name: str
    id: str
    address: Address
    tax_id: str
    id_qualifier: str = "PI"
    secondary_ids: tuple[Reference, ...] = ()


@dataclass(frozen=True, slots=True)
class BillingProvider:
    """Loops 2000A, 2010AA, 2010AB, 2010AC. ``tax_id_qualifier`` is EI (EIN) or SY (social security number).

    ``pay_to_entity_type`` is NM102 of 2010AB, 2 where not said otherwise.
    """

    name: Name
    npi: str
    tax_id: str
    address: Address
    tax_id_qualifier: str = "EI"
    taxonomy_code: str = ""
    contacts: tuple[Contact, ...] = ()
    license_ids: tuple[Reference, ...] = ()
    pay_to_address: Address | None = None
    pay_to_entity_type: str = "2"
    pay_to_plan: PayToPlan | None = None
    currency_code: str = ""


@dataclass(frozen=True, slots=True)
class PatientDetails:
    """PAT05 to PAT09 and the casualty data of whoever is the patient (2000B/2010BA or 2000C/2010CA)."""

    date_of_death: date | None = None
    weight_pounds: Decimal | None = None
    pregnant: bool = False
    property_casualty_claim_number: str = ""
    property_casualty_contact: Contact | None = None


@dataclass(frozen=True, slots=True)
class Subscriber:
    """Loops 2000B and 2010BA: the insured. ``payer_responsibility`` is SBR01 (P, S, T, A to H, U).

    Address, birth date and sex are required when the subscriber is the patient. ``id_qualifier``: MI or II.
    """

    name: Name
    member_id: str
    payer_responsibility: str = "P"
    claim_filing_indicator: str = ""
    group_number: str = ""
    group_name: str = ""
    insurance_type_code: str = ""
    address: Address | None = None
    birth_date: date | None = None
    sex: str = ""
    id_qualifier: str = "MI"
    social_security_number: str = ""
    details: PatientDetails = PatientDetails()


@dataclass(frozen=True, slots=True)
class Payer:
    """Loop 2010BB: the destination payer. ``billing_provider_ids`` are REF*G2 and REF*LU."""

    name: str
    id: str
    id_qualifier: str = "PI"
    address: Address | None = None
    secondary_ids: tuple[Reference, ...] = ()
    billing_provider_ids: tuple[Reference, ...] = ()


@dataclass(frozen=True, slots=True)
class Patient:
    """Loops 2000C and 2010CA: a dependent. ``relationship_code`` is PAT01 (01, 19, 20, 21, 39, 40, 53, G8).

    ``secondary_id`` is REF*1W (member id) or REF*SY, used in property and casualty only.
    """

    name: Name
    relationship_code: str
    address: Address
    birth_date: date
    sex: str
    secondary_id: Reference | None = None
    details: PatientDetails = PatientDetails()


@dataclass(frozen=True, slots=True)
class Provider:
    """A provider of loops 2310A, B, D or 2420A, B, D, E, F. ``taxonomy_code`` is written for rendering ones only.

    ``qualifier`` matters for a referring provider: DN, or P3 for the primary care provider.
    ``address`` and ``contact`` belong to an ordering provider (2420E).
    """

    name: Name
    npi: str = ""
    taxonomy_code: str = ""
    secondary_ids: tuple[Reference, ...] = ()
    qualifier: str = ""
    address: Address | None = None
    contact: Contact | None = None


@dataclass(frozen=True, slots=True)
class ServiceFacility:
    """Loop 2310C or 2420C: where it was done, when that is not the billing provider's address."""

    name: str
    address: Address
    npi: str = ""
    secondary_ids: tuple[Reference, ...] = ()
    contact: Contact | None = None


@dataclass(frozen=True, slots=True)
class AmbulanceLocation:
    """Loops 2310E/F and 2420G/H: pick-up or drop-off place; a name only for the drop-off."""

    address: Address
    name: str = ""


@dataclass(frozen=True, slots=True)
class Attachment:
    """PWK: report type, transmission code (AA, BM, EL, EM, FT, FX), attachment control number."""

    report_type_code: str
    transmission_code: str
    control_number: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """NTE: reference code (ADD, CER, DCP, DGN, TPO) and text of up to 80 characters."""

    text: str
    reference_code: str = "ADD"


@dataclass(frozen=True, slots=True)
class Condition:
    """CRC: one to five codes of a category: 07 ambulance, 09 DME, 70 hospice, 75 homebound, E1-E3 vision, ZZ EPSDT."""

    category: str
    applies: bool
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AmbulanceTransport:
    """CR1: weight in pounds, reason, miles, purposes."""

    reason_code: str
    distance_miles: Decimal
    weight_pounds: Decimal | None = None
    round_trip_purpose: str = ""
    stretcher_purpose: str = ""


@dataclass(frozen=True, slots=True)
class SpinalManipulation:
    """CR2: nature of the condition and two descriptions."""

    condition_code: str
    description: str = ""
    description_2: str = ""


@dataclass(frozen=True, slots=True)
class Contract:
    """CN1: contract type, amount, percentage, code, terms discount, version."""

    type_code: str
    amount_cents: int | None = None
    percentage: Decimal | None = None
    code: str = ""
    terms_discount_percentage: Decimal | None = None
    version: str = ""


@dataclass(frozen=True, slots=True)
class Repricing:
    """HCP: what a repricer made of the charge (claim or line)."""

    methodology_code: str
    allowed_cents: int
    saving_cents: int | None = None
    organization_id: str = ""
    rate: Decimal | None = None
    ambulatory_group_code: str = ""
    ambulatory_group_cents: int | None = None
    procedure_qualifier: str = ""
    procedure_code: str = ""
    unit_code: str = ""
    units: Decimal | None = None
    reject_reason_code: str = ""
    compliance_code: str = ""
    exception_code: str = ""


@dataclass(frozen=True, slots=True)
class ClaimDates:
    """The claim's DTP segments by name; the qualifier stands behind each."""

    onset: date | None = None  # 431
    initial_treatment: date | None = None  # 454
    last_seen: date | None = None  # 304
    acute_manifestation: date | None = None  # 453
    accident: date | None = None  # 439
    last_menstrual_period: date | None = None  # 484
    last_x_ray: date | None = None  # 455
    hearing_vision_prescription: date | None = None  # 471
    disability_start: date | None = None  # 360, or 314 with an end
    disability_end: date | None = None  # 361, or 314 with a start
    last_worked: date | None = None  # 297
    return_to_work: date | None = None  # 296
    admission: date | None = None  # 435
    discharge: date | None = None  # 096
    assumed_care: date | None = None  # 090
    relinquished_care: date | None = None  # 091
    first_contact: date | None = None  # 444
    repricer_received: date | None = None  # 050


@dataclass(frozen=True, slots=True)
class LineDates:
    """The line's other DTP segments by name; the qualifier stands behind each."""

    prescription: date | None = None  # 471
    certification_revision: date | None = None  # 607
    begin_therapy: date | None = None  # 463
    last_certification: date | None = None  # 461
    last_seen: date | None = None  # 304
    hemoglobin_test: date | None = None  # 738
    creatinine_test: date | None = None  # 739
    shipped: date | None = None  # 011
    last_x_ray: date | None = None  # 455
    initial_treatment: date | None = None  # 454


@dataclass(frozen=True, slots=True)
class Drug:
    """Loop 2410: NDC (11 digits, no hyphens), quantity with its unit (F2, GR, ME, ML, UN), prescription number.

    ``prescription_qualifier`` is XZ (prescription) or VY (link of a compound).
    """

    ndc: str
    quantity: Decimal
    unit_code: str
    prescription_number: str = ""
    prescription_qualifier: str = "XZ"
    qualifier: str = "N4"


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class DurableEquipment:
    """SV5: length of need in days, rental and purchase price, rental unit (1 weekly, 4 monthly, 6 daily)."""

    procedure: Procedure
    days: Decimal
    rental_cents: int
    purchase_cents: int
    frequency_code: str


@dataclass(frozen=True, slots=True)
class EquipmentCertification:
    """CR3: certification type (I, R, S) and length of need in months."""

    type_code: str
    months: Decimal


@dataclass(frozen=True, slots=True)
class Measurement:
    """MEA: test result, e.g. ``Measurement("TR", "R1", Decimal("113.4"))``."""

    reference_code: str
    qualifier: str
    value: Decimal


@dataclass(frozen=True, slots=True)
class PurchasedService:
    """PS1: the purchased service provider's id and what it cost."""

    provider_id: str
    charge_cents: int


@dataclass(frozen=True, slots=True)
class FormAnswer:
    """FRM: question number and one of: Y/N/W, text, date, percentage."""

    question: str
    yes_no: str = ""
    text: str = ""
    date: date | None = None
    percentage: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Form:
    """Loop 2440: an answered certificate form. ``qualifier`` is AS (form type) or UT (CMS form)."""

    code: str
    qualifier: str = "UT"
    answers: tuple[FormAnswer, ...] = ()


@dataclass(frozen=True, slots=True)
class LineReference:
    """A line's prior authorization or referral number; ``payer_id`` is REF04-2, for another payer's number."""

    value: str
    payer_id: str = ""


@dataclass(frozen=True, slots=True)
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
    dates: LineDates = LineDates()
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


@dataclass(frozen=True, slots=True)
class OtherPayerProvider:
    """Loops 2330C to 2330G: another payer's ids for a provider. ``entity_code``: DN, P3, 82, 77, DQ, 85."""

    entity_code: str
    entity_type: str
    ids: tuple[Reference, ...]


@dataclass(frozen=True, slots=True)
class OtherCoverage:
    """Loops 2320 and 2330: another payer of this patient, with what it decided if it came before.

    ``relationship_code`` is SBR02 (18 self, 01, 19, ...), ``benefits_assignment`` OI03,
    ``release_of_information`` OI06.
    The adjudication date stands here *or* in the lines' 2430, never in both.
    """

    payer_responsibility: str
    relationship_code: str
    subscriber_name: Name
    member_id: str
    payer_name: str
    payer_id: str
    claim_filing_indicator: str = ""
    group_number: str = ""
    group_name: str = ""
    insurance_type_code: str = ""
    adjustments: tuple[Adjustment, ...] = ()
    paid_cents: int | None = None  # AMT*D
    non_covered_cents: int | None = None  # AMT*A8
    remaining_patient_liability_cents: int | None = None  # AMT*EAF
    benefits_assignment: str = "Y"
    patient_signature_source: str = ""
    release_of_information: str = "Y"
    outpatient_adjudication: OutpatientAdjudication | None = None
    member_id_qualifier: str = "MI"
    subscriber_address: Address | None = None
    subscriber_social_security_number: str = ""
    payer_id_qualifier: str = "PI"
    payer_address: Address | None = None
    adjudication_date: date | None = None
    payer_secondary_ids: tuple[Reference, ...] = ()
    prior_authorization_number: str = ""
    referral_number: str = ""
    claim_adjustment_indicator: str = ""
    payer_claim_control_number: str = ""
    providers: tuple[OtherPayerProvider, ...] = ()


@dataclass(frozen=True, slots=True)
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
    dates: ClaimDates = ClaimDates()
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


@dataclass(frozen=True, slots=True)
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
