"""Reads 999 transaction sets into `ImplementationAcknowledgement` models."""

from __future__ import annotations

from collections.abc import Iterator

from x12.ack_999.loops import GUIDE
from x12.ack_999.models import (
    Context,
    ElementNote,
    ImplementationAcknowledgement,
    SegmentNote,
    TransactionSetResponse,
)
from x12.elements import element, number
from x12.envelope import Parsed
from x12.reading import Frame, read_sets
from x12.segments import Source
from x12.walking import Node, Walker


def read(source: Source) -> Parsed[ImplementationAcknowledgement]:
    """Every 999 of a file, with findings. Never raises on content."""
    return read_sets(source, GUIDE, build)


def build(frame: Frame, walker: Walker, units: Iterator[Node]) -> ImplementationAcknowledgement:
    """The acknowledgement of one transaction set."""
    responses = tuple(response_of(unit, frame.component) for unit in units)
    ak1, ak9 = walker.root.first("AK1"), walker.root.first("AK9")
    return ImplementationAcknowledgement(
        control_number=frame.control_number,
        functional_id=element(ak1, 1),
        group_control_number=element(ak1, 2),
        ack_code=element(ak9, 1),
        included_count=number(element(ak9, 2)),
        received_count=number(element(ak9, 3)),
        accepted_count=number(element(ak9, 4)),
        version=element(ak1, 3),
        responses=responses,
        error_codes=tuple(code for code in ak9[5:10] if code),
    )


def response_of(node: Node, component: str) -> TransactionSetResponse:
    """The answer to one transaction set, of a loop 2000."""
    ak2, ik5 = node.first("AK2"), node.first("IK5")
    return TransactionSetResponse(
        element(ak2, 1),
        element(ak2, 2),
        element(ik5, 1),
        element(ak2, 3),
        tuple(code for code in ik5[2:7] if code),
        tuple(_segment_note(child, component) for child in node.each("2100")),
    )


def _segment_note(node: Node, component: str) -> SegmentNote:
    ik3 = node.first("IK3")
    return SegmentNote(
        element(ik3, 1),
        number(element(ik3, 2)),
        element(ik3, 4),
        element(ik3, 3),
        _contexts(node, component),
        tuple(_element_note(child, component) for child in node.each("2110")),
    )


def _element_note(node: Node, component: str) -> ElementNote:
    ik4 = node.first("IK4")
    place = element(ik4, 1).split(component)
    return ElementNote(
        number(place[0]),
        element(ik4, 3),
        _optional(place, 1),
        _optional(place, 2),
        element(ik4, 2),
        element(ik4, 4),
        _contexts(node, component),
    )


def _contexts(node: Node, component: str) -> tuple[Context, ...]:
    return tuple(_context(segment, component) for segment in node.all("CTX"))


def _context(segment: list[str], component: str) -> Context:
    name, _, value = element(segment, 1).partition(component)
    place = element(segment, 5).split(component)
    return Context(
        name, value, element(segment, 2), _optional(segment, 3), element(segment, 4), _optional(place, 0),
        _optional(place, 1),
    )  # fmt: skip


def _optional(parts: list[str], index: int) -> int | None:
    return number(parts[index]) if index < len(parts) and parts[index] else None
