"""Writes interchange acknowledgements."""

from __future__ import annotations

from collections.abc import Sequence

from x12.envelope import Envelope
from x12.segments import SegmentWriter
from x12.ta1.models import InterchangeAcknowledgement
from x12.writing import interchange_without_groups


def write(envelope: Envelope, acknowledgements: Sequence[InterchangeAcknowledgement]) -> bytes:
    """One interchange without groups, with a TA1 segment per acknowledgement. Raises `x12.findings.WriteError`."""
    return interchange_without_groups(envelope, segments(envelope, acknowledgements))


def segments(envelope: Envelope, acknowledgements: Sequence[InterchangeAcknowledgement]) -> list[str]:
    """The TA1 segments, with this envelope's delimiters."""
    writer = SegmentWriter(envelope.delimiters)
    for each in acknowledgements:
        writer.add(
            "TA1",
            f"{each.interchange_control_number:09d}",
            each.interchange_created.strftime("%y%m%d"),
            each.interchange_created.strftime("%H%M"),
            each.ack_code,
            each.note_code,
        )
    return writer.segments
