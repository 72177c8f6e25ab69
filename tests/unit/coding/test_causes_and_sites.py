"""What caused a condition, where it is, and what the classification asks for beside it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from coding_svc.domain import ClinicalNote, CodingResult, Reason, Sex

Codes = Callable[..., list[str]]
Code = Callable[..., CodingResult]
PLAN = "PLAN: follow-up in two weeks."


def _line(line: str, hpi: str = "Comes for follow-up.") -> str:
    return f"HPI: {hpi}\nASSESSMENT:\n1. {line}\n{PLAN}"


@pytest.mark.parametrize(
    ("line", "first"),
    [
        ("Peripheral neuropathy due to chemotherapy.", "G62.0"),
        ("Chemotherapy-induced peripheral neuropathy.", "G62.0"),
        ("Hypotension due to amlodipine.", "I95.2"),
        ("Acute pancreatitis due to azathioprine.", "K85.30"),
        ("Peripheral neuropathy, on chemotherapy.", "G62.9"),
        ("Hypotension due to volume loss.", "I95.9"),
        ("Peripheral neuropathy, not due to chemotherapy.", "G62.9"),
        ("Anemia due to chemotherapy.", "D64.81"),
        ("Chemotherapy-induced neutropenia.", "D70.1"),
        ("Neutropenia due to clozapine.", "D70.2"),
        ("Neutropenia.", "D70.9"),
        ("Anemia in a patient on chemotherapy.", "D64.9"),
    ],
)
def test_a_medicine_named_as_the_cause_leads_to_the_drug_induced_condition(codes: Codes, line: str, first: str) -> None:
    assert codes(_line(line))[0] == first


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Laceration of the right palm, without foreign body.", ["S61.411A"]),
        ("Abrasion of the left kneecap.", ["S80.212A"]),
        ("Contusion of the right heel.", ["S90.31XA"]),
        ("Puncture wound of the left sole.", ["S91.332A"]),
        ("Right heel pain, no contusion.", ["M79.671"]),
    ],
)
def test_an_injury_of_a_part_is_one_of_the_site_that_it_belongs_to(
    codes: Codes, line: str, expected: list[str]
) -> None:
    assert codes(_line(line)) == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Osteopenia of the right hip.", "M85.851"),
        ("Osteopenia of the lumbar spine.", "M85.88"),
        ("Osteopenia of multiple sites.", "M85.89"),
        ("Osteopenia.", "M85.80"),
        ("Idiopathic gout of the left great toe.", "M10.072"),
        ("Avascular necrosis of the left femoral head.", "M87.052"),
    ],
)
def test_a_bone_is_counted_to_its_region(codes: Codes, line: str, expected: str) -> None:
    assert codes(_line(line)) == [expected]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Compression fracture of L1 due to age-related osteoporosis.", ["M80.08XA"]),
        ("Osteoporosis. Compression fracture of L1 after a fall from a roof.", ["M81.0", "M48.56XA"]),
    ],
)
def test_a_vertebral_fracture_tied_to_osteoporosis_is_one_code(codes: Codes, line: str, expected: list[str]) -> None:
    assert codes(_line(line)) == expected


@pytest.mark.parametrize(
    ("hpi", "expected"),
    [
        ("Left breast cancer, ER positive, HER2 negative, on letrozole.", ["C50.912", "Z17.411", "Z79.811"]),
        ("Left breast cancer, ER+/PR+. Takes tamoxifen.", ["C50.912", "Z17.0", "Z79.810"]),
        ("Left breast cancer, estrogen receptor negative, HER2 positive.", ["C50.912", "Z17.420"]),
        ("Seen in the ER - negative work-up. Five years of anastrozole, finished in 2021.", ["C50.912"]),
    ],
)
def test_receptors_and_the_drug_against_estrogen_stand_beside_breast_cancer(
    codes: Codes, hpi: str, expected: list[str]
) -> None:
    assert codes(_line("Cancer of the left breast.", hpi), sex=Sex.FEMALE) == expected


def test_neither_stands_beside_a_past_breast_cancer(codes: Codes) -> None:
    hpi = "ER positive cancer in 2016, anastrozole until 2021."
    assert codes(_line("History of breast cancer.", hpi), sex=Sex.FEMALE) == ["Z85.3"]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Acute deep vein thrombosis of the left femoral vein. Continue apixaban.", ["I82.412", "Z79.01"]),
        ("Acute deep vein thrombosis of the left femoral vein. Apixaban was stopped.", ["I82.412"]),
        ("Ankle sprain, left. Continue apixaban.", ["S93.402A"]),
    ],
)
def test_an_anticoagulant_stands_beside_the_clot(codes: Codes, line: str, expected: list[str]) -> None:
    assert codes(_line(line)) == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (
            "Enlarged prostate with lower urinary tract symptoms: nocturia and weak stream.",
            ["N40.1", "R35.1", "R39.12"],
        ),
        ("Enlarged prostate with lower urinary tract symptoms: no nocturia, no urgency.", ["N40.1"]),
    ],
)
def test_symptoms_after_the_colon_belong_to_the_enlarged_prostate(codes: Codes, line: str, expected: list[str]) -> None:
    assert codes(_line(line), sex=Sex.MALE) == expected


def test_a_stone_takes_no_symptom_from_the_prostate(codes: Codes) -> None:
    found = codes(
        _line("Enlarged prostate with lower urinary tract symptoms: nocturia.\n2. Left renal stone."), sex=Sex.MALE
    )
    assert found == ["N40.1", "R35.1", "N20.0"]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("ASCUS Pap smear, HPV negative.", ["R87.610"]),
        ("Type 2 diabetes. Dilated exam yearly.", ["E11.9"]),
        ("Screening mammogram.", ["Z12.31"]),
    ],
)
def test_a_result_and_an_appointment_are_no_reason_of_today(codes: Codes, line: str, expected: list[str]) -> None:
    assert codes(_line(line), sex=Sex.FEMALE) == expected


def test_the_complication_spoken_of_first_is_listed_first(code: Code) -> None:
    lines = "Diabetic foot ulcer, left forefoot, with fat layer exposed.\n2. Type 2 diabetes with polyneuropathy."
    result = code(_line(lines))
    assert [item.code for item in result.diagnoses] == ["E11.621", "L97.522", "E11.42"]
    assert Reason.CONDITION_LEFT_OUT not in result.reasons


def test_one_fall_is_no_tendency_to_fall(codes: Codes) -> None:
    assert codes(_line("Contusion of the right hip after a fall.")) == ["S70.01XA"]
    assert codes(_line("Contusion of the right hip.\n2. Recurrent falls.")) == ["S70.01XA", "R29.6"]


def test_impotence_due_to_diabetes_names_both(codes: Codes) -> None:
    assert codes(_line("Erectile dysfunction due to diabetes.")) == ["E11.69", "N52.1"]
    assert codes(_line("Erectile dysfunction.")) == ["N52.9"]


def test_a_superficial_infection_of_a_surgical_site(codes: Codes) -> None:
    assert codes(_line("Superficial surgical site infection at the umbilical port.")) == ["T81.41XA"]
    assert codes(_line("Surgical site infection.")) == ["T81.49XA"]


def test_notes_are_read_one_by_one(code: Code) -> None:
    """The drug of one note and the cancer of another belong together; the receptor's span lies in its own note."""
    notes = (ClinicalNote("a", _line("Cancer of the left breast.")), ClinicalNote("b", "HPI: ER positive. Letrozole."))
    found = {item.code: item.evidence[0] for item in code("", notes=notes, sex=Sex.FEMALE).diagnoses}
    assert found["Z17.0"].note_id == "b"
    assert found["Z17.0"].text.lower() == "er positive"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Breast cancer, treated in 2019, no evidence of disease.", ["Z85.3"]),
        (
            "Follow-up examination for bladder cancer, treatment completed, no evidence of recurrence.",
            ["Z08", "Z85.51"],
        ),
        ("Melanoma of the back, excised in 2020, no recurrence.", ["Z85.820"]),
        ("Right breast cancer, no evidence of disease. Continue anastrozole.", ["C50.911", "Z79.811"]),
        ("Lung cancer, right upper lobe, no evidence of metastatic disease.", ["C34.11"]),
        ("Colon cancer, no evidence of recurrence, cycle 5 of adjuvant chemotherapy today.", ["C18.9"]),
        ("Hodgkin lymphoma in remission, no evidence of disease.", ["C81.9A"]),
    ],
)
def test_a_cancer_that_is_gone_and_not_treated_is_history(codes: Codes, line: str, expected: list[str]) -> None:
    assert codes(_line(line), sex=Sex.FEMALE) == expected


def test_the_past_cancer_of_a_line_is_not_left_out(code: Code) -> None:
    result = code(_line("Breast cancer, treated in 2019, no evidence of disease."))
    assert Reason.CONDITION_LEFT_OUT not in result.reasons


def test_absence_alone_does_not_tell_whether_it_is_still_treated(code: Code) -> None:
    cancer = code(_line("Left breast cancer, no evidence of disease.")).diagnoses[0]
    assert (cancer.code, cancer.auto) == ("C50.912", False)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("Alcoholic cirrhosis.\n2. Esophageal varices, secondary to cirrhosis, no bleeding.", ["K70.30", "I85.10"]),
        ("Graves disease with hyperthyroidism.", ["E05.00"]),
        ("Hyperthyroidism.", ["E05.90"]),
        ("Cirrhosis.\n2. Hypertension.", ["K74.60", "I10"]),
        ("Enlarged prostate with frequency and urgency.", ["N40.1", "R35.0", "R39.15"]),
        ("Enlarged prostate.", ["N40.0"]),
    ],
)
def test_a_short_name_of_what_is_named_in_full_is_no_code_of_its_own(
    codes: Codes, lines: str, expected: list[str]
) -> None:
    assert codes(_line(lines), sex=Sex.MALE) == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Aftercare following right total hip replacement, doing very well.", ["Z47.1", "Z96.641"]),
        ("Status post left total knee arthroplasty, six weeks out.", ["Z47.1", "Z96.652"]),
        ("Status post left total knee arthroplasty in 2019.", ["Z96.652"]),
        ("Follow-up for hypertension after appendectomy.", ["I10"]),
        ("Right total hip replacement is planned for May.", []),
    ],
)
def test_a_joint_that_heals_is_aftercare(codes: Codes, line: str, expected: list[str]) -> None:
    assert codes(_line(line)) == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Whiplash injury of the neck.", ["S13.4XXA"]),
        ("Acute gouty arthritis of the right ankle.", ["M10.9"]),
        ("Lumbar disc herniation with radiculopathy at L5-S1.", ["M51.17"]),
        ("Lumbar disc herniation with radiculopathy at L4-L5.", ["M51.16"]),
        ("Lumbar disc herniation with radiculopathy at L4-L5 and L5-S1.", ["M51.16"]),
        ("Iron deficiency anemia due to heavy menses.", ["D50.0", "N92.0"]),
        ("Iron deficiency anemia, not due to bleeding.", ["D50.9"]),
        ("Prostate cancer, on active surveillance.", ["C61"]),
        ("Surveillance of colon cancer, resected in 2020, no evidence of recurrence.", ["Z08", "Z85.038"]),
        ("Injury of the neck.", ["S19.9XXA"]),
        ("Diverticulosis of the sigmoid colon without bleeding.", ["K57.30"]),
        ("Fatty liver. FIB-4 is 0.9.", ["K76.0"]),
    ],
)
def test_one_name_one_code(codes: Codes, line: str, expected: list[str]) -> None:
    assert codes(_line(line)) == expected


@pytest.mark.parametrize(
    ("line", "held"),
    [
        ("Pubic symphysis pain.", True),
        ("Zorblatt syndrome.", True),
        ("Hypertension. Ibuprofen for pain.", False),
        ("Hypertension, no chest pain.", False),
        ("Health maintenance.", False),
    ],
)
def test_a_problem_that_nothing_was_made_of_holds_the_encounter(code: Code, line: str, held: bool) -> None:
    result = code(_line(f"Gout.\n2. {line}"))
    assert (Reason.CONDITION_LEFT_OUT in result.reasons) is held


@pytest.mark.parametrize(
    ("line", "group"),
    [
        ("Scalp psoriasis.", "line-whole"),
        ("Permanent atrial fibrillation on apixaban.", "line-whole"),
        ("Insomnia from prednisone.", "line-most"),
        ("Left knee pain, possible meniscal tear.", "line-whole"),
        ("Right foot pain, consistent with a fracture.", "line-most"),
        ("Gastroesophageal reflux disease with erosive esophagitis.", "line-whole"),
        ("Gout. Course with dyspepsia after zorblatt meals.", "line-later"),
    ],
)
def test_what_a_line_accounts_for(code: Code, line: str, group: str) -> None:
    assert group in {item.group for item in code(_line(line)).diagnoses}


def test_suggestions_from_a_text_without_an_assessment_are_never_released(code: Code) -> None:
    result = code("He has hypertension and gout. Timolol twice daily was started and the pressure fell.")
    assert result.diagnoses
    assert Reason.LOW_CONFIDENCE in result.reasons


@pytest.mark.parametrize(
    ("told", "given"),
    [
        ("Tdap was given at her last visit.", False),
        ("Tdap given in the left deltoid.", True),
        ("Tdap given today, flu vaccine in the fall.", True),
    ],
)
def test_a_vaccine_of_the_last_visit_is_none_of_today(code: Code, told: str, given: bool) -> None:
    result = code(_line(f"Hypertension. {told}"))
    assert ("90715" in {line.code for line in result.procedures}) is given
    assert ("Z23" in {item.code for item in result.diagnoses}) is given
