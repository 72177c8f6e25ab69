"""SNIP 4, situation: what one part of the claim demands or forbids in another."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

from x12.identifiers import is_placeholder

from claim_builder.domain import ORIGINAL
from claim_builder.scrubbing.edit import EditTable, Place, Snip, Subject
from claim_builder.scrubbing.snip6_services import is_laboratory

EDITS = EditTable(Snip.SITUATION)

_TURNS: Final = ("P", "S", "T")
_NUMBER: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9./_-]*")
_SUPPLIED: Final = re.compile("[ABEKL][0-9]{4}")
"""HCPCS codes of transports, supplies and equipment: the organization itself gives them, as it does tests."""
# Places where the service is given in somebody else's house: the facility is to be named.
_FACILITY_PLACES: Final = frozenset(
    {"19", "21", "22", "23", "24", "25", "26", "31", "32", "34", "51", "52", "61", "65"}
)


@EDITS.error(
    "frequency.control-number-missing",
    "A replacement or void needs the payer's number of the claim that it is about.",
    do="Take the payer claim control number from the remittance advice; if the payer never took the claim in, "
    "send it as an original.",
    source="005010X222A1 loop 2300 REF*F8; X12 RFI 1538, 2110",
)
def control_number_missing(subject: Subject) -> Iterator[Place]:
    claim = subject.claim
    if claim.frequency_code != ORIGINAL and not (claim.payer_claim_control_number or "").strip():
        yield Place("payer_claim_control_number", "2300", "REF*F8")


@EDITS.error(
    "frequency.control-number-unexpected",
    "An original claim carries a payer's claim number.",
    do="Remove the number, or send the claim as a replacement.",
    source="claim edit lists (payer claim control number unexpected); X12 RFI 2173",
    only="payer_claim_control_number",
)
def control_number_unexpected(subject: Subject) -> Iterator[Place]:
    claim = subject.claim
    if claim.frequency_code == ORIGINAL and claim.payer_claim_control_number is not None:
        yield Place("payer_claim_control_number", "2300", "REF*F8")


@EDITS.error(
    "subscriber.self-mismatch",
    "The patient is said to be the subscriber, but their dates of birth or sexes differ.",
    do="Correct the relationship, or the person who is wrong.",
    source="005010X222A1 loop 2000B SBR02 = 18 and no loop 2000C",
)
def self_mismatch(subject: Subject) -> Iterator[Place]:
    if not subject.patient_is_subscriber:
        return
    subscriber, patient = subject.claim.coverage.subscriber, subject.claim.patient
    if _differ(subscriber.birth_date, patient.birth_date) or _differ(subscriber.sex, patient.sex):
        yield Place("coverage/relationship", "2000B", "SBR02")


def _differ(one: object, other: object) -> bool:
    """Whether both are known and not the same."""
    return bool(one and other and one != other)


@EDITS.warning(
    "subscriber.self-name",
    "The patient is said to be the subscriber, but their names differ.",
    do="Check the relationship, or use the name that the payer has.",
    source="005010X222A1 loop 2000B SBR02 = 18 and no loop 2000C",
    version=2,
)
def self_name(subject: Subject) -> Iterator[Place]:
    subscriber, patient = subject.claim.coverage.subscriber, subject.claim.patient
    if not subject.patient_is_subscriber:
        return
    if subscriber.last_name.casefold() != patient.last_name.casefold():
        yield Place("coverage/subscriber/last_name", "2010BA", "NM103")
    if (subscriber.first_name or "").casefold() != (patient.first_name or "").casefold():
        yield Place("coverage/subscriber/first_name", "2010BA", "NM104")


@EDITS.error(
    "subscriber.member-id-placeholder",
    "The member id is a placeholder, not an id.",
    do="Take the id from the insurance card or an eligibility answer.",
    source="payers reject a member id that they do not know",
)
def member_id_placeholder(subject: Subject) -> Iterator[Place]:
    claim = subject.claim
    if is_placeholder(claim.coverage.member_id):
        yield Place("coverage/member_id", "2010BA", "NM109")
    for at, other in enumerate(claim.other_coverages):
        if is_placeholder(other.member_id):
            yield Place(f"other_coverages/{at}/member_id", "2330A", "NM109")


def _authorizations(subject: Subject) -> Iterator[tuple[Place, str]]:
    """Authorization and referral numbers that are filled, of the claim and of its lines."""
    for path, loop, holder in subject.parts:
        if holder.prior_authorization_number:
            yield Place(f"{path}prior_authorization_number", loop, "REF*G1"), holder.prior_authorization_number
        if holder.referral_number:
            yield Place(f"{path}referral_number", loop, "REF*9F"), holder.referral_number


@EDITS.error(
    "authorization.placeholder",
    "The prior authorization or referral number is a placeholder, not a number.",
    do="Enter the number that the payer gave, or leave it out.",
    source="005010X222A1 loops 2300 and 2400 REF*G1, REF*9F",
    version=2,
    only=("prior_authorization_number", "referral_number"),
)
def authorization_placeholder(subject: Subject) -> Iterator[Place]:
    return (place for place, number in _authorizations(subject) if is_placeholder(number))


@EDITS.error(
    "authorization.format",
    "A prior authorization or referral number is not letters and digits.",
    do="Enter the number as the payer gave it, without words around it.",
    source="005010X222A1 loops 2300 and 2400 REF*G1, REF*9F",
    version=2,
    only=("prior_authorization_number", "referral_number"),
)
def authorization_format(subject: Subject) -> Iterator[Place]:
    return (place for place, number in _authorizations(subject) if not _NUMBER.fullmatch(number))


@EDITS.error(
    "pointer.unknown",
    "A service line points to a diagnosis that the claim does not have.",
    do="Point it to one of the claim's diagnoses.",
    source="005010X222A1 loop 2400 SV107; claim edit lists (invalid diagnosis pointer)",
)
def pointer_unknown(subject: Subject) -> Iterator[Place]:
    known = set(range(1, len(subject.claim.diagnosis_codes) + 1))
    for path, line in subject.lines:
        if not known.issuperset(line.pointers):
            yield Place(f"{path}/pointers", "2400", "SV107")


@EDITS.error(
    "pointer.repeated",
    "A service line points to the same diagnosis twice.",
    do="Name each diagnosis once for a line.",
    source="005010X222A1 loop 2400 SV107; X12 RFI 433",
)
def pointer_repeated(subject: Subject) -> Iterator[Place]:
    for path, line in subject.lines:
        if len(set(line.pointers)) < len(line.pointers):
            yield Place(f"{path}/pointers", "2400", "SV107")


@EDITS.error(
    "diagnosis.repeated",
    "The claim names a diagnosis code twice.",
    do="Remove the second one and point its lines to the first.",
    source="005010X222A1 loop 2300 HI; X12 RFI 433; claim edit lists (duplicate diagnosis)",
)
def diagnosis_repeated(subject: Subject) -> Iterator[Place]:
    seen: set[str] = set()
    for at, code in enumerate(subject.claim.diagnosis_codes):
        bare = code.replace(".", "").upper()
        if bare in seen:
            yield Place(f"diagnosis_codes/{at}", "2300", "HI")
        seen.add(bare)


@EDITS.warning(
    "provider.rendering-missing",
    "The billing provider is an organization, and nobody is named who rendered the service.",
    do="Add the rendering provider.",
    source="005010X222A1 loop 2310B",
    version=2,
)
def rendering_missing(subject: Subject) -> Iterator[Place]:
    claim = subject.claim
    if claim.billing_provider.entity != "organization" or claim.rendering_provider is not None:
        return
    if not all(line.rendering_provider or is_laboratory(line) or _SUPPLIED.match(line.code) for line in claim.lines):
        yield Place("rendering_provider", "2310B", "NM1*82")


@EDITS.error(
    "provider.referring-missing",
    "A service line names who referred the patient, and the claim names nobody.",
    do="Name the referring provider of the claim; a line names another one only where it differs.",
    source="005010X222A1 loop 2420F: where it differs from 2310A; claim edit lists (claim-level referring missing)",
    only="referring_provider",
)
def referring_missing(subject: Subject) -> Iterator[Place]:
    on_line = any(line.referring_provider is not None for line in subject.claim.lines)
    if on_line and subject.claim.referring_provider is None:
        yield Place("referring_provider", "2310A", "NM1*DN")


@EDITS.error(
    "provider.primary-care-alone",
    "The claim names a primary care provider and nobody who referred the patient.",
    do="Name the referring provider; if it is the primary care provider, name them as the referring one alone.",
    source="005010X222A1 loop 2310A: P3 only beside DN",
    only="primary_care_provider",
)
def primary_care_alone(subject: Subject) -> Iterator[Place]:
    claim = subject.claim
    if claim.primary_care_provider is not None and claim.referring_provider is None:
        yield Place("referring_provider", "2310A", "NM1*DN")


@EDITS.warning(
    "provider.supervising-is-rendering",
    "The supervising and the rendering provider are the same.",
    do="Leave the supervising provider out.",
    source="005010X222A1 loop 2310D; claim edit lists (supervising = rendering)",
    only="supervising_provider",
)
def supervising_is_rendering(subject: Subject) -> Iterator[Place]:
    supervising, rendering = subject.claim.supervising_provider, subject.claim.rendering_provider
    if supervising and rendering and supervising.npi and supervising.npi == rendering.npi:
        yield Place("supervising_provider", "2310D", "NM1*DQ")


@EDITS.warning(
    "provider.facility-missing",
    "The service was given in a facility, and the facility is not named.",
    do="Add name, NPI and address of the service facility.",
    source="005010X222A1 loop 2310C",
)
def facility_missing(subject: Subject) -> Iterator[Place]:
    claim = subject.claim
    if claim.service_facility is None and claim.place_of_service in _FACILITY_PLACES:
        yield Place("service_facility", "2310C", "NM1*77")


@EDITS.error(
    "attachment.control-number-missing",
    "An attachment that is sent apart from the claim has no control number.",
    do="Give it the number under which the document is sent.",
    source="005010X222A1 loop 2300 PWK06",
    only="attachments",
)
def attachment_control_number(subject: Subject) -> Iterator[Place]:
    for path, loop, attachment in subject.attachments:
        if attachment.transmission_code != "AA" and not (attachment.control_number or "").strip():
            yield Place(f"{path}/control_number", loop, "PWK06")


@EDITS.error(
    "attachment.control-number-repeated",
    "Two attachments carry the same control number.",
    do="Give every document its own number.",
    source="005010X222A1 loop 2300 PWK06; 006020X314: one document for each number",
    only="attachments",
)
def attachment_repeated(subject: Subject) -> Iterator[Place]:
    seen: set[str] = set()
    for path, loop, attachment in subject.attachments:
        number = attachment.control_number
        if number and number in seen:
            yield Place(f"{path}/control_number", loop, "PWK06")
        seen.add(number or "")


@EDITS.error(
    "coverage.no-primary",
    "Not exactly one payer of the claim is the primary one.",
    do="Put the coverages in payment order: one P, then S, then T.",
    source="005010X222A1 SBR01 of loops 2000B and 2320; claim edit lists (no primary payer)",
)
def exactly_one_primary(subject: Subject) -> Iterator[Place]:
    claim = subject.claim
    sequences = [coverage.sequence for coverage in (claim.coverage, *claim.other_coverages)]
    if sequences.count("P") != 1:
        yield Place("coverage/sequence", "2000B", "SBR01")


@EDITS.error(
    "coverage.order",
    "Two payers stand in the same place of the payment order.",
    do="Put the coverages in payment order: one P, then S, then T.",
    source="005010X222A1 SBR01 of loops 2000B and 2320",
    only="other_coverages",
)
def coverage_order(subject: Subject) -> Iterator[Place]:
    claim = subject.claim
    times = Counter(coverage.sequence for coverage in (claim.coverage, *claim.other_coverages))
    for at, other in enumerate(claim.other_coverages):
        if times[other.sequence] > 1:
            yield Place(f"other_coverages/{at}/sequence", "2320", "SBR01")


@EDITS.error(
    "cob.missing",
    "A later payer is asked before an earlier one has decided.",
    do="Wait for the earlier payer's remittance advice and bill with it.",
    source="005010X222A1 loops 2320 and 2430",
)
def cob_missing(subject: Subject) -> Iterator[Place]:
    claim = subject.claim
    decided = {payment.coverage.payer_id for payment in claim.prior_payments}
    before = _TURNS[: _TURNS.index(claim.coverage.sequence)]
    undecided = any(it.sequence in before and it.payer_id not in decided for it in claim.other_coverages)
    if undecided or (before and not decided):
        yield Place("prior_payments", "2320", "AMT*D")


@EDITS.error(
    "cob.unexpected",
    "The primary payer is told of an earlier payer's decision, and there is none before it.",
    do="Remove the decision, or correct the payment order.",
    source="005010X222A1 loop 2320",
    only="prior_payments",
)
def cob_unexpected(subject: Subject) -> Iterator[Place]:
    if subject.claim.coverage.sequence == "P" and subject.claim.prior_payments:
        yield Place("prior_payments", "2320", "AMT*D")


@EDITS.error(
    "cob.payer-unknown",
    "An earlier decision is from a payer that is not among the patient's other coverages.",
    do="Add the coverage, or correct the payer's id.",
    source="005010X222A1 loop 2330B NM109, the key of SVD01",
    only="prior_payments",
)
def cob_payer_unknown(subject: Subject) -> Iterator[Place]:
    known = {other.payer_id for other in subject.claim.other_coverages}
    for path, payment in subject.prior_payments:
        if payment.coverage.payer_id not in known:
            yield Place(f"{path}/coverage/payer_id", "2330B", "NM109")


@EDITS.error(
    "cob.payer-repeated",
    "Two earlier decisions are from the same payer.",
    do="State each payer's final decision once.",
    source="005010X222A1 loop 2320: once for each payer",
    only="prior_payments",
)
def cob_payer_repeated(subject: Subject) -> Iterator[Place]:
    seen: set[str] = set()
    for path, payment in subject.prior_payments:
        if payment.coverage.payer_id in seen:
            yield Place(f"{path}/coverage/payer_id", "2330B", "NM109")
        seen.add(payment.coverage.payer_id)


@EDITS.error(
    "cob.adjustment-amount",
    "An adjustment of an earlier payer has a reason but no amount.",
    do="Take the amount from that payer's remittance advice, or remove the reason.",
    source="005010X222A1 CAS: reason and amount together; claim edit lists (reason without amount)",
    only="prior_payments",
)
def cob_adjustment_amount(subject: Subject) -> Iterator[Place]:
    for path, payment in subject.prior_payments:
        for at, adjustment in enumerate(payment.adjustments):
            if adjustment.amount_cents == 0:
                yield Place(f"{path}/adjustments/{at}/amount_cents", "2320", "CAS03")
        for number, line in enumerate(payment.lines):
            if any(adjustment.amount_cents == 0 for adjustment in line.adjustments):
                yield Place(f"{path}/lines/{number}/adjustments", "2430", "CAS03")
