"""Reads 837I transaction sets: the HL tree is in `x12.claim_837.read`, claims are in `read_claim`."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from x12.claim_837.read import Levels, read_header
from x12.claim_837i.loops import GUIDE
from x12.claim_837i.models import Claim, ClaimTransactionSet
from x12.claim_837i.read_claim import read_claim
from x12.envelope import Parsed
from x12.reading import Frame, UnitStream, read_sets
from x12.segments import Source
from x12.walking import Node, Walker


def read(source: Source) -> Parsed[ClaimTransactionSet]:
    """Every institutional claim of a file, with findings. Never raises on content.

    Claims of one level share one `BillingProvider`, `Subscriber`, `Payer` and `Patient` object.
    """
    return read_sets(source, GUIDE, build)


def build(frame: Frame, walker: Walker, units: Iterator[Node]) -> ClaimTransactionSet:
    """The transaction set, from its claims (units) and what stands above them."""
    levels = Levels()
    claims = tuple(claim_of(unit, levels, frame.component) for unit in units)
    return ClaimTransactionSet(claims=claims, **read_header(frame, walker.root))


def stream(source: Source) -> UnitStream[Claim]:
    """The claims of a file one by one, in memory that does not grow with it; ``findings`` of what was read so far."""

    def begin(frame: Frame) -> Callable[[Node], Claim]:
        levels = Levels()
        return lambda unit: claim_of(unit, levels, frame.component)

    return UnitStream(source, GUIDE, begin)


def claim_of(node: Node, levels: Levels, component: str) -> Claim:
    """The claim of a loop 2300; ``levels`` is moved to what stands above it."""
    levels.move_to(node)
    return read_claim(node, component, levels)
