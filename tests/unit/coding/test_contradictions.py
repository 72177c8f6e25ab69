"""What contradicts itself in record and charge sheet: sides, excluded codes, external causes, operations of the day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from coding_svc.batch.output import names_of
from coding_svc.domain import CodedDiagnosis, CodingResult, OtherService, Route, ServiceLine, VisitType

DAY = date(2026, 6, 1)
Code = Callable[..., CodingResult]


def found(result: CodingResult) -> list[str]:
    return [name for name in names_of(result.findings) if ":" in name]


def sheet(*codes: str) -> tuple[CodedDiagnosis, ...]:
    return tuple(CodedDiagnosis(code) for code in codes)


@pytest.mark.parametrize(
    "text",
    [
        "Shoulder pain.\nAssessment: impingement syndrome of right shoulder.\n"
        "Procedure: left subacromial bursa injected with triamcinolone 40 mg.",
        "HPI: twisted the left ankle yesterday.\nExam: left ankle swollen over the fibula.\n"
        "Assessment: sprain of right ankle.\nPlan: ice.",
        "HPI: sore left ear for two days.\nExam: left ear drum red and bulging.\n"
        "Assessment: acute suppurative otitis media of the right ear.\nPlan: amoxicillin.",
    ],
)
def test_two_sides_for_one_thing_go_to_a_person(code: Code, text: str) -> None:
    result = code(text)
    assert "conflict:laterality" in found(result)
    assert result.route is Route.QUEUE


@pytest.mark.parametrize(
    "text",
    [
        "Exam: right ankle swollen, left ankle normal.\nAssessment: sprain of right ankle.\nPlan: ice.",
        "HPI: ankle twisted yesterday; the left ankle was operated on in 2019.\nExam: swollen over the fibula.\n"
        "Assessment: sprain of right ankle.\nPlan: ice.",
        "HPI: pain of the right shoulder since a fall on the right arm, he is left handed.\n"
        "Tdap given IM left deltoid.\nAssessment: impingement syndrome of right shoulder.\nPlan: therapy.",
        "HPI: both knees ache, the left knee more.\nAssessment: bilateral primary osteoarthritis of knee.\n"
        "Procedure: left knee joint injected with triamcinolone 40 mg.",
        "HPI: left knee pain, right hip pain.\nAssessment: primary osteoarthritis of left knee. Trochanteric bursitis "
        "of right hip.\nProcedure: right trochanteric bursa injected with triamcinolone 40 mg.",
    ],
)
def test_the_sound_side_and_another_part_are_no_contradiction(code: Code, text: str) -> None:
    assert "conflict:laterality" not in found(code(text))


def test_a_ticked_code_goes_for_the_documented_one_that_excludes_it(code: Code) -> None:
    text = "Dysuria for two days.\nAssessment: acute cystitis without hematuria.\nPlan: fosfomycin 3 g prescribed."
    assert found(code(text, diagnoses=sheet("N30.00", "N39.0"))) == ["excludes1:N30.00~N39.0"]
    assert found(code(text, diagnoses=sheet("N30.00", "J45.909"))) == ["dx_not_supported:J45.909"]


FALL = "Fell in the bathroom yesterday.\nAssessment: contusion of left hip.\nPlan: acetaminophen."


def test_an_external_cause_that_was_sent_stands_where_the_note_tells_of_it(code: Code) -> None:
    result = code(FALL, diagnoses=sheet("S70.02XA", "W18.30XA"))
    assert [item.code for item in result.diagnoses] == ["S70.02XA", "W18.30XA"]
    assert found(result) == []
    assert all(FALL[span.start : span.end] == span.text for item in result.diagnoses for span in item.evidence)


def test_an_external_cause_of_another_kind_is_not_supported(code: Code) -> None:
    assert found(code(FALL, diagnoses=sheet("S70.02XA", "W54.0XXA"))) == ["dx_not_supported:W54.0XXA"]


BLEEDING = (
    "Return to the operating room for bleeding four hours after my thyroidectomy.\n"
    "Procedure: exploration of the neck wound, hematoma evacuated.\n"
    "Assessment: postoperative hemorrhage of neck."
)


@pytest.mark.parametrize(("words", "modifiers"), [("Return", ("78",)), ("Came", ())])
def test_on_the_day_of_the_operation_only_a_return_to_the_operating_room_counts(
    code: Code, words: str, modifiers: tuple[str, ...]
) -> None:
    thyroidectomy = OtherService("60240", DAY, (), 90, same_group=True)
    text = BLEEDING.replace("Return", words)
    result = code(text, service_lines=(ServiceLine("35800"),), earlier_services=(thyroidectomy,))
    assert [line.modifiers for line in result.procedures if line.code == "35800"] == [modifiers]


KNEE = (
    "15 days after right carpal tunnel release by me, that hand is fine. Twisted the left knee on a ladder.\n"
    "Exam: medial joint line of the left knee tender.\n"
    "Assessment: sprain of medial collateral ligament, {side} knee.\nPlan: naproxen 500 mg prescribed."
)


def test_a_visit_for_the_other_side_than_the_operation_takes_24(code: Code) -> None:
    release = OtherService("64721", DAY - timedelta(days=15), ("RT",), 90, same_group=True)
    result = code(KNEE.format(side="left"), earlier_services=(release,))
    assert result.em is not None
    assert "24" in result.em.modifiers


def test_a_visit_for_the_side_of_the_operation_belongs_to_it(code: Code) -> None:
    release = OtherService("64721", DAY - timedelta(days=15), ("LT",), 90, same_group=True)
    result = code(
        "Two weeks after surgery of the left hand.\nAssessment: stiffness of left hand.", earlier_services=(release,)
    )
    assert result.em is None
    assert [line.code for line in result.procedures] == ["99024"]


def test_minutes_of_a_service_that_is_billed_apart_come_out_of_the_total(code: Code) -> None:
    text = "Total time 40 minutes today by me, {words}.\nAssessment: essential tremor, stable.\nPlan: none."
    apart = code(text.format(words="which includes 15 minutes for spirometry that we bill apart")).em
    within = code(text.format(words="which includes 15 minutes of record review")).em
    assert apart is not None and within is not None
    assert (apart.minutes, within.minutes) == (25, 40)


def test_of_two_ticked_codes_the_assessment_keeps_its_own(code: Code) -> None:
    text = "Third episode of depression.\nAssessment: Major depressive disorder, recurrent, moderate.\nPlan: bupropion."
    result = code(text, diagnoses=sheet("F33.1", "F32.9"))
    assert [item.code for item in result.diagnoses] == ["F33.1"]
    assert found(result) == ["excludes1:F33.1~F32.9"]
    kept = code(text.replace("Plan:", "Plan: for"), diagnoses=sheet("F33.1"))
    assert found(kept) == []


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("Procedure: knee joint injected with triamcinolone 40 mg.\nAssessment: knee pain.", True),
        ("Procedure: knee joint injected with triamcinolone 40 mg.\nAssessment: right knee pain.", False),
        ("Procedure: left knee joint injected with triamcinolone 40 mg.\nAssessment: knee pain.", False),
    ],
)
def test_a_joint_without_its_side_is_asked_for(code: Code, text: str, asked: bool) -> None:
    assert ("missing_fact:laterality" in found(code(text))) is asked


def test_skin_work_in_the_report_of_an_operation_that_was_sent_is_part_of_it(code: Code) -> None:
    text = "Exploration of the neck wound, hematoma evacuated.\nAssessment: postoperative hemorrhage of neck."
    surgery = {"visit_type": VisitType.SURGERY, "service_lines": (ServiceLine("35800"),)}
    assert [line.code for line in code(text, **surgery).procedures] == ["35800"]
    drained = code("Hematoma of the right thigh incised and evacuated today.\nAssessment: contusion of right thigh.")
    assert [line.code for line in drained.procedures] == ["10140"]


@pytest.mark.parametrize(
    ("assessment", "ticked", "expected"),
    [
        ("Primary osteoarthritis of right knee.", "M17.12", ["dx_not_supported:M17.12"]),
        ("Chronic kidney disease stage 4.", "N18.5", ["dx_not_supported:N18.5"]),
        ("Primary osteoarthritis of right knee.", "M17.11", []),
        ("Right knee pain.", "M25.569", ["unspecified:M25.569"]),
        ("Type 2 diabetes with hyperglycemia.", "E11.9", []),
    ],
)
def test_a_ticked_code_of_another_side_or_stage(code: Code, assessment: str, ticked: str, expected: list[str]) -> None:
    result = code(f"Seen today.\nAssessment: {assessment}\nPlan: recheck.", diagnoses=sheet(ticked))
    assert found(result) == expected
