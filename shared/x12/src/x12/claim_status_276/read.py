"""Reads 276 transaction sets into `ClaimStatusRequest` models."""

from __future__ import annotations

from collections.abc import Iterator

from x12.claim_status.segments import (
    CLAIM_REFERENCES,
    read_dependent,
    read_payer,
    read_providers,
    read_receiver,
    read_subscriber,
    taken,
)
from x12.claim_status_276.loops import GUIDE
from x12.claim_status_276.models import (
    ClaimInquiry,
    ClaimStatusRequest,
    DependentInquiries,
    LineInquiry,
    ProviderInquiries,
    ReceiverInquiries,
    SubscriberInquiries,
)
from x12.envelope import Parsed
from x12.extracting import ZERO, amount, days, number, procedure, reference
from x12.reading import NO_TIME, Frame, element, moment, read_sets
from x12.records import read_fields
from x12.segments import Source
from x12.walking import Node, Walker


def read(source: Source) -> Parsed[ClaimStatusRequest]:
    """Every 276 of a file, with findings. Never raises on content."""
    return read_sets(source, GUIDE, build)


def build(frame: Frame, walker: Walker, units: Iterator[Node]) -> ClaimStatusRequest:
    """The request of one transaction set. Levels close from the inside out."""
    levels = _Levels(frame.component)
    for unit in units:
        levels.close(unit)
    bht = walker.root.first("BHT")
    created = moment(element(bht, 4), element(bht, 5)) or NO_TIME
    return ClaimStatusRequest(frame.control_number, element(bht, 3), created, tuple(levels.receivers))


class _Levels:
    """What is open at each level, until the level around it closes."""

    def __init__(self, component: str) -> None:
        self._component = component
        self._claims: list[ClaimInquiry] = []
        self._dependent_claims: list[ClaimInquiry] = []
        self._dependents: list[DependentInquiries] = []
        self._subscribers: list[SubscriberInquiries] = []
        self._providers: list[ProviderInquiries] = []
        self.receivers: list[ReceiverInquiries] = []

    def close(self, node: Node) -> None:
        """Take over a unit; what was inside it is complete."""
        match node.loop_id:
            case "2200D":
                self._claims.append(_claim(node, self._component))
            case "2200E":
                self._dependent_claims.append(_claim(node, self._component))
            case "2000E":
                self._dependents.append(DependentInquiries(read_dependent(node), taken(self._dependent_claims)))
            case "2000D":
                made = SubscriberInquiries(read_subscriber(node), taken(self._claims), taken(self._dependents))
                self._subscribers.append(made)
            case "2000C":
                self._providers.append(ProviderInquiries(read_providers(node), taken(self._subscribers)))
            case "2000B":
                payer = read_payer(node.parent.child("2100A") if node.parent else None)
                receiver = read_receiver(node.child("2100B"))
                self.receivers.append(ReceiverInquiries(payer, receiver, taken(self._providers)))


def _claim(node: Node, component: str) -> ClaimInquiry:
    start, end = days(node.first("DTP", "472"))
    return ClaimInquiry(
        trace_number=element(node.first("TRN"), 2),
        charge_cents=amount(node.first("AMT", "T3"), 2),
        service_date=start,
        service_date_end=end,
        lines=tuple(_line(child, component) for child in node.children),
        **read_fields(node, {code: CLAIM_REFERENCES[code] for code in ("1K", "BLT", "LU", "6P", "EJ", "XZ", "D9")}),
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
