"""What is corrected by itself, what waits for a person, and how a second payer takes over what is left."""

from __future__ import annotations

from datetime import date, timedelta

from events import ClaimWithdrawn, Correction, CorrectionRefused, CorrectionRequested

from tests.service.followup_svc.world import PAYER, SECOND_PAYER, Story, World, file_835, reversal_of


async def _requested(world: World, story: Story) -> list[CorrectionRequested]:
    payloads = await world.outbox(story, "CorrectionRequested")
    return [CorrectionRequested.model_validate_json(payload) for payload in payloads]


async def test_nothing_is_corrected_while_nothing_changed(world: World) -> None:
    story = Story()
    await world.receive(story.coded(), story.built(), story.submitted(), story.accepted())
    await world.remit(file_835(story.denied(), trace="C-SAME"))
    assert await _requested(world, story) == []
    assert await world.open_items(story) == ["denial.eligibility"]


async def test_a_revised_encounter_replaces_the_denied_claim_once(world: World) -> None:
    story = Story()
    await world.receive(story.coded(), story.built(), story.submitted(), story.accepted())
    await world.remit(file_835(story.denied(), trace="C-REVISED"))
    await world.receive(story.coded(2, minutes=60))
    assert await _requested(world, story) == [], "new codes alone may make the same claim"
    changed = story.built(2, encounter_version=2, minutes=61)
    await world.receive(changed)
    await world.forget_inbox()
    await world.receive(story.coded(2, minutes=60), changed)

    [correction] = await _requested(world, story)
    assert correction.action == "rebill"
    assert correction.reason_code == "encounter.revised.2"
    assert correction.claim_version == 1
    assert correction.frequency_code == "7"
    assert correction.payer_claim_control_number == f"PC{story.number[:8]}"

    context = Correction(
        claim_id=story.claim_id,
        claim_version=1,
        action="rebill",
        reason_code="encounter.revised.2",
        frequency_code="7",
        payer_claim_control_number=correction.payer_claim_control_number,
    )
    await world.receive(story.withdrawn(2, "superseded", minutes=89))
    await world.receive(story.built(3, encounter_version=2, correction=context, frequency_code="7", minutes=90))
    assert await world.state(story) == "built"
    await world.receive(story.submitted(3, minutes=100))
    assert await world.state(story) == "submitted"
    assert await world.open_items(story) == []
    first = story.denied()
    await world.remit(file_835(reversal_of(first), story.paid(), trace="C-REVISED-2", paid_on=date(2026, 8, 30)))
    assert await world.state(story) == "paid"
    assert len(await _requested(world, story)) == 1


async def test_medicare_takes_no_replacement_so_a_person_decides(world: World) -> None:
    story = Story(filing_indicator="MB")
    await world.receive(story.coded(), story.built(), story.submitted(), story.accepted())
    await world.remit(file_835(story.denied("CO", "50", ()), trace="C-MB"))
    await world.receive(story.coded(2, minutes=60), story.built(2, encounter_version=2, minutes=61))
    await world.receive(story.stalled(2, minutes=62, reason="sent_version_exists"))
    assert await _requested(world, story) == []
    assert await world.open_items(story) == ["correction.needs-a-person", "denial.medical-necessity"]


async def test_an_unprocessable_medicare_claim_goes_out_anew_as_an_original(world: World) -> None:
    story = Story(filing_indicator="MB")
    await world.receive(story.coded(), story.built(), story.submitted(), story.coded(2, minutes=60))
    await world.receive(story.built(2, encounter_version=2, minutes=61))
    await world.remit(file_835(story.denied(remarks=("MA130", "N382")), trace="C-MA130"))
    [correction] = await _requested(world, story)
    assert correction.frequency_code == "1"
    assert correction.payer_claim_control_number is None


async def test_the_next_payer_takes_over_what_is_left(world: World) -> None:
    story = Story(next_payer=True)
    await world.receive(story.built(), story.submitted(), story.accepted())
    await world.remit(file_835(story.paid(), trace="S-P"))

    assert await world.ledger(story) == {
        "charges": 15_000,
        "payer_cash:P": 10_500,
        "contractual:P": 3_000,
        "outstanding:S": 1_500,
    }
    [correction] = await _requested(world, story)
    assert (correction.action, correction.frequency_code) == ("secondary", "1")
    prior = world.cipher.open(correction).prior_payments
    assert [p.coverage.payer_id for p in prior] == [PAYER]
    assert prior[0].paid_cents == 10_500
    assert prior[0].adjudication_date == date(2026, 8, 10)
    assert [line.line_item_control_number for line in prior[0].lines] == [story.line_number(1), story.line_number(2)]
    for line, charge in zip(prior[0].lines, story.charges, strict=True):
        assert line.paid_cents + sum(a.amount_cents for a in line.adjustments) == charge

    second = Story(encounter_id=story.encounter_id, turn="S", payer_id=SECOND_PAYER)
    context = Correction(
        claim_id=story.claim_id,
        claim_version=1,
        action="secondary",
        reason_code=correction.reason_code,
        frequency_code="1",
    )
    await world.receive(second.built(correction=context, minutes=60), second.submitted(minutes=70))
    assert (await world.ledger(second))["charges"] == 15_000, "a second payer's claim brings no new revenue"

    # The second payer restates the whole contractual reduction from the full charge, as some do.
    restated = second.decision(
        second.line(1, 10_000, ("CO", "45", 2_000), ("OA", "23", 7_000), ("PR", "1", 200)),
        second.line(2, 5_000, ("CO", "45", 1_000), ("OA", "23", 3_500)),
        status_code="2",
    )
    await world.remit(file_835(restated, trace="S-S", payer_id=SECOND_PAYER, paid_on=date(2026, 8, 25)))

    assert await world.ledger(story) == {
        "charges": 15_000,
        "payer_cash:P": 10_500,
        "payer_cash:S": 1_300,
        "contractual:P": 3_000,
        "patient": 200,
    }
    assert await world.state(second) == "paid"
    assert await world.open_items(story) == []
    assert len(await _requested(world, story)) == 1


async def test_a_denied_claim_is_not_sent_on_to_the_next_payer(world: World) -> None:
    story = Story(next_payer=True)
    await world.receive(story.built(), story.submitted())
    lines = (story.line(1, 10_000, ("CO", "50", 10_000)), story.line(2, 5_000, ("PR", "2", 1_000)))
    await world.remit(file_835(story.decision(*lines), trace="S-DENIED"))
    assert await _requested(world, story) == []
    assert await world.state(story) == "partially_paid"
    assert await world.open_items(story) == ["denial.medical-necessity"]


async def test_a_payer_that_forwards_the_claim_itself_is_waited_for(world: World) -> None:
    story = Story(next_payer=True)
    await world.receive(story.built(), story.submitted())
    await world.remit(file_835(story.paid(status_code="19"), trace="X-P"))
    assert await _requested(world, story) == []
    assert await world.open_items(story) == ["cob.crossover"]

    answer = story.decision(
        story.line(1, 10_000, ("OA", "23", 9_000)), story.line(2, 5_000, ("OA", "23", 4_500)), status_code="2"
    )
    await world.remit(file_835(answer, trace="X-S", payer_id=SECOND_PAYER, paid_on=date(2026, 8, 28)))
    assert await world.open_items(story) == []
    assert (await world.ledger(story))["payer_cash:S"] == 1_500


async def test_a_cancelled_encounter_is_voided_at_the_payer(world: World) -> None:
    story = Story()
    await world.receive(story.built(), story.submitted(), story.accepted())
    await world.remit(file_835(story.paid(), trace="V-1"))
    await world.receive(_withdrawn(story))
    [correction] = await _requested(world, story)
    assert (correction.action, correction.frequency_code) == ("void", "8")

    context = Correction(
        claim_id=story.claim_id,
        claim_version=1,
        action="void",
        reason_code=correction.reason_code,
        frequency_code="8",
        payer_claim_control_number=correction.payer_claim_control_number,
    )
    await world.receive(story.built(2, correction=context, frequency_code="8", minutes=60), story.submitted(2))
    plb = [("WO", "", -10_500)]
    taken = file_835(reversal_of(story.paid()), trace="V-2", paid_on=date(2026, 8, 30), provider_adjustments=plb)
    await world.remit(taken)
    assert await world.state(story) == "voided"
    assert await world.ledger(story) == {}
    assert (await world.published(story)).count("ClaimClosed") == 2


async def test_a_claim_cancelled_before_it_was_sent_leaves_no_charge(world: World) -> None:
    story = Story()
    await world.receive(story.built(), _withdrawn(story))
    assert await world.ledger(story) == {}
    assert await world.state(story) == "voided"
    assert await _requested(world, story) == []


async def test_a_second_payment_without_reversal_is_flagged_as_overpaid(world: World) -> None:
    story = Story()
    await world.receive(story.built(), story.submitted())
    await world.remit(file_835(story.paid(), trace="O-1"))
    again = story.paid()
    await world.remit(file_835(again, trace="O-2", paid_on=date(2026, 8, 12)))
    assert await world.open_items(story) == ["ledger.overpaid"]
    await world.remit(
        file_835(
            reversal_of(again), trace="O-3", paid_on=date(2026, 8, 14), provider_adjustments=[("FB", "O-3", -10_500)]
        )
    )
    assert await world.open_items(story) == []


async def test_holds_rejections_and_stalls_open_items_that_close_themselves(world: World) -> None:
    story = Story()
    await world.receive(story.encounter_held())
    assert await world.open_items(story) == ["encounter.held"]
    await world.receive(story.coded(minutes=5), story.held())
    assert await world.open_items(story) == ["claim.held"]
    await world.receive(story.built(2), story.stalled(2))
    assert await world.open_items(story) == ["claim.stalled"]
    await world.receive(story.submitted(2), story.rejected(2))
    assert await world.open_items(story) == ["claim.rejected"]
    await world.receive(story.built(3, minutes=60))
    assert await world.open_items(story) == []


async def test_a_denial_item_has_owner_deadline_and_amount(world: World) -> None:
    story = Story()
    await world.receive(story.built(), story.submitted())
    lines = (story.line(1, 10_000, ("CO", "45", 2_000)), story.line(2, 5_000, ("CO", "197", 5_000)))
    await world.remit(file_835(story.decision(*lines), trace="I-1", paid_on=date(2026, 9, 1)))
    [item] = await world.rows("SELECT * FROM work_item WHERE claim_id = :c", c=story.claim_id)
    assert (item.reason_code, item.waits_on, item.amount_cents) == ("denial.authorization", "biller", 5_000)
    assert item.opened_on == date(2026, 9, 1)
    assert item.due_on == date(2026, 9, 16)  # ten business days, Labor Day between


def _withdrawn(story: Story) -> ClaimWithdrawn:
    return ClaimWithdrawn.create(
        occurred_at=story.at(60) + timedelta(days=1),
        tenant_id=story.tenant_id,
        encounter_id=story.encounter_id,
        encounter_version=2,
        claim_id=story.claim_id,
        claim_version=1,
        reason="encounter_cancelled",
    )


async def test_a_revision_while_the_first_version_is_at_the_payer_waits_for_its_answer(world: World) -> None:
    story = Story()
    await world.receive(story.coded(), story.built(), story.submitted(), story.accepted())
    # As the other services tell it: the builder replaces version 1, the sender may not send version 2 beside it.
    await world.receive(
        story.coded(2, minutes=60),
        story.withdrawn(reason="superseded", minutes=61),
        story.built(2, encounter_version=2, charges=(12_000, 5_000), minutes=60),
        story.stalled(2, minutes=63, reason="sent_version_exists"),
    )
    [item] = await world.rows("SELECT * FROM work_item WHERE claim_id = :c AND state = 'open'", c=story.claim_id)
    assert (item.reason_code, item.waits_on) == ("claim.stalled", "payer")
    assert await _requested(world, story) == []

    await world.remit(file_835(story.paid(), trace="R-V1"))
    [correction] = await _requested(world, story)
    assert (correction.claim_version, correction.frequency_code) == (1, "7")

    context = Correction(
        claim_id=story.claim_id,
        claim_version=1,
        action="rebill",
        reason_code=correction.reason_code,
        frequency_code="7",
        payer_claim_control_number=correction.payer_claim_control_number,
    )
    third = story.built(3, encounter_version=2, charges=(12_000, 5_000), correction=context, frequency_code="7")
    await world.receive(third, story.submitted(3, minutes=90))
    assert await world.open_items(story) == []
    assert await world.state(story) == "submitted"
    newer = story.decision(
        story.line(1, 12_000, ("CO", "45", 2_000)), story.line(2, 5_000, ("CO", "45", 1_000)), payer_number="NEW"
    )
    await world.remit(file_835(reversal_of(story.paid()), newer, trace="R-V3", paid_on=date(2026, 8, 30)))
    assert await world.state(story) == "paid"
    assert await world.ledger(story) == {"charges": 17_000, "payer_cash:P": 14_000, "contractual:P": 3_000}
    assert len(await _requested(world, story)) == 1


async def test_what_is_decided_but_not_all_there_is_somebodys_matter(world: World) -> None:
    story = Story()
    await world.receive(story.built(), story.submitted())
    await world.remit(file_835(story.decision(story.line(1, 10_000, ("CO", "45", 2_000))), trace="ST-1"))
    assert await world.open_items(story) == ["ledger.still-outstanding"]
    await world.remit(file_835(story.decision(story.line(2, 5_000), payer_number="PB"), trace="ST-2"))
    assert await world.open_items(story) == []
    assert await world.state(story) == "paid"


async def test_a_decision_taken_back_for_good_is_somebodys_matter_until_a_new_one_comes(world: World) -> None:
    story = Story()
    await world.receive(story.built(), story.submitted())
    await world.remit(file_835(story.paid(), trace="TB-1"))
    await world.remit(file_835(reversal_of(story.paid()), trace="TB-2", paid_on=date(2026, 8, 20)))
    assert await world.state(story) == "reversed"
    assert await world.open_items(story) == ["payment.taken-back"]
    await world.remit(file_835(story.paid(), trace="TB-3", paid_on=date(2026, 8, 25)))
    assert await world.state(story) == "paid"
    assert await world.open_items(story) == []


async def test_a_payer_that_lost_the_turn_is_asked_to_take_its_money_back(world: World) -> None:
    story = Story()
    await world.receive(story.coded(), story.built(), story.submitted(), story.accepted())
    await world.remit(file_835(story.paid(), trace="PC-PAID"))
    await world.receive(story.coded(2, minutes=60), story.withdrawn(1, "payer_changed", minutes=61))
    [correction] = await _requested(world, story)
    assert (correction.action, correction.frequency_code) == ("void", "8")
    assert correction.payer_claim_control_number == f"PC{story.number[:8]}"
    await world.remit(file_835(reversal_of(story.paid()), trace="PC-BACK", paid_on=date(2026, 8, 30)))
    assert await world.state(story) == "voided"
    assert not any((await world.ledger(story)).values()), "the charge is borne by the other payer's claim"
    assert await world.open_items(story) == []


async def test_a_payer_that_refused_all_keeps_nothing_that_must_be_voided(world: World) -> None:
    story = Story()
    await world.receive(story.coded(), story.built(), story.submitted(), story.accepted())
    await world.remit(file_835(story.denied(), trace="PC-DENIED"))
    assert await world.open_items(story) == ["denial.eligibility"]
    await world.receive(story.coded(2, minutes=60), story.withdrawn(1, "payer_changed", minutes=61))
    assert await _requested(world, story) == []
    assert await world.state(story) == "voided"
    assert not any((await world.ledger(story)).values())
    assert await world.open_items(story) == []


async def test_a_refused_correction_is_a_billers_matter_until_a_newer_version_comes(world: World) -> None:
    story = Story(next_payer=True)
    await world.receive(story.built(), story.submitted(), story.accepted())
    await world.remit(file_835(story.paid(), trace="REFUSED"))
    [correction] = await _requested(world, story)
    refused = CorrectionRefused.create(
        occurred_at=story.at(60),
        tenant_id=story.tenant_id,
        encounter_id=story.encounter_id,
        encounter_version=1,
        claim_id=story.claim_id,
        claim_version=1,
        action="secondary",
        reason_code=correction.reason_code,
        refusal="correction.no-next-payer",
    )
    await world.receive(refused)
    await world.receive(refused)
    assert await world.open_items(story) == ["correction.refused"]
    await world.receive(story.built(2, encounter_version=2, minutes=70))
    assert "correction.refused" not in await world.open_items(story)
