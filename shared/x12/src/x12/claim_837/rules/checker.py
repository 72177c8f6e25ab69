"""Runs the rules of a kind of claim on a transaction set while it is read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from x12.checking import parse_date
from x12.claim_837.rules.view import Claim
from x12.findings import Finding
from x12.parts import FreshLevels, Part
from x12.remembering import Seen
from x12.rules import Context, RuleTable, SegmentTable, run, run_segments, run_segments_inside, text
from x12.walking import Node


@dataclass(frozen=True, slots=True)
class Tables:
    """The rules of one kind of claim, one table for each kind of part."""

    segments: SegmentTable
    sets: RuleTable[Part]
    providers: RuleTable[Part]
    subscribers: RuleTable[Part]
    patients: RuleTable[Part]
    claims: RuleTable[Any]
    lines: RuleTable[Any]
    coverages: RuleTable[Any]
    adjudications: RuleTable[Any]

    @property
    def all(self) -> tuple[RuleTable[Any], ...]:
        """Every table."""
        parts = (self.sets, self.providers, self.subscribers, self.patients, self.claims, self.lines, self.coverages)
        return (self.segments, *parts, self.adjudications)


class ClaimChecker:
    """The rules on one transaction set. ``unit`` must be called with the claims in file order."""

    def __init__(
        self, context: Context, tables: Tables, view: Callable[[Node, Context, date | None, bool], Claim]
    ) -> None:
        self.context = context
        self._tables = tables
        self._view = view
        self._levels = {"2000A": tables.providers, "2000B": tables.subscribers, "2000C": tables.patients}
        self._created: date | None = None
        self._numbers = Seen()
        self._fresh = FreshLevels()

    def unit(self, node: Node) -> Iterator[Finding]:
        """The findings of one claim (loop 2300), and of levels above it that begin with it."""
        if self._created is None:
            self._created = self._made(node)
        yield from self._above(node)
        tables, claim = self._tables, self._view(node, self.context, self._created, self._repeats(node))
        number = claim.number
        yield from run_segments_inside(tables.segments, node, self.context, number)
        yield from run(tables.claims.rules, claim, self.context, number)
        for coverage in claim.coverages:
            yield from run(tables.coverages.rules, coverage, self.context, number)
        for line in claim.lines:
            yield from run(tables.lines.rules, line, self.context, number)
            for adjudication in line.adjudications:
                yield from run(tables.adjudications.rules, adjudication, self.context, number)

    def end(self, root: Node) -> Iterator[Finding]:
        """The findings of what stands above all claims."""
        yield from run(self._tables.sets.rules, Part(root, self.context), self.context)
        for node in (root, *root.children):
            yield from run_segments(self._tables.segments, node, self.context)

    def _above(self, unit: Node) -> Iterator[Finding]:
        for level in self._fresh.above(unit):
            yield from run_segments_inside(self._tables.segments, level, self.context)
            if level.loop_id in self._levels:
                yield from run(self._levels[level.loop_id].rules, Part(level, self.context), self.context)

    def _made(self, unit: Node) -> date | None:
        """The day on which the claims were made: BHT04, else the file's."""
        root = unit
        while root.parent is not None:
            root = root.parent
        return parse_date(text(root.first("BHT"), 4)) or self.context.created

    def _repeats(self, node: Node) -> bool:
        clm = node.first("CLM")
        return self._numbers.repeats((text(clm, 1), text(clm, 5).rpartition(self.context.component)[2]))
