"""One engine for all coding tests: compiling the dictionary takes about a second."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from codesets import icd10cm
from coding_svc.coding.engine import CodingEngine
from coding_svc.domain import ClinicalEncounter, ClinicalNote, CodingResult

DAY = date(2026, 6, 1)
Coder = Callable[..., CodingResult]


@pytest.fixture(scope="session")
def release() -> icd10cm.Release:
    found = icd10cm.on(DAY)
    assert found is not None
    return found


@pytest.fixture(scope="session")
def engine() -> CodingEngine:
    return CodingEngine(DAY)


@pytest.fixture(scope="session")
def code(engine: CodingEngine) -> Coder:
    """Code one note text; keyword arguments change the encounter."""

    def run(text: str, **facts: Any) -> CodingResult:
        given = {"date_of_service": DAY, "notes": (ClinicalNote("n1", text),), "new_patient": False, **facts}
        return engine.code(ClinicalEncounter(**given))

    return run


@pytest.fixture(scope="session")
def codes(code: Coder) -> Callable[..., list[str]]:
    """Only the diagnosis codes, in their order."""
    return lambda text, **facts: [item.code for item in code(text, **facts).diagnoses]
