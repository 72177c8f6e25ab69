"""The remittance advice, 835 005010X221A1.

``write(envelope, remittances) -> bytes``, ``read(source) -> Parsed[Remittance]``,
``balance.check(remittance) -> list[Finding]`` (line, claim, transaction with PLB).
"""

from x12.remittance_835 import balance
from x12.remittance_835.read import read
from x12.remittance_835.streaming import stream
from x12.remittance_835.write import write

__all__ = ["balance", "read", "stream", "write"]
