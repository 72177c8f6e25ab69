"""Attachments and acknowledgements in words."""

from __future__ import annotations

from collections.abc import Iterator

from x12.ack_999.models import ImplementationAcknowledgement, SegmentNote
from x12.attachment_275.models import AttachmentSubmission
from x12.showing.words import Names, person
from x12.ta1.models import InterchangeAcknowledgement


def show_attachments(each: AttachmentSubmission, names: Names) -> Iterator[str]:
    """A 275; documents are named, not shown."""
    claim = each.patient.patient_control_number or each.patient.claim_number or "-"
    yield (
        f"275 set {each.control_number}, reference {each.reference}: {person(each.submitter.name)} to "
        f"{each.payer.name}, claim {claim} of {person(each.patient.name)}"
    )
    for answer in each.answers:
        questions = ", ".join(names.show("loinc", code.status_code) for code in answer.questions)
        yield f"  trace {answer.trace_number}" + (f", answers {questions}" if questions else ", sent with the claim")
        for document in answer.documents:
            yield (
                f"    document of {document.submitted}: category {document.category_code}, format "
                f"{document.format_code}, {len(document.content)} octets"
            )


def show_interchange_acknowledgement(each: InterchangeAcknowledgement, names: Names) -> Iterator[str]:
    """A TA1."""
    code = names.show("acknowledgement", each.ack_code)
    yield f"TA1 interchange {each.interchange_control_number:09d}: {code} {each.note_code}"


def show_implementation_acknowledgement(each: ImplementationAcknowledgement, names: Names) -> Iterator[str]:
    """A 999."""
    yield (
        f"999 on group {each.group_control_number}: {names.show('acknowledgement', each.ack_code)}, "
        f"{each.accepted_count} of {each.received_count} accepted"
    )
    for response in each.responses:
        code = names.show("acknowledgement", response.ack_code)
        yield f"  {response.transaction_set_id} {response.control_number}: {code}"
        for note in response.segment_notes:
            yield from _note(note, names)


def _note(note: SegmentNote, names: Names) -> Iterator[str]:
    contexts = " ".join(f"{context.name} {context.value}".rstrip() for context in note.contexts)
    place = f"segment {note.position} {note.segment_id} in {note.loop_id or '-'}"
    yield f"    {place}: {names.show('segment-error', note.error_code)} {contexts}".rstrip()
    for element in note.element_notes:
        code = names.show("element-error", element.error_code)
        yield f"      element {element.element_position}: {code} {element.bad_value}".rstrip()
