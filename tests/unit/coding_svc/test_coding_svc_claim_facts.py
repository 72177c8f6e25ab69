"""What the EMR says of a claim's situation reaches the released encounter whole, and old encounters stay the same."""

from __future__ import annotations

from typing import Any

import pytest
from coding_svc.encounters import coded_encounter, content_of, record_of
from coding_svc.schemas import EncounterRecord
from coding_svc.schemas.encounter import ServiceLineIn
from coding_svc.sheet import CodeSheet, SheetDiagnosis, SheetLine
from events.phi import CodedEncounter, CodedLine, EncounterFacts
from pydantic import BaseModel

from tests.support.situations import INSTITUTIONAL, OF_CLAIM, OF_LINE, SURGEON
from tests.unit.coding_svc.test_coding_svc_schemas import taken, whole

SHEET = CodeSheet(
    route="auto",
    diagnoses=(SheetDiagnosis(ref="d1", code="I10", confidence=1.0),),
    lines=(SheetLine(ref="l1", code="00400", units=45, diagnosis_codes=("I10",), confidence=1.0, line_id="a"),),
)


def posted(**more: Any) -> EncounterRecord:
    line = {**OF_LINE, "id": "a", "code": "00400"}
    return taken({**whole(), **OF_CLAIM, "service_lines": [line], **more})


def same(sent: object, told: object) -> bool:
    """Whether everything that was sent is told, whatever else is."""
    if isinstance(sent, BaseModel) and isinstance(told, BaseModel):
        return all(same(getattr(sent, name), getattr(told, name)) for name in type(sent).model_fields)
    if isinstance(sent, tuple) and isinstance(told, tuple):
        return len(sent) == len(told) and all(map(same, sent, told))
    return sent == told


def test_every_fact_of_the_encounter_is_told() -> None:
    record = posted(institutional=INSTITUTIONAL, attending_provider=SURGEON)
    coded = coded_encounter(record, SHEET)
    for name in OF_CLAIM.keys() | {"institutional", "attending_provider"}:
        assert same(getattr(record, name), getattr(coded, name)), name


def test_every_fact_of_a_line_is_told() -> None:
    record = posted()
    (line,) = coded_encounter(record, SHEET).lines
    for name in OF_LINE:
        assert same(getattr(record.service_lines[0], name), getattr(line, name)), name


def test_no_fact_of_a_claim_is_without_a_way_in() -> None:
    assert EncounterFacts.model_fields.keys() - EncounterRecord.model_fields.keys() == {"medical_record_number"}
    decided = {"line_number", "pointers", "excerpt"}
    assert CodedLine.model_fields.keys() - ServiceLineIn.model_fields.keys() == decided
    assert CodedEncounter.model_fields.keys() - EncounterFacts.model_fields.keys() == {"diagnoses", "lines"}


def test_the_samples_leave_nothing_open() -> None:
    institutional = {"attending_provider", "operating_provider", "other_operating_provider", "institutional"}
    basic = {"external_id", "patient", "coverages", "billing_provider", "rendering_provider", "place_of_service"}
    dates = {"service_date", "service_date_to", "medical_record_number"}
    assert EncounterFacts.model_fields.keys() - OF_CLAIM.keys() == institutional | basic | dates
    of_hospital = {"revenue_code", "non_covered_cents", "operating_provider"}
    coded = {"line_number", "code", "modifiers", "pointers", "charge_cents", "excerpt"}
    assert CodedLine.model_fields.keys() - OF_LINE.keys() == of_hospital | coded


def test_an_encounter_without_situations_is_stored_as_before() -> None:
    content = content_of(taken(whole()))
    assert not any(name in content for name in ("institutional", "ambulance", "patient_details", "emergency"))
    assert record_of(content_of(posted())).model_dump() == posted().model_dump()


@pytest.mark.parametrize(
    "wrong",
    [
        {"delay_reason_code": "12"},
        {"special_program_code": "08"},
        {"conditions": [{"category": "99", "codes": ["01"]}]},
        {"conditions": [{"category": "07", "codes": []}]},
        {"patient_paid_cents": -1},
        {"institutional": {"type_of_bill": "0131"}},
        {"institutional": {"type_of_bill": "13", "admission_time": "2460"}},
        {"ambulance": {"reason_code": "A", "distance_miles": "1"}},
    ],
)
def test_what_no_claim_can_say_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="validation error"):
        posted(**wrong)
