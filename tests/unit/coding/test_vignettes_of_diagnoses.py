"""Short encounters of many specialties with the diagnoses that a coder would give, keyed before any was run.

`optional` codes may be there or not: external causes (voluntary, guideline I.C.20), long-term drugs and the like.
"""

from __future__ import annotations

from typing import Any, Final

import pytest
from coding_svc.batch.documents import encounter_of
from coding_svc.coding.engine import CodingEngine

from tests.support.coding_cases import keyed

CASES: Final = keyed("diagnoses")


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_the_diagnoses_of_an_encounter(case: dict[str, Any], engine: CodingEngine) -> None:
    patient = {"age": 55, "sex": "F", "new_patient": False, **case.get("patient", {})}
    encounter = {"date_of_service": "2026-06-10", "place_of_service": "11", "patient": patient, "visit_type": "office"}
    result = engine.code(encounter_of({"id": case["id"], "note": case["note"], "encounter": encounter}))
    codes = [item.code for item in result.diagnoses if item.code not in case["optional"]]
    assert sorted(codes) == sorted(case["icd10cm"])
    assert codes[0] == case["icd10cm"][0]
