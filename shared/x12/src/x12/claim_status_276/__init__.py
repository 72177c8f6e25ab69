"""The claim status request, 276 005010X212.

``write(envelope, requests) -> bytes``, ``read(source) -> Parsed[ClaimStatusRequest]``.
"""

from x12.claim_status_276.read import build, read
from x12.claim_status_276.write import write

__all__ = ["build", "read", "write"]
