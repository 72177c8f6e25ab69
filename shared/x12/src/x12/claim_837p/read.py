"""Reads 837P transaction sets: sets and the HL tree are in `x12.claim_837`, claims are in `read_claim`."""

from __future__ import annotations

from x12.claim_837.sets import ClaimSets
from x12.claim_837p.loops import GUIDE
from x12.claim_837p.models import Claim, ClaimTransactionSet
from x12.claim_837p.read_claim import read_claim
from x12.envelope import Parsed
from x12.reading import UnitStream
from x12.sourcing import Source

SETS = ClaimSets(GUIDE, read_claim, ClaimTransactionSet)


def read(source: Source) -> Parsed[ClaimTransactionSet]:
    """Every professional claim of a file, with findings. Never raises on content.

    Claims of one level share one `BillingProvider`, `Subscriber`, `Payer` and `Patient` object.
    """
    return SETS.read(source)


def stream(source: Source) -> UnitStream[Claim]:
    """The claims of a file one by one, in memory that does not grow with it; ``findings`` of what was read so far."""
    return SETS.stream(source)
