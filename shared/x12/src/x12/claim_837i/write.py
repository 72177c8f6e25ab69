"""Writes 837I transaction sets: the HL tree is in `x12.claim_837.write`, claims are in `write_claim`."""

from __future__ import annotations

from collections.abc import Sequence

from x12.claim_837.write import Tree, in_hierarchy_order
from x12.claim_837i.models import FUNCTIONAL_ID, VERSION, ClaimTransactionSet
from x12.claim_837i.write_claim import write_claim
from x12.envelope import Envelope
from x12.segments import SegmentWriter
from x12.writing import interchange


def write(envelope: Envelope, transaction_sets: Sequence[ClaimTransactionSet]) -> bytes:
    """One interchange with these transaction sets. Raises `x12.findings.WriteError` for what X12 cannot carry.

    Claims keep their order. Neighbours with equal billing provider share a 2000A, with equal subscriber and payer
    a 2000B, with equal patient a 2000C, up to 100 claims each; `in_hierarchy_order` puts such claims together.
    """
    writer = SegmentWriter(envelope.delimiters)
    sets = [("837", each.control_number, Tree(writer, write_claim).segments(each)) for each in transaction_sets]
    return interchange(envelope, FUNCTIONAL_ID, VERSION, sets)


__all__ = ["in_hierarchy_order", "write"]
