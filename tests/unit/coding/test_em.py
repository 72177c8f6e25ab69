"""E/M: tables, time statements, the estimate of medical decision making, the visit's decision."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from coding_svc.coding import em
from coding_svc.coding.confidence import UNMEASURED, em_confidence
from coding_svc.coding.visit_time import duration, number
from coding_svc.domain import (
    ClinicalNote,
    CodingResult,
    MdmElements,
    MdmLevel,
    Reason,
    Route,
    ServiceLine,
    VisitType,
)

Code = Callable[..., CodingResult]
MINIMAL, LOW, MODERATE, HIGH = MdmLevel.MINIMAL, MdmLevel.LOW, MdmLevel.MODERATE, MdmLevel.HIGH


@pytest.mark.parametrize(
    ("minutes", "new", "expected"),
    [
        (14, True, None), (15, True, "99202"), (29, True, "99202"), (30, True, "99203"), (45, True, "99204"),
        (59, True, "99204"), (60, True, "99205"), (9, False, None), (10, False, "99212"), (19, False, "99212"),
        (20, False, "99213"), (30, False, "99214"), (39, False, "99214"), (40, False, "99215"), (180, False, "99215"),
    ],
)  # fmt: skip
def test_time_must_be_met(minutes: int, new: bool, expected: str | None) -> None:
    assert em.code_by_time(minutes, new) == expected


@pytest.mark.parametrize(
    ("elements", "level"),
    [
        ((LOW, MINIMAL, MODERATE), LOW),
        ((MODERATE, MINIMAL, MODERATE), MODERATE),
        ((HIGH, HIGH, MINIMAL), HIGH),
        ((MODERATE, MINIMAL, MINIMAL), MINIMAL),
        ((HIGH, MODERATE, LOW), MODERATE),
    ],
)
def test_two_of_three_elements_decide(elements: tuple[MdmLevel, MdmLevel, MdmLevel], level: MdmLevel) -> None:
    assert em.Elements(*elements).level() is level


@pytest.mark.parametrize(
    ("age", "new", "expected"),
    [(0, True, "99381"), (1, False, "99392"), (11, False, "99393"), (12, False, "99394"), (18, True, "99385"),
     (39, False, "99395"), (40, False, "99396"), (64, False, "99396"), (65, False, "99397")],
)  # fmt: skip
def test_preventive_codes_by_age(age: int, new: bool, expected: str) -> None:
    assert em.preventive_code(age, new) == expected


BASE = "ASSESSMENT: Essential tremor, stable.\nPLAN: No medicines, reassured.\n"


@pytest.mark.parametrize(
    ("statement", "minutes"),
    [
        ("Total time today 29 min incl. prep.", 29),
        ("Total provider time on the date: 45 minutes.", 45),
        ("The whole visit took thirty minutes of my time.", 30),
        ("I spent a total of forty-five minutes on this.", 45),
        ("Time: 36 minutes total by me.", 36),
        ("I spent 20 minutes today on the total care of this patient.", 20),
        ("Time: 36 minutes total. That includes 5 minutes for the wart, which is billed separately.", 31),
        ("Ten minutes on smoking cessation.", None),
        ("Symptoms last 20 minutes.", None),
        ("Observed 15 minutes after the injection.", None),
        ("Total tourniquet time 75 minutes.", None),
        ("Total intervention time was 3 hours.", None),
        ("Total visit time 7 hours and 30 minutes.", None),
        ("45 minutes were spent in total today on the chart and the exam.", 45),
        ("Over 30 minutes spent on the date of service.", 30),
        ("I spent one hour and ten minutes on the day of the encounter.", 70),
        ("Total time today: 1 hr 15 min.", 75),
        ("Total time today was 1.5 hours.", 90),
        ("I spent an hour total on today's care.", 60),
        ("Total time was one and a half hours.", 90),
        ("Total time: 62 minutes, of which 12 were spent on teaching the student (not counted).", 50),
        ("Resident spent 30 minutes. I spent 20 minutes today in total.", 20),
        ("Nurse spent 15 minutes total with the patient today.", None),
        ("Time in: 9:00, time out: 9:45, total 45 minutes.", 45),
        ("The total time I devoted to this patient on 6/1 was thirty-five minutes.", 35),
        ("Patient waited 40 minutes total.", None),
        ("Total time with medical student 30 minutes.", None),
        ("Within an hour of the total visit.", None),
        ("Total fluoroscopy time was 12 minutes.", None),
        ("The masses were visualized for a total of 30 minutes.", None),
        ("The visit lasted a total of 30 minutes.", 30),
        ("Total time this month 47 minutes of care management.", None),
        ("A total of 20 minutes was spent on advance care planning.", None),
    ],
)
def test_time_statements(code: Code, statement: str, minutes: int | None) -> None:
    result = code(BASE + statement)
    assert result.em is not None
    assert result.em.minutes == minutes


@pytest.mark.parametrize(
    ("words", "minutes"),
    [("35 min", 35), ("an hour", 60), ("1 hr 15 min", 75), ("2 hours and 5 minutes", 125), ("1.25 hours", 75),
     ("two and a half hours", 150), ("forty-five minutes", 45)],
)  # fmt: skip
def test_durations(words: str, minutes: int) -> None:
    assert duration(words) == minutes


@pytest.mark.parametrize(("words", "value"), [("7", 7), ("twenty", 20), ("forty-five", 45), ("sixteen", 16)])
def test_numbers_in_words(words: str, value: int) -> None:
    assert number(words) == value


def test_time_wins_only_where_it_gives_more(code: Code) -> None:
    by_time = code(BASE + "Total time today 31 minutes.").em
    by_mdm = code(
        "ASSESSMENT AND PLAN\n1. Hypertension, above goal. Increase losartan 50 mg.\nTotal time today 12 minutes."
    ).em
    assert by_time is not None
    assert by_mdm is not None
    assert (by_time.code, by_time.by) == ("99214", "time")
    assert (by_mdm.code, by_mdm.by, by_mdm.minutes) == ("99214", "mdm", 12)


def test_the_encounters_minutes_count_where_the_note_states_none(code: Code) -> None:
    result = code(BASE, total_minutes=31)
    assert result.em is not None
    assert (result.em.code, result.em.rule) == ("99214", "em.time-structured")


def test_a_note_with_more_minutes_than_the_encounter_is_shown(code: Code) -> None:
    result = code(BASE + "Total time today 31 minutes.", total_minutes=15)
    assert Reason.CONFLICT in {finding.code for finding in result.findings}


def test_structured_elements_decide(code: Code) -> None:
    result = code(BASE, mdm=MdmElements(MODERATE, LOW, MODERATE))
    assert result.em is not None
    assert (result.em.code, result.em.rule, result.em.auto) == ("99214", "em.mdm-structured", True)


@pytest.mark.parametrize(
    ("plan", "element", "level"),
    [
        ("1. Hypertension, stable.\n2. Gout, stable.", "problems", MODERATE),
        ("1. Hypertension, stable.", "problems", LOW),
        ("1. Hypertension, above goal.", "problems", MODERATE),
        ("1. Asthma with severe exacerbation.", "problems", HIGH),
        ("1. Sprain of right ankle.", "problems", LOW),
        ("1. Seborrheic keratosis.", "problems", MINIMAL),
        ("1. Acute upper respiratory infection.", "problems", MINIMAL),
        ("1. Acute upper respiratory infection. Amoxicillin 500 mg prescribed.", "problems", LOW),
        ("1. Lump of the right breast.", "problems", MODERATE),
        ("1. Pneumonia, fever to 102.", "problems", MODERATE),
        ("1. Asthma, no severe exacerbations.", "problems", LOW),
        ("1. Asthma, without any flare or attack this year.", "problems", LOW),
        ("1. Recurrent major depression with suicidal ideation.", "problems", HIGH),
        ("1. Recurrent major depression, denies suicidal ideation.", "problems", LOW),
        ("1. Coronary artery disease. Old myocardial infarction.", "problems", LOW),
        ("1. Suspected pulmonary embolism. Transferred to the emergency department.", "problems", HIGH),
        ("1. Suspected pulmonary embolism. D-dimer ordered.", "problems", MINIMAL),
        ("1. Gout. Ordered CBC, BMP and uric acid.", "data", MODERATE),
        ("1. Gout. Ordered CBC and uric acid.", "data", LOW),
        ("1. Gout. Ordered uric acid.", "data", MINIMAL),
        ("1. Gout. No labs today.", "data", MINIMAL),
        ("1. Gout. Lives with parents.", "data", MINIMAL),
        ("1. Gout. Here with his mother.", "data", LOW),
        ("1. Gastroenteritis.\n2. Constipation.", "problems", LOW),
        ("1. Bell's palsy.\n2. Hypertension, stable.", "problems", LOW),
        ("1. Gout. If it comes back, order CBC, BMP and uric acid.", "data", MINIMAL),
        ("1. Gout. I viewed the films myself and I spoke with her cardiologist.", "data", HIGH),
        ("1. Pancreatic cancer. Decision for comfort care, DNR signed.", "risk", HIGH),
        ("1. Pancreatic cancer. DNR on file. No medicines.", "risk", MINIMAL),
        ("1. Chest pain. He did admit to intermittent nausea. No medicines.", "risk", MINIMAL),
        ("1. Chest pain. Last week she was sent to the emergency department. No medicines.", "risk", MINIMAL),
        ("1. Ovarian cancer. Status post two cycles of cisplatin. No medicines.", "risk", MINIMAL),
        ("1. Chest pain. 911 called.", "risk", HIGH),
        ("1. Migraine. Back in a week to discuss prophylactic Rx.", "risk", MINIMAL),
        ("1. Migraine. Review in a week - discuss prophylactic Rx if needed.", "risk", MINIMAL),
        ("1. Chest pain. Admit to the telemetry unit.", "risk", HIGH),
        ("1. Chest pain. Sent to the nearest emergency department.", "risk", HIGH),
        ("1. Gout. Continue allopurinol 100 mg.", "risk", MODERATE),
        ("1. Gout. Over the counter naproxen.", "risk", LOW),
        ("1. Gout. No medicines.", "risk", MINIMAL),
        ("1. Heart failure. Direct admission to the hospital now.", "risk", HIGH),
        ("1. Hip arthritis. Decision for surgery made today.", "risk", MODERATE),
        ("1. Gallstones. I recommend a laparoscopic cholecystectomy.", "risk", MODERATE),
        ("1. Hip arthritis. She elected to have a total hip replacement.", "risk", MODERATE),
        ("1. Hip arthritis. Not a candidate for hip replacement. No medicines.", "risk", MINIMAL),
        ("1. Gallstones. If it comes back, I will recommend a cholecystectomy.", "risk", MINIMAL),
        ("1. Gallstones. She had a cholecystectomy in 2011. No medicines.", "risk", MINIMAL),
        ("1. Ovarian cancer. Will start chemotherapy with carboplatin next week.", "risk", HIGH),
        ("1. Ovarian cancer. Chemotherapy was completed in 2019.", "risk", MINIMAL),
        ("1. Hip arthritis. We will proceed with an injection under fluoroscopy next week.", "risk", LOW),
        ("1. Hip arthritis. Use of analgesics as needed.", "risk", LOW),
        ("1. Hip arthritis. No analgesics.", "risk", MINIMAL),
        ("1. Backache. Over-the-counter ibuprofen did not help; prescription for ibuprofen 800 mg.", "risk", MODERATE),
        ("1. Backache. No prescription for now, over-the-counter ibuprofen 400 mg.", "risk", LOW),
        ("1. Gout. A basic metabolic panel, CBC, and uric acid will also be ordered.", "data", MODERATE),
        ("1. Gout. Reviewed her recent lab work. We will obtain additional blood work.", "data", LOW),
        ("1. Gout. No blood work is needed, recent lab work not at hand.", "data", MINIMAL),
        ("1. Type 2 diabetes. Call if she sees an increase in her sugars.", "problems", LOW),
        ("1. Type 2 diabetes, sugars increasing.", "problems", MODERATE),
        ("1. Cancer of the right breast. No evidence of recurrent disease.", "problems", LOW),
        ("1. Cancer of the right breast.", "problems", MODERATE),
        ("1. Cancer of the right ovary, stage IIIA.", "problems", HIGH),
        ("1. Right foot pain. Films revealed a displaced fracture.", "problems", MODERATE),
        ("1. Right foot pain. Films showed no fracture.", "problems", LOW),
    ],
)
def test_estimated_elements(code: Code, plan: str, element: str, level: MdmLevel) -> None:
    result = code(f"ASSESSMENT AND PLAN\n{plan}\n")
    assert result.em is not None
    assert getattr(result.em, element) is level


@pytest.mark.parametrize(
    ("history", "assessment", "level"),
    [
        ("Knee pain for years, getting worse.", "Osteoarthritis of the right knee.", MODERATE),
        ("Knee pain for years. He denies worsening.", "Osteoarthritis of the right knee.", LOW),
        ("Knee pain for years, worse on stairs.", "Osteoarthritis of the right knee.", LOW),
        ("Knee pain for years, getting worse.", "Osteoarthritis of the right knee, stable.", LOW),
        ("Knee pain for years, getting worse.", "Osteoarthritis of the right knee. Sprain of left ankle.", LOW),
    ],
)
def test_the_history_of_the_only_problem_tells_whether_it_is_stable(
    code: Code, history: str, assessment: str, level: MdmLevel
) -> None:
    result = code(f"HISTORY OF PRESENT ILLNESS\n{history}\n\nASSESSMENT\n{assessment}\n")
    assert result.em is not None
    assert result.em.problems is level


@pytest.mark.parametrize(
    ("assessment", "plan", "level"),
    [
        ("Hypertension.", "Start losartan 50 mg.", MODERATE),
        ("Hypertension.", "Continue losartan 50 mg.", LOW),
        ("Hypertension, stable.", "Start losartan 50 mg instead of lisinopril.", LOW),
        ("Hypertension.", "If it rises, start losartan 50 mg.", LOW),
        ("Hypertension.", "Declined to start losartan.", LOW),
        ("Hypertension.\nSprain of left ankle.", "Start ibuprofen 400 mg.", LOW),
        ("Hand eczema.", "Start triamcinolone cream.", LOW),
    ],
)
def test_treatment_that_is_begun_tells_that_the_only_problem_is_not_at_goal(
    code: Code, assessment: str, plan: str, level: MdmLevel
) -> None:
    result = code(f"ASSESSMENT\n{assessment}\n\nPLAN\n{plan}\n")
    assert result.em is not None
    assert result.em.problems is level


def test_the_confidence_of_a_level_is_measured(code: Code) -> None:
    sure = code("ASSESSMENT: Gout, flaring.\nPLAN: colchicine 0.6 mg started.").em
    unsure = code("ASSESSMENT: Gout, flaring.\n").em
    assert sure is not None
    assert unsure is not None
    assert (sure.group, unsure.group) == ("em-agree", "em-treatment-open")
    assert sure.confidence == em_confidence("em-agree") > unsure.confidence
    assert em_confidence("em-never-seen") == UNMEASURED


def test_every_counted_fact_has_its_span(code: Code) -> None:
    note = "ASSESSMENT AND PLAN\n1. Gout. Ordered CBC and uric acid. Continue allopurinol 100 mg.\n"
    result = code(note)
    assert result.em is not None
    assert {fact.element for fact in result.em.facts} == {"problems", "data", "risk"}
    assert all(note[s.start : s.end] == s.text for s in result.em.evidence)


@pytest.mark.parametrize(("text", "expected"), [("New patient. ", "99203"), ("Established patient. ", "99213")])
def test_the_note_may_say_whether_the_patient_is_new(code: Code, text: str, expected: str) -> None:
    result = code(text + "\nASSESSMENT: Gout, stable.\nPLAN: allopurinol refilled.", new_patient=None)
    assert result.em is not None
    assert result.em.code == expected


@pytest.mark.parametrize(
    ("text", "new"),
    [
        ("New pt.", True), ("First visit to our clinic.", True), ("Seen here for the first time.", True),
        ("Initial visit with our practice.", True), ("Here to establish care.", True),
        ("A new patient to me who has seen Ruiz in this practice.", False),
        ("Established care with us in 2019.", False),
        ("F/u HTN.", False), ("Known to me.", False), ("3 month check.", False),
        ("New patient packet not needed; seen here since 2015.", False),
        ("New patient appointment at ENT is wanted.", None), ("Referred for evaluation.", None),
    ],
)  # fmt: skip
def test_words_for_new_and_established(code: Code, text: str, new: bool | None) -> None:
    result = code(f"{text}\nASSESSMENT: Gout, stable.\nPLAN: allopurinol refilled.", new_patient=None)
    assert result.em is not None
    known = Reason.NEW_PATIENT_UNKNOWN not in result.reasons
    assert (result.em.code.startswith("9920") if known else None) is new


def test_unknown_status_goes_to_a_person(code: Code) -> None:
    result = code("ASSESSMENT: Gout, stable.\nPLAN: allopurinol refilled.", new_patient=None)
    assert result.route is Route.QUEUE
    assert Reason.NEW_PATIENT_UNKNOWN in result.reasons


@pytest.mark.parametrize(("billed", "reason"), [("99213", None), ("99215", Reason.EM_LEVEL_DIFFERS)])
def test_the_ticked_level_is_compared(code: Code, billed: str, reason: Reason | None) -> None:
    note = "ASSESSMENT: Gout, stable.\nPLAN: allopurinol 100 mg refilled."
    result = code(note, service_lines=(ServiceLine(billed, ("25",)),))
    assert result.em is not None
    assert (result.em.code, result.em.modifiers) == ("99213", ("25",))
    assert (reason in result.reasons) if reason else result.route is Route.AUTO


def test_a_preventive_visit_has_its_code_and_a_separate_problem_an_em_25(code: Code) -> None:
    facts = {"visit_type": VisitType.PREVENTIVE, "birth_date": date(1980, 1, 1)}
    plain = code("Assessment: Annual physical.\nPlan: none.", **facts)
    both = code("Assessment:\nAnnual physical.\nGout, flaring.\nPlan: start colchicine 0.6 mg.", **facts)
    assert [line.code for line in plain.procedures] == ["99396"]
    assert plain.em is None
    assert both.em is not None
    assert both.em.modifiers == ("25",)


def test_a_procedure_visit_has_no_em(code: Code) -> None:
    note = "Procedure visit only.\nAssessment: common wart.\nTwo warts treated with liquid nitrogen today."
    result = code(note)
    assert result.em is None
    assert [(line.code, line.units) for line in result.procedures] == [("17110", Decimal(1))]
    ticked = code(note, service_lines=(ServiceLine("99213"),))
    assert Reason.CODE_NOT_SUPPORTED in ticked.reasons


def test_two_notes_are_read_together(code: Code) -> None:
    notes = (ClinicalNote("a", "Assessment: Gout, stable."), ClinicalNote("b", "Plan: allopurinol 100 mg refilled."))
    result = code("", notes=notes)
    assert result.em is not None
    assert {span.note_id for span in result.em.evidence} == {"a", "b"}
