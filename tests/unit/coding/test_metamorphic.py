"""A change of the note that changes what is true changes the codes, and only those; another one does not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from coding_svc.coding.engine import CodingEngine
from coding_svc.domain import ClinicalEncounter, ClinicalNote, CodingResult, Route
from hypothesis import given, settings
from hypothesis import strategies as st

Code = Callable[..., CodingResult]

ACTIVE = (
    ("pneumonia", "J18.9"), ("migraine", "G43.909"), ("gout", "M10.9"), ("hypothyroidism", "E03.9"),
    ("acute bronchitis", "J20.9"), ("iron deficiency anemia", "D50.9"), ("atrial fibrillation", "I48.91"),
    ("urinary tract infection", "N39.0"), ("plantar fasciitis", "M72.2"), ("shingles", "B02.9"),
)  # fmt: skip
SIDED = (
    ("knee pain", "M25.561", "M25.562"), ("otitis media", "H66.91", "H66.92"),
    ("knee osteoarthritis", "M17.11", "M17.12"),
    ("rotator cuff tear", "M75.101", "M75.102"), ("carpal tunnel syndrome", "G56.01", "G56.02"),
    ("lateral malleolus fracture", "S82.61XA", "S82.62XA"), ("otalgia", "H92.01", "H92.02"),
    ("lateral epicondylitis", "M77.11", "M77.12"), ("foot cellulitis", "L03.115", "L03.116"),
    ("lower leg laceration", "S81.811A", "S81.812A"), ("breast mass", "N63.10", "N63.20"),
)  # fmt: skip


def codes(result: CodingResult) -> list[str]:
    return [item.code for item in result.diagnoses]


def note(problem: str, before: str = "") -> str:
    return (
        f"{before}ASSESSMENT AND PLAN\n1. {problem}.\n- Continue as before.\n"
        "2. Essential hypertension, at goal.\n- Losartan refilled."
    )


@pytest.mark.parametrize(("name", "code_"), ACTIVE)
def test_a_condition_that_is_said_is_coded(code: Code, name: str, code_: str) -> None:
    assert codes(code(note(name.capitalize()))) == [code_, "I10"]


@pytest.mark.parametrize(("name", "code_"), ACTIVE)
@pytest.mark.parametrize(
    "how",
    [
        "No {}", "No evidence of {}", "{} was ruled out", "Possible {}", "Rule out {}", "Suspected {}", "Probable {}",
        "Mother had {}", "Family history of {}", "{} versus allergic reaction", "Concern for {}", "Denies {}",
        "Screening for {}", "Call if {}", "Differential includes {}", "Consistent with {}", "{} unlikely",
    ],
)  # fmt: skip
def test_negated_uncertain_family_planned_or_conditional_is_not(code: Code, name: str, code_: str, how: str) -> None:
    said = codes(code(note(how.format(name).capitalize())))
    assert code_ not in said and "I10" in said


@pytest.mark.parametrize(("name", "right", "left"), SIDED)
def test_the_side_follows(code: Code, name: str, right: str, left: str) -> None:
    for side, wanted in (("right", right), ("left", left)):
        assert codes(code(note(f"{side.capitalize()} {name}")))[0] == wanted
        assert codes(code(note(f"{name.capitalize()}, {side}")))[0] == wanted
        assert codes(code(note(f"{side[0].upper()} {name}")))[0] == wanted


SECTIONS = {
    "hpi": "HISTORY OF PRESENT ILLNESS\nTwo weeks of heartburn. No chest pain.\n\n",
    "exam": "PHYSICAL EXAM\nAbdomen soft. Lungs clear.\n\n",
    "family": "FAMILY HISTORY\nFather with colon cancer.\n\n",
    "assessment": "ASSESSMENT\n1. Gastroesophageal reflux disease.\n2. Mixed hyperlipidemia.\n\n",
    "plan": "PLAN\nStart omeprazole 20 mg daily. Continue rosuvastatin.\n\n",
}


@settings(max_examples=40, deadline=None)
@given(order=st.permutations(sorted(SECTIONS)))
def test_the_order_of_the_sections_does_not_matter(engine: CodingEngine, order: list[str]) -> None:
    text = "".join(SECTIONS[name] for name in order)
    result = engine.code(ClinicalEncounter(date(2026, 6, 1), (ClinicalNote("n", text),), new_patient=False))
    assert codes(result) == ["K21.9", "E78.2"]


@settings(max_examples=30, deadline=None)
@given(order=st.permutations([problem for problem, _ in ACTIVE[:5]]))
def test_the_codes_stand_in_the_order_of_the_problems(engine: CodingEngine, order: list[str]) -> None:
    text = "ASSESSMENT\n" + "\n".join(f"{n}. {problem.capitalize()}." for n, problem in enumerate(order, start=1))
    result = engine.code(ClinicalEncounter(date(2026, 6, 1), (ClinicalNote("n", text),), new_patient=False))
    assert codes(result) == [dict(ACTIVE)[problem] for problem in order]


@pytest.mark.parametrize(
    ("born", "wanted"),
    [(date(1980, 1, 1), "Z00.00"), (date(2020, 1, 1), "Z00.129"), (None, "Z00.00")],
)
def test_the_age_decides_the_examination(code: Code, born: date | None, wanted: str) -> None:
    assert codes(code("ASSESSMENT\nAnnual physical exam, no abnormal findings.", birth_date=born)) == [wanted]


def test_a_condition_of_another_age_is_not_coded(code: Code) -> None:
    text = "ASSESSMENT\nGestational hypertension, third trimester."
    assert codes(code(text, birth_date=date(1996, 1, 1))) == ["O13.3"]
    assert codes(code(text, birth_date=date(1950, 1, 1))) == []


@pytest.mark.parametrize("day", [date(2025, 6, 1), date(2026, 10, 1)])
def test_the_date_decides_whether_there_is_a_code_set(code: Code, day: date) -> None:
    inside, outside = code(note("Gout")), code(note("Gout"), date_of_service=day)
    assert codes(inside) == ["M10.9", "I10"]
    assert codes(outside) == [] and outside.route is Route.QUEUE


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("Type 2 diabetes", ["E11.9"]),
        ("Type 2 diabetes with CKD stage 3a", ["E11.22", "N18.31"]),
        ("Type 2 diabetes with CKD stage 3b", ["E11.22", "N18.32"]),
        ("Type 1 diabetes with diabetic neuropathy", ["E10.40"]),
        ("Type 2 diabetes with peripheral neuropathy", ["E11.42"]),
        ("Hypertension and CKD stage 4", ["I12.9", "N18.4"]),
        ("Hypertension, chronic systolic heart failure and CKD stage 4", ["I13.0", "I50.22", "N18.4"]),
        ("Moderate persistent asthma", ["J45.40"]),
        ("Moderate persistent asthma with acute exacerbation", ["J45.41"]),
        ("COPD with acute exacerbation", ["J44.1"]),
        ("Colles fracture of right radius", ["S52.531A"]),
        ("Colles fracture of right radius, healing routinely", ["S52.531D"]),
        ("Pressure ulcer of sacrum, stage 2", ["L89.152"]),
        ("Pressure ulcer of sacrum, stage 3", ["L89.153"]),
        ("Nondisplaced fracture of lateral malleolus of right fibula", ["S82.64XA"]),
    ],
)
def test_a_detail_changes_the_code(code: Code, line: str, wanted: list[str]) -> None:
    assert codes(code(f"ASSESSMENT\n1. {line}.")) == wanted


@pytest.mark.parametrize(
    "way", ["OA L knee", "left knee osteoarthritis", "osteoarthritis of the left knee", "Osteoarthritis, knee, left"]
)
def test_words_in_any_order_name_the_same(code: Code, way: str) -> None:
    assert codes(code(f"A: {way}")) == ["M17.12"]


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("Right and left knee pain", ["M25.561", "M25.562"]),
        ("Bilateral foot pain", ["M79.671", "M79.672"]),
        ("Insect bites, left and right lower leg", ["S80.861A", "S80.862A"]),
        ("Bilateral carpal tunnel syndrome", ["G56.03"]),
        ("Left ear infection and right shoulder pain", ["H66.92", "M25.511"]),
    ],
)
def test_both_sides_are_both_coded(code: Code, line: str, wanted: list[str]) -> None:
    assert codes(code(f"ASSESSMENT\n1. {line}.")) == wanted


@pytest.mark.parametrize(
    "written",
    [
        "Dx: 1) Gout 2) Migraine 3) Shingles", "A/P: # Gout - stable. # Migraine # Shingles",
        "ASSESSMENT\n- Gout\n- Migraine\n- Shingles", "Impression: Gout. Migraine. Shingles.",
        "A: 1. Gout\n2. Migraine\n3. Shingles", "Assessment: gout; migraine; shingles",
    ],
)  # fmt: skip
def test_lists_in_any_style(code: Code, written: str) -> None:
    assert codes(code(written)) == ["M10.9", "G43.909", "B02.9"]


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("Right thumb pain", ["M79.644"]), ("Left hand pain", ["M79.642"]),
        ("Right shoulder dislocation", ["S43.004A"]),
        ("Dog bite, right hand", ["S61.451A"]), ("Acute otitis media, left ear", ["H66.92"]),
        ("Upper lobe lung cancer, right", ["C34.11"]), ("Stomach cancer", ["C16.9"]), ("Left leg ulcer", ["L97.929"]),
    ],
)  # fmt: skip
def test_among_equals_the_words_of_the_site_decide(code: Code, line: str, wanted: list[str]) -> None:
    assert codes(code(f"ASSESSMENT\n1. {line}.")) == wanted
