"""Edits of institutional claims: each fires on its fault and is silent on the nearest right one; 837I building."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from claim_builder.building import Turn, build, build_all
from claim_builder.scrubbing import EDITS, INSTITUTIONAL, PROFESSIONAL, ScrubContext, scrub
from claim_builder.scrubbing import institutional as edits
from claim_builder.scrubbing import institutional_values as values
from events.phi import ClaimContent

from tests.unit.claim_builder.claim_examples import (
    CODED,
    ENCOUNTER_ID,
    PRICES,
    TODAY,
    changed,
    institutional_claim,
    stay_in_hospital,
)

IN = "institutional/"
OUTPATIENT = {f"{IN}type_of_bill": "13", f"{IN}present_on_admission": [], f"{IN}principal_procedure": None}
UNSCHEDULED = {**OUTPATIENT, f"{IN}other_procedures": [], "lines/0/revenue_code": "0450"}
CASES: dict[str, tuple[dict[str, Any], str, dict[str, Any]]] = {
    "institutional.patient-status": (
        {f"{IN}patient_status_code": None}, f"{IN}patient_status_code", {f"{IN}patient_status_code": "30"}
    ),
    "institutional.attending-provider": (
        {"attending_provider/npi": None}, "attending_provider", {"attending_provider/first_name": None}
    ),
    "institutional.revenue-code-missing": (
        {"lines/0/revenue_code": None}, "lines/0/revenue_code", {"lines/0/revenue_code": "0309"}
    ),
    "institutional.diagnosis-count": (
        {"diagnosis_codes": ["I10"] * 26}, "diagnosis_codes", {"diagnosis_codes": ["I10"] * 25}
    ),
    "institutional.line-count": (
        {"lines": lambda old: old[:1] * 1_000}, "lines", {"lines": lambda old: old[:1] * 999}
    ),
    "institutional.admission-date": (
        {"dates/admission": None}, "dates/admission", {**OUTPATIENT, "dates/admission": None}
    ),
    "institutional.admission-type": (
        {f"{IN}admission_type_code": None},
        f"{IN}admission_type_code",
        {f"{IN}admission_type_code": "9"},
    ),
    "institutional.admission-source": (
        {f"{IN}admission_source_code": None},
        f"{IN}admission_source_code",
        {**OUTPATIENT, f"{IN}type_of_bill": "14", f"{IN}admission_source_code": None},
    ),
    "institutional.admission-hour": (
        {f"{IN}admission_time": None}, f"{IN}admission_time", {**OUTPATIENT, f"{IN}admission_time": None}
    ),
    "institutional.discharge-hour": (
        {f"{IN}discharge_time": None}, f"{IN}discharge_time",
        {f"{IN}discharge_time": None, f"{IN}patient_status_code": "30"},
    ),
    "institutional.admitting-diagnosis": (
        {f"{IN}admitting_diagnosis_code": None}, f"{IN}admitting_diagnosis_code",
        {**OUTPATIENT, f"{IN}admitting_diagnosis_code": None},
    ),
    "institutional.reason-for-visit": (
        UNSCHEDULED, f"{IN}reason_for_visit_codes", {**UNSCHEDULED, f"{IN}admission_type_code": "3"}
    ),
    "institutional.operating-provider": (
        {"operating_provider": None}, "operating_provider",
        {"operating_provider": None, f"{IN}principal_procedure": None, f"{IN}other_procedures": []},
    ),
    "institutional.present-on-admission": (
        {f"{IN}present_on_admission": []}, f"{IN}present_on_admission", {f"{IN}present_on_admission": ["Y", ""]}
    ),
    "institutional.span-order": (
        {f"{IN}occurrence_spans/0/date_to": "2026-05-03"}, f"{IN}occurrence_spans/0",
        {f"{IN}occurrence_spans/0/date_to": "2026-05-04"},
    ),
    "institutional.code-repeated": (
        {f"{IN}values": lambda old: [*old, {**old[0], "amount": "3"}]}, f"{IN}values/2",
        {f"{IN}occurrences": lambda old: [*old, {**old[0], "on": "2026-05-02"}]},
    ),
    "institutional.other-procedure-alone": (
        {f"{IN}principal_procedure": None}, f"{IN}principal_procedure",
        {f"{IN}principal_procedure": None, f"{IN}other_procedures": []},
    ),
    "institutional.procedure-date": (
        {f"{IN}principal_procedure/on": "2026-04-30"}, f"{IN}principal_procedure/on",
        {f"{IN}principal_procedure/on": "2026-05-01"},
    ),
    "institutional.covered-days": ({f"{IN}values": []}, f"{IN}values", {**OUTPATIENT, f"{IN}values": []}),
    "institutional.procedure-missing": (OUTPATIENT, "lines/2/code", {}),
    "institutional.type-of-bill": ({f"{IN}type_of_bill": "99"}, f"{IN}type_of_bill", {f"{IN}type_of_bill": "018"}),
    "institutional.revenue-code": (
        {"lines/0/revenue_code": "0001"}, "lines/0/revenue_code", {"lines/0/revenue_code": "0100"}
    ),
    "institutional.principal-unacceptable": (
        {"coverage/filing_indicator": "MA", "diagnosis_codes/0": "Z23"}, "diagnosis_codes/0",
        {"coverage/filing_indicator": "CI", "diagnosis_codes/0": "Z23"},
    ),
    "institutional.diagnosis-unknown": (
        {f"{IN}admitting_diagnosis_code": "R07"}, f"{IN}admitting_diagnosis_code",
        {f"{IN}admitting_diagnosis_code": "R079"},
    ),
    "institutional.too-many": (
        {f"{IN}reason_for_visit_codes": ["R079"] * 4}, f"{IN}reason_for_visit_codes",
        {f"{IN}reason_for_visit_codes": ["R079"] * 3},
    ),
    "institutional.time-format": (
        {f"{IN}admission_time": "2460"}, f"{IN}admission_time", {f"{IN}admission_time": "2359"}
    ),
    "institutional.provider-entity": (
        {"attending_provider/entity": "organization"}, "attending_provider/entity", {"operating_provider": None}
    ),
    "institutional.still-a-patient": (
        {f"{IN}patient_status_code": "30"}, f"{IN}discharge_time",
        {f"{IN}patient_status_code": "30", f"{IN}discharge_time": None},
    ),
    "institutional.days-beyond-period": (
        {f"{IN}values/0/amount": "3"}, f"{IN}values/0/amount", {f"{IN}values/0/amount": "1"}
    ),
    "institutional.value-negative": (
        {f"{IN}values/1/amount": "-1"}, f"{IN}values/1/amount", {f"{IN}values/1/amount": "0"}
    ),
    "institutional.line-outside": (
        {"lines/0/date_from": "2026-05-03"}, "lines/0/date_from", {"lines/0/date_from": "2026-05-05"}
    ),
    "institutional.procedure-order": (
        {f"{IN}other_procedures/0/on": "2026-05-06"}, f"{IN}other_procedures/0/on",
        {f"{IN}other_procedures/0/on": "2026-05-01"},
    ),
    "institutional.non-covered-charge": (
        {"lines/0/non_covered_cents": 1_201}, "lines/0/non_covered_cents", {"lines/0/non_covered_cents": 1_200}
    ),
    "institutional.admission-code": (
        {f"{IN}admission_source_code": "Z"}, f"{IN}admission_source_code", {f"{IN}admission_source_code": "E"}
    ),
    "institutional.status-code": (
        {f"{IN}patient_status_code": "99"}, f"{IN}patient_status_code", {f"{IN}patient_status_code": "62"}
    ),
    "institutional.presence-code": (
        {f"{IN}present_on_admission": ["Y", "1"]}, f"{IN}present_on_admission/1",
        {f"{IN}present_on_admission": ["W", ""]},
    ),
    "institutional.code-format": (
        {f"{IN}occurrences/0/code": "1"}, f"{IN}occurrences/0/code", {f"{IN}occurrences/0/code": "A3"}
    ),
    "institutional.procedure-code": (
        {f"{IN}other_procedures/0/code": "B211"}, f"{IN}other_procedures/0/code",
        {f"{IN}other_procedures/0/code": "0DTJ4ZZ"},
    ),
    "institutional.line-procedure": (
        {"lines/0/code": "3641"}, "lines/0/code", {"lines/0/code": "1AA0Z"}
    ),
}  # fmt: skip


def places(changes: dict[str, Any], code: str) -> set[str]:
    claim = changed(institutional_claim(), changes)
    return {finding.path for finding in scrub(claim, ScrubContext(TODAY)).findings if finding.code == code}


def test_every_edit_has_a_case_and_none_is_lost() -> None:
    assert sorted(CASES) == sorted(edit.code for edit in (*edits.EDITS, *values.EDITS))
    assert set(EDITS) == set(PROFESSIONAL) | set(INSTITUTIONAL)
    assert {edit.code for edit in PROFESSIONAL} >= edits.OF_PROFESSIONAL_ONLY, "an edit was renamed"


@pytest.mark.parametrize("code", sorted(CASES))
def test_fires_and_is_silent(code: str) -> None:
    fires, at, silent = CASES[code]
    assert at in places(fires, code)
    assert places(silent, code) == set()


def test_a_whole_stay_has_nothing_wrong_with_it() -> None:
    assert scrub(institutional_claim(), ScrubContext(TODAY)).findings == ()


def test_a_professional_claim_is_not_asked_for_a_type_of_bill() -> None:
    codes = {f.code for f in scrub(build(ENCOUNTER_ID, CODED, Turn(), PRICES).content, ScrubContext(TODAY)).findings}
    assert not any(code.startswith("institutional.") for code in codes)


def test_charges_without_a_procedure_become_lines() -> None:
    content = institutional_claim()
    assert [(it.line_number, it.code, it.revenue_code) for it in content.lines] == [
        (1, "36415", "0300"), (2, "80053", "0301"), (3, "", "0120"),
    ]  # fmt: skip
    assert (content.lines[2].units, content.lines[2].unit_basis) == (Decimal(2), "DA")
    assert content.charge_cents == 1_200 + 4_000 + 200_000
    assert content.institutional is not None
    assert content.institutional.revenue_lines == ()


def test_a_stay_is_one_claim_however_many_lines_and_diagnoses_it_has() -> None:
    stay = stay_in_hospital()
    lines = tuple(stay.lines[0].model_copy(update={"line_number": n}) for n in range(1, 121))
    many = stay.model_copy(update={"lines": lines, "diagnoses": stay.diagnoses * 7})
    (draft,) = build_all(ENCOUNTER_ID, many, Turn(), PRICES)
    content: ClaimContent = draft.content
    assert (len(content.lines), len(content.diagnosis_codes)) == (121, 14)


@pytest.mark.parametrize(
    ("changes", "code", "at"),
    [
        ({f"{IN}admission_type_code": "8"}, "institutional.admission-code", "admission_type_code"),
        ({f"{IN}discharge_time": "9999"}, "institutional.time-format", "discharge_time"),
        ({f"{IN}principal_procedure/code": "4A023"}, "institutional.procedure-code", "principal_procedure/code"),
        ({f"{IN}drg_code": "ABC"}, "institutional.code-format", "drg_code"),
        ({f"{IN}occurrence_spans/0/code": "7"}, "institutional.code-format", "occurrence_spans/0/code"),
        ({f"{IN}values/1/code": "a1"}, "institutional.code-format", "values/1/code"),
    ],
)
def test_further_places(changes: dict[str, Any], code: str, at: str) -> None:
    assert places(changes, code) == {f"{IN}{at}"}
