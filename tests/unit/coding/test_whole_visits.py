"""Whole visit notes of many specialties with the diagnoses that a coder would give, keyed before any was run.

`optional` codes may be there or not: external causes (voluntary, guideline I.C.20), long-term drugs and the like.
"""

from __future__ import annotations

from typing import Any, Final

import pytest
from coding_svc.coding.engine import CodingEngine

from tests.support.coding_cases import keyed, office_visit

CASES: Final = keyed("whole_visits")


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_the_diagnoses_of_a_visit(case: dict[str, Any], engine: CodingEngine) -> None:
    patient = {"new_patient": False, **case["patient"]}
    result = engine.code(office_visit(case["note"], patient))
    codes = [item.code for item in result.diagnoses if item.code not in case["optional"]]
    assert sorted(codes) == sorted(case["icd10cm"])
    assert codes[0] == case["icd10cm"][0]
