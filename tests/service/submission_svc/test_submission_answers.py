"""TA1, 999 and 277CA on stored submissions: early, late, twice, out of order, about strangers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from itertools import permutations

import pytest
from kit.messaging import Refused
from kit.webhooks import WebhookWorker
from submission_svc.acknowledgements.taking import Acknowledgements
from x12 import ack_999, claim_837p, claim_ack_277ca, ta1
from x12.ack_999.models import Context, ElementNote, ImplementationAcknowledgement, SegmentNote, TransactionSetResponse
from x12.claim_837p.models import ClaimTransactionSet
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

from tests.codec.validators import pyx12_errors
from tests.service.submission_svc.conftest import Bench, Crash, crash, lost
from tests.unit.submission_svc import samples

WHEN = datetime(2026, 9, 1, 16, 0, tzinfo=UTC)
NUMBER = samples.patient_control_number


def answer_envelope(number: int = 500) -> Envelope:
    return Envelope("ZZ", "RCV", "ZZ", "SUBVALLEY", WHEN, number, number)


def ta1_file(isa: int, code: str = "R", note: str = "006", number: int = 500) -> bytes:
    return ta1.write(answer_envelope(number), [InterchangeAcknowledgement(isa, WHEN, code, note)])


def note(n: int) -> SegmentNote:
    element = ElementNote(5, "1", component_position=1)
    return SegmentNote("CLM", 25, "8", "2300", (Context("CLM01", NUMBER(n)),), (element,))


def ack_999_file(group: int, sets: Sequence[tuple[str, str, Sequence[int]]], number: int = 500) -> bytes:
    """A 999 of a group: (ST02, IK501, numbers of the claims it names) per set."""
    responses = tuple(
        TransactionSetResponse(
            "837",
            st,
            code,
            "005010X222A1",
            error_codes=() if code == "A" else ("5",),
            segment_notes=tuple(note(n) for n in guilty),
        )
        for st, code, guilty in sets
    )
    taken = sum(code in "AE" for _, code, _ in sets)
    code = "A" if taken == len(sets) else "P" if taken else "R"
    ack = ImplementationAcknowledgement(
        "0001", "HC", str(group), code, len(sets), len(sets), taken, "005010X222A1", responses
    )
    return ack_999.write(answer_envelope(number), [ack])


def status(category: str, code: str) -> Status:
    action = "U" if category in ("A3", "A6", "A7", "A8") else "WQ"
    return Status((StatusCode(category, code),), date(2026, 9, 2), action, 12_500)


def ack_277ca_file(
    reference: str, claims: Sequence[tuple[int, str, str]], *, number: int = 500, level: str = "A1", source: str = "PR"
) -> bytes:
    """A 277CA about the transaction set `reference`: (claim, category, status) each; A2 carries a payer's number."""
    told = tuple(
        ClaimStatus(
            Name.person("RIVERA", "ANA"),
            NUMBER(n),
            (status(category, code),),
            samples.DAY,
            payer_claim_control_number=f"ICN{n}" if category == "A2" else "",
        )
        for n, category, code in claims
    )
    provider = ProviderStatus(Name.organization("CARE"), Identification("XX", samples.npi(1)), "0", claims=told)
    receiver = ReceiverStatus(
        "PRAIRIE",
        Identification("PI", "60054"),
        "T1",
        date(2026, 9, 2),
        date(2026, 9, 2),
        Name.organization("CARE"),
        "SUBVALLEY",
        reference,
        (status(level, "19"),),
        source_entity_code=source,
        providers=(provider,) if told else (),
    )
    return claim_ack_277ca.write(
        answer_envelope(number), [ClaimAcknowledgement("0001", f"R{number}", WHEN, (receiver,))]
    )


async def sent_sets(bench: Bench) -> list[tuple[int, int, ClaimTransactionSet]]:
    """ISA13, GS06 and set of everything that the gateway took, in order."""
    found = []
    for data in bench.prairie.taken.values():
        for group in claim_837p.read(data).groups:
            e = group.envelope
            found += [(e.interchange_control_number, e.group_control_number, st) for st in group.transaction_sets]
    return found


async def test_277ca_accepts_and_rejects_each_claim(bench: Bench) -> None:
    await bench.deliver(1, 2, 3)
    ((_, _, st),) = await sent_sets(bench)
    file = ack_277ca_file(st.reference, [(1, "A2", "20"), (2, "A7", "562"), (3, "A1", "19")])
    await bench.acknowledge(file)
    assert await bench.states() == {(1, 1): "accepted", (2, 1): "rejected", (3, 1): "delivered"}
    (accepted,) = await bench.published("ClaimAccepted")
    assert (accepted.payer_claim_control_number, accepted.claim_id) == ("ICN1", samples.claim_id(1))
    (rejected,) = await bench.published("ClaimRejected")
    assert [(c.category, c.status) for c in rejected.status_codes] == [("A7", "562")]
    assert rejected.source == "277CA"
    assert await bench.sql("SELECT payer_claim_control_number FROM submission WHERE state = 'accepted'") == [("ICN1",)]


async def test_the_same_file_under_a_new_webhook_id_changes_nothing(bench: Bench) -> None:
    await bench.deliver(1, 2)
    ((isa, gs, st),) = await sent_sets(bench)
    files = [
        ta1_file(isa, "A", "000"),
        ack_999_file(gs, [(st.control_number, "A", ())]),
        ack_277ca_file(st.reference, [(1, "A2", "20"), (2, "A3", "116")]),
    ]
    for file in files:
        await bench.acknowledge(file)
    before = await bench.snapshot()
    for file in files * 2:
        await bench.acknowledge(file)
    assert await bench.snapshot() == before


async def test_the_same_statement_in_another_file_changes_nothing(bench: Bench) -> None:
    """The payer wraps its answer into a new interchange: another file, the same facts."""
    await bench.deliver(1, 2)
    ((_, _, st),) = await sent_sets(bench)
    said = [(1, "A2", "20"), (2, "A3", "116")]
    await bench.acknowledge(ack_277ca_file(st.reference, said, number=500))
    before = await bench.snapshot()
    await bench.acknowledge(ack_277ca_file(st.reference, said, number=501))
    assert await bench.snapshot() == before


@pytest.mark.parametrize("order", list(permutations(range(3))))
async def test_the_worst_answer_stands_in_any_order(bench: Bench, order: tuple[int, ...]) -> None:
    """Clearinghouse forwards and accepts, payer rejects: rejected, whichever file comes first."""
    await bench.deliver(1)
    ((_, _, st),) = await sent_sets(bench)
    files = [
        ack_277ca_file(st.reference, [(1, "A1", "19")], number=601, source="AY"),
        ack_277ca_file(st.reference, [(1, "A2", "20")], number=602, source="AY"),
        ack_277ca_file(st.reference, [(1, "A7", "164")], number=603),
    ]
    for k in order:
        await bench.acknowledge(files[k])
    assert await bench.states() == {(1, 1): "rejected"}
    assert len(await bench.published("ClaimRejected")) == 1
    assert len(await bench.sql("SELECT * FROM claim_acknowledgement")) == 3


async def test_999_rejects_the_guilty_and_sends_the_innocent_again(bench: Bench) -> None:
    await bench.deliver(1, 2, 3)
    ((isa, gs, st),) = await sent_sets(bench)
    file = ack_999_file(gs, [(st.control_number, "R", (2,))])
    assert pyx12_errors(file) == []
    await bench.acknowledge(file)
    assert await bench.states() == {(1, 1): "pending", (2, 1): "rejected", (3, 1): "pending"}
    (rejected,) = await bench.published("ClaimRejected")
    assert (rejected.source, rejected.error_locations) == ("999", ("2300/CLM/05-1",))
    await bench.batch()
    await bench.send()
    await bench.acknowledge(ack_999_file(gs, [(st.control_number, "R", (2,))], number=501))
    assert await bench.states() == {(1, 1): "delivered", (2, 1): "rejected", (3, 1): "delivered"}
    assert bench.prairie.claims == {NUMBER(1): 2, NUMBER(2): 1, NUMBER(3): 2}
    (_, (isa_2, gs_2, st_2)) = await sent_sets(bench)
    assert (isa_2, gs_2) == (isa + 1, gs + 1)
    assert st_2.control_number != st.control_number
    assert st_2.reference != st.reference
    told = await bench.told()
    assert [told["ClaimSubmitted", n] for n in (1, 2, 3)] == [2, 1, 2]
    await bench.acknowledge(ack_277ca_file(st_2.reference, [(1, "A2", "20"), (3, "A2", "20")]))
    assert await bench.states() == {(1, 1): "accepted", (2, 1): "rejected", (3, 1): "accepted"}


async def test_999_of_one_set_leaves_the_other_alone(bench: Bench) -> None:
    bench.context.settings = bench.settings.model_copy(update={"claims_per_transaction_set": 2})
    await bench.deliver(1, 2, 3, 4)
    (_, gs, one), (_, _, two) = await sent_sets(bench)
    numbers = {st.control_number: [int(c.patient_control_number[2:]) for c in st.claims] for st in (one, two)}
    guilty, innocent = numbers[one.control_number]
    await bench.acknowledge(ack_999_file(gs, [(one.control_number, "R", (guilty,)), (two.control_number, "A", ())]))
    states = await bench.states()
    assert (states[guilty, 1], states[innocent, 1]) == ("rejected", "pending")
    assert {states[n, 1] for n in numbers[two.control_number]} == {"delivered"}


async def test_999_without_a_name_rejects_the_set(bench: Bench) -> None:
    await bench.deliver(1, 2)
    ((_, gs, st),) = await sent_sets(bench)
    await bench.acknowledge(ack_999_file(gs, [(st.control_number, "R", ())]))
    assert await bench.states() == {(1, 1): "rejected", (2, 1): "rejected"}


async def test_999_with_errors_noted_goes_on(bench: Bench) -> None:
    await bench.deliver(1)
    ((_, gs, st),) = await sent_sets(bench)
    await bench.acknowledge(ack_999_file(gs, [(st.control_number, "E", (1,))]))
    assert await bench.states() == {(1, 1): "delivered"}


async def test_a_released_claim_gives_way_to_its_newer_version(bench: Bench) -> None:
    """Version 2 waited behind version 1; version 1 was never taken, so the newest goes out instead."""
    await bench.deliver(1, 2)
    await bench.process(bench.records((samples.built(1, 2), samples.content(1))))
    assert (await bench.states())[1, 2] == "parked:sent_version_exists"
    ((_, gs, st),) = await sent_sets(bench)
    await bench.acknowledge(ack_999_file(gs, [(st.control_number, "R", (2,))]))
    states = await bench.states()
    assert (states[1, 1], states[1, 2]) == ("withdrawn:superseded", "pending")


@pytest.mark.parametrize("withdrawn_first", [True, False])
async def test_a_withdrawn_claim_whose_file_was_rejected_is_told_as_rejected(
    bench: Bench, withdrawn_first: bool
) -> None:
    """It was submitted, a neighbour took it down, it is not sent again: nobody may wait for the payer's answer."""
    await bench.deliver(1, 2)
    ((_, gs, st),) = await sent_sets(bench)
    file = ack_999_file(gs, [(st.control_number, "R", (2,))])
    if withdrawn_first:
        await bench.process(bench.records(samples.withdrawn(1)))
        await bench.acknowledge(file)
    else:
        await bench.acknowledge(file)
        await bench.process(bench.records(samples.withdrawn(1)))
    assert (await bench.states())[1, 1] == "withdrawn:withdrawn"
    await bench.forget_inbox()
    await bench.process(bench.records(samples.withdrawn(1)))
    assert (await bench.told())["ClaimRejected", 1] == 1
    assert {event.source for event in await bench.published("ClaimRejected")} == {"999"}


async def test_a_rejection_lets_the_waiting_version_go(bench: Bench) -> None:
    await bench.deliver(1)
    await bench.process(bench.records((samples.built(1, 2), samples.content(1))))
    ((_, _, st),) = await sent_sets(bench)
    await bench.acknowledge(ack_277ca_file(st.reference, [(1, "A6", "254")]))
    assert await bench.states() == {(1, 1): "rejected", (1, 2): "pending"}


async def test_ta1_rejects_the_whole_interchange(bench: Bench) -> None:
    bench.context.settings = bench.settings.model_copy(update={"claims_per_transaction_set": 1})
    await bench.deliver(1, 2)
    isa = (await sent_sets(bench))[0][0]
    await bench.acknowledge(ta1_file(isa))
    rejected = await bench.published("ClaimRejected")
    assert {(e.source, e.status_codes[0].category, e.status_codes[0].status) for e in rejected} == {("TA1", "R", "006")}
    assert len(rejected) == 2


async def test_ta1_duplicate_of_our_own_retry_is_no_rejection(bench: Bench) -> None:
    await bench.build(1)
    await bench.batch()
    bench.prairie.scripts = [lost(accepted=True), lost()]
    await bench.send()
    await bench.sql("UPDATE interchange SET post_count = 2")
    await bench.acknowledge(ta1_file(1, "R", "025"))
    assert await bench.states() == {(1, 1): "delivered"}


async def test_an_acknowledgement_before_our_own_commit_is_delivery(bench: Bench) -> None:
    """The gateway took the file, our process died, and the 277CA is faster than the retry."""
    await bench.build(1, 2)
    await bench.batch()
    bench.prairie.scripts = [crash(accepted=True)]
    with pytest.raises(Crash):
        await bench.send()
    ((_, _, st),) = await sent_sets(bench)
    await bench.acknowledge(ack_277ca_file(st.reference, [(1, "A2", "20")]))
    assert await bench.states() == {(1, 1): "accepted", (2, 1): "delivered"}
    told = await bench.told()
    assert told == {("ClaimSubmitted", 1): 1, ("ClaimSubmitted", 2): 1, ("ClaimAccepted", 1): 1}
    await bench.make_due()
    assert await bench.send() == 0
    assert len(bench.prairie.posts) == 1
    assert await bench.told() == told


async def test_an_acknowledgement_while_the_post_runs(bench: Bench) -> None:
    """The webhook overtakes the POST's own answer: nothing is told twice and nothing goes back."""
    await bench.build(1)
    await bench.batch()
    sender = bench.sender()
    (leased,) = await sender.lease()
    await bench.acknowledge(ack_277ca_file("0000000010001", [(1, "A2", "20")]))
    await sender.post(leased)
    assert await bench.states() == {(1, 1): "accepted"}
    assert await bench.told() == {("ClaimSubmitted", 1): 1, ("ClaimAccepted", 1): 1}


async def test_a_stalled_file_that_is_acknowledged_goes_on(bench: Bench) -> None:
    await bench.build(1)
    await bench.batch()
    bench.prairie.scripts = [lost(accepted=True)]
    await bench.send()
    await bench.sql("UPDATE interchange SET state = 'stalled'")
    ((_, _, st),) = await sent_sets(bench)
    await bench.acknowledge(ack_277ca_file(st.reference, [(1, "A2", "20")]))
    assert await bench.states() == {(1, 1): "accepted"}
    assert [r.state for r in await bench.interchanges()] == ["delivered"]


async def test_an_answer_to_the_first_attempt_after_the_claim_went_out_again(bench: Bench) -> None:
    await bench.deliver(1, 2)
    ((_, gs, st),) = await sent_sets(bench)
    await bench.acknowledge(ack_999_file(gs, [(st.control_number, "R", (2,))]))
    await bench.batch()
    await bench.send()
    await bench.acknowledge(ack_277ca_file(st.reference, [(1, "A7", "562")]))
    assert (await bench.states())[1, 1] == "delivered"
    await bench.acknowledge(ack_277ca_file(st.reference, [(1, "A2", "20")], number=501))
    assert (await bench.states())[1, 1] == "accepted"


async def test_277ca_rejects_the_batch_at_its_head(bench: Bench) -> None:
    await bench.deliver(1, 2)
    ((_, _, st),) = await sent_sets(bench)
    await bench.acknowledge(ack_277ca_file(st.reference, [], level="A3"))
    assert await bench.states() == {(1, 1): "rejected", (2, 1): "rejected"}


async def test_277ca_with_a_mangled_trace_number_finds_its_claims(bench: Bench) -> None:
    await bench.deliver(1, 2)
    await bench.acknowledge(ack_277ca_file("MANGLED", [(1, "A2", "20")]))
    assert await bench.states() == {(1, 1): "accepted", (2, 1): "delivered"}


async def test_a_file_about_an_unknown_interchange_waits_and_is_applied_later(bench: Bench) -> None:
    await bench.acknowledge(ack_277ca_file("0000000010001", [(1, "A2", "20")]))
    await bench.acknowledge(ack_999_file(1, [("0001", "R", (2,))]))
    assert {r.state for r in await bench.sql("SELECT state FROM acknowledgement")} == {"waiting"}
    acknowledgements = Acknowledgements(bench.context)
    assert not await acknowledgements.retry_one(), "its time has not come"
    await bench.deliver(1, 2)
    await bench.sql("UPDATE acknowledgement SET retry_at = now()")
    assert await acknowledgements.retry_one()
    assert await acknowledgements.retry_one()
    assert await bench.states() == {(1, 1): "accepted", (2, 1): "rejected"}
    assert {tuple(r) for r in await bench.sql("SELECT state, content FROM acknowledgement")} == {("applied", None)}


async def test_a_file_that_still_finds_nothing_waits_longer(bench: Bench) -> None:
    await bench.acknowledge(ack_277ca_file("0000000010001", [(1, "A2", "20")]))
    await bench.sql("UPDATE acknowledgement SET retry_at = now()")
    assert await Acknowledgements(bench.context).retry_one()
    ((state, attempts),) = await bench.sql("SELECT state, attempts FROM acknowledgement")
    assert (state, attempts) == ("waiting", 3)
    assert not await Acknowledgements(bench.context).retry_one()


async def test_a_file_that_never_finds_anything_becomes_somebodys_matter(bench: Bench) -> None:
    await bench.acknowledge(ack_999_file(77, [("0001", "A", ())]))
    for _ in range(4):
        await bench.sql("UPDATE acknowledgement SET retry_at = now()")
        assert await Acknowledgements(bench.context).retry_one()
    [told] = await bench.published("AcknowledgementQuarantined")
    assert (told.reason, told.kind, told.gateway_id) == ("acknowledgement.unmatched", "999", "prairie-gw")
    assert (await bench.sql("SELECT state FROM acknowledgement"))[0] == ("waiting",), "it is still applied if it can be"


async def test_a_waiting_file_that_a_new_release_cannot_read_stops_nothing(bench: Bench) -> None:
    await bench.acknowledge(ack_999_file(77, [("0001", "A", ())]))
    await bench.sql("UPDATE acknowledgement SET retry_at = now(), content = 'ISA*'")
    acknowledgements = Acknowledgements(bench.context)
    assert await acknowledgements.retry_one()
    assert not await acknowledgements.retry_one(), "it is not tried again"
    [told] = await bench.published("AcknowledgementQuarantined")
    assert told.reason == "acknowledgement.not-x12"


async def test_another_accounts_answer_touches_nothing(bench: Bench) -> None:
    await bench.deliver(1)
    ((isa, _, st),) = await sent_sets(bench)
    for account, tenant in (("lake-gw", "valley"), ("hill-gw", "hill")):
        await bench.acknowledge(ta1_file(isa), account=account, tenant=tenant)
        await bench.acknowledge(ack_277ca_file(st.reference, [(1, "A3", "116")]), account=account, tenant=tenant)
    assert await bench.states() == {(1, 1): "delivered"}


@pytest.mark.parametrize("body", [b"", b"hello", b"ISA*00*", b"\x00" * 200])
async def test_what_cannot_be_read_is_quarantined(bench: Bench, body: bytes) -> None:
    with pytest.raises(Refused) as refused:
        await bench.acknowledge(body)
    assert refused.value.code.startswith("acknowledgement.")


@pytest.mark.parametrize("cut", range(20, 400, 37))
async def test_a_truncated_file_never_fails_and_never_accepts(bench: Bench, cut: int) -> None:
    await bench.deliver(1)
    ((_, _, st),) = await sent_sets(bench)
    with pytest.raises(Refused):
        await bench.acknowledge(ack_277ca_file(st.reference, [(1, "A2", "20")])[:-cut])
    assert await bench.states() == {(1, 1): "delivered"}


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"not X12 at all", "acknowledgement.not-x12"),
        (ta1_file(1)[:-20], "acknowledgement.truncated"),
        (ta1_file(1).replace(b"*006", b"*\x00"), "acknowledgement.not-x12"),
        (ta1_file(1)[:106] + b"ST*999*0001~" * 500_001 + b"IEA*1*1~", "acknowledgement.too-large"),
    ],
)
async def test_what_cannot_be_read_is_told_to_follow_up_once(bench: Bench, body: bytes, reason: str) -> None:
    insert = """
        INSERT INTO webhook (account_id, webhook_id, tenant_id, kind, content_type, body, body_sha256)
        VALUES ('prairie-gw', 'w1', 'valley', '277CA', 'application/edi-x12', :body, '\\x00') RETURNING id
    """
    [[webhook_id]] = await bench.sql(insert, body=body)
    acknowledgements = Acknowledgements(bench.context)
    worker = WebhookWorker(acknowledgements.take, acknowledgements.quarantine)
    assert await worker.work_one(bench.context)
    assert not await worker.work_one(bench.context)
    [told] = await bench.published("AcknowledgementQuarantined")
    assert (told.tenant_id, told.webhook_id, told.gateway_id) == ("valley", webhook_id, "prairie-gw")
    assert (told.kind, told.reason) == ("277CA", reason)
    assert (await bench.sql("SELECT state, reason FROM webhook"))[0] == ("quarantined", reason)

    await bench.sql("UPDATE webhook SET state = 'stored', next_attempt_at = now()")
    assert await worker.work_one(bench.context), "worked off again, as after a crash"
    assert len(await bench.published("AcknowledgementQuarantined")) == 1
