"""Reads 837P transaction sets: the HL tree here, claims in `read_claim`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from x12.claim_837p.loops import GUIDE
from x12.claim_837p.models import (
    BillingProvider,
    Claim,
    ClaimTransactionSet,
    Patient,
    PatientDetails,
    Payer,
    PayToPlan,
    Receiver,
    Submitter,
    Subscriber,
)
from x12.claim_837p.read_claim import read_claim
from x12.envelope import Parsed
from x12.extracting import address, contact, contacts, day, name, number, reference, references
from x12.parties import Address, Name, Reference
from x12.reading import NO_TIME, Frame, element, moment, read_sets
from x12.segments import Source
from x12.walking import Node, Walker

_NO_DATE = date(1, 1, 1)
_NO_ADDRESS = Address("", "")


def read(source: Source) -> Parsed[ClaimTransactionSet]:
    """Every professional claim of a file, with findings. Never raises on content.

    Claims of one level share one `BillingProvider`, `Subscriber`, `Payer` and `Patient` object.
    """
    return read_sets(source, GUIDE, build)


def build(frame: Frame, walker: Walker, units: Iterator[Node]) -> ClaimTransactionSet:
    """The transaction set, from its claims (units) and what stands above them."""
    levels = _Levels()
    claims = tuple(_claim(unit, levels, frame.component) for unit in units)
    root = walker.root
    bht = root.first("BHT")
    return ClaimTransactionSet(
        control_number=frame.control_number,
        reference=element(bht, 3),
        created=moment(element(bht, 4), element(bht, 5)) or NO_TIME,
        submitter=_submitter(root.child("1000A")),
        receiver=_receiver(root.child("1000B")),
        claims=claims,
        transaction_type=element(bht, 6),
        purpose_code=element(bht, 2),
    )


class _Levels:
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


def _claim(node: Node, levels: _Levels, component: str) -> Claim:
    levels.move_to(node)
    return read_claim(node, component, levels.provider, levels.subscriber, levels.payer, levels.patient)


def _first(node: Node | None, segment_id: str) -> list[str]:
    return node.first(segment_id) if node else []


def _submitter(node: Node | None) -> Submitter:
    nm1 = _first(node, "NM1")
    return Submitter(name(nm1), element(nm1, 9), contacts(node) if node else ())


def _receiver(node: Node | None) -> Receiver:
    nm1 = _first(node, "NM1")
    return Receiver(element(nm1, 3), element(nm1, 9))


def _billing_provider(node: Node | None) -> BillingProvider:
    inner = node.child("2010AA") if node else None
    if node is None or inner is None:
        return BillingProvider(Name("2"), "", "", _NO_ADDRESS)
    nm1 = inner.first("NM1")
    tax = inner.first("REF", "EI") or inner.first("REF", "SY")
    pay_to = node.child("2010AB")
    return BillingProvider(
        name=name(nm1),
        npi=element(nm1, 9),
        tax_id=element(tax, 2),
        address=address(inner) or _NO_ADDRESS,
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
        address(node) or _NO_ADDRESS,
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
        address=address(inner) or _NO_ADDRESS,
        birth_date=day(dmg, 2) or _NO_DATE,
        sex=element(dmg, 3),
        secondary_id=_secondary_id(inner),
        details=_details(pat, inner),
    )


def _secondary_id(inner: Node | None) -> Reference | None:
    found = references(inner, ("1W", "SY")) if inner else ()
    return found[0] if found else None
