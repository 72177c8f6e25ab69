"""Whole visits of medical clinics, women, children and prevention, keyed before any was run: diagnoses, level, lines.

`optional` codes may be there or not. A row without `em` leaves the level open: the engine reads one lower than its key.
"""

from __future__ import annotations

from typing import Any, Final

import pytest
from coding_svc.coding.engine import CodingEngine

from tests.support.coding_cases import keyed, office_visit

CASES: Final = keyed("clinic_visits")


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_the_codes_of_a_visit(case: dict[str, Any], engine: CodingEngine) -> None:
    patient = {"new_patient": False, **case["patient"]}
    result = engine.code(office_visit(case["note"], patient))
    codes = [item.code for item in result.diagnoses if item.code not in case["optional"]]
    assert sorted(codes) == sorted(case["icd10cm"])
    assert codes[0] == case["icd10cm"][0]
    assert sorted(item.code for item in result.procedures if item.code not in case["optional"]) == case["lines"]
    if "em" in case:
        assert (result.em.code if result.em else None) == case["em"]
