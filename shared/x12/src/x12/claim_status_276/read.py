"""Reads 276 transaction sets into `ClaimStatusRequest` models."""

from __future__ import annotations

from collections.abc import Iterator

from x12.claim_status.patients import Patients
from x12.claim_status.segments import (
    CLAIM_REFERENCES,
    read_payer,
    read_providers,
    read_receiver,
    taken,
)
from x12.claim_status_276.loops import GUIDE
from x12.claim_status_276.models import (
    ClaimInquiry,
    ClaimStatusRequest,
    LineInquiry,
    ProviderInquiries,
    ReceiverInquiries,
)
from x12.elements import element, moment
from x12.envelope import Parsed
from x12.extracting import ZERO, amount, days, number, procedure, reference
from x12.reading import NO_TIME, Frame, read_sets
from x12.records import read_fields
from x12.segments import Source
from x12.walking import Node, Walker

REFERENCES = {code: CLAIM_REFERENCES[code] for code in ("1K", "BLT", "LU", "6P", "EJ", "XZ", "D9")}


def read(source: Source) -> Parsed[ClaimStatusRequest]:
    """Every 276 of a file, with findings. Never raises on content."""
    return read_sets(source, GUIDE, build)


def build(frame: Frame, walker: Walker, units: Iterator[Node]) -> ClaimStatusRequest:
    """The request of one transaction set. Levels close from the inside out."""
    patients = Patients(lambda node: claim_of(node, frame.component))
    providers: list[ProviderInquiries] = []
    receivers: list[ReceiverInquiries] = []
    for unit in units:
        match unit.loop_id:
            case "2000C":
                providers.append(ProviderInquiries(read_providers(unit), patients.taken()))
            case "2000B":
                payer = read_payer(unit.parent.child("2100A") if unit.parent else None)
                receivers.append(ReceiverInquiries(payer, read_receiver(unit.child("2100B")), taken(providers)))
            case _:
                patients.close(unit)
    bht = walker.root.first("BHT")
    created = moment(element(bht, 4), element(bht, 5)) or NO_TIME
    return ClaimStatusRequest(frame.control_number, element(bht, 3), created, tuple(receivers))


def claim_of(node: Node, component: str) -> ClaimInquiry:
    """The claim of a loop 2200D or 2200E."""
    start, end = days(node.first("DTP", "472"))
    return ClaimInquiry(
        trace_number=element(node.first("TRN"), 2),
        charge_cents=amount(node.first("AMT", "T3"), 2),
        service_date=start,
        service_date_end=end,
        lines=tuple(_line(child, component) for child in node.children),
        **read_fields(node, REFERENCES),
    )


def _line(node: Node, component: str) -> LineInquiry:
    svc = node.first("SVC")
    start, end = days(node.first("DTP", "472"))
    return LineInquiry(
        procedure(element(svc, 1), component),
        amount(svc, 2) or 0,
        number(svc, 7) or ZERO,
        start,
        end,
        element(svc, 4),
        reference(node, "FJ"),
    )
