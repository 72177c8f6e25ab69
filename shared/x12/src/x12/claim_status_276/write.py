"""Writes 276 transaction sets; the writer numbers the HL tree."""

from __future__ import annotations

from collections.abc import Sequence

from x12.claim_status.patients import write_patients
from x12.claim_status.segments import write_request_levels
from x12.claim_status_276.models import (
    FUNCTIONAL_ID,
    VERSION,
    ClaimInquiry,
    ClaimStatusRequest,
    LineInquiry,
    ProviderInquiries,
)
from x12.claim_status_276.read import REFERENCES
from x12.envelope import Envelope
from x12.records import write_fields
from x12.segments import SegmentWriter
from x12.writing import HierarchyWriter, interchange, procedure, write_amount, write_service_dates


def write(envelope: Envelope, requests: Sequence[ClaimStatusRequest]) -> bytes:
    """One interchange with these requests. Raises `x12.findings.WriteError`."""
    writer = SegmentWriter(envelope.delimiters)
    sets = [("276", each.control_number, _segments(writer, each)) for each in requests]
    return interchange(envelope, FUNCTIONAL_ID, VERSION, sets)


def _segments(writer: SegmentWriter, request: ClaimStatusRequest) -> list[str]:
    writer.segments = []
    created = request.created
    writer.add("BHT", "0010", "13", request.reference, created.date(), created.strftime("%H%M"))
    write_request_levels(HierarchyWriter(writer), request.receivers, _below)
    return writer.segments


def _below(levels: HierarchyWriter, provider: ProviderInquiries, level: int) -> None:
    write_patients(levels, level, provider.subscribers, _claim)


def _claim(writer: SegmentWriter, claim: ClaimInquiry) -> None:
    writer.add("TRN", "1", claim.trace_number)
    write_fields(writer, claim, REFERENCES)
    write_amount(writer, "T3", claim.charge_cents)
    write_service_dates(writer, claim.service_date, claim.service_date_end)
    for line in claim.lines:
        _line(writer, line)


def _line(writer: SegmentWriter, line: LineInquiry) -> None:
    code, charge = procedure(writer, line.procedure), writer.money(line.charge_cents)
    writer.add("SVC", code, charge, None, line.revenue_code, None, None, line.units)
    if line.line_item_control_number:
        writer.add("REF", "FJ", line.line_item_control_number)
    write_service_dates(writer, line.service_date, line.service_date_end)
