"""Writes implementation acknowledgements."""

from __future__ import annotations

from collections.abc import Sequence

from x12.ack_999.models import (
    FUNCTIONAL_ID,
    VERSION,
    Context,
    ElementNote,
    ImplementationAcknowledgement,
    SegmentNote,
    TransactionSetResponse,
)
from x12.envelope import Envelope
from x12.segments import Element, SegmentWriter
from x12.ta1.models import InterchangeAcknowledgement
from x12.ta1.write import segments as ta1_segments
from x12.writing import interchange

BAD_VALUE_LENGTH = 99


def write(
    envelope: Envelope,
    acknowledgements: Sequence[ImplementationAcknowledgement],
    interchange_acknowledgements: Sequence[InterchangeAcknowledgement] = (),
) -> bytes:
    """One interchange with these acknowledgements, and TA1s before them. Raises `x12.findings.WriteError`.

    A bad value (IK404) is copied as free text, so that a delimiter in it cannot break the acknowledgement.
    """
    writer = SegmentWriter(envelope.delimiters)
    sets = [("999", each.control_number, _segments(writer, each)) for each in acknowledgements]
    ta1s = ta1_segments(envelope, interchange_acknowledgements)
    return interchange(envelope, FUNCTIONAL_ID, VERSION, sets, before_group=ta1s)


def _segments(writer: SegmentWriter, acknowledgement: ImplementationAcknowledgement) -> list[str]:
    writer.segments = []
    writer.add("AK1", acknowledgement.functional_id, acknowledgement.group_control_number, acknowledgement.version)
    for response in acknowledgement.responses:
        _response(writer, response)
    writer.add(
        "AK9",
        acknowledgement.ack_code,
        acknowledgement.included_count,
        acknowledgement.received_count,
        acknowledgement.accepted_count,
        *acknowledgement.error_codes[:5],
    )
    return writer.segments


def _response(writer: SegmentWriter, response: TransactionSetResponse) -> None:
    writer.add("AK2", response.transaction_set_id, response.control_number, response.version)
    for note in response.segment_notes:
        _segment_note(writer, note)
    writer.add("IK5", response.ack_code, *response.error_codes[:5])


def _segment_note(writer: SegmentWriter, note: SegmentNote) -> None:
    writer.add("IK3", note.segment_id, note.position, note.loop_id, note.error_code)
    for context in note.contexts:
        _context(writer, context)
    for element in note.element_notes:
        _element_note(writer, element)


def _element_note(writer: SegmentWriter, note: ElementNote) -> None:
    place: tuple[Element, ...] = (note.element_position, note.component_position, note.repetition_position)
    bad_value = writer.text(note.bad_value, BAD_VALUE_LENGTH)
    writer.add("IK4", place, note.reference_number, note.error_code, bad_value)
    for context in note.contexts:
        _context(writer, context)


def _context(writer: SegmentWriter, context: Context) -> None:
    name: tuple[Element, ...] = (context.name, writer.text(context.value, BAD_VALUE_LENGTH))
    place: tuple[Element, ...] = (context.element_position, context.component_position)
    writer.add("CTX", name, context.segment_id, context.segment_position, context.loop_id, place)
