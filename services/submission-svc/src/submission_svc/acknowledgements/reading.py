"""From an acknowledgement file's bytes to its TA1s, 999s and 277CAs. A file may hold several of them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from x12 import ack_999, claim_ack_277ca, ta1
from x12.ack_999.models import ImplementationAcknowledgement
from x12.claim_ack_277ca.models import ClaimAcknowledgement
from x12.ta1.models import InterchangeAcknowledgement

from submission_svc.errors import UnreadableAcknowledgement

ISA_LENGTH = 106
MAX_SEGMENTS = 500_000
"""More would take minutes and gigabytes to read; a file of ours has a few thousand claims at most."""
READ_ASIDE_BYTES = 50_000
"""Larger files are read in a thread, so that the service answers meanwhile."""


@dataclass(frozen=True, slots=True)
class AcknowledgementFile:
    """What a file says, by kind."""

    interchanges: tuple[InterchangeAcknowledgement, ...] = ()
    groups: tuple[ImplementationAcknowledgement, ...] = ()
    claims: tuple[ClaimAcknowledgement, ...] = ()

    @property
    def kinds(self) -> str:
        """The kinds in it, e.g. `TA1,999`."""
        found = (("TA1", self.interchanges), ("999", self.groups), ("277CA", self.claims))
        return ",".join(name for name, parts in found if parts)


def read(data: bytes) -> AcknowledgementFile:
    """Read a file. Raises UnreadableAcknowledgement when it is no X12, or truncated, or holds none of the three kinds.

    A truncated file is refused whole: what it does not say any more could be a rejection.
    """
    start = data.find(b"ISA")
    if start < 0 or data[:start].strip(b"\xef\xbb\xbf \t\r\n") or len(data) < start + ISA_LENGTH:
        raise UnreadableAcknowledgement("acknowledgement.not-x12", "the file does not start with an ISA segment")
    if b"IEA" not in data[start:]:
        raise UnreadableAcknowledgement("acknowledgement.truncated", "the interchange does not end with IEA")
    if b"\x00" in data[start:].rstrip(b"\x00\r\n "):
        raise UnreadableAcknowledgement("acknowledgement.not-x12", "NUL is no character of X12, no database holds it")
    if data.count(data[start + ISA_LENGTH - 1 : start + ISA_LENGTH]) > MAX_SEGMENTS:
        raise UnreadableAcknowledgement("acknowledgement.too-large", f"more than {MAX_SEGMENTS} segments")
    element = data[start + 3 : start + 4]
    found = AcknowledgementFile(
        interchanges=ta1.read(data)[0] if b"TA1" + element in data else (),
        groups=ack_999.read(data).transaction_sets if b"ST" + element + b"999" in data else (),
        claims=claim_ack_277ca.read(data).transaction_sets if b"ST" + element + b"277" in data else (),
    )
    if not found.kinds:
        raise UnreadableAcknowledgement("acknowledgement.kind-unknown", "the file holds no TA1, 999 or 277CA")
    return found


async def read_aside(data: bytes) -> AcknowledgementFile:
    """As `read`, large files in a thread."""
    return await asyncio.to_thread(read, data) if len(data) > READ_ASIDE_BYTES else read(data)
