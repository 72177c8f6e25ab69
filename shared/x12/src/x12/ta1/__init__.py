"""The interchange acknowledgement, TA1.

``write(envelope, acknowledgements) -> bytes`` (an interchange without groups),
``read(source) -> tuple[tuple[InterchangeAcknowledgement, ...], tuple[Finding, ...]]``.
"""

from x12.ta1.read import read
from x12.ta1.write import write

__all__ = ["read", "write"]
