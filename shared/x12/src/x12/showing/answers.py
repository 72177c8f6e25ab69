"""Attachments and acknowledgements in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from x12.ack_999.loops import GUIDE as ACK
from x12.ack_999.models import SegmentNote
from x12.ack_999.read import response_of
from x12.attachment_275.read import answer_of, document_of, patient_of
from x12.claim_status.segments import read_payer, read_receiver
from x12.elements import element
from x12.guide import Guide
from x12.reading import Frame
from x12.showing.levels import show_levels
from x12.showing.words import Names, person
from x12.ta1.models import InterchangeAcknowledgement
from x12.walking import Node


def show_attachments(guide: Guide) -> Callable[[Frame, Names], Iterator[str]]:
    """Shows 275 sets of guides X314 and X210; documents are named, not shown."""

    def show_set(frame: Frame, names: Names) -> Iterator[str]:
        def answer(node: Node) -> Iterator[str]:
            made = answer_of(node, (), frame.component)
            questions = ", ".join(names.show("loinc", code.status_code) for code in made.questions)
            yield f"  trace {made.trace_number}" + (f", answers {questions}" if questions else ", sent with the claim")

        yield f"275 set {frame.control_number}"
        yield from show_levels(frame, guide, {"275": _submission, "2000A": answer, "2100B": _document})

    return show_set


def _submission(root: Node) -> Iterator[str]:
    patient = patient_of(root.child("1000D"))
    claim = patient.patient_control_number or patient.claim_number or "-"
    submitter, payer = read_receiver(root.child("1000B")), read_payer(root.child("1000A"))
    yield (
        f"  reference {element(root.first('BGN'), 2)}: {person(submitter.name)} to {payer.name}, claim {claim} of "
        f"{person(patient.name)}"
    )


def _document(node: Node) -> Iterator[str]:
    made = document_of(node)
    yield (
        f"    document of {made.submitted}: category {made.category_code}, format {made.format_code}, "
        f"{len(made.content)} octets"
    )


def show_interchange_acknowledgement(each: InterchangeAcknowledgement, names: Names) -> Iterator[str]:
    """A TA1."""
    code = names.show("acknowledgement", each.ack_code)
    yield f"TA1 interchange {each.interchange_control_number:09d}: {code} {each.note_code}"


def show_implementation_acknowledgement(frame: Frame, names: Names) -> Iterator[str]:
    """A 999. What it says of the whole group stands at its end."""
    ends: list[Node] = []

    def response(node: Node) -> Iterator[str]:
        made = response_of(node, frame.component)
        yield f"  {made.transaction_set_id} {made.control_number}: {names.show('acknowledgement', made.ack_code)}"
        for note in made.segment_notes:
            yield from _note(note, names)

    def group(root: Node) -> Iterator[str]:
        ends.append(root)
        yield f"999 on group {element(root.first('AK1'), 2)}"

    yield from show_levels(frame, ACK, {"999": group, "2000": response})
    for root in ends:
        ak9 = root.first("AK9")
        code = names.show("acknowledgement", element(ak9, 1))
        yield f"  in all: {code}, {element(ak9, 4) or '-'} of {element(ak9, 3) or '-'} accepted"


def _note(note: SegmentNote, names: Names) -> Iterator[str]:
    contexts = " ".join(f"{context.name} {context.value}".rstrip() for context in note.contexts)
    place = f"segment {note.position} {note.segment_id} in {note.loop_id or '-'}"
    yield f"    {place}: {names.show('segment-error', note.error_code)} {contexts}".rstrip()
    for at_fault in note.element_notes:
        code = names.show("element-error", at_fault.error_code)
        yield f"      element {at_fault.element_position}: {code} {at_fault.bad_value}".rstrip()
