"""Statements of clinicians in which a disease is named: which are about what the patient has today, and which are not.

Written before any was run. `given`: what the statement must give as a line of the assessment; `never`: what it must not
give, wherever it stands (outpatient guideline IV.H; history, relatives, risks and instructions are no diseases).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest
from coding_svc.batch.documents import encounter_of
from coding_svc.coding.engine import CodingEngine
from coding_svc.domain import CodingResult, Reason

Codes = Callable[..., list[str]]
Code = Callable[..., CodingResult]

_ROWS: Final = [
    line.split("\t")
    for line in (Path(__file__).parent / "vignettes" / "assertions.tsv").read_text().rstrip("\n").split("\n")[1:]
]
FRAMES: Final = {
    "assessed": "HPI: Here for a visit.\nASSESSMENT AND PLAN:\n1. {}",
    "planned": "HPI: Here for a visit.\nASSESSMENT: Acne.\nPLAN: {}",
    "told": "{}",
}
SUGGESTED: Final = ("H/o gout, no attack for 20 years.", "Insurance form asks about cancer and heart disease.")
"""Without any assessment, "history of" a disease that lasts is suggested to the coder, and what is asked about."""


@pytest.mark.parametrize(("text", "given", "never"), [row for row in _ROWS if row[1]])
def test_what_the_patient_has(text: str, given: str, never: str, codes: Codes) -> None:
    found = codes(FRAMES["assessed"].format(text))
    assert all(any(code.startswith(start) for code in found) for start in given.split()), found


@pytest.mark.parametrize("frame", FRAMES)
@pytest.mark.parametrize(("text", "given", "never"), [row for row in _ROWS if row[2]])
def test_what_the_patient_does_not_have(text: str, given: str, never: str, frame: str, codes: Codes) -> None:
    if frame == "told" and text in SUGGESTED:
        return
    found = codes(FRAMES[frame].format(text))
    assert not [code for code in found if code.startswith(tuple(never.split()))]


_INJECTIONS: Final = [
    line.split("\t")
    for line in (Path(__file__).parent / "vignettes" / "injections.tsv").read_text().rstrip("\n").split("\n")[1:]
]
_TELLING: Final = (
    "HPI: Joint pain.\nASSESSMENT AND PLAN:\n1. Joint pain. {}",
    "HPI: {}\nASSESSMENT: Joint pain.\nPLAN: Ice.",
    "EXAM: normal gait.\nASSESSMENT: Joint pain.\nPLAN: {}",
)


@pytest.mark.parametrize("frame", _TELLING)
@pytest.mark.parametrize(("text", "line"), _INJECTIONS)
def test_an_injection_of_today_and_one_of_before(text: str, line: str, frame: str, code: Code) -> None:
    found = [item.code for item in code(frame.format(text)).procedures if item.code.startswith("206")]
    assert found == ([line] if line else [])


_NOTES: Final[list[dict[str, Any]]] = [
    json.loads(line) for line in (Path(__file__).parent / "vignettes" / "spoken_notes.jsonl").read_text().splitlines()
]


@pytest.mark.parametrize("case", _NOTES, ids=[case["id"] for case in _NOTES])
def test_whole_notes_full_of_diseases_of_others(case: dict[str, Any], engine: CodingEngine) -> None:
    patient = {"age": 55, "sex": "F", "new_patient": False, **case.get("patient", {})}
    encounter = {"date_of_service": "2026-06-10", "place_of_service": "11", "patient": patient, "visit_type": "office"}
    result = engine.code(encounter_of({"id": case["id"], "note": case["note"], "encounter": encounter}))
    codes = [item.code for item in result.diagnoses]
    wanted, optional = set(case["icd10cm"]), set(case["optional"])
    assert set(codes) - optional == wanted - optional
    assert codes[0] == case["icd10cm"][0]
    left_out = [finding for finding in result.findings if finding.code is Reason.CONDITION_LEFT_OUT]
    assert bool(left_out) == case.get("waits", False)
