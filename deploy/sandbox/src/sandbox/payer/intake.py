"""From the X12 of a received file to what the payer's desks work with."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from x12 import ack_999, claim_837i, claim_837p
from x12.ack_999.models import ImplementationAcknowledgement, TransactionSetResponse
from x12.claim_837.models import OtherCoverage
from x12.claim_837i.models import Claim as Stay
from x12.claim_837i.models import ClaimTransactionSet as StaySet
from x12.claim_837i.models import ServiceLine as StayLine
from x12.claim_837p.models import FUNCTIONAL_ID
from x12.claim_837p.models import Claim as Visit
from x12.claim_837p.models import ClaimTransactionSet as VisitSet
from x12.claim_837p.models import ServiceLine as VisitLine
from x12.envelope import Delimiters, Envelope, FunctionalGroup, Parsed
from x12.parties import Adjustment as X12Adjustment
from x12.parties import Name
from x12.ta1.models import InterchangeAcknowledgement

from sandbox.payer.domain import Person, PriorLine, SubmittedClaim, SubmittedLine

Claim = Visit | Stay
ServiceLine = VisitLine | StayLine
ClaimTransactionSet = VisitSet | StaySet
Group = FunctionalGroup[VisitSet] | FunctionalGroup[StaySet]
Groups = Sequence[Group]
InterchangeAcks = tuple[InterchangeAcknowledgement, ...]
GroupAcks = tuple[ImplementationAcknowledgement, ...]


@dataclass(frozen=True, slots=True)
class ReceivedSet:
    """One ST..SE of an 837 with the envelope around it, and the same claims in the payer's own terms."""

    envelope: Envelope
    transaction_set: ClaimTransactionSet
    claims: tuple[SubmittedClaim, ...]


@dataclass(frozen=True, slots=True)
class ReceivedFile:
    """What a file holds, and what its envelopes and structure earn as TA1 and 999.

    `envelope` is the first that could be read, None if none could.
    """

    envelope: Envelope | None
    sets: tuple[ReceivedSet, ...]
    interchange_acks: tuple[InterchangeAcknowledgement, ...]
    group_acks: tuple[ImplementationAcknowledgement, ...]

    @property
    def claims(self) -> tuple[SubmittedClaim, ...]:
        """All claims, in file order."""
        return tuple(claim for received in self.sets for claim in received.claims)


def read_file(body: bytes) -> ReceivedFile:
    """Read an 837P or 837I file. Never raises on bad X12: what is wrong stands in the acknowledgements."""
    parsed = _parsed(body)
    groups = parsed.groups
    interchange_acks, group_acks = ack_999.acknowledge(body) if parsed.findings else _all_accepted(groups)
    sets = tuple(
        ReceivedSet(group.envelope, st, tuple(submitted_claim(claim) for claim in st.claims))
        for group in groups
        for st in group.transaction_sets
    )
    return ReceivedFile(groups[0].envelope if groups else None, sets, interchange_acks, group_acks)


def _parsed(body: bytes) -> Parsed[VisitSet] | Parsed[StaySet]:
    visits = claim_837p.read(body)
    if visits.groups:
        return visits
    stays = claim_837i.read(body)
    return stays if stays.groups else visits


def _all_accepted(groups: Groups) -> tuple[InterchangeAcks, GroupAcks]:
    """What a file without any finding earns; the same as `ack_999.acknowledge` says, without reading it twice."""
    envelopes = {group.envelope.interchange_control_number: group.envelope for group in groups}
    interchange_acks = tuple(InterchangeAcknowledgement(n, e.created, "A") for n, e in envelopes.items())
    return interchange_acks, tuple(_accepted(group, f"{n:04d}") for n, group in enumerate(groups, start=1))


def _accepted(group: Group, control_number: str) -> ImplementationAcknowledgement:
    responses = tuple(
        TransactionSetResponse("837", st.control_number, "A", group.version) for st in group.transaction_sets
    )
    return ImplementationAcknowledgement(
        control_number=control_number,
        functional_id=FUNCTIONAL_ID,
        group_control_number=str(group.envelope.group_control_number),
        ack_code="A",
        included_count=len(responses),
        received_count=len(responses),
        accepted_count=len(responses),
        version=group.version,
        responses=responses,
    )


def claim_position(body: bytes, delimiters: Delimiters, set_number: str, patient_control_number: str) -> int:
    """The position of a claim's CLM in its transaction set, ST = 1, as IK302 counts; 1 if it is not there."""
    element, position, inside = delimiters.element, 0, False
    for raw in body.decode("utf-8", "replace").split(delimiters.segment):
        elements = raw.strip().split(element, 3)
        position += 1
        if elements[0] == "ST":
            position, inside = 1, elements[2] == set_number
        elif inside and elements[0] == "CLM" and elements[1] == patient_control_number:
            return position
    return 1


def submitted_claim(claim: Claim) -> SubmittedClaim:
    """An 837 claim in the payer's terms."""
    patient = claim.patient.name if claim.patient else claim.subscriber.name
    prior = [other for other in claim.other_coverages if other.paid_cents is not None]
    prior_lines = _prior_lines(claim, prior)
    told = _of_visit(claim) if isinstance(claim, Visit) else _of_stay(claim)
    return SubmittedClaim(
        patient_control_number=claim.patient_control_number,
        charge_cents=claim.charge_cents,
        frequency_code=claim.frequency_code,
        payer_id=claim.payer.id,
        payer_name=claim.payer.name,
        filing_indicator=claim.subscriber.claim_filing_indicator,
        payer_sequence=claim.subscriber.payer_responsibility,
        member_id=claim.subscriber.member_id,
        patient=_person(patient),
        subscriber=_person(claim.subscriber.name),
        patient_is_subscriber=claim.patient is None,
        place_of_service=told.place_of_service,
        diagnoses=told.diagnoses,
        lines=tuple(_line(told, n, line, prior_lines[n]) for n, line in enumerate(_lines(claim))),
        billing_npi=claim.billing_provider.npi,
        billing_name=claim.billing_provider.name.last,
        billing_tax_id=claim.billing_provider.tax_id,
        rendering_npi=claim.rendering_provider.npi if claim.rendering_provider else "",
        referring_npi=told.referring_npi,
        prior_authorization=claim.prior_authorization_number or None,
        original_reference=claim.payer_claim_control_number or None,
        clia_number=told.clia_number or None,
        accepts_assignment=claim.assignment_code != "C",
        has_prior_payment=bool(prior),
    )


@dataclass(frozen=True, slots=True)
class _Particulars:
    """What the two kinds of claims say in different places. `service_date` stands for lines without one."""

    place_of_service: str
    diagnoses: tuple[str, ...]
    referring_npi: str
    clia_number: str
    service_date: date


def _of_visit(claim: Visit) -> _Particulars:
    referring = claim.referring_providers[0].npi if claim.referring_providers else ""
    day = min((line.service_date for line in claim.service_lines), default=date.min)
    return _Particulars(claim.place_of_service_code, claim.diagnosis_codes, referring, claim.clia_number, day)


def _of_stay(claim: Stay) -> _Particulars:
    """CLP08 of an institutional claim is its facility type."""
    all_codes = (claim.principal_diagnosis, *claim.other_diagnoses)
    codes = tuple(each.code for each in all_codes if each is not None)
    referring = claim.referring_provider.npi if claim.referring_provider else ""
    return _Particulars(claim.facility_type_code, codes, referring, "", claim.statement_from)


def _lines(claim: Claim) -> Sequence[ServiceLine]:
    return claim.service_lines


def _person(name: Name) -> Person:
    return Person(name.last, name.first, name.middle)


def _line(told: _Particulars, index: int, line: ServiceLine, prior: PriorLine | None) -> SubmittedLine:
    """A line without procedure is known by its revenue code; a stay's lines answer to all its diagnoses."""
    codes, procedure = told.diagnoses, line.procedure
    pointers = line.diagnosis_pointers if isinstance(line, VisitLine) else range(1, len(codes) + 1)
    note = line.note.text if isinstance(line, VisitLine) and line.note else ""
    return SubmittedLine(
        number=index + 1,
        code=procedure.code if procedure else line.revenue_code if isinstance(line, StayLine) else "",
        modifiers=procedure.modifiers if procedure else (),
        units=line.units,
        charge_cents=line.charge_cents,
        date_of_service=line.service_date or told.service_date,
        diagnoses=tuple(codes[p - 1] for p in pointers if 0 < p <= len(codes)),
        control_number=line.line_item_control_number or None,
        has_drug_code=line.drug is not None,
        note=note or (procedure.description if procedure else ""),
        prior=prior,
        qualifier="HC" if procedure else "NU",
    )


def _prior_lines(claim: Claim, prior: Sequence[OtherCoverage]) -> list[PriorLine | None]:
    """What earlier payers decided per line: from loop 2430, or shared out from loop 2320 by charge."""
    if not prior:
        return [None] * len(claim.service_lines)
    if any(line.adjudications for line in claim.service_lines):
        return [_summed(line) for line in claim.service_lines]
    paid = sum(other.paid_cents or 0 for other in prior)
    patient = _patient_cents([a for other in prior for a in other.adjustments])
    paid_shares, patient_shares = _shares(claim, paid), _shares(claim, patient)
    return [
        PriorLine(paid_shares[n], patient_shares[n], line.charge_cents - paid_shares[n] - patient_shares[n])
        for n, line in enumerate(_lines(claim))
    ]


def _summed(line: ServiceLine) -> PriorLine:
    """The last payer's patient share is what is still open; the payments of all add up."""
    if not line.adjudications:
        return PriorLine(0, line.charge_cents, 0)
    paid = sum(a.paid_cents for a in line.adjudications)
    last = line.adjudications[-1].payer_id  # which may have split the line
    patient = _patient_cents([a for part in line.adjudications if part.payer_id == last for a in part.adjustments])
    return PriorLine(paid, patient, line.charge_cents - paid - patient)


def _patient_cents(adjustments: Sequence[X12Adjustment]) -> int:
    return sum(a.amount_cents for a in adjustments if a.group_code == "PR")


def _shares(claim: Claim, amount_cents: int) -> list[int]:
    """Split an amount over the lines by charge; the last line takes what rounding leaves."""
    total = claim.charge_cents or 1
    shares = [amount_cents * line.charge_cents // total for line in claim.service_lines]
    shares[-1] += amount_cents - sum(shares)
    return shares


def service_fingerprint(account_id: str, claim: SubmittedClaim, line: SubmittedLine) -> bytes:
    """What makes two services of an account the same: payer, member, patient, provider, service, day."""
    patient = (claim.payer_id, claim.member_id, claim.patient.last_name, claim.patient.first_name, claim.billing_npi)
    service = (line.code, line.modifiers, str(line.units), line.charge_cents, line.date_of_service.isoformat())
    return hashlib.sha256(repr((account_id, patient, service)).encode()).digest()[:16]
