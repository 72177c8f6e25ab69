"""What was billed of the same patient in another encounter is known when a claim is scrubbed."""

from __future__ import annotations

import asyncio
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from events.phi import CodedEncounter

from tests.service.claim_builder.conftest import Stage
from tests.unit.claim_builder.claim_examples import CODED, DAY, PARENT

LATER = CODED.model_copy(
    update={
        "service_date": DAY.replace(day=5),
        "lines": tuple(line.model_copy(update={"date_from": DAY.replace(day=5)}) for line in CODED.lines),
    }
)


async def states(stage: Stage, *encounters: UUID) -> list[str]:
    """Where each encounter's claim stands."""
    return [row["state"] for each in encounters for row in await stage.claims(each)]


async def deliver(stage: Stage, coded: CodedEncounter, *encounters: UUID, tenant: str = "valley", **more: Any) -> None:
    events = [stage.coded(coded, each, tenant=tenant, same_patient=True) for each in encounters]
    assert await stage.deliver(*events, **more) == []


def of(
    last_name: str,
    coded: CodedEncounter = CODED,
    *,
    member: str | None = None,
    record: str | None = None,
    **person: Any,
) -> CodedEncounter:
    """The encounter of a patient with that name, and a member number of their own unless it is told."""
    patient = coded.patient.model_copy(update={"last_name": last_name, **person})
    number = member or last_name.replace(" ", "")
    covers = (coded.coverages[0].model_copy(update={"member_id": number, "subscriber": patient}), *coded.coverages[1:])
    update = {"patient": patient, "coverages": covers, "medical_record_number": record}
    return coded.model_copy(update=update)


async def test_the_same_service_of_another_encounter_is_held(stage: Stage) -> None:
    coded = of("TWICE")
    first, second = uuid4(), uuid4()
    await deliver(stage, coded, first)
    await deliver(stage, coded, second)
    assert await states(stage, first, second) == ["built", "held"]
    await deliver(stage, coded, first, second, forget=True)
    assert await states(stage, first, second) == ["built", "held"]


async def test_also_within_one_batch(stage: Stage) -> None:
    coded = of("AT ONCE")
    encounters = (uuid4(), uuid4())
    await deliver(stage, coded, *encounters)
    assert sorted(await states(stage, *encounters)) == ["built", "held"]


async def test_also_of_two_batches_at_once(stage: Stage) -> None:
    for number in range(5):
        coded = of(f"SIDE BY SIDE {number}")
        encounters = (uuid4(), uuid4())
        await asyncio.gather(*(deliver(stage, coded, each) for each in encounters))
        assert sorted(await states(stage, *encounters)) == ["built", "held"]


async def held_twin(stage: Stage, last_name: str) -> tuple[UUID, dict[str, Any]]:
    """An encounter whose claim is held because another one of that patient was billed for the same."""
    coded = of(last_name)
    first, second = uuid4(), uuid4()
    await deliver(stage, coded, first)
    await deliver(stage, coded, second)
    (claim,) = await stage.claims(second)
    return second, claim


async def test_a_biller_sees_it_and_cannot_release_it(stage: Stage) -> None:
    encounter_id, claim = await held_twin(stage, "ON THE DESK")
    path = f"/v1/edits/{claim['claim_id']}"
    assert "claim.duplicate" in {found["code"] for found in (await stage.get(path)).json()["findings"]}
    fixes = {"fixes": [{"field": "claim_note", "value": "SEEN AGAIN", "reason": "told by phone"}]}
    fixed = await stage.post(f"{path}/fixes", fixes)
    assert "claim.duplicate" in {found["code"] for found in fixed.json()["findings"]}
    answer = await stage.post(f"{path}/release")
    assert answer.status_code == 409
    assert {error["code"] for error in answer.json()["errors"]} == {"claim.duplicate"}
    assert await states(stage, encounter_id) == ["held"]


async def test_a_repeated_service_that_says_so_goes_out(stage: Stage) -> None:
    encounter_id, _ = await held_twin(stage, "SAYS SO")
    coded = of("SAYS SO")
    repeated = tuple(line.model_copy(update={"modifiers": (*line.modifiers, "76")}) for line in coded.lines)
    again = stage.coded(coded.model_copy(update={"lines": repeated}), encounter_id, coding=2, same_patient=True)
    await stage.deliver(again)
    assert await states(stage, encounter_id) == ["built"]


async def test_a_correction_does_not_let_it_through(stage: Stage) -> None:
    encounter_id, claim = await held_twin(stage, "CORRECTED")
    assert await stage.deliver(stage.correction(claim, "rebill", reason_code="biller.asked")) == []
    (after,) = await stage.claims(encounter_id)
    assert (after["state"], after["claim_version"]) == ("held", 2)


async def test_nothing_that_came_later_holds_a_void(stage: Stage) -> None:
    first, second = uuid4(), uuid4()
    await deliver(stage, of("TAKEN BACK"), first)
    await deliver(stage, of("SOMEBODY"), second)
    await stage.execute("UPDATE claim_version SET patient_key = (SELECT min(patient_key) FROM claim_version)")
    (claim,) = await stage.claims(second)
    void = stage.correction(claim, "void", frequency_code="8", payer_claim_control_number="ICN1", reason_code="asked")
    assert await stage.deliver(void) == []
    assert await states(stage, second) == ["built"]


async def test_another_day_another_patient_another_practice_are_not_the_same(stage: Stage) -> None:
    coded = of("ALONE")
    later = of("ALONE", LATER)
    other = of("ANOTHER")
    first, day_after, somebody = uuid4(), uuid4(), uuid4()
    await deliver(stage, coded, first)
    await deliver(stage, later, day_after)
    await deliver(stage, other, somebody)
    assert await states(stage, first, day_after, somebody) == ["built", "built", "built"]
    elsewhere = uuid4()
    await deliver(stage, coded, elsewhere, tenant="hill")
    assert await states(stage, elsewhere) == ["built"]


async def test_a_revision_is_no_duplicate_of_itself(stage: Stage) -> None:
    coded = of("REVISED")
    encounter_id = uuid4()
    await deliver(stage, coded, encounter_id)
    revised = coded.model_copy(update={"claim_note": "SEEN AGAIN"})
    await stage.deliver(stage.coded(revised, encounter_id, version=2, same_patient=True))
    assert await states(stage, encounter_id) == ["built"]


async def test_a_patient_whose_name_was_mended_is_known_by_the_member_number(stage: Stage) -> None:
    first, second = uuid4(), uuid4()
    await deliver(stage, of("MARRIED", member="M4711"), first)
    await deliver(stage, of("BORN SO", member="M-4711"), second)
    assert await states(stage, first, second) == ["built", "held"]


async def test_also_by_the_record_number_within_one_batch(stage: Stage) -> None:
    wrong = of("NAM", record="R4711", first_name="AN", birth_date=None)
    right = of("NAME", record="R4711", first_name="AN")
    await deliver(stage, right, first := uuid4())
    await deliver(stage, wrong, second := uuid4())
    assert (await states(stage, first), "claim.duplicate" in await findings(stage, second)) == (["built"], True)
    batch = [stage.coded(of(name, LATER, record="R4711"), uuid4(), same_patient=True) for name in ("NAMES", "NAMED")]
    await stage.deliver(*batch)
    assert sorted(await states(stage, *(event.encounter_id for event in batch))) == ["built", "held"]


async def findings(stage: Stage, encounter_id: UUID) -> set[str]:
    (claim,) = await stage.claims(encounter_id)
    versions = (await stage.get(f"/v1/claims/{claim['claim_id']}")).json()["versions"]
    return {found["code"] for found in versions[0]["findings"]}


async def test_a_biller_who_mends_the_name_finds_the_duplicate_and_one_who_mends_the_number_loses_it(
    stage: Stage,
) -> None:
    await deliver(stage, of("MENDED", member="M100"), uuid4())
    wrong = of("MENDET", member="M101")
    await deliver(stage, wrong, encounter_id := uuid4())
    (claim,) = await stage.claims(encounter_id)
    assert claim["state"] == "built"
    path, why = f"/v1/edits/{claim['claim_id']}", "as on the card"
    name = {"fixes": [{"field": "patient/last_name", "value": "MENDED", "reason": why}]}
    assert "claim.duplicate" in {it["code"] for it in (await stage.post(f"{path}/fixes", name)).json()["findings"]}
    await stage.deliver(stage.coded(wrong, encounter_id, version=2, same_patient=True))
    assert "claim.duplicate" in {it["code"] for it in (await stage.get(path)).json()["findings"]}

    await deliver(stage, of("SOMEBODY ELSE", member="M100", first_name="ANA"), other := uuid4())
    (claim,) = await stage.claims(other)
    assert claim["state"] == "held"  # under the number of another
    path = f"/v1/edits/{claim['claim_id']}"
    number = {"fixes": [{"field": "coverage/member_id", "value": "M102", "reason": why}]}
    assert "claim.duplicate" not in {
        it["code"] for it in (await stage.post(f"{path}/fixes", number)).json()["findings"]
    }
    assert (await stage.post(f"{path}/release")).status_code == 200


async def test_who_shares_a_number_is_not_the_same_by_that(stage: Stage) -> None:
    """Twins under their parent's number; two people whom somebody gave one record or member number."""
    child = CODED.coverages[0].model_copy(update={"relationship": "child", "subscriber": PARENT})
    twins = [
        CODED.model_copy(
            update={"patient": CODED.patient.model_copy(update={"last_name": "TWIN", "first_name": name}),
                    "coverages": (child,), "medical_record_number": record}
        )
        for name, record in (("ADA", "R1"), ("EVA", "R2"))
    ]  # fmt: skip
    strangers = [
        of("ONE", member="M7", record="R9", first_name="ONA"),
        of("TWO", member="M7", record="R9", first_name="TOM", birth_date=date(1990, 1, 1)),
        of("THREE", member="UNKNOWN", record="000000"),
        of("FOUR", member="UNKNOWN", record="000000"),
    ]
    encounters = [uuid4() for _ in (*twins, *strangers)]
    for coded, encounter_id in zip((*twins, *strangers), encounters, strict=True):
        await deliver(stage, coded, encounter_id)
    for encounter_id in encounters:
        assert "claim.duplicate" not in await findings(stage, encounter_id)


async def test_versions_from_before_the_numbers_are_found_by_name(stage: Stage) -> None:
    await deliver(stage, of("FORMERLY", member="M55"), uuid4())
    await stage.execute("DELETE FROM claim_patient")
    await deliver(stage, of("FORMERLY", member="M56"), second := uuid4())
    assert await states(stage, second) == ["held"]


async def test_a_claim_on_paper(stage: Stage) -> None:
    encounter_id = uuid4()
    await deliver(stage, of("PAPER"), encounter_id)
    (claim,) = await stage.claims(encounter_id)
    path = f"/v1/claims/{claim['claim_id']}/cms1500"
    printed = await stage.get(path)
    assert printed.headers["content-type"].startswith("text/plain")
    assert printed.text.count("\f") == 1 and claim["patient_control_number"] in printed.text
    assert (await stage.get(f"{path}?lines=3")).text.split("\n")[12] == printed.text.split("\n")[9]
    page = await stage.get(f"{path}?format=html")
    assert page.headers["content-type"].startswith("text/html") and "99213" in page.text
    placed = await stage.get(f"{path}?format=print&lines=0.5")
    assert placed.headers["content-type"].startswith("text/html") and "padding:0.273in" in placed.text
    halved = await stage.get(f"{path}?lines=0.5")
    assert (halved.status_code, halved.json()["code"]) == (422, "cms1500.half-step")
    assert (await stage.get(f"{path}?lines=0.25&format=print")).status_code == 422
    assert (await stage.get(f"{path}?format=findings")).json() == {"findings": []}
    assert (await stage.get(path, tenant="hill")).status_code == 404
    assert (await stage.get(path, role="emr")).status_code == 403
