"""Redelivery of every event and webhook changes nothing; any order of arrival ends in the same books."""

from __future__ import annotations

import itertools
import random
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from events import AcknowledgementQuarantined
from x12.remittance_835.models import ClaimPayment

from tests.service.followup_svc.world import Story, World, file_835, reversal_of


def _all_events(story: Story) -> list[Any]:
    return [
        story.received(),
        story.coded(),
        story.held(),
        story.built(),
        story.submitted(),
        story.accepted(),
    ]


async def test_redelivery_changes_nothing_even_with_the_inbox_emptied(world: World) -> None:
    paid, denied, waiting = Story(), Story(), Story()
    files = [
        file_835(paid.paid(), denied.denied(), trace="T-RE-1", provider_adjustments=[("L6", "", -120)]),
        file_835(waiting.paid(), trace="T-RE-2"),
    ]
    for story in (paid, denied):
        await world.receive(*_all_events(story))
    for body in files:
        await world.remit(body, webhook_id=f"original-{len(body)}")
    before = await world.snapshot()

    await world.forget_inbox()
    for story in (paid, denied):
        await world.receive(*_all_events(story))
        for event in _all_events(story):
            await world.receive(event)
    for body in files:  # under a new webhook id, as a payer's replay comes
        assert await world.remit(body) == "applied"

    assert await world.snapshot() == before


async def test_the_same_remittance_in_another_file_is_not_posted_twice(world: World) -> None:
    story = Story()
    await world.receive(story.built())
    await world.remit(file_835(story.paid(), trace="T-COPY"))
    await world.remit(file_835(story.paid(), trace="T-COPY", control_number=77))
    assert (await world.ledger(story))["payer_cash:P"] == 10_500


async def test_a_reused_trace_number_is_kept_for_a_person(world: World) -> None:
    first, second = Story(), Story()
    await world.receive(first.built(), second.built())
    await world.remit(file_835(first.paid(), trace="T-REUSED"))
    await world.remit(file_835(first.paid(), second.paid(), trace="T-REUSED"))
    assert (await world.ledger(first))["payer_cash:P"] == 10_500
    assert "payer_cash:P" not in await world.ledger(second)
    rows = await world.rows("SELECT amount_cents FROM work_item WHERE reason_code = 'remittance.trace-reused'")
    assert [row.amount_cents for row in rows] == [21_000]


@dataclass(frozen=True)
class Remit:
    """Payments that come in one 835 on one day."""

    payments: tuple[ClaimPayment, ...]
    paid_on: date = date(2026, 8, 10)


Happening = Any


async def _tell_all(world: World, name: str, tales: list[tuple[Story, list[Happening]]]) -> list[dict[str, Any]]:
    """Tell every story its happenings, step by step: one batch and one 835 a day for all stories together."""
    for step in range(len(tales[0][1])):
        now = [happenings[step] for _, happenings in tales]
        events = [happening for happening in now if not isinstance(happening, Remit)]
        for start in range(0, len(events), 200):
            await world.receive(*events[start : start + 200])
        remits = [happening for happening in now if isinstance(happening, Remit)]
        for day in sorted({remit.paid_on for remit in remits}):
            payments = [payment for remit in remits if remit.paid_on == day for payment in remit.payments]
            await world.remit(file_835(*payments, trace=f"{name}-{step}-{day:%m%d}", paid_on=day))
    return [await _outcome(world, story) for story, _ in tales]


async def _outcome(world: World, story: Story) -> dict[str, Any]:
    claim = "SELECT state, closed, closed_as FROM claim WHERE claim_id = :id"
    return {
        "claim": [tuple(row) for row in await world.rows(claim, id=story.claim_id)],
        "ledger": await world.ledger(story),
        "items": await world.open_items(story),
        # A claim may have been closed for a while before its reversal came.
        "published": sorted(set(await world.published(story)) - {"ClaimClosed"}),
    }


def _paid(story: Story) -> list[Happening]:
    return [story.held(), story.built(), story.submitted(), story.accepted(), Remit((story.paid(),))]


def _denied(story: Story) -> list[Happening]:
    return [story.coded(), story.built(), story.submitted(), story.accepted(), Remit((story.denied(),))]


def _rejected_then_mended(story: Story) -> list[Happening]:
    mended = story.built(2, charges=(12_000, 5_000), minutes=30)
    return [story.built(), story.submitted(), story.rejected(), mended, story.submitted(2, minutes=40)]


def _paid_then_revised(story: Story) -> list[Happening]:
    revised = story.coded(2, minutes=60 * 24 * 12)
    return [story.coded(), story.built(), story.submitted(), Remit((story.paid(),)), revised]


def _cancelled_in_time(story: Story) -> list[Happening]:
    return [story.received(), story.coded(), story.built(), story.withdrawn(), story.held()]


def _reversed_and_corrected(story: Story) -> list[Happening]:
    first = story.paid()
    corrected = story.decision(story.line(1, 10_000, ("CO", "45", 4_000)), story.line(2, 5_000, ("CO", "97", 5_000)))
    second = Remit((reversal_of(first), corrected), date(2026, 8, 20))
    return [story.built(), story.submitted(), story.accepted(), Remit((first,)), second]


@pytest.mark.parametrize(
    ("happenings", "state", "items"),
    [
        (_paid, "paid", []),
        (_denied, "denied", ["denial.eligibility"]),
        (_rejected_then_mended, "submitted", []),
        (_paid_then_revised, "paid", []),
        (_cancelled_in_time, "voided", []),
        (_reversed_and_corrected, "partially_paid", ["denial.bundling"]),
    ],
)
async def test_every_order_of_one_claims_happenings_ends_the_same(
    world: World, happenings: Any, state: str, items: list[str]
) -> None:
    tales = []
    for order in itertools.permutations(range(5)):
        story = Story()
        told = happenings(story)
        tales.append((story, [told[i] for i in order]))
    outcomes = await _tell_all(world, happenings.__name__.strip("_").replace("_", "-")[:20], tales)
    different = {str(outcome) for outcome in outcomes}
    assert len(different) == 1, different
    assert outcomes[0]["claim"][0][0] == state
    assert outcomes[0]["items"] == items
    balanced = outcomes[0]["ledger"]
    assert balanced.pop("charges", 0) == sum(balanced.values())


async def test_many_claims_in_random_orders_converge(world: World) -> None:
    """A day of claims told twice, shuffled in two ways and in batches: the same books."""
    seeded = random.Random(835)
    charges = [(seeded.choice([4_000, 9_900]), 2_500) for _ in range(12)]
    totals = []
    for run in range(2):
        copies = [Story(charges=lines) for lines in charges]
        told: list[Happening] = [event for story in copies for event in _all_events(story)]
        body = file_835(*(s.paid() if n % 3 else s.denied() for n, s in enumerate(copies)), trace=f"DAY-{run}")
        told += [body, *told[:20]]
        seeded.shuffle(told)
        for happening in told:
            await (world.remit(happening) if isinstance(happening, bytes) else world.receive(happening))
        ledgers = [await world.ledger(story) for story in copies]
        totals.append(([await world.state(s) for s in copies], ledgers))
    assert totals[0] == totals[1]


async def test_a_quarantined_acknowledgement_is_one_item_for_an_operator(world: World) -> None:
    told = AcknowledgementQuarantined.about(
        tenant_id="valley",
        webhook_id=uuid4(),
        gateway_id="gateway-1",
        kind="277CA",
        reason="acknowledgement.truncated",
        occurred_at=world.clock.now(),
    )
    await world.receive(told)
    sql = "SELECT * FROM work_item WHERE details->>'webhook_id' = :id"
    [item] = await world.rows(sql, id=str(told.webhook_id))
    assert (item.reason_code, item.waits_on, item.state) == ("acknowledgement.quarantined", "operator", "open")
    assert item.details["code"] == "acknowledgement.truncated"
    assert (item.encounter_id, item.claim_id) == (None, None)
    assert not await world.rows("SELECT 1 FROM timeline WHERE encounter_id = :id", id=told.encounter_id)

    before = await world.snapshot()
    await world.forget_inbox()
    await world.receive(told)
    assert await world.snapshot() == before
    assert not await world.rows(sql, tenant_id="hill", id=str(told.webhook_id))
