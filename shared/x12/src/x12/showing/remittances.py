"""Remittances in words."""

from __future__ import annotations

from collections.abc import Iterator

from x12.reading import Frame
from x12.remittance_835.models import ClaimPayment, ServicePayment
from x12.remittance_835.streaming import StreamedRemittance
from x12.showing.words import Names, dates, money, person


def show_remittance(frame: Frame, names: Names) -> Iterator[str]:
    """An 835."""
    remittance = StreamedRemittance(frame)
    payment = remittance.payment
    yield (
        f"835 set {remittance.control_number}: {payment.method_code} {money(payment.amount_cents)} of "
        f"{payment.effective_date}, trace {payment.trace_number}, "
        f"from {remittance.payer.name} to {remittance.payee.name}"
    )
    for claim in remittance.claims():
        yield from _claim(claim.payment, names)
    for each in remittance.provider_adjustments():
        yield f"  provider adjustment {each.reason_code} {each.reference or '-'}: {money(each.amount_cents)}"


def _claim(claim: ClaimPayment, names: Names) -> Iterator[str]:
    yield (
        f"  claim {claim.patient_control_number} (payer's number {claim.payer_claim_control_number}), status "
        f"{names.show('payment-status', claim.status_code)}: charge {money(claim.charge_cents)}, paid "
        f"{money(claim.paid_cents)}, patient {money(claim.patient_responsibility_cents)}"
    )
    yield f"    patient {person(claim.patient.name)}, adjustments {names.adjustments(claim.adjustments)}"
    for line in claim.service_payments:
        yield _line(line, names)


def _line(line: ServicePayment, names: Names) -> str:
    remarks = ", ".join(names.show("remark", remark.code) for remark in line.remark_codes)
    return (
        f"    {dates(line.service_date, line.service_date_end)} {names.procedure(line.procedure)}: charge "
        f"{money(line.charge_cents)}, allowed {money(line.allowed_cents)}, paid {money(line.paid_cents)}, "
        f"adjustments {names.adjustments(line.adjustments)}" + (f", remarks {remarks}" if remarks else "")
    )
