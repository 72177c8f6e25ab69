"""What TA1, 999 and 277CA say about each claim."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from submission_svc.acknowledgements import judging
from submission_svc.acknowledgements.judging import Code, Fact, Sent
from submission_svc.acknowledgements.reading import read
from submission_svc.domain import Verdict
from submission_svc.errors import UnreadableAcknowledgement
from x12 import ack_999, claim_ack_277ca, ta1
from x12.ack_999.models import Context, ElementNote, ImplementationAcknowledgement, SegmentNote, TransactionSetResponse
from x12.claim_ack_277ca.models import (
    ClaimAcknowledgement,
    ClaimStatus,
    ProviderStatus,
    ReceiverStatus,
    Status,
    StatusCode,
)
from x12.envelope import Envelope
from x12.parties import Identification, Name
from x12.ta1.models import InterchangeAcknowledgement

from tests.unit.submission_svc import samples

INTERCHANGE = samples.claim_id(900)
ENVELOPE = Envelope("ZZ", "PRAIRIEGW", "ZZ", "SUB123", datetime(2026, 9, 1, 12, 0), 77, 77)  # noqa: DTZ001


def sent(n: int, st: str = "0001", **more: object) -> Sent:
    told = Sent(INTERCHANGE, samples.claim_id(n), 1, st, samples.patient_control_number(n), samples.npi(1), "60054", 1)
    return replace(told, **more)  # type: ignore[arg-type]


def verdicts(facts: list[Fact]) -> dict[int, str]:
    numbers = {samples.claim_id(n): n for n in range(1, 20)}
    return {numbers[f.sent.claim_id]: f.verdict.value for f in facts}


def accepted_ta1(code: str = "A", note: str = "000") -> InterchangeAcknowledgement:
    return InterchangeAcknowledgement(12, datetime(2026, 9, 1, 12, 0, tzinfo=UTC), code, note)


def test_ta1_speaks_of_claims_only_when_it_rejects() -> None:
    claims = [sent(1), sent(2)]
    assert judging.of_interchange(accepted_ta1(), claims) == []
    assert judging.of_interchange(accepted_ta1("E", "003"), claims) == []
    facts = judging.of_interchange(accepted_ta1("R", "006"), claims)
    assert verdicts(facts) == {1: "rejected", 2: "rejected"}
    assert {(f.source, f.codes) for f in facts} == {("TA1", (Code("R", "006"),))}


def test_ta1_duplicate_of_our_own_retry_rejects_nobody() -> None:
    again = [sent(1, times_sent=2)]
    assert judging.of_interchange(accepted_ta1("R", "025"), again) == []
    assert verdicts(judging.of_interchange(accepted_ta1("R", "025"), [sent(1)])) == {1: "rejected"}
    assert verdicts(judging.of_interchange(accepted_ta1("R", "006"), again)) == {1: "rejected"}


def note(*numbers: int, component: int | None = None) -> SegmentNote:
    contexts = tuple(Context("CLM01", samples.patient_control_number(n)) for n in numbers)
    element = ElementNote(5, "1", component_position=component)
    return SegmentNote("CLM", 25, "8", "2300", contexts, (element,))


def group(
    *responses: TransactionSetResponse, ack: str = "P", errors: tuple[str, ...] = ()
) -> ImplementationAcknowledgement:
    return ImplementationAcknowledgement("0001", "HC", "34", ack, 2, 2, 1, responses=responses, error_codes=errors)


def response(code: str, *notes: SegmentNote, st: str = "0001") -> TransactionSetResponse:
    return TransactionSetResponse("837", st, code, error_codes=("5",) if code != "A" else (), segment_notes=notes)


@pytest.mark.parametrize("code", ["A", "E"])
def test_999_acceptance_is_no_answer_about_claims(code: str) -> None:
    assert judging.of_group(group(response(code, note(1)), ack=code), [sent(1), sent(2)]) == []


@pytest.mark.parametrize("code", ["R", "M", "W", "X"])
def test_999_rejects_the_named_claims_and_releases_their_neighbours(code: str) -> None:
    claims = [sent(1), sent(2), sent(3), sent(4, "0002")]
    facts = judging.of_group(group(response(code, note(2, component=1)), response("A", st="0002")), claims)
    assert verdicts(facts) == {1: "released", 2: "rejected", 3: "released"}
    guilty = next(f for f in facts if f.verdict is Verdict.REJECTED)
    assert (guilty.source, guilty.error_locations, guilty.codes) == ("999", ("2300/CLM/05-1",), (Code(code, "5"),))


def test_999_that_names_no_claim_rejects_the_whole_set() -> None:
    nameless = SegmentNote("BHT", 2, "8", "", (), (ElementNote(3, "7"),))
    claims = [sent(1), sent(2), sent(3, "0002")]
    facts = judging.of_group(group(response("R", nameless)), claims)
    assert verdicts(facts) == {1: "rejected", 2: "rejected"}
    assert facts[0].error_locations == ("BHT/03",)
    # A name that is not in the set clears nobody.
    assert verdicts(judging.of_group(group(response("R", note(9))), claims)) == {1: "rejected", 2: "rejected"}


def test_999_context_may_stand_on_the_element() -> None:
    element = ElementNote(1, "7", contexts=(Context("CLM01", samples.patient_control_number(2)),))
    facts = judging.of_group(
        group(response("R", SegmentNote("SV1", 40, "8", "2400", (), (element,)))), [sent(1), sent(2)]
    )
    assert verdicts(facts) == {1: "released", 2: "rejected"}


def test_999_refused_group_takes_everything_down() -> None:
    claims = [sent(1), sent(2, "0002")]
    bare = judging.of_group(group(ack="R", errors=("4",)), claims)
    assert verdicts(bare) == {1: "rejected", 2: "rejected"}
    assert bare[0].codes == (Code("R", "4"),)
    other = judging.of_group(group(response("R", note(1)), response("A", st="0002"), ack="R"), claims)
    assert verdicts(other) == {1: "rejected", 2: "released"}


def status(category: str, action: str = "WQ", code: str = "20", entity: str = "") -> Status:
    return Status((StatusCode(category, code, entity),), date(2026, 9, 2), action, 12_500)


def claim_status(n: int, *statuses: Status, number: str = "") -> ClaimStatus:
    return ClaimStatus(
        Name.person("RIVERA", "ANA"), samples.patient_control_number(n), statuses, samples.DAY,
        payer_claim_control_number=number,
    )  # fmt: skip


def batch(
    *claims: ClaimStatus,
    level: str = "WQ",
    provider: str = "WQ",
    payer: str = "60054",
    npi: str = "",
    source: str = "PR",
) -> ReceiverStatus:
    reason = {"WQ": ("A1", "19"), "U": ("A3", "116")}
    low = Status((StatusCode(*reason[provider], "PR"),), date(2026, 9, 2), provider, 0)
    top = Status((StatusCode(*reason[level], "PR"),), date(2026, 9, 2), level, 0)
    described = ProviderStatus(
        Name.organization("CARE"), Identification("XX", npi or samples.npi(1)), "0", (low,), claims=claims
    )
    return ReceiverStatus(
        "PRAIRIE", Identification("PI", payer), "T1", date(2026, 9, 2), date(2026, 9, 2), Name.organization("CARE"),
        "SUB123", "0000000120001", (top,), source_entity_code=source, providers=(described,),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("category", "action", "verdict"),
    [
        ("A0", "WQ", "waiting"), ("A1", "WQ", "waiting"), ("A2", "WQ", "accepted"), ("A3", "U", "rejected"),
        ("A4", "U", "rejected"), ("A4", "WQ", "waiting"), ("A5", "WQ", "accepted"), ("A6", "U", "rejected"),
        ("A7", "U", "rejected"), ("A8", "U", "rejected"), ("A7", "WQ", "rejected"), ("A1", "U", "rejected"),
        ("P1", "WQ", "accepted"), ("F1", "WQ", "accepted"), ("R3", "WQ", "accepted"), ("E1", "WQ", "waiting"),
    ],
)  # fmt: skip
def test_277ca_categories(category: str, action: str, verdict: str) -> None:
    judged = judging.of_batch(batch(claim_status(1, status(category, action))), [sent(1)], {})
    assert verdicts(judged.facts) == {1: verdict}


def test_277ca_keeps_the_payers_number_and_the_codes() -> None:
    judged = judging.of_batch(batch(claim_status(1, status("A2"), number="00123")), [sent(1), sent(2)], {})
    (fact,) = judged.facts
    assert (fact.payer_claim_control_number, fact.codes, fact.source) == ("00123", (Code("A2", "20"),), "277CA")


def test_277ca_several_statuses_the_worst_counts() -> None:
    several = claim_status(1, status("A2"), status("A7", "U", "562", "85"))
    (fact,) = judging.of_batch(batch(several), [sent(1)], {}).facts
    assert (fact.verdict, fact.codes) == (Verdict.REJECTED, (Code("A2", "20"), Code("A7", "562", "85")))


def test_277ca_rejection_of_the_batch_falls_on_every_claim_that_is_not_named() -> None:
    claims = [sent(1), sent(2), sent(3)]
    facts = judging.of_batch(batch(claim_status(2, status("A2")), level="U"), claims, {}).facts
    assert verdicts(facts) == {1: "rejected", 2: "accepted", 3: "rejected"}
    nothing_named = judging.of_batch(batch(level="U"), claims, {}).facts
    assert verdicts(nothing_named) == {1: "rejected", 2: "rejected", 3: "rejected"}


def test_277ca_rejection_of_a_provider_falls_on_its_claims_only() -> None:
    claims = [sent(1), sent(2, billing_npi=samples.npi(2))]
    assert verdicts(judging.of_batch(batch(provider="U"), claims, {}).facts) == {1: "rejected"}
    stranger = judging.of_batch(batch(provider="U", npi="9999999999"), claims, {}).facts
    assert stranger == []
    alone = judging.of_batch(batch(provider="U", npi="9999999999"), [sent(1), sent(2)], {}).facts
    assert verdicts(alone) == {1: "rejected", 2: "rejected"}


def test_277ca_one_payers_refusal_is_not_anothers() -> None:
    claims = [sent(1), sent(2, payer_id="00431")]
    assert verdicts(judging.of_batch(batch(level="U"), claims, {}).facts) == {1: "rejected"}
    clearinghouse = judging.of_batch(batch(level="U", source="AY"), claims, {}).facts
    assert verdicts(clearinghouse) == {1: "rejected", 2: "rejected"}


def test_277ca_claims_are_found_by_their_number_alone_or_counted() -> None:
    found = judging.of_batch(
        batch(claim_status(7, status("A2")), claim_status(8, status("A2"))), [],
        {samples.patient_control_number(7): sent(7)},
    )  # fmt: skip
    assert verdicts(found.facts) == {7: "accepted"}
    assert found.unmatched == 1


@pytest.mark.parametrize("code", ["54", "78"])
def test_277ca_duplicate_of_our_own_retry_is_acceptance(code: str) -> None:
    said = batch(claim_status(1, status("A3", "U", code)))
    assert verdicts(judging.of_batch(said, [sent(1, times_sent=2)], {}).facts) == {1: "accepted"}
    assert verdicts(judging.of_batch(said, [sent(1)], {}).facts) == {1: "rejected"}


def test_the_same_statement_has_the_same_id_and_another_has_not() -> None:
    fact = Fact(sent(1), "277CA", Verdict.ACCEPTED, (Code("A2", "20"),))
    assert fact.fact_id == replace(fact).fact_id
    others = [
        replace(fact, verdict=Verdict.REJECTED),
        replace(fact, codes=(Code("A2", "21"),)),
        replace(fact, payer_claim_control_number="1"),
        replace(fact, sent=sent(1, claim_version=2)),
        replace(fact, source="999"),
    ]
    assert len({fact.fact_id, *(o.fact_id for o in others)}) == 6


def test_files_are_read_by_what_they_hold() -> None:
    ack = ClaimAcknowledgement("0001", "R1", datetime(2026, 9, 1, 12, 0), (batch(claim_status(1, status("A2"))),))  # noqa: DTZ001
    assert read(ta1.write(ENVELOPE, [accepted_ta1("R", "006")])).interchanges[0].note_code == "006"
    assert read(ack_999.write(ENVELOPE, [group(response("R", note(2)))])).groups[0].group_control_number == "34"
    assert read(claim_ack_277ca.write(ENVELOPE, [ack])).claims[0].claims[0].statuses[0].codes[0].category_code == "A2"
    both = ta1.write(ENVELOPE, [accepted_ta1()]) + ack_999.write(ENVELOPE, [group(response("A"), ack="A")])
    assert read(both).kinds == "TA1,999"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "acknowledgement.not-x12"),
        (b'{"a": 1}', "acknowledgement.not-x12"),
        (b"ISA*00*", "acknowledgement.not-x12"),
        (b"hello ISA" + b"*" * 200, "acknowledgement.not-x12"),
        (ta1.write(ENVELOPE, [accepted_ta1()])[:-18], "acknowledgement.truncated"),
        (ta1.write(ENVELOPE, [accepted_ta1()]).replace(b"TA1*", b"XX1*"), "acknowledgement.kind-unknown"),
        (b"\xff\xfe\x00" * 100, "acknowledgement.not-x12"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_code(data: bytes, code: str) -> None:
    with pytest.raises(UnreadableAcknowledgement) as caught:
        read(data)
    assert caught.value.code == code
