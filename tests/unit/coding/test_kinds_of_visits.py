"""Office visits that the note shows to be something else, and notes with the same words that are visits."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from coding_svc.domain import CodingResult, Route

Code = Callable[..., CodingResult]
INJECTED = "Right knee joint injected with triamcinolone 40 mg."
KNEE = "\nAssessment: primary osteoarthritis of right knee."


def visit(result: CodingResult) -> str:
    return result.em.code[:4] if result.em else ""


@pytest.mark.parametrize(
    "text",
    [
        f"Injection visit. {INJECTED}{KNEE}",
        f"{INJECTED} Nothing else looked at.{KNEE}",
        f"Here for the knee injection as arranged. {INJECTED}{KNEE}",
        f"Injection planned at the last visit. {INJECTED}{KNEE}",
        "OPERATIVE NOTE\nProcedure: right knee arthroscopy under general anesthesia.\nAssessment: tear of meniscus.",
        "Shots only. Tdap given IM left deltoid.\nAssessment: immunization.",
        "Five stitches of the left forearm, placed by us on May 20, came out today.\nAssessment: suture removal.",
    ],
)
def test_no_office_visit(code: Code, text: str) -> None:
    assert visit(code(text)) == ""


@pytest.mark.parametrize(
    "text",
    [
        f"Knee pain for a year. {INJECTED} Next injection visit in three months.{KNEE}",
        f"Knee pain. Injection planned in March was put off; discussed again. {INJECTED}{KNEE}\n"
        "Plan: meloxicam 15 mg prescribed.",
        f"Blood pressure log reviewed. Knee injection as planned. {INJECTED}{KNEE} Hypertension, above goal.\n"
        "Plan: lisinopril raised to 40 mg.",
        "Tdap given IM left deltoid as planned last week.\nAssessment: Hypertension, stable. Migraine, stable.\n"
        "Plan: return for an injection visit.",
        "Stitches placed in the emergency room came out today, some redness.\nAssessment: cellulitis of left forearm.\n"
        "Plan: cephalexin 500 mg prescribed.",
    ],
)
def test_an_office_visit_all_the_same(code: Code, text: str) -> None:
    assert visit(code(text)) == "9921"


def test_a_preventive_examination_in_heading_and_assessment(code: Code) -> None:
    text = "{}\nFeels healthy. Exam normal.\nAssessment: annual adult physical, no abnormal findings."
    adult = {"birth_date": date(1990, 1, 1), "new_patient": False}
    assert [line.code for line in code(text.format("Annual physical, 36M."), **adult).procedures] == ["99395"]
    assert visit(code(text.format("Follow up of his migraine, 36M."), **adult)) == "9921"


def test_the_check_after_ones_own_operation(code: Code) -> None:
    text = "Postop visit day 12 after laparoscopic cholecystectomy {}. Wounds clean.\nAssessment: surgical aftercare."
    own = code(text.format("by me"))
    assert ([line.code for line in own.procedures], own.em, own.route) == (["99024"], None, Route.QUEUE)
    assert visit(code(text.format("at the county hospital"))) == "9921"
