"""The three balances of an 835: service line, claim, transaction (005010X221A1 1.10.2.1; X12 RFI 2348, 1053).

A positive adjustment lowers the payment. AMT segments are information and never part of a sum.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from x12.amounts import cents_text
from x12.findings import Finding, Severity
from x12.parties import Adjustment
from x12.remittance_835.models import ClaimPayment, Payment, Remittance, ServicePayment


def check(remittance: Remittance) -> list[Finding]:
    """Every balance that does not hold, as findings with SNIP type 3; an empty list if all hold."""
    findings = [finding for claim in remittance.claims for finding in check_claim(claim)]
    paid = sum(claim.paid_cents for claim in remittance.claims)
    withheld = sum(adjustment.amount_cents for adjustment in remittance.provider_adjustments)
    findings += check_payment(remittance.payment, paid, withheld)
    return findings


def duplicate_traces(remittances: Iterable[Remittance]) -> list[Finding]:
    """A finding for every remittance that repeats payer and trace number of an earlier one: do not post it twice."""
    seen: set[tuple[str, str]] = set()
    findings = []
    for remittance in remittances:
        key = (remittance.payment.originator_id, remittance.payment.trace_number)
        if key in seen:
            findings.append(
                _finding("BAL-TRACE", "TRN", "TRN02", "the trace number repeats an earlier remittance", "Post it once.")
            )
        seen.add(key)
    return findings


def _sum(adjustments: Iterable[Adjustment]) -> int:
    return sum(adjustment.amount_cents for adjustment in adjustments)


def check_claim(claim: ClaimPayment) -> Iterator[Finding]:
    """The balances of one claim and its lines."""
    adjusted = _sum(claim.adjustments)
    for service in claim.service_payments:
        of_line = _sum(service.adjustments)
        adjusted += of_line
        if service.charge_cents - of_line != service.paid_cents:
            yield _line_finding(claim, service, of_line)
    if claim.charge_cents - adjusted != claim.paid_cents:
        yield _finding(
            "BAL-CLAIM",
            "CLP",
            "CLP04",
            _differs(claim.charge_cents - adjusted, claim.paid_cents, "charge less all adjustments"),
            "Do not post; ask the payer for a corrected remittance.",
            "2100",
            claim.patient_control_number,
        )
    if claim.service_payments:
        yield from _line_total(claim)


def _line_total(claim: ClaimPayment) -> Iterator[Finding]:
    charges = sum(service.charge_cents for service in claim.service_payments)
    if charges != claim.charge_cents:
        yield _finding(
            "BAL-CHARGE",
            "CLP",
            "CLP03",
            _differs(charges, claim.charge_cents, "the sum of the line charges"),
            "Lines are missing or were split; match them before posting.",
            "2100",
            claim.patient_control_number,
            Severity.WARNING,
        )


def _line_finding(claim: ClaimPayment, service: ServicePayment, adjusted: int) -> Finding:
    return _finding(
        "BAL-LINE",
        "SVC",
        "SVC03",
        _differs(service.charge_cents - adjusted, service.paid_cents, "charge less adjustments"),
        "Do not post; ask the payer for a corrected remittance.",
        "2110",
        claim.patient_control_number,
    )


def check_payment(payment: Payment, paid_cents: int, withheld_cents: int) -> Iterator[Finding]:
    """The balance of a transaction set: the payments of its claims less PLB are BPR02."""
    if paid_cents - withheld_cents != payment.amount_cents:
        yield _finding(
            "BAL-TRANSACTION",
            "BPR",
            "BPR02",
            _differs(paid_cents - withheld_cents, payment.amount_cents, "claim payments less provider adjustments"),
            "Do not post; ask the payer for a corrected remittance.",
        )


def _differs(expected: int, found: int, what: str) -> str:
    return f"{what} is {cents_text(expected)}, not {cents_text(found)}"


def _finding(
    code: str,
    segment: str,
    element: str,
    message: str,
    action: str,
    loop: str = "",
    patient_control_number: str = "",
    severity: Severity = Severity.ERROR,
) -> Finding:
    return Finding(
        severity,
        code,
        message,
        action,
        snip=3,
        loop=loop,
        segment=segment,
        element=element,
        patient_control_number=patient_control_number,
    )
