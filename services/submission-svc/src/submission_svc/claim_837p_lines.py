"""Loop 2400 of an 837P and what is inside it. What the claim says already is not said again on the line."""

from __future__ import annotations

from events import phi
from x12.claim_837p import models
from x12.parties import Name, Procedure

from submission_svc.claim_parties import (
    address,
    contact,
    line_adjudications,
    provider,
    provider_name,
    references,
    rendering_provider,
    required_address,
    same,
    service_facility,
)


def service_line(line: phi.ClaimLine, content: phi.ClaimContent) -> models.ServiceLine:
    """Loop 2400 with 2410, 2420 and 2430."""
    elsewhere = line.place_of_service and line.place_of_service != content.place_of_service
    certificate = line.equipment_certification
    return models.ServiceLine(
        procedure=Procedure(line.code, line.modifiers, description=line.description or ""),
        charge_cents=line.charge_cents,
        units=line.units,
        unit_code=line.unit_basis,
        service_date=line.date_from,
        service_date_end=line.date_to if line.date_to and line.date_to != line.date_from else None,
        diagnosis_pointers=line.pointers,
        place_of_service_code=(line.place_of_service or "") if elsewhere else "",
        line_item_control_number=line.line_item_control_number,
        emergency=line.emergency,
        epsdt=line.epsdt,
        family_planning=line.family_planning,
        copay_exempt=line.copay_exempt,
        equipment=equipment(line.equipment),
        attachments=tuple(
            models.Attachment(a.report_type_code, a.transmission_code, a.control_number or "") for a in line.attachments
        ),
        equipment_certificate_transmission_code=(certificate.transmission_code or "") if certificate else "",
        equipment_certification=models.EquipmentCertification(certificate.type_code, certificate.months)
        if certificate
        else None,
        ambulance=ambulance(line.ambulance),
        ambulance_patient_count=patient_count(line, content),
        conditions=tuple(models.Condition(c.category, c.applies, c.codes) for c in line.conditions),
        dates=models.LineDates(**dict(line.dates)),
        obstetric_units=line.obstetric_units,
        measurements=tuple(models.Measurement(m.reference_code, m.qualifier, m.value) for m in line.measurements),
        contract=contract(line.contract),
        prior_authorizations=line_reference(line.prior_authorization_number, content.prior_authorization_number),
        referrals=line_reference(line.referral_number, content.referral_number),
        mammography_certification_number=other_than(
            line.mammography_certification_number, content.mammography_certification_number
        ),
        clia_number=other_than(line.clia_number, content.clia_number),
        referring_clia_number=line.referring_clia_number or "",
        immunization_batch_number=line.immunization_batch_number or "",
        sales_tax_cents=line.sales_tax_cents,
        postage_cents=line.postage_cents,
        file_information=line.file_information,
        note=models.Note(line.note, line.note_code) if line.note else None,
        third_party_note=line.third_party_note or "",
        purchased_service=purchased_service(line),
        drug=drug(line.drug),
        rendering_provider=rendering_provider(
            line.rendering_provider, content.rendering_provider or content.billing_provider
        ),
        purchased_service_provider=purchased_service_provider(line.purchased_service_provider),
        service_facility=line_facility(line, content),
        supervising_provider=supervising_provider(line, content),
        ordering_provider=ordering_provider(line, content),
        referring_providers=referring_providers(line, content),
        ambulance_pick_up=location(line.ambulance.pick_up) if line.ambulance else None,
        ambulance_drop_off=drop_off(line.ambulance),
        adjudications=line_adjudications(line, content),
        forms=tuple(map(form, line.forms)),
    )


def other_than(own: str | None, of_claim: str | None) -> str:
    """A line's number where the claim does not say the same."""
    return own if own and own != of_claim else ""


def line_reference(own: str | None, of_claim: str | None) -> tuple[models.LineReference, ...]:
    """REF*G1 or REF*9F of a line."""
    value = other_than(own, of_claim)
    return (models.LineReference(value),) if value else ()


def drug(source: phi.Drug | None) -> models.Drug | None:
    """Loop 2410: LIN, CTP, and REF*XZ, or REF*VY that links the parts of a compound."""
    if source is None:
        return None
    return models.Drug(
        ndc=source.ndc.replace("-", ""),
        quantity=source.quantity,
        unit_code=source.unit,
        prescription_number=source.prescription_number or "",
        prescription_qualifier="VY" if source.compound and source.prescription_number else "XZ",
    )


def equipment(source: phi.DurableEquipment | None) -> models.DurableEquipment | None:
    """SV5."""
    if source is None:
        return None
    return models.DurableEquipment(
        Procedure(source.code), source.days, source.rental_cents, source.purchase_cents, source.rental_frequency
    )


def form(source: phi.Form) -> models.Form:
    """Loop 2440: LQ and FRM."""
    answers = tuple(
        models.FormAnswer(a.question, a.yes_no or "", a.text or "", a.answer_date, a.percentage) for a in source.answers
    )
    return models.Form(source.code, source.qualifier, answers)


def contract(source: phi.Contract | None) -> models.Contract | None:
    """CN1."""
    if source is None:
        return None
    return models.Contract(
        source.type_code,
        source.amount_cents,
        source.percentage,
        source.code or "",
        source.terms_discount_percentage,
        source.version or "",
    )


def purchased_service(line: phi.ClaimLine) -> models.PurchasedService | None:
    """PS1: who was paid how much for a service that was bought in."""
    source = line.purchased_service_provider
    if source is None or line.purchased_service_cents is None:
        return None
    return models.PurchasedService(source.npi or "", line.purchased_service_cents)


def purchased_service_provider(source: phi.Provider | None) -> models.Provider | None:
    """Loop 2420B: by number alone, the guide leaves NM103 empty."""
    if source is None:
        return None
    return models.Provider(
        Name("1" if source.entity == "person" else "2"), source.npi or "", "", references(source.secondary_ids)
    )


# Ambulance


def ambulance(source: phi.Ambulance | None) -> models.AmbulanceTransport | None:
    """CR1."""
    if source is None:
        return None
    return models.AmbulanceTransport(
        source.reason_code,
        source.distance_miles,
        source.weight_pounds,
        source.round_trip_purpose or "",
        source.stretcher_purpose or "",
    )


def patient_count(line: phi.ClaimLine, content: phi.ClaimContent) -> int | None:
    """QTY*PT: how many were transported together, where it was more than one."""
    source = line.ambulance or content.ambulance
    return source.patient_count if source and (source.patient_count or 1) > 1 else None


def location(source: phi.Address | None, name: str = "") -> models.AmbulanceLocation | None:
    """Loops 2310E and 2420G: where the patient was taken up."""
    where = address(source)
    return models.AmbulanceLocation(where, name) if where else None


def drop_off(source: phi.Ambulance | None) -> models.AmbulanceLocation | None:
    """Loops 2310F and 2420H: where the patient was brought."""
    return location(source.drop_off, source.drop_off_name or "") if source else None


# Providers of a line: named only where they are not the claim's


def _rendering(line: phi.ClaimLine, content: phi.ClaimContent) -> phi.Provider:
    return line.rendering_provider or content.rendering_provider or content.billing_provider


def supervising_provider(line: phi.ClaimLine, content: phi.ClaimContent) -> models.Provider | None:
    """Loop 2420D."""
    source = line.supervising_provider
    return None if source is None or same(source, content.supervising_provider) else provider(source)


def ordering_provider(line: phi.ClaimLine, content: phi.ClaimContent) -> models.Provider | None:
    """Loop 2420E: who ordered the service, required on the line when it is not who rendered it."""
    source = line.ordering_provider or content.ordering_provider
    if source is None or (source.npi and source.npi == _rendering(line, content).npi):
        return None
    return models.Provider(
        name=provider_name(source),
        npi=source.npi or "",
        secondary_ids=references(source.secondary_ids),
        address=address(source.address),
        contact=contact(source),
    )


def referring_providers(line: phi.ClaimLine, content: phi.ClaimContent) -> tuple[models.Provider, ...]:
    """Loop 2420F."""
    source = line.referring_provider
    return () if source is None or same(source, content.referring_provider) else (provider(source, "DN"),)


def line_facility(line: phi.ClaimLine, content: phi.ClaimContent) -> models.ServiceFacility | None:
    """Loop 2420C: the line was done elsewhere than the claim says."""
    place, of_claim = line.service_facility, content.service_facility or content.billing_provider
    if place is None or (place.address is not None and place.address == of_claim.address):
        return None
    pointer = f"/lines/{line.line_number}/service_facility/address"
    if content.service_facility is None:
        return service_facility(place, content.billing_provider, pointer)
    where = required_address(place.address, pointer)
    return models.ServiceFacility(place.name, where, place.npi or "", references(place.secondary_ids))
