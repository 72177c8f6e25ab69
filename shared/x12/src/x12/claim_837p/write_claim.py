"""Writes loop 2300 and what is inside it, in the guide's order."""

from __future__ import annotations

from collections.abc import Sequence

from x12.claim_837.segments import CONTRACT, NOTE, REPRICING, write_attachments
from x12.claim_837.write_parts import (
    write_conditions,
    write_drug,
    write_facility,
    write_other_coverage,
    write_payer_references,
    write_provider,
)
from x12.claim_837p.models import (
    NO_CLAIM_DATES,
    NO_LINE_DATES,
    AmbulanceLocation,
    Claim,
    Form,
    LineAdjudication,
    ServiceLine,
)
from x12.claim_837p.segments import (
    ANSWER,
    CERTIFICATION,
    CLAIM_DATES,
    CLAIM_REFERENCES,
    LINE_DATES,
    LINE_REFERENCES,
    MEASUREMENT,
    PURCHASED,
    REPRICED_LINE_REFERENCES,
    SPINAL,
    write_ambulance,
    write_dates,
    write_disability,
)
from x12.parties import Name
from x12.records import unfilled, write_fields
from x12.segments import Element, SegmentWriter
from x12.writing import (
    procedure,
    write_address,
    write_adjustments,
    write_amount,
    write_name,
    write_service_dates,
)

CODES_PER_HI = 12


def write_claim(writer: SegmentWriter, claim: Claim) -> None:
    """Loop 2300 with its providers, other coverages and service lines."""
    if _plain_claim(writer, claim):
        return
    _claim(writer, claim)
    _claim_details(writer, claim)
    _codes(writer, claim)
    REPRICING.write(writer, claim.repricing)
    _claim_providers(writer, claim)
    for coverage in claim.other_coverages:
        write_other_coverage(writer, coverage)
    for number, line in enumerate(claim.service_lines, 1):
        plain = _plain_line(writer, number, line)
        if plain is None or not writer.fill(*plain):
            _line(writer, number, line)


_is_routine = unfilled(Claim, "patient_signature_source", "condition_codes")
_is_billed_alone = unfilled(Claim, "repricing")
_is_plain = unfilled(ServiceLine, "emergency")


_ROUTINE_CLAIM = "CLM*?*?***?:B:?*?*?*?*?\nHI*ABK:?"


def _plain_claim(writer: SegmentWriter, claim: Claim) -> bool:
    """CLM, HI and plain lines, as most claims are, looked at in one go; False if they cannot be written so."""
    codes = claim.diagnosis_codes
    if not codes or not _is_routine(claim) or not _is_billed_alone(claim):
        return False
    form = _ROUTINE_CLAIM + "*ABF:?" * (len(codes) - 1)
    values: list[str | int] = [
        claim.patient_control_number,
        writer.money(claim.charge_cents),
        claim.place_of_service_code,
        claim.frequency_code,
        "Y" if claim.provider_signature_on_file else "N",
        claim.assignment_code,
        claim.benefits_assignment,
        claim.release_of_information,
        *codes,
    ]
    for number, line in enumerate(claim.service_lines, 1):
        plain = _plain_line(writer, number, line)
        if plain is None:
            return False
        form += "\n" + plain[0]
        values += plain[1]
    return writer.fill(form, values)


def _claim_details(writer: SegmentWriter, claim: Claim) -> None:
    """DTP to CRC."""
    _claim_dates(writer, claim)
    write_attachments(writer, claim.attachments)
    CONTRACT.write(writer, claim.contract)
    write_amount(writer, "F5", claim.patient_paid_cents)
    write_fields(writer, claim, CLAIM_REFERENCES)
    for text in claim.file_information:
        writer.add("K3", text)
    NOTE.write(writer, claim.note)
    write_ambulance(writer, claim.ambulance)
    SPINAL.write(writer, claim.spinal_manipulation)
    write_conditions(writer, claim.conditions)


def _claim(writer: SegmentWriter, claim: Claim) -> None:
    writer.add(
        "CLM",
        claim.patient_control_number,
        writer.money(claim.charge_cents),
        None,
        None,
        (claim.place_of_service_code, "B", claim.frequency_code),
        "Y" if claim.provider_signature_on_file else "N",
        claim.assignment_code,
        claim.benefits_assignment,
        claim.release_of_information,
        claim.patient_signature_source,
        *_circumstances(claim),
    )


def _circumstances(claim: Claim) -> tuple[Element, ...]:
    """CLM11 to CLM20."""
    return (_causes(claim), claim.special_program_code, *(None,) * 7, claim.delay_reason_code)


def _causes(claim: Claim) -> tuple[str, ...] | None:
    if not claim.related_causes:
        return None
    first, second = (*claim.related_causes, "")[:2]
    return (first, second, "", claim.accident_state, claim.accident_country)


def _claim_dates(writer: SegmentWriter, claim: Claim) -> None:
    if claim.dates is not NO_CLAIM_DATES and claim.dates != NO_CLAIM_DATES:
        write_dates(writer, claim.dates, CLAIM_DATES)
        write_disability(writer, claim.dates)


def _codes(writer: SegmentWriter, claim: Claim) -> None:
    """HI: diagnoses, anesthesia related procedures, condition information."""
    principal, other = ("BK", "BF") if claim.icd_9 else ("ABK", "ABF")
    diagnoses = claim.diagnosis_codes
    if diagnoses:
        writer.add("HI", (principal, diagnoses[0]), *[(other, code) for code in diagnoses[1:]])
    anesthesia = claim.anesthesia_procedures
    if anesthesia:
        writer.add("HI", ("BP", anesthesia[0]), *[("BO", code) for code in anesthesia[1:]])
    for start in range(0, len(claim.condition_codes), CODES_PER_HI):
        writer.add("HI", *[("BG", code) for code in claim.condition_codes[start : start + CODES_PER_HI]])


def _claim_providers(writer: SegmentWriter, claim: Claim) -> None:
    for referring in claim.referring_providers:
        write_provider(writer, referring.qualifier or "DN", referring)
    write_provider(writer, "82", claim.rendering_provider)
    write_facility(writer, claim.service_facility)
    write_provider(writer, "DQ", claim.supervising_provider)
    _location(writer, "PW", claim.ambulance_pick_up)
    _location(writer, "45", claim.ambulance_drop_off)


def _location(writer: SegmentWriter, entity: str, location: AmbulanceLocation | None) -> None:
    if location is not None:
        write_name(writer, entity, Name.organization(location.name))
        write_address(writer, location.address)


def _line(writer: SegmentWriter, number: int, line: ServiceLine) -> None:
    writer.add("LX", number)
    _service(writer, line)
    _equipment(writer, line)
    _line_dates(writer, line)
    _line_details(writer, line)
    _line_amounts_and_notes(writer, line)
    write_drug(writer, line.drug)
    _line_providers(writer, line)
    for adjudication in line.adjudications:
        _adjudication(writer, adjudication)
    for form in line.forms:
        _form(writer, form)


_PLAIN_LINE = "LX*?\nSV1*?:?{}*?*?*?*?**?{}\nDTP*472*D8*?\nREF*6R*?"
_PLAIN_LINES = {
    (modifiers, pointers): _PLAIN_LINE.format(":?" * modifiers, ":?" * (pointers - 1))
    for modifiers in range(5)
    for pointers in range(1, 5)
}


def _plain_line(writer: SegmentWriter, number: int, line: ServiceLine) -> tuple[str, Sequence[str | int]] | None:
    """Form and values of the four segments that most lines have and nothing else; None for another line."""
    procedure = line.procedure
    form = _PLAIN_LINES.get((len(procedure.modifiers), len(line.diagnosis_pointers)))
    if form is None or procedure.description or line.service_date_end is not None or not _is_plain(line):
        return None
    return form, (
        number,
        procedure.qualifier,
        procedure.code,
        *procedure.modifiers,
        writer.money(line.charge_cents),
        line.unit_code,
        writer.code(line.units),
        line.place_of_service_code,
        *line.diagnosis_pointers,
        writer.code(line.service_date),
        line.line_item_control_number,
    )


def _service(writer: SegmentWriter, line: ServiceLine) -> None:
    writer.add(
        "SV1",
        procedure(writer, line.procedure),
        writer.money(line.charge_cents),
        line.unit_code,
        line.units,
        line.place_of_service_code,
        None,
        line.diagnosis_pointers,
        *(_flags(line) if line.emergency or line.epsdt or line.family_planning or line.copay_exempt else ()),
    )


def _flags(line: ServiceLine) -> tuple[str | None, ...]:
    """SV108 to SV115."""
    emergency, epsdt = "Y" if line.emergency else None, "Y" if line.epsdt else None
    planning, exempt = "Y" if line.family_planning else None, "0" if line.copay_exempt else None
    return (None, emergency, None, epsdt, planning, None, None, exempt)


def _equipment(writer: SegmentWriter, line: ServiceLine) -> None:
    equipment = line.equipment
    if equipment is not None:
        writer.add(
            "SV5",
            procedure(writer, equipment.procedure),
            "DA",
            equipment.days,
            writer.money(equipment.rental_cents),
            writer.money(equipment.purchase_cents),
            equipment.frequency_code,
        )
    write_attachments(writer, line.attachments)
    if line.equipment_certificate_transmission_code:
        writer.add("PWK", "CT", line.equipment_certificate_transmission_code)
    write_ambulance(writer, line.ambulance)
    CERTIFICATION.write(writer, line.equipment_certification)
    write_conditions(writer, line.conditions)


def _line_dates(writer: SegmentWriter, line: ServiceLine) -> None:
    write_service_dates(writer, line.service_date, line.service_date_end)
    if line.dates is not NO_LINE_DATES and line.dates != NO_LINE_DATES:
        write_dates(writer, line.dates, LINE_DATES)


def _line_details(writer: SegmentWriter, line: ServiceLine) -> None:
    if line.ambulance_patient_count is not None:
        writer.add("QTY", "PT", line.ambulance_patient_count)
    if line.obstetric_units is not None:
        writer.add("QTY", "FL", line.obstetric_units)
    for measurement in line.measurements:
        MEASUREMENT.write(writer, measurement)
    CONTRACT.write(writer, line.contract)
    write_fields(writer, line, REPRICED_LINE_REFERENCES)
    write_payer_references(writer, "G1", line.prior_authorizations)
    write_fields(writer, line, LINE_REFERENCES)
    write_payer_references(writer, "9F", line.referrals)


def _line_amounts_and_notes(writer: SegmentWriter, line: ServiceLine) -> None:
    write_amount(writer, "T", line.sales_tax_cents)
    write_amount(writer, "F4", line.postage_cents)
    for text in line.file_information:
        writer.add("K3", text)
    NOTE.write(writer, line.note)
    if line.third_party_note:
        writer.add("NTE", "TPO", line.third_party_note)
    PURCHASED.write(writer, line.purchased_service)
    REPRICING.write(writer, line.repricing)


def _line_providers(writer: SegmentWriter, line: ServiceLine) -> None:
    write_provider(writer, "82", line.rendering_provider)
    write_provider(writer, "QB", line.purchased_service_provider)
    write_facility(writer, line.service_facility)
    write_provider(writer, "DQ", line.supervising_provider)
    write_provider(writer, "DK", line.ordering_provider)
    for referring in line.referring_providers:
        write_provider(writer, referring.qualifier or "DN", referring)
    _location(writer, "PW", line.ambulance_pick_up)
    _location(writer, "45", line.ambulance_drop_off)


def _adjudication(writer: SegmentWriter, adjudication: LineAdjudication) -> None:
    writer.add(
        "SVD",
        adjudication.payer_id,
        writer.money(adjudication.paid_cents),
        procedure(writer, adjudication.procedure),
        None,
        adjudication.units,
        adjudication.bundled_line_number,
    )
    write_adjustments(writer, adjudication.adjustments)
    if adjudication.adjudication_date is not None:
        writer.add("DTP", "573", "D8", adjudication.adjudication_date)
    write_amount(writer, "EAF", adjudication.remaining_patient_liability_cents)


def _form(writer: SegmentWriter, form: Form) -> None:
    writer.add("LQ", form.qualifier, form.code)
    for answer in form.answers:
        ANSWER.write(writer, answer)
