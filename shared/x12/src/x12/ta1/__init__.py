"""The interchange acknowledgement, TA1.

``write(envelope, acknowledgements) -> bytes`` (an interchange without groups),
``read(data) -> tuple[tuple[InterchangeAcknowledgement, ...], tuple[Finding, ...]]``.
"""
