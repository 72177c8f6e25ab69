"""New or established from the note's own words; what is planned, and what was elsewhere, says nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from codesets import icd10cm
from coding_svc.coding.engine import tables_of
from coding_svc.coding.patient_status import MANAGED, REFERRED, SILENT, TOLD, Status, status_of
from coding_svc.coding.reading import read_note
from coding_svc.domain import ClinicalEncounter, ClinicalNote, CodingResult, Reason, ServiceLine

Code = Callable[..., CodingResult]
DAY = date(2026, 6, 15)
ESTABLISHED = [
    "Ms. Lane presents for follow-up of her asthma.",
    "He returns today with ongoing knee pain.",
    "She was last seen in March.",
    "I last saw him two months ago.",
    "At her last visit we raised the dose.",
    "Established patient here for cough.",
    "Six weeks postoperative visit.",
    "She is well known to me.",
    "Here to discuss the labs that we drew last week.",
    "Murmur unchanged from the previous exam.",
    "My patient for ten years comes in with a rash.",
    "Since her last appointment she has lost weight.",
    "Recheck of the ear.",
    "He came back because the rash spread.",
    "Three-month diabetes check.",
    "Hospital follow-up after pneumonia.",
]
NEW = [
    "New patient visit for back pain.",
    "She is here to establish care.",
    "He transferred his care to us from Dr. Hill.",
    "Seen in consultation at the request of Dr. Ward for a thyroid nodule.",
    "Referred by his PCP for evaluation of hematuria.",
    "She moved here from Ohio and needs a new doctor.",
    "Presents as a new patient for hair loss.",
    "Initial consultation for infertility.",
    "Here for a second opinion.",
    "Her primary care physician sent her to us.",
]
SAYS_NOTHING = [
    "I am meeting her for the first time today.",
    "Cough for three days.",
    "She will follow up with me in two weeks.",
    "Follow up in 3 months.",
    "Return to clinic if worse.",
    "He should follow up with cardiology.",
    "I will refer her to orthopedics.",
    "Referred to physical therapy.",
    "New medication started.",
    "Follow-up CT showed a nodule.",
    "Her follow-up blood work in January was normal.",
    "Establish care with a dentist.",
    "Return visit in one month.",
    "Initial onset was last week.",
    "New onset headache.",
    "He was seen in the ER yesterday.",
    "He did not return for a scheduled follow-up MRI.",
    "She will return to our clinic once that study is completed.",
    "One previous ER visit this month.",
    "When I saw the patient in the ICU he was awake.",
    "The culture was sent from the right buccal space.",
    "Upon initial evaluation he had weakness.",
    "See her in six months to follow up on her pain.",
    "Last seen by her cardiologist in May.",
    "Last visit to the dentist was in March.",
    "Her pain returned in June.",
    "She returned to work.",
]


def read(text: str) -> Status:
    release = icd10cm.on(DAY)
    assert release is not None
    return status_of(ClinicalEncounter(DAY), [read_note(0, ClinicalNote("n", text), tables_of(release).finder)])


@pytest.mark.parametrize("text", ESTABLISHED)
def test_established(text: str) -> None:
    assert read(text) == Status(False, TOLD)


@pytest.mark.parametrize("text", NEW)
def test_new(text: str) -> None:
    status = read(text)
    assert status.new is True
    assert status.sure in (TOLD, REFERRED)


@pytest.mark.parametrize("text", SAYS_NOTHING)
def test_what_says_nothing(text: str) -> None:
    assert read(text) == Status(None, SILENT)
    assert read(text).open


@pytest.mark.parametrize("heading", ["PLAN: ", "INSTRUCTIONS: "])
def test_a_plan_tells_of_what_is_to_come(heading: str) -> None:
    assert read(f"HPI: Cough.\n{heading}Here for follow-up in a week. Establish care with Dr. Wu.").new is None


MANY = "HPI: Feels well.\nASSESSMENT:\n1. Hypertension.\n2. Type 2 diabetes.\nPLAN: {plan}"


@pytest.mark.parametrize(
    ("plan", "status"),
    [
        ("Continue lisinopril 20 mg and metformin 500 mg.", Status(False, MANAGED)),
        ("Start lisinopril 20 mg and metformin 500 mg.", Status(None, SILENT)),
        ("Continue the diet.", Status(None, SILENT)),
    ],
)
def test_care_that_goes_on_did_not_begin_today(code: Code, plan: str, status: Status) -> None:
    result = code(MANY.format(plan=plan), new_patient=None)
    assert result.em is not None
    assert (Reason.NEW_PATIENT_UNKNOWN in result.reasons) == status.open
    assert result.em.confidence == round(result.em.level_confidence * status.sure, 3)


def test_whoever_comes_referred_is_new_whatever_is_continued(code: Code) -> None:
    result = code("Referred by Dr. Wu. " + MANY.format(plan="Continue lisinopril 20 mg."), new_patient=None)
    assert result.em is not None
    assert result.em.code.startswith("9920")
    assert Reason.NEW_PATIENT_UNKNOWN in result.reasons


@pytest.mark.parametrize(("ticked", "new"), [("99203", True), ("99213", False)])
def test_the_charge_sheet_goes_before_the_note(ticked: str, new: bool) -> None:
    encounter = ClinicalEncounter(DAY, service_lines=(ServiceLine(ticked),))
    assert status_of(encounter, []) == Status(new, TOLD)
    assert (
        status_of(ClinicalEncounter(DAY, new_patient=not new, service_lines=(ServiceLine(ticked),)), []).new is not new
    )


def test_a_level_is_as_sure_whether_the_patient_is_new_or_not(code: Code) -> None:
    note = "ASSESSMENT: Gout, stable.\nPLAN: allopurinol refilled."
    known, open_ = code(note, new_patient=False).em, code(note, new_patient=None).em
    assert known is not None
    assert open_ is not None
    assert known.level_confidence == open_.level_confidence == known.confidence
    assert open_.confidence == round(known.confidence * SILENT, 3)
