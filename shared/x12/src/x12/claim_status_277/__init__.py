"""The claim status response, 277 005010X212.

``write(envelope, responses) -> bytes``, ``read(source) -> Parsed[ClaimStatusResponse]``.
"""

from x12.claim_status_277.read import build, read
from x12.claim_status_277.write import write

__all__ = ["build", "read", "write"]
