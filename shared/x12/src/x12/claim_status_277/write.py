"""Writes 277 transaction sets of guide X212; the writer numbers the HL tree."""

from __future__ import annotations

from collections.abc import Sequence

from x12.claim_status.patients import write_patients
from x12.claim_status.segments import (
    status_elements,
    write_payer,
    write_providers,
    write_receiver,
)
from x12.claim_status_277.models import (
    FUNCTIONAL_ID,
    VERSION,
    ClaimStatus,
    ClaimStatusResponse,
    LineStatus,
    ProviderStatuses,
    ReceiverStatuses,
    Status,
    Trace,
)
from x12.claim_status_277.read import REFERENCES
from x12.envelope import Envelope
from x12.records import write_fields
from x12.segments import SegmentWriter
from x12.writing import HierarchyWriter, interchange, procedure, write_service_dates


def write(envelope: Envelope, responses: Sequence[ClaimStatusResponse]) -> bytes:
    """One interchange with these responses. Raises `x12.findings.WriteError`."""
    writer = SegmentWriter(envelope.delimiters)
    sets = [("277", each.control_number, _segments(writer, each)) for each in responses]
    return interchange(envelope, FUNCTIONAL_ID, VERSION, sets)


def _segments(writer: SegmentWriter, response: ClaimStatusResponse) -> list[str]:
    writer.segments = []
    created = response.created
    writer.add("BHT", "0010", "08", response.reference, created.date(), created.strftime("%H%M"), "DG")
    levels = HierarchyWriter(writer)
    for receiver in response.receivers:
        _receiver(levels, receiver)
    return writer.segments


def _receiver(levels: HierarchyWriter, receiver: ReceiverStatuses) -> None:
    source = levels.open(None, "20", "1")
    write_payer(levels.writer, receiver.payer)
    level = levels.open(source, "21", "1" if receiver.providers else "0")
    write_receiver(levels.writer, receiver.receiver)
    _trace(levels.writer, "2", receiver.trace)
    for provider in receiver.providers:
        _provider(levels, provider, level)


def _provider(levels: HierarchyWriter, provider: ProviderStatuses, parent: int) -> None:
    level = levels.open(parent, "19", "1" if provider.subscribers else "0")
    write_providers(levels.writer, provider.providers)
    _trace(levels.writer, "1", provider.trace)
    write_patients(levels, level, provider.subscribers, _claim)


def _trace(writer: SegmentWriter, type_code: str, trace: Trace | None) -> None:
    if trace is not None:
        writer.add("TRN", type_code, trace.number)
        for status in trace.statuses:
            _status(writer, status)


def _claim(writer: SegmentWriter, claim: ClaimStatus) -> None:
    writer.add("TRN", "2", claim.trace_number)
    for status in claim.statuses:
        _status(writer, status)
    write_fields(writer, claim, REFERENCES)
    write_service_dates(writer, claim.service_date, claim.service_date_end)
    for line in claim.lines:
        _line(writer, line)


def _line(writer: SegmentWriter, line: LineStatus) -> None:
    money = writer.money
    writer.add(
        "SVC", procedure(writer, line.procedure), money(line.charge_cents), money(line.paid_cents), line.revenue_code,
        None, None, line.units,
    )  # fmt: skip
    for status in line.statuses:
        _status(writer, status)
    if line.line_item_control_number:
        writer.add("REF", "FJ", line.line_item_control_number)
    write_service_dates(writer, line.service_date, line.service_date_end)


def _status(writer: SegmentWriter, status: Status) -> None:
    first, second, third = status_elements(status.codes)
    writer.add(
        "STC", first, status.effective_date, None, writer.money(status.charge_cents), writer.money(status.paid_cents),
        status.adjudication_date, None, status.payment_date, status.trace_number, second, third,
    )  # fmt: skip
