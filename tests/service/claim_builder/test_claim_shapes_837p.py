"""What the scrubber lets through can be written as an 837P, and an independent validator finds no fault in it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from claim_builder.building import build_void
from claim_builder.domain import claim_id, patient_control_number
from claim_builder.scrubbing import ScrubContext, blocks, scrub
from events.phi import ClaimContent
from submission_svc.claim_837p import claim as claim_model
from x12.claim_837p.models import ClaimTransactionSet, Receiver, Submitter
from x12.claim_837p.write import in_hierarchy_order, write
from x12.envelope import Envelope
from x12.parties import CommunicationNumber, Contact, Name

from tests.codec.validators import pyx12_errors
from tests.unit.claim_builder.claim_examples import (
    ENCOUNTER_ID,
    TODAY,
    changed,
    clean_claim,
    dependent_claim,
    secondary_claim,
)
from tests.unit.claim_builder.test_claim_edits import CASES

NOON = datetime(2026, 9, 1, 12, 0)  # noqa: DTZ001 - a file's local time


def let_through() -> Iterator[ClaimContent]:
    """Every variant of the edits' cases, right or only warned of, that scrubbing does not hold."""
    for case in CASES.values():
        for changes in (case.fires, case.silent):
            claim = changed(case.of(), {path: value for path, value in changes.items() if path != "="})
            scrubbed = scrub(claim, ScrubContext(TODAY, case.unpriced))
            if not blocks(scrubbed.findings):
                yield scrubbed.content
    yield from (clean_claim(), dependent_claim(), secondary_claim())
    replacement = {"frequency_code": "7", "payer_claim_control_number": "ICN42"}
    yield clean_claim().model_copy(update=replacement)
    yield build_void(claim_id(ENCOUNTER_ID, "P"), clean_claim(), "ICN42").content


def file_of(claims: list[ClaimContent]) -> bytes:
    """One interchange with one transaction set."""
    contact = Contact("BILLING", (CommunicationNumber("TE", "5185550100"),))
    claim_set = ClaimTransactionSet(
        control_number="0001",
        reference="1",
        created=NOON,
        submitter=Submitter(Name.organization("ELM FAMILY PRACTICE"), "ELM", (contact,)),
        receiver=Receiver("EXAMPLE GATEWAY", "GATE"),
        claims=tuple(in_hierarchy_order(map(claim_model, claims))),
    )
    return write(Envelope("ZZ", "ELM", "ZZ", "GATE", NOON, 1, 1), [claim_set])


def numbered(claims: Iterator[ClaimContent]) -> Iterator[ClaimContent]:
    """Each claim under a patient control number of its own, as different encounters have."""
    for number, claim in enumerate(claims):
        own = patient_control_number(claim_id(ENCOUNTER_ID, "P", number + 2))
        yield claim.model_copy(update={"patient_control_number": own})


def test_what_is_let_through_is_a_valid_837p() -> None:
    claims = list(numbered(let_through()))
    assert len(claims) > 100
    assert pyx12_errors(file_of(claims)) == []
