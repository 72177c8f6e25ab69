"""The patients below a provider of service (loops 2000D and 2000E) with their claims, for both directions.

276 and 277 differ in what they say of a claim; who it is about stands in both alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Generic

from x12.claim_status.models import C, DependentClaims, SubscriberClaims
from x12.claim_status.segments import read_dependent, read_subscriber, taken, write_dependent, write_subscriber
from x12.segments import SegmentWriter
from x12.walking import Node
from x12.writing import HierarchyWriter


class Patients(Generic[C]):
    """What is open below a provider until its level closes. Levels close from the inside out."""

    def __init__(self, read_claim: Callable[[Node], C]) -> None:
        self._read_claim = read_claim
        self._claims: list[C] = []
        self._dependent_claims: list[C] = []
        self._dependents: list[DependentClaims[C]] = []
        self._subscribers: list[SubscriberClaims[C]] = []

    def close(self, node: Node) -> None:
        """Take over a unit; what was inside it is complete."""
        match node.loop_id:
            case "2200D":
                self._claims.append(self._read_claim(node))
            case "2200E":
                self._dependent_claims.append(self._read_claim(node))
            case "2000E":
                self._dependents.append(DependentClaims(read_dependent(node), taken(self._dependent_claims)))
            case "2000D":
                made = SubscriberClaims(read_subscriber(node), taken(self._claims), taken(self._dependents))
                self._subscribers.append(made)

    def taken(self) -> tuple[SubscriberClaims[C], ...]:
        """The subscribers of the provider that closes now."""
        return taken(self._subscribers)


def write_patients(
    levels: HierarchyWriter,
    parent: int,
    subscribers: Iterable[SubscriberClaims[C]],
    write_claim: Callable[[SegmentWriter, C], None],
) -> None:
    """Levels 22 and 23 below the provider ``parent``."""
    for subscriber in subscribers:
        level = levels.open(parent, "22", "1" if subscriber.dependents else "0")
        write_subscriber(levels.writer, subscriber.subscriber)
        for claim in subscriber.claims:
            write_claim(levels.writer, claim)
        for each in subscriber.dependents:
            levels.open(level, "23")
            write_dependent(levels.writer, each.dependent)
            for claim in each.claims:
                write_claim(levels.writer, claim)
