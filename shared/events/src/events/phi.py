"""The typed contents of the encrypted part of events: people, coverage, codes, and the claim itself.

Note texts and X12 never travel in an event. Money is integer cents; units are decimals; dates are local dates.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Literal

from pydantic import Field

from events.envelope import Cents, Charge, Part

PayerSequence = Literal["P", "S", "T"]
"""SBR01: primary, secondary, tertiary."""
Relationship = Literal[
    "self", "spouse", "child", "employee", "organ_donor", "cadaver_donor", "life_partner", "other", "unknown"
]
"""Patient's relationship to the subscriber; `self` is SBR02 = 18, the rest are PAT01 codes."""


class Address(Part):
    """A postal address; `postal_code` is ZIP or ZIP+4 without punctuation."""

    line1: str
    line2: str | None = None
    city: str
    state: str
    postal_code: str
    country: str = "US"


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


class RelatedCauses(Part):
    """CLM11 and its dates: accident, employment, other."""

    auto_accident: bool = False
    employment: bool = False
    other_accident: bool = False
    accident_date: date | None = None
    accident_state: str | None = None


class ClaimDates(Part):
    """Situational dates of loop 2300."""

    onset: date | None = None
    initial_treatment: date | None = None
    last_seen: date | None = None
    last_menstrual_period: date | None = None
    admission: date | None = None
    discharge: date | None = None


class Attachment(Part):
    """A supporting document by reference (PWK): the document itself stays in the document store."""

    report_type_code: str
    transmission_code: Literal["AA", "BM", "EL", "EM", "FT", "FX"]
    control_number: str | None = None
    sha256: str | None = None


class Drug(Part):
    """NDC of an administered drug (loop 2410)."""

    ndc: str
    quantity: Decimal
    unit: Literal["F2", "GR", "ME", "ML", "UN"]


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
    unit_basis: Literal["UN", "MJ"] = "UN"
    pointers: tuple[int, ...] = Field(description="1-based positions in the diagnosis list, most important first.")
    date_from: date
    date_to: date | None = None
    place_of_service: str | None = None
    charge_cents: Charge | None = Field(default=None, description="The practice's own charge, if the EMR sent one.")
    drug: Drug | None = None
    note: str | None = None
    excerpt: str | None = Field(default=None, max_length=300)


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
