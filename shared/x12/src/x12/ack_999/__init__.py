"""The implementation acknowledgement, 999 005010X231A1.

``write(envelope, acknowledgements) -> bytes``, ``read(data) -> Parsed[ImplementationAcknowledgement]``,
``acknowledge(data) -> tuple[tuple[InterchangeAcknowledgement, ...], tuple[ImplementationAcknowledgement, ...]]``:
the TA1 and 999 that a receiver of ``data`` would send.
"""
