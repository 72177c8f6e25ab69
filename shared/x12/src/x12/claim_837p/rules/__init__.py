"""Rules of a professional claim above its structure: SNIP types 2 to 6, one table for each kind of part.

``Checker(context)`` looks at one transaction set while it is read: ``unit`` at each claim as its loop closes,
``end`` at what is left. Every finding says where it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from x12.checking import parse_date
from x12.claim_837p.rules import coordination, diagnoses, parties, services, situation
from x12.claim_837p.rules.tables import (
    ADJUDICATIONS,
    CLAIMS,
    COVERAGES,
    LINES,
    PATIENTS,
    PROVIDERS,
    SEGMENTS,
    SETS,
    SUBSCRIBERS,
)
from x12.claim_837p.rules.view import Claim
from x12.findings import Finding
from x12.parts import FreshLevels, Part
from x12.remembering import Seen
from x12.rules import Context, run, run_segments, run_segments_inside, text
from x12.walking import Node

MODULES = (coordination, diagnoses, parties, services, situation)
TABLES = (SEGMENTS, SETS, PROVIDERS, SUBSCRIBERS, PATIENTS, CLAIMS, LINES, COVERAGES, ADJUDICATIONS)
_LEVELS = {"2000A": PROVIDERS, "2000B": SUBSCRIBERS, "2000C": PATIENTS}


class Checker:
    """The rules on one transaction set. ``unit`` must be called with the claims in file order."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self._created: date | None = None
        self._numbers = Seen()
        self._fresh = FreshLevels()

    def unit(self, node: Node) -> Iterator[Finding]:
        """The findings of one claim (loop 2300), and of levels above it that begin with it."""
        if self._created is None:
            self._created = self._made(node)
        yield from self._levels(node)
        claim = Claim(node, self.context, self._created, self._repeats(node))
        number = claim.number
        yield from run_segments_inside(SEGMENTS, node, self.context, number)
        yield from run(CLAIMS.rules, claim, self.context, number)
        for coverage in claim.coverages:
            yield from run(COVERAGES.rules, coverage, self.context, number)
        for line in claim.lines:
            yield from run(LINES.rules, line, self.context, number)
            for adjudication in line.adjudications:
                yield from run(ADJUDICATIONS.rules, adjudication, self.context, number)

    def end(self, root: Node) -> Iterator[Finding]:
        """The findings of what stands above all claims."""
        yield from run(SETS.rules, Part(root, self.context), self.context)
        for node in (root, *root.children):
            yield from run_segments(SEGMENTS, node, self.context)

    def _levels(self, unit: Node) -> Iterator[Finding]:
        for level in self._fresh.above(unit):
            yield from run_segments_inside(SEGMENTS, level, self.context)
            if level.loop_id in _LEVELS:
                yield from run(_LEVELS[level.loop_id].rules, Part(level, self.context), self.context)

    def _made(self, unit: Node) -> date | None:
        """The day on which the claims were made: BHT04, else the file's."""
        root = unit
        while root.parent is not None:
            root = root.parent
        return parse_date(text(root.first("BHT"), 4)) or self.context.created

    def _repeats(self, node: Node) -> bool:
        clm = node.first("CLM")
        return self._numbers.repeats((text(clm, 1), text(clm, 5).rpartition(self.context.component)[2]))
