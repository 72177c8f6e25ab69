"""From ClaimBuilt to DELIVERED: once, whatever dies, hangs or comes twice."""

from __future__ import annotations

import hashlib
from itertools import permutations

import pytest
from events import phi
from sqlalchemy.exc import DBAPIError
from submission_svc.acknowledgements import overdue
from submission_svc.batching import Batcher, reroute
from submission_svc.domain import Answer, AnswerKind, Interchange, InterchangeState
from submission_svc.sender import Sender
from x12 import claim_837p

from tests.codec.validators import pyx12_errors
from tests.service.submission_svc.conftest import Bench, Crash, crash, lost, refuse
from tests.unit.submission_svc import samples

LAKE = samples.coverage(payer_id="00431", payer_name="LAKE HEALTH")


async def test_a_claim_goes_out_once_and_is_told(bench: Bench) -> None:
    await bench.deliver(1, 2, 3)
    assert bench.prairie.claims == {samples.patient_control_number(n): 1 for n in (1, 2, 3)}
    assert await bench.states() == {(n, 1): "delivered" for n in (1, 2, 3)}
    (row,) = await bench.interchanges()
    assert (row.state, row.claim_count, row.post_count, row.gateway_reference) == ("delivered", 3, 1, "F1")
    assert row.idempotency_key == Interchange(row.interchange_id, InterchangeState.INTENT).idempotency_key
    assert hashlib.sha256(row.content).digest() == row.content_sha256
    submitted = await bench.published("ClaimSubmitted")
    assert len(submitted) == 3
    assert {e.interchange_id for e in submitted} == {row.interchange_id}
    (st,) = bench.prairie.sets
    assert {e.transaction_set_control_number for e in submitted} == {st.control_number}
    assert {e.charge_cents for e in submitted} == {12_500}


async def test_a_large_mixed_batch_is_clean_x12(bench: Bench) -> None:
    """100 claims of ten kinds through handlers, batching and sending: zero errors in pyx12."""
    await bench.deliver(*samples.mixed(100))
    (content,) = bench.prairie.taken.values()
    assert pyx12_errors(content) == []
    assert len(bench.prairie.claims) == 100


async def test_redelivery_of_every_event_changes_nothing_even_with_an_empty_inbox(bench: Bench) -> None:
    records = bench.records(
        *((samples.built(n), samples.content(n)) for n in (1, 2, 3)),
        (samples.built(1, 2, correction=samples.correction()), samples.content(1)),
        samples.withdrawn(3),
    )
    await bench.process(records)
    await bench.batch()
    await bench.send()
    before = await bench.snapshot()
    posts = len(bench.prairie.posts)
    for emptied in (False, True):
        if emptied:
            await bench.forget_inbox()
        await bench.process(records)
        assert await bench.batch() == 0
        assert await bench.send() == 0
        assert await bench.snapshot() == before
    assert len(bench.prairie.posts) == posts == 1
    assert await bench.states() == {
        (1, 1): "withdrawn:superseded", (1, 2): "delivered", (2, 1): "delivered", (3, 1): "withdrawn:withdrawn",
    }  # fmt: skip


@pytest.mark.parametrize("together", [True, False])
async def test_any_order_of_arrival_gives_the_same_result(bench: Bench, together: bool) -> None:
    """Versions 1 and 2 and the withdrawal of 1: 6 orders, in one poll or one by one."""
    for n, order in enumerate(permutations(range(3)), start=1):
        events = [
            (samples.built(n, 1), samples.content(n)),
            (samples.built(n, 2), samples.content(n)),
            samples.withdrawn(n, 1),
        ]
        shuffled = [events[k] for k in order]
        for part in [shuffled] if together else [[e] for e in shuffled]:
            assert await bench.process(bench.records(*part)) == []
    states = await bench.states()
    assert {states[n, 1] for n in range(1, 7)} == {"withdrawn:withdrawn"}
    assert {states[n, 2] for n in range(1, 7)} == {"pending"}


async def test_a_new_version_waits_behind_a_sent_one_unless_it_corrects(bench: Bench) -> None:
    await bench.deliver(1, 2)
    await bench.process(
        bench.records(
            (samples.built(1, 2), samples.content(1)),
            (samples.built(2, 2, correction=samples.correction(2)), samples.content(2)),
        )
    )
    assert await bench.states() == {
        (1, 1): "delivered", (1, 2): "parked:sent_version_exists", (2, 1): "delivered", (2, 2): "pending",
    }  # fmt: skip
    (stalled,) = await bench.published("ClaimStalled")
    assert (stalled.claim_id, stalled.claim_version) == (samples.claim_id(1), 2)
    assert stalled.reason == "sent_version_exists"
    await bench.batch()
    await bench.send()
    assert bench.prairie.claims[samples.patient_control_number(2)] == 2


async def test_a_withdrawal_after_batching_is_only_kept(bench: Bench) -> None:
    await bench.build(1)
    await bench.batch()
    await bench.process(bench.records(samples.withdrawn(1)))
    await bench.send()
    assert await bench.states() == {(1, 1): "delivered"}
    assert len(await bench.sql("SELECT * FROM withdrawal")) == 1


async def test_a_payer_without_a_gateway_is_parked_and_told_then_routed(bench: Bench) -> None:
    stranger = samples.content(1, coverage=samples.coverage(payer_id="99999"))
    await bench.build(stranger)
    assert await bench.states() == {(1, 1): "parked:no_gateway"}
    assert [e.reason for e in await bench.published("ClaimStalled")] == ["no_gateway"]
    valley = bench.context.tenants.by_id["valley"]
    account = valley.gateways[0].model_copy(update={"payers": ("60054", "99999")})
    tenant = valley.model_copy(update={"gateways": (account,)})
    bench.context.tenants = bench.context.tenants.model_copy(update={"tenants": (tenant,)})
    await reroute(bench.context)
    assert await bench.states() == {(1, 1): "pending"}
    await bench.batch()
    await bench.send()
    assert bench.prairie.claims == {samples.patient_control_number(1): 1}


async def test_a_claim_that_cannot_be_written_is_parked_and_its_neighbours_go(bench: Bench) -> None:
    no_address = samples.content(2, billing_provider=phi.Provider(npi=samples.npi(1), entity="organization", name="X"))
    await bench.deliver(samples.content(1), no_address, samples.content(3, lines=(samples.line(code="99*1"),)))
    assert await bench.states() == {
        (1, 1): "delivered", (2, 1): "parked:not_encodable", (3, 1): "parked:not_encodable",
    }  # fmt: skip
    told = await bench.told()
    assert (told["ClaimSubmitted", 1], told["ClaimStalled", 2], told["ClaimStalled", 3]) == (1, 1, 1)
    assert await bench.batch() == 0


async def test_an_event_that_contradicts_its_phi_part_is_a_dead_letter(bench: Bench) -> None:
    reasons = await bench.process(
        bench.records((samples.built(1, charge_cents=1), samples.content(1)), (samples.built(2), samples.content(2)))
    )
    assert reasons == ["claim.contradictory"]
    assert await bench.states() == {(2, 1): "pending"}


async def test_an_interchange_holds_one_tenant_and_one_gateway(bench: Bench) -> None:
    await bench.build(1, 2)
    await bench.build(samples.content(3, coverage=LAKE))
    await bench.build(4, tenant_id="hill")
    assert await bench.batch() == 3
    await bench.send()
    rows = await bench.sql(
        """
        SELECT i.tenant_id, i.gateway_id, array_agg(s.patient_control_number ORDER BY 1) FROM interchange i
        JOIN interchange_member m USING (interchange_id)
        JOIN submission s USING (claim_id, claim_version)
        WHERE s.tenant_id = i.tenant_id AND s.gateway_id = i.gateway_id GROUP BY 1, 2 ORDER BY 2
        """
    )
    number = samples.patient_control_number
    assert [tuple(r) for r in rows] == [
        ("hill", "hill-gw", [number(4)]),
        ("valley", "lake-gw", [number(3)]),
        ("valley", "prairie-gw", [number(1), number(2)]),
    ]


async def test_batches_by_size_and_age(bench: Bench) -> None:
    bench.context.settings = bench.settings.model_copy(update={"batch_size": 3, "batch_age_seconds": 60})
    await bench.build(1, 2)
    assert await bench.batch() == 0
    await bench.build(3, 4)
    assert await bench.batch(2) == 1
    assert sorted((await bench.states()).values()) == ["batched"] * 3 + ["pending"]
    await bench.sql("UPDATE submission SET queued_at = now() - interval '61 seconds'")
    assert await bench.batch() == 1


async def test_control_numbers_never_repeat(bench: Bench) -> None:
    bench.context.settings = bench.settings.model_copy(update={"batch_size": 5, "claims_per_transaction_set": 2})
    await bench.build(*range(1, 21))
    assert await bench.batch(4) == 4
    rows = await bench.interchanges()
    assert [r.interchange_control_number for r in rows] == [1, 2, 3, 4]
    assert [r.group_control_number for r in rows] == [1, 2, 3, 4]
    sets = await bench.sql("SELECT control_number, reference FROM transaction_set ORDER BY 1")
    assert [s.control_number for s in sets] == [f"{n:04d}" for n in range(1, 13)]
    assert len({s.reference for s in sets}) == 12


async def test_members_bytes_and_keys_cannot_be_changed_by_the_service(bench: Bench) -> None:
    await bench.deliver(1)
    for statement in (
        "UPDATE interchange SET content = 'x'",
        "UPDATE interchange SET idempotency_key = gen_random_uuid()",
        "UPDATE interchange SET interchange_control_number = 7",
        "UPDATE interchange_member SET claim_version = 2",
        "DELETE FROM interchange_member",
        "DELETE FROM interchange",
        "UPDATE claim_acknowledgement SET verdict = 'accepted'",
    ):
        with pytest.raises(DBAPIError, match="permission denied"):
            await bench.sql(statement)


async def test_a_dead_gateway_holds_up_neither_batching_nor_another_gateway(bench: Bench) -> None:
    """Behind a dead gateway claims stay pending (they can still be withdrawn); another gateway's go out at once."""
    bench.context.settings = bench.settings.model_copy(update={"batch_size": 1, "open_interchanges": 2})
    sender = bench.sender()
    await bench.build(*range(1, 11))
    await bench.batch(10)
    bench.prairie.scripts = [lost("connect-error")] * 100
    for _ in range(6):
        await bench.send(sender)
        await bench.make_due()
    assert sorted((await bench.states()).values()) == ["batched"] * 2 + ["pending"] * 8
    assert sender.breakers["prairie-gw"].failures >= 5
    posts = len(bench.prairie.posts)
    await bench.build(samples.content(20, coverage=LAKE))
    await bench.batch()
    await bench.send(sender)
    assert bench.lake.claims == {samples.patient_control_number(20): 1}
    assert len(bench.prairie.posts) == posts, "the open breaker let a POST through"


async def test_an_account_that_cannot_be_used_blames_no_claim_and_holds_up_no_other(bench: Bench) -> None:
    valley = bench.context.tenants.by_id["valley"]
    broken = valley.gateways[0].model_copy(update={"submitter_id": "LONGER-THAN-FIFTEEN"})
    tenant = valley.model_copy(update={"gateways": (broken, valley.gateways[1])})
    bench.context.tenants = bench.context.tenants.model_copy(update={"tenants": (tenant,)})
    await bench.build(samples.content(1), samples.content(2, coverage=LAKE))
    batcher = Batcher(bench.context)
    assert [await batcher.form_due(), await batcher.form_due()] == [1, 0]
    assert await bench.states() == {(1, 1): "pending", (2, 1): "batched"}
    assert await bench.published() == []


async def test_control_numbers_run_out_before_they_repeat(bench: Bench) -> None:
    await bench.deliver(1)
    await bench.sql("UPDATE control_number SET interchange = 999999999")
    await bench.build(2)
    assert await bench.batch() == 0
    assert (await bench.states())[2, 1] == "pending"


async def test_no_more_leases_than_slots(bench: Bench) -> None:
    bench.context.settings = bench.settings.model_copy(update={"batch_size": 1})
    await bench.build(*range(1, 6))
    await bench.batch(5)
    sender = bench.sender()
    first = await sender.lease()
    assert len(first) == 2
    sender.in_flight["prairie-gw"] = 2
    assert await sender.lease() == []
    # Another process does not take what is leased here.
    assert len(await bench.sender().lease()) == 2


@pytest.mark.parametrize("accepted", [False, True])
async def test_a_crash_in_the_post_repeats_the_same_bytes_under_the_same_key(bench: Bench, accepted: bool) -> None:
    """The process dies while the POST is under way, before or after the gateway took the file."""
    await bench.build(1, 2)
    await bench.batch()
    bench.prairie.scripts = [crash(accepted=accepted)]
    with pytest.raises(Crash):
        await bench.send()
    assert await bench.states() == {(1, 1): "batched", (2, 1): "batched"}
    assert await bench.send() == 0, "the lease holds"
    await bench.make_due()
    await bench.send()
    assert await bench.states() == {(1, 1): "delivered", (2, 1): "delivered"}
    assert len(set(bench.prairie.posts)) == 1
    assert set(bench.prairie.claims.values()) == {1}
    assert len(bench.prairie.questions) == 1
    assert await bench.told() == {("ClaimSubmitted", 1): 1, ("ClaimSubmitted", 2): 1}


async def test_a_crash_after_the_intent_sends_it_later(bench: Bench) -> None:
    await bench.build(1)
    await bench.batch()
    sender = bench.sender()
    assert len(await sender.lease()) == 1  # and dies here, before the POST
    await bench.make_due()
    await bench.send()
    assert bench.prairie.claims == {samples.patient_control_number(1): 1}
    assert await bench.states() == {(1, 1): "delivered"}


async def test_a_crash_between_the_answer_and_its_commit(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    await bench.build(1)
    await bench.batch()

    async def die(*_: object) -> None:
        raise Crash

    with monkeypatch.context() as patched, pytest.raises(Crash):
        patched.setattr(Sender, "_commit", die)
        await bench.send()
    assert await bench.published() == []
    await bench.make_due()
    await bench.send()
    assert len(bench.prairie.posts) == 1, "it looked, and found its file"
    assert await bench.told() == {("ClaimSubmitted", 1): 1}


@pytest.mark.parametrize("code", ["read-timeout", "http-503", "http-500", "connect-error", "http-429", "http-401"])
@pytest.mark.parametrize("accepted", [False, True])
async def test_no_answer_is_unknown_and_tried_again(bench: Bench, code: str, accepted: bool) -> None:
    await bench.build(1)
    await bench.batch()
    bench.prairie.scripts = [lost(code, accepted=accepted)]
    await bench.send()
    (row,) = await bench.interchanges()
    assert (row.state, row.last_answer) == ("unknown", code)
    assert await bench.published() == []
    await bench.make_due()
    await bench.send()
    (row,) = await bench.interchanges()
    assert row.state == "delivered"
    assert bench.prairie.claims == {samples.patient_control_number(1): 1}
    assert len(bench.prairie.posts) == (1 if accepted else 2)


async def test_retry_after_is_honoured(bench: Bench) -> None:
    await bench.build(1)
    await bench.batch()
    bench.prairie.scripts = [lambda *_: Answer(AnswerKind.UNKNOWN, "http-429", retry_after_seconds=500)]
    await bench.send()
    ((seconds,),) = await bench.sql("SELECT extract(epoch FROM due_at - now())::float FROM interchange")
    assert 480 < seconds <= 500


async def test_a_refused_file_rejects_its_claims_with_the_gateway_as_source(bench: Bench) -> None:
    await bench.build(1, 2)
    await bench.batch()
    bench.prairie.scripts = [refuse("http-422")]
    await bench.send()
    assert await bench.states() == {(1, 1): "rejected", (2, 1): "rejected"}
    rejected = await bench.published("ClaimRejected")
    assert [(e.source, [(c.category, c.status) for c in e.status_codes]) for e in rejected] == [
        ("gateway", [("HTTP", "422")])
    ] * 2
    await bench.make_due()
    assert await bench.send() == 0
    # Corrected and built again, it goes out as a new original.
    await bench.process(bench.records((samples.built(1, 2), samples.content(1))))
    await bench.batch()
    await bench.send()
    assert (await bench.states())[1, 2] == "delivered"


async def test_a_refused_retry_proves_nothing_until_the_gateway_was_asked(bench: Bench) -> None:
    await bench.build(1)
    await bench.batch()
    bench.prairie.scripts = [lost(accepted=True), refuse("http-400")]
    bench.prairie.answers = [Answer(AnswerKind.UNASKABLE, "lookup-http-405")]
    await bench.send()
    await bench.make_due()
    await bench.send()
    (row,) = await bench.interchanges()
    assert row.state == "unknown"
    assert await bench.published() == []
    await bench.make_due()
    await bench.send()
    assert await bench.states() == {(1, 1): "delivered"}


@pytest.mark.parametrize(("posts", "state"), [(1, "rejected"), (2, "delivered")])
async def test_a_duplicate_answer_to_our_own_retry_is_acceptance(bench: Bench, posts: int, state: str) -> None:
    await bench.build(1)
    await bench.batch()
    duplicate = Answer(AnswerKind.DUPLICATE, "http-409")
    bench.prairie.scripts = [lost(accepted=True)] * (posts - 1) + [lambda *_: duplicate]
    bench.prairie.answers = [Answer(AnswerKind.UNASKABLE, "lookup-http-405")] * posts
    for _ in range(posts):
        await bench.make_due()
        await bench.send()
    assert await bench.states() == {(1, 1): state}


async def test_after_the_keys_time_nothing_is_sent_again_and_a_person_is_told(bench: Bench) -> None:
    await bench.build(1, 2)
    await bench.batch()
    bench.prairie.scripts = [lost("http-503")]
    await bench.send()
    await bench.sql("UPDATE interchange SET first_posted_at = now() - interval '20 hours'")
    await bench.make_due()
    await bench.send()
    (row,) = await bench.interchanges()
    assert row.state == "stalled"
    assert len(bench.prairie.posts) == 1
    assert [e.reason for e in await bench.published("ClaimStalled")] == ["delivery_unknown"] * 2
    await bench.make_due()
    assert await bench.send() == 0


async def test_after_the_keys_time_a_file_that_is_there_is_delivered(bench: Bench) -> None:
    await bench.build(1)
    await bench.batch()
    bench.prairie.scripts = [lost("http-503", accepted=True)]
    await bench.send()
    await bench.sql("UPDATE interchange SET first_posted_at = now() - interval '21 hours'")
    await bench.make_due()
    await bench.send()
    assert await bench.states() == {(1, 1): "delivered"}


async def test_a_late_answer_after_the_lease_passed_on_still_proves_delivery(bench: Bench) -> None:
    """Two processes hold the same file one after the other; the first one's success counts, and is told once."""
    await bench.build(1)
    await bench.batch()
    slow, quick = bench.sender(), bench.sender()
    (first,) = await slow.lease()
    await bench.make_due()
    (second,) = await quick.lease()
    assert second.interchange.post_count == 2
    await slow.post(first)
    await quick.post(second)
    assert await bench.told() == {("ClaimSubmitted", 1): 1}
    assert bench.prairie.claims == {samples.patient_control_number(1): 1}


async def test_a_claim_nobody_answers_is_told_once(bench: Bench) -> None:
    await bench.deliver(1)
    assert await overdue.stall_overdue(bench.context) == 0
    bench.clock.instant = samples.NOW.replace(day=10)
    assert await overdue.stall_overdue(bench.context) == 1
    assert await overdue.stall_overdue(bench.context) == 0
    (stalled,) = await bench.published("ClaimStalled")
    assert stalled.reason == "acknowledgement_overdue"


async def test_what_was_posted_is_what_is_stored(bench: Bench) -> None:
    await bench.deliver(*samples.mixed(20))
    (row,) = await bench.interchanges()
    ((key, content),) = bench.prairie.posts
    assert (row.idempotency_key, bytes(row.content)) == (key, content)
    assert claim_837p.read(content).errors == ()
