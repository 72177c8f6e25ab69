"""Why the patient came, where a stone lies, and what is only warned of."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from coding_svc.domain import CodingResult, Reason

Codes = Callable[..., list[str]]
Code = Callable[..., CodingResult]
PLAN = "PLAN: continue."


@pytest.mark.parametrize(
    "opening",
    [
        "CHIEF COMPLAINT: Annual exam",
        "HPI: She presents for her yearly exam.",
        "HPI: Here today for an annual physical.",
    ],
)
def test_an_examination_that_the_patient_came_for_is_the_first_code(codes: Codes, opening: str) -> None:
    found = codes(f"{opening}\nASSESSMENT:\n1. Hypertension, above goal.\n{PLAN}")
    assert found == ["Z00.01", "I10"]
    stable = codes(f"{opening}\nASSESSMENT:\n1. Hypertension, at goal.\n{PLAN}")
    assert stable == ["Z00.00", "I10"]


@pytest.mark.parametrize(
    "opening",
    ["HPI: Her annual exam in March was normal.", "PLAN: return in a year for the annual exam.", "HPI: Follow up."],
)
def test_one_of_another_day_is_none(codes: Codes, opening: str) -> None:
    assert codes(f"{opening}\nASSESSMENT:\n1. Hypertension, at goal.\n{PLAN}") == ["I10"]


@pytest.mark.parametrize(
    ("result", "line", "expected"),
    [
        ("CT shows a stone measuring 0.5 cm located in the right ureter.", "Kidney stone", "N20.1"),
        ("There is a 6 mm left renal stone, non-obstructing.", "Urolithiasis", "N20.0"),
        ("No renal stone is seen.", "Urolithiasis", "N20.9"),
    ],
)
def test_a_stone_lies_where_imaging_shows_it(codes: Codes, result: str, line: str, expected: str) -> None:
    assert codes(f"RESULTS: {result}\nASSESSMENT:\n1. {line}.\n{PLAN}") == [expected]


@pytest.mark.parametrize(
    "warning",
    [
        "I counseled him about side effects, including gynecomastia and dizziness.",
        "The risk of steroids was reviewed; they may cause gastritis.",
        "He is vaccinated against influenza.",
        "Be aware of diarrhea.",
    ],
)
def test_what_is_only_warned_of_is_not_left_out(code: Code, warning: str) -> None:
    result = code(f"ASSESSMENT:\n1. Hypertension, at goal.\nPLAN: Continue lisinopril. {warning}")
    assert Reason.CONDITION_LEFT_OUT not in result.reasons


def test_what_is_spoken_of_as_present_is_left_out(code: Code) -> None:
    result = code("ASSESSMENT:\n1. Hypertension, at goal.\nPLAN: Continue lisinopril. Her gastritis is worse again.")
    assert Reason.CONDITION_LEFT_OUT in result.reasons


def test_the_name_of_a_test_is_no_finding(codes: Codes) -> None:
    assert "R97.1" not in codes("ASSESSMENT:\n1. Hypertension, at goal.\n2. CA 125.\n" + PLAN)
    assert "R97.1" in codes("ASSESSMENT:\n1. Elevated cancer antigen 125.\n" + PLAN)
