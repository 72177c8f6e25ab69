"""Rules of a remittance advice above its structure: SNIP types 2 to 6, one table for each kind of part.

``Checker(context)`` looks at one transaction set while it is read: ``unit`` at each claim payment as its loop
closes, ``end`` at the payment. Every finding says where it is.
"""

from __future__ import annotations

from collections.abc import Iterator

from x12.findings import Finding
from x12.parts import money
from x12.remembering import Seen
from x12.remittance_835.rules import claims, payment, services
from x12.remittance_835.rules.tables import ADVICES, GROUPS, PAYMENTS, SEGMENTS, SERVICES
from x12.remittance_835.rules.view import Advice, Group, Payment
from x12.rules import Context, run, run_segments, text
from x12.walking import Node

MODULES = (claims, payment, services)
_MAX_GROUP_DIGITS = 6
TABLES = (SEGMENTS, ADVICES, GROUPS, PAYMENTS, SERVICES)


class Checker:
    """The rules on one transaction set. ``unit`` must be called with the claim payments in file order."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self._paid = 0
        self._group: Node | None = None
        self._claims = 0
        self._charge = 0
        self._number: int | None = None
        self._seen = Seen()
        self._decided = Seen()

    def unit(self, node: Node) -> Iterator[Finding]:
        """The findings of one claim payment (loop 2100), and of the group that ended before it."""
        if node.parent is not self._group:
            yield from self._end_group()
            self._group = node.parent
            if node.parent is not None:
                yield from run_segments(SEGMENTS, node.parent, self.context)
        clp = node.first("CLP")
        self._claims += 1
        self._charge += money(clp, 3) or 0
        self._paid += money(clp, 4) or 0
        claim = Payment(node, self.context, self._repeats(node), text(clp, 1) in self._decided)
        self._remember(claim)
        yield from run_segments(SEGMENTS, node, self.context, claim.number)
        yield from run(PAYMENTS.rules, claim, self.context, claim.number)
        for service in claim.services:
            yield from run_segments(SEGMENTS, service.node, self.context, claim.number)
            yield from run(SERVICES.rules, service, self.context, claim.number)

    def end(self, root: Node) -> Iterator[Finding]:
        """The findings of the payment and of what stands around the claims."""
        yield from self._end_group()
        for node in (root, *root.children):
            yield from run_segments(SEGMENTS, node, self.context)
        yield from run(ADVICES.rules, Advice(root, self.context, self._paid), self.context)

    def _end_group(self) -> Iterator[Finding]:
        if self._group is not None and self._group.loop_id == "2000":
            group = Group(self._group, self.context, self._claims, self._charge, self._is_out_of_order(self._group))
            yield from run(GROUPS.rules, group, self.context)
        self._claims = self._charge = 0
        self._group = None

    def _is_out_of_order(self, group: Node) -> bool:
        lx = text(group.first("LX"), 1)
        if not (lx.isascii() and lx.isdigit() and len(lx) <= _MAX_GROUP_DIGITS):
            return False
        before, self._number = self._number, int(lx)
        return before is not None and self._number <= before

    def _remember(self, claim: Payment) -> None:
        if not claim.is_reversal:
            self._decided.repeats(claim.number)

    def _repeats(self, node: Node) -> bool:
        return self._seen.repeats((*node.first("CLP"), *(text(each.first("SVC"), 1) for each in node.children)))
