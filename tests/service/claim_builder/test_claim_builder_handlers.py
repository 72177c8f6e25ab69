"""What each event leads to, in any order and however often it is delivered."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from claim_builder.domain import claim_id, patient_control_number
from events import ClaimBuilt, ClaimHeld, ClaimWithdrawn, Correction, CorrectionRefused
from events.envelope import Event
from events.phi import ClaimContent, CodedEncounter, CorrectionContext

from tests.service.claim_builder.conftest import Stage, kinds
from tests.unit.claim_builder.claim_examples import CODED, COMMERCIAL, SECONDARY, decision

OTHER_VISIT = CODED.lines[0].model_copy(update={"code": "99214"})
REVISED = CODED.model_copy(update={"lines": (OTHER_VISIT, CODED.lines[1])})
THIRD = CODED.model_copy(update={"lines": (OTHER_VISIT,)})
UNPRICED = CODED.model_copy(update={"lines": (CODED.lines[0].model_copy(update={"code": "99215"}),)})
TWO_PAYERS = CODED.model_copy(update={"coverages": (COMMERCIAL, SECONDARY)})


async def outcome(stage: Stage, encounter_id: UUID) -> list[tuple[Any, ...]]:
    """Where an encounter's claims stand, apart from how often they were built on the way."""
    return [
        (
            row["state"],
            row["encounter_version"],
            row["coding_version"],
            row["charge_cents"],
            row["frequency_code"],
        )
        for row in await stage.claims(encounter_id)
        if row["state"] != "withdrawn"
    ]


async def test_codes_become_a_claim(stage: Stage) -> None:
    encounter_id = uuid4()
    assert await stage.deliver(stage.coded(CODED, encounter_id)) == []
    (built,) = await stage.published()
    assert isinstance(built, ClaimBuilt)
    assert built.claim_id == claim_id(encounter_id, "P")
    assert built.patient_control_number == patient_control_number(built.claim_id)
    assert (built.charge_cents, built.line_count, built.payer_sequence) == (16_200, 2, "P")
    content: ClaimContent = stage.open(built)
    assert content.diagnosis_codes == ("I10", "E1122")
    assert [line.charge_cents for line in content.lines] == [15_000, 1_200]
    assert content.patient.last_name not in built.model_dump_json()


async def test_a_blocking_finding_holds_the_claim(stage: Stage) -> None:
    encounter_id = uuid4()
    await stage.deliver(stage.coded(UNPRICED, encounter_id))
    (held,) = await stage.published()
    assert isinstance(held, ClaimHeld)
    assert ("charge.missing", "lines/0/charge_cents") in {(f.code, f.location) for f in held.findings}
    assert await outcome(stage, encounter_id) == [("held", 1, 1, 0, "1")]


async def test_a_batch_of_several_tenants_and_encounters(stage: Stage) -> None:
    ids = [uuid4() for _ in range(30)]
    tenants = ["valley" if n % 2 else "hill" for n in range(30)]
    contents = [(CODED, REVISED, UNPRICED)[n % 3] for n in range(30)]
    events = [stage.coded(c, e, tenant=t) for c, e, t in zip(contents, ids, tenants, strict=True)]
    assert await stage.deliver(*events) == []
    rows = await stage.rows("SELECT encounter_id, tenant_id, state FROM claim")
    assert {row["encounter_id"]: (row["tenant_id"], row["state"]) for row in rows} == {
        e: (t, "held" if c is UNPRICED else "built") for c, e, t in zip(contents, ids, tenants, strict=True)
    }
    assert len(await stage.published()) == 30


async def test_a_revised_encounter_replaces_the_claim(stage: Stage) -> None:
    encounter_id = uuid4()
    await stage.deliver(stage.coded(CODED, encounter_id))
    await stage.deliver(stage.coded(REVISED, encounter_id, version=2))
    events = await stage.published()
    assert kinds(events) == [("ClaimBuilt", 1), ("ClaimWithdrawn", 1), ("ClaimBuilt", 2)]
    assert isinstance(events[1], ClaimWithdrawn) and events[1].reason == "superseded"
    assert isinstance(events[2], ClaimBuilt)
    assert (events[2].frequency_code, events[2].correction, events[2].charge_cents) == ("1", None, 22_700)
    states = await stage.rows("SELECT claim_version, state FROM claim_version ORDER BY 1")
    assert [row["state"] for row in states] == ["superseded", "built"]


async def test_a_revision_that_changes_nothing_on_the_claim_sends_nothing(stage: Stage) -> None:
    encounter_id = uuid4()
    await stage.deliver(stage.coded(CODED, encounter_id))
    await stage.deliver(stage.coded(CODED, encounter_id, version=2))
    await stage.deliver(stage.coded(CODED, encounter_id, version=2), forget=True)
    assert kinds(await stage.published()) == [("ClaimBuilt", 1)]
    assert await outcome(stage, encounter_id) == [("built", 2, 1, 16_200, "1")]


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("cancelled", "encounter_cancelled"),
        ("self_pay", "self_pay"),
        ("not_disclosed", "not_disclosed"),
        ("nothing_billable", "encounter_cancelled"),
    ],
)
@pytest.mark.parametrize("coded", [CODED, UNPRICED])
async def test_a_closed_encounter_withdraws_what_was_built_or_held(
    stage: Stage, reason: str, told: str, coded: CodedEncounter
) -> None:
    encounter_id = uuid4()
    await stage.deliver(stage.coded(coded, encounter_id))
    await stage.deliver(stage.closed(encounter_id, 2, reason))
    withdrawn = (await stage.published())[-1]
    assert isinstance(withdrawn, ClaimWithdrawn) and withdrawn.reason == told
    assert await outcome(stage, encounter_id) == []


def histories(stage: Stage, encounter_id: UUID) -> dict[str, tuple[Event, ...]]:
    """Sets of facts whose order of arrival must not matter."""
    one = stage.coded(CODED, encounter_id)
    recoded = stage.coded(REVISED, encounter_id, coding=2)
    two = stage.coded(REVISED, encounter_id, version=2)
    three = stage.coded(THIRD, encounter_id, version=3)
    return {
        "closed last": (one, two, stage.closed(encounter_id, 3)),
        "opened again": (one, stage.closed(encounter_id, 2), three),
        "closed in between": (two, stage.closed(encounter_id, 1), one),
        "coded again": (one, recoded, two),
        "two closings": (
            one,
            stage.closed(encounter_id, 1, "self_pay"),
            stage.closed(encounter_id, 2),
            three,
        ),
        "held, then priced": (stage.coded(UNPRICED, encounter_id), two),
        "priced, then held": (one, stage.coded(UNPRICED, encounter_id, version=2)),
    }


EXPECTED = {
    "closed last": [],
    "opened again": [("built", 3, 1, 21_500, "1")],
    "closed in between": [("built", 2, 1, 22_700, "1")],
    "coded again": [("built", 2, 1, 22_700, "1")],
    "two closings": [("built", 3, 1, 21_500, "1")],
    "held, then priced": [("built", 2, 1, 22_700, "1")],
    "priced, then held": [("held", 2, 1, 0, "1")],
}


@pytest.mark.parametrize("name", sorted(EXPECTED))
async def test_every_order_of_arrival_ends_in_the_same_state(stage: Stage, name: str) -> None:
    count = len(histories(stage, uuid4())[name])
    for order in itertools.permutations(range(count)):
        for together in (False, True):
            encounter_id = uuid4()
            facts = histories(stage, encounter_id)[name]
            arriving = [facts[position] for position in order]
            await _arrive(stage, arriving, together=together)
            assert await outcome(stage, encounter_id) == EXPECTED[name], (order, together)
            before = await stage.published(encounter_id)
            await _arrive(stage, arriving, together=not together, forget=True)
            assert await outcome(stage, encounter_id) == EXPECTED[name], (order, together)
            assert kinds(await stage.published(encounter_id)) == kinds(before)


async def _arrive(stage: Stage, events: Sequence[Event], *, together: bool, forget: bool = False) -> None:
    if together:
        assert await stage.deliver(*events, forget=forget) == []
        return
    for event in events:
        assert await stage.deliver(event, forget=forget) == []


async def test_what_was_told_agrees_with_where_the_versions_stand(stage: Stage) -> None:
    """A consumer that knows only the events ends with the same claim: the last built version not withdrawn."""
    for order in itertools.permutations(range(3)):
        encounter_id = uuid4()
        facts = histories(stage, encounter_id)["opened again"]
        for position in order:
            await stage.deliver(facts[position])
        events = await stage.published(encounter_id)
        withdrawn = {e.claim_version for e in events if isinstance(e, ClaimWithdrawn)}
        live = [e for e in events if isinstance(e, ClaimBuilt) and e.claim_version not in withdrawn]
        (claim,) = await stage.claims(encounter_id)
        assert [e.claim_version for e in live] == [claim["claim_version"]]
        assert live[0].charge_cents == claim["charge_cents"] == 21_500


async def test_rebill_replaces_what_the_payer_has(stage: Stage) -> None:
    """The way of a late addendum: the new version is parked by submission, then asked for with the payer's number."""
    encounter_id = uuid4()
    await stage.deliver(stage.coded(CODED, encounter_id))
    (sent,) = await stage.claims(encounter_id)
    await stage.deliver(stage.coded(REVISED, encounter_id, version=2))
    ask = stage.correction(sent, "rebill", frequency_code="7", payer_claim_control_number="ICN42")
    for _ in range(3):
        assert await stage.deliver(ask, forget=True) == []
    events = await stage.published()
    assert kinds(events)[3:] == [("ClaimWithdrawn", 2), ("ClaimBuilt", 3)]
    built = events[-1]
    assert isinstance(built, ClaimBuilt) and built.correction is not None
    assert (built.frequency_code, built.correction.payer_claim_control_number) == ("7", "ICN42")
    content: ClaimContent = stage.open(built)
    assert (content.frequency_code, content.payer_claim_control_number, content.charge_cents) == (
        "7",
        "ICN42",
        22_700,
    )
    assert content.patient_control_number == sent["patient_control_number"]


async def test_rebill_of_the_newest_version_corrects_it(stage: Stage) -> None:
    """The payer has the version: it is not withdrawn, it is corrected; never adjudicated means frequency 1 again."""
    encounter_id = uuid4()
    await stage.deliver(stage.coded(CODED, encounter_id))
    (sent,) = await stage.claims(encounter_id)
    await stage.deliver(stage.correction(sent, "rebill", reason_code="rejected.A3"))
    assert kinds(await stage.published()) == [("ClaimBuilt", 1), ("ClaimBuilt", 2)]
    states = await stage.rows("SELECT state, frequency_code FROM claim_version ORDER BY claim_version")
    assert [tuple(row.values()) for row in states] == [("corrected", "1"), ("built", "1")]


async def test_a_replacement_without_the_payers_number_is_held(stage: Stage) -> None:
    encounter_id = uuid4()
    await stage.deliver(stage.coded(CODED, encounter_id))
    (sent,) = await stage.claims(encounter_id)
    await stage.deliver(stage.correction(sent, "rebill", frequency_code="7"))
    held = (await stage.published())[-1]
    assert isinstance(held, ClaimHeld)
    assert [finding.code for finding in held.findings] == ["frequency.control-number-missing"]


async def test_void_takes_back_what_was_sent_also_of_a_cancelled_encounter(stage: Stage) -> None:
    encounter_id = uuid4()
    await stage.deliver(stage.coded(CODED, encounter_id))
    (sent,) = await stage.claims(encounter_id)
    await stage.deliver(stage.closed(encounter_id, 2))
    ask = stage.correction(sent, "void", frequency_code="8", payer_claim_control_number="ICN42")
    await stage.deliver(ask)
    await stage.deliver(ask, stage.closed(encounter_id, 2), stage.coded(CODED, encounter_id), forget=True)
    events = await stage.published()
    assert kinds(events) == [("ClaimBuilt", 1), ("ClaimWithdrawn", 1), ("ClaimBuilt", 2)]
    content: ClaimContent = stage.open(events[-1])
    assert (content.frequency_code, content.payer_claim_control_number, content.charge_cents) == (
        "8",
        "ICN42",
        16_200,
    )
    assert await outcome(stage, encounter_id) == [("built", 1, 1, 16_200, "8")]


async def test_secondary_asks_the_next_payer_with_the_decision_of_the_first(stage: Stage) -> None:
    encounter_id = uuid4()
    await stage.deliver(stage.coded(TWO_PAYERS, encounter_id))
    (first,) = await stage.claims(encounter_id)
    built = (await stage.published())[0]
    lines = stage.open(built).lines
    payment = decision()
    numbered = tuple(
        line.model_copy(update={"line_item_control_number": billed.line_item_control_number})
        for line, billed in zip(payment.lines, lines, strict=True)
    )
    context = CorrectionContext(prior_payments=(payment.model_copy(update={"lines": numbered}),))
    ask = stage.correction(first, "secondary", context, reason_code="primary.decided")
    for _ in range(2):
        assert await stage.deliver(ask, forget=True) == []
    events = await stage.published()
    assert kinds(events) == [("ClaimBuilt", 1), ("ClaimBuilt", 1)]
    second = events[-1]
    assert isinstance(second, ClaimBuilt)
    assert (second.claim_id, second.payer_sequence) == (claim_id(encounter_id, "S"), "S")
    assert (second.payer_id, second.charge_cents) == (SECONDARY.payer_id, 16_200)
    content: ClaimContent = stage.open(second)
    assert content.patient_control_number != first["patient_control_number"]
    assert [other.payer_id for other in content.other_coverages] == [COMMERCIAL.payer_id]
    assert content.prior_payments[0].paid_cents == 8_800

    await stage.deliver(stage.coded(REVISED.model_copy(update={"coverages": TWO_PAYERS.coverages}), encounter_id, 2))
    assert [(c["payer_sequence"], c["state"]) for c in await stage.claims(encounter_id)] == [
        ("P", "built"),
        ("S", "withdrawn"),
    ]
    await stage.deliver(stage.closed(encounter_id, 3))
    assert {c["state"] for c in await stage.claims(encounter_id)} == {"withdrawn"}


async def test_an_unbalanced_decision_holds_the_secondary_claim(stage: Stage) -> None:
    encounter_id = uuid4()
    await stage.deliver(stage.coded(TWO_PAYERS, encounter_id))
    (first,) = await stage.claims(encounter_id)
    payment = decision().model_copy(update={"lines": (), "paid_cents": 8_800})
    context = CorrectionContext(prior_payments=(payment,))
    await stage.deliver(stage.correction(first, "secondary", context))
    held = (await stage.published())[-1]
    assert isinstance(held, ClaimHeld)
    assert "cob.claim-balance" in {finding.code for finding in held.findings}


async def test_coding_again_carries_its_correction_to_the_claim(stage: Stage) -> None:
    encounter_id = uuid4()
    await stage.deliver(stage.coded(CODED, encounter_id))
    (sent,) = await stage.claims(encounter_id)
    correction = Correction(
        claim_id=sent["claim_id"],
        claim_version=1,
        action="recode",
        reason_code="denied.CO-11",
        frequency_code="7",
        payer_claim_control_number="ICN42",
    )
    assert await stage.deliver(stage.correction(sent, "recode")) == []
    recoded = stage.coded(REVISED, encounter_id, coding=2, correction=correction)
    for _ in range(2):
        await stage.deliver(recoded, forget=True)
    events = await stage.published()
    assert kinds(events) == [("ClaimBuilt", 1), ("ClaimBuilt", 2)]
    assert isinstance(events[1], ClaimBuilt) and events[1].correction == correction
    assert stage.open(events[1]).payer_claim_control_number == "ICN42"


async def test_commands_that_cannot_be_carried_out_are_answered_with_the_reason(stage: Stage) -> None:
    encounter_id = uuid4()
    await stage.deliver(stage.coded(CODED, encounter_id))
    (sent,) = await stage.claims(encounter_id)
    unknown = {**sent, "claim_id": uuid4()}
    newer = {**sent, "claim_version": 7}
    asked = [
        stage.correction(unknown, "rebill"),
        stage.correction(newer, "rebill"),
        stage.correction(sent, "secondary"),
    ]
    coverless = stage.coded(CODED.model_copy(update={"coverages": ()}), uuid4())
    letters = await stage.deliver(*asked, coverless, stage.correction(sent, "rebill"))
    assert [letter.reason for letter in letters] == ["claim.coverage-missing"]
    assert await _refusals(stage) == [
        "correction.claim-unknown",
        "correction.claim-unknown",
        "correction.no-next-payer",
    ]
    assert kinds(await stage.published(encounter_id))[-1] == ("ClaimBuilt", 2)
    await stage.deliver(stage.closed(encounter_id, 2))
    late = stage.correction(sent, "rebill", reason_code="too.late")
    for _ in range(2):
        assert await stage.deliver(late, forget=True) == []
    assert (await _refusals(stage))[3:] == ["correction.encounter-closed"]


async def _refusals(stage: Stage) -> list[str]:
    return [event.refusal for event in await stage.published() if isinstance(event, CorrectionRefused)]


async def test_another_payer_gets_a_claim_of_its_own(stage: Stage) -> None:
    """A payer that never had the claim gets an original; what the former payer has is withdrawn for good."""
    encounter_id = uuid4()
    moved = CODED.model_copy(update={"coverages": (SECONDARY.model_copy(update={"sequence": "P"}),)})
    await stage.deliver(stage.coded(CODED, encounter_id))
    (first,) = await stage.claims(encounter_id)
    for _ in range(2):
        assert await stage.deliver(stage.coded(moved, encounter_id, 2), forget=True) == []
    events = await stage.published()
    assert kinds(events) == [("ClaimBuilt", 1), ("ClaimWithdrawn", 1), ("ClaimBuilt", 1)]
    withdrawn, built = events[1:]
    assert isinstance(withdrawn, ClaimWithdrawn) and isinstance(built, ClaimBuilt)
    assert (withdrawn.claim_id, withdrawn.reason) == (first["claim_id"], "payer_changed")
    assert (built.claim_id, built.payer_id) == (claim_id(encounter_id, "P", 2), SECONDARY.payer_id)
    content: ClaimContent = stage.open(built)
    assert (content.frequency_code, content.payer_claim_control_number, built.correction) == ("1", None, None)
    assert content.patient_control_number != first["patient_control_number"]
    assert all(line.line_item_control_number.startswith(content.patient_control_number) for line in content.lines)

    replace = stage.correction(first, "rebill", frequency_code="7", payer_claim_control_number="ICN42")
    await stage.deliver(replace)
    assert await _refusals(stage) == ["correction.payer-changed"], "the former payer is not asked for anything new"
    await stage.deliver(stage.correction(first, "void", frequency_code="8", payer_claim_control_number="ICN42"))
    taken_back = (await stage.published())[-1]
    assert isinstance(taken_back, ClaimBuilt)
    assert (taken_back.claim_id, taken_back.payer_id) == (first["claim_id"], COMMERCIAL.payer_id)
    await stage.deliver(stage.coded(CODED, encounter_id, 3))
    again = (await stage.published())[-1]
    assert isinstance(again, ClaimBuilt)
    assert (again.claim_id, again.frequency_code) == (claim_id(encounter_id, "P", 3), "1")


async def test_a_held_claim_that_no_payer_has_goes_to_the_new_payer_itself(stage: Stage) -> None:
    encounter_id = uuid4()
    await stage.deliver(stage.coded(UNPRICED, encounter_id))
    moved = CODED.model_copy(update={"coverages": (SECONDARY.model_copy(update={"sequence": "P"}),)})
    await stage.deliver(stage.coded(moved, encounter_id, 2))
    (claim,) = await stage.claims(encounter_id)
    assert (claim["claim_version"], claim["state"], claim["payer_id"]) == (2, "built", SECONDARY.payer_id)


async def test_a_later_payers_claim_follows_the_primary_one_it_was_built_on(stage: Stage) -> None:
    encounter_id = uuid4()
    await stage.deliver(stage.coded(TWO_PAYERS, encounter_id))
    (first,) = await stage.claims(encounter_id)
    await stage.deliver(stage.correction(first, "secondary", CorrectionContext(prior_payments=(decision(),))))
    other = COMMERCIAL.model_copy(update={"payer_id": "62308"})
    await stage.deliver(stage.coded(CODED.model_copy(update={"coverages": (other, SECONDARY)}), encounter_id, 2))
    claims = await stage.claims(encounter_id)
    primary = next(c for c in claims if c["claim_id"] == claim_id(encounter_id, "P", 2))
    assert sorted((c["payer_sequence"], c["state"]) for c in claims if c is not primary) == [
        ("P", "withdrawn"),
        ("S", "withdrawn"),
    ]
    ask = stage.correction(primary, "secondary", CorrectionContext(prior_payments=(decision(),)))
    await stage.deliver(ask)
    assert claim_id(encounter_id, "S", 2) in {c["claim_id"] for c in await stage.claims(encounter_id)}


async def test_a_revision_that_comes_back_to_what_was_sent_asks_nothing(stage: Stage) -> None:
    encounter_id = uuid4()
    await stage.deliver(stage.coded(CODED, encounter_id))
    (sent,) = await stage.claims(encounter_id)
    await stage.deliver(stage.coded(REVISED, encounter_id, 2))
    await stage.deliver(stage.coded(CODED, encounter_id, 3))
    ask = stage.correction(
        sent, "rebill", reason_code="encounter.revised.3", frequency_code="7", payer_claim_control_number="ICN42"
    )
    for _ in range(2):
        await stage.deliver(ask, forget=True)
    events = await stage.published()
    assert kinds(events)[-2:] == [("ClaimBuilt", 3), ("ClaimWithdrawn", 3)]


async def test_the_business_date_is_the_practices(stage: Stage) -> None:
    """At 01:00 UTC it is still the evening before in New York: that day's service is not in the future, the next is."""
    tomorrow = CODED.service_date + timedelta(days=1)
    line = CODED.lines[0].model_copy(update={"date_from": tomorrow})
    coded = CODED.model_copy(update={"service_date": tomorrow, "lines": (line,)})
    stage.clock.instant = stage.clock.instant.replace(
        year=tomorrow.year, month=tomorrow.month, day=tomorrow.day, hour=1
    )
    await stage.deliver(stage.coded(coded, uuid4()))
    held = (await stage.published())[-1]
    assert isinstance(held, ClaimHeld) and {f.code for f in held.findings} == {"date.service-future"}
    stage.clock.move(timedelta(hours=4))
    await stage.deliver(stage.coded(coded, uuid4()))
    assert isinstance((await stage.published())[-1], ClaimBuilt)
