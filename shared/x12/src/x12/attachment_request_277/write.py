"""Writes requests for additional information; the writer numbers the HL tree."""

from __future__ import annotations

from collections.abc import Sequence

from x12.attachment_request_277.models import (
    FUNCTIONAL_ID,
    VERSION,
    VERSION_5010,
    ClaimRequest,
    InformationRequest,
    LineRequest,
    PatientRequests,
    ProviderRequests,
    Question,
    ResponseContact,
)
from x12.attachment_request_277.read import REFERENCES
from x12.claim_status.segments import status_elements, write_request_levels
from x12.envelope import Envelope
from x12.records import write_fields
from x12.segments import SegmentWriter, refusal
from x12.writing import (
    HierarchyWriter,
    interchange,
    procedure,
    write_address,
    write_contact,
    write_name,
    write_service_dates,
)


def write(envelope: Envelope, requests: Sequence[InformationRequest], version: str = VERSION) -> bytes:
    """One interchange with these requests, as 006020X313 or 005010X213. Raises `x12.findings.WriteError`."""
    if version not in (VERSION, VERSION_5010):
        raise refusal("GS08", f"a request for information is written as {VERSION} or {VERSION_5010}")
    writer = SegmentWriter(envelope.delimiters)
    sets = [("277", each.control_number, _segments(writer, each)) for each in requests]
    return interchange(envelope, FUNCTIONAL_ID, version, sets)


def _segments(writer: SegmentWriter, request: InformationRequest) -> list[str]:
    writer.segments = []
    created = request.created
    writer.add("BHT", "0085", "48", request.reference, created.date(), created.strftime("%H%M"), "RQ")
    write_request_levels(HierarchyWriter(writer), request.receivers, _below)
    return writer.segments


def _below(levels: HierarchyWriter, provider: ProviderRequests, level: int) -> None:
    for patient in provider.patients:
        _patient(levels, patient, level)


def _patient(levels: HierarchyWriter, each: PatientRequests, parent: int) -> None:
    levels.open(parent, "PT")
    write_name(levels.writer, "QC", each.patient.name, each.patient.id_qualifier, each.patient.member_id)
    for claim in each.claims:
        _claim(levels.writer, claim)


def _claim(writer: SegmentWriter, claim: ClaimRequest) -> None:
    writer.add("TRN", "1", claim.trace_number)
    for question in claim.questions:
        _question(writer, question)
    write_fields(writer, claim, REFERENCES)
    write_service_dates(writer, claim.service_date, claim.service_date_end)
    if claim.due is not None:
        writer.add("DTP", "106", "D8", claim.due)
    _response_contact(writer, claim.response_contact)
    for line in claim.lines:
        _line(writer, line)


def _question(writer: SegmentWriter, question: Question) -> None:
    first, second, third = status_elements(question.codes)
    charge = writer.money(question.charge_cents)
    writer.add("STC", first, question.effective_date, None, charge, None, None, None, None, None, second, third)


def _response_contact(writer: SegmentWriter, value: ResponseContact | None) -> None:
    if value is None:
        return
    numbered = "AC" if value.control_number else None
    writer.add("PWK", value.report_type_code, value.transmission_code, None, None, numbered, value.control_number)
    write_contact(writer, value.contact)
    if value.entity_code:
        writer.add("N1", value.entity_code, value.name)
    write_address(writer, value.address)


def _line(writer: SegmentWriter, line: LineRequest) -> None:
    code, charge = procedure(writer, line.procedure), writer.money(line.charge_cents)
    writer.add("SVC", code, charge, None, line.revenue_code, None, None, line.units)
    for question in line.questions:
        _question(writer, question)
    if line.line_item_control_number:
        writer.add("REF", "FJ", line.line_item_control_number)
    write_service_dates(writer, line.service_date, line.service_date_end)
