"""The institutional claim, 837I 005010X223A2.

``write(envelope, transaction_sets) -> bytes`` (strict; raises `x12.findings.WriteError`),
``read(source) -> Parsed[ClaimTransactionSet]`` (tolerant; never raises),
``stream(source)``: the claims one by one, in constant memory,
``in_hierarchy_order(claims)``: puts claims of one provider, subscriber and patient together,
``check(claim) -> list[Finding]`` (would this claim be written and taken as structure?),
``balance.check(claim) -> list[Finding]``.
"""

from x12.claim_837i import balance
from x12.claim_837i.check import check
from x12.claim_837i.read import read, stream
from x12.claim_837i.write import in_hierarchy_order, write

__all__ = ["balance", "check", "in_hierarchy_order", "read", "stream", "write"]
