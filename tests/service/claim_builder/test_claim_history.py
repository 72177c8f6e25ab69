"""What was billed of the same patient in another encounter is known when a claim is scrubbed."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from events.phi import CodedEncounter

from tests.service.claim_builder.conftest import Stage
from tests.unit.claim_builder.claim_examples import CODED, DAY

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


def of(last_name: str, coded: CodedEncounter = CODED) -> CodedEncounter:
    """The encounter of a patient with that name."""
    return coded.model_copy(update={"patient": coded.patient.model_copy(update={"last_name": last_name})})


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
    assert (await stage.get(path, tenant="hill")).status_code == 404
    assert (await stage.get(path, role="emr")).status_code == 403
