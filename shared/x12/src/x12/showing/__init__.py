"""Shows a file in words a person can read, in its own order and while it is read.

Claims and remittances are shown claim by claim, in memory that does not grow with the file. Of the other kinds one
transaction set at a time is kept, because what a provider or payer is told comes before what it is told about.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

from x12 import ack_999, attachment_275, attachment_request_277, claim_ack_277ca, claim_status_276, claim_status_277
from x12.ack_999.loops import GUIDE as ACK
from x12.attachment_275 import loops as attachment
from x12.attachment_request_277 import loops as attachment_request
from x12.claim_837i.loops import GUIDE as INSTITUTIONAL_CLAIM
from x12.claim_837p.loops import GUIDE as PROFESSIONAL_CLAIM
from x12.claim_ack_277ca.loops import GUIDE as CLAIM_ACK
from x12.claim_status_276.loops import GUIDE as STATUS_REQUEST
from x12.claim_status_277.loops import GUIDE as STATUS_RESPONSE
from x12.guide import Guide
from x12.reading import FileReader, Frame
from x12.remittance_835.loops import GUIDE as REMITTANCE
from x12.showing.answers import (
    show_attachments,
    show_implementation_acknowledgement,
    show_interchange_acknowledgement,
)
from x12.showing.claims import show_institutional, show_professional
from x12.showing.remittances import show_remittance
from x12.showing.statuses import (
    show_claim_acknowledgement,
    show_information_request,
    show_status_request,
    show_status_response,
)
from x12.showing.words import Names
from x12.sourcing import Source
from x12.ta1.read import from_segments
from x12.transactions import find
from x12.walking import Node, Walker

__all__ = ["Names", "show"]

T = TypeVar("T")
_Show = Callable[[Frame, Names], Iterator[str]]


def _whole(
    guide: Guide, build: Callable[[Frame, Walker, Iterator[Node]], T], show_model: Callable[[T, Names], Iterator[str]]
) -> tuple[Guide, _Show]:
    """Shows a kind of transaction set from its model."""

    def show_set(frame: Frame, names: Names) -> Iterator[str]:
        walker = frame.walker(guide)
        yield from show_model(build(frame, walker, walker.walk(frame.pieces(guide))), names)

    return guide, show_set


_SHOWN: dict[Guide, _Show] = dict(
    (
        (PROFESSIONAL_CLAIM, show_professional),
        (INSTITUTIONAL_CLAIM, show_institutional),
        (REMITTANCE, show_remittance),
        _whole(CLAIM_ACK, claim_ack_277ca.build, show_claim_acknowledgement),
        _whole(STATUS_REQUEST, claim_status_276.build, show_status_request),
        _whole(STATUS_RESPONSE, claim_status_277.build, show_status_response),
        _whole(attachment_request.GUIDE, attachment_request_277.build, show_information_request),
        _whole(attachment_request.GUIDE_5010, attachment_request_277.build, show_information_request),
        _whole(attachment.GUIDE, attachment_275.build, show_attachments),
        _whole(attachment.GUIDE_5010, attachment_275.build, show_attachments),
        _whole(ACK, ack_999.build, show_implementation_acknowledgement),
    )
)


def show(source: Source, names: Names | None = None) -> Iterator[str]:
    """The lines to print. Never raises on content."""
    words = names or Names()
    file = FileReader(source)
    for frame in file.transaction_sets():
        yield from _interchange_acknowledgements(file, words)
        kind = find(frame.set_id, frame.version)
        if kind is not None:
            yield from _SHOWN[kind.guide](frame, words)
        else:
            yield f"{frame.set_id} {frame.version}: not known here"
        file.report.take()  # what is wrong is told by `x12 validate`
    yield from _interchange_acknowledgements(file, words)


def _interchange_acknowledgements(file: FileReader, names: Names) -> Iterator[str]:
    for each in from_segments(file.interchange_acknowledgements):
        yield from show_interchange_acknowledgement(each, names)
    file.interchange_acknowledgements.clear()
