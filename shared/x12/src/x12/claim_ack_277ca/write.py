"""Writes 277CA transaction sets; the writer numbers the HL tree."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from x12.claim_ack_277ca.models import (
    FUNCTIONAL_ID,
    VERSION,
    ClaimAcknowledgement,
    ClaimStatus,
    LineStatus,
    ProviderStatus,
    ReceiverStatus,
    Status,
    Totals,
)
from x12.claim_status.segments import status_elements
from x12.envelope import Envelope
from x12.segments import SegmentWriter
from x12.writing import (
    HierarchyWriter,
    interchange,
    procedure,
    write_amount,
    write_name,
    write_references,
    write_service_dates,
)


def write(envelope: Envelope, acknowledgements: Sequence[ClaimAcknowledgement]) -> bytes:
    """One interchange with these acknowledgements. Raises `x12.findings.WriteError`.

    Neighbouring claims of one patient (same name and id) share a patient level.
    """
    writer = SegmentWriter(envelope.delimiters)
    sets = [("277", each.control_number, _segments(writer, each)) for each in acknowledgements]
    return interchange(envelope, FUNCTIONAL_ID, VERSION, sets)


def _segments(writer: SegmentWriter, acknowledgement: ClaimAcknowledgement) -> list[str]:
    """BHT and the tree below it."""
    writer.segments = []
    created = acknowledgement.created
    writer.add("BHT", "0085", "08", acknowledgement.reference, created.date(), created.strftime("%H%M"), "TH")
    levels = HierarchyWriter(writer)
    for receiver in acknowledgement.receivers:
        _receiver(levels, receiver)
    return writer.segments


def _receiver(levels: HierarchyWriter, receiver: ReceiverStatus) -> None:
    writer = levels.writer
    source = levels.open(None, "20", "1")
    writer.add(
        "NM1", receiver.source_entity_code, "2", receiver.source_name, None, None, None, None,
        receiver.source_id.qualifier, receiver.source_id.value,
    )  # fmt: skip
    writer.add("TRN", "1", receiver.source_trace_number)
    writer.add("DTP", "050", "D8", receiver.receipt_date)
    writer.add("DTP", "009", "D8", receiver.process_date)
    level = levels.open(source, "21", "1" if receiver.providers else "0")
    write_name(writer, "41", receiver.receiver_name, "46", receiver.receiver_id)
    writer.add("TRN", "2", receiver.receiver_trace_number)
    for status in receiver.statuses:
        _status(writer, status)
    _totals(writer, receiver.totals, "90", "AA")
    for provider in receiver.providers:
        _provider(levels, provider, level)


def _provider(levels: HierarchyWriter, provider: ProviderStatus, parent: int) -> None:
    writer = levels.writer
    level = levels.open(parent, "19", "1" if provider.claims else "0")
    write_name(writer, "85", provider.name, provider.id.qualifier, provider.id.value)
    writer.add("TRN", "1", provider.trace_number)
    for status in provider.statuses:
        _status(writer, status)
    write_references(writer, provider.secondary_ids)
    _totals(writer, provider.totals, "QA", "QC")
    for _, claims in groupby(provider.claims, key=lambda claim: (claim.patient, claim.patient_id)):
        _patient(levels, list(claims), level)


def _patient(levels: HierarchyWriter, claims: list[ClaimStatus], parent: int) -> None:
    levels.open(parent, "PT")
    first = claims[0]
    write_name(levels.writer, "QC", first.patient, first.patient_id_qualifier, first.patient_id)
    for claim in claims:
        _claim(levels.writer, claim)


def _claim(writer: SegmentWriter, claim: ClaimStatus) -> None:
    writer.add("TRN", "2", claim.patient_control_number)
    for status in claim.statuses:
        _status(writer, status)
    for qualifier, value in (
        ("1K", claim.payer_claim_control_number),
        ("D9", claim.clearinghouse_claim_number),
        ("BLT", claim.bill_type),
    ):
        if value:
            writer.add("REF", qualifier, value)
    write_service_dates(writer, claim.service_date, claim.service_date_end)
    for line in claim.lines:
        _line(writer, line)


def _line(writer: SegmentWriter, line: LineStatus) -> None:
    writer.add(
        "SVC", procedure(writer, line.procedure), writer.money(line.charge_cents), None, line.revenue_code, None, None,
        line.units,
    )  # fmt: skip
    for status in line.statuses:
        _status(writer, status)
    for qualifier, value in (("FJ", line.line_item_control_number), ("XZ", line.prescription_number)):
        if value:
            writer.add("REF", qualifier, value)
    write_service_dates(writer, line.service_date, line.service_date_end)


def _status(writer: SegmentWriter, status: Status) -> None:
    first, second, third = status_elements(status.codes)
    amount = writer.money(status.amount_cents)
    writer.add(
        "STC", first, status.effective_date, status.action_code, amount, None, None, None, None, None, second, third,
        status.text,
    )  # fmt: skip


def _totals(writer: SegmentWriter, totals: Totals, accepted: str, rejected: str) -> None:
    if totals.accepted_quantity is not None:
        writer.add("QTY", accepted, totals.accepted_quantity)
    if totals.rejected_quantity is not None:
        writer.add("QTY", rejected, totals.rejected_quantity)
    write_amount(writer, "YU", totals.accepted_cents)
    write_amount(writer, "YY", totals.rejected_cents)
