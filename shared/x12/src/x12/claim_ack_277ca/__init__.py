"""The claim acknowledgement, 277CA 005010X214.

``write(envelope, acknowledgements) -> bytes``, ``read(source) -> Parsed[ClaimAcknowledgement]``,
``balance.check(acknowledgement) -> list[Finding]``.
"""

from x12.claim_ack_277ca import balance
from x12.claim_ack_277ca.read import build, read
from x12.claim_ack_277ca.write import write

__all__ = ["balance", "build", "read", "write"]
