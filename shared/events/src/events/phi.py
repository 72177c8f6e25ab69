"""The typed contents of the encrypted part of events: people, coverage, codes, and the claim itself.

Note texts and X12 never travel in an event. Money is integer cents; units are decimals; dates are local dates.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Literal

from pydantic import Field

from events.envelope import Cents, Charge, Part
from events.phi_details import (
    Address,
    Ambulance,
    Attachment,
    ClaimDates,
    Condition,
    Contract,
    Drug,
    DurableEquipment,
    EquipmentCertification,
    Form,
    FormAnswer,
    LineDates,
    Measurement,
    PatientDetails,
    PayToPlan,
    PriorOutpatient,
    RelatedCauses,
    SecondaryId,
    SpinalManipulation,
)
from events.phi_institutional import (
    CodedValue,
    InpatientProcedure,
    Institutional,
    Occurrence,
    OccurrenceSpan,
    RevenueLine,
)

PayerSequence = Literal["P", "S", "T"]
"""SBR01: primary, secondary, tertiary."""
Relationship = Literal[
    "self", "spouse", "child", "employee", "organ_donor", "cadaver_donor", "life_partner", "other", "unknown"
]
"""Patient's relationship to the subscriber; `self` is SBR02 = 18, the rest are PAT01 codes."""


class Person(Part):
    """A patient or subscriber as the payer knows them."""

    last_name: str
    first_name: str | None = None
    middle_name: str | None = None
    suffix: str | None = None
    birth_date: date | None = None
    sex: Literal["F", "M", "U"] | None = None
    address: Address | None = None
    phone: str | None = None
    organization: bool = Field(
        default=False, description="A subscriber that is no person: the employer of a workers' compensation claim."
    )


class Provider(Part):
    """A billing, rendering, referring, ordering or supervising provider, or a service facility."""

    npi: str | None = None
    entity: Literal["person", "organization"]
    name: str = Field(description="Last name of a person, or the organization's name.")
    first_name: str | None = None
    middle_name: str | None = None
    taxonomy_code: str | None = None
    tax_id: str | None = None
    tax_id_type: Literal["EI", "SY"] = "EI"
    address: Address | None = None
    contact_name: str | None = None
    phone: str | None = None
    secondary_ids: tuple[SecondaryId, ...] = ()


class Coverage(Part):
    """One payer's cover of the patient, in payment order."""

    sequence: PayerSequence
    payer_id: str
    payer_name: str
    filing_indicator: str = Field(description="SBR09 claim filing indicator code, e.g. CI, MB, MC, BL.")
    member_id: str
    group_number: str | None = None
    group_name: str | None = None
    relationship: Relationship
    subscriber: Person
    payer_address: Address | None = None
    insurance_type_code: str | None = Field(
        default=None, description="SBR05: why Medicare pays second (12 to 16, 41, 42, 43, 47); only where it does."
    )
    payer_secondary_ids: tuple[SecondaryId, ...] = ()
    billing_provider_number: str | None = Field(
        default=None, description="REF*G2 of loop 2010BB: the payer's own number for the billing provider."
    )


class CodedDiagnosis(Part):
    """One ICD-10-CM code; the list's order is the claim's order (first is first-listed)."""

    code: str
    confidence: float = Field(ge=0, le=1)
    excerpt: str | None = Field(
        default=None, max_length=300, description="Verbatim slice of the note that carries the code."
    )


class CodedLine(Part):
    """One procedure with all that a service line needs but its price."""

    line_number: int = Field(ge=1)
    code: str
    modifiers: tuple[str, ...] = ()
    units: Decimal = Field(ge=0, le=10_000_000)
    unit_basis: Literal["UN", "MJ", "DA"] = "UN"
    pointers: tuple[int, ...] = Field(description="1-based positions in the diagnosis list, most important first.")
    date_from: date
    date_to: date | None = None
    place_of_service: str | None = None
    charge_cents: Charge | None = Field(default=None, description="The practice's own charge, if the EMR sent one.")
    drug: Drug | None = None
    note: str | None = None
    excerpt: str | None = Field(default=None, max_length=300)
    description: str | None = Field(default=None, description="SV101-7, for a code that says too little by itself.")
    note_code: Literal["ADD", "DCP"] = "ADD"
    third_party_note: str | None = None
    emergency: bool = False
    epsdt: bool = False
    family_planning: bool = False
    copay_exempt: bool = False
    prior_authorization_number: str | None = None
    referral_number: str | None = None
    clia_number: str | None = None
    referring_clia_number: str | None = None
    mammography_certification_number: str | None = None
    immunization_batch_number: str | None = None
    rendering_provider: Provider | None = None
    ordering_provider: Provider | None = None
    supervising_provider: Provider | None = None
    referring_provider: Provider | None = None
    purchased_service_provider: Provider | None = None
    purchased_service_cents: Charge | None = None
    service_facility: Provider | None = None
    attachments: tuple[Attachment, ...] = ()
    dates: LineDates = LineDates()
    conditions: tuple[Condition, ...] = ()
    ambulance: Ambulance | None = None
    obstetric_units: Decimal | None = None
    equipment: DurableEquipment | None = None
    equipment_certification: EquipmentCertification | None = None
    forms: tuple[Form, ...] = ()
    measurements: tuple[Measurement, ...] = ()
    contract: Contract | None = None
    sales_tax_cents: Charge | None = None
    postage_cents: Charge | None = None
    file_information: tuple[str, ...] = ()
    revenue_code: str | None = Field(default=None, description="SV201; institutional claims only.")
    non_covered_cents: Charge | None = Field(default=None, description="SV207; institutional claims only.")
    operating_provider: Provider | None = None


class EncounterFacts(Part):
    """Everything besides codes that a claim is made of; the same in the coded encounter and in the claim."""

    external_id: str
    patient: Person
    coverages: tuple[Coverage, ...]
    billing_provider: Provider
    rendering_provider: Provider | None = None
    referring_provider: Provider | None = None
    ordering_provider: Provider | None = None
    supervising_provider: Provider | None = None
    service_facility: Provider | None = None
    pay_to_address: Address | None = None
    place_of_service: str
    service_date: date
    service_date_to: date | None = None
    prior_authorization_number: str | None = None
    referral_number: str | None = None
    clia_number: str | None = None
    medical_record_number: str | None = None
    related_causes: RelatedCauses = RelatedCauses()
    dates: ClaimDates = ClaimDates()
    attachments: tuple[Attachment, ...] = ()
    claim_note: str | None = None
    release_of_information: Literal["Y", "I"] = "Y"
    benefits_assigned: Literal["Y", "N", "W"] = "Y"
    accepts_assignment: Literal["A", "B", "C"] = "A"
    provider_signature_on_file: bool = True
    patient_details: PatientDetails = PatientDetails()
    primary_care_provider: Provider | None = None
    pay_to_plan: PayToPlan | None = None
    patient_paid_cents: Charge | None = None
    patient_signature_source: Literal["P"] | None = None
    special_program_code: str | None = None
    delay_reason_code: str | None = None
    service_authorization_exception_code: str | None = None
    medicare_crossover: Literal["N", "Y"] | None = None
    mammography_certification_number: str | None = None
    investigational_device_number: str | None = None
    demonstration_project_id: str | None = None
    care_plan_oversight_number: str | None = None
    contract: Contract | None = None
    file_information: tuple[str, ...] = ()
    claim_note_code: Literal["ADD", "CER", "DCP", "DGN", "TPO"] = "ADD"
    ambulance: Ambulance | None = None
    spinal_manipulation: SpinalManipulation | None = None
    conditions: tuple[Condition, ...] = ()
    anesthesia_procedures: tuple[str, ...] = ()
    condition_codes: tuple[str, ...] = ()
    attending_provider: Provider | None = None
    operating_provider: Provider | None = None
    other_operating_provider: Provider | None = None
    institutional: Institutional | None = Field(
        default=None, description="The claim is an 837I if this is there, an 837P if not."
    )


class CodedEncounter(EncounterFacts):
    """PHI part of EncounterCoded: the encounter with its released codes."""

    diagnoses: tuple[CodedDiagnosis, ...]
    lines: tuple[CodedLine, ...]


class ClaimLine(CodedLine):
    """A service line as it is billed."""

    charge_cents: Charge
    line_item_control_number: str


class PriorPayment(Part):
    """What an earlier payer decided, for the COB loops of a later one (loops 2320, 2330B, 2430)."""

    coverage: Coverage
    paid_cents: Cents
    adjudication_date: date
    adjustments: tuple[PriorAdjustment, ...] = ()
    lines: tuple[PriorLinePayment, ...] = ()
    payer_claim_control_number: str | None = None
    non_covered_cents: Cents | None = None
    outpatient: PriorOutpatient | None = None


class PriorAdjustment(Part):
    """One CAS triplet of an earlier payer."""

    group_code: str
    reason_code: str
    amount_cents: Cents
    quantity: Decimal | None = None


class PriorLinePayment(Part):
    """SVD and CAS of one line."""

    line_item_control_number: str
    paid_cents: Cents
    code: str
    modifiers: tuple[str, ...] = ()
    units: Decimal
    adjustments: tuple[PriorAdjustment, ...] = ()
    bundled_line_number: int | None = Field(
        default=None, description="SVD06: the line number of this claim that the payer bundled this line into."
    )


class ClaimContent(EncounterFacts):
    """PHI part of ClaimBuilt: one request to one payer, every field answered."""

    patient_control_number: str
    frequency_code: Literal["1", "7", "8"]
    payer_claim_control_number: str | None = None
    coverage: Coverage
    other_coverages: tuple[Coverage, ...] = ()
    prior_payments: tuple[PriorPayment, ...] = ()
    diagnosis_codes: tuple[str, ...]
    lines: tuple[ClaimLine, ...]
    charge_cents: Charge


class CorrectionContext(Part):
    """PHI part of CorrectionRequested: what the earlier payer decided (action `secondary`), else empty."""

    prior_payments: tuple[PriorPayment, ...] = ()
    note: str | None = None


PriorPayment.model_rebuild()

__all__ = [
    "Address",
    "Ambulance",
    "Attachment",
    "ClaimContent",
    "ClaimDates",
    "ClaimLine",
    "CodedDiagnosis",
    "CodedEncounter",
    "CodedLine",
    "CodedValue",
    "Condition",
    "Contract",
    "CorrectionContext",
    "Coverage",
    "Drug",
    "DurableEquipment",
    "EncounterFacts",
    "EquipmentCertification",
    "Form",
    "FormAnswer",
    "InpatientProcedure",
    "Institutional",
    "LineDates",
    "Measurement",
    "Occurrence",
    "OccurrenceSpan",
    "PatientDetails",
    "PayToPlan",
    "PayerSequence",
    "Person",
    "PriorAdjustment",
    "PriorLinePayment",
    "PriorOutpatient",
    "PriorPayment",
    "Provider",
    "RelatedCauses",
    "Relationship",
    "RevenueLine",
    "SecondaryId",
    "SpinalManipulation",
]
