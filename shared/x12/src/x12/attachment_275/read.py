"""Reads 275 transaction sets of guides X314 and X210 into `AttachmentSubmission` models."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from x12.attachment_275.loops import GUIDE, GUIDE_5010
from x12.attachment_275.models import (
    BASE_64,
    Answer,
    AssociatedObject,
    AttachmentSubmission,
    Document,
    Patient,
    Provider,
    ServiceReference,
)
from x12.claim_status.segments import read_payer, read_receiver, status_codes, taken
from x12.elements import element, moment
from x12.envelope import Parsed
from x12.extracting import address, day, days, name, reference
from x12.parties import Identification, Reference
from x12.reading import NO_TIME, Frame, read_sets
from x12.records import read_fields
from x12.segments import Source
from x12.walking import Node, Walker

PATIENT_REFERENCES = {
    "EJ": "patient_control_number",
    "BLT": "bill_type",
    "EA": "medical_record_number",
    "D9": "clearinghouse_claim_number",
    "X1": "claim_number",
}
_NO_DATE = date(1, 1, 1)


def read(source: Source) -> Parsed[AttachmentSubmission]:
    """Every 275 of a file, with findings. Never raises on content. Documents are kept in memory as a whole."""
    return read_sets(source, (GUIDE, GUIDE_5010), build)


def build(frame: Frame, walker: Walker, units: Iterator[Node]) -> AttachmentSubmission:
    """The submission of one transaction set. Documents close before their answer does."""
    documents: list[Document] = []
    answers: list[Answer] = []
    for unit in units:
        if unit.loop_id == "2100B":
            documents.append(document_of(unit))
        else:
            answers.append(answer_of(unit, taken(documents), frame.component))
    root = walker.root
    bgn = root.first("BGN")
    return AttachmentSubmission(
        control_number=frame.control_number,
        reference=element(bgn, 2),
        created=moment(element(bgn, 3), element(bgn, 4) or "0000") or NO_TIME,
        payer=read_payer(root.child("1000A")),
        submitter=read_receiver(root.child("1000B")),
        provider=_provider(root.child("1000C")),
        patient=patient_of(root.child("1000D")),
        answers=tuple(answers),
        purpose_code=element(bgn, 1),
    )


def _provider(node: Node | None) -> Provider:
    nm1, prv = (node.first("NM1"), node.first("PRV")) if node else ([], [])
    place = node.child("1100C") if node else None
    return Provider(
        name=name(nm1),
        id=Identification(element(nm1, 8), element(nm1, 9)),
        taxonomy_code=element(prv, 3),
        secondary_ids=tuple(Reference(element(s, 1), element(s, 2)) for s in node.all("REF")) if node else (),
        address=address(place),
        specialty_code=element(prv, 1) or "BI",
        address_code=(element(place.first("NX1"), 1) if place else "") or "1P",
    )


def patient_of(node: Node | None) -> Patient:
    """The patient of a loop 1000D."""
    nm1 = node.first("NM1") if node else []
    start, end = days(node.first("DTP", "472") if node else [])
    return Patient(
        name=name(nm1),
        member_id=element(nm1, 9),
        id_qualifier=element(nm1, 8) or "MI",
        service_date=start,
        service_date_end=end,
        **(read_fields(node, PATIENT_REFERENCES) if node else {}),
    )


def answer_of(node: Node, documents: tuple[Document, ...], component: str) -> Answer:
    """The answer of a loop 2000A."""
    trn, of_service = node.first("TRN"), node.child("2100A")
    start, end = days(of_service.first("DTP") if of_service else [])
    return Answer(
        trace_number=element(trn, 2),
        documents=documents,
        trace_type=element(trn, 1),
        questions=status_codes(node.first("STC"), component),
        line_item_control_number=reference(node, "FJ"),
        service_references=tuple(_service(s, component) for s in node.all("REF") if element(s, 1) != "FJ"),
        service_date=start,
        service_date_end=end,
    )


def _service(segment: list[str], component: str) -> ServiceReference:
    qualifier, _, value = element(segment, 4).partition(component)
    other = Reference(qualifier, value) if qualifier else None
    return ServiceReference(element(segment, 1), element(segment, 2), other)


def document_of(node: Node) -> Document:
    """The document of a loop 2100B."""
    cat, ooi, inner = node.first("CAT"), node.first("OOI"), node.child("2110B")
    filter_code, data, security = _binary(inner)
    return Document(
        submitted=day(node.first("DTP"), 3) or _NO_DATE,
        data=data,
        category_code=element(cat, 1),
        format_code=element(cat, 2),
        format_version=element(cat, 3),
        filter_code=filter_code,
        security_code=security,
        associated_object=AssociatedObject(element(ooi, 1), element(ooi, 2), element(ooi, 3)) if ooi else None,
    )


def _binary(node: Node | None) -> tuple[str, bytes, str]:
    """Filter, octets and security level. (Binary elements are read as Latin-1, which keeps every octet.)"""
    if node is None:
        return BASE_64, b"", "05"
    if bds := node.first("BDS"):
        return element(bds, 1), element(bds, 3).encode("latin-1", "replace"), "05"
    text = element(node.first("BIN"), 2)
    return "", text.encode("latin-1", "replace"), element(node.first("EFI"), 1) or "05"
