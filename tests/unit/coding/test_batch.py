"""`coding-svc code`: every line gets its answer, whatever the line is."""

from __future__ import annotations

import io
import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from coding_svc.batch.command import filter_lines
from coding_svc.batch.documents import MAX_DIAGNOSES, BadLine, document_of, encounter_of
from coding_svc.coding.engine import CodingEngine
from coding_svc.domain import Sex, VisitType
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

ENGINE = CodingEngine(max_diagnoses=MAX_DIAGNOSES)
NOTE = "Assessment: Essential hypertension. Type 2 diabetes.\nPlan: continue lisinopril and metformin."


def coded(*lines: bytes) -> list[dict[str, Any]]:
    target = io.StringIO()
    filter_lines(ENGINE, io.BytesIO(b"\n".join(lines) + b"\n"), target)
    return [json.loads(line) for line in target.getvalue().splitlines()]


def test_one_answer_per_line_in_the_public_shape() -> None:
    (answer,) = coded(json.dumps({"id": 7, "note": NOTE}).encode())
    assert answer["id"] == 7
    assert [item["code"] for item in answer["icd10cm"]][:2] == ["I10", "E11.9"]
    assert answer["first_listed"] == "I10"
    assert {"code", "problems", "data", "risk", "minutes", "evidence"} <= answer["em"].keys()
    assert {"procedures", "findings", "finding_details", "route", "candidates"} <= answer.keys()
    for item in answer["icd10cm"]:
        assert {"code", "confidence", "evidence", "section", "rules", "auto"} <= item.keys()
        for span in item["evidence"]:
            assert NOTE[span["start"] : span["end"]] == span["text"]


def test_bad_lines_are_answered_and_do_not_stop_the_run() -> None:
    good = json.dumps({"id": "good", "note": NOTE}).encode()
    answers = coded(b"{", b"\xff\xfe", b"[1]", b'{"note": "x"}', b"", b'{"id": "n", "note": 3}', b"[" * 100_000, good)
    errors = [answer["error"]["code"] for answer in answers[:-1]]
    assert errors == ["input.json", "input.json", "input.object", "input.id", "input.note", "input.json"]
    assert answers[4]["id"] == "n"
    assert answers[-1]["id"] == "good" and answers[-1]["icd10cm"]


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ("x", "input.encounter"),
        ({"date_of_service": "yesterday"}, "input.date"),
        ({"visit_type": "dance"}, "input.visit-type"),
        ({"total_minutes": -1}, "input.minutes"),
        ({"patient": []}, "input.encounter"),
        ({"patient": {"new_patient": "perhaps"}}, "input.encounter"),
        ({"structured": {"superbill": {"icd10cm": "I10"}}}, "input.encounter"),
        ({"structured": {"superbill": {"icd10cm": [1]}}}, "input.encounter"),
        ({"structured": {"superbill": {"cpt": [{"units": 1}]}}}, "input.encounter"),
        ({"structured": {"superbill": {"cpt": [{"code": "99213", "units": "many"}]}}}, "input.units"),
        ({"service_date": "2026-06-01"}, "input.encounter"),
    ],
)
def test_a_wrong_encounter_names_its_fault_without_repeating_it(facts: Any, code: str) -> None:
    with pytest.raises(BadLine) as caught:
        encounter_of({"id": "a", "note": "Secret", "encounter": facts})
    assert caught.value.code == code and caught.value.line_id == "a"
    assert "Secret" not in caught.value.hint and "dance" not in caught.value.hint


def test_the_short_form_and_its_defaults() -> None:
    bare = encounter_of({"id": "a", "note": "x"})
    assert bare.date_of_service == date(2026, 6, 1) and bare.new_patient is None and bare.sex is Sex.UNKNOWN
    sheet = {"icd10cm": ["I10"], "cpt": [{"code": "99213", "modifiers": ["25"], "units": 1}]}
    full = encounter_of(
        {
            "id": "a",
            "note": "x",
            "encounter": {
                "date_of_service": "2026-07-02",
                "place_of_service": "10",
                "patient": {"age": "4 months", "sex": "F", "new_patient": True},
                "visit_type": "telehealth_video",
                "total_minutes": 31,
                "structured": {"superbill": sheet},
            },
        }
    )
    assert full.birth_date == date(2026, 3, 2) and full.age_years() == 0
    assert (full.sex, full.new_patient, full.visit_type) == (Sex.FEMALE, True, VisitType.TELEHEALTH_VIDEO)
    assert full.diagnoses[0].code == "I10" and full.service_lines[0].modifiers == ("25",)
    assert full.service_lines[0].units == Decimal(1) and full.total_minutes == 31


@pytest.mark.parametrize(
    ("age", "years"), [(0, 0), (41, 41), ("9 months", 0), ("30 months", 2), ("3 years", 3), ("6", 6)]
)
def test_age_in_numbers_and_words(age: object, years: int) -> None:
    facts = {"date_of_service": "2026-04-29", "patient": {"age": age}}
    assert encounter_of({"id": 1, "note": "x", "encounter": facts}).age_years() == years


def test_a_posted_document_is_read_as_the_interface_reads_it() -> None:
    patient = {"last_name": "Doe", "first_name": "Jo", "birth_date": "1980-01-01", "sex": "F"}
    facts = {"service_date": "2026-06-03", "patient": patient, "place_of_service": "11"}
    encounter = encounter_of({"id": "e1", "note": NOTE, "encounter": facts})
    assert encounter.date_of_service == date(2026, 6, 3) and encounter.sex is Sex.FEMALE
    assert encounter.notes[0].text == NOTE


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.binary(max_size=200) | st.recursive(st.none() | st.integers() | st.text(max_size=9), st.lists).map(
    lambda value: json.dumps({"id": 1, "note": "x", "encounter": {"patient": value, "structured": value}}).encode()
))  # fmt: skip
def test_no_line_breaks_the_reader(line: bytes) -> None:
    try:
        encounter_of(document_of(line))
    except BadLine as error:
        assert error.code.startswith("input.") and error.hint


def test_a_surrogate_half_is_written_escaped() -> None:
    (answer,) = coded(b'{"id": "s", "note": "Assessment: hypertension \\ud800"}')
    assert answer["icd10cm"][0]["code"] == "I10"
