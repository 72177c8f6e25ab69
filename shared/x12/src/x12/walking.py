"""Walks the segments of a transaction set along its guide: which loop is it, is it where it belongs, is it complete?

Nodes of the loops that a guide names as units are handed out when they close, with their parents above them but
without being kept there, so that memory does not grow with the file.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from x12.checking import Place, check_elements, holds
from x12.findings import Report
from x12.guide import Guide, Segment
from x12.hierarchy import LEVEL, Hierarchy, is_level
from x12.plans import Choice, Fork, Node, Plan, RightUnit, Unit, paths, plan_of, segment_ids
from x12.shapes import JOINT
from x12.shapes import shape as shape_of
from x12.tokenizing import Piece

__all__ = ["Node", "RightUnit", "Unit", "Walker"]

MAX_INSIDE = 20_000
"""How much of one loop is kept, so that a claim without end takes no memory without end. No guide comes near to it."""


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
        self._hierarchy = Hierarchy(report)

    @property
    def loop_id(self) -> str:
        """The loop that the segment walked last stands in."""
        return self._node.loop_id

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

    def _pass(self, unit: RightUnit) -> RightUnit | None:
        """Place a right unit where one may stand; elsewhere its segments are walked one by one."""
        node: Node | None = self._node
        while node is not None and node.plan.to_unit is None:
            node = node.parent
        if node is None or (choice := node.plan.to_unit) is None:
            for segment in unit.flat():
                self._position += 1
                self._step(segment)
            return None
        unit.plan, unit.parent, unit.position = choice.plan, node, self._position + 1
        self._position += unit.count
        if node is not self._node or node.order != choice.order or choice.limit:
            self._enter(node, choice, unit.flat()[0])
        return unit

    def _step(self, segment: list[str]) -> None:
        node: Node | None = self._node
        id = segment[0]
        while node is not None:
            fork = node.plan.forks.get(id)
            if fork is not None and (choice := fork.choose(segment, self._component)) is not None:
                self._enter(node, choice, segment)
                self._accept(self._open(choice.plan, node) if choice.plan else node, choice.rule, segment)
                if id == LEVEL:
                    self._hierarchy.open(self._node)
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
            message, action = "the loop occurs too often", "Send no more than the guide allows."
            self._report.add(
                "IK304-4", message, action, loop=choice.plan.loop.id, segment=segment[0], position=self._position
            )
        else:
            self._at(node, segment, "IK304-5", "the segment occurs too often", "Send no more than the guide allows.")

    def _open(self, plan: Plan, parent: Node) -> Node:
        node = Node(plan, parent, self._position)
        if not plan.streamed and self._has_room(parent, parent.children, "IK304-4"):
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
        if self._has_room(node, node.segments, "IK304-5"):
            node.segments.append(segment)
            node.positions.append(self._position)

    def _has_room(self, node: Node, kept: list[Any], code: str) -> bool:
        """Whether there are not yet `MAX_INSIDE`; told once of the first that is looked at but not kept."""
        if len(kept) == MAX_INSIDE and not node.full:
            node.full = True
            message = f"a loop holds more than {MAX_INSIDE:,} segments or loops: the others are not kept"
            self._report.add(code, message, "Send less in one loop.", loop=node.loop_id, position=self._position)
        return len(kept) < MAX_INSIDE

    def _close_to(self, ancestor: Node | None) -> None:
        node: Node | None = self._node
        while node is not None and node is not ancestor:
            for choice in node.plan.required:
                if choice not in node.counts:
                    self._missing(node, choice)
            if is_level(node):
                self._hierarchy.close(node)
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
        known = segment[0] in segment_ids(self.guide)
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
        for path, rule in paths(self.guide).get(segment[0], ()):
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


def _shown(choice: Choice) -> str:
    codes = sorted(choice.codes)
    return f"*{'|'.join(codes)}" if 0 < len(codes) <= 4 else ""
