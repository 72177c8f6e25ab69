"""Would this claim be written, and would a receiver take it as structure? Asked before it is put into a batch."""

from __future__ import annotations

from datetime import datetime

from x12.claim_837p.models import Claim, ClaimTransactionSet, Receiver, Submitter
from x12.claim_837p.read import read
from x12.claim_837p.write import write
from x12.envelope import Envelope
from x12.findings import Finding, WriteError
from x12.parties import CommunicationNumber, Contact, Name

_MOMENT = datetime(2000, 1, 1)  # noqa: DTZ001 - X12 carries no zone
_ENVELOPE = Envelope("ZZ", "CHECK", "ZZ", "CHECK", _MOMENT, 1, 1)
_SUBMITTER = Submitter(
    Name.organization("CHECK"), "CHECK", (Contact("CHECK", (CommunicationNumber("TE", "0000000000"),)),)
)
_RECEIVER = Receiver("CHECK", "CHECK")


def check(claim: Claim) -> list[Finding]:
    """The findings of writing this one claim and reading it back: SNIP 1 and 2. Empty if it can be sent."""
    transaction_set = ClaimTransactionSet("0001", "CHECK", _MOMENT, _SUBMITTER, _RECEIVER, (claim,))
    try:
        data = write(_ENVELOPE, (transaction_set,))
    except WriteError as error:
        return [error.finding]
    return list(read(data).findings)
