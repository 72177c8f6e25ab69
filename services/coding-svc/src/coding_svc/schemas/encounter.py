"""The encounter as an EMR posts it: people, coverage, documentation, and what is already known as codes.

Lengths are those of the 005010X222A1 elements that the values end in, so that what is taken here can be sent.
Money is integer cents; units are decimals; dates are local dates at the facility; instants carry an offset.
Models are strict: unknown fields, wrong types, NUL, lone surrogates, NaN and unbounded numbers are refused.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Final, Literal, Self

from kit.api import StrictModel
from kit.api.fields import Storable
from pydantic import AwareDatetime, Field, model_validator

from coding_svc.domain import VisitType
from coding_svc.schemas.fields import (
    BusinessDate,
    Cents,
    ChargeCode,
    Clia,
    Code1To3,
    FirstName,
    Icd10Cm,
    Key,
    LastName,
    MemberId,
    MiddleName,
    Modifier,
    Npi,
    PayerId,
    Phone,
    PlaceOfService,
    ProcedureCode,
    Quantity,
    Reference,
    RevenueCode,
    SnomedCt,
    Suffix,
    Text80,
    Units,
)
from coding_svc.schemas.situations import (
    AddressIn,
    AmbulanceIn,
    AttachmentIn,
    ConditionIn,
    ContractIn,
    DrugIn,
    DurableEquipmentIn,
    EquipmentCertificationIn,
    FormIn,
    InstitutionalIn,
    LineDatesIn,
    MeasurementIn,
    PatientDetailsIn,
    PayToPlanIn,
    ProviderIn,
    RelatedCausesIn,
    SecondaryIdIn,
    SituationalDatesIn,
    SpinalManipulationIn,
)

__all__ = [
    "AddressIn",
    "AttachmentIn",
    "CoverageIn",
    "DiagnosisIn",
    "DrugIn",
    "EncounterIn",
    "EncounterRecord",
    "Icd10Cm",
    "MdmIn",
    "MdmWord",
    "Modifier",
    "NoteIn",
    "OrderIn",
    "PatientIn",
    "PersonIn",
    "ProcedureCode",
    "ProviderIn",
    "RelatedCausesIn",
    "ServiceLineIn",
    "SituationalDatesIn",
    "Units",
]

MAX_NOTE_CHARACTERS: Final = 200_000
MAX_SERVICE_LINES: Final = 500
"""Ten claims of fifty lines."""

EncounterStatus = Literal["final", "draft", "cancelled"]
Relationship = Literal[
    "self", "spouse", "child", "employee", "organ_donor", "cadaver_donor", "life_partner", "other", "unknown"
]
FilingIndicator = Literal[
    "11", "12", "13", "14", "15", "16", "17", "AM", "BL", "CH", "CI", "DS", "FI", "HM", "LM", "MA", "MB", "MC",
    "OF", "TV", "VA", "WC", "ZZ",
]  # fmt: skip
"""SBR09; `ZZ` where the type of insurance is not known."""
MdmWord = Literal["minimal", "straightforward", "low", "limited", "moderate", "high", "extensive"]
"""The words of the MDM tables: problems and risk say minimal to high, data says minimal to extensive."""
OrderStatus = Literal["active", "completed", "cancelled"]


class PersonIn(StrictModel):
    """A patient or subscriber as the payer knows them."""

    last_name: LastName
    first_name: FirstName | None = None
    middle_name: MiddleName | None = None
    suffix: Suffix | None = None
    birth_date: BusinessDate | None = None
    sex: Literal["F", "M", "U"] | None = None
    address: AddressIn | None = None
    phone: Phone | None = None
    organization: bool = False
    """The employer as the subscriber of a workers' compensation claim; `last_name` is its name."""


class PatientIn(PersonIn):
    """The patient; the birth date is needed by every age rule and by every claim."""

    birth_date: BusinessDate
    medical_record_number: Reference | None = None


class CoverageIn(StrictModel):
    """One payer's cover of the patient. `subscriber` may be left out only where the patient is the subscriber."""

    payer_id: PayerId
    payer_name: LastName
    filing_indicator: FilingIndicator = "ZZ"
    member_id: MemberId
    group_number: Reference | None = None
    group_name: LastName | None = None
    relationship: Relationship = "self"
    subscriber: PersonIn | None = None
    payer_address: AddressIn | None = None
    insurance_type_code: Literal["12", "13", "14", "15", "16", "41", "42", "43", "47"] | None = None
    """SBR05: why Medicare pays second."""
    payer_secondary_ids: Annotated[tuple[SecondaryIdIn, ...], Field(max_length=3)] = ()
    billing_provider_number: Reference | None = None

    @model_validator(mode="after")
    def _dependent_names_subscriber(self) -> Self:
        if self.relationship != "self" and self.subscriber is None:
            raise ValueError("a dependent's coverage needs the subscriber")
        return self


class NoteIn(StrictModel):
    """One clinical document as written; `signed_at` null means that it waits for its signature.

    `attestation_required`: a resident, student or scribe wrote it, and nothing may be billed on it before the billing
    practitioner attested it (42 CFR 415.172).
    """

    id: Key | None = None
    type: Annotated[str, Field(min_length=1, max_length=64), Storable] = "progress"
    text: Annotated[str, Field(min_length=1, max_length=MAX_NOTE_CHARACTERS), Storable]
    author: Annotated[str, Field(max_length=120), Storable] | None = None
    author_npi: Npi | None = None
    authored_at: AwareDatetime | None = None
    signed_at: AwareDatetime | None = None
    attestation_required: bool = False
    attested_at: AwareDatetime | None = None

    @property
    def complete(self) -> bool:
        """Whether it may be coded: signed, and attested where that is required."""
        return self.signed_at is not None and (self.attested_at is not None or not self.attestation_required)


class DiagnosisIn(StrictModel):
    """A diagnosis the EMR already holds as a code, in the order of importance unless `rank` says otherwise."""

    icd10cm: Icd10Cm | None = None
    snomed: SnomedCt | None = None
    text: Annotated[str, Field(max_length=300), Storable] | None = None
    rank: Annotated[int, Field(ge=1, le=99)] | None = None
    confirmed: bool = True
    active: bool = True

    @model_validator(mode="after")
    def _has_a_code(self) -> Self:
        if self.icd10cm is None and self.snomed is None:
            raise ValueError("a coded diagnosis needs icd10cm or snomed")
        return self


class ServiceLineIn(StrictModel):
    """A service that charge capture sent; `diagnosis_refs` are 1-based positions in `diagnoses`.

    `charge_code` may stand instead of `code`: the practice's chargemaster says what it is.
    """

    id: Key | None = None
    code: ProcedureCode | None = None
    charge_code: ChargeCode | None = None
    modifiers: Annotated[tuple[Modifier, ...], Field(max_length=4)] = ()
    units: Units = Decimal(1)
    unit_basis: Literal["UN", "MJ"] = "UN"
    charge_cents: Cents | None = None
    diagnosis_refs: Annotated[tuple[Annotated[int, Field(ge=1, le=99)], ...], Field(max_length=4)] = ()
    date_from: BusinessDate | None = None
    date_to: BusinessDate | None = None
    drug: DrugIn | None = None
    note: Annotated[str, Field(max_length=80), Storable] | None = None
    note_code: Literal["ADD", "DCP"] = "ADD"
    third_party_note: Text80 | None = None
    place_of_service: PlaceOfService | None = None
    description: Text80 | None = None
    """SV101-7, for a code that says too little by itself (unlisted, not otherwise classified)."""
    emergency: bool = False
    epsdt: bool = False
    family_planning: bool = False
    copay_exempt: bool = False
    prior_authorization_number: Reference | None = None
    referral_number: Reference | None = None
    clia_number: Clia | None = None
    referring_clia_number: Clia | None = None
    mammography_certification_number: Reference | None = None
    immunization_batch_number: Reference | None = None
    rendering_provider: ProviderIn | None = None
    ordering_provider: ProviderIn | None = None
    supervising_provider: ProviderIn | None = None
    referring_provider: ProviderIn | None = None
    purchased_service_provider: ProviderIn | None = None
    purchased_service_cents: Cents | None = None
    service_facility: ProviderIn | None = None
    attachments: Annotated[tuple[AttachmentIn, ...], Field(max_length=10)] = ()
    dates: LineDatesIn = LineDatesIn()
    conditions: Annotated[tuple[ConditionIn, ...], Field(max_length=6)] = ()
    ambulance: AmbulanceIn | None = None
    obstetric_units: Quantity | None = None
    equipment: DurableEquipmentIn | None = None
    equipment_certification: EquipmentCertificationIn | None = None
    forms: Annotated[tuple[FormIn, ...], Field(max_length=10)] = ()
    measurements: Annotated[tuple[MeasurementIn, ...], Field(max_length=5)] = ()
    contract: ContractIn | None = None
    sales_tax_cents: Cents | None = None
    postage_cents: Cents | None = None
    file_information: Annotated[tuple[Text80, ...], Field(max_length=10)] = ()
    revenue_code: RevenueCode | None = None
    non_covered_cents: Cents | None = None
    operating_provider: ProviderIn | None = None

    @model_validator(mode="after")
    def _has_a_code(self) -> Self:
        if self.code is None and self.charge_code is None:
            raise ValueError("a service line needs code or charge_code")
        return self


class OrderIn(StrictModel):
    """An order. Only one that was completed in this practice can become a billed service."""

    id: Key | None = None
    text: Annotated[str, Field(min_length=1, max_length=300), Storable]
    code: ProcedureCode | None = None
    charge_code: ChargeCode | None = None
    status: OrderStatus = "active"
    performed_in_practice: bool = False
    units: Units = Decimal(1)


class MdmIn(StrictModel):
    """The three elements of medical decision making, where the clinician or the EMR states them."""

    problems: MdmWord | None = None
    data: MdmWord | None = None
    risk: MdmWord | None = None


class EncounterRecord(StrictModel):
    """An encounter version as it is stored. What may still be missing is named by its intake notices."""

    external_id: Annotated[str, Field(min_length=1, max_length=128), Storable]
    status: EncounterStatus = "final"
    self_pay: bool = False
    withhold_from_payer: bool = False
    patient: PatientIn
    coverages: Annotated[tuple[CoverageIn, ...], Field(max_length=3)] = ()
    billing_provider: ProviderIn | None = None
    rendering_provider: ProviderIn | None = None
    referring_provider: ProviderIn | None = None
    ordering_provider: ProviderIn | None = None
    supervising_provider: ProviderIn | None = None
    service_facility: ProviderIn | None = None
    pay_to_address: AddressIn | None = None
    service_date: BusinessDate
    service_date_to: BusinessDate | None = None
    place_of_service: PlaceOfService = "11"
    visit_type: VisitType = VisitType.OFFICE
    new_patient: bool | None = None
    notes: Annotated[tuple[NoteIn, ...], Field(max_length=50)] = ()
    diagnoses: Annotated[tuple[DiagnosisIn, ...], Field(max_length=99)] = ()
    service_lines: Annotated[tuple[ServiceLineIn, ...], Field(max_length=MAX_SERVICE_LINES)] = ()
    orders: Annotated[tuple[OrderIn, ...], Field(max_length=100)] = ()
    total_minutes: Annotated[int, Field(ge=0, le=1440)] | None = None
    mdm: MdmIn | None = None
    prior_authorization_number: Reference | None = None
    referral_number: Reference | None = None
    clia_number: Clia | None = None
    related_causes: RelatedCausesIn = RelatedCausesIn()
    dates: SituationalDatesIn = SituationalDatesIn()
    attachments: Annotated[tuple[AttachmentIn, ...], Field(max_length=10)] = ()
    claim_note: Text80 | None = None
    claim_note_code: Literal["ADD", "CER", "DCP", "DGN", "TPO"] = "ADD"
    release_of_information: Literal["Y", "I"] = "Y"
    benefits_assigned: Literal["Y", "N", "W"] = "Y"
    accepts_assignment: Literal["A", "B", "C"] = "A"
    provider_signature_on_file: bool = True
    patient_details: PatientDetailsIn = PatientDetailsIn()
    primary_care_provider: ProviderIn | None = None
    pay_to_plan: PayToPlanIn | None = None
    patient_paid_cents: Cents | None = None
    patient_signature_source: Literal["P"] | None = None
    special_program_code: Literal["02", "03", "05", "09"] | None = None
    delay_reason_code: Annotated[str, Field(pattern=r"^([1-9]|1[015-7])$"), Storable] | None = None
    service_authorization_exception_code: Annotated[str, Field(pattern=r"^[1-7]$"), Storable] | None = None
    medicare_crossover: Literal["N", "Y"] | None = None
    mammography_certification_number: Reference | None = None
    investigational_device_number: Reference | None = None
    demonstration_project_id: Reference | None = None
    care_plan_oversight_number: Reference | None = None
    contract: ContractIn | None = None
    file_information: Annotated[tuple[Text80, ...], Field(max_length=10)] = ()
    ambulance: AmbulanceIn | None = None
    spinal_manipulation: SpinalManipulationIn | None = None
    conditions: Annotated[tuple[ConditionIn, ...], Field(max_length=8)] = ()
    anesthesia_procedures: Annotated[tuple[ProcedureCode, ...], Field(max_length=2)] = ()
    condition_codes: Annotated[tuple[Code1To3, ...], Field(max_length=24)] = ()
    attending_provider: ProviderIn | None = None
    operating_provider: ProviderIn | None = None
    other_operating_provider: ProviderIn | None = None
    institutional: InstitutionalIn | None = None

    @model_validator(mode="after")
    def _refers_to_what_is_there(self) -> Self:
        known = len(self.diagnoses)
        if any(ref > known for line in self.service_lines for ref in line.diagnosis_refs):
            raise ValueError("diagnosis_refs points past the end of diagnoses")
        if self.service_date_to is not None and self.service_date_to < self.service_date:
            raise ValueError("service_date_to lies before service_date")
        return self


class EncounterIn(EncounterRecord):
    """Body of POST /v1/encounters and PUT /v1/encounters/{id}."""

    billing_provider: ProviderIn
