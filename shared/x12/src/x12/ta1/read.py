"""Reads the TA1 segments of a file, wherever they stand between its envelopes."""

from __future__ import annotations

from collections.abc import Iterable

from x12.elements import element, moment, number
from x12.findings import Finding
from x12.reading import NO_TIME, FileReader
from x12.segments import Source
from x12.ta1.models import InterchangeAcknowledgement


def read(source: Source) -> tuple[tuple[InterchangeAcknowledgement, ...], tuple[Finding, ...]]:
    """Every TA1 of a file, with findings. Transaction sets beside them are skipped. Never raises on content."""
    file = FileReader(source)
    for _ in file.transaction_sets():
        pass
    return from_segments(file.interchange_acknowledgements), tuple(file.report.findings)


def from_segments(segments: Iterable[list[str]]) -> tuple[InterchangeAcknowledgement, ...]:
    """Models of TA1 segments that another reader met."""
    return tuple(
        InterchangeAcknowledgement(
            number(element(segment, 1)),
            moment("20" + element(segment, 2), element(segment, 3)) or NO_TIME,
            element(segment, 4),
            element(segment, 5),
        )
        for segment in segments
    )
