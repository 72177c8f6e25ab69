"""The sums of a 277CA: what 2200B and 2200C count must be what the claims below say (005010X214, QTY and AMT notes).

They are warnings: a receiver works claim by claim, and a total that is wrong rejects nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from x12.amounts import cents_text
from x12.claim_ack_277ca.models import ClaimAcknowledgement, ClaimStatus, Totals
from x12.claim_ack_277ca.read import batch_totals, claim_of, provider_totals
from x12.findings import Finding, Severity
from x12.plans import Node, Unit


@dataclass(slots=True)
class Sums:
    """Claims and cents (STC04), accepted and rejected. ``complete``: every claim that is counted above is here."""

    accepted: int = 0
    rejected: int = 0
    accepted_cents: int = 0
    rejected_cents: int = 0
    complete: bool = True

    def add(self, claim: ClaimStatus) -> None:
        """Count one claim."""
        cents = claim.statuses[0].amount_cents or 0 if claim.statuses else 0
        if claim.rejected:
            self.rejected += 1
            self.rejected_cents += cents
        else:
            self.accepted += 1
            self.accepted_cents += cents

    def include(self, other: Sums) -> None:
        """Count what stands at a level below. One without claims was answered as a whole."""
        self.accepted += other.accepted
        self.rejected += other.rejected
        self.accepted_cents += other.accepted_cents
        self.rejected_cents += other.rejected_cents
        self.complete = self.complete and other.complete and other.accepted + other.rejected > 0


def check(acknowledgement: ClaimAcknowledgement) -> list[Finding]:
    """Every total that is not the sum of the claims, with SNIP type 3; an empty list if all are."""
    findings: list[Finding] = []
    for receiver in acknowledgement.receivers:
        batch = Sums()
        for provider in receiver.providers:
            of_provider = Sums()
            for claim in provider.claims:
                of_provider.add(claim)
            findings += compare(provider.totals, of_provider, "2200C")
            batch.include(of_provider)
        findings += compare(receiver.totals, batch, "2200B")
    return findings


def compare(totals: Totals, sums: Sums, loop: str) -> Iterator[Finding]:
    """The totals of one level against its claims; nothing where the claims are not all there."""
    if not sums.complete or sums.accepted + sums.rejected == 0:
        return
    for said, found, code, element in (
        (totals.accepted_quantity, sums.accepted, "BAL-ACK-QUANTITY", "QTY02"),
        (totals.rejected_quantity, sums.rejected, "BAL-ACK-QUANTITY", "QTY02"),
        (totals.accepted_cents, sums.accepted_cents, "BAL-ACK-AMOUNT", "AMT02"),
        (totals.rejected_cents, sums.rejected_cents, "BAL-ACK-AMOUNT", "AMT02"),
    ):
        if said is not None and said != found:
            shown = (cents_text(found), cents_text(said)) if element == "AMT02" else (str(found), str(said))
            yield Finding(
                Severity.WARNING,
                code,
                f"the claims come to {shown[0]}, not {shown[1]}",
                "Go by the claims, and ask the sender.",
                snip=3,
                loop=loop,
                segment=element[:3],
                element=element,
            )


class Checker:
    """The same for a set that is read loop by loop."""

    def __init__(self, component: str) -> None:
        self._component = component
        self._provider = Sums()
        self._batch = Sums()

    def unit(self, unit: Unit) -> Iterator[Finding]:
        """What is wrong in the totals of a level that is complete."""
        node = unit.node()
        if node.loop_id == "2200D":
            self._provider.add(claim_of(node, self._component))
        elif node.loop_id == "2000C":
            yield from compare(provider_totals(node), self._provider, "2200C")
            self._batch.include(self._provider)
            self._provider = Sums()
        else:
            yield from compare(batch_totals(node), self._batch, "2200B")
            self._batch = Sums()

    def end(self, root: Node) -> tuple[Finding, ...]:
        """Nothing is counted above the receivers."""
        return ()
