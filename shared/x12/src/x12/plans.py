"""Guides made ready for walking, and what walking makes: nodes, which are loops as they occur in a file."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from x12.envelope import Delimiters
from x12.guide import REQUIRED, Guide, Loop, Segment


class Node:
    """One occurrence of a loop: its segments in file order, and the loops in it (except units, which are streamed).

    ``position`` is that of its first segment, ``positions`` those of all its segments, counted from ST = 1; ``full``
    tells that more came than is kept.
    """

    __slots__ = ("children", "counts", "full", "order", "parent", "plan", "position", "positions", "segments")

    def __init__(self, plan: Plan, parent: Node | None, position: int) -> None:
        self.plan = plan
        self.parent = parent
        self.position = position
        self.segments: list[list[str]] = []
        self.positions: list[int] = []
        self.children: list[Node] = []
        self.order = 0
        self.full = False
        self.counts: dict[object, int] = {}

    @property
    def loop_id(self) -> str:
        """The loop's id, ``2300``."""
        return self.plan.loop.id

    def first(self, segment_id: str, qualifier: str = "") -> list[str]:
        """The first segment with this id (and first element), padded; one empty element list if there is none."""
        for segment in self.segments:
            if segment[0] == segment_id and (not qualifier or (len(segment) > 1 and segment[1] == qualifier)):
                return segment
        return []

    def all(self, segment_id: str) -> list[list[str]]:
        """All segments with this id."""
        return [segment for segment in self.segments if segment[0] == segment_id]

    def by_id(self) -> dict[str, list[list[str]]]:
        """The segments by id, in file order."""
        found: dict[str, list[list[str]]] = {}
        for segment in self.segments:
            found.setdefault(segment[0], []).append(segment)
        return found

    def child(self, loop_id: str) -> Node | None:
        """The first loop of this id inside."""
        return next((child for child in self.children if child.plan.loop.id == loop_id), None)

    def each(self, loop_id: str) -> list[Node]:
        """All loops of this id inside."""
        return [child for child in self.children if child.plan.loop.id == loop_id]

    def flat(self) -> list[list[str]]:
        """Its segments and then those of the loops inside it."""
        segments = list(self.segments)
        for child in self.children:
            segments += child.flat()
        return segments

    def text(self, end: str, separator: str) -> str:
        """As `flat`, in one text, each segment with its terminator; behind every id stands a separator."""
        return "".join(
            [f"{separator.join(segment if segment[1:] else (*segment, ''))}{end}" for segment in self.flat()]
        )

    def node(self) -> Node:
        """Itself (see `RightUnit`)."""
        return self


class RightUnit:
    """A unit (loop 2100 of an 835) in which nothing is wrong, and of which nothing was looked at yet.

    The tokenizer finds it by its shape, as one text of segments, each with its terminator; the walker places it.
    """

    __slots__ = ("_text", "count", "delimiters", "parent", "plan", "position")

    def __init__(self, text: str, delimiters: Delimiters) -> None:
        self._text = text
        self.delimiters = delimiters
        self.count = text.count(delimiters.segment)
        self.plan: Plan | None = None
        self.parent: Node | None = None
        self.position = 0

    def flat(self) -> list[list[str]]:
        """Its segments and then those of the loops inside it."""
        separator = self.delimiters.element
        return [line.split(separator) for line in self._text[:-1].split(self.delimiters.segment)]

    def text(self, end: str, separator: str) -> str:
        """As `flat`, in one text, each segment with its terminator."""
        return self._text

    def node(self) -> Node:
        """The same as a node with its inner loops."""
        if self.plan is None:
            raise ValueError("the unit was not placed by a walker")
        node = current = Node(self.plan, self.parent, self.position)
        inner = {plan.loop.opener.id: plan for plan in self.plan.inner}
        for position, segment in enumerate(self.flat(), self.position):
            if (plan := inner.get(segment[0])) is not None:
                current = Node(plan, node, position)
                node.children.append(current)
            current.segments.append(segment)
            current.positions.append(position)
        return node


Unit = Node | RightUnit


class Choice:
    """A way on from a node: a segment of its own, or one that opens ``plan``, a loop inside it."""

    __slots__ = ("codes", "limit", "order", "plan", "qualifier", "rule")

    def __init__(self, rule: Segment, plan: Plan | None) -> None:
        self.rule = rule
        self.plan = plan
        self.order = plan.loop.order if plan else rule.order
        self.limit = plan.loop.repeat if plan else rule.max_use
        self.qualifier = rule.qualifier
        self.codes = rule.qualifier_codes


class Fork:
    """The choices of one segment id at a node: by the code of the qualifying element, or without."""

    __slots__ = ("by_code", "otherwise", "position")

    def __init__(self, choices: list[Choice]) -> None:
        self.position = max(choice.qualifier for choice in choices)
        self.otherwise = next((choice for choice in choices if not choice.qualifier), None)
        self.by_code: dict[str, Choice] = {}
        for choice in choices:
            for code in choice.codes:
                self.by_code.setdefault(code, choice)

    def choose(self, segment: list[str], component: str) -> Choice | None:
        """The choice that fits ``segment``, None if its qualifier is not known here."""
        if not self.position or len(segment) <= self.position:
            return self.otherwise
        value = segment[self.position]
        return self.by_code.get(value) or self.by_code.get(value.partition(component)[0], self.otherwise)


class Plan:
    """A loop made ready for walking."""

    __slots__ = ("choices", "forks", "inner", "loop", "required", "streamed", "to_unit", "unit")

    def __init__(self, loop: Loop, units: frozenset[str]) -> None:
        self.loop = loop
        self.unit: bool = loop.id in units
        self.inner: list[Plan] = [plan_of(nested, units) for nested in loop.loops]
        self.streamed: bool = self.unit or any(plan.streamed for plan in self.inner)
        own = [Choice(rule, None) for rule in loop.segments[1:]]
        loops = [Choice(plan.loop.opener, plan) for plan in self.inner]
        all_choices = own + loops
        self.to_unit = next((choice for choice in loops if choice.plan and choice.plan.unit), None)
        self.choices: dict[str, list[Choice]] = {}
        for choice in all_choices:
            self.choices.setdefault(choice.rule.id, []).append(choice)
        self.forks = {id: Fork(choices) for id, choices in self.choices.items()}
        self.required = [choice for choice in all_choices if _is_required(choice)]


def _is_required(choice: Choice) -> bool:
    return (choice.plan.loop.usage if choice.plan else choice.rule.usage) == REQUIRED


@cache
def plan_of(loop: Loop, units: frozenset[str]) -> Plan:
    """The plan of a loop; made once."""
    return Plan(loop, units)


@cache
def paths(guide: Guide) -> dict[str, list[tuple[tuple[Plan, ...], Segment]]]:
    """For every segment id that belongs to one loop only, or opens one: the way down to it."""
    found: dict[str, list[tuple[tuple[Plan, ...], Segment]]] = {}

    def visit(path: tuple[Plan, ...]) -> None:
        plan = path[-1]
        for rule in plan.loop.segments:
            found.setdefault(rule.id, []).append((path, rule))
        for nested in plan.loop.loops:
            visit((*path, plan_of(nested, guide.units)))

    visit((plan_of(guide.root, guide.units),))
    return {id: ways for id, ways in found.items() if _in_one_loop(ways) or all(_opens(*way) for way in ways)}


def _in_one_loop(ways: list[tuple[tuple[Plan, ...], Segment]]) -> bool:
    return len({id(path[-1].loop) for path, _ in ways}) == 1


def _opens(path: tuple[Plan, ...], rule: Segment) -> bool:
    return path[-1].loop.opener is rule


@cache
def segment_ids(guide: Guide) -> frozenset[str]:
    """Every segment id of the guide."""

    def visit(loop: Loop) -> Iterator[str]:
        yield from (rule.id for rule in loop.segments)
        for nested in loop.loops:
            yield from visit(nested)

    return frozenset(visit(guide.root))
