"""A claim payment as its rules see it: the segments as they were read, with what several rules would work out again.

Money is integer cents; an amount that cannot be read is None (the walker has reported it).
"""

from __future__ import annotations

from datetime import date

from x12.checking import parse_date
from x12.parts import Part, Triplet, money, triplets
from x12.rules import Context, text
from x12.walking import Node

REVERSAL = "22"


def dates(segments: list[list[str]]) -> dict[str, date]:
    """The valid dates of DTM segments by their qualifier."""
    return {text(each, 1): day for each in segments if (day := parse_date(text(each, 2)))}


def adjusted(adjustments: list[Triplet]) -> int:
    """The sum of adjustments in cents."""
    return sum(each.amount or 0 for each in adjustments)


class Service(Part):
    """Loop 2110."""

    __slots__ = ("adjustments", "charge", "claim", "days", "paid", "procedure", "svc")

    def __init__(self, node: Node, claim: Payment) -> None:
        super().__init__(node, claim.context)
        self.claim = claim
        self.svc = self.first("SVC")
        self.charge = money(self.svc, 2)
        self.paid = money(self.svc, 3)
        self.procedure = text(self.svc, 1).split(self.context.component)
        self.adjustments = triplets(self.all("CAS"))
        self.days = dates(self.all("DTM"))


class Payment(Part):
    """Loop 2100. ``repeated`` tells that an earlier claim payment of the transaction set has the same CLP and lines,
    ``decided`` that an earlier one, no reversal, is of the same claim."""

    __slots__ = ("adjustments", "charge", "clp", "days", "decided", "number", "paid", "repeated", "services", "status")

    def __init__(self, node: Node, context: Context, repeated: bool = False, decided: bool = False) -> None:
        super().__init__(node, context)
        self.repeated = repeated
        self.decided = decided
        self.clp = self.first("CLP")
        self.number = text(self.clp, 1)
        self.status = text(self.clp, 2)
        self.charge = money(self.clp, 3)
        self.paid = money(self.clp, 4)
        self.adjustments = triplets(self.all("CAS"))
        self.days = dates(self.all("DTM"))
        self.services = [Service(child, self) for child in node.each("2110")]

    @property
    def is_reversal(self) -> bool:
        """CLP02 = 22: every amount negates an earlier posting."""
        return self.status == REVERSAL


class Advice(Part):
    """The transaction set around the claim payments, and what they summed up to."""

    __slots__ = ("bpr", "paid", "payee", "trn")

    def __init__(self, root: Node, context: Context, paid: int) -> None:
        super().__init__(root, context)
        self.paid = paid
        self.bpr = self.first("BPR")
        self.trn = self.first("TRN")
        self.payee = root.child("1000B")


class Group(Part):
    """Loop 2000 when it is over: one LX, how many claims it had and what they charged.

    ``out_of_order`` tells that its number is not above that of the group before it.
    """

    __slots__ = ("charge", "claims", "out_of_order")

    def __init__(self, node: Node, context: Context, claims: int, charge: int, out_of_order: bool = False) -> None:
        super().__init__(node, context)
        self.claims = claims
        self.out_of_order = out_of_order
        self.charge = charge
