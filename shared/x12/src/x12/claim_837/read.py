"""Reads the levels above a claim, its providers and other coverage."""

from __future__ import annotations

from datetime import date
from typing import Any

from x12.claim_837.details import Attachment, Condition, Drug, LineReference
from x12.claim_837.models import (
    BillingProvider,
    OtherCoverage,
    OtherPayerProvider,
    Patient,
    PatientDetails,
    Payer,
    PayToPlan,
    Provider,
    Receiver,
    ServiceFacility,
    Submitter,
    Subscriber,
)
from x12.claim_837.segments import ATTACHMENT, OTHER_PAYER_REFERENCES
from x12.elements import element, moment
from x12.extracting import (
    ZERO,
    address,
    adjustments,
    amount,
    contact,
    contacts,
    day,
    inpatient,
    name,
    number,
    outpatient,
    reference,
    references,
)
from x12.parties import Address, Name, Reference
from x12.reading import NO_TIME, Frame
from x12.records import read_fields
from x12.walking import Node

NO_DATE = date(1, 1, 1)
NO_ADDRESS = Address("", "")
_REFERRING = ("DN", "P3")


class Levels:
    """The billing provider, subscriber and patient last met, so that claims of one level share them."""

    def __init__(self) -> None:
        self._nodes: dict[str, Node | None] = {}
        self.provider: BillingProvider
        self.subscriber: Subscriber
        self.payer: Payer
        self.patient: Patient | None

    def move_to(self, claim: Node) -> None:
        """Take over the levels above a claim; only what changed is made anew."""
        above = _ancestors(claim)
        if self._changed("2000A", above):
            self.provider = _billing_provider(above.get("2000A"))
        if self._changed("2000B", above):
            self.subscriber = _subscriber(above.get("2000B"))
            self.payer = _payer(above.get("2000B"))
        if self._changed("2000C", above):
            self.patient = _patient(above.get("2000C"))

    def _changed(self, loop_id: str, above: dict[str, Node]) -> bool:
        node = above.get(loop_id)
        if loop_id in self._nodes and self._nodes[loop_id] is node:
            return False
        self._nodes[loop_id] = node
        return True


def _ancestors(node: Node) -> dict[str, Node]:
    found: dict[str, Node] = {}
    above = node.parent
    while above is not None:
        found[above.loop_id] = above
        above = above.parent
    return found


def _first(node: Node | None, segment_id: str) -> list[str]:
    return node.first(segment_id) if node else []


def read_header(frame: Frame, root: Node) -> dict[str, Any]:
    """What stands before the claims of a transaction set, by the field names of its model."""
    bht = root.first("BHT")
    return {
        "control_number": frame.control_number,
        "reference": element(bht, 3),
        "created": moment(element(bht, 4), element(bht, 5)) or NO_TIME,
        "submitter": submitter(root.child("1000A")),
        "receiver": receiver(root.child("1000B")),
        "transaction_type": element(bht, 6),
        "purpose_code": element(bht, 2),
    }


def submitter(node: Node | None) -> Submitter:
    """Loop 1000A."""
    nm1 = _first(node, "NM1")
    return Submitter(name(nm1), element(nm1, 9), contacts(node) if node else ())


def receiver(node: Node | None) -> Receiver:
    """Loop 1000B."""
    nm1 = _first(node, "NM1")
    return Receiver(element(nm1, 3), element(nm1, 9))


def _billing_provider(node: Node | None) -> BillingProvider:
    inner = node.child("2010AA") if node else None
    if node is None or inner is None:
        return BillingProvider(Name("2"), "", "", NO_ADDRESS)
    nm1 = inner.first("NM1")
    tax = inner.first("REF", "EI") or inner.first("REF", "SY")
    pay_to = node.child("2010AB")
    return BillingProvider(
        name=name(nm1),
        npi=element(nm1, 9),
        tax_id=element(tax, 2),
        address=address(inner) or NO_ADDRESS,
        tax_id_qualifier=element(tax, 1) or "EI",
        taxonomy_code=element(node.first("PRV"), 3),
        contacts=contacts(inner),
        license_ids=references(inner, ("0B", "1G")),
        pay_to_address=address(pay_to),
        pay_to_entity_type=element(_first(pay_to, "NM1"), 2) or "2",
        pay_to_plan=_pay_to_plan(node.child("2010AC")),
        currency_code=element(node.first("CUR"), 2),
    )


def _pay_to_plan(node: Node | None) -> PayToPlan | None:
    if node is None:
        return None
    nm1 = node.first("NM1")
    return PayToPlan(
        element(nm1, 3),
        element(nm1, 9),
        address(node) or NO_ADDRESS,
        reference(node, "EI"),
        element(nm1, 8),
        references(node, ("2U", "FY", "NF")),
    )


def _subscriber(node: Node | None) -> Subscriber:
    if node is None:
        return Subscriber(Name("1"), "")
    sbr, inner = node.first("SBR"), node.child("2010BA")
    nm1, dmg = _first(inner, "NM1"), _first(inner, "DMG")
    return Subscriber(
        name=name(nm1),
        member_id=element(nm1, 9),
        payer_responsibility=element(sbr, 1),
        claim_filing_indicator=element(sbr, 9),
        group_number=element(sbr, 3),
        group_name=element(sbr, 4),
        insurance_type_code=element(sbr, 5),
        address=address(inner),
        birth_date=day(dmg, 2),
        sex=element(dmg, 3),
        id_qualifier=element(nm1, 8) or "MI",
        social_security_number=reference(inner, "SY") if inner else "",
        details=_details(node.first("PAT"), inner),
    )


def _details(pat: list[str], inner: Node | None) -> PatientDetails:
    return PatientDetails(
        day(pat, 6),
        number(pat, 8),
        element(pat, 9) == "Y",
        reference(inner, "Y4") if inner else "",
        contact(_first(inner, "PER")),
    )


def _payer(node: Node | None) -> Payer:
    inner = node.child("2010BB") if node else None
    if inner is None:
        return Payer("", "")
    nm1 = inner.first("NM1")
    return Payer(
        element(nm1, 3),
        element(nm1, 9),
        element(nm1, 8),
        address(inner),
        references(inner, ("2U", "EI", "FY", "NF")),
        references(inner, ("G2", "LU")),
    )


def _patient(node: Node | None) -> Patient | None:
    if node is None:
        return None
    pat, inner = node.first("PAT"), node.child("2010CA")
    dmg = _first(inner, "DMG")
    return Patient(
        name=name(_first(inner, "NM1")),
        relationship_code=element(pat, 1),
        address=address(inner) or NO_ADDRESS,
        birth_date=day(dmg, 2) or NO_DATE,
        sex=element(dmg, 3),
        secondary_id=_secondary_id(inner),
        details=_details(pat, inner),
    )


def _secondary_id(inner: Node | None) -> Reference | None:
    found = references(inner, ("1W", "SY")) if inner else ()
    return found[0] if found else None


def attachments(segments: list[list[str]]) -> tuple[Attachment, ...]:
    """PWK segments."""
    return tuple(made for segment in segments if (made := ATTACHMENT.read(segment)))


def optional_provider(node: Node, loop_id: str) -> Provider | None:
    """The provider of a loop inside, if it is there."""
    child = node.child(loop_id)
    return provider(child) if child else None


def provider(node: Node) -> Provider:
    """NM1, PRV, N3, N4, REF and PER of a provider loop."""
    nm1 = node.first("NM1")
    entity = element(nm1, 1)
    return Provider(
        name(nm1),
        element(nm1, 9),
        element(node.first("PRV"), 3),
        tuple(Reference(element(segment, 1), element(segment, 2)) for segment in node.all("REF")),
        entity if entity in _REFERRING else "",
        address(node),
        contact(node.first("PER")),
    )


def facility(node: Node | None) -> ServiceFacility | None:
    """A service facility loop."""
    if node is None:
        return None
    nm1 = node.first("NM1")
    return ServiceFacility(
        element(nm1, 3),
        address(node) or NO_ADDRESS,
        element(nm1, 9),
        references(node, ("0B", "G2", "LU")),
        contact(node.first("PER")),
    )


def other_coverage(node: Node) -> OtherCoverage:
    """Loop 2320 with its 2330 loops."""
    sbr, oi = node.first("SBR"), node.first("OI")
    subscriber, payer = node.child("2330A"), node.child("2330B")
    insured = subscriber.first("NM1") if subscriber else []
    nm1 = payer.first("NM1") if payer else []
    return OtherCoverage(
        payer_responsibility=element(sbr, 1),
        relationship_code=element(sbr, 2),
        subscriber_name=name(insured) if insured else Name("1"),
        member_id=element(insured, 9),
        payer_name=element(nm1, 3),
        payer_id=element(nm1, 9),
        claim_filing_indicator=element(sbr, 9),
        group_number=element(sbr, 3),
        group_name=element(sbr, 4),
        insurance_type_code=element(sbr, 5),
        adjustments=adjustments(node),
        paid_cents=amount(node.first("AMT", "D"), 2),
        non_covered_cents=amount(node.first("AMT", "A8"), 2),
        remaining_patient_liability_cents=amount(node.first("AMT", "EAF"), 2),
        benefits_assignment=element(oi, 3),
        patient_signature_source=element(oi, 4),
        release_of_information=element(oi, 6),
        outpatient_adjudication=outpatient(node.first("MOA")),
        inpatient_adjudication=inpatient(node.first("MIA")),
        member_id_qualifier=element(insured, 8) or "MI",
        subscriber_address=address(subscriber),
        subscriber_social_security_number=reference(subscriber, "SY") if subscriber else "",
        payer_id_qualifier=element(nm1, 8) or "PI",
        payer_address=address(payer),
        adjudication_date=day(payer.first("DTP", "573"), 3) if payer else None,
        payer_secondary_ids=references(payer, ("2U", "EI", "FY", "NF")) if payer else (),
        providers=tuple(_other_provider(child) for child in node.children if child.loop_id > "2330B"),
        **(read_fields(payer, OTHER_PAYER_REFERENCES) if payer else {}),
    )


def _other_provider(node: Node) -> OtherPayerProvider:
    nm1 = node.first("NM1")
    ids = tuple(Reference(element(segment, 1), element(segment, 2)) for segment in node.all("REF"))
    return OtherPayerProvider(element(nm1, 1), element(nm1, 2), ids)


def line_references(node: Node, qualifier: str, component: str) -> tuple[LineReference, ...]:
    """REF segments with ``qualifier``, with the payer of REF04."""
    return tuple(
        LineReference(element(segment, 2), element(segment, 4).partition(component)[2])
        for segment in node.all("REF")
        if element(segment, 1) == qualifier
    )


def drug(node: Node | None, component: str) -> Drug | None:
    """Loop 2410."""
    if node is None:
        return None
    lin, ctp, ref = node.first("LIN"), node.first("CTP"), node.first("REF")
    return Drug(
        element(lin, 3),
        number(ctp, 4) or ZERO,
        element(ctp, 5).split(component)[0],
        element(ref, 2),
        element(ref, 1) or "XZ",
        element(lin, 2),
    )


def conditions(node: Node) -> tuple[Condition, ...]:
    """CRC segments."""
    return tuple(
        Condition(element(segment, 1), element(segment, 2) == "Y", tuple(code for code in segment[3:8] if code))
        for segment in node.all("CRC")
    )
