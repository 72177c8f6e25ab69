"""What a TA1, a 999 or a 277CA says about each claim of an interchange. Pure: models in, facts out.

Sources: 005010X231A1 (999), 005010X214 (277CA), X12 TA1. HTTP success is none of these; a 999 acceptance is not yet a
payer's; only a 277CA takes a claim into adjudication.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID, uuid5

from x12.ack_999.models import ImplementationAcknowledgement, SegmentNote, TransactionSetResponse
from x12.claim_ack_277ca.models import ClaimStatus, ProviderStatus, ReceiverStatus, Status
from x12.ta1.models import InterchangeAcknowledgement

from submission_svc.domain import Verdict, own_duplicate

Source = Literal["gateway", "TA1", "999", "277CA"]
FACT_NAMESPACE = UUID("1c0f6c39-7d53-5c6b-8a0e-3f4b9f5f9d10")

REJECTING_CATEGORIES = frozenset({"A3", "A6", "A7", "A8"})
"""Returned unprocessable, missing, invalid, conflicting information: never adjudicated."""
ACCEPTING_CATEGORIES = frozenset({"A2", "A5"})
"""Accepted into adjudication; split upon acceptance into several claims."""
ADJUDICATED_PREFIXES = ("P", "F", "R")
"""Pending, finalised, information requested: not compliant in a 277CA, but who says so has the claim."""


@dataclass(frozen=True, slots=True)
class Code:
    """A claim status (category, status, entity), or a 999's or TA1's answer (`R`, note code)."""

    category: str
    status: str = ""
    entity: str = ""


@dataclass(frozen=True, slots=True)
class Sent:
    """A claim version in an interchange, as an acknowledgement may speak of it."""

    interchange_id: UUID
    claim_id: UUID
    claim_version: int
    control_number: str
    patient_control_number: str
    billing_npi: str
    payer_id: str
    times_sent: int
    """POSTs of the interchange."""
    encounter_id: UUID | None = None
    submit_traceparent: str | None = None


@dataclass(frozen=True, slots=True)
class Fact:
    """What one answer says about one claim version in one interchange."""

    sent: Sent
    source: Source
    verdict: Verdict
    codes: tuple[Code, ...] = ()
    error_locations: tuple[str, ...] = ()
    payer_claim_control_number: str | None = None

    @property
    def fact_id(self) -> UUID:
        """The same statement always has the same id, whichever file repeats it."""
        s = self.sent
        said = (s.interchange_id, s.claim_id, s.claim_version, self.source, self.verdict, self.codes)
        return uuid5(FACT_NAMESPACE, "|".join(map(str, (*said, self.error_locations, self.payer_claim_control_number))))


def of_interchange(answer: InterchangeAcknowledgement, sent: Sequence[Sent]) -> list[Fact]:
    """TA1: rejected means that no claim of the interchange arrived; else it says nothing about claims.

    A rejected duplicate of our own retry says that the first copy arrived.
    """
    if not answer.rejected:
        return []
    codes = (Code(answer.ack_code, answer.note_code),)
    return [
        Fact(s, "TA1", Verdict.REJECTED, codes)
        for s in sent
        if not own_duplicate("TA1", [answer.note_code], s.times_sent)
    ]


def of_group(answer: ImplementationAcknowledgement, sent: Sequence[Sent]) -> list[Fact]:
    """999: accepted sets say nothing yet. In a refused set the claims that are named are rejected, the rest released.

    Where a refused set names no claim of ours, all its claims are rejected. A refused group takes its accepted sets
    down too: they are released if the fault lies in another set, else rejected with the group's own codes.
    """
    by_set: dict[str, list[Sent]] = {}
    for s in sent:
        by_set.setdefault(s.control_number, []).append(s)
    refused = [r for r in answer.responses if r.rejected and r.control_number in by_set]
    facts = [fact for response in refused for fact in _of_set(response, by_set[response.control_number])]
    if not answer.rejected:
        return facts
    blamed = {r.control_number for r in refused}
    rest = [s for number, claims in by_set.items() if number not in blamed for s in claims]
    verdict = Verdict.RELEASED if refused else Verdict.REJECTED
    codes = _answer_codes(answer.ack_code, answer.error_codes)
    return facts + [Fact(s, "999", verdict, codes) for s in rest]


def _of_set(response: TransactionSetResponse, sent: Sequence[Sent]) -> list[Fact]:
    guilty = _guilty(response.segment_notes, {s.patient_control_number for s in sent})
    codes = _answer_codes(response.ack_code, response.error_codes)
    if not guilty:
        everywhere = tuple(place for note in response.segment_notes for place in locations(note))
        return [Fact(s, "999", Verdict.REJECTED, codes, everywhere) for s in sent]
    return [
        Fact(s, "999", Verdict.REJECTED, codes, guilty[s.patient_control_number])
        if s.patient_control_number in guilty
        else Fact(s, "999", Verdict.RELEASED, codes)
        for s in sent
    ]


def _guilty(notes: Iterable[SegmentNote], known: set[str]) -> dict[str, tuple[str, ...]]:
    """The claims that CTX segments name by CLM01, with the places of their errors."""
    found: dict[str, tuple[str, ...]] = {}
    for note in notes:
        contexts = (*note.contexts, *(c for e in note.element_notes for c in e.contexts))
        for number in {c.value for c in contexts if c.name == "CLM01"} & known:
            found[number] = (*found.get(number, ()), *locations(note))
    return found


def locations(note: SegmentNote) -> tuple[str, ...]:
    """`loop/segment/element-component` of each IK4 of an IK3, or `loop/segment` where the segment itself is wrong."""
    place = "/".join(part for part in (note.loop_id, note.segment_id) if part)
    if not note.element_notes:
        return (place,)
    return tuple(
        f"{place}/{e.element_position:02d}" + (f"-{e.component_position}" if e.component_position else "")
        for e in note.element_notes
    )


def _answer_codes(ack_code: str, error_codes: Sequence[str]) -> tuple[Code, ...]:
    return tuple(Code(ack_code, code) for code in error_codes) or (Code(ack_code),)


@dataclass(frozen=True, slots=True)
class BatchJudgement:
    """What one 2000A/2000B of a 277CA says: facts, and how many claims it names that are not ours."""

    facts: list[Fact]
    unmatched: int


def of_batch(receiver: ReceiverStatus, sent: Sequence[Sent], elsewhere: Mapping[str, Sent]) -> BatchJudgement:
    """277CA: each named claim by its own statuses; the unnamed ones by their provider's (2200C) or the batch's (2200B).

    `sent` are the claims of the transaction set that the batch's trace number names; of a set with several payers, a
    payer's refusal of the batch means its own. `elsewhere` finds a claim by its patient control number alone, for
    payers that mangle the trace number.
    """
    here = {s.patient_control_number: s for s in sent}
    others = _of_other_payers(receiver, sent)
    facts: list[Fact] = []
    unmatched = 0
    for status in (c for provider in receiver.providers for c in provider.claims):
        number = status.patient_control_number
        claim = here.pop(number, None) or elsewhere.get(number)
        if claim is None:
            unmatched += 1
        else:
            facts.append(_of_claim(status, claim))
    for number in others:
        here.pop(number, None)
    for provider in receiver.providers:
        refused = [here.pop(s.patient_control_number) for s in _claims_of(provider, list(here.values()))]
        facts += _of_level(provider.statuses, refused) if _refuses(provider.statuses) else []
    return BatchJudgement(facts + _of_level(receiver.statuses, list(here.values())), unmatched)


def _of_other_payers(receiver: ReceiverStatus, sent: Sequence[Sent]) -> set[str]:
    """The claims of the set that are not for the payer who answers; none if the answer is not told to be a payer's."""
    payer = receiver.source_id.value
    if receiver.source_entity_code != "PR" or all(s.payer_id != payer for s in sent):
        return set()
    return {s.patient_control_number for s in sent if s.payer_id != payer}


def _claims_of(provider: ProviderStatus, sent: Sequence[Sent]) -> list[Sent]:
    """The provider's claims that the file does not name; a batch of one provider needs no matching id."""
    if not _refuses(provider.statuses):
        return []
    by_id = [s for s in sent if s.billing_npi == provider.id.value]
    return by_id or (list(sent) if len({s.billing_npi for s in sent}) == 1 else [])


def _of_level(statuses: Sequence[Status], sent: Sequence[Sent]) -> list[Fact]:
    if not _refuses(statuses):
        return []
    codes = _codes(statuses)
    return [Fact(s, "277CA", _softened(Verdict.REJECTED, codes, s), codes) for s in sent]


def _of_claim(status: ClaimStatus, claim: Sent) -> Fact:
    statuses = (*status.statuses, *(s for line in status.lines for s in line.statuses))
    codes = _codes(statuses)
    verdict = _softened(verdict_of(status.statuses), codes, claim)
    return Fact(claim, "277CA", verdict, codes, (), status.payer_claim_control_number or None)


def verdict_of(statuses: Sequence[Status]) -> Verdict:
    """The worst of a claim's statuses: rejected, else accepted, else still waiting (A0, A1, A4, anything unknown)."""
    if _refuses(statuses):
        return Verdict.REJECTED
    categories = [code.category_code for status in statuses for code in status.codes]
    accepted = any(c in ACCEPTING_CATEGORIES or c.startswith(ADJUDICATED_PREFIXES) for c in categories)
    return Verdict.ACCEPTED if accepted else Verdict.WAITING


def _refuses(statuses: Sequence[Status]) -> bool:
    return any(s.rejected or any(c.category_code in REJECTING_CATEGORIES for c in s.codes) for s in statuses)


def _codes(statuses: Sequence[Status]) -> tuple[Code, ...]:
    found = [Code(c.category_code, c.status_code, c.entity_code) for status in statuses for c in status.codes]
    return tuple(dict.fromkeys(found))


def _softened(verdict: Verdict, codes: Sequence[Code], sent: Sent) -> Verdict:
    """A payer that calls our own retry a duplicate has the first copy."""
    duplicate = verdict is Verdict.REJECTED and own_duplicate("277CA", [c.status for c in codes], sent.times_sent)
    return Verdict.ACCEPTED if duplicate else verdict
