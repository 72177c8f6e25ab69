"""Shows a file in words a person can read, in its own order and while it is read.

Everything is shown claim by claim (document by document), in memory that does not grow with the file.
"""

from __future__ import annotations

from collections.abc import Iterator

from x12.ack_999.loops import GUIDE as ACK
from x12.attachment_275 import loops as attachment
from x12.attachment_request_277 import loops as attachment_request
from x12.claim_837i.loops import GUIDE as INSTITUTIONAL_CLAIM
from x12.claim_837p.loops import GUIDE as PROFESSIONAL_CLAIM
from x12.claim_ack_277ca.loops import GUIDE as CLAIM_ACK
from x12.claim_status_276.loops import GUIDE as STATUS_REQUEST
from x12.claim_status_277.loops import GUIDE as STATUS_RESPONSE
from x12.guide import Guide
from x12.reading import FileReader
from x12.remittance_835.loops import GUIDE as REMITTANCE
from x12.showing.answers import (
    show_attachments,
    show_implementation_acknowledgement,
    show_interchange_acknowledgement,
)
from x12.showing.claims import show_institutional, show_professional
from x12.showing.remittances import show_remittance
from x12.showing.statuses import (
    Show,
    show_claim_acknowledgement,
    show_information_request,
    show_status_request,
    show_status_response,
)
from x12.showing.words import Names
from x12.sourcing import Source
from x12.ta1.read import from_segments
from x12.transactions import find

__all__ = ["Names", "show"]

_SHOWN: dict[Guide, Show] = {
    PROFESSIONAL_CLAIM: show_professional,
    INSTITUTIONAL_CLAIM: show_institutional,
    REMITTANCE: show_remittance,
    CLAIM_ACK: show_claim_acknowledgement,
    STATUS_REQUEST: show_status_request,
    STATUS_RESPONSE: show_status_response,
    attachment_request.GUIDE: show_information_request(attachment_request.GUIDE),
    attachment_request.GUIDE_5010: show_information_request(attachment_request.GUIDE_5010),
    attachment.GUIDE: show_attachments(attachment.GUIDE),
    attachment.GUIDE_5010: show_attachments(attachment.GUIDE_5010),
    ACK: show_implementation_acknowledgement,
}


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
