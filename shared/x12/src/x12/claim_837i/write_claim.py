"""Writes loop 2300 of an 837I and what is inside it, in the guide's order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from x12.claim_837.segments import CONTRACT, NOTE, REPRICING, write_attachments
from x12.claim_837.write_parts import write_conditions, write_drug, write_facility, write_other_coverage, write_provider
from x12.claim_837i.models import Claim, DatedCode, Diagnosis, LineAdjudication, Note, ServiceLine
from x12.claim_837i.segments import (
    CLAIM_REFERENCES_AFTER_DEVICES,
    CLAIM_REFERENCES_BEFORE_DEVICES,
    CODES_PER_HI,
    ICD_9,
    LINE_REFERENCES,
)
from x12.records import write_fields
from x12.segments import Element, SegmentWriter
from x12.writing import date_range, procedure, write_adjustments, write_amount, write_service_dates

_NOTHING = (None,) * 6
_NOTHING_BEFORE_CLM20 = (None,) * 10


def write_claim(writer: SegmentWriter, claim: Claim) -> None:
    """Loop 2300 with its providers, other coverages and service lines."""
    _claim(writer, claim)
    _dates(writer, claim)
    writer.add("CL1", claim.admission_type_code, claim.admission_source_code, claim.patient_status_code)
    write_attachments(writer, claim.attachments)
    CONTRACT.write(writer, claim.contract)
    write_amount(writer, "F3", claim.patient_estimated_due_cents)
    write_fields(writer, claim, CLAIM_REFERENCES_BEFORE_DEVICES)
    for device in claim.investigational_device_numbers:
        writer.add("REF", "LX", device)
    write_fields(writer, claim, CLAIM_REFERENCES_AFTER_DEVICES)
    for text in claim.file_information:
        writer.add("K3", text)
    for note in _notes(claim):
        NOTE.write(writer, note)
    if claim.epsdt_referral is not None:
        write_conditions(writer, (claim.epsdt_referral,))
    _codes(writer, claim)
    REPRICING.write(writer, claim.repricing)
    _providers(writer, claim)
    for coverage in claim.other_coverages:
        write_other_coverage(writer, coverage)
    for number, line in enumerate(claim.service_lines, 1):
        _line(writer, number, line)


def _claim(writer: SegmentWriter, claim: Claim) -> None:
    writer.add(
        "CLM",
        claim.patient_control_number,
        writer.money(claim.charge_cents),
        None,
        None,
        (claim.facility_type_code, "A", claim.frequency_code),
        None,
        claim.assignment_code,
        claim.benefits_assignment,
        claim.release_of_information,
        *_NOTHING_BEFORE_CLM20,
        claim.delay_reason_code,
    )


def _dates(writer: SegmentWriter, claim: Claim) -> None:
    if claim.discharge_time:
        writer.add("DTP", "096", "TM", claim.discharge_time)
    writer.add("DTP", "434", "RD8", date_range(claim.statement_from, claim.statement_through))
    if claim.admission_date is not None:
        admitted = f"{claim.admission_date:%Y%m%d}{claim.admission_time}"
        writer.add("DTP", "435", "DT" if claim.admission_time else "D8", admitted)
    if claim.repricer_received is not None:
        writer.add("DTP", "050", "D8", claim.repricer_received)


def _notes(claim: Claim) -> Iterable[Note]:
    return (*claim.notes, Note(claim.billing_note)) if claim.billing_note else claim.notes


def _codes(writer: SegmentWriter, claim: Claim) -> None:
    """HI segments, one kind after the other; up to twelve codes each."""
    qualifiers = ICD_9 if claim.icd_9 else {code: code for code in ICD_9}
    hi = _Codes(writer)
    if claim.principal_diagnosis is not None:
        hi.add([_diagnosis(qualifiers["ABK"], claim.principal_diagnosis)])
    if claim.admitting_diagnosis_code:
        hi.add([(qualifiers["ABJ"], claim.admitting_diagnosis_code)])
    hi.add([(qualifiers["APR"], code) for code in claim.reasons_for_visit])
    hi.add([_diagnosis(qualifiers["ABN"], each) for each in claim.external_causes])
    if claim.drg_code:
        hi.add([("DR", claim.drg_code)])
    hi.add([_diagnosis(qualifiers["ABF"], each) for each in claim.other_diagnoses])
    if claim.principal_procedure is not None:
        hi.add([_dated(qualifiers["BBR"], claim.principal_procedure)])
    hi.add([_dated(qualifiers["BBQ"], each) for each in claim.other_procedures])
    hi.add([("BI", each.code, "RD8", date_range(each.start, each.end)) for each in claim.occurrence_spans])
    hi.add([_dated("BH", each) for each in claim.occurrences])
    hi.add([("BE", each.code, None, None, writer.money(each.amount_cents)) for each in claim.values])
    hi.add([("BG", code) for code in claim.condition_codes])
    hi.add([("TC", code) for code in claim.treatment_codes])


class _Codes:
    """Puts composites into HI segments."""

    def __init__(self, writer: SegmentWriter) -> None:
        self._writer = writer

    def add(self, composites: Sequence[Element]) -> None:
        """As many HI segments as these codes of one kind need."""
        for start in range(0, len(composites), CODES_PER_HI):
            self._writer.add("HI", *composites[start : start + CODES_PER_HI])


def _diagnosis(qualifier: str, diagnosis: Diagnosis) -> Element:
    if not diagnosis.present_on_admission:
        return (qualifier, diagnosis.code)
    return (qualifier, diagnosis.code, *_NOTHING, diagnosis.present_on_admission)


def _dated(qualifier: str, each: DatedCode) -> Element:
    return (each.qualifier or qualifier, each.code, "D8", each.day)


def _providers(writer: SegmentWriter, claim: Claim) -> None:
    write_provider(writer, "71", claim.attending_provider)
    write_provider(writer, "72", claim.operating_physician)
    write_provider(writer, "ZZ", claim.other_operating_physician)
    write_provider(writer, "82", claim.rendering_provider)
    write_facility(writer, claim.service_facility)
    write_provider(writer, "DN", claim.referring_provider)


def _line(writer: SegmentWriter, number: int, line: ServiceLine) -> None:
    writer.add("LX", number)
    writer.add(
        "SV2",
        line.revenue_code,
        None if line.procedure is None else procedure(writer, line.procedure),
        writer.money(line.charge_cents),
        line.unit_code,
        line.units,
        None,
        writer.money(line.non_covered_cents),
    )
    write_attachments(writer, line.attachments)
    write_service_dates(writer, line.service_date, line.service_date_end)
    write_fields(writer, line, LINE_REFERENCES)
    write_amount(writer, "GT", line.service_tax_cents)
    write_amount(writer, "N8", line.facility_tax_cents)
    if line.third_party_note:
        writer.add("NTE", "TPO", line.third_party_note)
    REPRICING.write(writer, line.repricing)
    write_drug(writer, line.drug)
    write_provider(writer, "72", line.operating_physician)
    write_provider(writer, "ZZ", line.other_operating_physician)
    write_provider(writer, "82", line.rendering_provider)
    write_provider(writer, "DN", line.referring_provider)
    for adjudication in line.adjudications:
        _adjudication(writer, adjudication)


def _adjudication(writer: SegmentWriter, adjudication: LineAdjudication) -> None:
    writer.add(
        "SVD",
        adjudication.payer_id,
        writer.money(adjudication.paid_cents),
        None if adjudication.procedure is None else procedure(writer, adjudication.procedure),
        adjudication.revenue_code,
        adjudication.units,
        adjudication.bundled_line_number,
    )
    write_adjustments(writer, adjudication.adjustments)
    if adjudication.adjudication_date is not None:
        writer.add("DTP", "573", "D8", adjudication.adjudication_date)
    write_amount(writer, "EAF", adjudication.remaining_patient_liability_cents)
