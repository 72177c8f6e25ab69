"""Problems, data and risk that lift a level, and the same words where they must not."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from coding_svc.domain import CodingResult, MdmLevel

Code = Callable[..., CodingResult]
DEPRESSED = "Mood low.\nAssessment: Major depressive disorder, recurrent, moderate."
PATHOLOGICAL = "Age-related osteoporosis with current pathological fracture of vertebra"


def problem(code: Code, text: str) -> MdmLevel | None:
    result = code(text)
    return result.em.problems if result.em else None


@pytest.mark.parametrize(
    ("text", "level"),
    [
        (f"{DEPRESSED}\nPlan: sertraline raised to 100 mg.", "moderate"),
        (f"{DEPRESSED}\nPlan: sertraline refilled.", "low"),
        (f"{DEPRESSED}\nPlan: sertraline raised last year, same dose.", "low"),
        (f"Assessment: {PATHOLOGICAL}.\nPlan: brace.", "moderate"),
        ("Assessment: Age-related osteoporosis.\nPlan: calcium from the drugstore.", "low"),
        ("Assessment: Pain in left lower leg. Possible deep vein thrombosis.\nPlan: rest.", "moderate"),
        ("Assessment: Pain in left lower leg. Possible muscle strain.\nPlan: rest.", "low"),
        ("Assessment: Chronic cough, cause not known.\nPlan: CBC, chest x-ray and PFT ordered.", "moderate"),
        ("Assessment: Chronic cough, cause not known.\nPlan: honey.", "low"),
        ("Assessment: Fatigue, worsening over five months.\nPlan: pacing.", "moderate"),
        ("Assessment: Fatigue, worsening since Monday.\nPlan: rest.", "low"),
        ("No fever.\nAssessment: Viral gastroenteritis.\nPlan: ondansetron 2 mg prescribed.", "low"),
        ("Fever since yesterday.\nAssessment: Viral gastroenteritis.\nPlan: ondansetron 2 mg prescribed.", "moderate"),
    ],
)  # fmt: skip
def test_the_level_of_a_problem(code: Code, text: str, level: str) -> None:
    assert problem(code, text) == level


@pytest.mark.parametrize(
    ("plan", "risk"),
    [
        ("Voluntary admission arranged now, wife drives him.", "high"),
        ("No admission arranged, he is safe at home.", "minimal"),
        ("If worse, admission will be arranged.", "minimal"),
    ],
)
def test_the_decision_for_admission(code: Code, plan: str, risk: str) -> None:
    result = code(f"Assessment: Major depressive disorder, recurrent, severe.\nPlan: {plan}")
    assert result.em is not None
    assert result.em.risk == risk


@pytest.mark.parametrize(
    ("plan", "data"),
    [
        ("Duplex ultrasound this afternoon, D-dimer, CBC and creatinine with it.", "moderate"),
        ("CBC, TSH and CRP.", "moderate"),
        ("CBC, TSH and CRP before the next visit.", "minimal"),
        ("CBC, TSH and CRP if not better.", "minimal"),
    ],
)
def test_a_line_of_a_plan_that_begins_with_a_test_orders_it(code: Code, plan: str, data: str) -> None:
    result = code(f"Assessment: Pain in left lower leg.\nPlan: {plan}")
    assert result.em is not None
    assert result.em.data == data


def test_a_film_ordered_at_the_hospital_does_not_make_the_prescription_one_of_the_past(code: Code) -> None:
    text = "Left knee pain: ibuprofen 600 mg prescribed and x-ray {} the hospital.\nAssessment: left knee pain."
    ordered, treated = code(text.format("ordered at")).em, code(text.format("and drugs were given by")).em
    assert ordered is not None and treated is not None
    assert (ordered.risk, treated.risk) == ("moderate", "minimal")


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("New patient, 33F, her husband was told that he has influenza.", "minimal"),
        ("A two year old boy, his mom tells the story.", "limited"),
        ("9 months old, mother gives the history.", "limited"),
        ("81M, his daughter gives the history.", "limited"),
    ],
)
def test_a_historian_counts_by_the_age_that_the_note_gives(code: Code, text: str, data: str) -> None:
    result = code(f"{text}\nAssessment: acute nasopharyngitis.\nPlan: rest.", birth_date=None)
    assert result.em is not None
    assert result.em.data == MdmLevel({"limited": "low"}.get(data, data))
