"""The remittance advice, 835 005010X221A1.

``write(envelope, remittances) -> bytes``, ``read(data) -> Parsed[Remittance]``,
``balance.check(remittance) -> list[Finding]`` (line, claim, transaction with PLB).
"""
