"""Services by minutes, by instrument and by month; transitions of care; what is added to a visit."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from coding_svc.coding.counselling import timed_services
from coding_svc.coding.dates import DATE, full_months, read_date
from coding_svc.domain import CodingResult, OtherService, PayerRules, Reason, ServiceLine, VisitType

Code = Callable[..., CodingResult]
MEDICARE = PayerRules(medicare=True, program="medicare")
A_AND_P = "\nASSESSMENT: Hypertension, stable.\nPLAN: continue losartan 50 mg."


def lines(result: CodingResult) -> list[tuple[str, int]]:
    return sorted((line.code, int(line.units)) for line in result.procedures)


def subjects(result: CodingResult) -> list[str]:
    return [finding.subject for finding in result.findings]


@pytest.mark.parametrize(
    ("label", "minutes", "expected"),
    [
        ("advance care planning", 15, []),
        ("advance care planning", 16, [("99497", 1)]),
        ("advance care planning", 45, [("99497", 1)]),
        ("advance care planning", 46, [("99497", 1), ("99498", 1)]),
        ("advance care planning", 76, [("99497", 1), ("99498", 2)]),
        ("smoking cessation counselling", 3, []),
        ("smoking cessation counselling", 4, [("99406", 1)]),
        ("smoking cessation counselling", 10, [("99406", 1)]),
        ("smoking cessation counselling", 11, [("99407", 1)]),
        ("behavioural counselling for obesity", 14, []),
        ("behavioural counselling for obesity", 15, [("G0447", 1)]),
        ("substance use screening and intervention", 31, [("99409", 1)]),
    ],
)
def test_minutes_make_codes(label: str, minutes: int, expected: list[tuple[str, int]]) -> None:
    timed = next(timed for timed in timed_services() if timed.label == label)
    assert timed.coded(minutes) == expected


@pytest.mark.parametrize(
    ("text", "medicare", "expected"),
    [
        ("Smoking cessation counseling for 5 minutes.", False, [("99406", 1)]),
        ("I counseled him for twelve minutes on quitting tobacco.", False, [("99407", 1)]),
        ("Tobacco cessation was discussed. This took 6 minutes.", False, [("99406", 1)]),
        ("Smoking cessation counseling for 3 minutes.", False, []),
        ("Smoking cessation counseling was declined. He waited 20 minutes.", False, []),
        ("Total time 25 minutes including smoking cessation counseling.", False, []),
        ("Social history: smokes, 5 minutes per cigarette.", False, []),
        ("SBIRT with brief intervention for alcohol use, 20 minutes.", False, [("99408", 1)]),
        ("SBIRT with brief intervention for alcohol use, 20 minutes.", True, []),
        ("Alcohol misuse screening took 6 minutes.", True, [("G0442", 1)]),
        ("Alcohol misuse screening took 6 minutes.", False, []),
        ("Depression screening with PHQ-9, total score 3, took 7 minutes.", True, [("G0444", 1)]),
        ("Depression screening with PHQ-9, total score 3, took 7 minutes.", False, [("96127", 1)]),
        ("PHQ-9 completed, score 14. GAD-7 completed, score 10.", False, [("96127", 2)]),
        ("PHQ-9 score last visit 14.", False, []),
        ("PHQ-9 to be completed next visit.", False, []),
        ("M-CHAT-R completed by the mother, score 1.", False, [("96110", 1)]),
        ("Behavioral counseling for obesity, BMI 36, 15 minutes.", True, [("G0447", 1)]),
        ("Behavioral counseling for obesity, BMI 36, 10 minutes.", True, []),
        ("Voluntary advance care planning, 20 minutes.", True, [("99497", 1)]),
        ("Voluntary advance care planning took an hour.", True, [("99497", 1), ("99498", 1)]),
        ("Advance care planning, 20 minutes.", False, [("99497", 1)]),
        ("Advance care planning declined. Waited 20 minutes.", False, []),
    ],
)
def test_the_note_states_the_time_or_the_score(
    code: Code, text: str, medicare: bool, expected: list[tuple[str, int]]
) -> None:
    result = code(text + A_AND_P, payer_rules=MEDICARE if medicare else PayerRules())
    assert lines(result) == expected
    assert all(line.evidence for line in result.procedures)


def test_what_medicare_asks_for_besides_is_a_question(code: Code) -> None:
    planning = code("Advance care planning, 20 minutes." + A_AND_P, payer_rules=MEDICARE)
    obesity = code("Behavioral counseling for obesity, 20 minutes." + A_AND_P, payer_rules=MEDICARE)
    assert "missing_fact:voluntary:99497" in subjects(planning) and not planning.procedures
    assert "missing_fact:bmi:G0447" in subjects(obesity) and not obesity.procedures


@pytest.mark.parametrize(
    ("text", "earlier", "expected"),
    [
        ("Alcohol misuse screening took 6 minutes.", (("G0442", date(2025, 6, 30)),), [("G0442", 1)]),
        ("Alcohol misuse screening took 6 minutes.", (("G0442", date(2025, 7, 1)),), []),
        ("Smoking cessation counseling, 5 minutes.", (("99406", date(2026, 3, 1)),) * 7, [("99406", 1)]),
        ("Smoking cessation counseling, 5 minutes.", (("99407", date(2026, 3, 1)),) * 8, []),
        ("Smoking cessation counseling, 5 minutes.", (("99407", date(2025, 3, 1)),) * 8, [("99406", 1)]),
    ],
)
def test_medicare_pays_so_often(
    code: Code, text: str, earlier: tuple[tuple[str, date], ...], expected: list[tuple[str, int]]
) -> None:
    past = tuple(OtherService(service, day) for service, day in earlier)
    result = code(text + A_AND_P, payer_rules=MEDICARE, earlier_services=past)
    assert lines(result) == expected
    refused = [finding for finding in result.findings if finding.code is Reason.CODE_NOT_SUPPORTED]
    assert [finding.blocking for finding in refused] == ([] if expected else [False])
    assert lines(code(text + A_AND_P, earlier_services=past)) == ([("99406", 1)] if "Smok" in text else [])


def test_a_month_is_billed_once(code: Code) -> None:
    note = MONTH.format(time="Clinical staff time this month 25 minutes")
    again = code(note, visit_type=VisitType.OTHER, earlier_services=(OtherService("99490", date(2026, 6, 1)),))
    before = code(note, visit_type=VisitType.OTHER, earlier_services=(OtherService("99490", date(2026, 5, 31)),))
    assert subjects(again) == ["service_not_supported:99490"] and not again.procedures
    assert lines(before) == [("99490", 1)]


def test_a_discussion_without_minutes_is_shown_and_one_that_was_ticked_is_asked_for(code: Code) -> None:
    note = "Advance care planning discussed, proxy named." + A_AND_P
    shown = next(finding for finding in code(note).findings if finding.subject == "missing_fact:service_minutes:99497")
    ticked = code(note, service_lines=(ServiceLine("99213"), ServiceLine("99497")))
    assert not shown.blocking
    assert Reason.MISSING_FACT in ticked.reasons


def test_minutes_of_a_counselling_are_no_minutes_of_the_visit(code: Code) -> None:
    part = code("Smoking cessation counseling, 10 minutes. Total time today 35 minutes." + A_AND_P).em
    apart = code("Smoking cessation counseling, 10 minutes. Total time today 35 minutes, excluding it." + A_AND_P).em
    assert part is not None and apart is not None
    assert (part.minutes, part.code) == (25, "99213")
    assert (apart.minutes, apart.code) == (35, "99214")


@pytest.mark.parametrize(
    ("minutes", "new", "medicare", "expected"),
    [
        (54, False, False, []), (55, False, False, [("99417", 1)]), (69, False, False, [("99417", 1)]),
        (70, False, False, [("99417", 2)]), (74, True, False, []), (75, True, False, [("99417", 1)]),
        (68, False, True, []), (69, False, True, [("G2212", 1)]), (84, False, True, [("G2212", 2)]),
        (88, True, True, []), (89, True, True, [("G2212", 1)]),
    ],
)  # fmt: skip
def test_prolonged_visits(code: Code, minutes: int, new: bool, medicare: bool, expected: list[tuple[str, int]]) -> None:
    rules = MEDICARE if medicare else PayerRules()
    result = code(f"Total time today {minutes} minutes." + A_AND_P, new_patient=new, payer_rules=rules)
    assert lines(result) == expected
    assert result.em is not None and result.em.by == "time"
    assert all(line.evidence and line.diagnosis_pointers for line in result.procedures)


def test_doubtful_prolonged_time_goes_to_a_person(code: Code) -> None:
    sent = code(A_AND_P, total_minutes=60)
    long = code("Total time today 130 minutes." + A_AND_P)
    told = code("Total time today 60 minutes." + A_AND_P)
    assert [line.auto for result in (sent, long, told) for line in result.procedures] == [False, False, True]
    assert Reason.LOW_CONFIDENCE in sent.reasons and Reason.LOW_CONFIDENCE in long.reasons
    assert Reason.LOW_CONFIDENCE not in told.reasons


def test_what_is_given_by_talking_has_the_telehealth_modifier_too(code: Code) -> None:
    rules = PayerRules(video_modifier="95", longitudinal=True)
    note = "Longitudinal care. Smoking cessation counseling, 5 minutes. Rapid strep in office: negative." + A_AND_P
    result = code(note, visit_type=VisitType.TELEHEALTH_VIDEO, place_of_service="10", payer_rules=rules)
    found = {line.code: line.modifiers for line in result.procedures}
    assert result.em is not None and "95" in result.em.modifiers
    assert (found["99406"], found["G2211"], found["87880"]) == (("95",), ("95",), ())
    office = code(note, payer_rules=rules)
    assert all("95" not in line.modifiers for line in office.procedures)


def test_a_payer_may_want_the_other_prolonged_code(code: Code) -> None:
    rules = PayerRules(prolonged_code="G2212")
    assert lines(code("Total time today 60 minutes." + A_AND_P, payer_rules=rules)) == []
    assert lines(code("Total time today 69 minutes." + A_AND_P, payer_rules=rules)) == [("G2212", 1)]


@pytest.mark.parametrize(
    ("ticked", "minutes", "subject"),
    [
        (ServiceLine("99417"), 50, "service_not_supported:99417"),
        (ServiceLine("G2212"), 60, "service_not_supported:G2212"),
        (ServiceLine("99417", units=3), 70, "conflict:units:99417"),
        (ServiceLine("99417", units=2), 70, None),
    ],
)
def test_ticked_prolonged_time_is_compared(code: Code, ticked: ServiceLine, minutes: int, subject: str | None) -> None:
    result = code(f"Total time today {minutes} minutes." + A_AND_P, service_lines=(ServiceLine("99215"), ticked))
    found = [name for name in subjects(result) if ticked.code in name]
    assert found == ([subject] if subject else [])


RELATION = "I am her primary care physician; longitudinal care." + A_AND_P
TO_MEDICARE: dict[str, Any] = {"payer_rules": MEDICARE}


def beside(code: str) -> dict[str, Any]:
    """A sheet of Medicare with a visit, modifier 25, and another service."""
    return {**TO_MEDICARE, "service_lines": (ServiceLine("99213", ("25",)), ServiceLine(code))}


@pytest.mark.parametrize(
    ("note", "facts", "expected"),
    [
        (RELATION, TO_MEDICARE, [("G2211", 1)]),
        (RELATION, {"payer_rules": PayerRules(longitudinal=True)}, [("G2211", 1)]),
        (RELATION, {}, []),
        (A_AND_P, TO_MEDICARE, []),
        ("No longitudinal relationship." + A_AND_P, TO_MEDICARE, []),
        ("Longitudinal incision healed carefully." + A_AND_P, TO_MEDICARE, []),
        ("Results as her primary care physician noted." + A_AND_P, TO_MEDICARE, []),
        (RELATION, beside("11102"), [("11102", 1)]),
        (RELATION, beside("G0008"), [("G0008", 1), ("G2211", 1)]),
    ],
)
def test_the_longitudinal_relationship(
    code: Code, note: str, facts: dict[str, Any], expected: list[tuple[str, int]]
) -> None:
    assert lines(code(note, **facts)) == expected


def test_a_ticked_relationship_needs_its_words_and_no_procedure(code: Code) -> None:
    sheet = (ServiceLine("99213"), ServiceLine("G2211"))
    silent = code("Follow-up." + A_AND_P, payer_rules=MEDICARE, service_lines=sheet)
    cut = (ServiceLine("99213", ("25",)), ServiceLine("G2211"), ServiceLine("11102"))
    barred = code(RELATION, payer_rules=MEDICARE, service_lines=cut)
    told = code(RELATION, payer_rules=MEDICARE, service_lines=sheet)
    assert "missing_fact:longitudinal" in subjects(silent)
    assert "service_not_supported:G2211" in subjects(barred)
    assert not [name for name in subjects(told) if "G2211" in name or "longitudinal" in name]


STAY = (
    "Transitional care visit. Discharged on {left}. Called by our nurse on {called}. Medications reconciled.\n"
    "A/P: 1. Heart failure, worse since discharge: furosemide raised to 40 mg."
)
DAY = date(2026, 6, 15)


@pytest.mark.parametrize(
    ("left", "called", "expected"),
    [
        ("6/5/2026", "6/9/2026", [("99495", 1)]),  # Friday to Tuesday: two business days
        ("June 5", "June 9", [("99495", 1)]),
        ("6/5/2026", "6/10/2026", []),  # Wednesday: three
        ("6/1/2026", "6/2/2026", [("99495", 1)]),  # day 14
        ("5/31/2026", "6/1/2026", []),  # day 15
        ("6/5/2026", "6/4/2026", []),  # before he left
    ],
)
def test_days_of_a_transition(code: Code, left: str, called: str, expected: list[tuple[str, int]]) -> None:
    result = code(STAY.format(left=left, called=called), date_of_service=DAY, payer_rules=MEDICARE)
    assert lines(result) == expected
    assert (result.em is None) == bool(expected)


@pytest.mark.parametrize(("called", "expected"), [("5/27/2026", [("99495", 1)]), ("5/28/2026", [])])
def test_a_holiday_is_no_business_day(code: Code, called: str, expected: list[tuple[str, int]]) -> None:
    note = STAY.format(left="5/22/2026", called=called)  # the Friday before Memorial Day
    assert lines(code(note, date_of_service=date(2026, 6, 1), payer_rules=MEDICARE)) == expected


@pytest.mark.parametrize(
    ("taken_out", "subject"),
    [
        ("Discharged on 6/5/2026. ", "missing_fact:discharge_date"),
        ("Called by our nurse on 6/8/2026. ", "missing_fact:tcm_contact"),
        ("Medications reconciled.", "missing_fact:medication_reconciliation"),
    ],
)
def test_what_a_transition_lacks_is_asked_for(code: Code, taken_out: str, subject: str) -> None:
    note = STAY.format(left="6/5/2026", called="6/8/2026").replace(taken_out, "")
    result = code(note, date_of_service=DAY, payer_rules=MEDICARE)
    assert subject in subjects(result)
    assert result.em is not None and not lines(result)


def test_transitions_that_are_none(code: Code) -> None:
    note = STAY.format(left="6/5/2026", called="6/8/2026")
    earlier = (OtherService("99496", date(2026, 6, 1)),)
    ticked = code(note, date_of_service=DAY, service_lines=(ServiceLine("99214"),))
    assert lines(code(note, date_of_service=DAY, earlier_services=earlier)) == []
    assert ticked.em is not None and ticked.em.code == "99214", "the clinician may bill the visit"
    assert (
        lines(code(note.replace("worse since discharge: furosemide raised to 40 mg", "stable"), date_of_service=DAY))
        == []
    )
    late = code(note, date_of_service=date(2026, 7, 1), service_lines=(ServiceLine("99495"),))
    assert "service_not_supported:99495" in subjects(late)


MONTH = (
    "Chronic care management for June. {time}. Consent on file. Care plan revised.\n"
    "Assessment:\n1. COPD.\n2. Hypertension."
)


@pytest.mark.parametrize(
    ("time", "expected"),
    [
        ("Clinical staff time this month 19 minutes", []),
        ("Clinical staff time this month 20 minutes", [("99490", 1)]),
        ("Clinical staff time this month 60 minutes", [("99439", 2), ("99490", 1)]),
        ("Clinical staff time this month 110 minutes", [("99439", 2), ("99490", 1)]),
        ("Nurse call 6/2, 12 minutes. Nurse call 6/9, 11 minutes", [("99490", 1)]),
        ("Physician time this month 29 minutes", []),
        ("Physician time this month 62 minutes", [("99437", 1), ("99491", 1)]),
        (
            "Complex CCM, high complexity decision making, staff time this month 120 minutes",
            [("99487", 1), ("99489", 2)],
        ),
        ("Complex CCM, staff time this month 95 minutes", [("99439", 2), ("99490", 1)]),
    ],
)
def test_minutes_of_a_month(code: Code, time: str, expected: list[tuple[str, int]]) -> None:
    result = code(MONTH.format(time=time), visit_type=VisitType.OTHER)
    assert lines(result) == expected
    assert result.em is None
    assert all(len(line.diagnosis_pointers) == 2 for line in result.procedures)


@pytest.mark.parametrize(
    ("old", "subject"),
    [
        ("Consent on file. ", "missing_fact:consent"),
        ("Care plan revised.", "missing_fact:care_plan"),
        ("1. COPD.\n", "missing_fact:chronic_conditions"),
    ],
)
def test_what_care_management_lacks_is_asked_for(code: Code, old: str, subject: str) -> None:
    note = MONTH.format(time="Clinical staff time this month 25 minutes").replace(old, "")
    result = code(note, visit_type=VisitType.OTHER)
    assert subjects(result) == [subject]
    assert not result.procedures


def test_refused_consent_is_none(code: Code) -> None:
    for words in ("Consent not obtained. ", "No consent. ", "Refused consent. "):
        note = MONTH.format(time="Clinical staff time this month 25 minutes").replace("Consent on file. ", words)
        assert subjects(code(note, visit_type=VisitType.OTHER)) == ["missing_fact:consent"]


def test_a_visit_that_mentions_care_management_stays_a_visit(code: Code) -> None:
    result = code("Enrolled in chronic care management. Walks 30 minutes a day." + A_AND_P)
    assert result.em is not None and not result.procedures


@pytest.mark.parametrize(
    ("note", "earlier", "expected", "subject"),
    [
        ("Initial annual wellness visit.", (), "G0438", None),
        ("Subsequent annual wellness visit.", (), "G0439", None),
        ("Annual wellness visit.", (("G0438", date(2025, 5, 20)),), "G0439", None),
        ("Annual wellness visit.", (("G0402", date(2025, 5, 20)),), "G0438", None),
        ("Annual wellness visit.", (), "G0439", "missing_fact:wellness_number"),
        ("Subsequent annual wellness visit.", (("G0439", date(2025, 6, 30)),), "G0439", None),
        ("Subsequent annual wellness visit.", (("G0439", date(2025, 7, 1)),), "G0439", "service_not_supported:G0439"),
        ("Initial annual wellness visit.", (("G0438", date(2024, 1, 5)),), "G0438", "service_not_supported:G0438"),
        ("Welcome to Medicare visit.", (("G0438", date(2024, 1, 5)),), "G0402", "service_not_supported:G0402"),
    ],
)
def test_wellness_visits_and_those_before(
    code: Code, note: str, earlier: tuple[tuple[str, date], ...], expected: str, subject: str | None
) -> None:
    result = code(
        f"{note}\nAssessment: Annual wellness visit.",
        visit_type=VisitType.PREVENTIVE,
        payer_rules=MEDICARE,
        earlier_services=tuple(OtherService(code, day) for code, day in earlier),
    )
    assert lines(result) == [(expected, 1)]
    assert subjects(result) == ([subject] if subject else [])


def test_a_preventive_visit_takes_the_status_from_the_note(code: Code) -> None:
    facts: dict[str, Any] = {"visit_type": VisitType.PREVENTIVE, "new_patient": None, "birth_date": date(1980, 1, 1)}
    assert lines(code("New patient, physical.\nAssessment: Annual physical.", **facts)) == [("99386", 1)]
    unknown = code("Physical.\nAssessment: Annual physical.", **facts)
    assert Reason.NEW_PATIENT_UNKNOWN in unknown.reasons
    ageless = code("Assessment: Annual physical.", visit_type=VisitType.PREVENTIVE)
    assert subjects(ageless) == ["missing_fact:birth_date"]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("2026-06-05", date(2026, 6, 5)), ("6/5/2026", date(2026, 6, 5)), ("6/5/26", date(2026, 6, 5)),
        ("6/5", date(2026, 6, 5)), ("12/30", date(2025, 12, 30)), ("june 5, 2026", date(2026, 6, 5)),
        ("dec 30", date(2025, 12, 30)), ("yesterday", date(2026, 6, 14)), ("two days ago", date(2026, 6, 13)),
        ("10 days ago", date(2026, 6, 5)), ("2/30", None), ("13/1/2026", None),
    ],
)  # fmt: skip
def test_dates_in_words(words: str, expected: date | None) -> None:
    assert re.fullmatch(DATE, words)
    assert read_date(words, DAY) == expected


def test_full_months() -> None:
    assert full_months(date(2025, 1, 31), date(2026, 1, 1)) == 11
    assert full_months(date(2025, 2, 1), date(2026, 1, 31)) == 10


LONG = "ASSESSMENT: Hypertension, above goal.\nPLAN: losartan increased to 100 mg.\nTotal time on the date {} minutes."
COMMERCIAL = PayerRules(longitudinal=True)


@pytest.mark.parametrize(
    ("words", "minutes", "rules", "visit", "added"),
    [
        ("Referred by Dr. Wu.", 75, COMMERCIAL, "99205", [("99417", 1)]),
        ("Referred by Dr. Wu.", 74, COMMERCIAL, "99205", []),
        ("Referred by Dr. Wu.", 89, MEDICARE, "99205", [("G2212", 1)]),
        ("Referred by Dr. Wu.", 88, MEDICARE, "99205", []),
        ("She will follow up in two weeks.", 55, COMMERCIAL, "99215", [("99417", 1)]),
        ("Here for follow-up.", 84, MEDICARE, "99215", [("G2212", 2)]),
    ],
)
def test_prolonged_time_begins_by_the_category_that_the_note_tells(
    code: Code, words: str, minutes: int, rules: PayerRules, visit: str, added: list[tuple[str, int]]
) -> None:
    result = code(f"{words}\n{LONG.format(minutes)}", new_patient=None, payer_rules=rules)
    assert result.em is not None and result.em.code == visit
    assert lines(result) == added


@pytest.mark.parametrize(("words", "auto"), [("Here for follow-up.", True), ("Tired for a week.", False)])
def test_what_is_added_is_no_surer_than_the_visits_category(code: Code, words: str, auto: bool) -> None:
    result = code(f"{words}\n{LONG.format(56)}", new_patient=None, payer_rules=COMMERCIAL)
    (line,) = result.procedures
    assert result.em is not None
    assert line.confidence <= result.em.confidence
    assert (Reason.NEW_PATIENT_UNKNOWN not in result.reasons) is auto


def test_the_longitudinal_relationship_beside_prevention_of_part_b_alone(code: Code) -> None:
    told = (
        "I am her primary care physician and see her through all of it. {}, otherwise well.\nASSESSMENT/PLAN:\n1. {}.\n"
    )
    lump = "2. Right breast lump, new. Diagnostic mammogram and right breast ultrasound ordered."
    facts = {"visit_type": VisitType.PREVENTIVE, "birth_date": date(1953, 1, 1)}
    wellness = "Subsequent annual wellness visit"
    beside = code(told.format(wellness, wellness) + lump, payer_rules=MEDICARE, **facts)
    assert beside.em is not None and beside.em.modifiers == ("25",)
    assert lines(beside) == [("G0439", 1), ("G2211", 1)]
    physical = code(told.format("Annual physical", "Annual physical exam") + lump, payer_rules=COMMERCIAL, **facts)
    assert lines(physical) == [("99397", 1)]
    assert lines(code(told.format(wellness, wellness), payer_rules=MEDICARE, **facts)) == [("G0439", 1)]
