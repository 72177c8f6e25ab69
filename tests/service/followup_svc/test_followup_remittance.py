"""Remittances that do not simply fit: suspense, unbalanced, unreadable, reversals, takebacks, other tenants."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import date
from uuid import uuid4

import pytest
from followup_svc.remittance import apply_remittance, match_suspense
from followup_svc.worker import desk_of
from kit.webhooks.worker import StoredWebhook

from tests.service.followup_svc.world import NOW, PAYER, Story, World, file_835, reversal_of


async def test_a_payment_of_an_unknown_claim_waits_and_posts_itself(world: World) -> None:
    story = Story()
    await world.remit(file_835(story.paid(), trace="T-SUS"))
    cash = await world.rows(
        "SELECT debit_account, credit_account, amount_cents FROM ledger_transfer WHERE key LIKE 'suspense|%'"
        " AND payment_id IN (SELECT payment_id FROM claim_payment WHERE patient_control_number = :n)",
        n=story.number,
    )
    assert [tuple(row) for row in cash] == [("payer_cash", "suspense", 10_500)]
    assert "payment.claim-unknown" in await world.open_items()

    await world.receive(story.built())

    assert await world.state(story) == "paid"
    assert (await world.ledger(story))["payer_cash:P"] == 10_500
    closed = await world.rows(
        "SELECT closed_by FROM work_item WHERE reason_code = 'payment.claim-unknown' AND key LIKE 'suspense|' || :id",
        id=str((await world.rows("SELECT payment_id FROM claim_payment WHERE claim_id = :c", c=story.claim_id))[0][0]),
    )
    assert [row.closed_by for row in closed] == ["facts"]
    left = await world.rows("SELECT sum(suspense_cents) AS cents FROM ledger")
    assert left[0].cents == 0


@pytest.mark.parametrize("mangled", [False, True])
async def test_a_payment_that_crosses_its_claim_is_matched_afterwards(world: World, mangled: bool) -> None:
    """Neither transaction sees the other's row: the claim commits while the remittance is still being posted."""
    story = Story()
    number = f"ICN78{mangled}"
    payment = story.paid(payer_number=number)
    if mangled:
        payment = replace(payment, patient_control_number="0000")
    stored = StoredWebhook(
        uuid4(),
        "gateway-1",
        "valley",
        "W",
        "835",
        "",
        file_835(payment, trace=f"T-CROSS-{mangled}"),
        NOW,
        traceparent=None,
    )
    desk = desk_of(world.context)
    async with world.database.transaction(["valley"]) as tx:
        await apply_remittance(tx, desk, stored, date(2026, 8, 10))
        await world.receive(story.built(), story.submitted(), story.accepted(payer_number=number))
    assert await world.state(story) == "accepted"

    async with world.database.transaction(["valley"]) as tx:
        assert await match_suspense(tx, desk) == 1
    assert await world.state(story) == "paid"
    assert (await world.ledger(story))["payer_cash:P"] == 10_500
    async with world.database.transaction(["valley"]) as tx:
        assert await match_suspense(tx, desk) == 0


async def test_a_denial_of_nothing_for_an_unknown_claim_waits_too(world: World) -> None:
    story = Story()
    await world.remit(file_835(story.denied(), trace="T-SUS-0"))
    await world.receive(story.built())
    assert await world.state(story) == "denied"
    assert await world.open_items(story) == ["denial.eligibility"]


async def test_a_mangled_control_number_is_found_by_the_payers_own(world: World) -> None:
    story = Story()
    await world.receive(story.built(), story.submitted(), story.accepted(payer_number="ICN77"))
    mangled = replace(story.paid(payer_number="ICN77"), patient_control_number="0000")
    await world.remit(file_835(mangled, trace="T-MANGLED"))
    assert await world.state(story) == "paid"

    lower = Story()
    await world.receive(lower.built())
    await world.remit(file_835(replace(lower.paid(), patient_control_number=lower.number.lower()), trace="T-LOWER"))
    assert await world.state(lower) == "paid"


async def test_another_charge_than_billed_is_not_guessed(world: World) -> None:
    story = Story()
    await world.receive(story.built())
    other = story.decision(story.line(1, 77_700, ("CO", "45", 700)))
    await world.remit(file_835(other, trace="T-DIFFERS"))
    assert await world.open_items(story) == ["payment.charge-differs"]
    assert await world.ledger(story) == {"charges": 15_000, "outstanding:P": 15_000}

    await world.receive(story.built(2, charges=(77_700,), encounter_version=2))  # the version that was meant

    assert await world.open_items(story) == []
    assert (await world.ledger(story))["payer_cash:P"] == 77_000


async def test_a_payment_of_version_one_after_version_two_is_posted(world: World) -> None:
    story = Story()
    await world.receive(story.built(), story.submitted(), story.built(2, charges=(12_000, 5_000), minutes=60))
    assert (await world.ledger(story))["charges"] == 17_000
    await world.remit(file_835(story.paid(), trace="T-V1"))
    assert await world.ledger(story) == {
        "charges": 17_000,
        "payer_cash:P": 10_500,
        "contractual:P": 3_000,
        "patient": 1_500,
        "outstanding:P": 2_000,
    }
    events = await world.rows(
        "SELECT claim_version FROM timeline WHERE event_type = 'ClaimPaid' AND claim_id = :c", c=story.claim_id
    )
    assert [row.claim_version for row in events] == [1]


async def test_a_split_claim_is_posted_part_by_part(world: World) -> None:
    story = Story()
    await world.receive(story.built())
    one = story.decision(story.line(1, 10_000, ("CO", "45", 2_000)), payer_number="PA")
    two = story.decision(story.line(2, 5_000, ("PR", "1", 5_000)), payer_number="PB")
    await world.remit(file_835(one, two, trace="T-SPLIT"))
    assert await world.ledger(story) == {
        "charges": 15_000,
        "payer_cash:P": 8_000,
        "contractual:P": 2_000,
        "patient": 5_000,
    }
    assert await world.state(story) == "paid"


async def test_an_unbalanced_remittance_is_not_posted(world: World) -> None:
    story = Story()
    await world.receive(story.built())
    await world.remit(file_835(story.paid(), trace="T-UNBAL", amount_cents=10_400))
    assert "payer_cash:P" not in await world.ledger(story)
    items = await world.rows("SELECT amount_cents, details FROM work_item WHERE reason_code = 'remittance.unbalanced'")
    assert [row.amount_cents for row in items] == [10_400]

    await world.remit(file_835(story.paid(), trace="T-UNBAL"))  # the payer's corrected copy

    assert (await world.ledger(story))["payer_cash:P"] == 10_500
    assert "remittance.unbalanced" not in await world.open_items()


async def test_an_unbalanced_line_alone_stops_the_remittance(world: World) -> None:
    story = Story()
    await world.receive(story.built())
    paid = story.paid()
    bent = replace(paid.service_payments[0], paid_cents=paid.service_payments[0].paid_cents + 1)
    lines = (bent, replace(paid.service_payments[1], paid_cents=paid.service_payments[1].paid_cents - 1))
    await world.remit(file_835(replace(paid, service_payments=lines), trace="T-LINE"))
    assert "payer_cash:P" not in await world.ledger(story)


async def test_what_cannot_be_read_goes_to_quarantine_with_a_work_item(world: World) -> None:
    story = Story()
    whole = file_835(story.paid(), trace="T-CUT")
    before = len([code for code in await world.open_items() if code == "webhook.quarantined"])
    for body in (
        b"",
        b"\xff\xfe\x00nonsense",
        b"ISA*",
        whole[: len(whole) * 2 // 3],
        whole[: whole.index(b"SE*")],
        whole.replace(b"CAS*CO*45", b"CAS*CO*\x00"),
    ):
        assert await world.remit(body) == "quarantined"
    after = len([code for code in await world.open_items() if code == "webhook.quarantined"])
    assert after == before + 6
    await world.remit(whole)
    assert await world.open_items(story) == []


async def test_a_file_too_large_to_read_is_set_aside_at_once(world: World) -> None:
    head = file_835(Story().paid(), trace="T-HUGE")[:106]
    started = time.monotonic()
    assert await world.remit(head + b"ST*835*0001~" + b"CLP*A*1~" * 600_000) == "quarantined", "cut off"
    assert await world.remit(head + b"ST*835*0001~" + b"CLP*A*1~" * 600_000 + b"IEA*1*1~") == "quarantined"
    assert time.monotonic() - started < 10, "neither was read"


async def test_provider_level_adjustments_stay_off_the_claims(world: World) -> None:
    story = Story()
    await world.receive(story.built())
    takeback = [("WO", "OLDCLAIM", 2_500), ("L6", "", -40)]
    await world.remit(file_835(story.paid(), trace="T-PLB", provider_adjustments=takeback))
    assert await world.state(story) == "paid"
    rows = await world.rows(
        "SELECT l.paid_cents, l.provider_level_cents FROM ledger l JOIN remittance r ON r.remittance_id = l.ledger_id"
        " WHERE r.trace_number = 'T-PLB'"
    )
    assert [tuple(row) for row in rows] == [(-2_460, 2_460)]
    assert "provider-level.takeback" in await world.open_items()


async def test_a_reversal_without_its_original_waits(world: World) -> None:
    story = Story()
    await world.receive(story.built())
    first = story.paid()
    await world.remit(file_835(reversal_of(first), trace="T-REV-1", provider_adjustments=[("FB", "T-REV-1", -10_500)]))
    assert await world.open_items(story) == ["payment.reversal-unmatched"]
    await world.remit(file_835(first, trace="T-REV-0", paid_on=date(2026, 8, 5)))
    assert await world.open_items(story) == ["payment.taken-back"]
    assert await world.ledger(story) == {"charges": 15_000, "outstanding:P": 15_000}
    assert await world.state(story) == "reversed"


async def test_a_zero_payment_notice_still_posts_its_denials(world: World) -> None:
    story = Story()
    await world.receive(story.built(), story.submitted())
    await world.remit(file_835(story.denied("PR", "204", ()), trace="T-NON"))
    assert await world.state(story) == "denied"
    assert await world.published(story) == ["ClaimDenied"]
    assert await world.open_items(story) == ["denial.non-covered"]
    assert await world.ledger(story) == {"charges": 15_000, "outstanding:P": 15_000}


async def test_all_to_the_deductible_is_the_patients_share_and_no_denial(world: World) -> None:
    story = Story()
    await world.receive(story.built())
    await world.remit(file_835(story.denied("PR", "1", ()), trace="T-DED"))
    assert await world.state(story) == "patient_share"
    assert await world.published(story) == ["ClaimClosed", "ClaimPaid"]
    assert await world.open_items(story) == []


async def test_another_tenants_remittance_does_not_touch_the_claim(world: World) -> None:
    story = Story()
    await world.receive(story.built())
    await world.remit(file_835(story.paid(), trace="T-HILL"), tenant_id="hill")
    assert await world.ledger(story) == {"charges": 15_000, "outstanding:P": 15_000}
    hill = await world.rows("SELECT reason_code FROM work_item", tenant_id="hill")
    assert [row.reason_code for row in hill] == ["payment.claim-unknown"]


async def test_hundreds_of_claims_in_one_remittance_take_few_statements(world: World) -> None:
    stories = [Story() for _ in range(300)]
    for start in range(0, 300, 150):
        await world.receive(*(story.built() for story in stories[start : start + 150]))
    statements = await world.count_statements(world.remit(file_835(*(s.paid() for s in stories), trace="T-BIG")))
    assert statements < 80
    assert {await world.state(story) for story in stories[::50]} == {"paid"}
    assert PAYER
