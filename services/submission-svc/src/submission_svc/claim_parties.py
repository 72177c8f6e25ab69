"""Names, addresses, providers, payers and adjustments of a claim in the terms of X12: the same in an 837P and an 837I.

A pure translation, nothing is decided here. What a field is for is said by its loop and segment; the rules of when it
must be there are the guide's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from events import phi
from x12.claim_837p import models
from x12.parties import (
    Address,
    Adjustment,
    CommunicationNumber,
    Contact,
    Name,
    OutpatientAdjudication,
    Procedure,
    Reference,
)

from submission_svc.errors import IncompleteClaim

SELF = "18"
RELATIONSHIP_CODES: dict[str, str] = {
    "self": SELF,
    "spouse": "01",
    "child": "19",
    "employee": "20",
    "unknown": "21",
    "organ_donor": "39",
    "cadaver_donor": "40",
    "life_partner": "53",
    "other": "G8",
}
"""PAT01 and SBR02, individual relationship code (data element 1069) as 005010X222A1 allows it."""


def billing_provider(content: phi.ClaimContent) -> models.BillingProvider:
    """Loops 2000A, 2010AA, 2010AB and 2010AC."""
    source = content.billing_provider
    return models.BillingProvider(
        name=provider_name(source),
        npi=source.npi or "",
        tax_id=digits(source.tax_id),
        tax_id_qualifier=source.tax_id_type,
        taxonomy_code=source.taxonomy_code or "",
        address=required_address(source.address, "/billing_provider/address"),
        contacts=tuple(c for c in (contact(source),) if c),
        license_ids=references(source.secondary_ids),
        pay_to_address=address(content.pay_to_address),
        pay_to_entity_type="1" if source.entity == "person" and content.pay_to_address else "2",
        pay_to_plan=pay_to_plan(content.pay_to_plan),
    )


def pay_to_plan(source: phi.PayToPlan | None) -> models.PayToPlan | None:
    """Loop 2010AC."""
    if source is None:
        return None
    where = required_address(source.address, "/pay_to_plan/address")
    return models.PayToPlan(source.name, source.payer_id, where, digits(source.tax_id))


def subscriber(content: phi.ClaimContent) -> models.Subscriber:
    """Loops 2000B and 2010BA. Who is both subscriber and patient is described by what either record knows."""
    cover = content.coverage
    insured, fallback = cover.subscriber, content.patient
    if cover.relationship != "self":
        fallback = insured
    return models.Subscriber(
        name=person_name(insured),
        member_id=cover.member_id,
        payer_responsibility=cover.sequence,
        claim_filing_indicator=cover.filing_indicator,
        group_number=cover.group_number or "",
        # SBR04 is for a group without a number.
        group_name="" if cover.group_number else cover.group_name or "",
        insurance_type_code=cover.insurance_type_code or "",
        address=address(insured.address or fallback.address),
        birth_date=insured.birth_date or fallback.birth_date,
        sex=insured.sex or fallback.sex or "",
        details=patient_details(content) if cover.relationship == "self" else models.PatientDetails(),
    )


def patient(content: phi.ClaimContent) -> models.Patient:
    """Loops 2000C and 2010CA: the patient who is not the subscriber."""
    source = content.patient
    return models.Patient(
        name=person_name(source),
        relationship_code=RELATIONSHIP_CODES[content.coverage.relationship],
        address=required_address(source.address, "/patient/address"),
        birth_date=required_date(source.birth_date, "/patient/birth_date"),
        sex=source.sex or "U",
        details=patient_details(content),
    )


def patient_details(content: phi.ClaimContent) -> models.PatientDetails:
    """PAT05 to PAT09, REF*Y4, and the telephone that a property and casualty payer wants beside it (PER)."""
    source, phone = content.patient_details, content.patient.phone
    asks = bool(source.property_casualty_claim_number and phone)
    return models.PatientDetails(
        date_of_death=source.death_date,
        weight_pounds=source.weight_pounds,
        pregnant=source.pregnant,
        property_casualty_claim_number=source.property_casualty_claim_number or "",
        property_casualty_contact=Contact("", (CommunicationNumber("TE", digits(phone)),)) if asks else None,
    )


def payer(cover: phi.Coverage) -> models.Payer:
    """Loop 2010BB."""
    number = cover.billing_provider_number
    return models.Payer(
        name=cover.payer_name,
        id=cover.payer_id,
        address=address(cover.payer_address),
        secondary_ids=references(cover.payer_secondary_ids),
        billing_provider_ids=(Reference("G2", number),) if number else (),
    )


def provider(source: phi.Provider, qualifier: str = "") -> models.Provider:
    """Loops 2310A, 2310D and 2420D to F: a provider by name, NPI and other numbers."""
    return models.Provider(
        name=provider_name(source),
        npi=source.npi or "",
        secondary_ids=references(source.secondary_ids),
        qualifier=qualifier,
    )


def rendering_provider(source: phi.Provider | None, of_claim: phi.Provider) -> models.Provider | None:
    """Loops 2310B and 2420A, with the taxonomy: only where it is not who rendered by what stands above."""
    if source is None or same(source, of_claim):
        return None
    return replace(provider(source), taxonomy_code=source.taxonomy_code or "")


def same(one: phi.Provider | None, other: phi.Provider | None) -> bool:
    """Whether two records name the same provider: by NPI where there is one, else by everything."""
    if one is None or other is None:
        return one is other
    return one.npi == other.npi if one.npi else one == other


def service_facility(place: phi.Provider | None, billing: phi.Provider, pointer: str) -> models.ServiceFacility | None:
    """Loop 2310C or 2420C: where it was done, required only when that is not the billing provider's address."""
    if place is None or (place.address is not None and place.address == billing.address):
        return None
    return models.ServiceFacility(
        name=place.name,
        address=required_address(place.address, pointer),
        npi="" if place.npi == billing.npi else place.npi or "",
        secondary_ids=references(place.secondary_ids),
    )


def other_coverages(content: phi.ClaimContent) -> tuple[models.OtherCoverage, ...]:
    """Loops 2320 and 2330, in payment order; a payer that has decided stands with its decision."""
    decided = {payment.coverage.sequence for payment in content.prior_payments}
    waiting = [c for c in content.other_coverages if c.sequence not in decided]
    found = [(p.coverage, p) for p in content.prior_payments] + [(c, None) for c in waiting]
    in_order = sorted(found, key=lambda pair: "PST".index(pair[0].sequence))
    return tuple(other_coverage(cover, payment, content) for cover, payment in in_order)


def other_coverage(
    cover: phi.Coverage, payment: phi.PriorPayment | None, content: phi.ClaimContent
) -> models.OtherCoverage:
    """One loop 2320. The adjudication date stands here only if the payer gave no lines (else in each 2430)."""
    whole = payment if payment and not payment.lines else None
    return models.OtherCoverage(
        payer_responsibility=cover.sequence,
        relationship_code=RELATIONSHIP_CODES[cover.relationship],
        subscriber_name=person_name(cover.subscriber),
        subscriber_address=address(cover.subscriber.address),
        member_id=cover.member_id,
        payer_name=cover.payer_name,
        payer_id=cover.payer_id,
        payer_address=address(cover.payer_address),
        payer_secondary_ids=references(cover.payer_secondary_ids),
        claim_filing_indicator=cover.filing_indicator,
        group_number=cover.group_number or "",
        group_name="" if cover.group_number else cover.group_name or "",
        insurance_type_code=cover.insurance_type_code or "",
        adjustments=adjustments(payment.adjustments) if payment else (),
        paid_cents=payment.paid_cents if payment else None,
        non_covered_cents=payment.non_covered_cents if payment else None,
        remaining_patient_liability_cents=patient_share_cents(whole.adjustments) if whole else None,
        benefits_assignment=content.benefits_assigned,
        patient_signature_source=content.patient_signature_source or "",
        release_of_information=content.release_of_information,
        outpatient_adjudication=outpatient(payment.outpatient) if payment else None,
        adjudication_date=whole.adjudication_date if whole else None,
        payer_claim_control_number=(payment.payer_claim_control_number or "") if payment else "",
    )


def outpatient(source: phi.PriorOutpatient | None) -> OutpatientAdjudication | None:
    """MOA of loop 2320; a segment without any element is none."""
    if source is None or source == phi.PriorOutpatient():
        return None
    return OutpatientAdjudication(
        reimbursement_rate=source.reimbursement_rate,
        hcpcs_payable_cents=source.payable_cents,
        remark_codes=source.remark_codes,
        esrd_payment_cents=source.esrd_payment_cents,
        nonpayable_professional_cents=source.nonpayable_professional_cents,
    )


def line_adjudications(line: phi.ClaimLine, content: phi.ClaimContent) -> tuple[models.LineAdjudication, ...]:
    """Loop 2430: what each earlier payer decided on this line, in payment order; several where it split the line."""
    return tuple(
        _line_adjudication(decided, line, payment, content)
        for payment in content.prior_payments
        for decided in payment.lines
        if decided.line_item_control_number == line.line_item_control_number
    )


def _line_adjudication(
    decided: phi.PriorLinePayment, line: phi.ClaimLine, payment: phi.PriorPayment, content: phi.ClaimContent
) -> models.LineAdjudication:
    return models.LineAdjudication(
        payer_id=payment.coverage.payer_id,
        paid_cents=decided.paid_cents,
        procedure=Procedure(decided.code or line.code, decided.modifiers),
        units=decided.units,
        adjudication_date=payment.adjudication_date,
        adjustments=adjustments(decided.adjustments),
        bundled_line_number=position_of(decided.bundled_line_number, content.lines),
        remaining_patient_liability_cents=patient_share_cents(decided.adjustments),
    )


def position_of(line_number: int | None, lines: Sequence[phi.ClaimLine]) -> int | None:
    """LX01 of the line with this number: lines are counted from 1 in a file, whatever their numbers are."""
    return next((at for at, line in enumerate(lines, start=1) if line.line_number == line_number), None)


def adjustments(source: tuple[phi.PriorAdjustment, ...]) -> tuple[Adjustment, ...]:
    """CAS triplets, grouped by group code as CAS wants them, in their first order."""
    groups = list(dict.fromkeys(a.group_code for a in source))
    in_order = sorted(source, key=lambda a: groups.index(a.group_code))
    return tuple(Adjustment(a.group_code, a.reason_code, a.amount_cents, a.quantity) for a in in_order)


def patient_share_cents(source: tuple[phi.PriorAdjustment, ...]) -> int:
    """AMT*EAF, remaining patient liability: what the earlier payer left to the patient (group PR)."""
    return sum(a.amount_cents for a in source if a.group_code == "PR")


def references(source: tuple[phi.SecondaryId, ...]) -> tuple[Reference, ...]:
    """REF segments."""
    return tuple(Reference(item.qualifier, item.value) for item in source)


def person_name(source: phi.Person) -> Name:
    """NM102 to NM107 of a person, or of the employer that stands as the subscriber."""
    if source.organization:
        return Name.organization(source.last_name)
    return Name.person(source.last_name, source.first_name or "", source.middle_name or "", source.suffix or "")


def provider_name(source: phi.Provider) -> Name:
    """NM103 to NM105 of a provider, by what it is."""
    if source.entity == "organization":
        return Name.organization(source.name)
    return Name.person(source.name, source.first_name or "", source.middle_name or "")


def contact(source: phi.Provider) -> Contact | None:
    """PER: who can be asked by telephone."""
    if not source.phone:
        return None
    return Contact(source.contact_name or "", (CommunicationNumber("TE", digits(source.phone)),))


def address(source: phi.Address | None) -> Address | None:
    """N3 and N4; the country stands only where it is not the United States."""
    if source is None:
        return None
    abroad = source.country not in ("", "US", "USA")
    return Address(
        line_1=source.line1,
        line_2=source.line2 or "",
        city=source.city,
        state=source.state,
        postal_code=source.postal_code if abroad else digits(source.postal_code),
        country_code=source.country if abroad else "",
    )


def required_address(source: phi.Address | None, pointer: str) -> Address:
    """As `address`; raises IncompleteClaim when there is none."""
    found = address(source)
    if found is None:
        raise IncompleteClaim(pointer)
    return found


def required_date(source: date | None, pointer: str) -> date:
    """The date; raises IncompleteClaim when there is none."""
    if source is None:
        raise IncompleteClaim(pointer)
    return source


def digits(text: str | None) -> str:
    """ASCII digits alone, as tax ids, postal codes and telephone numbers are sent."""
    return "".join(c for c in text or "" if c.isdigit() and c.isascii())
