"""Shows a file in words a person can read. Code lists are not spelled out: their texts belong to others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from x12 import ack_999, claim_837p, claim_ack_277ca, remittance_835, ta1
from x12.ack_999.models import ImplementationAcknowledgement
from x12.amounts import decimal_text
from x12.claim_837p.models import Claim, ClaimTransactionSet
from x12.claim_ack_277ca.models import ClaimAcknowledgement, Status
from x12.parties import Adjustment, Name, Procedure
from x12.remittance_835.models import ClaimPayment, Remittance


def show(data: bytes) -> Iterator[str]:
    """The lines to print: acknowledgements, claims, remittances, in this order."""
    for each in ta1.read(data)[0]:
        yield f"TA1 interchange {each.interchange_control_number:09d}: {each.ack_code} {each.note_code}"
    for acknowledgement in ack_999.read(data).transaction_sets:
        yield from _acknowledgement(acknowledgement)
    for answer in claim_ack_277ca.read(data).transaction_sets:
        yield from _claim_acknowledgement(answer)
    for transaction_set in claim_837p.read(data).transaction_sets:
        yield from _claims(transaction_set)
    for remittance in remittance_835.read(data).transaction_sets:
        yield from _remittance(remittance)


def _money(amount_cents: int | None) -> str:
    if amount_cents is None:
        return "-"
    return f"{'-' if amount_cents < 0 else ''}{abs(amount_cents) // 100}.{abs(amount_cents) % 100:02d}"


def _name(name: Name) -> str:
    given = " ".join(part for part in (name.first, name.middle, name.suffix) if part)
    return f"{name.last}, {given}" if given else name.last


def _dates(start: date | None, end: date | None = None) -> str:
    return f"{start or '-'}" + (f" to {end}" if end else "")


def _procedure(procedure: Procedure) -> str:
    return "-".join((procedure.code, *procedure.modifiers))


def _adjusted(adjustments: Iterable[Adjustment]) -> str:
    return ", ".join(f"{a.group_code}-{a.reason_code} {_money(a.amount_cents)}" for a in adjustments) or "none"


def _claims(transaction_set: ClaimTransactionSet) -> Iterator[str]:
    yield (
        f"837P set {transaction_set.control_number}, reference {transaction_set.reference}, "
        f"from {_name(transaction_set.submitter.name)} to {transaction_set.receiver.name}: "
        f"{len(transaction_set.claims)} claims"
    )
    for claim in transaction_set.claims:
        yield from _claim(claim)


def _claim(claim: Claim) -> Iterator[str]:
    patient = claim.patient.name if claim.patient else claim.subscriber.name
    yield f"  claim {claim.patient_control_number}: {_money(claim.charge_cents)}, frequency {claim.frequency_code}"
    yield f"    patient {_name(patient)}, payer {claim.payer.name} ({claim.subscriber.payer_responsibility})"
    yield f"    billing provider {_name(claim.billing_provider.name)}, NPI {claim.billing_provider.npi or '-'}"
    yield f"    place of service {claim.place_of_service_code}, diagnoses {', '.join(claim.diagnosis_codes)}"
    for number, line in enumerate(claim.service_lines, 1):
        yield (
            f"    line {number}: {_dates(line.service_date, line.service_date_end)} {_procedure(line.procedure)} "
            f"x {decimal_text(line.units)} {line.unit_code}, {_money(line.charge_cents)}, "
            f"diagnosis pointers {', '.join(map(str, line.diagnosis_pointers))}"
        )
        for adjudication in line.adjudications:
            yield (
                f"      payer {adjudication.payer_id} paid {_money(adjudication.paid_cents)}, "
                f"adjustments {_adjusted(adjudication.adjustments)}"
            )


def _remittance(remittance: Remittance) -> Iterator[str]:
    payment = remittance.payment
    yield (
        f"835 set {remittance.control_number}: {payment.method_code} {_money(payment.amount_cents)} of "
        f"{payment.effective_date}, trace {payment.trace_number}, "
        f"from {remittance.payer.name} to {remittance.payee.name}"
    )
    for claim in remittance.claims:
        yield from _claim_payment(claim)
    for each in remittance.provider_adjustments:
        yield f"  provider adjustment {each.reason_code} {each.reference or '-'}: {_money(each.amount_cents)}"


def _claim_payment(claim: ClaimPayment) -> Iterator[str]:
    yield (
        f"  claim {claim.patient_control_number} (payer's number {claim.payer_claim_control_number}), status "
        f"{claim.status_code}: charge {_money(claim.charge_cents)}, paid {_money(claim.paid_cents)}, "
        f"patient {_money(claim.patient_responsibility_cents)}"
    )
    yield f"    patient {_name(claim.patient.name)}, adjustments {_adjusted(claim.adjustments)}"
    for line in claim.service_payments:
        remarks = ", ".join(remark.code for remark in line.remark_codes)
        yield (
            f"    {_dates(line.service_date, line.service_date_end)} {_procedure(line.procedure)}: charge "
            f"{_money(line.charge_cents)}, allowed {_money(line.allowed_cents)}, paid {_money(line.paid_cents)}, "
            f"adjustments {_adjusted(line.adjustments)}" + (f", remarks {remarks}" if remarks else "")
        )


def _status(status: Status) -> str:
    codes = " ".join(":".join(filter(None, (c.category_code, c.status_code, c.entity_code))) for c in status.codes)
    return f"{codes} {status.action_code} {status.text}".rstrip()


def _claim_acknowledgement(answer: ClaimAcknowledgement) -> Iterator[str]:
    yield f"277CA set {answer.control_number}"
    for receiver in answer.receivers:
        yield f"  {receiver.source_name} on batch {receiver.receiver_trace_number}: " + "; ".join(
            map(_status, receiver.statuses)
        )
        for provider in receiver.providers:
            yield f"    {_name(provider.name)}: " + ("; ".join(map(_status, provider.statuses)) or "-")
            for claim in provider.claims:
                number = claim.payer_claim_control_number or "-"
                status = "; ".join(map(_status, claim.statuses))
                yield f"      claim {claim.patient_control_number} (payer's number {number}): {status}"


def _acknowledgement(acknowledgement: ImplementationAcknowledgement) -> Iterator[str]:
    yield (
        f"999 on group {acknowledgement.group_control_number}: {acknowledgement.ack_code}, "
        f"{acknowledgement.accepted_count} of {acknowledgement.received_count} accepted"
    )
    for response in acknowledgement.responses:
        yield f"  {response.transaction_set_id} {response.control_number}: {response.ack_code}"
        for note in response.segment_notes:
            contexts = " ".join(f"{context.name} {context.value}".rstrip() for context in note.contexts)
            place = f"segment {note.position} {note.segment_id} in {note.loop_id or '-'}"
            yield f"    {place}: {note.error_code} {contexts}"
            for element in note.element_notes:
                yield f"      element {element.element_position}: {element.error_code} {element.bad_value}"
