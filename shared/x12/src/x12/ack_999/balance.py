"""The counts of a 999: AK9 must say what the responses above it say (005010X231A1, AK9 notes)."""

from __future__ import annotations

from collections.abc import Iterator

from x12.ack_999.models import ACCEPTED, ACCEPTED_WITH_ERRORS, PARTIALLY_ACCEPTED, ImplementationAcknowledgement
from x12.findings import Finding, Severity


def check(acknowledgement: ImplementationAcknowledgement) -> list[Finding]:
    """Every count or code of AK9 that contradicts another, with SNIP type 3; an empty list if none does."""
    return list(_contradictions(acknowledgement))


def _contradictions(each: ImplementationAcknowledgement) -> Iterator[Finding]:
    accepted, received = each.accepted_count, each.received_count
    if accepted > received:
        yield _finding("AK904", f"{accepted} sets are accepted, but {received} received")
    taken = sum(not response.rejected for response in each.responses)
    if len(each.responses) == received and taken != accepted:
        yield _finding("AK904", f"{accepted} sets are accepted, but {taken} responses say so")
    if len(each.responses) > received:
        yield _finding("AK903", f"{received} sets are received, but {len(each.responses)} answered")
    all_accepted, none_accepted = accepted == received, accepted == 0
    if each.ack_code in (ACCEPTED, ACCEPTED_WITH_ERRORS) and not all_accepted:
        yield _finding("AK901", f"the group is accepted, but {accepted} of {received} sets are")
    elif each.ack_code == PARTIALLY_ACCEPTED and (all_accepted or none_accepted):
        yield _finding("AK901", f"the group is partially accepted, but {accepted} of {received} sets are")
    elif each.rejected and not none_accepted:
        yield _finding("AK901", f"the group is rejected, but {accepted} of {received} sets are accepted")


def _finding(element: str, message: str) -> Finding:
    action = "Go by the responses, and ask the sender."
    return Finding(
        Severity.WARNING, "BAL-ACK-COUNT", message, action, snip=3, loop="999", segment="AK9", element=element
    )
