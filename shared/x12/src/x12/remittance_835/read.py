"""Reads 835 transaction sets into `Remittance` models: tolerant, streaming, never raising."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from x12.envelope import Parsed
from x12.extracting import (
    ZERO,
    add_adjustments,
    address,
    amount,
    contacts,
    day,
    inpatient,
    name,
    number,
    outpatient,
    procedure,
    reference,
    references,
)
from x12.parties import Adjustment, Reference
from x12.reading import Frame, element, read_sets
from x12.remittance_835.loops import GUIDE
from x12.remittance_835.models import (
    Amount,
    BankAccount,
    ClaimGroup,
    ClaimPayment,
    Party,
    Payee,
    Payer,
    Payment,
    ProviderAdjustment,
    ProviderSummary,
    Quantity,
    RemarkCode,
    Remittance,
    ServicePayment,
)
from x12.segments import Source
from x12.walking import Node, Walker

_NO_DATE = date(1, 1, 1)


def read(source: Source) -> Parsed[Remittance]:
    """Every remittance of a file, with findings. Never raises on content; balances are in `balance.check`."""
    return read_sets(source, GUIDE, build)


def build(frame: Frame, walker: Walker, units: Iterator[Node]) -> Remittance:
    """The remittance of one transaction set, from its claims (units) and what stands around them."""
    groups: list[tuple[Node, list[ClaimPayment]]] = []
    component = frame.component
    for unit in units:
        parent = unit.parent or walker.root
        if not groups or groups[-1][0] is not parent:
            groups.append((parent, []))
        groups[-1][1].append(claim_payment(unit, component))
    root = walker.root
    return Remittance(
        control_number=frame.control_number,
        payment=_payment(root),
        payer=_payer(root.child("1000A")),
        payee=_payee(root.child("1000B")),
        claim_groups=tuple(_group(node, claims) for node, claims in groups),
        provider_adjustments=tuple(_provider_adjustments(root, component)),
        currency_code=element(root.first("CUR"), 2),
        receiver_id=reference(root, "EV"),
        version_id=reference(root, "F2"),
        production_date=day(root.first("DTM", "405"), 2),
    )


def _group(node: Node, claims: list[ClaimPayment]) -> ClaimGroup:
    summary = ProviderSummary(tuple(node.first("TS3")[1:]), tuple(node.first("TS2")[1:]))
    return ClaimGroup(element(node.first("LX"), 1), tuple(claims), summary)


def _payment(root: Node) -> Payment:
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


def _payer(node: Node | None) -> Payer:
    if node is None:
        return Payer("", None, ())
    n1 = node.first("N1")
    ids = references(node, ("2U", "EO", "HI", "NF"))
    return Payer(element(n1, 2), address(node), contacts(node), element(n1, 4), ids)


def _payee(node: Node | None) -> Payee:
    if node is None:
        return Payee("", "", "")
    n1 = node.first("N1")
    ids = references(node, ("0B", "D3", "PQ", "TJ"))
    return Payee(element(n1, 2), element(n1, 4), element(n1, 3), address(node), ids)


def claim_payment(node: Node, component: str) -> ClaimPayment:
    """The claim payment of a loop 2100."""
    clp = node.segments[0]
    found = node.by_id().get
    party = {element(segment, 1): _party(segment) for segment in reversed(found("NM1", _NONE))}.get
    dates = _dates(found("DTM", _NONE)).get
    return ClaimPayment(
        element(clp, 1),
        element(clp, 2),
        amount(clp, 3) or 0,
        amount(clp, 4) or 0,
        element(clp, 6),
        element(clp, 7),
        party("QC") or _NOBODY,
        amount(clp, 5),
        element(clp, 8),
        element(clp, 9),
        element(clp, 11),
        number(clp, 12),
        number(clp, 13),
        _adjustments(found("CAS", _NONE)),
        party("IL"),
        party("74"),
        party("82"),
        party("TT"),
        party("PR"),
        party("GB"),
        inpatient(node.first("MIA")) if found("MIA") else None,
        outpatient(node.first("MOA")) if found("MOA") else None,
        tuple([_reference(segment) for segment in found("REF", _NONE)]),
        dates("232"),
        dates("233"),
        dates("036"),
        dates("050"),
        contacts(node) if found("PER") else (),
        tuple([_amount(segment) for segment in found("AMT", _NONE)]),
        tuple([_quantity(segment) for segment in found("QTY", _NONE)]),
        tuple([_service(child, component) for child in node.children]),
    )


_NONE: list[list[str]] = []


def _adjustments(segments: list[list[str]]) -> tuple[Adjustment, ...]:
    made: list[Adjustment] = []
    for segment in segments:
        add_adjustments(segment, made)
    return tuple(made)


def _dates(segments: list[list[str]]) -> dict[str, date | None]:
    return {element(segment, 1): day(segment, 2) for segment in segments}


def _reference(segment: list[str]) -> Reference:
    return Reference(element(segment, 1), element(segment, 2))


def _party(segment: list[str]) -> Party:
    return Party(name(segment), element(segment, 8), element(segment, 9))


_NOBODY = _party(["NM1", "QC", "1"])


def _amount(segment: list[str]) -> Amount:
    return Amount(element(segment, 1), amount(segment, 2) or 0)


def _quantity(segment: list[str]) -> Quantity:
    return Quantity(element(segment, 1), number(segment, 2) or ZERO)


def _service(node: Node, component: str) -> ServicePayment:
    svc = node.segments[0]
    found = node.by_id().get
    submitted = element(svc, 6)
    control_number, references = _set_apart([_reference(segment) for segment in found("REF", _NONE)])
    allowed, amounts = _allowed([_amount(segment) for segment in found("AMT", _NONE)])
    dates = _dates(found("DTM", _NONE))
    return ServicePayment(
        procedure(element(svc, 1), component),
        amount(svc, 2) or 0,
        amount(svc, 3) or 0,
        number(svc, 5),
        procedure(submitted, component) if submitted else None,
        number(svc, 7),
        element(svc, 4),
        dates.get("472") or dates.get("150"),
        dates.get("151"),
        _adjustments(found("CAS", _NONE)),
        control_number,
        references,
        allowed,
        amounts,
        tuple([_quantity(segment) for segment in found("QTY", _NONE)]),
        tuple([RemarkCode(element(segment, 2), element(segment, 1)) for segment in found("LQ", _NONE)]),
    )


def _set_apart(references: list[Reference]) -> tuple[str, tuple[Reference, ...]]:
    """The line item control number, and the other references."""
    number = next((each.value for each in references if each.qualifier == "6R"), "")
    return number, tuple([each for each in references if each.qualifier != "6R"])


def _allowed(amounts: list[Amount]) -> tuple[int | None, tuple[Amount, ...]]:
    """The allowed amount, and the other amounts."""
    allowed = next((each.amount_cents for each in amounts if each.qualifier == "B6"), None)
    return allowed, tuple([each for each in amounts if each.qualifier != "B6"])


def _provider_adjustments(root: Node, component: str) -> Iterator[ProviderAdjustment]:
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
