"""The situational parts of an encounter: what some claims need and most do not. Named as the field names them."""

from __future__ import annotations

from typing import Annotated, Literal

from kit.api import StrictModel
from kit.api.fields import Storable
from pydantic import Field

from coding_svc.schemas.fields import (
    AddressLine,
    BusinessDate,
    Cents,
    City,
    Code1To3,
    Code2,
    Country,
    FirstName,
    Icd10Cm,
    Icd10Pcs,
    LastName,
    MiddleName,
    Ndc,
    Npi,
    PayerId,
    Phone,
    PostalCode,
    ProcedureCode,
    Quantity,
    Reference,
    RevenueCode,
    Sha256,
    State,
    TaxId,
    Taxonomy,
    Text80,
    TimeOfDay,
    Units,
)

AmountCents = Annotated[int, Field(ge=-99_999_999_99, le=99_999_999_99)]


class AddressIn(StrictModel):
    """A postal address; `postal_code` with or without the hyphen of ZIP+4."""

    line1: AddressLine
    line2: AddressLine | None = None
    city: City
    state: State
    postal_code: PostalCode
    country: Country = "US"


class SecondaryIdIn(StrictModel):
    """Another number of a provider or payer (REF): 0B licence, 1G UPIN, G2 the payer's number, LU location…"""

    qualifier: Code1To3
    value: Reference


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
    secondary_ids: Annotated[tuple[SecondaryIdIn, ...], Field(max_length=4)] = ()


class RelatedCausesIn(StrictModel):
    """Accident and employment (CLM11); an auto accident names its state."""

    auto_accident: bool = False
    employment: bool = False
    other_accident: bool = False
    accident_date: BusinessDate | None = None
    accident_state: State | None = None
    accident_country: Country | None = None


class SituationalDatesIn(StrictModel):
    """Dates of loop 2300 that some claims need."""

    onset: BusinessDate | None = None
    initial_treatment: BusinessDate | None = None
    last_seen: BusinessDate | None = None
    last_menstrual_period: BusinessDate | None = None
    admission: BusinessDate | None = None
    discharge: BusinessDate | None = None
    acute_manifestation: BusinessDate | None = None
    last_x_ray: BusinessDate | None = None
    hearing_vision_prescription: BusinessDate | None = None
    disability_start: BusinessDate | None = None
    disability_end: BusinessDate | None = None
    last_worked: BusinessDate | None = None
    return_to_work: BusinessDate | None = None
    assumed_care: BusinessDate | None = None
    relinquished_care: BusinessDate | None = None
    first_contact: BusinessDate | None = None


class AttachmentIn(StrictModel):
    """A supporting document by reference (PWK01, PWK02, PWK06); the document itself does not travel."""

    report_type_code: Code2
    transmission_code: Literal["AA", "BM", "EL", "EM", "FT", "FX"]
    control_number: Reference | None = None
    sha256: Sha256 | None = None


class DrugIn(StrictModel):
    """NDC (eleven digits, 5-4-2 without hyphens) of an administered drug, with its NDC quantity and unit."""

    ndc: Ndc
    quantity: Units
    unit: Literal["F2", "GR", "ME", "ML", "UN"]
    prescription_number: Reference | None = None
    compound: bool = False


class PatientDetailsIn(StrictModel):
    """What some payers ask of the patient: death, weight in pounds, pregnancy, property and casualty claim (REF*Y4)."""

    death_date: BusinessDate | None = None
    weight_pounds: Quantity | None = None
    pregnant: bool = False
    property_casualty_claim_number: Reference | None = None


class PayToPlanIn(StrictModel):
    """The plan that is to get the money (loop 2010AC)."""

    name: LastName
    payer_id: PayerId
    tax_id: TaxId
    address: AddressIn


class LineDatesIn(StrictModel):
    """Dates of loop 2400 that some lines need."""

    prescription: BusinessDate | None = None
    certification_revision: BusinessDate | None = None
    begin_therapy: BusinessDate | None = None
    last_certification: BusinessDate | None = None
    last_seen: BusinessDate | None = None
    hemoglobin_test: BusinessDate | None = None
    creatinine_test: BusinessDate | None = None
    shipped: BusinessDate | None = None
    last_x_ray: BusinessDate | None = None
    initial_treatment: BusinessDate | None = None


class ContractIn(StrictModel):
    """How the payer's contract pays (CN1)."""

    type_code: Literal["01", "02", "03", "04", "05", "06", "09"]
    amount_cents: AmountCents | None = None
    percentage: Quantity | None = None
    code: Reference | None = None
    terms_discount_percentage: Quantity | None = None
    version: Annotated[str, Field(min_length=1, max_length=30), Storable] | None = None


class ConditionIn(StrictModel):
    """CRC: 07 ambulance, 09 equipment, 70 hospice, 75 homebound, E1 to E3 vision, ZZ EPSDT referral."""

    category: Literal["07", "09", "70", "75", "E1", "E2", "E3", "ZZ"]
    applies: bool = True
    codes: Annotated[tuple[Code1To3, ...], Field(min_length=1, max_length=5)]


class AmbulanceIn(StrictModel):
    """A transport (CR1): why, miles, the patient's pounds, purposes, how many were carried, from where to where."""

    reason_code: Literal["A", "B", "C", "D", "E"]
    distance_miles: Quantity
    weight_pounds: Quantity | None = None
    round_trip_purpose: Text80 | None = None
    stretcher_purpose: Text80 | None = None
    patient_count: Annotated[int, Field(ge=1, le=99)] | None = None
    pick_up: AddressIn
    drop_off: AddressIn
    drop_off_name: LastName | None = None


class SpinalManipulationIn(StrictModel):
    """Chiropractic treatment (CR2): nature of the condition and what it is."""

    condition_code: Literal["A", "C", "D", "E", "F", "G", "M"]
    description: Text80 | None = None
    description2: Text80 | None = None


class DurableEquipmentIn(StrictModel):
    """Rented or bought equipment (SV5); rent is due weekly (1), monthly (4) or daily (6)."""

    code: ProcedureCode
    days: Units
    rental_cents: Cents
    purchase_cents: Cents
    rental_frequency: Literal["1", "4", "6"]


class EquipmentCertificationIn(StrictModel):
    """Certificate of medical necessity (CR3): initial, renewed, revised; months; how it is sent (PWK*CT)."""

    type_code: Literal["I", "R", "S"]
    months: Units
    transmission_code: Literal["AB", "AD", "AF", "AG", "NS"] | None = None


class FormAnswerIn(StrictModel):
    """The answer to one question of a certificate form."""

    question: Annotated[str, Field(min_length=1, max_length=20), Storable]
    yes_no: Literal["N", "W", "Y"] | None = None
    text: Reference | None = None
    answer_date: BusinessDate | None = None
    percentage: Quantity | None = None


class FormIn(StrictModel):
    """A certificate form with its answers (loop 2440)."""

    code: Annotated[str, Field(min_length=1, max_length=30), Storable]
    qualifier: Literal["AS", "UT"] = "UT"
    answers: Annotated[tuple[FormAnswerIn, ...], Field(min_length=1, max_length=99)]


class MeasurementIn(StrictModel):
    """A test result (MEA): `R1` haemoglobin, `R2` haematocrit, `R3` epoetin dose, `R4` creatinine, `HT` height."""

    reference_code: Literal["OG", "TR"]
    qualifier: Literal["HT", "R1", "R2", "R3", "R4"]
    value: Quantity


class OccurrenceIn(StrictModel):
    """An occurrence code with its date."""

    code: Code2
    on: BusinessDate


class OccurrenceSpanIn(StrictModel):
    """An occurrence span code with its dates."""

    code: Code2
    date_from: BusinessDate
    date_to: BusinessDate


class CodedValueIn(StrictModel):
    """A value code with its amount: dollars or a count."""

    code: Code2
    amount: Quantity


class InpatientProcedureIn(StrictModel):
    """An ICD-10-PCS procedure with its date."""

    code: Icd10Pcs
    on: BusinessDate


class RevenueLineIn(StrictModel):
    """A charge with a revenue code and no procedure code; `DA` counts days."""

    revenue_code: RevenueCode
    units: Units
    unit_basis: Literal["UN", "DA"] = "UN"
    charge_cents: Cents
    non_covered_cents: Cents | None = None
    date_from: BusinessDate | None = None


class InstitutionalIn(StrictModel):
    """What a hospital's claim (837I, UB-04) needs; where it is given, the encounter becomes an institutional claim."""

    type_of_bill: Annotated[str, Field(pattern=r"^0?[0-9]{2}$"), Storable]
    admission_type_code: Annotated[str, Field(pattern=r"^[1-59]$"), Storable] | None = None
    admission_source_code: Annotated[str, Field(pattern=r"^[0-9A-Z]$"), Storable] | None = None
    patient_status_code: Annotated[str, Field(pattern=r"^[0-9]{2}$"), Storable] | None = None
    admission_time: TimeOfDay | None = None
    discharge_time: TimeOfDay | None = None
    admitting_diagnosis_code: Icd10Cm | None = None
    reason_for_visit_codes: Annotated[tuple[Icd10Cm, ...], Field(max_length=3)] = ()
    external_cause_codes: Annotated[tuple[Icd10Cm, ...], Field(max_length=12)] = ()
    present_on_admission: Annotated[tuple[Literal["N", "U", "W", "Y", ""], ...], Field(max_length=25)] = ()
    drg_code: Annotated[str, Field(pattern=r"^[0-9]{3,4}$"), Storable] | None = None
    principal_procedure: InpatientProcedureIn | None = None
    other_procedures: Annotated[tuple[InpatientProcedureIn, ...], Field(max_length=24)] = ()
    occurrences: Annotated[tuple[OccurrenceIn, ...], Field(max_length=24)] = ()
    occurrence_spans: Annotated[tuple[OccurrenceSpanIn, ...], Field(max_length=24)] = ()
    values: Annotated[tuple[CodedValueIn, ...], Field(max_length=24)] = ()
    revenue_lines: Annotated[tuple[RevenueLineIn, ...], Field(max_length=500)] = ()
