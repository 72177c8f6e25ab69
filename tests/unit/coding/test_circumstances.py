"""Modifiers from the note's words: each with phrasings that fire and statements that do not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from coding_svc.domain import CodingResult, PayerRules, ServiceLine

Code = Callable[..., CodingResult]
MEDICARE = PayerRules(medicare=True)
DRAINED = "Procedure: incision and drainage of the abscess performed today, 5 ml pus."
END = "\nAssessment: abscess.\nPlan: recheck in two days."


def modifiers(code: Code, text: str, of: str = "10060", **facts: Any) -> list[str]:
    """The modifiers of one code, 25 aside; fails if the code is not billed."""
    result = code(text + END, **facts)
    visit = {result.em.code: result.em.modifiers} if result.em else {}
    return [m for m in {**visit, **{line.code: line.modifiers for line in result.procedures}}[of] if m != "25"]


def visit_modifiers(code: Code, text: str, **facts: Any) -> list[str]:
    visit = code(text + END, **facts).em
    assert visit is not None
    return [modifier for modifier in visit.modifiers if modifier != "25"]


@pytest.mark.parametrize(
    ("words", "modifier"),
    [
        ("It took 60 minutes instead of 10 because of dense scar from earlier surgery.", "22"),
        ("Substantially greater work than typical due to bleeding and morbid obesity.", "22"),
        ("Twice the usual time, owing to fibrosis and loculations.", "22"),
        ("The drainage was partially completed at the patient's wish.", ""),
        ("The procedure was partially completed, reduced services.", "52"),
        ("The procedure was electively shortened by my decision.", "52"),
        ("Procedure was only partly performed.", "52"),
        ("The procedure was discontinued because of hypotension.", "53"),
        ("The procedure had to be aborted due to a vasovagal episode.", "53"),
        ("The drainage was stopped when she became faint.", "53"),
        ("Dr. Hale acted as co-surgeon.", "62"),
        ("Two surgeons worked as primary surgeons; I did the abdominal part.", "62"),
        ("Co-surgery with Dr. Hale of urology, separate notes.", "62"),
        ("I assisted Dr. Hale throughout.", "80"),
        ("I served as surgical assistant.", "80"),
        ("My role: first assist.", "80"),
        ("I assisted Dr. Hale; no qualified resident was available.", "82"),
        ("I, Ann Poe PA-C: I assisted Dr. Hale with the drainage.", "AS"),
    ],
)
def test_more_or_less_work_and_other_surgeons(code: Code, words: str, modifier: str) -> None:
    assert modifiers(code, f"{DRAINED} {words}") == ([modifier] if modifier else [])


@pytest.mark.parametrize(
    "words",
    [
        "It took 10 minutes.",
        "No increased procedural difficulty.",
        "Substantially greater work than typical.",
        "The earlier biopsy was discontinued because of hypotension.",
        "Metformin was stopped because of diarrhea.",
        "The procedure will be stopped if he feels faint.",
        "The procedure was not discontinued because of pain.",
        "No co-surgeon.",
        "Assistant: none.",
        "Dr. Hale assisted me.",
        "The wound was not partially completed.",
    ],
)
def test_words_that_ask_for_no_modifier(code: Code, words: str) -> None:
    assert modifiers(code, f"{DRAINED} {words}") == []


def test_a_modifier_whose_payment_hangs_on_a_report_goes_to_a_person(code: Code) -> None:
    result = code(f"{DRAINED} The procedure was discontinued because of hypotension." + END)
    line = next(line for line in result.procedures if line.code == "10060")
    assert (line.modifiers, line.auto) == (("53",), False)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("ABN signed.", ["GA"]),
        ("Advance beneficiary notice obtained and on file.", ["GA"]),
        ("He signed the ABN before it.", ["GA"]),
        ("Voluntary ABN given.", ["GX"]),
        ("Statutorily excluded service, patient pays.", ["GY"]),
        ("This is never covered by Medicare.", ["GY"]),
        ("Not a Medicare benefit. Voluntary advance beneficiary notice signed.", ["GX", "GY"]),
        ("Medicare denial is expected, no ABN.", ["GZ"]),
        ("Not medically necessary by the LCD and without an ABN.", ["GZ"]),
        ("Without ABN; denied as not reasonable is expected.", ["GZ"]),
        ("No ABN needed.", []),
        ("ABN not signed.", []),
        ("ABN signed last year for another service.", []),
        ("Will have the ABN signed next visit.", []),
    ],
)
def test_notices_of_non_coverage(code: Code, words: str, expected: list[str]) -> None:
    assert sorted(modifiers(code, f"{DRAINED} {words}", payer_rules=MEDICARE)) == expected
    assert modifiers(code, f"{DRAINED} {words}") == [], "only Medicare knows them"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("Attending: I was present for the entire procedure.", ["GC"]),
        ("The attending was present during the key portions.", ["GC"]),
        ("The resident operated; I was physically present throughout the whole procedure.", ["GC"]),
        ("I was present for the entire procedure.", []),
        ("Resident note. I was not present for the procedure.", []),
        ("With the resident I will be present for the entire procedure next week.", []),
        ("The mother was present for the procedure.", []),
    ],
)
def test_teaching_at_a_procedure(code: Code, words: str, expected: list[str]) -> None:
    assert modifiers(code, f"{DRAINED} {words}") == expected


def test_a_resident_alone_is_not_billed_unseen(code: Code) -> None:
    alone = "Procedure: incision and drainage of the abscess was performed by Dr. Ames, resident, 5 ml pus."
    subjects = {finding.subject for finding in code(alone + END).findings}
    assert "missing_fact:teaching_presence" in subjects
    taught = code(f"{alone} I was present for the entire procedure." + END)
    assert "missing_fact:teaching_presence" not in {finding.subject for finding in taught.findings}


COUGH = "Cough for three days, lungs clear. Benzonatate prescribed."


@pytest.mark.parametrize(
    "words",
    [
        "I saw and examined the patient and agree with the resident's findings.",
        "I personally examined the patient with the resident.",
        "Seen and discussed with the resident; I evaluated her and agree with the resident.",
    ],
)
def test_teaching_at_a_visit(code: Code, words: str) -> None:
    assert visit_modifiers(code, f"{COUGH} {words}") == ["GC"]


def test_the_primary_care_exception_reaches_low_levels_only(code: Code) -> None:
    words = "Billed under the primary care exception."
    assert visit_modifiers(code, f"{COUGH} {words}", total_minutes=None)[-1:] in (["GE"], [])
    low = code("Cold for three days, rest.\nAssessment: acute URI.\nPlan: fluids. Primary care exception.")
    assert low.em is not None and low.em.code in ("99212", "99213") and "GE" in low.em.modifiers
    high = code("Primary care exception. Total time 45 minutes.\nAssessment: hypertension.\nPlan: lisinopril.")
    assert high.em is not None and high.em.code == "99215" and "GE" not in high.em.modifiers


@pytest.mark.parametrize(
    "words", ["Split/shared visit with Dr. Hale.", "This was a split visit.", "Split or shared care."]
)
def test_split_visits_are_for_facilities(code: Code, words: str) -> None:
    assert visit_modifiers(code, f"{COUGH} {words}", place_of_service="22") == ["FS"]
    assert visit_modifiers(code, f"{COUGH} {words}") == []
    assert visit_modifiers(code, f"{COUGH} Not a split/shared visit.", place_of_service="22") == []


@pytest.mark.parametrize(
    ("words", "facts", "asked"),
    [
        ("Billed incident-to Dr. Hale, who is in the suite.", {}, False),
        ("Incident to services; new problem today.", {}, True),
        ("Incident-to Dr. Hale.", {"new_patient": True}, True),
        ("Incident to the plan of care of Dr. Hale.", {"place_of_service": "22"}, True),
        ("Not incident to Dr. Hale; new problem.", {}, False),
    ],
)
def test_incident_to_is_for_established_care_in_the_office(
    code: Code, words: str, facts: dict[str, Any], asked: bool
) -> None:
    subjects = {finding.subject for finding in code(f"{COUGH} {words}" + END, **facts).findings}
    assert ("conflict:incident_to" in subjects) is asked


def lines(code: Code, text: str, **facts: Any) -> list[str]:
    result = code(f"{text}{END}", **facts)
    return sorted(
        "-".join((line.code, *line.modifiers)) + (f"*{line.units:f}" if line.units != 1 else "")
        for line in result.procedures
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Fingerstick glucose in office 54. Juice. Fingerstick glucose repeated after 20 minutes: 112.",
            ["82962", "82962-91"],
        ),
        ("Albuterol neb given here. Second albuterol neb given 20 min later.", ["94640", "94640-76"]),
        ("Nebulizer treatment x 3 given in the office.", ["94640", "94640-76*2"]),
        (
            "12-lead ECG done in the office, read by me: rate 140. Repeat ECG in the office by Dr. Poe.",
            ["93000", "93000-77"],
        ),
        ("ECG done in our office, read by me: sinus. Repeat ECG in our office: unchanged.", ["93000", "93000-76"]),
        ("Repeat ECG done in the office today, read by me: unchanged from last year.", ["93000"]),
        ("Fingerstick glucose in office 54; repeated because the strip was invalid: 110.", ["82962"]),
        ("Rapid strep in office negative, repeat test in office to confirm.", ["87880"]),
        ("Fingerstick glucose in office 154. Repeat fingerstick glucose in 2 weeks.", ["82962"]),
    ],
)
def test_repeats_of_the_day(code: Code, text: str, expected: list[str]) -> None:
    assert lines(code, text) == expected


def test_a_line_that_was_sent_twice_takes_the_modifier_of_repeats(code: Code) -> None:
    note = "Fingerstick glucose in office 54. Juice. Fingerstick glucose repeated after 20 minutes: 112."
    twice = (ServiceLine("82962"), ServiceLine("82962"))
    assert lines(code, note, service_lines=twice) == ["82962", "82962-91"]
    assert lines(code, "Fingerstick glucose in office 54.", service_lines=twice) == ["82962", "82962"]


def test_51_is_left_to_payers(code: Code) -> None:
    text = "Shave biopsy of the nose done today. Incision and drainage of a back abscess performed today."
    assert not any("-51" in line for line in lines(code, text))
