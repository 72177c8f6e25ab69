"""Would this claim be written, and would a receiver take it as structure? Asked before it is put into a batch."""

from __future__ import annotations

from x12.claim_837.check import HEADER, findings_of
from x12.claim_837p.models import Claim, ClaimTransactionSet
from x12.claim_837p.read import read
from x12.claim_837p.write import write
from x12.findings import Finding


def check(claim: Claim) -> list[Finding]:
    """The findings of writing this one claim and reading it back: SNIP 1 and 2. Empty if it can be sent."""
    return findings_of(write, read, ClaimTransactionSet(claims=(claim,), **HEADER))
