"""The HL tree of a transaction set: are its levels numbered, do parents exist, is what HL04 announces there?

HL01 counts from 1, HL02 is the HL01 of the level above, HL04 says whether levels follow below (1) or not (0). Where a
level stands follows from HL03 and the order of segments; HL02 must say the same. (X12.6 5.3.2; appendix B of the TR3s.)
"""

from __future__ import annotations

from x12.findings import Report
from x12.guide import REQUIRED
from x12.plans import Choice, Node

LEVEL = "HL"
_MAX_NUMBER_DIGITS = 12


class Hierarchy:
    """Checks the levels of one transaction set as they open and close."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._next = 1

    def open(self, node: Node) -> None:
        """Check a level's own number and that of the level above."""
        number, parent = _element(node, 1), _element(node, 2)
        counted = int(number) if number.isdecimal() and len(number) <= _MAX_NUMBER_DIGITS else 0
        if counted != self._next:
            self._note(node, 1, f"the level is not number {self._next}", "Number the levels from 1 on.")
        self._next = (counted or self._next) + 1  # one finding for a gap, not one for each level behind it
        above = _above(node)
        if above is not None and parent and parent != _element(above, 1):
            self._note(node, 2, "the number is not that of the level above", "Name the level that this one belongs to.")

    def close(self, node: Node) -> None:
        """Check whether what HL04 announces came, and whether the level was of any use."""
        choices = [choice for choice in node.counts if isinstance(choice, Choice) and choice.plan is not None]
        levels = sum(choice.rule.id == LEVEL for choice in choices)
        announced = _element(node, 4)
        if levels and announced == "0":
            self._note(node, 4, "levels follow below this one", "Send 1, or put the levels elsewhere.")
        elif not levels and announced == "1" and not _needs_level(node):
            self._note(node, 4, "no level follows below this one", "Send 0, or the level that is missing.")
        elif not levels and announced != "1":
            self._claims(node, choices)

    def _claims(self, node: Node, taken: list[Choice]) -> None:
        """A level that is there for its claims holds one, if no level below it does."""
        wanted = [choice for choice in _loops(node) if choice.plan and choice.plan.unit and choice.rule.id != LEVEL]
        if wanted and wanted[0].plan and not set(wanted).intersection(taken):
            self._report.add(
                "IK304-3",
                "a level holds neither a claim nor a further level",
                "Send the claim, or leave the level out.",
                snip=2,
                loop=wanted[0].plan.loop.id,
                segment=wanted[0].rule.id,
                position=node.position,
            )

    def _note(self, node: Node, at: int, message: str, action: str) -> None:
        self._report.add(
            "IK403-7",
            message,
            action,
            loop=node.loop_id,
            segment=LEVEL,
            position=node.position,
            element=f"HL{at:02d}",
            value=_element(node, at),
        )


def is_level(node: Node) -> bool:
    """True for a loop that begins with an HL of its own (not one that was left out)."""
    return node.plan.loop.opener.id == LEVEL and len(node.segments[0]) > 1


def _element(node: Node, at: int) -> str:
    segment = node.segments[0]
    return segment[at] if len(segment) > at else ""


def _above(node: Node) -> Node | None:
    above = node.parent
    while above is not None and above.plan.loop.opener.id != LEVEL:
        above = above.parent
    return above if above is not None and is_level(above) else None


def _loops(node: Node) -> list[Choice]:
    return [choice for choices in node.plan.choices.values() for choice in choices if choice.plan is not None]


def _needs_level(node: Node) -> bool:
    """True if the guide requires a level below, whose absence is a finding already."""
    return any(
        choice.plan is not None and choice.rule.id == LEVEL and choice.plan.loop.usage == REQUIRED
        for choice in _loops(node)
    )
