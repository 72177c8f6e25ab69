"""From the claim in ClaimBuilt to the claim of an 837P 005010X222A1: a pure translation, nothing is decided here.

What a field is for is said by its loop and segment in the comment; the rules of when it must be there are the guide's.
"""

from __future__ import annotations

from datetime import date

from events import phi
from x12.claim_837p import models
from x12.parties import Address, Adjustment, CommunicationNumber, Contact, Name, Procedure

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
CORRECTS_EARLIER = ("7", "8")
"""Frequency codes that name the payer's claim (REF*F8); with 1 a payer claim control number is refused."""


def claim(content: phi.ClaimContent) -> models.Claim:
    """The 837P claim of `content`. Raises IncompleteClaim naming the missing field."""
    billing = content.billing_provider
    dependent = content.coverage.relationship != "self"
    return models.Claim(
        billing_provider=billing_provider(content),
        subscriber=subscriber(content),
        payer=payer(content.coverage),
        patient=patient(content) if dependent else None,
        patient_control_number=content.patient_control_number,
        charge_cents=content.charge_cents,
        place_of_service_code=content.place_of_service,
        frequency_code=content.frequency_code,
        provider_signature_on_file=content.provider_signature_on_file,
        assignment_code=content.accepts_assignment,
        benefits_assignment=content.benefits_assigned,
        release_of_information=content.release_of_information,
        related_causes=related_causes(content.related_causes),
        accident_state=accident_state(content.related_causes),
        dates=claim_dates(content),
        attachments=tuple(map(attachment, content.attachments)),
        referral_number=content.referral_number or "",
        prior_authorization_number=content.prior_authorization_number or "",
        payer_claim_control_number=payer_claim_control_number(content),
        clia_number=content.clia_number or "",
        medical_record_number=content.medical_record_number or "",
        note=note(content.claim_note),
        diagnosis_codes=tuple(code.replace(".", "") for code in content.diagnosis_codes),
        referring_providers=tuple(provider(p, "DN") for p in (content.referring_provider,) if p),
        rendering_provider=other_provider(content.rendering_provider, billing),
        service_facility=service_facility(content),
        supervising_provider=provider(content.supervising_provider) if content.supervising_provider else None,
        other_coverages=other_coverages(content),
        service_lines=tuple(service_line(line, content) for line in content.lines),
    )


def billing_provider(content: phi.ClaimContent) -> models.BillingProvider:
    """Loops 2000A, 2010AA and 2010AB."""
    source = content.billing_provider
    return models.BillingProvider(
        name=provider_name(source),
        npi=source.npi or "",
        tax_id=_digits(source.tax_id),
        tax_id_qualifier=source.tax_id_type,
        taxonomy_code=source.taxonomy_code or "",
        address=required_address(source.address, "/billing_provider/address"),
        contacts=tuple(c for c in (contact(source),) if c),
        pay_to_address=address(content.pay_to_address),
        pay_to_entity_type="1" if source.entity == "person" else "2",
    )


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
        address=address(insured.address or fallback.address),
        birth_date=insured.birth_date or fallback.birth_date,
        sex=insured.sex or fallback.sex or "",
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
    )


def payer(cover: phi.Coverage) -> models.Payer:
    """Loop 2010BB."""
    return models.Payer(name=cover.payer_name, id=cover.payer_id, address=address(cover.payer_address))


def provider(source: phi.Provider, qualifier: str = "") -> models.Provider:
    """Loops 2310A, B, D and 2420: a provider by name, NPI and taxonomy."""
    return models.Provider(
        name=provider_name(source),
        npi=source.npi or "",
        taxonomy_code=source.taxonomy_code or "",
        qualifier=qualifier,
    )


def other_provider(source: phi.Provider | None, billing: phi.Provider) -> models.Provider | None:
    """Loop 2310B: the rendering provider, required only when it is not the billing provider."""
    if source is None or (source.npi and source.npi == billing.npi):
        return None
    return provider(source)


def ordering_provider(content: phi.ClaimContent) -> models.Provider | None:
    """Loop 2420E: who ordered the service, required on the line when it is not who rendered it."""
    source = content.ordering_provider
    rendering = content.rendering_provider or content.billing_provider
    if source is None or (source.npi and source.npi == rendering.npi):
        return None
    return models.Provider(
        name=provider_name(source), npi=source.npi or "", address=address(source.address), contact=contact(source)
    )


def service_facility(content: phi.ClaimContent) -> models.ServiceFacility | None:
    """Loop 2310C: where it was done, required only when that is not the billing provider's address."""
    place = content.service_facility
    if place is None or (place.address is not None and place.address == content.billing_provider.address):
        return None
    return models.ServiceFacility(
        name=place.name,
        address=required_address(place.address, "/service_facility/address"),
        npi="" if place.npi == content.billing_provider.npi else place.npi or "",
    )


def claim_dates(content: phi.ClaimContent) -> models.ClaimDates:
    """The DTP segments of loop 2300."""
    dates = content.dates
    return models.ClaimDates(
        onset=dates.onset,
        initial_treatment=dates.initial_treatment,
        last_seen=dates.last_seen,
        last_menstrual_period=dates.last_menstrual_period,
        admission=dates.admission,
        discharge=dates.discharge,
        accident=content.related_causes.accident_date,
    )


def related_causes(causes: phi.RelatedCauses) -> tuple[str, ...]:
    """CLM11-1 to -3: AA auto accident, EM employment, OA other accident."""
    told = (("AA", causes.auto_accident), ("EM", causes.employment), ("OA", causes.other_accident))
    return tuple(code for code, applies in told if applies)


def accident_state(causes: phi.RelatedCauses) -> str:
    """CLM11-4, for an auto accident only."""
    return (causes.accident_state or "") if causes.auto_accident else ""


def payer_claim_control_number(content: phi.ClaimContent) -> str:
    """REF*F8: only a replacement or a void names the payer's claim."""
    return (content.payer_claim_control_number or "") if content.frequency_code in CORRECTS_EARLIER else ""


def attachment(source: phi.Attachment) -> models.Attachment:
    """PWK of loop 2300."""
    return models.Attachment(source.report_type_code, source.transmission_code, source.control_number or "")


def note(text: str | None) -> models.Note | None:
    """NTE*ADD."""
    return models.Note(text) if text else None


def service_line(line: phi.ClaimLine, content: phi.ClaimContent) -> models.ServiceLine:
    """Loop 2400 with 2410, 2420E and 2430."""
    elsewhere = line.place_of_service and line.place_of_service != content.place_of_service
    return models.ServiceLine(
        procedure=Procedure(line.code, line.modifiers),
        charge_cents=line.charge_cents,
        units=line.units,
        unit_code=line.unit_basis,
        service_date=line.date_from,
        service_date_end=line.date_to if line.date_to and line.date_to != line.date_from else None,
        diagnosis_pointers=line.pointers,
        place_of_service_code=(line.place_of_service or "") if elsewhere else "",
        line_item_control_number=line.line_item_control_number,
        note=note(line.note),
        drug=drug(line.drug),
        ordering_provider=ordering_provider(content),
        adjudications=line_adjudications(line, content.prior_payments),
    )


def drug(source: phi.Drug | None) -> models.Drug | None:
    """Loop 2410: LIN and CTP."""
    return models.Drug(source.ndc.replace("-", ""), source.quantity, source.unit) if source else None


def line_adjudications(
    line: phi.ClaimLine, prior_payments: tuple[phi.PriorPayment, ...]
) -> tuple[models.LineAdjudication, ...]:
    """Loop 2430: what each earlier payer decided on this line, in payment order."""
    return tuple(
        models.LineAdjudication(
            payer_id=payment.coverage.payer_id,
            paid_cents=decided.paid_cents,
            procedure=Procedure(decided.code, decided.modifiers),
            units=decided.units,
            adjudication_date=payment.adjudication_date,
            adjustments=adjustments(decided.adjustments),
            remaining_patient_liability_cents=patient_share_cents(decided.adjustments),
        )
        for payment in prior_payments
        for decided in payment.lines
        if decided.line_item_control_number == line.line_item_control_number
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
        claim_filing_indicator=cover.filing_indicator,
        group_number=cover.group_number or "",
        group_name="" if cover.group_number else cover.group_name or "",
        adjustments=adjustments(payment.adjustments) if payment else (),
        paid_cents=payment.paid_cents if payment else None,
        remaining_patient_liability_cents=patient_share_cents(whole.adjustments) if whole else None,
        benefits_assignment=content.benefits_assigned,
        release_of_information=content.release_of_information,
        adjudication_date=whole.adjudication_date if whole else None,
    )


def adjustments(source: tuple[phi.PriorAdjustment, ...]) -> tuple[Adjustment, ...]:
    """CAS triplets, grouped by group code as CAS wants them, in their first order."""
    groups = list(dict.fromkeys(a.group_code for a in source))
    in_order = sorted(source, key=lambda a: groups.index(a.group_code))
    return tuple(Adjustment(a.group_code, a.reason_code, a.amount_cents, a.quantity) for a in in_order)


def patient_share_cents(source: tuple[phi.PriorAdjustment, ...]) -> int:
    """AMT*EAF, remaining patient liability: what the earlier payer left to the patient (group PR)."""
    return sum(a.amount_cents for a in source if a.group_code == "PR")


def person_name(source: phi.Person) -> Name:
    """NM103 to NM107 of a person."""
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
    return Contact(source.contact_name or "", (CommunicationNumber("TE", _digits(source.phone)),))


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
        postal_code=source.postal_code if abroad else _digits(source.postal_code),
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


def _digits(text: str | None) -> str:
    return "".join(c for c in text or "" if c.isdigit() and c.isascii())
