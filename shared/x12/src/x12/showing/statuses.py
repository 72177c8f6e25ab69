"""Claim acknowledgements, status requests and responses, and requests for information in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from x12.attachment_request_277.models import Question
from x12.attachment_request_277.read import claim_of as request_of
from x12.claim_ack_277ca.loops import GUIDE as CLAIM_ACK
from x12.claim_ack_277ca.models import Status as AckStatus
from x12.claim_ack_277ca.read import claim_of as acknowledged_of
from x12.claim_ack_277ca.read import provider_of, receiver_of
from x12.claim_status.models import StatusCode
from x12.claim_status.segments import read_dependent, read_payer, read_receiver, read_subscriber
from x12.claim_status_276.loops import GUIDE as STATUS_REQUEST
from x12.claim_status_276.read import claim_of as inquiry_of
from x12.claim_status_277.loops import GUIDE as STATUS_RESPONSE
from x12.claim_status_277.models import Status
from x12.claim_status_277.read import claim_of as answer_of
from x12.claim_status_277.read import trace_of
from x12.elements import element
from x12.guide import Guide
from x12.reading import Frame
from x12.showing.levels import show_levels
from x12.showing.words import Names, dates, money, person
from x12.walking import Node

Show = Callable[[Frame, Names], Iterator[str]]
"""Shows one transaction set, line by line."""


def show_claim_acknowledgement(frame: Frame, names: Names) -> Iterator[str]:
    """A 277CA."""
    component = frame.component

    def receiver(node: Node) -> Iterator[str]:
        made = receiver_of(node, (), component)
        statuses = _joined(_ack_status(status, names) for status in made.statuses)
        yield f"  {made.source_name} on batch {made.receiver_trace_number}: {statuses}"

    def provider(node: Node) -> Iterator[str]:
        made = provider_of(node, (), component)
        yield f"    {person(made.name)}: {_joined(_ack_status(status, names) for status in made.statuses)}"

    def claim(node: Node) -> Iterator[str]:
        made = acknowledged_of(node, component)
        statuses = _joined(_ack_status(status, names) for status in made.statuses)
        number = made.payer_claim_control_number or "-"
        yield f"      claim {made.patient_control_number} (payer's number {number}): {statuses}"

    yield f"277CA set {frame.control_number}"
    yield from show_levels(frame, CLAIM_ACK, {"2000B": receiver, "2000C": provider, "2200D": claim})


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


def show_status_request(frame: Frame, names: Names) -> Iterator[str]:
    """A 276."""

    def receiver(node: Node) -> Iterator[str]:
        yield f"  {person(read_receiver(node.child('2100B')).name)} asks {_payer(node)}"

    def claim(node: Node) -> Iterator[str]:
        made = inquiry_of(node, frame.component)
        number = made.patient_control_number or made.payer_claim_control_number or "-"
        yield (
            f"    inquiry {made.trace_number}: claim {number} of {_patient(node)}, {money(made.charge_cents)}, "
            f"{dates(made.service_date, made.service_date_end)}"
        )

    lines = {"276": _reference, "2000B": receiver, "2200D": claim, "2200E": claim}
    yield f"276 set {frame.control_number}"
    yield from show_levels(frame, STATUS_REQUEST, lines)


def show_status_response(frame: Frame, names: Names) -> Iterator[str]:
    """A 277 of guide X212."""
    component = frame.component

    def receiver(node: Node) -> Iterator[str]:
        yield f"  {_payer(node)} to {person(read_receiver(node.child('2100B')).name)}"
        yield from trace(node.child("2200B"))

    def trace(node: Node | None) -> Iterator[str]:
        if (made := trace_of(node, component)) is not None:
            yield f"    request {made.number}: {_joined(_told(status, names) for status in made.statuses)}"

    def claim(node: Node) -> Iterator[str]:
        made = answer_of(node, component)
        number, payers = made.patient_control_number or made.trace_number, made.payer_claim_control_number or "-"
        statuses = _joined(_told(status, names) for status in made.statuses)
        yield f"    claim {number} of {_patient(node)} (payer's number {payers}): {statuses}"
        for line in made.lines:
            statuses = _joined(_told(status, names) for status in line.statuses)
            yield f"      {dates(line.service_date)} {names.procedure(line.procedure)}: {statuses}"

    lines = {
        "277": _reference, "2000B": receiver, "2000C": lambda node: trace(node.child("2200C")), "2200D": claim,
        "2200E": claim,
    }  # fmt: skip
    yield f"277 set {frame.control_number}"
    yield from show_levels(frame, STATUS_RESPONSE, lines)


def _reference(root: Node) -> Iterator[str]:
    yield f"  reference {element(root.first('BHT'), 3)}"


def _payer(receiver: Node) -> str:
    return read_payer(receiver.parent.child("2100A") if receiver.parent else None).name


def _patient(claim: Node) -> str:
    """The name of the subscriber or dependent above a claim."""
    if claim.parent is None:
        return "-"
    if claim.loop_id == "2200E":
        return person(read_dependent(claim.parent).name)
    return person(read_subscriber(claim.parent).name)


def _told(status: Status, names: Names) -> str:
    shown = f"{_codes(status.codes, names)} of {dates(status.effective_date)}"
    if status.charge_cents is not None:
        shown += f", charge {money(status.charge_cents)}, paid {money(status.paid_cents)}"
    return shown + (f", trace {status.trace_number}" if status.trace_number else "")


def show_information_request(guide: Guide) -> Show:
    """Shows 277 sets of guides X313 and X213."""

    def show_set(frame: Frame, names: Names) -> Iterator[str]:
        def receiver(node: Node) -> Iterator[str]:
            yield f"  {_payer(node)} asks {person(read_receiver(node.child('2100B')).name)}"

        def claim(node: Node) -> Iterator[str]:
            made = request_of(node, frame.component)
            yield (
                f"    claim {made.patient_control_number or '-'} of {_patient(node)}, trace "
                f"{made.trace_number}, due {dates(made.due)}: {_questions(made.questions, names)}"
            )
            for line in made.lines:
                yield f"      {names.procedure(line.procedure)}: {_questions(line.questions, names)}"

        yield f"277 request for information, set {frame.control_number}"
        yield from show_levels(frame, guide, {"277": _reference, "2000B": receiver, "2200D": claim})

    return show_set


def _questions(questions: Iterable[Question], names: Names) -> str:
    return _joined(_codes(question.codes, names) for question in questions)
