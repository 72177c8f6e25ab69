"""Reads 277 transaction sets of guides X313 and X213 into `InformationRequest` models."""

from __future__ import annotations

from collections.abc import Iterator

from x12.attachment_request_277.loops import GUIDE, GUIDE_5010
from x12.attachment_request_277.models import (
    ClaimRequest,
    InformationRequest,
    LineRequest,
    PatientRequests,
    ProviderRequests,
    Question,
    ReceiverRequests,
    ResponseContact,
)
from x12.claim_status.segments import (
    CLAIM_REFERENCES,
    read_payer,
    read_providers,
    read_receiver,
    read_subscriber,
    status_codes,
    taken,
)
from x12.elements import element, moment
from x12.envelope import Parsed
from x12.extracting import address, amount, contact, day, days, number, procedure, reference
from x12.reading import NO_TIME, Frame, read_sets
from x12.records import read_fields
from x12.segments import Source
from x12.walking import Node, Walker

REFERENCES = {code: CLAIM_REFERENCES[code] for code in ("1K", "BLT", "EJ", "EA", "D9")}


def read(source: Source) -> Parsed[InformationRequest]:
    """Every request for additional information of a file, with findings. Never raises on content."""
    return read_sets(source, (GUIDE, GUIDE_5010), build)


def build(frame: Frame, walker: Walker, units: Iterator[Node]) -> InformationRequest:
    """The request of one transaction set. Levels close from the inside out."""
    claims: list[ClaimRequest] = []
    patients: list[PatientRequests] = []
    providers: list[ProviderRequests] = []
    receivers: list[ReceiverRequests] = []
    for unit in units:
        match unit.loop_id:
            case "2200D":
                claims.append(claim_of(unit, frame.component))
            case "2000D":
                patients.append(PatientRequests(read_subscriber(unit), taken(claims)))
            case "2000C":
                providers.append(ProviderRequests(read_providers(unit), taken(patients)))
            case "2000B":
                payer = read_payer(unit.parent.child("2100A") if unit.parent else None)
                receivers.append(ReceiverRequests(payer, read_receiver(unit.child("2100B")), taken(providers)))
    bht = walker.root.first("BHT")
    created = moment(element(bht, 4), element(bht, 5)) or NO_TIME
    return InformationRequest(frame.control_number, element(bht, 3), created, tuple(receivers))


def claim_of(node: Node, component: str) -> ClaimRequest:
    """The claim of a loop 2200D."""
    start, end = days(node.first("DTP", "472"))
    return ClaimRequest(
        trace_number=element(node.first("TRN"), 2),
        questions=_questions(node, component),
        service_date=start,
        service_date_end=end,
        due=day(node.first("DTP", "106"), 3),
        response_contact=_response_contact(node.child("2210D")),
        lines=tuple(_line(child, component) for child in node.each("2220D")),
        **read_fields(node, REFERENCES),
    )


def _questions(node: Node, component: str) -> tuple[Question, ...]:
    return tuple(
        Question(status_codes(segment, component), day(segment, 2), amount(segment, 4)) for segment in node.all("STC")
    )


def _response_contact(node: Node | None) -> ResponseContact | None:
    if node is None:
        return None
    pwk, n1 = node.first("PWK"), node.first("N1")
    return ResponseContact(
        element(pwk, 1),
        element(pwk, 2),
        element(pwk, 6),
        contact(node.first("PER")),
        element(n1, 1),
        element(n1, 2),
        address(node),
    )


def _line(node: Node, component: str) -> LineRequest:
    svc = node.first("SVC")
    start, end = days(node.first("DTP", "472"))
    return LineRequest(
        procedure(element(svc, 1), component),
        amount(svc, 2) or 0,
        _questions(node, component),
        number(svc, 7),
        element(svc, 4),
        reference(node, "FJ"),
        start,
        end,
    )
