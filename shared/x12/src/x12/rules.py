"""What a rule is: a pure function over a part of a transaction set, with all that a reader of its finding needs.

Rules look above the structure that the walker checks: sums (``BAL-``, SNIP 3), situations (``SIT-``, SNIP 4), codes
and identifiers (``COD-``, SNIP 5), services (``SRV-``, SNIP 6), and what a guide says beside its tables (``REQ-``,
SNIP 2). Each transaction has its rules in tables, one table for each kind of part that a rule can look at.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any, Generic, NamedTuple, TypeVar

from x12.code_sets import NO_CODE_SETS, CodeSets
from x12.findings import MAX_VALUE, Finding, Severity
from x12.remembering import Seen
from x12.shapes import JOINT
from x12.walking import Node

T = TypeVar("T")
SNIP = {"REQ": 2, "BAL": 3, "SIT": 4, "COD": 5, "SRV": 6}
"""The SNIP type of a rule by the beginning of its code."""


class At(NamedTuple):
    """Where a rule is broken. ``segment`` is one of ``node``'s, or the id of one that is not there.

    ``element`` and ``component`` count from 1, 0 for the whole. ``detail`` adds numbers to the rule's message.
    """

    node: Node
    segment: list[str] | str
    element: int = 0
    component: int = 0
    detail: str = ""


Check = Callable[[T], Iterable[At]]


@dataclass(frozen=True, slots=True)
class Rule(Generic[T]):
    """A rule as data: its name, what is wrong, what to do, where it comes from, and the check."""

    code: str
    severity: Severity
    message: str
    action: str
    source: str
    check: Check[T]

    @property
    def snip(self) -> int:
        """The SNIP type, 2 to 6."""
        return SNIP[self.code[:3]]


class RuleTable(Generic[T]):
    """The rules for one kind of part, filled by decorating their check functions."""

    def __init__(self, part: str, included: RuleTable[Any] | None = None) -> None:
        self.part = part
        self.rules: list[Rule[T]] = list(included.rules) if included is not None else []

    def error(self, code: str, message: str, *, do: str, source: str) -> Callable[[Check[T]], Check[T]]:
        """Register a check for whose findings a receiver may refuse the file."""
        return self._register(Severity.ERROR, code, message, do, source)

    def warning(self, code: str, message: str, *, do: str, source: str) -> Callable[[Check[T]], Check[T]]:
        """Register a check whose findings are worth a look."""
        return self._register(Severity.WARNING, code, message, do, source)

    def _register(
        self, severity: Severity, code: str, message: str, do: str, source: str
    ) -> Callable[[Check[T]], Check[T]]:
        def register(check: Check[T]) -> Check[T]:
            check.__doc__ = message
            self.rules.append(Rule(code, severity, message, do, source, check))
            return check

        return register


class SegmentTable(RuleTable["Spot"]):
    """Rules for every segment of some id, wherever it stands."""

    def __init__(self, included: SegmentTable | None = None) -> None:
        super().__init__("segment", included)
        self.by_id: dict[str, list[Rule[Spot]]] = {}
        self.of_form: list[Rule[Spot]] = []
        """Rules for segments of any id with `_suspect` characters; the others need not be looked at."""
        if included is not None:
            self.of_form += included.of_form
            self.by_id = {segment_id: list(rules) for segment_id, rules in included.by_id.items()}

    def on(self, *segment_ids: str) -> Callable[[Check[Spot]], Check[Spot]]:
        """Run the rule registered last on these segments; written above its registration."""

        def bind(check: Check[Spot]) -> Check[Spot]:
            rule = next(rule for rule in reversed(self.rules) if rule.check is check)
            for segment_id in segment_ids:
                self.by_id.setdefault(segment_id, []).append(rule)
            return check

        return bind

    def on_form(self, check: Check[Spot]) -> Check[Spot]:
        """Run the rule registered last on every segment with blanks or separators at an end, or odd characters."""
        self.of_form += [rule for rule in self.rules if rule.check is check]
        return check


@cache
def _suspect(component: str) -> re.Pattern[str]:
    """What may be at fault in the form of a segment's text (elements joined by `JOINT`)."""
    ends = f"[ {re.escape(component)}]"
    return re.compile(rf"[^\x00-\x7f]|{ends}{JOINT}|{ends}$|{JOINT}$")


@dataclass(slots=True)
class FileMemory:
    """What is known across the transaction sets of one file: payers' trace numbers seen so far."""

    traces: Seen = field(default_factory=Seen)


@dataclass(frozen=True, slots=True)
class Context:
    """What a rule may know besides the transaction set.

    ``created`` is the date of the file (GS04, else ISA09), None if it has none. No rule knows today's date, so the
    same file has the same findings on any day. ``group_version`` is GS08, ``version`` ST03 (or GS08 where empty).
    """

    component: str = ":"
    created: date | None = None
    version: str = ""
    group_version: str = ""
    codes: CodeSets = NO_CODE_SETS
    memory: FileMemory = field(default_factory=FileMemory)


class Spot:
    """One segment with where it stands: what a rule of a `SegmentTable` looks at."""

    __slots__ = ("context", "node", "segment")

    def __init__(self, node: Node, segment: list[str], context: Context) -> None:
        self.node = node
        self.segment = segment
        self.context = context

    def at(self, element: int = 0, component: int = 0, detail: str = "") -> At:
        """A place in this segment."""
        return At(self.node, self.segment, element, component, detail)

    def __getitem__(self, index: int) -> str:
        return self.segment[index] if index < len(self.segment) else ""

    def parts(self, index: int) -> list[str]:
        """The components of an element."""
        return self[index].split(self.context.component)


def text(segment: list[str], index: int) -> str:
    """The text of an element, ``""`` if the segment is shorter."""
    return segment[index] if index < len(segment) else ""


def first_repeat(values: Sequence[str]) -> int | None:
    """Index of the first value that stood before; empty ones do not count."""
    return next((at for at, each in enumerate(values) if each and each in values[:at]), None)


def behind_gaps(values: Sequence[str]) -> Iterator[int]:
    """Indexes of the values right behind an empty one."""
    return (at for at in range(1, len(values)) if values[at] and not values[at - 1])


def run(rules: Iterable[Rule[T]], part: T, context: Context, patient_control_number: str = "") -> Iterator[Finding]:
    """The findings of ``rules`` on one part, except at segments that are not there: the walker has told of them."""
    for rule in rules:
        for at in rule.check(part):
            if at.segment:
                yield finding(rule, at, context, patient_control_number)


def run_segments(table: SegmentTable, node: Node, context: Context, patient_control_number: str = "") -> list[Finding]:
    """The findings of the segment rules on all segments of a loop."""
    found: list[Finding] = []
    by_id = table.by_id
    suspect = _suspect(context.component).search
    for segment in node.segments:
        if suspect(JOINT.join(segment)):
            found += run(table.of_form, Spot(node, segment, context), context, patient_control_number)
        rules = by_id.get(segment[0])
        if rules is not None:
            found += run(rules, Spot(node, segment, context), context, patient_control_number)
    return found


def run_segments_inside(
    table: SegmentTable, node: Node, context: Context, patient_control_number: str = ""
) -> Iterator[Finding]:
    """The findings of the segment rules on a loop and all loops in it."""
    yield from run_segments(table, node, context, patient_control_number)
    for child in node.children:
        yield from run_segments_inside(table, child, context, patient_control_number)


def finding(rule: Rule[T], at: At, context: Context, patient_control_number: str = "") -> Finding:
    """What ``rule`` found at a place, located."""
    segment_id = at.segment if isinstance(at.segment, str) else at.segment[0]
    element = ""
    if at.element:
        element = f"{segment_id}{at.element:02d}" + (f"-{at.component}" if at.component else "")
    return Finding(
        rule.severity,
        rule.code,
        f"{rule.message}: {at.detail}" if at.detail else rule.message,
        rule.action,
        rule.snip,
        at.node.loop_id if segment_id != "GS" else "",
        segment_id,
        _position(at),
        element,
        _value(at, context.component)[:MAX_VALUE],
        patient_control_number=patient_control_number,
    )


def _position(at: At) -> int:
    """Where the segment stands in the transaction set (ST = 1); a missing one, where its loop begins."""
    node = at.node
    if isinstance(at.segment, str):
        return node.position
    for index, segment in enumerate(node.segments):
        if segment is at.segment:
            return node.positions[index]
    return node.position


def _value(at: At, component: str) -> str:
    if isinstance(at.segment, str) or not at.element:
        return ""
    value = text(at.segment, at.element)
    if not at.component:
        return value
    parts = value.split(component)
    return parts[at.component - 1] if at.component <= len(parts) else ""
