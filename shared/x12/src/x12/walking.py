"""Walks the segments of a transaction set along its guide: which loop is it, is it where it belongs, is it complete?

Nodes of the loops that a guide names as units are handed out when they close, with their parents above them but
without being kept there, so that memory does not grow with the file.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache

from x12.checking import Place, check_elements, holds
from x12.findings import Report
from x12.guide import REQUIRED, Guide, Loop, Segment
from x12.shapes import JOINT
from x12.shapes import shape as shape_of
from x12.tokenizing import Piece, Run


class Node:
    """One occurrence of a loop: its segments in file order, and the loops in it (except units, which are streamed).

    ``position`` is that of its first segment, ``positions`` those of all its segments, counted from ST = 1.
    """

    __slots__ = ("children", "counts", "order", "parent", "plan", "position", "positions", "segments")

    def __init__(self, plan: Plan, parent: Node | None, position: int) -> None:
        self.plan = plan
        self.parent = parent
        self.position = position
        self.segments: list[list[str]] = []
        self.positions: list[int] = []
        self.children: list[Node] = []
        self.order = 0
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
    """A unit in which nothing is wrong, and of which nothing was looked at yet."""

    __slots__ = ("_plan", "_run", "parent", "position")

    def __init__(self, plan: Plan, parent: Node, position: int, run: Run) -> None:
        self._plan = plan
        self._run = run
        self.parent = parent
        self.position = position

    def flat(self) -> list[list[str]]:
        """Its segments and then those of the loops inside it."""
        return self._run.segments

    def text(self, end: str, separator: str) -> str:
        """As `flat`, in one text, each segment with its terminator."""
        return self._run.text

    def node(self) -> Node:
        """The same as a node with its inner loops."""
        node = current = Node(self._plan, self.parent, self.position)
        inner = {plan.loop.opener.id: plan for plan in self._plan.inner}
        for position, segment in enumerate(self._run.segments, self.position):
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
def _paths(guide: Guide) -> dict[str, list[tuple[tuple[Plan, ...], Segment]]]:
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


class Walker:
    """Walks one transaction set. After `walk` is exhausted, ``root`` holds what is not in a unit."""

    def __init__(self, guide: Guide, report: Report, component: str, repetition: str) -> None:
        self.root = Node(plan_of(guide.root, guide.units), None, 1)
        self.guide = guide
        self._report = report
        self._component = component
        self._repetition = repetition
        self._shapes: dict[Segment, Callable[[str], re.Match[str] | None]] = {}
        self._place = Place(report, component, repetition)
        self._node = self.root
        self._position = 0
        self._closed: list[Node] = []

    def walk(self, pieces: Iterable[Piece]) -> Iterator[Node]:
        """Hand out the unit nodes as they close. The first segment is ST."""
        for unit in self.units(pieces):
            yield unit.node()

    def units(self, pieces: Iterable[Piece]) -> Iterator[Unit]:
        """Hand out the units as they close; right ones (see `x12.tokenizing`) as they are. The first segment is ST."""
        closed = self._closed
        for piece in pieces:
            unit = None
            if not isinstance(piece, list):
                unit = self._pass(piece)
            elif self._position:
                self._position += 1
                self._step(piece)
            else:
                self._position = 1
                self._accept(self.root, self.root.plan.loop.opener, piece)
            if closed:
                yield from closed
                closed.clear()
            if unit is not None:
                yield unit
        self._close_to(None)
        yield from closed

    def _pass(self, run: Run) -> RightUnit | None:
        """A right unit where one may stand; elsewhere its segments are walked one by one."""
        node: Node | None = self._node
        while node is not None and node.plan.to_unit is None:
            node = node.parent
        if node is None or (choice := node.plan.to_unit) is None or choice.plan is None:
            for segment in run.segments:
                self._position += 1
                self._step(segment)
            return None
        first = self._position + 1
        self._position += run.count
        if node is not self._node or node.order != choice.order or choice.limit:
            self._enter(node, choice, run.segments[0])
        return RightUnit(choice.plan, node, first, run)

    def _step(self, segment: list[str]) -> None:
        node: Node | None = self._node
        id = segment[0]
        while node is not None:
            fork = node.plan.forks.get(id)
            if fork is not None and (choice := fork.choose(segment, self._component)) is not None:
                self._enter(node, choice, segment)
                self._accept(self._open(choice.plan, node) if choice.plan else node, choice.rule, segment)
                return
            node = node.parent
        self._stray(segment)

    def _enter(self, node: Node, choice: Choice, segment: list[str]) -> None:
        """Go to ``node`` and note that ``choice`` was taken there."""
        if node is not self._node:
            self._close_to(node)
        if choice.order < node.order:
            self._at(node, segment, "IK304-7", "the segment is out of sequence", "Put it in the guide's order.")
        else:
            node.order = choice.order
        count = node.counts.get(choice, 0) + 1
        node.counts[choice] = count
        if choice.limit and count > choice.limit:
            self._excess(node, choice, segment)

    def _excess(self, node: Node, choice: Choice, segment: list[str]) -> None:
        if choice.plan is not None:
            self._at(node, segment, "IK304-4", "the loop occurs too often", "Send no more than the guide allows.")
        else:
            self._at(node, segment, "IK304-5", "the segment occurs too often", "Send no more than the guide allows.")

    def _open(self, plan: Plan, parent: Node) -> Node:
        node = Node(plan, parent, self._position)
        if not plan.streamed:
            parent.children.append(node)
        self._node = node
        return node

    def _accept(self, node: Node, rule: Segment, segment: list[str]) -> None:
        self._keep(node, segment)
        shape = self._shapes.get(rule)
        if shape is None:
            shape = self._shapes[rule] = shape_of(rule, self._component, self._repetition).fullmatch
        if shape(JOINT.join(segment)) is None or (rule.syntax and not holds(rule, segment)):
            self._place.loop = node.plan.loop.id
            self._place.position = self._position
            check_elements(rule, segment, self._place)

    def _keep(self, node: Node, segment: list[str]) -> None:
        node.segments.append(segment)
        node.positions.append(self._position)

    def _close_to(self, ancestor: Node | None) -> None:
        node: Node | None = self._node
        while node is not None and node is not ancestor:
            for choice in node.plan.required:
                if choice not in node.counts:
                    self._missing(node, choice)
            if node.plan.unit:
                self._closed.append(node)
            node = node.parent
        self._node = node or self.root

    def _missing(self, node: Node, choice: Choice) -> None:
        loop = choice.plan.loop.id if choice.plan else node.plan.loop.id
        code = "IK304-3"
        self._report.add(
            code,
            f"required segment {choice.rule.id}{_shown(choice)} is missing",
            "Send the segment.",
            snip=2,
            loop=loop,
            segment=choice.rule.id,
            position=node.position,
        )

    def _at(self, node: Node, segment: list[str], code: str, message: str, action: str, snip: int = 1) -> None:
        self._report.add(
            code, message, action, snip=snip, loop=node.plan.loop.id, segment=segment[0], position=self._position
        )

    def _stray(self, segment: list[str]) -> None:
        """A segment that nothing on the way up expects: open what was left out, or keep it where its id fits."""
        if self._imply(segment):
            return
        node: Node | None = self._node
        while node is not None:
            choices = node.plan.choices.get(segment[0])
            if choices is not None and any(choice.plan is None for choice in choices):
                self._unknown_qualifier(node, choices[0], segment)
                return
            node = node.parent
        known = segment[0] in _ids(self.guide)
        code, message = (
            ("IK304-2", "the segment is not expected here")
            if known
            else ("IK304-1", "the segment id is not known in this transaction")
        )
        self._at(self._node, segment, code, message, "Remove it or put it in its loop.")

    def _unknown_qualifier(self, node: Node, choice: Choice, segment: list[str]) -> None:
        self._keep(node, segment)
        at = choice.qualifier
        self._report.add(
            "IK403-7",
            "the qualifier is not one of this loop's",
            "Use a qualifier of the guide.",
            snip=2,
            loop=node.plan.loop.id,
            segment=segment[0],
            position=self._position,
            element=f"{segment[0]}{at:02d}",
            value=segment[at] if len(segment) > at else "",
        )

    def _imply(self, segment: list[str]) -> bool:
        """Open loops whose first segment was left out (CLP without LX, SV1 without LX)."""
        for path, rule in _paths(self.guide).get(segment[0], ()):
            node = self._deepest(path)
            choice = Choice(rule, None)
            if node is None or Fork([choice]).choose(segment, self._component) is None:
                continue
            missing = path[path.index(node.plan) + 1 :]
            self._close_to(node)
            for plan in missing:
                self._note_opened(node, plan)
                node = self._open(plan, node)
                if plan.loop.opener is not rule:
                    self._keep(node, [plan.loop.opener.id])
                    self._missing(node, Choice(plan.loop.opener, None))
            node.counts[next((c for c in node.plan.choices.get(rule.id, ()) if c.rule is rule), choice)] = 1
            self._accept(node, rule, segment)
            return True
        return False

    def _note_opened(self, node: Node, plan: Plan) -> None:
        for choice in node.plan.choices.get(plan.loop.opener.id, ()):
            if choice.plan is plan:
                node.counts[choice] = node.counts.get(choice, 0) + 1

    def _deepest(self, path: tuple[Plan, ...]) -> Node | None:
        node: Node | None = self._node
        while node is not None:
            if node.plan in path[:-1]:
                return node
            node = node.parent
        return None


@cache
def _ids(guide: Guide) -> frozenset[str]:
    def visit(loop: Loop) -> Iterator[str]:
        yield from (rule.id for rule in loop.segments)
        for nested in loop.loops:
            yield from visit(nested)

    return frozenset(visit(guide.root))


def _shown(choice: Choice) -> str:
    codes = sorted(choice.codes)
    return f"*{'|'.join(codes)}" if 0 < len(codes) <= 4 else ""
