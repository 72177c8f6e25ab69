"""Reads 277 transaction sets of guide X212 into `ClaimStatusResponse` models."""

from __future__ import annotations

from collections.abc import Iterator

from x12.claim_status.segments import (
    CLAIM_REFERENCES,
    read_dependent,
    read_payer,
    read_providers,
    read_receiver,
    read_subscriber,
    status_codes,
    taken,
)
from x12.claim_status_277.loops import GUIDE
from x12.claim_status_277.models import (
    ClaimStatus,
    ClaimStatusResponse,
    DependentStatuses,
    LineStatus,
    ProviderStatuses,
    ReceiverStatuses,
    Status,
    SubscriberStatuses,
    Trace,
)
from x12.envelope import Parsed
from x12.extracting import ZERO, amount, day, days, number, procedure, reference
from x12.reading import NO_TIME, Frame, element, moment, read_sets
from x12.records import read_fields
from x12.segments import Source
from x12.walking import Node, Walker

_REFERENCES = {code: CLAIM_REFERENCES[code] for code in ("1K", "BLT", "EJ", "XZ", "VV", "D9")}


def read(source: Source) -> Parsed[ClaimStatusResponse]:
    """Every 277 of guide X212 in a file, with findings. Never raises on content."""
    return read_sets(source, GUIDE, build)


def build(frame: Frame, walker: Walker, units: Iterator[Node]) -> ClaimStatusResponse:
    """The response of one transaction set. Levels close from the inside out."""
    levels = _Levels(frame.component)
    for unit in units:
        levels.close(unit)
    bht = walker.root.first("BHT")
    created = moment(element(bht, 4), element(bht, 5)) or NO_TIME
    return ClaimStatusResponse(frame.control_number, element(bht, 3), created, tuple(levels.receivers))


class _Levels:
    """What is open at each level, until the level around it closes."""

    def __init__(self, component: str) -> None:
        self._component = component
        self._claims: list[ClaimStatus] = []
        self._dependent_claims: list[ClaimStatus] = []
        self._dependents: list[DependentStatuses] = []
        self._subscribers: list[SubscriberStatuses] = []
        self._providers: list[ProviderStatuses] = []
        self.receivers: list[ReceiverStatuses] = []

    def close(self, node: Node) -> None:
        """Take over a unit; what was inside it is complete."""
        match node.loop_id:
            case "2200D":
                self._claims.append(_claim(node, self._component))
            case "2200E":
                self._dependent_claims.append(_claim(node, self._component))
            case "2000E":
                self._dependents.append(DependentStatuses(read_dependent(node), taken(self._dependent_claims)))
            case "2000D":
                made = SubscriberStatuses(read_subscriber(node), taken(self._claims), taken(self._dependents))
                self._subscribers.append(made)
            case "2000C":
                trace = _trace(node.child("2200C"), self._component)
                self._providers.append(ProviderStatuses(read_providers(node), trace, taken(self._subscribers)))
            case "2000B":
                self.receivers.append(self._receiver(node))

    def _receiver(self, node: Node) -> ReceiverStatuses:
        payer = read_payer(node.parent.child("2100A") if node.parent else None)
        trace = _trace(node.child("2200B"), self._component)
        return ReceiverStatuses(payer, read_receiver(node.child("2100B")), trace, taken(self._providers))


def _trace(node: Node | None, component: str) -> Trace | None:
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


def _claim(node: Node, component: str) -> ClaimStatus:
    start, end = days(node.first("DTP", "472"))
    return ClaimStatus(
        trace_number=element(node.first("TRN"), 2),
        statuses=_statuses(node, component),
        service_date=start,
        service_date_end=end,
        lines=tuple(_line(child, component) for child in node.children),
        **read_fields(node, _REFERENCES),
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
