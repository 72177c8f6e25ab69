"""TA1, 999 and 277CA: what the payer says before it adjudicates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from typing import Final

from x12 import ack_999, claim_ack_277ca, ta1
from x12.ack_999.models import (
    ACCEPTED_WITH_ERRORS,
    PARTIALLY_ACCEPTED,
    REJECTED,
    Context,
    ElementNote,
    ImplementationAcknowledgement,
    SegmentNote,
    TransactionSetResponse,
)
from x12.claim_ack_277ca.models import (
    ACCEPT,
    REJECT,
    ClaimAcknowledgement,
    ClaimStatus,
    ProviderStatus,
    ReceiverStatus,
    Status,
    StatusCode,
    Totals,
)
from x12.envelope import Envelope
from x12.parties import Identification, Name
from x12.ta1.models import InterchangeAcknowledgement

from sandbox.payer.domain import SubmittedClaim
from sandbox.payer.intake import ReceivedSet
from sandbox.payer.switches import Rejection

DUPLICATE_INTERCHANGE: Final = "025"
SENDER_NOT_AUTHORIZED: Final = "006"
ACCEPTED: Final = Rejection("A2", "20")
ACCEPTED_SPLIT: Final = Rejection("A5", "20")
"""Not rejections: the status of an accepted claim, whole or split."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the front door says about one claim; `control_number` is the payer's, of accepted claims.

    `duplicate`: a claim of this number is accepted already and stands.
    """

    claim: SubmittedClaim
    status: Rejection
    control_number: str = ""
    duplicate: bool = False

    @property
    def rejected(self) -> bool:
        """True if the claim is not adjudicated."""
        return self.status not in (ACCEPTED, ACCEPTED_SPLIT)


def answer_envelope(received: Envelope, created: datetime, control_number: int) -> Envelope:
    """The envelope of an answer: sender and receiver change places, our own control number."""
    return Envelope(
        sender_qualifier=received.receiver_qualifier,
        sender_id=received.receiver_id,
        receiver_qualifier=received.sender_qualifier,
        receiver_id=received.sender_id,
        created=created,
        interchange_control_number=control_number,
        group_control_number=control_number,
        usage_indicator="P" if received.usage_indicator == "P" else "T",
        application_sender=received.application_receiver,
        application_receiver=received.application_sender,
    )


# --- TA1 ---------------------------------------------------------------------------------------------------------


def interchange_rejection(received: Envelope, note_code: str) -> InterchangeAcknowledgement:
    """A TA1 that refuses the whole interchange."""
    return InterchangeAcknowledgement(received.interchange_control_number, received.created, "R", note_code)


def write_ta1(envelope: Envelope, acks: Sequence[InterchangeAcknowledgement]) -> bytes:
    """The bytes of a TA1."""
    return ta1.write(envelope, acks)


# --- 999 ---------------------------------------------------------------------------------------------------------


def with_rejected_claim(
    response: TransactionSetResponse, claim: SubmittedClaim, position: int
) -> TransactionSetResponse:
    """The response with its set rejected: the claim's CLM at this position lacks CLM05 (IK403 = 1)."""
    notes = (*response.segment_notes, _note(claim, position, "1"))
    return replace(response, ack_code=REJECTED, error_codes=("5",), segment_notes=notes)


def with_noted_claim(response: TransactionSetResponse, claim: SubmittedClaim, position: int) -> TransactionSetResponse:
    """The response accepted with an error noted on one claim (E): it goes on."""
    if response.rejected:
        return response
    notes = (*response.segment_notes, _note(claim, position, "7"))
    return replace(response, ack_code=ACCEPTED_WITH_ERRORS, error_codes=("5",), segment_notes=notes)


def _note(claim: SubmittedClaim, position: int, element_error: str) -> SegmentNote:
    """IK3 and IK4 on the claim's CLM05, with the claim's number as the business unit in CTX."""
    context = Context("CLM01", claim.patient_control_number)
    element = ElementNote(element_position=5, error_code=element_error, component_position=1, reference_number="1331")
    return SegmentNote("CLM", position, "8", loop_id="2300", contexts=(context,), element_notes=(element,))


def with_responses(
    ack: ImplementationAcknowledgement, responses: Sequence[TransactionSetResponse]
) -> ImplementationAcknowledgement:
    """The acknowledgement with its responses changed and AK9 counted again."""
    accepted = sum(not response.rejected for response in responses)
    if accepted == len(responses):
        noted = any(response.ack_code == ACCEPTED_WITH_ERRORS for response in responses)
        code = ACCEPTED_WITH_ERRORS if noted else "A"
    else:
        code = PARTIALLY_ACCEPTED if accepted else REJECTED
    return replace(ack, responses=tuple(responses), ack_code=code, accepted_count=accepted)


def write_999(envelope: Envelope, acks: Sequence[ImplementationAcknowledgement]) -> bytes:
    """The bytes of a 999."""
    return ack_999.write(envelope, acks)


# --- 277CA -------------------------------------------------------------------------------------------------------


def write_277ca(envelope: Envelope, acks: Sequence[ClaimAcknowledgement]) -> bytes:
    """The bytes of a 277CA."""
    return claim_ack_277ca.write(envelope, acks)


def claim_acknowledgement(
    received: ReceivedSet, verdicts: Sequence[Verdict], control_number: str, reference: str, now: datetime
) -> ClaimAcknowledgement:
    """One 277CA about claims of one transaction set that go to one payer; `verdicts` is not empty."""
    first, submitter = verdicts[0].claim, received.transaction_set.submitter
    by_provider = sorted(verdicts, key=lambda v: v.claim.billing_npi)
    providers = [_provider(list(group), now) for _, group in groupby(by_provider, key=lambda v: v.claim.billing_npi)]
    receiver = ReceiverStatus(
        source_name=first.payer_name,
        source_id=Identification("PI", first.payer_id),
        source_trace_number=reference,
        receipt_date=now.date(),
        process_date=now.date(),
        receiver_name=submitter.name,
        receiver_id=submitter.id,
        receiver_trace_number=received.transaction_set.reference,
        statuses=(_status(Rejection("A1", "19", "PR"), _total_cents(verdicts), now, ACCEPT),),
        totals=_totals(verdicts),
        providers=tuple(providers),
    )
    return ClaimAcknowledgement(control_number, reference, now, (receiver,))


def _provider(verdicts: Sequence[Verdict], now: datetime) -> ProviderStatus:
    claim = verdicts[0].claim
    return ProviderStatus(
        name=Name.organization(claim.billing_name),
        id=Identification("XX", claim.billing_npi),
        trace_number="0",
        statuses=(_provider_status(_total_cents(verdicts)),),
        totals=_totals(verdicts),
        claims=tuple(_claim_status(verdict, now) for verdict in verdicts),
    )


def _provider_status(amount_cents: int) -> Status:
    """STC of loop 2200C has no date (STC02 is not used there)."""
    return Status((StatusCode("A1", "19", "PR"),), None, ACCEPT, amount_cents)


def _claim_status(verdict: Verdict, now: datetime) -> ClaimStatus:
    claim = verdict.claim
    last = max(line.date_of_service for line in claim.lines)
    action = REJECT if verdict.rejected else ACCEPT
    return ClaimStatus(
        patient=Name.person(claim.patient.last_name, claim.patient.first_name, claim.patient.middle_name),
        patient_control_number=claim.patient_control_number,
        statuses=(_status(verdict.status, claim.charge_cents, now, action),),
        service_date=claim.service_date,
        service_date_end=last if last != claim.service_date else None,
        patient_id=claim.member_id,
        payer_claim_control_number=verdict.control_number,
    )


def _status(code: Rejection, amount_cents: int, now: datetime, action: str) -> Status:
    return Status((StatusCode(code.category, code.status, code.entity or ""),), now.date(), action, amount_cents)


def _total_cents(verdicts: Sequence[Verdict]) -> int:
    return sum(verdict.claim.charge_cents for verdict in verdicts)


def _totals(verdicts: Sequence[Verdict]) -> Totals:
    rejected = [verdict for verdict in verdicts if verdict.rejected]
    accepted = [verdict for verdict in verdicts if not verdict.rejected]
    return Totals(
        accepted_quantity=len(accepted) or None,
        rejected_quantity=len(rejected) or None,
        accepted_cents=_total_cents(accepted) if accepted else None,
        rejected_cents=_total_cents(rejected) if rejected else None,
    )
