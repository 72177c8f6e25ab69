"""Reads 835 transaction sets into `Remittance` models: tolerant, streaming, never raising."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from x12.elements import element
from x12.envelope import Parsed
from x12.extracting import (
    address,
    amount,
    contacts,
    day,
    reference,
    references,
)
from x12.reading import Frame, read_each
from x12.remittance_835.loops import GUIDE
from x12.remittance_835.models import (
    BankAccount,
    ClaimGroup,
    ClaimPayment,
    Payee,
    Payer,
    Payment,
    ProviderAdjustment,
    ProviderSummary,
    Remittance,
)
from x12.remittance_835.read_claim import claim_payment
from x12.sourcing import Source
from x12.walking import Node, Walker

_NO_DATE = date(1, 1, 1)


def read(source: Source) -> Parsed[Remittance]:
    """Every remittance of a file, with findings. Never raises on content; balances are in `balance.check`."""
    return read_each(source, GUIDE, build)


def build(frame: Frame, walker: Walker) -> Remittance:
    """The remittance of one transaction set, from its claims (units) and what stands around them."""
    groups: list[tuple[Node | None, list[ClaimPayment]]] = []
    component = frame.component
    for unit in walker.units(frame.pieces(GUIDE)):
        if not groups or groups[-1][0] is not unit.parent:
            groups.append((unit.parent, []))
        groups[-1][1].append(claim_payment(unit.flat(), component))
    root = walker.root
    return Remittance(
        control_number=frame.control_number,
        payment=payment(root),
        payer=payer(root.child("1000A")),
        payee=payee(root.child("1000B")),
        claim_groups=tuple(_group(node or root, claims) for node, claims in groups),
        provider_adjustments=tuple(provider_adjustments(root, component)),
        currency_code=element(root.first("CUR"), 2),
        receiver_id=reference(root, "EV"),
        version_id=reference(root, "F2"),
        production_date=day(root.first("DTM", "405"), 2),
    )


def _group(node: Node, claims: list[ClaimPayment]) -> ClaimGroup:
    summary = ProviderSummary(tuple(node.first("TS3")[1:]), tuple(node.first("TS2")[1:]))
    return ClaimGroup(element(node.first("LX"), 1), tuple(claims), summary)


def payment(root: Node) -> Payment:
    """BPR and TRN."""
    bpr, trn = root.first("BPR"), root.first("TRN")
    return Payment(
        amount_cents=amount(bpr, 2) or 0,
        method_code=element(bpr, 4),
        effective_date=day(bpr, 16) or _NO_DATE,
        trace_number=element(trn, 2),
        originator_id=element(trn, 3),
        handling_code=element(bpr, 1),
        credit_debit=element(bpr, 3),
        format_code=element(bpr, 5),
        sender=BankAccount(*(element(bpr, i) for i in (6, 7, 8, 9))),
        company_id=element(bpr, 10),
        company_supplemental_code=element(bpr, 11),
        receiver=BankAccount(*(element(bpr, i) for i in (12, 13, 14, 15))),
        trace_supplemental_code=element(trn, 4),
    )


def payer(node: Node | None) -> Payer:
    """Loop 1000A."""
    if node is None:
        return Payer("", None, ())
    n1 = node.first("N1")
    ids = references(node, ("2U", "EO", "HI", "NF"))
    return Payer(element(n1, 2), address(node), contacts(node), element(n1, 4), ids)


def payee(node: Node | None) -> Payee:
    """Loop 1000B."""
    if node is None:
        return Payee("", "", "")
    n1 = node.first("N1")
    ids = references(node, ("0B", "D3", "PQ", "TJ"))
    return Payee(element(n1, 2), element(n1, 4), element(n1, 3), address(node), ids)


def provider_adjustments(root: Node, component: str) -> Iterator[ProviderAdjustment]:
    """The pairs of all PLB."""
    for segment in root.all("PLB"):
        for index in range(3, min(len(segment), 15), 2):
            reason, _, rest = segment[index].partition(component)
            if reason or element(segment, index + 1):
                yield ProviderAdjustment(
                    element(segment, 1),
                    day(segment, 2) or _NO_DATE,
                    reason,
                    amount(segment, index + 1) or 0,
                    rest.partition(component)[0],
                )
