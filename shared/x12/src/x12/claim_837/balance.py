"""The sums of a claim: total, and what other payers decided (005010X222A1 and X223A2 1.4.4; X12 RFI 1053)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from x12.amounts import cents_text
from x12.claim_837.models import OtherCoverage
from x12.findings import Finding, Severity
from x12.parties import Adjustment


class Adjudication(Protocol):
    """What the sums need of a loop 2430."""

    @property
    def payer_id(self) -> str:
        """SVD01."""
        ...

    @property
    def paid_cents(self) -> int:
        """SVD02."""
        ...

    @property
    def adjustments(self) -> tuple[Adjustment, ...]:
        """CAS."""
        ...


class Line(Protocol):
    """What the sums need of a loop 2400."""

    @property
    def charge_cents(self) -> int:
        """SV102 or SV203."""
        ...

    @property
    def adjudications(self) -> Sequence[Adjudication]:
        """Loops 2430."""
        ...


class Balanced(Protocol):
    """What the sums need of a claim of either kind."""

    @property
    def patient_control_number(self) -> str:
        """CLM01."""
        ...

    @property
    def charge_cents(self) -> int:
        """CLM02."""
        ...

    @property
    def service_lines(self) -> Sequence[Line]:
        """Loops 2400."""
        ...

    @property
    def other_coverages(self) -> Sequence[OtherCoverage]:
        """Loops 2320."""
        ...


def check(claim: Balanced) -> list[Finding]:
    """Every sum that does not hold, as findings with SNIP type 3; an empty list if all hold."""
    findings = list(_total(claim))
    for number, line in enumerate(claim.service_lines, 1):
        findings += _line(claim, number, line)
    for coverage in claim.other_coverages:
        findings += _coverage(claim, coverage)
    return findings


def _sum(adjustments: Iterable[Adjustment]) -> int:
    return sum(adjustment.amount_cents for adjustment in adjustments)


def _total(claim: Balanced) -> Iterator[Finding]:
    lines = sum(line.charge_cents for line in claim.service_lines)
    if lines != claim.charge_cents:
        message = f"the service lines sum up to {cents_text(lines)}, not {cents_text(claim.charge_cents)}"
        yield _finding(claim, "BAL-TOTAL", "2300", "CLM", "CLM02", message)


def _line(claim: Balanced, number: int, line: Line) -> Iterator[Finding]:
    """Per payer: line charge = paid + adjustments; the loops 2430 of a payer that split the line count together."""
    by_payer: dict[str, int] = {}
    for adjudication in line.adjudications:
        decided = adjudication.paid_cents + _sum(adjudication.adjustments)
        by_payer[adjudication.payer_id] = by_payer.get(adjudication.payer_id, 0) + decided
    for decided in by_payer.values():
        if decided != line.charge_cents:
            message = (
                f"line {number}: paid and adjusted by the other payer is {cents_text(decided)}, "
                f"the charge is {cents_text(line.charge_cents)}"
            )
            yield _finding(claim, "BAL-COB-LINE", "2430", "SVD", "SVD02", message)


def _coverage(claim: Balanced, coverage: OtherCoverage) -> Iterator[Finding]:
    """Per payer: AMT*D = sum of the lines' paid amounts less the claim's own adjustments.

    Where no line was adjudicated by that payer: claim charge = paid + adjustments.
    """
    if coverage.paid_cents is None:
        return
    decided = [
        adjudication
        for line in claim.service_lines
        for adjudication in line.adjudications
        if adjudication.payer_id == coverage.payer_id
    ]
    adjusted = _sum(coverage.adjustments)
    if decided:
        expected = sum(adjudication.paid_cents for adjudication in decided) - adjusted
    elif coverage.adjustments:
        expected = claim.charge_cents - adjusted
    else:
        return
    if expected != coverage.paid_cents:
        message = f"the other payer's payment comes to {cents_text(expected)}, not {cents_text(coverage.paid_cents)}"
        yield _finding(claim, "BAL-COB-PAID", "2320", "AMT", "AMT02", message)


def _finding(claim: Balanced, code: str, loop: str, segment: str, element: str, message: str) -> Finding:
    return Finding(
        Severity.ERROR,
        code,
        message,
        "Correct the amounts so that they add up.",
        snip=3,
        loop=loop,
        segment=segment,
        element=element,
        patient_control_number=claim.patient_control_number,
    )
