"""An encounter that needs two claims: each is built, corrected, passed on and withdrawn by itself, in any order."""

from __future__ import annotations

import itertools
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from claim_builder.domain import claim_id
from events import ClaimBuilt, ClaimHeld, ClaimWithdrawn, CorrectionRefused
from events.phi import CodedDiagnosis, CodedEncounter, CodedLine, CorrectionContext, PriorLinePayment, PriorPayment

from tests.service.claim_builder.conftest import Stage
from tests.unit.claim_builder.claim_examples import CODED, COMMERCIAL, DAY, SECONDARY

DIAGNOSES = (
    "I10", "E11.22", "E78.5", "J45.909", "K21.9", "M54.50", "N39.0", "R05.9", "F41.1", "G47.33", "E03.9", "D64.9",
    "L40.0", "H52.13",
)  # fmt: skip
TESTS = (
    "80048", "80053", "80061", "83036", "84443", "85025", "81001", "82306", "82607", "83540", "84153", "86592", "87086",
    "93000",
)  # fmt: skip


def line(number: int, **more: Any) -> CodedLine:
    told = {"line_number": number, "code": TESTS[number - 1], "pointers": (number,), "charge_cents": 1_000}
    return CodedLine.model_validate({**told, "units": Decimal(1), "date_from": DAY, **more})


def encounter(count: int, **more: Any) -> CodedEncounter:
    """An encounter whose every line points to a diagnosis of its own; the thirteenth is one too many for a claim."""
    diagnoses = tuple(CodedDiagnosis(code=code, confidence=1) for code in DIAGNOSES)
    told = {"diagnoses": diagnoses, "lines": tuple(line(n) for n in range(1, count + 1)), "clia_number": "33D0123456"}
    return CODED.model_copy(update={**told, **more})


TWO_PAGES, ONE_PAGE = encounter(14), encounter(12)
CHANGED = encounter(14, lines=(*TWO_PAGES.lines[:13], line(14, charge_cents=9_900)))
"""Only what stands on the second page is different."""


async def standing(stage: Stage, encounter_id: UUID) -> dict[UUID, tuple[str, int, int]]:
    rows = await stage.claims(encounter_id)
    return {r["claim_id"]: (r["state"], r["claim_version"], r["charge_cents"]) for r in rows}


def pages(encounter_id: UUID, sequence: Any = "P", part: int = 1) -> tuple[UUID, UUID]:
    return claim_id(encounter_id, sequence, part), claim_id(encounter_id, sequence, part, 2)


async def test_two_claims_go_to_the_payer(stage: Stage) -> None:
    encounter_id = uuid4()
    event = stage.coded(TWO_PAGES, encounter_id)
    for _ in range(2):
        assert await stage.deliver(event, forget=True) == []
    first, second = await stage.published()
    assert isinstance(first, ClaimBuilt)
    assert isinstance(second, ClaimBuilt)
    assert (first.claim_id, second.claim_id) == pages(encounter_id)
    assert (first.charge_cents, second.charge_cents) == (12_000, 2_000)
    assert stage.open(second).diagnosis_codes == ("L400", "H5213")


async def test_a_change_on_one_page_leaves_the_other(stage: Stage) -> None:
    encounter_id = uuid4()
    await stage.deliver(stage.coded(TWO_PAGES, encounter_id))
    for _ in range(2):
        await stage.deliver(stage.coded(CHANGED, encounter_id, 2), forget=True)
    first, second = pages(encounter_id)
    assert await standing(stage, encounter_id) == {first: ("built", 1, 12_000), second: ("built", 2, 10_900)}


async def test_a_page_that_is_not_needed_any_more_is_withdrawn_and_can_come_back(stage: Stage) -> None:
    encounter_id = uuid4()
    first, second = pages(encounter_id)
    await stage.deliver(stage.coded(TWO_PAGES, encounter_id))
    await stage.deliver(stage.coded(ONE_PAGE, encounter_id, 2))
    (withdrawn,) = [e for e in await stage.published() if isinstance(e, ClaimWithdrawn)]
    assert (withdrawn.claim_id, withdrawn.reason) == (second, "merged")
    assert await standing(stage, encounter_id) == {first: ("built", 1, 12_000), second: ("withdrawn", 1, 2_000)}
    (row,) = [r for r in await stage.claims(encounter_id) if r["claim_id"] == second]
    await stage.deliver(stage.correction(row, "rebill", frequency_code="7", payer_claim_control_number="ICN1"))
    refused = (await stage.published())[-1]
    assert isinstance(refused, CorrectionRefused) and refused.refusal == "correction.claim-merged"
    await stage.deliver(stage.coded(TWO_PAGES, encounter_id, 3))
    assert await standing(stage, encounter_id) == {first: ("built", 1, 12_000), second: ("built", 2, 2_000)}


@pytest.mark.parametrize("together", [False, True])
async def test_every_order_of_arrival_ends_with_the_same_claims(stage: Stage, together: bool) -> None:
    expected = {("built", 12_000), ("built", 10_900)}
    for order in itertools.permutations(range(4)):
        encounter_id = uuid4()
        facts = (
            stage.coded(TWO_PAGES, encounter_id),
            stage.coded(ONE_PAGE, encounter_id, 2),
            stage.closed(encounter_id, 3),
            stage.coded(CHANGED, encounter_id, 4),
        )
        arriving = [facts[at] for at in order]
        for batch in [arriving] if together else [[event] for event in arriving]:
            assert await stage.deliver(*batch) == []
        found = await standing(stage, encounter_id)
        assert {(state, cents) for state, _, cents in found.values() if state != "withdrawn"} == expected, order
        await stage.deliver(*arriving, forget=True)
        assert await standing(stage, encounter_id) == found, order


async def test_a_closed_encounter_withdraws_both(stage: Stage) -> None:
    encounter_id = uuid4()
    await stage.deliver(stage.coded(TWO_PAGES, encounter_id), stage.closed(encounter_id, 2))
    await stage.deliver(stage.coded(TWO_PAGES, encounter_id, 1, 1), stage.closed(encounter_id, 2), forget=True)
    assert {state for state, _, _ in (await standing(stage, encounter_id)).values()} <= {"withdrawn"}


async def test_another_payer_gets_both_pages_anew(stage: Stage) -> None:
    encounter_id = uuid4()
    await stage.deliver(stage.coded(TWO_PAGES, encounter_id))
    moved = encounter(14, coverages=(COMMERCIAL.model_copy(update={"payer_id": "62308"}),))
    await stage.deliver(stage.coded(moved, encounter_id, 2))
    reasons = {e.claim_id: e.reason for e in await stage.published() if isinstance(e, ClaimWithdrawn)}
    assert reasons == dict.fromkeys(pages(encounter_id), "payer_changed")
    found = await standing(stage, encounter_id)
    assert [found[claim] for claim in pages(encounter_id, part=2)] == [("built", 1, 12_000), ("built", 1, 2_000)]


async def test_the_second_page_is_replaced_under_its_own_number(stage: Stage) -> None:
    encounter_id = uuid4()
    await stage.deliver(stage.coded(TWO_PAGES, encounter_id))
    (sent,) = [r for r in await stage.claims(encounter_id) if r["claim_id"] == pages(encounter_id)[1]]
    await stage.deliver(stage.coded(CHANGED, encounter_id, 2))
    ask = stage.correction(sent, "rebill", frequency_code="7", payer_claim_control_number="ICN2")
    for _ in range(2):
        assert await stage.deliver(ask, forget=True) == []
    built = (await stage.published())[-1]
    assert isinstance(built, ClaimBuilt)
    assert (built.claim_id, built.frequency_code, built.charge_cents) == (sent["claim_id"], "7", 10_900)
    assert stage.open(built).payer_claim_control_number == "ICN2"


async def test_each_page_is_passed_on_when_its_own_decision_comes(stage: Stage) -> None:
    """The second page is decided first; its secondary claim keeps when only the first page changes."""
    encounter_id = uuid4()
    both = (COMMERCIAL, SECONDARY)
    await stage.deliver(stage.coded(encounter(14, coverages=both), encounter_id))
    first, second = pages(encounter_id)
    rows = {row["claim_id"]: row for row in await stage.claims(encounter_id)}
    for claim in (second, first):
        ask = stage.correction(rows[claim], "secondary", await _decision(stage, claim), reason_code="cob.next-payer.1")
        for _ in range(2):
            assert await stage.deliver(ask, forget=True) == []
    found = await standing(stage, encounter_id)
    later = pages(encounter_id, "S")
    assert [found[claim][::2] for claim in later] == [("built", 12_000), ("built", 2_000)]
    changed = (line(1, charge_cents=5_000), *TWO_PAGES.lines[1:])
    await stage.deliver(stage.coded(encounter(14, coverages=both, lines=changed), encounter_id, 2))
    found = await standing(stage, encounter_id)
    assert [found[claim][0] for claim in (first, second, *later)] == ["built", "built", "withdrawn", "built"]


async def _decision(stage: Stage, claim: UUID) -> CorrectionContext:
    built = next(e for e in await stage.published() if isinstance(e, ClaimBuilt) and e.claim_id == claim)
    lines = tuple(
        PriorLinePayment(
            line_item_control_number=it.line_item_control_number, paid_cents=600, code=it.code, units=it.units,
            adjustments=({"group_code": "PR", "reason_code": "2", "amount_cents": 400},),
        )
        for it in stage.open(built).lines
    )  # fmt: skip
    payment = PriorPayment(coverage=COMMERCIAL, paid_cents=600 * len(lines), adjudication_date=DAY, lines=lines)
    return CorrectionContext(prior_payments=(payment,))


async def test_a_held_page_is_fixed_and_released_while_the_other_has_gone(stage: Stage) -> None:
    encounter_id = uuid4()
    unpriced = (*TWO_PAGES.lines[:13], line(14, charge_cents=None))
    await stage.deliver(stage.coded(encounter(14, lines=unpriced), encounter_id))
    built, held = await stage.published()
    assert isinstance(built, ClaimBuilt)
    assert isinstance(held, ClaimHeld)
    assert held.claim_id == pages(encounter_id)[1]
    fix = {"field": "lines/1/charge_cents", "value": 4_400, "reason": "price agreed"}
    answer = await stage.post(f"/v1/edits/{held.claim_id}/fixes", {"fixes": [fix]})
    assert answer.status_code == 200, answer.text
    answer = await stage.post(f"/v1/edits/{held.claim_id}/release")
    assert answer.status_code == 200, answer.text
    assert (await standing(stage, encounter_id))[held.claim_id] == ("built", 2, 5_400)
    other_payer = {"fixes": [{"field": "coverage/payer_id", "value": "62308", "reason": "another payer"}]}
    assert (await stage.post(f"/v1/edits/{held.claim_id}/fixes", other_payer)).status_code == 409


async def test_a_dry_run_examines_every_page(stage: Stage) -> None:
    unpriced = (*TWO_PAGES.lines[:13], line(14, charge_cents=None))
    body = {"encounter": encounter(14, lines=unpriced).model_dump(mode="json")}
    answer = (await stage.post("/v1/claims/validate", body)).json()
    assert (answer["clean"], answer["pages"], answer["charge_cents"]) == (False, 2, 13_000)
    found = {(it["page"], it["location"]) for it in answer["findings"] if it["code"] == "charge.missing"}
    assert found == {(2, "lines/1/charge_cents")}
