"""The encounter as an EMR posts it: people, coverage, documentation, and what is already known as codes.

Lengths are those of the 005010X222A1 elements that the values end in, so that what is taken here can be sent.
Money is integer cents; units are decimals; dates are local dates at the facility; instants carry an offset.
Models are strict: unknown fields, wrong types, NUL, lone surrogates, NaN and unbounded numbers are refused.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Final, Literal, Self

from kit.api import StrictModel
from kit.api.fields import Storable
from pydantic import AfterValidator, AwareDatetime, Field, model_validator

from coding_svc.domain import VisitType

MAX_NOTE_CHARACTERS: Final = 200_000
MAX_CHARGE_CENTS: Final = 99_999_999_99
"""SV102 and CLM02 hold at most ten characters: 99,999,999.99."""

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


def _without_hyphen(value: str) -> str:
    """ZIP+4 is stored as nine digits, as N403 wants it."""
    return value.replace("-", "")


def _without_dot(value: str) -> str:
    """ICD-10-CM codes are stored with the dot after the third character, however they came."""
    plain = value.replace(".", "").upper()
    return f"{plain[:3]}.{plain[3:]}" if len(plain) > 3 else plain


Key = Annotated[str, Field(min_length=1, max_length=64), Storable]
LastName = Annotated[str, Field(min_length=1, max_length=60), Storable]
FirstName = Annotated[str, Field(min_length=1, max_length=35), Storable]
MiddleName = Annotated[str, Field(min_length=1, max_length=25), Storable]
Suffix = Annotated[str, Field(min_length=1, max_length=10), Storable]
AddressLine = Annotated[str, Field(min_length=1, max_length=55), Storable]
City = Annotated[str, Field(min_length=2, max_length=30), Storable]
State = Annotated[str, Field(pattern=r"^[A-Z]{2}$"), Storable]
PostalCode = Annotated[str, Field(pattern=r"^[A-Z0-9][A-Z0-9 -]{2,14}$"), Storable, AfterValidator(_without_hyphen)]
Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$"), Storable]
Phone = Annotated[str, Field(pattern=r"^[0-9]{7,15}$"), Storable]
Npi = Annotated[str, Field(pattern=r"^[0-9]{10}$"), Storable]
Taxonomy = Annotated[str, Field(pattern=r"^[A-Z0-9]{10}$"), Storable]
TaxId = Annotated[str, Field(pattern=r"^[0-9]{9}$"), Storable]
PayerId = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._-]{1,79}$"), Storable]
MemberId = Annotated[str, Field(min_length=2, max_length=80), Storable]
Reference = Annotated[str, Field(min_length=1, max_length=50), Storable]
Clia = Annotated[str, Field(pattern=r"^[0-9]{2}D[0-9]{7}$"), Storable]
PlaceOfService = Annotated[str, Field(pattern=r"^[0-9]{2}$"), Storable]
ProcedureCode = Annotated[str, Field(pattern=r"^[A-Z0-9]{5}$"), Storable]
Modifier = Annotated[str, Field(pattern=r"^[A-Z0-9]{2}$"), Storable]
Icd10Cm = Annotated[
    str, Field(pattern=r"^[A-Za-z][0-9][0-9A-Za-z](\.?[0-9A-Za-z]{1,4})?$"), AfterValidator(_without_dot)
]
SnomedCt = Annotated[str, Field(pattern=r"^[0-9]{6,18}$"), Storable]
Ndc = Annotated[str, Field(pattern=r"^[0-9]{11}$"), Storable]
Units = Annotated[Decimal, Field(gt=0, le=Decimal("9999999.999"), max_digits=10, decimal_places=3)]
Cents = Annotated[int, Field(ge=0, le=MAX_CHARGE_CENTS)]
BusinessDate = Annotated[date, Field(ge=date(1870, 1, 1), le=date(2199, 12, 31))]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$"), Storable]


class AddressIn(StrictModel):
    """A postal address; `postal_code` with or without the hyphen of ZIP+4."""

    line1: AddressLine
    line2: AddressLine | None = None
    city: City
    state: State
    postal_code: PostalCode
    country: Country = "US"


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

    @model_validator(mode="after")
    def _dependent_names_subscriber(self) -> Self:
        if self.relationship != "self" and self.subscriber is None:
            raise ValueError("a dependent's coverage needs the subscriber")
        return self


class ProviderIn(StrictModel):
    """A person (last name in `name`) or an organization."""

    npi: Npi | None = None
    entity: Literal["person", "organization"]
    name: LastName
    first_name: FirstName | None = None
    middle_name: MiddleName | None = None
    taxonomy_code: Taxonomy | None = None
    tax_id: TaxId | None = None
    tax_id_type: Literal["EI", "SY"] = "EI"
    address: AddressIn | None = None
    contact_name: LastName | None = None
    phone: Phone | None = None


class NoteIn(StrictModel):
    """One clinical document as written; `signed_at` null means that it waits for its signature."""

    id: Key | None = None
    type: Annotated[str, Field(min_length=1, max_length=64), Storable] = "progress"
    text: Annotated[str, Field(min_length=1, max_length=MAX_NOTE_CHARACTERS), Storable]
    author: Annotated[str, Field(max_length=120), Storable] | None = None
    author_npi: Npi | None = None
    authored_at: AwareDatetime | None = None
    signed_at: AwareDatetime | None = None


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


class DrugIn(StrictModel):
    """NDC (eleven digits, 5-4-2 without hyphens) of an administered drug, with its NDC quantity and unit."""

    ndc: Ndc
    quantity: Units
    unit: Literal["F2", "GR", "ME", "ML", "UN"]


class ServiceLineIn(StrictModel):
    """A service that charge capture sent; `diagnosis_refs` are 1-based positions in `diagnoses`."""

    id: Key | None = None
    code: ProcedureCode
    modifiers: Annotated[tuple[Modifier, ...], Field(max_length=4)] = ()
    units: Units = Decimal(1)
    unit_basis: Literal["UN", "MJ"] = "UN"
    charge_cents: Cents | None = None
    diagnosis_refs: Annotated[tuple[Annotated[int, Field(ge=1, le=99)], ...], Field(max_length=4)] = ()
    date_from: BusinessDate | None = None
    date_to: BusinessDate | None = None
    drug: DrugIn | None = None
    note: Annotated[str, Field(max_length=80), Storable] | None = None


class OrderIn(StrictModel):
    """An order. Only one that was completed in this practice can become a billed service."""

    id: Key | None = None
    text: Annotated[str, Field(min_length=1, max_length=300), Storable]
    code: ProcedureCode | None = None
    status: OrderStatus = "active"
    performed_in_practice: bool = False
    units: Units = Decimal(1)


class MdmIn(StrictModel):
    """The three elements of medical decision making, where the clinician or the EMR states them."""

    problems: MdmWord | None = None
    data: MdmWord | None = None
    risk: MdmWord | None = None


class RelatedCausesIn(StrictModel):
    """Accident and employment (CLM11); an auto accident names its state."""

    auto_accident: bool = False
    employment: bool = False
    other_accident: bool = False
    accident_date: BusinessDate | None = None
    accident_state: State | None = None


class SituationalDatesIn(StrictModel):
    """Dates of loop 2300 that some claims need."""

    onset: BusinessDate | None = None
    initial_treatment: BusinessDate | None = None
    last_seen: BusinessDate | None = None
    last_menstrual_period: BusinessDate | None = None
    admission: BusinessDate | None = None
    discharge: BusinessDate | None = None


class AttachmentIn(StrictModel):
    """A supporting document by reference (PWK01, PWK02, PWK06); the document itself does not travel."""

    report_type_code: Annotated[str, Field(pattern=r"^[A-Z0-9]{2}$"), Storable]
    transmission_code: Literal["AA", "BM", "EL", "EM", "FT", "FX"]
    control_number: Reference | None = None
    sha256: Sha256 | None = None


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
    service_lines: Annotated[tuple[ServiceLineIn, ...], Field(max_length=50)] = ()
    orders: Annotated[tuple[OrderIn, ...], Field(max_length=100)] = ()
    total_minutes: Annotated[int, Field(ge=0, le=1440)] | None = None
    mdm: MdmIn | None = None
    prior_authorization_number: Reference | None = None
    referral_number: Reference | None = None
    clia_number: Clia | None = None
    related_causes: RelatedCausesIn = RelatedCausesIn()
    dates: SituationalDatesIn = SituationalDatesIn()
    attachments: Annotated[tuple[AttachmentIn, ...], Field(max_length=10)] = ()
    claim_note: Annotated[str, Field(min_length=1, max_length=80), Storable] | None = None

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
