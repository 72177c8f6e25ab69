"""Preventive visits as offices write them: headings, stable illnesses beside, screens left out, combined vaccines."""

from __future__ import annotations

import pytest
from coding_svc.batch.documents import encounter_of
from coding_svc.coding.engine import CodingEngine
from coding_svc.domain import CodingResult


def _result(engine: CodingEngine, note: str, age: int, sex: str = "F") -> CodingResult:
    encounter = {
        "date_of_service": "2026-06-10", "place_of_service": "11", "visit_type": "office",
        "patient": {"age": age, "sex": sex, "new_patient": False},
    }  # fmt: skip
    return engine.code(encounter_of({"id": "1", "note": note, "encounter": encounter}))


WELL_CHILD = (
    "4-YEAR WELL CHILD CHECK\n\nEstablished patient, no concerns. {}\n"
    "Exam: well appearing. Heart regular. Lungs clear.\n"
    "Assessment: Healthy 4-year-old, normal growth and development.\nPlan: {} Next visit at 5 years.\n"
)


def test_a_heading_says_what_the_visit_is(engine: CodingEngine) -> None:
    result = _result(engine, WELL_CHILD.format("", "Car seat, dental visits."), 4)
    assert [item.code for item in result.diagnoses] == ["Z00.129"]
    assert [item.code for item in result.procedures] == ["99392"]
    assert result.em is None


def test_a_heading_of_another_visit_says_nothing(engine: CodingEngine) -> None:
    note = (
        "SICK VISIT\n\nSeen a month ago for a well child check. Ear pain for two days.\n"
        "Exam: right TM bulging.\nAssessment: Acute suppurative otitis media, right ear.\nPlan: Amoxicillin 400 mg.\n"
    )
    result = _result(engine, note, 4)
    assert [item.code for item in result.diagnoses] == ["H66.001"]
    assert result.em is not None
    assert not any(item.code.startswith("9939") for item in result.procedures)


@pytest.mark.parametrize(
    ("told", "codes"),
    [
        ("Vision and hearing screening not done today (done at preschool).", set()),
        ("Hearing screening passed at 20 dB both ears.", {"92551"}),
    ],
)
def test_a_screen_that_was_not_done(engine: CodingEngine, told: str, codes: set[str]) -> None:
    result = _result(engine, WELL_CHILD.format(told, ""), 4)
    assert {item.code for item in result.procedures} & {"92551", "99173"} == codes


@pytest.mark.parametrize(
    ("given", "codes"),
    [
        ("DTaP-IPV (Kinrix) 0.5 mL IM left deltoid given by nurse.", {"90696"}),
        ("Kinrix (DTaP-IPV) 0.5 mL IM left deltoid given by nurse.", {"90696"}),
        ("MMRV (ProQuad) 0.5 mL SC given by nurse.", {"90710"}),
        ("DTaP and IPV given IM left deltoid by nurse.", {"90700", "90713"}),
    ],
)
def test_a_combined_vaccine_is_one_product(engine: CodingEngine, given: str, codes: set[str]) -> None:
    result = _result(engine, WELL_CHILD.format("", given), 4)
    assert {item.code for item in result.procedures if item.code.startswith(("906", "907"))} == codes


PHYSICAL = (
    "ANNUAL PHYSICAL\n\nEstablished patient here for her yearly physical.\nExam: normal.\n"
    "Assessment/Plan:\n1. Annual physical. Diet and exercise.\n2. Mixed hyperlipidemia, {}.\n"
)


def test_a_stable_illness_is_no_abnormal_finding_and_no_visit_of_its_own_unseen(engine: CodingEngine) -> None:
    result = _result(engine, PHYSICAL.format("at goal, continue rosuvastatin"), 49)
    assert [item.code for item in result.diagnoses] == ["Z00.00", "E78.2"]
    assert result.em is None or not result.em.auto
    assert result.reasons


def test_an_illness_that_changed_is_one(engine: CodingEngine) -> None:
    result = _result(engine, PHYSICAL.format("not at goal, LDL 168, increase rosuvastatin to 20 mg"), 49)
    assert [item.code for item in result.diagnoses] == ["Z00.01", "E78.2"]
    assert result.em is not None
    assert result.em.confidence > 0.6


def test_an_examination_of_a_woman_with_its_pap(engine: CodingEngine) -> None:
    note = (
        "ANNUAL GYNECOLOGIC EXAM\n\n38-year-old established patient, no complaints.\n"
        "Exam: normal. Pap collected.\nAssessment: Well woman exam with normal findings.\nPlan: Return in a year.\n"
    )
    result = _result(engine, note, 38)
    assert [item.code for item in result.diagnoses] == ["Z01.419"]
    assert [item.code for item in result.procedures] == ["99395"]


@pytest.mark.parametrize(
    ("told", "codes"),
    [
        ("Vanderbilt teacher form scored and reviewed: inattention 7, hyperactivity 6.", {"96127"}),
        ("Vanderbilt teacher form sent home with mother.", set()),
        ("Vanderbilt form scored last month: inattention 7.", set()),
    ],
)
def test_a_form_is_billed_once_scored(engine: CodingEngine, told: str, codes: set[str]) -> None:
    note = f"HPI: Established patient with ADHD. {told}\nASSESSMENT: ADHD combined presentation, not at goal.\n"
    note += "PLAN: Increase methylphenidate ER to 36 mg.\n"
    assert {item.code for item in _result(engine, note, 10).procedures} == codes


@pytest.mark.parametrize(
    ("plan", "codes"),
    [
        ("Urine cytology sent today, cystoscopy next March.", set()),
        ("Cystoscopy done in the office today shows a smooth bladder.", {"52000"}),
    ],
)
def test_today_in_another_clause_is_not_the_day_of_the_act(engine: CodingEngine, plan: str, codes: set[str]) -> None:
    note = f"HPI: Established patient.\nASSESSMENT: History of bladder cancer.\nPLAN: {plan}\n"
    assert {item.code for item in _result(engine, note, 72, "M").procedures} == codes
