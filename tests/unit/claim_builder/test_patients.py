"""Who is the same patient: by name, or by a number together with a part that did not change."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from claim_builder.patients import patient_keys
from events.phi import CodedEncounter

from tests.unit.claim_builder.claim_examples import CODED, COMMERCIAL, PARENT, clean_claim

NUMBERED = CODED.model_copy(update={"medical_record_number": "MR-1007"})


def other(*, record: str | None = "MR-1007", member: str = "W123456789", **person: Any) -> CodedEncounter:
    patient = CODED.patient.model_copy(update=person)
    cover = COMMERCIAL.model_copy(update={"member_id": member, "subscriber": patient})
    update = {"patient": patient, "coverages": (cover,), "medical_record_number": record}
    return CODED.model_copy(update=update)


@pytest.mark.parametrize(
    ("encounter", "same"),
    [
        (other(), True),
        (other(record=None, member="X1"), True),  # by name, birth and sex
        (other(record="mr 1007", member="X1", last_name="STONE"), True),  # married, by record number
        (other(record=None, last_name="STONE"), True),  # married, by member number
        (other(record=None, first_name="ANNA"), True),
        (other(record=None, member="w123-456-789", first_name="ANNA"), True),
        (other(member="X1", birth_date=date(1980, 3, 2)), True),  # day and month were swapped
        (other(record=None, birth_date=date(1980, 3, 2)), False),
        (other(record=None, last_name="STONE", first_name="EVA"), False),  # the number of another
        (other(member="X1", last_name="STONE", first_name="EVA", birth_date=date(1981, 1, 1)), False),
        (other(record="MR-2", member="X1", last_name="STONE"), False),
    ],
)
def test_who_is_the_same(encounter: CodedEncounter, same: bool) -> None:
    assert (not patient_keys(NUMBERED).isdisjoint(patient_keys(encounter))) is same


def test_twins_share_number_birth_and_family_name() -> None:
    cover = COMMERCIAL.model_copy(update={"relationship": "child", "subscriber": PARENT})
    ada, eva = (
        CODED.model_copy(
            update={"coverages": (cover,), "patient": CODED.patient.model_copy(update={"first_name": name})}
        )
        for name in ("ADA", "EVA")
    )
    assert patient_keys(ada).isdisjoint(patient_keys(eva))


def test_a_place_that_is_only_held_is_no_number() -> None:
    one = other(record="UNKNOWN", member="000000000", first_name="ONA")
    two = other(record="UNKNOWN", member="000000000", first_name="TOM")
    assert patient_keys(one).isdisjoint(patient_keys(two))


def test_a_claim_has_the_keys_of_its_encounter_until_its_cover_is_mended() -> None:
    claim = clean_claim()
    assert patient_keys(claim) == patient_keys(CODED)
    mended = claim.model_copy(update={"coverage": claim.coverage.model_copy(update={"member_id": "W2"})})
    assert len(patient_keys(mended) & patient_keys(CODED)) == 1  # the name
