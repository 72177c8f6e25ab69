"""The smaller parts of a claim or service line, each mostly one segment of an 837. All are optional on a claim.

Named as the field names them; money is integer cents, quantities are decimals, dates are local dates.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Literal

from pydantic import Field

from events.envelope import Cents, Charge, Part


class Address(Part):
    """A postal address; `postal_code` is ZIP or ZIP+4 without punctuation."""

    line1: str
    line2: str | None = None
    city: str
    state: str
    postal_code: str
    country: str = "US"


class SecondaryId(Part):
    """A REF of a provider or payer: qualifier (0B licence, 1G UPIN, G2 payer's number, LU location, FY office…)."""

    qualifier: str
    value: str


class PatientDetails(Part):
    """PAT05 to PAT09 and REF*Y4 of the patient, whoever is the subscriber. The weight is in pounds."""

    death_date: date | None = None
    weight_pounds: Decimal | None = None
    pregnant: bool = False
    property_casualty_claim_number: str | None = None


class PayToPlan(Part):
    """Loop 2010AC: the plan that paid first and is to get the money (pay-and-chase)."""

    name: str
    payer_id: str
    tax_id: str
    address: Address


class RelatedCauses(Part):
    """CLM11 and its dates: accident, employment, other. The country is told for an accident abroad."""

    auto_accident: bool = False
    employment: bool = False
    other_accident: bool = False
    accident_date: date | None = None
    accident_state: str | None = None
    accident_country: str | None = None


class ClaimDates(Part):
    """Situational dates of loop 2300."""

    onset: date | None = None
    initial_treatment: date | None = None
    last_seen: date | None = None
    last_menstrual_period: date | None = None
    admission: date | None = None
    discharge: date | None = None
    acute_manifestation: date | None = None
    last_x_ray: date | None = None
    hearing_vision_prescription: date | None = None
    disability_start: date | None = None
    disability_end: date | None = None
    last_worked: date | None = None
    return_to_work: date | None = None
    assumed_care: date | None = None
    relinquished_care: date | None = None
    first_contact: date | None = None


class LineDates(Part):
    """Situational dates of loop 2400."""

    prescription: date | None = None
    certification_revision: date | None = None
    begin_therapy: date | None = None
    last_certification: date | None = None
    last_seen: date | None = None
    hemoglobin_test: date | None = None
    creatinine_test: date | None = None
    shipped: date | None = None
    last_x_ray: date | None = None
    initial_treatment: date | None = None


class Attachment(Part):
    """A supporting document by reference (PWK): the document itself stays in the document store."""

    report_type_code: str
    transmission_code: Literal["AA", "BM", "EL", "EM", "FT", "FX"]
    control_number: str | None = None
    sha256: str | None = None


class Contract(Part):
    """CN1: how the payer's contract pays (type 01 to 09), with the amount, percentage or code that it names."""

    type_code: str
    amount_cents: Cents | None = None
    percentage: Decimal | None = None
    code: str | None = None
    terms_discount_percentage: Decimal | None = None
    version: str | None = None


class Condition(Part):
    """CRC: codes of a category: 07 ambulance, 09 equipment, 70 hospice, 75 homebound, E1-E3 vision, ZZ EPSDT."""

    category: str
    applies: bool = True
    codes: tuple[str, ...]


class Ambulance(Part):
    """CR1, CRC*07, QTY*PT and where from and where to (2310E/F, 2420G/H). Miles, pounds."""

    reason_code: str
    distance_miles: Decimal
    weight_pounds: Decimal | None = None
    round_trip_purpose: str | None = None
    stretcher_purpose: str | None = None
    patient_count: int | None = None
    pick_up: Address | None = None
    drop_off: Address | None = None
    drop_off_name: str | None = None


class SpinalManipulation(Part):
    """CR2: nature of the condition (A, C, D, E, F, G, M) and two descriptions."""

    condition_code: str
    description: str | None = None
    description2: str | None = None


class Drug(Part):
    """NDC of an administered drug (loop 2410). The prescription number is a link number within a compound."""

    ndc: str
    quantity: Decimal
    unit: Literal["F2", "GR", "ME", "ML", "UN"]
    prescription_number: str | None = None
    compound: bool = False


class DurableEquipment(Part):
    """SV5: days of need, rental and purchase price, and how often rent is due (1 weekly, 4 monthly, 6 daily)."""

    code: str
    days: Decimal
    rental_cents: Charge
    purchase_cents: Charge
    rental_frequency: Literal["1", "4", "6"]


class EquipmentCertification(Part):
    """CR3: certification (I initial, R renewal, S revised) and months of need; PWK*CT says how the certificate goes."""

    type_code: Literal["I", "R", "S"]
    months: Decimal
    transmission_code: Literal["AB", "AD", "AF", "AG", "NS"] | None = None


class FormAnswer(Part):
    """FRM: one question of a certificate form, answered in one of four ways."""

    question: str
    yes_no: Literal["N", "W", "Y"] | None = None
    text: str | None = None
    answer_date: date | None = None
    percentage: Decimal | None = None


class Form(Part):
    """Loop 2440: a certificate form (qualifier AS or UT) with its answers."""

    code: str
    qualifier: Literal["AS", "UT"] = "UT"
    answers: tuple[FormAnswer, ...] = ()


class Measurement(Part):
    """MEA: a test result, e.g. `TR`, `R1` (haemoglobin), 11.3."""

    reference_code: Literal["OG", "TR"]
    qualifier: str
    value: Decimal


class PriorOutpatient(Part):
    """MOA of an earlier payer: what its outpatient adjudication said beside the amounts."""

    reimbursement_rate: Decimal | None = None
    payable_cents: Cents | None = None
    remark_codes: tuple[str, ...] = Field(default=(), max_length=5)
    esrd_payment_cents: Cents | None = None
    nonpayable_professional_cents: Cents | None = None
