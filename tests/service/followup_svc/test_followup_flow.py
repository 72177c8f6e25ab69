"""From facts to balanced books, on a real PostgreSQL."""

from __future__ import annotations

from tests.service.followup_svc.world import Story, World, file_835


async def test_a_paid_claim_ends_in_balanced_books(world: World) -> None:
    story = Story()
    await world.receive(story.received(), story.coded(), story.built(), story.submitted(), story.accepted())
    assert await world.state(story) == "accepted"
    assert await world.ledger(story) == {"charges": 15_000, "outstanding:P": 15_000}

    assert await world.remit(file_835(story.paid(), trace="T-PAID")) == "applied"

    assert await world.state(story) == "paid"
    assert await world.ledger(story) == {
        "charges": 15_000,
        "payer_cash:P": 10_500,
        "contractual:P": 3_000,
        "patient": 1_500,
    }
    assert await world.published(story) == ["ClaimClosed", "ClaimPaid"]
    assert await world.open_items(story) == []
