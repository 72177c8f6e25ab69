"""What the practice's own records of a patient change: new or established, global periods, copied text."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.service.coding_svc.conftest import Emr, Json, encounter


def visit(external_id: str, service_date: str, text: str = "clear", **extra: Any) -> Json:
    return encounter(external_id, text, service_date=service_date, **extra)


async def told(emr: Emr, *bodies: Json) -> Any:
    """Code them one after the other; what the engine was told of the last."""
    for body in bodies:
        await emr.taken(body)
        await emr.work()
    return emr.engine.encounter


BEFORE = visit("V-1", "2026-04-10", "clear: metformin continued as it was, feet without ulcers")


async def test_the_earlier_encounter_is_known(emr: Emr) -> None:
    last = await told(emr, BEFORE, visit("V-2", "2026-05-04"))
    assert [(each.code, each.date_of_service) for each in last.earlier_services] == [("99213", date(2026, 4, 10))]
    assert last.earlier_services[0].same_group
    assert last.earlier_notes == ("clear: metformin continued as it was, feet without ulcers",)
    assert last.new_patient is False


@pytest.mark.parametrize(
    "other",
    [
        visit("V-2", "2026-04-01"),
        visit("V-2", "2029-04-11"),
        {**visit("V-2", "2026-05-04"), "patient": {"last_name": "Rivera", "birth_date": "1961-02-04", "sex": "F"}},
    ],
)
async def test_later_long_past_and_other_patients_visits_are_not(emr: Emr, other: Json) -> None:
    last = await told(emr, BEFORE, other)
    assert (last.earlier_services, last.earlier_notes, last.new_patient) == ((), (), None)


async def test_a_visit_to_another_specialty_leaves_the_patient_new(emr: Emr) -> None:
    doctor = {"entity": "person", "name": "Okafor", "npi": "1245319599", "taxonomy_code": "207Q00000X"}
    other = {**doctor, "npi": "1234567893", "taxonomy_code": "207X00000X"}
    last = await told(
        emr,
        {**BEFORE, "rendering_provider": doctor},
        visit("V-2", "2026-05-04", rendering_provider=other, new_patient=True),
    )
    assert last.new_patient is True
    assert not last.earlier_services[0].same_group


async def test_the_record_number_tells_patients_apart(emr: Emr) -> None:
    def numbered(body: Json, number: str) -> Json:
        return {**body, "patient": {**body["patient"], "medical_record_number": number}}

    assert (await told(emr, numbered(BEFORE, "7"), numbered(visit("V-2", "2026-05-04"), "8"))).earlier_services == ()
    assert (await told(emr, numbered(visit("V-3", "2026-05-04"), "7"))).earlier_services != ()


async def test_what_was_held_or_cancelled_is_no_service(emr: Emr) -> None:
    last = await told(emr, visit("V-1", "2026-04-10", "doubt about sugar"), visit("V-2", "2026-05-04"))
    assert last.earlier_services == () and last.earlier_notes == ("doubt about sugar",)


async def test_another_practices_records_are_not_looked_at(emr: Emr) -> None:
    await emr.taken(BEFORE, tenant="hill")
    await emr.work()
    assert (await told(emr, visit("V-2", "2026-05-04"))).earlier_notes == ()
