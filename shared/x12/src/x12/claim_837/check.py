"""Would a claim be written, and would a receiver take it as structure? Asked before it is put into a batch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar

from x12.claim_837.models import Receiver, Submitter
from x12.envelope import Envelope, Parsed
from x12.findings import Finding, WriteError
from x12.parties import CommunicationNumber, Contact, Name
from x12.sourcing import Source

_MOMENT = datetime(2000, 1, 1)  # noqa: DTZ001 - X12 carries no zone
_ENVELOPE = Envelope("ZZ", "CHECK", "ZZ", "CHECK", _MOMENT, 1, 1)
_SUBMITTER = Submitter(
    Name.organization("CHECK"), "CHECK", (Contact("CHECK", (CommunicationNumber("TE", "0000000000"),)),)
)
HEADER: dict[str, Any] = {
    "control_number": "0001",
    "reference": "CHECK",
    "created": _MOMENT,
    "submitter": _SUBMITTER,
    "receiver": Receiver("CHECK", "CHECK"),
}
"""The fields of a claim transaction set that surround the claim which is asked about."""

S = TypeVar("S")


def findings_of(
    write: Callable[[Envelope, Sequence[S]], bytes], read: Callable[[Source], Parsed[S]], transaction_set: S
) -> list[Finding]:
    """The findings of writing a set and reading it back: SNIP 1 and 2. Empty if it can be sent."""
    try:
        data = write(_ENVELOPE, (transaction_set,))
    except WriteError as error:
        return [error.finding]
    return list(read(data).findings)
