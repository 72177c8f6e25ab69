"""Companions that the classification asks for: tobacco at the diseases it harms, drugs of long use, varices, sugar."""

from __future__ import annotations

import pytest
from coding_svc.batch.documents import encounter_of
from coding_svc.coding.engine import CodingEngine


def _codes(engine: CodingEngine, story: str, lines: str, age: int = 63) -> list[str]:
    note = f"HPI: Established patient here for follow-up. {story}\n\nASSESSMENT AND PLAN:\n{lines}\n"
    encounter = {
        "date_of_service": "2026-06-10", "place_of_service": "11", "visit_type": "office",
        "patient": {"age": age, "sex": "M", "new_patient": False},
    }  # fmt: skip
    return [
        item.code for item in engine.code(encounter_of({"id": "1", "note": note, "encounter": encounter})).diagnoses
    ]


HYPERTENSION = "1. Hypertension, at goal. Continue lisinopril."


@pytest.mark.parametrize(
    "story",
    [
        "Quit smoking in 1999 (20 pack-years).",
        "He is a former smoker.",
        "Ex-smoker.",
        "He smoked a pack a day for 20 years and quit 8 years ago.",
    ],
)
def test_a_history_of_tobacco_goes_with_what_asks_for_it(engine: CodingEngine, story: str) -> None:
    assert _codes(engine, story, HYPERTENSION) == ["I10", "Z87.891"]


@pytest.mark.parametrize(
    ("story", "lines", "age"),
    [
        ("Never a smoker.", HYPERTENSION, 63),
        ("His wife is a former smoker.", HYPERTENSION, 63),
        ("He wants to be a former smoker by summer.", HYPERTENSION, 63),
        ("Former smoker, he relapsed in May.", HYPERTENSION, 63),
        ("He quit smoking marijuana in 2015.", HYPERTENSION, 63),
        ("He is a former smoker.", "1. Gastroesophageal reflux disease. Continue omeprazole.", 63),
        ("He is a former smoker.", "1. Acute bronchitis. Fluids and rest.", 17),
    ],
)
def test_no_history_of_tobacco(engine: CodingEngine, story: str, lines: str, age: int) -> None:
    assert "Z87.891" not in _codes(engine, story, lines, age)


ARTHRITIS = "1. Seropositive rheumatoid arthritis of multiple sites, stable."


@pytest.mark.parametrize(
    ("story", "code"),
    [
        ("She has been on adalimumab every two weeks since 2022.", "Z79.620"),
        ("He takes methotrexate 20 mg weekly.", "Z79.631"),
        ("He takes azathioprine 100 mg daily.", "Z79.624"),
        ("Prednisone 5 mg daily, which he has been on for two years.", "Z79.52"),
    ],
)
def test_a_drug_of_long_use_for_the_disease(engine: CodingEngine, story: str, code: str) -> None:
    assert code in _codes(engine, story, ARTHRITIS)
    assert code not in _codes(engine, story, "1. Acute bronchitis. Fluids and rest.")


@pytest.mark.parametrize(
    "story",
    [
        "He failed adalimumab every two weeks in the past.",
        "We discussed adalimumab every two weeks as an option.",
        "Methotrexate 20 mg weekly was stopped.",
        "He will start methotrexate 15 mg weekly.",
        "Prednisone 40 mg daily for 5 days helped.",
        "A course of prednisone 20 mg daily since Monday.",
        "Prednisone 20 mg daily.",
    ],
)
def test_a_drug_that_is_over_new_or_short(engine: CodingEngine, story: str) -> None:
    assert not {"Z79.620", "Z79.631", "Z79.52"} & set(_codes(engine, story, ARTHRITIS))


def test_varices_of_cirrhosis_stand_behind_their_cause(engine: CodingEngine) -> None:
    lines = "1. Esophageal varices, not bled. Continue carvedilol.\n2. Alcoholic cirrhosis without ascites, stable."
    assert _codes(engine, "Feels well.", lines) == ["K70.30", "I85.10"]
    assert _codes(engine, "Feels well.", "1. Esophageal varices, not bled. Continue carvedilol.") == ["I85.00"]


def test_what_is_not_controlled(engine: CodingEngine) -> None:
    neuropathy = "1. Type 2 diabetes with polyneuropathy. {}"
    assert "E11.65" not in _codes(engine, "", neuropathy.format("Pain not controlled. Increase gabapentin."))
    assert "E11.65" not in _codes(engine, "", neuropathy.format("Blood pressure not controlled."))
    assert "E11.65" in _codes(engine, "", neuropathy.format("Sugars not controlled. Increase glargine."))


def test_an_organ_taken_out_for_a_past_cancer(engine: CodingEngine) -> None:
    past = "1. History of prostate cancer, no evidence of disease. PSA in six months."
    assert "Z90.79" in _codes(engine, "He had a radical prostatectomy in 2021.", past)
    assert "Z90.79" not in _codes(engine, "He was treated with radiation in 2021.", past)


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("Parkinson's disease without dyskinesia or fluctuations", "G20.A1"),
        ("Parkinson's disease without dyskinesia, with fluctuations", "G20.A2"),
        ("Parkinson's disease with dyskinesia and fluctuations", "G20.B2"),
        ("Metabolic fatty liver disease (NAFLD)", "K76.0"),
        ("Focal epilepsy with impaired awareness seizures", "G40.209"),
        ("Focal epilepsy with impaired awareness seizures, intractable", "G40.219"),
        ("Crohn's disease of small and large intestine", "K50.80"),
        ("Crohn's disease of the small intestine with fistula", "K50.013"),
        ("Crohn's colitis", "K50.10"),
    ],
)
def test_a_name_with_its_kind(engine: CodingEngine, line: str, code: str) -> None:
    assert _codes(engine, "", f"1. {line}. Continue.") == [code]


@pytest.mark.parametrize(
    ("lines", "waits"),
    [
        ("1. Erectile dysfunction. Prescribed alprostadil 10 mcg.", True),
        ("1. Erectile dysfunction, stable. Prescribed sildenafil 50 mg again.", False),
        ("1. Erectile dysfunction. Sildenafil 50 mg goes on. Start tadalafil if it fails.", False),
    ],
)
def test_a_drug_begun_for_what_is_not_called_stable_lets_the_level_wait(
    engine: CodingEngine, lines: str, waits: bool
) -> None:
    note = f"HPI: Established patient here for follow-up.\n\nASSESSMENT AND PLAN:\n{lines}\n"
    encounter = {
        "date_of_service": "2026-06-10", "place_of_service": "11", "visit_type": "office",
        "patient": {"age": 63, "sex": "M", "new_patient": False},
    }  # fmt: skip
    level = engine.code(encounter_of({"id": "1", "note": note, "encounter": encounter})).em
    assert level is not None
    assert level.code == "99213"
    assert level.auto is not waits
