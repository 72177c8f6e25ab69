"""Levels of visits: what raises an element, and what looks like it and must not."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from coding_svc.domain import CodingResult, MdmLevel, VisitType

Code = Callable[..., CodingResult]
MINIMAL, LOW, MODERATE, HIGH = MdmLevel.MINIMAL, MdmLevel.LOW, MdmLevel.MODERATE, MdmLevel.HIGH
KNEE = "ASSESSMENT: Primary osteoarthritis of the right knee, worse.\nPLAN: "
PRESSURE = "ASSESSMENT: Hypertension, uncontrolled.\nPLAN: "
LESION = "ASSESSMENT: Skin lesion of the left forearm"


@pytest.mark.parametrize(
    ("note", "risk"),
    [
        (KNEE + "Decision for right total knee arthroplasty. Her cardiac risk is high with an EF of 30 percent.", HIGH),
        (KNEE + "Recommend right total knee arthroplasty. Patient risk factors: BMI 44, diabetes, smoking.", HIGH),
        (KNEE + "Recommend right total knee arthroplasty. Risks of bleeding and infection explained.", MODERATE),
        (KNEE + "Recommend right total knee arthroplasty. No patient risk factors, low surgical risk.", MODERATE),
        (KNEE + "Schedule an injection next week. Bleeding risk on warfarin discussed.", MODERATE),
        (KNEE + "Schedule an injection next week.", LOW),
        (KNEE + "We decided to hold off on any injection for now.", LOW),
        (KNEE + "She declined the flyer.", MINIMAL),
        (PRESSURE + "She cannot afford her pills; social worker sees her today.", MODERATE),
        (PRESSURE + "Treatment is limited by lack of transportation.", MODERATE),
        (PRESSURE + "Has stopped amlodipine because of cost.", MODERATE),
        (PRESSURE + "Denies that cost limits her treatment.", MINIMAL),
        (PRESSURE + "Homelessness no longer limits her care.", MINIMAL),
        (PRESSURE + "She lives in a shelter.", MINIMAL),
        (PRESSURE + "She declined amlodipine.", MINIMAL),
        (PRESSURE + "She declined amlodipine after we went over its risks and benefits.", MODERATE),
        (PRESSURE + "She declined fish oil after we discussed risks and benefits.", MINIMAL),
        (PRESSURE + "Amlodipine continued after weighing the risk of edema.", MODERATE),
        (PRESSURE + "We may start amlodipine at the next visit.", MINIMAL),
        (PRESSURE + "She takes warfarin, so no aspirin.", MINIMAL),
        (PRESSURE + "She takes warfarin daily.", MODERATE),
        (PRESSURE + "Referral to the dietitian.", LOW),
        (KNEE + "Arthroplasty recommended.", MODERATE),
        (KNEE + "Arthroplasty recommended in 2019.", MINIMAL),
        (PRESSURE + "Admitted to the hospital from clinic.", HIGH),
        (PRESSURE + "Sent to the hospital by ambulance.", HIGH),
        (PRESSURE + "He was admitted to the hospital in May.", MINIMAL),
        (PRESSURE + "Recently admitted to the hospital, discharged well.", MINIMAL),
        (PRESSURE + "No need to be admitted to the hospital.", MINIMAL),
    ],
)
def test_risk(code: Code, note: str, risk: MdmLevel) -> None:
    visit = code(note).em
    assert visit is not None
    assert visit.risk is risk


@pytest.mark.parametrize(
    ("plan", "risk"),
    [
        ("Continue methotrexate 15 mg weekly, CBC and LFTs every 8 weeks for toxicity.", HIGH),
        ("Continue methotrexate 15 mg weekly, labs yearly to monitor for toxicity.", MODERATE),
        ("Continue hydroxychloroquine 200 mg, eye exam once a year to monitor for toxicity.", MODERATE),
    ],
)
def test_monitoring_is_intensive_if_it_is_frequent(code: Code, plan: str, risk: MdmLevel) -> None:
    visit = code(f"ASSESSMENT: Rheumatoid arthritis, stable.\nPLAN: {plan}").em
    assert visit is not None
    assert visit.risk is risk


@pytest.mark.parametrize(
    ("note", "problems"),
    [
        (LESION + ", suspicious for melanoma.\nPLAN: Excision planned.", MODERATE),
        (LESION + ", malignancy cannot be excluded.\nPLAN: Excision planned.", MODERATE),
        (LESION + ", not suspicious for melanoma.\nPLAN: Watch.", MINIMAL),
        (LESION + ". No concern for cancer.\nPLAN: Watch.", MINIMAL),
        ("ASSESSMENT: Pituitary adenoma with compression of the optic chiasm.\nPLAN: Surgery.", HIGH),
        ("ASSESSMENT: Pituitary adenoma without compression of the optic chiasm.\nPLAN: MRI ordered.", MODERATE),
        ("ASSESSMENT: Lumbar radiculopathy. No cord compression.\nPLAN: Physical therapy.", LOW),
        ("ASSESSMENT: Hypertension, stable. Homelessness.\nPLAN: Diet.", LOW),
        ("ASSESSMENT: Hypertension, controlled, with cough as a side effect of lisinopril.\nPLAN: Losartan.", MODERATE),
        ("ASSESSMENT: Hypertension, controlled, no side effects of lisinopril.\nPLAN: Same.", LOW),
        ("ASSESSMENT: Acute on chronic systolic heart failure, severe.\nPLAN: Furosemide.", HIGH),
        ("ASSESSMENT: Acute on chronic systolic heart failure, less severe.\nPLAN: Furosemide.", MODERATE),
        ("ASSESSMENT: Nondisplaced fracture of fifth metatarsal, right foot.\nPLAN: Boot.", LOW),
        ("ASSESSMENT: Displaced fracture of fifth metatarsal, right foot.\nPLAN: Boot.", MODERATE),
        ("ASSESSMENT: Aftercare following right knee replacement, healing well.\nPLAN: Therapy goes on.", MINIMAL),
        ("HPI: Fever of 101.\nASSESSMENT: Acute diverticulitis.\nPLAN: Antibiotics.", MODERATE),
        ("HPI: No fever.\nASSESSMENT: Acute diverticulitis.\nPLAN: Antibiotics.", LOW),
        ("ASSESSMENT: Symptomatic cholelithiasis.\nPLAN: Surgery.", MODERATE),
        ("ASSESSMENT: Cholelithiasis, no attacks.\nPLAN: Nothing.", LOW),
        ("ASSESSMENT: Alzheimer dementia, mild, stable.\nPLAN: Same.", LOW),
    ],
)
def test_problems(code: Code, note: str, problems: MdmLevel) -> None:
    visit = code(note).em
    assert visit is not None
    assert visit.problems is problems


PHYSICAL = (
    "Annual physical, feels well. Exam normal but for what follows.\nASSESSMENT/PLAN:\n1. Annual physical exam.\n2. "
)


@pytest.mark.parametrize(
    ("problem", "visit"),
    [
        ("Right breast lump, new. Diagnostic mammogram and right breast ultrasound ordered.", "99213"),
        ("Right breast lump, known cyst. Benign, reassured.", None),
        ("Hypertension, stable. Same diet.", None),
        ("Seborrheic keratosis of the back. Reassured.", None),
        ("Screening mammogram ordered. Lipid panel ordered.", None),
    ],
)
def test_a_problem_beside_a_physical(code: Code, problem: str, visit: str | None) -> None:
    result = code(PHYSICAL + problem, visit_type=VisitType.PREVENTIVE)
    assert (result.em and result.em.code) == visit


@pytest.mark.parametrize(
    ("plan", "insulin"),
    [("We may start insulin at the next visit.", False), ("Start insulin 10 units at night.", True)],
)
def test_a_drug_that_may_come_later_is_not_taken(code: Code, plan: str, insulin: bool) -> None:
    result = code(f"ASSESSMENT: Type 2 diabetes, above goal.\nPLAN: {plan}")
    assert ("Z79.4" in [item.code for item in result.diagnoses]) is insulin
