"""The claim acknowledgement, 277CA 005010X214.

``write(envelope, acknowledgements) -> bytes``, ``read(data) -> Parsed[ClaimAcknowledgement]``.
"""
