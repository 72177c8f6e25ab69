"""Shows a file in words a person can read, transaction by transaction in the order of the file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from x12 import ta1
from x12.ack_999.models import ImplementationAcknowledgement
from x12.attachment_275.models import AttachmentSubmission
from x12.attachment_request_277.models import InformationRequest
from x12.claim_837i.models import ClaimTransactionSet as InstitutionalSet
from x12.claim_837p.models import ClaimTransactionSet as ProfessionalSet
from x12.claim_ack_277ca.models import ClaimAcknowledgement
from x12.claim_status_276.models import ClaimStatusRequest
from x12.claim_status_277.models import ClaimStatusResponse
from x12.reading import FileReader
from x12.remittance_835.models import Remittance
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
from x12.transactions import find

__all__ = ["Names", "show"]

_SHOWN: dict[type, Callable[[Any, Names], Iterator[str]]] = {
    ProfessionalSet: show_professional,
    InstitutionalSet: show_institutional,
    Remittance: show_remittance,
    ClaimAcknowledgement: show_claim_acknowledgement,
    ClaimStatusRequest: show_status_request,
    ClaimStatusResponse: show_status_response,
    InformationRequest: show_information_request,
    AttachmentSubmission: show_attachments,
    ImplementationAcknowledgement: show_implementation_acknowledgement,
}


def show(data: bytes, names: Names | None = None) -> Iterator[str]:
    """The lines to print: TA1s first, then each kind of transaction set in the order in which kinds appear."""
    words = names or Names()
    for each in ta1.read(data)[0]:
        yield from show_interchange_acknowledgement(each, words)
    file = FileReader(data)
    kinds = {(frame.set_id, frame.version): find(frame.set_id, frame.version) for frame in file.transaction_sets()}
    readers = dict.fromkeys(kind.read for kind in kinds.values() if kind is not None)
    for read in readers:
        for transaction_set in read(data).transaction_sets:
            yield from _SHOWN[type(transaction_set)](transaction_set, words)
    for (set_id, version), kind in kinds.items():
        if kind is None:
            yield f"{set_id} {version}: not known here"
