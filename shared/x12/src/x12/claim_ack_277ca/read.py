"""Reads 277CA transaction sets into `ClaimAcknowledgement` models."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from x12.claim_ack_277ca.loops import GUIDE
from x12.claim_ack_277ca.models import (
    ClaimAcknowledgement,
    ClaimStatus,
    LineStatus,
    ProviderStatus,
    ReceiverStatus,
    Status,
    Totals,
)
from x12.claim_status.segments import status_codes
from x12.elements import element, moment
from x12.envelope import Parsed
from x12.extracting import amount, day, days, name, number, procedure, reference, references
from x12.parties import Identification
from x12.reading import NO_TIME, Frame, read_sets
from x12.segments import Source
from x12.walking import Node, Walker

_NO_DATE = date(1, 1, 1)
_PROVIDER_IDS = ("0B", "1G", "G2", "LU", "SY", "TJ")


def read(source: Source) -> Parsed[ClaimAcknowledgement]:
    """Every 277CA of a file, with findings. Never raises on content."""
    return read_sets(source, GUIDE, build)


def build(frame: Frame, walker: Walker, units: Iterator[Node]) -> ClaimAcknowledgement:
    """The acknowledgement of one transaction set. Levels close from the inside out: claims, provider, receiver."""
    component = frame.component
    claims: list[ClaimStatus] = []
    providers: list[ProviderStatus] = []
    receivers: list[ReceiverStatus] = []
    for unit in units:
        match unit.loop_id:
            case "2200D":
                claims.append(claim_of(unit, component))
            case "2000C":
                providers.append(provider_of(unit, tuple(claims), component))
                claims = []
            case "2000B":
                receivers.append(receiver_of(unit, tuple(providers), component))
                providers = []
    bht = walker.root.first("BHT")
    created = moment(element(bht, 4), element(bht, 5)) or NO_TIME
    return ClaimAcknowledgement(frame.control_number, element(bht, 3), created, tuple(receivers))


def _first(node: Node | None, segment_id: str, qualifier: str = "") -> list[str]:
    return node.first(segment_id, qualifier) if node else []


def receiver_of(node: Node, providers: tuple[ProviderStatus, ...], component: str) -> ReceiverStatus:
    """The receiver of a loop 2000B."""
    above = node.parent
    source = _first(above.child("2100A") if above else None, "NM1")
    received = above.child("2200A") if above else None
    nm1, trace = _first(node.child("2100B"), "NM1"), node.child("2200B")
    return ReceiverStatus(
        source_name=element(source, 3),
        source_id=Identification(element(source, 8), element(source, 9)),
        source_trace_number=element(_first(received, "TRN"), 2),
        receipt_date=day(_first(received, "DTP", "050"), 3) or _NO_DATE,
        process_date=day(_first(received, "DTP", "009"), 3) or _NO_DATE,
        receiver_name=name(nm1),
        receiver_id=element(nm1, 9),
        receiver_trace_number=element(_first(trace, "TRN"), 2),
        statuses=_statuses(trace, component),
        source_entity_code=element(source, 1),
        totals=batch_totals(node),
        providers=providers,
    )


def provider_of(node: Node, claims: tuple[ClaimStatus, ...], component: str) -> ProviderStatus:
    """The provider of a loop 2000C."""
    nm1, trace = _first(node.child("2100C"), "NM1"), node.child("2200C")
    return ProviderStatus(
        name(nm1),
        Identification(element(nm1, 8), element(nm1, 9)),
        element(_first(trace, "TRN"), 2),
        _statuses(trace, component),
        references(trace, _PROVIDER_IDS) if trace else (),
        provider_totals(node),
        claims,
    )


def claim_of(node: Node, component: str) -> ClaimStatus:
    """The claim of a loop 2200D."""
    nm1 = _first(node.parent.child("2100D") if node.parent else None, "NM1")
    start, end = days(node.first("DTP", "472"))
    return ClaimStatus(
        name(nm1),
        element(node.first("TRN"), 2),
        _statuses(node, component),
        start,
        end,
        element(nm1, 9),
        element(nm1, 8) or "MI",
        reference(node, "1K"),
        reference(node, "D9"),
        reference(node, "BLT"),
        tuple(_line(child, component) for child in node.each("2220D")),
    )


def _line(node: Node, component: str) -> LineStatus:
    svc = node.first("SVC")
    start, end = days(node.first("DTP", "472"))
    return LineStatus(
        procedure(element(svc, 1), component),
        amount(svc, 2) or 0,
        _statuses(node, component),
        element(svc, 4),
        number(svc, 7),
        reference(node, "FJ"),
        reference(node, "XZ"),
        start,
        end,
    )


def _statuses(node: Node | None, component: str) -> tuple[Status, ...]:
    return tuple(_status(segment, component) for segment in node.all("STC")) if node else ()


def _status(segment: list[str], component: str) -> Status:
    return Status(
        status_codes(segment, component), day(segment, 2), element(segment, 3), amount(segment, 4), element(segment, 12)
    )


def batch_totals(node: Node) -> Totals:
    """What 2200B counts, of a loop 2000B."""
    return _totals(node.child("2200B"), "90", "AA")


def provider_totals(node: Node) -> Totals:
    """What 2200C counts, of a loop 2000C."""
    return _totals(node.child("2200C"), "QA", "QC")


def _totals(node: Node | None, accepted: str, rejected: str) -> Totals:
    if node is None:
        return Totals()
    counts = [number(node.first("QTY", qualifier), 2) for qualifier in (accepted, rejected)]
    sums = [amount(node.first("AMT", qualifier), 2) for qualifier in ("YU", "YY")]
    return Totals(*(None if value is None else int(value) for value in counts), *sums)
