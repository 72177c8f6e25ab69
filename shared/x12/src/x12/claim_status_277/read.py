"""Reads 277 transaction sets of guide X212 into `ClaimStatusResponse` models."""

from __future__ import annotations

from collections.abc import Iterator

from x12.claim_status.patients import Patients
from x12.claim_status.segments import (
    CLAIM_REFERENCES,
    read_payer,
    read_providers,
    read_receiver,
    status_codes,
    taken,
)
from x12.claim_status_277.loops import GUIDE
from x12.claim_status_277.models import (
    ClaimStatus,
    ClaimStatusResponse,
    LineStatus,
    ProviderStatuses,
    ReceiverStatuses,
    Status,
    Trace,
)
from x12.elements import element, moment
from x12.envelope import Parsed
from x12.extracting import ZERO, amount, day, days, number, procedure, reference
from x12.reading import NO_TIME, Frame, read_sets
from x12.records import read_fields
from x12.segments import Source
from x12.walking import Node, Walker

REFERENCES = {code: CLAIM_REFERENCES[code] for code in ("1K", "BLT", "EJ", "XZ", "VV", "D9")}


def read(source: Source) -> Parsed[ClaimStatusResponse]:
    """Every 277 of guide X212 in a file, with findings. Never raises on content."""
    return read_sets(source, GUIDE, build)


def build(frame: Frame, walker: Walker, units: Iterator[Node]) -> ClaimStatusResponse:
    """The response of one transaction set. Levels close from the inside out."""
    component = frame.component
    patients = Patients(lambda node: claim_of(node, component))
    providers: list[ProviderStatuses] = []
    receivers: list[ReceiverStatuses] = []
    for unit in units:
        match unit.loop_id:
            case "2000C":
                trace = trace_of(unit.child("2200C"), component)
                providers.append(ProviderStatuses(read_providers(unit), trace, patients.taken()))
            case "2000B":
                payer = read_payer(unit.parent.child("2100A") if unit.parent else None)
                receiver, trace = read_receiver(unit.child("2100B")), trace_of(unit.child("2200B"), component)
                receivers.append(ReceiverStatuses(payer, receiver, trace, taken(providers)))
            case _:
                patients.close(unit)
    bht = walker.root.first("BHT")
    created = moment(element(bht, 4), element(bht, 5)) or NO_TIME
    return ClaimStatusResponse(frame.control_number, element(bht, 3), created, tuple(receivers))


def trace_of(node: Node | None, component: str) -> Trace | None:
    """What is answered at once for a receiver (2200B) or provider (2200C)."""
    return Trace(element(node.first("TRN"), 2), _statuses(node, component)) if node else None


def _statuses(node: Node, component: str) -> tuple[Status, ...]:
    return tuple(_status(segment, component) for segment in node.all("STC"))


def _status(segment: list[str], component: str) -> Status:
    return Status(
        status_codes(segment, component),
        day(segment, 2),
        amount(segment, 4),
        amount(segment, 5),
        day(segment, 6),
        day(segment, 8),
        element(segment, 9),
    )


def claim_of(node: Node, component: str) -> ClaimStatus:
    """The claim of a loop 2200D or 2200E."""
    start, end = days(node.first("DTP", "472"))
    return ClaimStatus(
        trace_number=element(node.first("TRN"), 2),
        statuses=_statuses(node, component),
        service_date=start,
        service_date_end=end,
        lines=tuple(_line(child, component) for child in node.children),
        **read_fields(node, REFERENCES),
    )


def _line(node: Node, component: str) -> LineStatus:
    svc = node.first("SVC")
    start, end = days(node.first("DTP", "472"))
    return LineStatus(
        procedure(element(svc, 1), component),
        amount(svc, 2) or 0,
        amount(svc, 3) or 0,
        number(svc, 7) or ZERO,
        _statuses(node, component),
        start,
        end,
        element(svc, 4),
        reference(node, "FJ"),
    )
