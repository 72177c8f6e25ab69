"""What the neoplasm table and the table of drugs give to a problem line."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from coding_svc.coding.engine import AUTO_THRESHOLD
from coding_svc.domain import CodingResult, Sex

Codes = Callable[..., list[str]]


def note(line: str) -> str:
    return f"HPI: here today.\nASSESSMENT:\n{line}\nPLAN: rest."


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Cancer of the upper outer quadrant of the left breast", "C50.412"),
        ("Basal cell carcinoma of the right nasal ala", "C44.311"),
        ("Squamous cell carcinoma, left forearm", "C44.629"),
        ("Transitional cell carcinoma of the bladder trigone", "C67.0"),
        ("Parotid adenoma, left", "D11.0"),
        ("Parathyroid adenoma", "D35.1"),
        ("Bladder tumor", "D49.4"),
        ("Adrenal metastasis, right", "C79.71"),
        ("Melanoma in situ, left upper arm", "D03.62"),
        ("History of cancer of the parotid gland", "Z85.819"),
    ],
)
def test_a_site_and_a_behaviour_give_the_code_of_the_table(codes: Codes, line: str, expected: str) -> None:
    assert codes(note(line))[0] == expected


@pytest.mark.parametrize(
    "line", ["No tumor of the bladder", "Possible carcinoma of the larynx", "Bladder wall thickened"]
)
def test_what_is_denied_doubted_or_no_neoplasm_gives_none(codes: Codes, line: str) -> None:
    assert not [code for code in codes(note(line)) if code[0] == "C" or code[:2] in ("D3", "D4")]


def test_breast_cancer_of_a_man_has_its_own_code(codes: Codes) -> None:
    line = note("Cancer of the upper outer quadrant of the left breast")
    assert codes(line, sex=Sex.MALE)[0] == "C50.422"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Accidental ingestion of acetaminophen", ["T39.1X1A"]),
        ("Intentional overdose of sertraline", ["T43.222A"]),
        ("Acetaminophen overdose, intent undetermined", ["T39.1X4A"]),
        ("Cough due to lisinopril", ["R05.9", "T46.4X5A"]),
        ("Statin-induced myalgia", ["M79.10", "T46.6X5A"]),
        ("Hypertension.\nUnderdosing of amlodipine due to cost", ["I10", "T46.1X6A", "Z91.120"]),
        ("Anemia due to blood loss", ["D50.0"]),
        ("Anemia due to iron deficiency", ["D50.9"]),
        ("Hypertension at goal, no side effects of lisinopril", ["I10"]),
    ],
)
def test_a_drug_event_is_coded_by_its_kind(codes: Codes, line: str, expected: list[str]) -> None:
    assert codes(note(line)) == expected


def test_a_drug_event_waits_for_a_person(code: Callable[..., CodingResult]) -> None:
    found = {item.code: item for item in code(note("Cough due to lisinopril")).diagnoses}
    assert found["T46.4X5A"].confidence < AUTO_THRESHOLD
    assert found["T46.4X5A"].evidence[0].text == "lisinopril"


def test_symptoms_of_the_prostate_and_findings_in_a_title(codes: Codes) -> None:
    assert codes(note("BPH with nocturia and urgency")) == ["N40.1", "R35.1", "R39.15"]
    assert codes(note("BPH without nocturia")) == ["N40.0"]
    assert codes(note("Alcoholic cirrhosis with ascites")) == ["K70.31"]
    assert codes(note("Primary open angle glaucoma of both eyes, severe stage")) == ["H40.1133"]


@pytest.mark.parametrize(
    ("line", "cancer"),
    [
        ("Right upper lobe nodule, suspicious for lung cancer", []),
        ("Skin lesion of the left forearm, low suspicion for malignancy", []),
        ("Cancer of the upper lobe of the right lung", ["C34.11"]),
    ],
)
def test_a_doubt_between_site_and_behaviour_parts_them(
    codes: Callable[..., list[str]], line: str, cancer: list[str]
) -> None:
    given = codes(f"ASSESSMENT: {line}.\nPLAN: Biopsy.")
    assert [code for code in given if code.startswith("C")] == cancer
