"""Whole visit notes of joints, injuries, skin, ears and feet: what is released without a person is right as a whole.

`released`: the note must go out by itself; the others may wait, but never go out wrong. `optional` as in whole visits.
"""

from __future__ import annotations

from typing import Any, Final

import pytest
from coding_svc.coding.engine import CodingEngine
from coding_svc.domain import CodingResult, Reason, Route

from tests.support.coding_cases import keyed, office_visit

CASES: Final = keyed("visits_of_injuries")


def coded(engine: CodingEngine, note: str, patient: dict[str, Any]) -> CodingResult:
    return engine.code(office_visit(note, patient))


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_what_is_released_is_right_as_a_whole(case: dict[str, Any], engine: CodingEngine) -> None:
    result = coded(engine, case["note"], case["patient"])
    if not case["released"] and result.route is Route.QUEUE:
        return
    codes = [item.code for item in result.diagnoses if item.code not in case["optional"]]
    lines = ["-".join([p.code, *p.modifiers]) + (f"x{p.units}" if p.units != 1 else "") for p in result.procedures]
    visit = "-".join([result.em.code, *result.em.modifiers]) if result.em else ""
    assert result.route is Route.AUTO
    assert sorted(codes) == sorted(case["icd10cm"])
    assert codes[0] == case["icd10cm"][0]
    assert visit == case["em"]
    assert sorted(lines) == sorted(case["lines"])


PATIENT: Final = {"age": 60, "sex": "M", "new_patient": False}


def _codes(engine: CodingEngine, note: str) -> list[str]:
    return [item.code for item in coded(engine, note, PATIENT).diagnoses]


@pytest.mark.parametrize(
    ("note", "code", "there"),
    [
        ("A/P:\n1. Acute maxillary sinusitis - given penicillin allergy, doxycycline 100 mg BID.", "Z88.0", True),
        ("A/P:\n1. Acute maxillary sinusitis - no penicillin allergy, amoxicillin 500 mg TID.", "Z88.0", False),
        ("Allergies: penicillin allergy\nA/P:\n1. Acute maxillary sinusitis. Saline rinses.", "Z88.0", False),
        ("A/P:\n1. Acne vulgaris, on isotretinoin, lipids ordered - high risk medication.", "Z79.899", True),
        ("Social: former smoker\nAssessment:\n1. COPD, stable on tiotropium", "Z87.891", True),
        ("Social: former smoker\nAssessment:\n1. Sprain of right ankle", "Z87.891", False),
        ("Social: never smoker\nAssessment:\n1. COPD, stable on tiotropium", "Z87.891", False),
        ("Social: former smoker\nAssessment:\n1. COPD, stable\n2. Nicotine dependence, cigarettes", "Z87.891", False),
    ],
)
def test_statuses_that_bear_on_the_choice(note: str, code: str, there: bool, engine: CodingEngine) -> None:
    assert (code in _codes(engine, note)) is there


@pytest.mark.parametrize(
    ("said", "held"),
    [
        ("Comprehensive audiometry today: sloping loss, both ears.", True),
        ("X-ray of the pelvic ring read by me: no fracture.", True),
        ("X-ray report from the hospital reviewed today: no fracture.", False),
        ("Audiometry ordered today.", False),
        ("No x-ray needed today.", False),
    ],
)
def test_a_test_taken_here_without_a_line_waits(said: str, held: bool, engine: CodingEngine) -> None:
    note = f"Here for follow-up.\nExam: {said}\nAssessment:\n1. Sensorineural hearing loss, bilateral, stable.\n"
    reasons = coded(engine, note, PATIENT).reasons
    assert (Reason.SERVICE_LEFT_OUT in reasons) is held


@pytest.mark.parametrize(
    ("exam", "code"),
    [
        ("3 cm healed laceration, edges well approximated, 5 nylon sutures in place.", None),
        ("3 cm laceration of the left palm, closed with 5 nylon sutures.", "12002"),
    ],
)
def test_stitches_found_in_place_are_no_repair(exam: str, code: str | None, engine: CodingEngine) -> None:
    result = coded(engine, f"Exam: {exam}\nAssessment: Laceration of left hand.\nPlan: Return as needed.", PATIENT)
    assert [line.code for line in result.procedures] == ([code] if code else [])


@pytest.mark.parametrize(
    ("line", "managed"),
    [
        ("2. Type 2 diabetes without complication, on metformin; foot exam normal", False),
        ("2. Type 2 diabetes, on metformin 500 mg", True),
        ("2. Type 2 diabetes, continue metformin", True),
    ],
)
def test_a_drug_that_is_only_taken_is_no_decision(line: str, managed: bool, engine: CodingEngine) -> None:
    em = coded(engine, f"A/P:\n1. Plantar fasciitis, left. Stretching.\n{line}\n", PATIENT).em
    assert em is not None
    assert any(fact.what == "prescription drug management" for fact in em.facts) is managed


@pytest.mark.parametrize(
    ("said", "drug"),
    [("bacitracin not needed", False), ("bacitracin daily", True), ("naproxen contraindicated", False)],
)
def test_a_drug_that_is_not_needed_is_no_decision(said: str, drug: bool, engine: CodingEngine) -> None:
    note = f"Established patient.\nAssessment: Laceration right knee, healing.\nPlan: Keep dry, {said}."
    em = coded(engine, note, PATIENT).em
    assert em is not None
    assert any("drug" in fact.what for fact in em.facts) is drug


@pytest.mark.parametrize(
    ("how", "code"), [("pared with a #15 blade, then frozen", "17110"), ("frozen, 15 warts treated", "17111")]
)
def test_the_number_of_a_blade_counts_no_warts(how: str, code: str, engine: CodingEngine) -> None:
    note = (
        f"Procedure: The warts were {how} with liquid nitrogen. Tolerated well.\nAssessment: Plantar warts, right foot."
    )
    assert [line.code for line in coded(engine, note, PATIENT).procedures] == [code]


@pytest.mark.parametrize(
    ("what", "codes"),
    [
        ("X-rays right hand, 3 views, taken in our office: fracture of the fifth metacarpal neck.", ["73130"]),
        ("X-rays of the neck, 3 views, taken in our office: normal.", ["72040"]),
    ],
)
def test_the_neck_of_a_bone_is_no_spine(what: str, codes: list[str], engine: CodingEngine) -> None:
    note = f"Results: {what}\nAssessment: Neck pain."
    assert [line.code for line in coded(engine, note, PATIENT).procedures] == codes


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("Atrial fibrillation on chronic anticoagulation with apixaban", "I48.91"),
        ("Atrial fibrillation, chronic, on anticoagulation with apixaban", "I48.20"),
        ("Chronic atrial fibrillation on chronic anticoagulation", "I48.20"),
    ],
)
def test_a_drug_of_long_use_makes_no_illness_chronic(line: str, code: str, engine: CodingEngine) -> None:
    assert [each for each in _codes(engine, f"Assessment:\n1. {line}") if each.startswith("I48")] == [code]
