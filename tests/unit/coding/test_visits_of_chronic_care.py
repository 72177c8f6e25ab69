"""Whole visits of chronic care, keyed before any was run: what is released is right in every code, level and line.

A visit that waits for a person (`route` queue) may be coded wrong, but it must not go out so. `optional` codes may be
there or not.
"""

from __future__ import annotations

from typing import Any, Final

import pytest
from coding_svc.coding.engine import CodingEngine
from coding_svc.domain import CodingResult, Route

from tests.support.coding_cases import keyed, office_visit

CASES: Final = keyed("visits_of_chronic_care")


def result_of(engine: CodingEngine, note: str, patient: dict[str, Any]) -> CodingResult:
    return engine.code(office_visit(note, patient))


def is_right(result: CodingResult, case: dict[str, Any]) -> bool:
    codes = [item.code for item in result.diagnoses if item.code not in case["optional"]]
    level = result.em.code if result.em else ""
    lines = [line.code + (f"x{line.units}" if line.units != 1 else "") for line in result.procedures
             if line.code not in (level, *case["optional"])]  # fmt: skip
    same = sorted(codes) == sorted(case["icd10cm"]) and sorted(lines) == sorted(case["lines"])
    return same and codes[0] == case["icd10cm"][0] and level in case["em"]


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_a_released_visit_is_wholly_right(case: dict[str, Any], engine: CodingEngine) -> None:
    result = result_of(engine, case["note"], case["patient"])
    if case["route"] == "auto":
        assert result.route is Route.AUTO
    assert result.route is Route.QUEUE or is_right(result, case)


NOTE: Final = "Here for follow-up, last seen in March.\n\n{story}\n\nAssessment and plan\n{plan}\n"


def codes_of(engine: CodingEngine, story: str, plan: str) -> set[str]:
    result = result_of(engine, NOTE.format(story=story, plan=plan), {"age": 62, "sex": "M"})
    return {item.code for item in result.diagnoses}


@pytest.mark.parametrize(
    ("story", "plan", "code"),
    [
        ("Social: quit smoking in 2012, 20 pack-years.", "1. Hypertension, at goal. Continue lisinopril.", "Z87.891"),
        ("Social history: ex-smoker.", "1. COPD, stable. Continue tiotropium.", "Z87.891"),
        ("Smokes one pack of cigarettes a day.", "1. Hypertension, at goal. Continue lisinopril.", "F17.210"),
        ("Taking tacrolimus 2 mg BID.", "1. Status post kidney transplant, stable. Continue tacrolimus.", "Z79.621"),
        ("Takes prednisone 5 mg daily.", "1. Polymyalgia rheumatica, stable. Continue.", "Z79.52"),
        ("Metformin 500 mg twice daily.", "1. Type 2 diabetes\n2. PAD, stable walking distance", "E11.51"),
    ],
)
def test_what_belongs_to_a_condition(story: str, plan: str, code: str, engine: CodingEngine) -> None:
    assert code in codes_of(engine, story, plan)


@pytest.mark.parametrize(
    ("story", "plan", "start"),
    [
        ("Social: quit smoking in 2012.", "1. Type 2 diabetes, at goal. Continue metformin.", "Z87"),
        ("His wife quit smoking in 2012.", "1. Hypertension, at goal. Continue lisinopril.", "Z87"),
        ("Social: never smoker.", "1. Hypertension, at goal. Continue lisinopril.", "Z87"),
        ("Advised to quit smoking.", "1. Hypertension, at goal. Continue lisinopril.", "Z87"),
        ("Mother smokes a pack of cigarettes a day.", "1. Hypertension, at goal. Continue lisinopril.", "F17"),
        ("He quit smoking 3 years ago after 45 pack years.", "1. Hypertension, at goal.", "F17"),
        ("Prednisone 40 mg for 5 days in May.", "1. Polymyalgia rheumatica, stable.", "Z79.52"),
        ("Takes prednisone 40 mg daily.", "1. Polymyalgia rheumatica, flare.", "Z79.52"),
        ("Prednisone 40 mg for the cough.", "1. COPD, stable. Continue tiotropium.", "Z79.52"),
        ("Metformin 500 mg twice daily.", "1. Type 2 diabetes, no PAD", "E11.51"),
        ("", "1. Hashimoto thyroiditis\n2. Hypothyroidism, continue levothyroxine.", "E03"),
    ],
)
def test_what_does_not_belong_to_it(story: str, plan: str, start: str, engine: CodingEngine) -> None:
    assert not any(code.startswith(start) for code in codes_of(engine, story, plan))


@pytest.mark.parametrize(
    ("story", "plan", "held"),
    [
        ("He has persistent atrial fibrillation.", "1. Atrial fibrillation, rate controlled.", True),
        ("He has atrial fibrillation.", "1. Atrial fibrillation, rate controlled.", False),
        ("PMH: type 2 diabetes", "1. Chronic kidney disease stage 3a, stable.", True),
        ("PMH: gout", "1. Chronic kidney disease stage 3a, stable.", False),
        ("PMH: hypertension", "1. Chronic systolic heart failure, stable.", True),
        ("No hypertension.", "1. Chronic systolic heart failure, stable.", False),
        ("PMH: mixed hyperlipidemia", "1. Hyperlipidemia, continue atorvastatin.", True),
        ("Father has mixed hyperlipidemia.", "1. Hyperlipidemia, continue atorvastatin.", False),
    ],
)
def test_what_is_told_more_fully_elsewhere_waits(story: str, plan: str, held: bool, engine: CodingEngine) -> None:
    result = result_of(engine, NOTE.format(story=story, plan=plan), {"age": 62, "sex": "M"})
    assert ("coding.condition-left-out" in [finding.code.value for finding in result.findings]) is held


def test_hypertensive_heart_disease_stands_where_heart_failure_does(engine: CodingEngine) -> None:
    plan = "1. Chronic systolic heart failure, stable.\n2. Persistent atrial fibrillation.\n3. Hypertension."
    result = result_of(engine, NOTE.format(story="", plan=plan), {"age": 62, "sex": "M"})
    assert [item.code for item in result.diagnoses][:3] == ["I11.0", "I50.22", "I48.19"]


@pytest.mark.parametrize(
    ("told", "billed"), [("PHQ-9 today 2.", True), ("PHQ-9 was 14 in March.", False), ("PHQ-9 today declined.", False)]
)
def test_an_instrument_of_today_has_its_score_beside(told: str, billed: bool, engine: CodingEngine) -> None:
    plan = "1. Major depressive disorder, recurrent, in full remission. Continue bupropion."
    result = result_of(engine, NOTE.format(story=told, plan=plan), {"age": 62, "sex": "M"})
    assert ("96127" in [line.code for line in result.procedures]) is billed


@pytest.mark.parametrize(
    ("told", "billed"),
    [
        ("Discussed quitting smoking 5 minutes, he will think about it.", True),
        ("Discussed quitting smoking; first cigarette within 5 minutes of waking.", False),
        ("Discussed quitting smoking, first cigarette within 5 minutes of waking.", False),
        ("Discussed smoking.", False),
    ],
)
def test_talk_of_smoking_needs_its_minutes(told: str, billed: bool, engine: CodingEngine) -> None:
    plan = f"1. Nicotine dependence, cigarettes. {told}"
    result = result_of(engine, NOTE.format(story="", plan=plan), {"age": 62, "sex": "M"})
    assert ("99406" in [line.code for line in result.procedures]) is billed


@pytest.mark.parametrize(
    ("told", "billed"),
    [
        ("12-lead ECG performed today and interpreted by me: sinus rhythm, rate 57.", True),
        ("ECG from the hospital interpreted by me: sinus rhythm, rate 57.", False),
    ],
)
def test_a_tracing_of_today_read_here_is_billed(told: str, billed: bool, engine: CodingEngine) -> None:
    result = result_of(engine, NOTE.format(story=told, plan="1. Hypertension, at goal."), {"age": 62, "sex": "M"})
    assert ("93000" in [line.code for line in result.procedures]) is billed
