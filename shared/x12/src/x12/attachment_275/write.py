"""Writes 275 transaction sets; the documents are written as they are, behind their length."""

from __future__ import annotations

from collections.abc import Sequence

from x12.attachment_275.models import (
    FUNCTIONAL_ID,
    VERSION,
    VERSION_5010,
    Answer,
    AttachmentSubmission,
    Document,
    Patient,
    Provider,
)
from x12.attachment_275.read import PATIENT_REFERENCES
from x12.claim_status.segments import status_elements, write_payer, write_receiver
from x12.envelope import Envelope
from x12.records import write_fields
from x12.segments import SegmentWriter, refusal
from x12.writing import interchange, write_address, write_name, write_references, write_service_dates


def write(envelope: Envelope, submissions: Sequence[AttachmentSubmission], version: str = VERSION) -> bytes:
    """One interchange with these submissions, as 006020X314 or 005010X210. Raises `x12.findings.WriteError`."""
    if version not in (VERSION, VERSION_5010):
        raise refusal("GS08", f"a 275 is written as {VERSION} or {VERSION_5010}")
    writer = SegmentWriter(envelope.delimiters)
    sets = [("275", each.control_number, _segments(writer, each, version)) for each in submissions]
    return interchange(envelope, FUNCTIONAL_ID, version, sets)


def _segments(writer: SegmentWriter, submission: AttachmentSubmission, version: str) -> list[str]:
    writer.segments = []
    created = submission.created
    writer.add("BGN", submission.purpose_code, submission.reference, created.date(), created.strftime("%H%M"))
    write_payer(writer, submission.payer)
    write_receiver(writer, submission.submitter)
    _provider(writer, submission.provider)
    _patient(writer, submission.patient)
    for number, answer in enumerate(submission.answers, 1):
        _answer(writer, number, answer, version)
    return writer.segments


def _provider(writer: SegmentWriter, provider: Provider) -> None:
    write_name(writer, "1P", provider.name, provider.id.qualifier, provider.id.value)
    if provider.taxonomy_code:
        writer.add("PRV", provider.specialty_code, "PXC", provider.taxonomy_code)
    write_references(writer, provider.secondary_ids)
    if provider.address is not None:
        writer.add("NX1", provider.address_code)
        write_address(writer, provider.address)


def _patient(writer: SegmentWriter, patient: Patient) -> None:
    write_name(writer, "QC", patient.name, patient.id_qualifier, patient.member_id)
    write_fields(writer, patient, PATIENT_REFERENCES)
    write_service_dates(writer, patient.service_date, patient.service_date_end)


def _answer(writer: SegmentWriter, number: int, answer: Answer, version: str) -> None:
    writer.add("LX", number)
    writer.add("TRN", answer.trace_type, answer.trace_number)
    if answer.questions:
        first, second, third = status_elements(answer.questions)
        writer.add("STC", first, None, None, None, None, None, None, None, None, second, third)
    if answer.line_item_control_number:
        writer.add("REF", "FJ", answer.line_item_control_number)
    for each in answer.service_references:
        other = (each.other.qualifier, each.other.value) if each.other else None
        writer.add("REF", each.qualifier, each.value, None, other)
    write_service_dates(writer, answer.service_date, answer.service_date_end)
    for document in answer.documents:
        _document(writer, document, version)


def _document(writer: SegmentWriter, document: Document, version: str) -> None:
    writer.add("DTP", "368", "D8", document.submitted)
    writer.add("CAT", document.category_code, document.format_code, document.format_version)
    if version == VERSION_5010:
        writer.add("EFI", document.security_code)
        writer.add_binary("BIN", document.data)
        return
    if (each := document.associated_object) is not None:
        writer.add("OOI", each.id, each.type_code, each.name)
    writer.add_binary("BDS", document.data, document.filter_code)
