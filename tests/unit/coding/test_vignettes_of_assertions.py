"""Statements of clinicians in which a disease is named: which are about what the patient has today, and which are not.

Written before any was run. `given`: what the statement must give as a line of the assessment; `never`: what it must not
give, wherever it stands (outpatient guideline IV.H; history, relatives, risks and instructions are no diseases).
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest
from coding_svc.domain import CodingResult

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
SUGGESTED: Final = ("H/o gout, no attack for 20 years.",)
"""Without any assessment, "history of" a disease that lasts is suggested to the coder."""


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
