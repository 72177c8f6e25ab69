"""Whole visits of medical clinics, women, children and prevention, keyed before any was run: diagnoses, level, lines.

`optional` codes may be there or not. A row without `em` leaves the level open: the engine reads one lower than its key.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import pytest
from coding_svc.batch.documents import encounter_of
from coding_svc.coding.engine import CodingEngine

CASES: Final[list[dict[str, Any]]] = [
    json.loads(line) for line in (Path(__file__).parent / "vignettes" / "clinic_visits.jsonl").read_text().splitlines()
]


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_the_codes_of_a_visit(case: dict[str, Any], engine: CodingEngine) -> None:
    patient = {"new_patient": False, **case["patient"]}
    encounter = {"date_of_service": "2026-06-10", "place_of_service": "11", "patient": patient, "visit_type": "office"}
    result = engine.code(encounter_of({"id": case["id"], "note": case["note"], "encounter": encounter}))
    codes = [item.code for item in result.diagnoses if item.code not in case["optional"]]
    assert sorted(codes) == sorted(case["icd10cm"])
    assert codes[0] == case["icd10cm"][0]
    assert sorted(item.code for item in result.procedures if item.code not in case["optional"]) == case["lines"]
    if "em" in case:
        assert (result.em.code if result.em else None) == case["em"]
