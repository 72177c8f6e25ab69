"""Short notes of many specialties with the service lines that they support, written before the engine read them.

Lines are CODE-MODIFIER*UNITS; 25 is left to the tests of visits. No NCCI files are loaded.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import pytest
from coding_svc.batch.documents import encounter_of
from coding_svc.coding.engine import CodingEngine

CASES: Final[list[dict[str, Any]]] = [
    json.loads(line) for line in (Path(__file__).parent / "vignettes" / "procedures.jsonl").read_text().splitlines()
]


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_the_lines_of_a_note(case: dict[str, Any], engine: CodingEngine) -> None:
    found = [
        "-".join((line.code, *(modifier for modifier in line.modifiers if modifier != "25")))
        + (f"*{line.units:f}" if line.units != 1 else "")
        for line in engine.code(encounter_of(case)).procedures
        if line.code not in case["optional"]
    ]
    assert sorted(found) == sorted(case["lines"])
