"""From the claim in ClaimBuilt to an 837I 005010X223A2: a pure translation, nothing is decided here.

People, payers and providers are in `claim_parties`, as for an 837P.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from events import phi
from x12.claim_837i import models
from x12.parties import Procedure

from submission_svc.claim_837p import attachment, payer_claim_control_number
from submission_svc.claim_837p_lines import contract, drug
from submission_svc.claim_parties import (
    adjustments,
    billing_provider,
    other_coverages,
    patient,
    patient_share_cents,
    payer,
    position_of,
    provider,
    same,
    service_facility,
    subscriber,
)
from submission_svc.errors import IncompleteClaim

_NOTES = frozenset({"ALG", "DCP", "DGN", "DME", "MED", "NTR", "ODT", "RHB", "RLH", "RNH", "SET", "SFM", "SPT", "UPI"})
"""NTE01 of an institutional claim note; anything else is a billing note (NTE*ADD)."""
_EPSDT = "ZZ"


def claim(content: phi.ClaimContent) -> models.Claim:
    """The 837I claim of `content`. Raises IncompleteClaim naming the missing field."""
    facts, billing = content.institutional, content.billing_provider
    if facts is None or not facts.patient_status_code:
        raise IncompleteClaim("/institutional/patient_status_code" if facts else "/institutional")
    codes = diagnoses(content.diagnosis_codes, facts.present_on_admission)
    made = models.Claim(
        billing_provider=billing_provider(content),
        subscriber=subscriber(content),
        payer=payer(content.coverage),
        patient=patient(content) if content.coverage.relationship != "self" else None,
        patient_control_number=content.patient_control_number,
        charge_cents=content.charge_cents,
        facility_type_code=facts.type_of_bill[-2:],
        frequency_code=content.frequency_code,
        assignment_code=content.accepts_assignment,
        benefits_assignment=content.benefits_assigned,
        release_of_information=content.release_of_information,
        delay_reason_code=content.delay_reason_code or "",
        statement_from=content.service_date,
        statement_through=content.service_date_to or content.service_date,
        discharge_time=facts.discharge_time or "",
        admission_date=content.dates.admission,
        admission_time=(facts.admission_time or "") if content.dates.admission else "",
        admission_type_code=facts.admission_type_code or "",
        admission_source_code=facts.admission_source_code or "",
        patient_status_code=facts.patient_status_code,
        attachments=tuple(map(attachment, content.attachments)),
        contract=contract(content.contract),
        service_authorization_exception_code=content.service_authorization_exception_code or "",
        referral_number=content.referral_number or "",
        prior_authorization_number=content.prior_authorization_number or "",
        payer_claim_control_number=payer_claim_control_number(content),
        investigational_device_numbers=(content.investigational_device_number,)
        if content.investigational_device_number
        else (),
        auto_accident_state=(content.related_causes.accident_state or "")
        if content.related_causes.auto_accident
        else "",
        medical_record_number=content.medical_record_number or "",
        demonstration_project_id=content.demonstration_project_id or "",
        file_information=content.file_information,
        notes=notes(content),
        billing_note=(content.claim_note or "") if content.claim_note_code not in _NOTES else "",
        epsdt_referral=next(
            (models.Condition(c.category, c.applies, c.codes) for c in content.conditions if c.category == _EPSDT), None
        ),
        principal_diagnosis=codes[0] if codes else None,
        other_diagnoses=tuple(codes[1:]),
        condition_codes=content.condition_codes,
        attending_provider=with_taxonomy(content.attending_provider),
        operating_physician=provider(content.operating_provider) if content.operating_provider else None,
        other_operating_physician=provider(content.other_operating_provider)
        if content.other_operating_provider
        else None,
        rendering_provider=other_than(content.rendering_provider, content.attending_provider),
        service_facility=service_facility(content.service_facility, billing, "/service_facility/address"),
        referring_provider=other_than(content.referring_provider, content.attending_provider, "DN"),
        other_coverages=other_coverages(content),
        service_lines=tuple(service_line(line, content) for line in content.lines),
    )
    return with_codes(made, facts)


def with_codes(made: models.Claim, facts: phi.Institutional) -> models.Claim:
    """The claim with its HI segments besides diagnoses and condition codes."""
    principal = facts.principal_procedure
    return replace(
        made,
        admitting_diagnosis_code=_plain(facts.admitting_diagnosis_code or ""),
        reasons_for_visit=tuple(map(_plain, facts.reason_for_visit_codes)),
        external_causes=tuple(models.Diagnosis(_plain(code)) for code in facts.external_cause_codes),
        drg_code=facts.drg_code or "",
        principal_procedure=models.DatedCode(principal.code, principal.on) if principal else None,
        other_procedures=tuple(models.DatedCode(it.code, it.on) for it in facts.other_procedures),
        occurrences=tuple(models.DatedCode(it.code, it.on) for it in facts.occurrences),
        occurrence_spans=tuple(
            models.OccurrenceSpan(it.code, it.date_from, it.date_to) for it in facts.occurrence_spans
        ),
        values=tuple(models.Value(it.code, _cents(it.amount)) for it in facts.values),
    )


def diagnoses(diagnosis_codes: tuple[str, ...], present_on_admission: tuple[str, ...]) -> list[models.Diagnosis]:
    """HI*ABK and HI*ABF with what is known of each at admission."""
    told = (*present_on_admission, *[""] * len(diagnosis_codes))
    return [models.Diagnosis(_plain(code), poa) for code, poa in zip(diagnosis_codes, told, strict=False)]


def notes(content: phi.ClaimContent) -> tuple[models.Note, ...]:
    """NTE of a kind that the guide names for claims."""
    if content.claim_note and content.claim_note_code in _NOTES:
        return (models.Note(content.claim_note, content.claim_note_code),)
    return ()


def with_taxonomy(source: phi.Provider | None) -> models.Provider | None:
    """Loop 2310A: the attending provider with the specialty (PRV*AT)."""
    return replace(provider(source), taxonomy_code=source.taxonomy_code or "") if source else None


def other_than(source: phi.Provider | None, known: phi.Provider | None, qualifier: str = "") -> models.Provider | None:
    """Loops 2310D, 2310F, 2420A, 2420C: required when it is not who is named above already."""
    return None if source is None or same(source, known) else provider(source, qualifier)


def service_line(line: phi.ClaimLine, content: phi.ClaimContent) -> models.ServiceLine:
    """Loop 2400 with 2410, 2420 and 2430. Raises IncompleteClaim for a line without revenue code."""
    if not line.revenue_code:
        raise IncompleteClaim(f"/lines/{line.line_number}/revenue_code")
    return models.ServiceLine(
        revenue_code=line.revenue_code,
        charge_cents=line.charge_cents,
        units=line.units,
        unit_code=line.unit_basis,
        procedure=Procedure(line.code, line.modifiers, description=line.description or "") if line.code else None,
        non_covered_cents=line.non_covered_cents,
        service_date=line.date_from,
        service_date_end=line.date_to if line.date_to and line.date_to != line.date_from else None,
        line_item_control_number=line.line_item_control_number,
        attachments=tuple(map(attachment, line.attachments)),
        third_party_note=line.third_party_note or "",
        drug=drug(line.drug),
        operating_physician=other_than(line.operating_provider, content.operating_provider),
        rendering_provider=other_than(
            line.rendering_provider, content.rendering_provider or content.attending_provider
        ),
        adjudications=line_adjudications(line, content),
    )


def line_adjudications(line: phi.ClaimLine, content: phi.ClaimContent) -> tuple[models.LineAdjudication, ...]:
    """Loop 2430, as an 837P has it, with the revenue code."""
    return tuple(
        models.LineAdjudication(
            payer_id=payment.coverage.payer_id,
            paid_cents=decided.paid_cents,
            revenue_code=line.revenue_code or "",
            units=decided.units,
            adjudication_date=payment.adjudication_date,
            procedure=_decided_procedure(decided, line),
            adjustments=adjustments(decided.adjustments),
            bundled_line_number=position_of(decided.bundled_line_number, content.lines),
            remaining_patient_liability_cents=patient_share_cents(decided.adjustments),
        )
        for payment in content.prior_payments
        for decided in payment.lines
        if decided.line_item_control_number == line.line_item_control_number
    )


def _decided_procedure(decided: phi.PriorLinePayment, line: phi.ClaimLine) -> Procedure | None:
    """SVD03; a line without procedure is answered under its revenue code (SVC01 NU), which is SVD04."""
    return None if decided.code in ("", line.revenue_code) else Procedure(decided.code, decided.modifiers)


def _plain(code: str) -> str:
    return code.replace(".", "")


def _cents(amount: Decimal) -> int:
    """A value code's amount, dollars or a count, as hundredths."""
    return int((amount * 100).to_integral_value())
