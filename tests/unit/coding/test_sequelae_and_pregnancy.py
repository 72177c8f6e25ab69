"""Deficits of an old stroke, aftercare by body system, weeks and diabetes of a pregnancy, and what only sounds so."""

from __future__ import annotations

from collections.abc import Callable

import pytest

Codes = Callable[..., list[str]]


@pytest.mark.parametrize(
    ("assessment", "expected"),
    [
        ("Hemiparesis of right dominant side as late effect of cerebral infarction, stable.", ["I69.351"]),
        ("Aphasia following old stroke.", ["I69.320"]),
        ("Acute stroke with dysarthria.", ["I63.9", "R47.1"]),
        ("Surgical aftercare, doing well after cholecystectomy.", ["Z48.815"]),
        ("Surgical aftercare after skin surgery.", ["Z48.817"]),
        ("Surgical aftercare.", ["Z48.89"]),
        ("Exposure to influenza at home, she is well.", ["Z20.828"]),
        ("Influenza.", ["J11.1"]),
        ("Laceration of right cheek, repaired in layers.", ["S01.411A"]),
        ("Laceration left thumb without nail damage.", ["S61.012A"]),
        ("Sprain of PIP joint of left ring finger.", ["S63.635A"]),
        ("Squamous cell carcinoma of skin, left forearm.", ["C44.629"]),
        ("Seasonal allergic rhinitis due to pollen.", ["J30.1"]),
        ("Seasonal allergic rhinitis.", ["J30.2"]),
        ("Routine health exam of adolescent, no abnormal findings.", ["Z00.129"]),
        (
            "Major depressive disorder, recurrent, severe. Suicidal ideation.",
            ["F33.2", "R45.851"],
        ),
    ],
)
def test_an_assessment(codes: Codes, assessment: str, expected: list[str]) -> None:
    assert codes(f"Seen today.\nAssessment: {assessment}") == expected


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("Diet alone did not do; insulin begins today.", "O24.414"),
        ("Metformin 500 mg twice daily started, no insulin.", "O24.415"),
        ("Diet controlled, no insulin.", "O24.410"),
        ("Insulin if the readings stay high.", "O24.419"),
        ("", "O24.419"),
    ],
)
def test_gestational_diabetes_by_its_treatment(codes: Codes, words: str, expected: str) -> None:
    found = codes(f"30 weeks 2 days. {words}\nAssessment: gestational diabetes mellitus, third trimester.")
    assert found == [expected, "Z3A.30"]


def test_weeks_of_something_else_are_no_weeks_of_pregnancy(codes: Codes) -> None:
    assert "Z3A.12" not in codes("Cough for 12 weeks 3 days.\nAssessment: chronic cough.")
    assert codes("Assessment: gestational diabetes mellitus, 30 weeks.")[-1] == "Z3A.30"


def test_an_anemia_of_a_named_kind_is_not_coded_twice(codes: Codes) -> None:
    assert codes("She comes for her monthly injection. Pernicious anemia, doing well.") == ["D51.0"]


@pytest.mark.parametrize(
    ("assessment", "expected"),
    [
        ("Hypertensive chronic kidney disease stage 5, not on dialysis.", ["I12.0", "N18.5"]),
        ("Hypertensive chronic kidney disease stage 4.", ["I12.9", "N18.4"]),
        ("Contusion of forehead.", ["S00.83XA"]),
        ("Degenerative disc disease, lumbar, with discogenic back pain only.", ["M51.360"]),
        ("Surveillance of injectable contraceptive.", ["Z30.42"]),
        ("Cerumen of right ear.", ["H61.21"]),
    ],
)
def test_codes_that_one_more_word_decides(codes: Codes, assessment: str, expected: list[str]) -> None:
    assert codes(f"Seen today.\nAssessment: {assessment}") == expected


def test_control_of_diabetes_told_apart_from_its_ulcer(codes: Codes) -> None:
    ulcer = "Assessment: Type 2 diabetes with right heel ulcer, fat layer exposed. {}"
    assert "E11.65" in codes(ulcer.format("Type 2 diabetes with hyperglycemia."))
    assert "E11.65" not in codes(ulcer.format("Type 2 diabetes, at goal."))
