"""The parts of a claim that 837P and 837I share: who sends, bills, insures and is treated, and who else pays.

Text that is absent is ``""``, a date or amount that is absent is ``None``. Money is integer cents.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Final, Protocol

from x12.parties import (
    Address,
    Adjustment,
    Contact,
    InpatientAdjudication,
    Name,
    OutpatientAdjudication,
    Reference,
)
from x12.values import value

MAX_CLAIMS_PER_PATIENT = 100


@value(frozen=True, slots=True)
class Submitter:
    """Loop 1000A: who sends the file. ``id`` is the ETIN (NM1*41 with qualifier 46); one or two contacts."""

    name: Name
    id: str
    contacts: tuple[Contact, ...]


@value(frozen=True, slots=True)
class Receiver:
    """Loop 1000B: who receives the file (NM1*40 with qualifier 46)."""

    name: str
    id: str


@value(frozen=True, slots=True)
class PayToPlan:
    """Loop 2010AC: the plan that recovers from another payer."""

    name: str
    id: str
    address: Address
    tax_id: str
    id_qualifier: str = "PI"
    secondary_ids: tuple[Reference, ...] = ()


@value(frozen=True, slots=True)
class BillingProvider:
    """Loops 2000A, 2010AA, 2010AB, 2010AC. ``tax_id_qualifier`` is EI (EIN) or, in an 837P, SY (SSN).

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


@value(frozen=True, slots=True)
class PatientDetails:
    """PAT05 to PAT09 and the casualty data of whoever is the patient (2000B/2010BA or 2000C/2010CA)."""

    date_of_death: date | None = None
    weight_pounds: Decimal | None = None
    pregnant: bool = False
    property_casualty_claim_number: str = ""
    property_casualty_contact: Contact | None = None


NO_DETAILS: Final = PatientDetails()
"""Of most patients nothing more is told."""


@value(frozen=True, slots=True)
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
    details: PatientDetails = NO_DETAILS


@value(frozen=True, slots=True)
class Payer:
    """Loop 2010BB: the destination payer. ``billing_provider_ids`` are REF*G2 and REF*LU."""

    name: str
    id: str
    id_qualifier: str = "PI"
    address: Address | None = None
    secondary_ids: tuple[Reference, ...] = ()
    billing_provider_ids: tuple[Reference, ...] = ()


@value(frozen=True, slots=True)
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
    details: PatientDetails = NO_DETAILS


@value(frozen=True, slots=True)
class Provider:
    """A provider of loops 2310 or 2420. ``taxonomy_code`` is written for those that the guide has a PRV for.

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


@value(frozen=True, slots=True)
class ServiceFacility:
    """Loop 2310C or 2420C, in an 837I 2310E: where it was done, when that is not the billing provider's address."""

    name: str
    address: Address
    npi: str = ""
    secondary_ids: tuple[Reference, ...] = ()
    contact: Contact | None = None


@value(frozen=True, slots=True)
class OtherPayerProvider:
    """Loops 2330C and following: another payer's ids for a provider. ``entity_code`` is NM101 (DN, 82, 71, ...)."""

    entity_code: str
    entity_type: str
    ids: tuple[Reference, ...]


@value(frozen=True, slots=True)
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
    inpatient_adjudication: InpatientAdjudication | None = None  # MIA: 837I only
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


class InContext(Protocol):
    """A claim of either kind: it carries the levels above it."""

    @property
    def billing_provider(self) -> BillingProvider:
        """Loop 2000A."""
        ...

    @property
    def subscriber(self) -> Subscriber:
        """Loop 2000B."""
        ...

    @property
    def payer(self) -> Payer:
        """Loop 2010BB."""
        ...

    @property
    def patient(self) -> Patient | None:
        """Loop 2000C; None where the subscriber is the patient."""
        ...
