"""Reads transaction sets of 837P and 837I, which differ in their claims only."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

from x12.claim_837.read import Levels, read_header
from x12.envelope import Parsed
from x12.guide import Guide
from x12.reading import Frame, UnitStream, read_sets
from x12.sourcing import Source
from x12.walking import Node, Walker

C = TypeVar("C")
S = TypeVar("S")


class ClaimSets(Generic[C, S]):
    """The readers of one guide. ``read_claim`` makes the claim of a loop 2300, ``made`` the transaction set."""

    def __init__(self, guide: Guide, read_claim: Callable[[Node, str, Levels], C], made: Callable[..., S]) -> None:
        self.guide = guide
        self._read_claim = read_claim
        self._made = made

    def read(self, source: Source) -> Parsed[S]:
        """Every claim of a file, with findings. Never raises on content."""
        return read_sets(source, self.guide, self._build)

    def stream(self, source: Source) -> UnitStream[C]:
        """The claims of a file one by one, in memory that does not grow with it."""
        return UnitStream(source, self.guide, lambda frame: self.claim_maker(frame.component))

    def claim_maker(self, component: str) -> Callable[[Node], C]:
        """What makes the claims of one transaction set, when it is called with each of them in file order."""
        levels = Levels()

        def make(node: Node) -> C:
            levels.move_to(node)
            return self._read_claim(node, component, levels)

        return make

    def _build(self, frame: Frame, walker: Walker, units: Iterator[Node]) -> S:
        claims = tuple(map(self.claim_maker(frame.component), units))
        return self._made(claims=claims, **read_header(frame, walker.root))
