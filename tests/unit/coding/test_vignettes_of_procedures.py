"""Short notes of many specialties with the service lines that they support, written before the engine read them.

Lines are CODE-MODIFIER*UNITS; 25 is left to the tests of visits. No NCCI files are loaded.
"""

from __future__ import annotations

from typing import Any, Final

import pytest
from coding_svc.batch.documents import encounter_of
from coding_svc.coding.engine import CodingEngine

from tests.support.coding_cases import keyed

CASES: Final = keyed("procedures")


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_the_lines_of_a_note(case: dict[str, Any], engine: CodingEngine) -> None:
    found = [
        "-".join((line.code, *(modifier for modifier in line.modifiers if modifier != "25")))
        + (f"*{line.units:f}" if line.units != 1 else "")
        for line in engine.code(encounter_of(case)).procedures
        if line.code not in case["optional"]
    ]
    assert sorted(found) == sorted(case["lines"])
