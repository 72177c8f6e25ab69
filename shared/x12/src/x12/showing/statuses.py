"""Claim acknowledgements, status requests and responses, and requests for information in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from x12.attachment_request_277.models import InformationRequest, Question
from x12.claim_ack_277ca.models import ClaimAcknowledgement, ProviderStatus
from x12.claim_ack_277ca.models import Status as AckStatus
from x12.claim_status.models import StatusCode
from x12.claim_status_276.models import ClaimInquiry, ClaimStatusRequest
from x12.claim_status_277.models import ClaimStatus, ClaimStatusResponse, Status
from x12.showing.words import Names, dates, money, person


def show_claim_acknowledgement(answer: ClaimAcknowledgement, names: Names) -> Iterator[str]:
    """A 277CA."""
    yield f"277CA set {answer.control_number}"
    for receiver in answer.receivers:
        statuses = _joined(_ack_status(status, names) for status in receiver.statuses)
        yield f"  {receiver.source_name} on batch {receiver.receiver_trace_number}: {statuses}"
        for provider in receiver.providers:
            yield from _provider(provider, names)


def _provider(provider: ProviderStatus, names: Names) -> Iterator[str]:
    yield f"    {person(provider.name)}: {_joined(_ack_status(status, names) for status in provider.statuses)}"
    for claim in provider.claims:
        number = claim.payer_claim_control_number or "-"
        statuses = _joined(_ack_status(status, names) for status in claim.statuses)
        yield f"      claim {claim.patient_control_number} (payer's number {number}): {statuses}"


def _joined(texts: Iterable[str]) -> str:
    return "; ".join(texts) or "-"


def _ack_status(status: AckStatus, names: Names) -> str:
    action = f" {names.show('action', status.action_code)}" if status.action_code else ""
    return f"{_codes(status.codes, names)}{action} {status.text}".rstrip()


def _codes(codes: Iterable[StatusCode], names: Names) -> str:
    return " ".join(_code(code, names) for code in codes)


def _code(code: StatusCode, names: Names) -> str:
    kind = "loinc" if code.code_list == "LOI" else "status"
    parts = (code.category_code, code.status_code, code.entity_code)
    named = (names.name("status-category", parts[0]), names.name(kind, parts[1]), names.name("entity", parts[2]))
    words = ", ".join(filter(None, named))
    return ":".join(filter(None, parts)) + (f" ({words})" if words else "")


def show_status_request(request: ClaimStatusRequest, names: Names) -> Iterator[str]:
    """A 276."""
    yield f"276 set {request.control_number}, reference {request.reference}: {len(request.claims)} claims asked for"
    for receiver in request.receivers:
        yield f"  {person(receiver.receiver.name)} asks {receiver.payer.name}"
        for subscriber in (each for provider in receiver.providers for each in provider.subscribers):
            for claim in subscriber.claims:
                yield _inquiry(claim, person(subscriber.subscriber.name))
            for dependent in subscriber.dependents:
                for claim in dependent.claims:
                    yield _inquiry(claim, person(dependent.dependent.name))


def _inquiry(claim: ClaimInquiry, patient: str) -> str:
    number = claim.patient_control_number or claim.payer_claim_control_number or "-"
    return (
        f"    inquiry {claim.trace_number}: claim {number} of {patient}, {money(claim.charge_cents)}, "
        f"{dates(claim.service_date, claim.service_date_end)}"
    )


def show_status_response(response: ClaimStatusResponse, names: Names) -> Iterator[str]:
    """A 277 of guide X212."""
    yield f"277 set {response.control_number}, reference {response.reference}: {len(response.claims)} claims answered"
    for receiver in response.receivers:
        yield f"  {receiver.payer.name} to {person(receiver.receiver.name)}"
        traces = [receiver.trace, *(provider.trace for provider in receiver.providers)]
        for trace in filter(None, traces):
            yield f"    request {trace.number}: {_joined(_told(status, names) for status in trace.statuses)}"
        for subscriber in (each for provider in receiver.providers for each in provider.subscribers):
            for claim in subscriber.claims:
                yield from _answer(claim, person(subscriber.subscriber.name), names)
            for dependent in subscriber.dependents:
                for claim in dependent.claims:
                    yield from _answer(claim, person(dependent.dependent.name), names)


def _answer(claim: ClaimStatus, patient: str, names: Names) -> Iterator[str]:
    number = claim.patient_control_number or claim.trace_number
    yield f"    claim {number} of {patient} (payer's number {claim.payer_claim_control_number or '-'}): " + _joined(
        _told(status, names) for status in claim.statuses
    )
    for line in claim.lines:
        statuses = _joined(_told(status, names) for status in line.statuses)
        yield f"      {dates(line.service_date)} {names.procedure(line.procedure)}: {statuses}"


def _told(status: Status, names: Names) -> str:
    shown = f"{_codes(status.codes, names)} of {dates(status.effective_date)}"
    if status.charge_cents is not None:
        shown += f", charge {money(status.charge_cents)}, paid {money(status.paid_cents)}"
    return shown + (f", trace {status.trace_number}" if status.trace_number else "")


def show_information_request(request: InformationRequest, names: Names) -> Iterator[str]:
    """A 277 of guides X313 and X213."""
    yield f"277 request for information, set {request.control_number}, reference {request.reference}"
    for receiver in request.receivers:
        yield f"  {receiver.payer.name} asks {person(receiver.receiver.name)}"
        for patient in (each for provider in receiver.providers for each in provider.patients):
            for claim in patient.claims:
                yield (
                    f"    claim {claim.patient_control_number or '-'} of {person(patient.patient.name)}, trace "
                    f"{claim.trace_number}, due {dates(claim.due)}: {_questions(claim.questions, names)}"
                )
                for line in claim.lines:
                    yield f"      {names.procedure(line.procedure)}: {_questions(line.questions, names)}"


def _questions(questions: Iterable[Question], names: Names) -> str:
    return _joined(_codes(question.codes, names) for question in questions)
