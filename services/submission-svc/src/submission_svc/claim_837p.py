"""From the claim in ClaimBuilt to loop 2300 of an 837P 005010X222A1: a pure translation, nothing is decided here.

Service lines are in `claim_837p_lines`, people, payers and providers in `claim_parties`.
"""

from __future__ import annotations

from events import phi
from x12.claim_837p import models

from submission_svc.claim_837p_lines import ambulance, contract, drop_off, location, service_line
from submission_svc.claim_parties import (
    billing_provider,
    other_coverages,
    patient,
    payer,
    provider,
    rendering_provider,
    service_facility,
    subscriber,
)

CORRECTS_EARLIER = ("7", "8")
"""Frequency codes that name the payer's claim (REF*F8); with 1 a payer claim control number is refused."""


def claim(content: phi.ClaimContent) -> models.Claim:
    """The 837P claim of `content`. Raises IncompleteClaim naming the missing field."""
    billing, causes = content.billing_provider, content.related_causes
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
        patient_signature_source=content.patient_signature_source or "",
        related_causes=related_causes(causes),
        accident_state=accident_state(causes),
        accident_country=(causes.accident_country or "") if causes.auto_accident else "",
        special_program_code=content.special_program_code or "",
        delay_reason_code=content.delay_reason_code or "",
        dates=claim_dates(content),
        attachments=tuple(map(attachment, content.attachments)),
        contract=contract(content.contract),
        patient_paid_cents=content.patient_paid_cents,
        service_authorization_exception_code=content.service_authorization_exception_code or "",
        medicare_crossover=content.medicare_crossover or "",
        mammography_certification_number=content.mammography_certification_number or "",
        referral_number=content.referral_number or "",
        prior_authorization_number=content.prior_authorization_number or "",
        payer_claim_control_number=payer_claim_control_number(content),
        clia_number=content.clia_number or "",
        investigational_device_number=content.investigational_device_number or "",
        medical_record_number=content.medical_record_number or "",
        demonstration_project_id=content.demonstration_project_id or "",
        care_plan_oversight_number=content.care_plan_oversight_number or "",
        file_information=content.file_information,
        note=models.Note(content.claim_note, content.claim_note_code) if content.claim_note else None,
        ambulance=ambulance(content.ambulance),
        spinal_manipulation=spinal_manipulation(content.spinal_manipulation),
        conditions=tuple(models.Condition(c.category, c.applies, c.codes) for c in content.conditions),
        diagnosis_codes=tuple(code.replace(".", "") for code in content.diagnosis_codes),
        anesthesia_procedures=content.anesthesia_procedures,
        condition_codes=content.condition_codes,
        referring_providers=referring_providers(content),
        rendering_provider=rendering_provider(content.rendering_provider, billing),
        service_facility=service_facility(content.service_facility, billing, "/service_facility/address"),
        supervising_provider=provider(content.supervising_provider) if content.supervising_provider else None,
        ambulance_pick_up=location(content.ambulance.pick_up) if content.ambulance else None,
        ambulance_drop_off=drop_off(content.ambulance),
        other_coverages=other_coverages(content),
        service_lines=tuple(service_line(line, content) for line in content.lines),
    )


def referring_providers(content: phi.ClaimContent) -> tuple[models.Provider, ...]:
    """Loop 2310A, at most twice: who referred (DN) and the primary care provider (P3)."""
    told = ((content.referring_provider, "DN"), (content.primary_care_provider, "P3"))
    return tuple(provider(source, qualifier) for source, qualifier in told if source)


def claim_dates(content: phi.ClaimContent) -> models.ClaimDates:
    """The DTP segments of loop 2300."""
    told = {name: getattr(content.dates, name) for name in phi.ClaimDates.model_fields}
    return models.ClaimDates(**told, accident=content.related_causes.accident_date)


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


def spinal_manipulation(source: phi.SpinalManipulation | None) -> models.SpinalManipulation | None:
    """CR2."""
    if source is None:
        return None
    return models.SpinalManipulation(source.condition_code, source.description or "", source.description2 or "")
