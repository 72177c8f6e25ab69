"""The professional claim, 837P 005010X222A1.

``write(envelope, transaction_sets) -> bytes`` (strict; raises `x12.findings.WriteError`),
``read(source) -> Parsed[ClaimTransactionSet]`` (tolerant; never raises),
``stream(source)``: the claims one by one, in constant memory,
``claims_by_transaction_set(transaction_sets)``: patient control number -> ST02,
``in_hierarchy_order(claims)``: puts claims of one provider, subscriber and patient together,
``check(claim) -> list[Finding]`` (would this claim be written and taken as structure?),
``balance.check(claim) -> list[Finding]``.
"""

from x12.claim_837p import balance
from x12.claim_837p.check import check
from x12.claim_837p.read import read, stream
from x12.claim_837p.write import claims_by_transaction_set, in_hierarchy_order, write

__all__ = ["balance", "check", "claims_by_transaction_set", "in_hierarchy_order", "read", "stream", "write"]
