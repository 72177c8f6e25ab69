"""What the engine is told, what a claim gets, what holds an encounter, and a coder's edits."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from coding_svc.domain import (
    CodeAssignment,
    CodeSystem,
    CodingResult,
    ElementFinding,
    EmDecision,
    Evidence,
    MdmLevel,
    ProcedureAssignment,
    Reason,
    Route,
    Sex,
)
from coding_svc.encounters import (
    Closed,
    Held,
    after_coding,
    before_coding,
    clinical_encounter,
    coded_encounter,
)
from coding_svc.review import EditRefused, apply_edits
from coding_svc.schemas import EncounterRecord
from coding_svc.schemas.review import CodeEdit
from coding_svc.sheet import CodeSheet, SheetCandidate, SheetDiagnosis, SheetLine, sheet_of

from tests.unit.coding_svc.test_coding_svc_schemas import taken, whole


def signed(**extra: Any) -> EncounterRecord:
    body = {**whole(), **extra}
    for note in body["notes"]:
        note["signed_at"] = "2026-05-04T11:00:00-04:00"
    return taken(body)


@pytest.mark.parametrize(
    ("extra", "decision"),
    [
        ({}, None),
        ({"status": "cancelled", "self_pay": True}, Closed("cancelled")),
        ({"status": "draft", "self_pay": True}, Held("provider", ("encounter.draft",))),
        ({"self_pay": True}, Closed("self_pay")),
        ({"withhold_from_payer": True, "self_pay": True}, Closed("not_disclosed")),
        ({"coverages": []}, Held("emr", ("encounter.coverage-missing",))),
    ],
)
def test_before_coding(extra: dict[str, Any], decision: object) -> None:
    assert before_coding(signed(**extra)) == decision


def test_an_unsigned_note_names_everything_else_that_is_missing() -> None:
    record = taken({**whole(), "coverages": []})
    assert before_coding(record) == Held("provider", ("note.unsigned", "encounter.coverage-missing"))


def test_a_residents_note_waits_for_its_attestation() -> None:
    record = signed()
    written = record.notes[0].model_copy(update={"attestation_required": True})
    waiting = record.model_copy(update={"notes": (written,)})
    assert before_coding(waiting) == Held("provider", ("note.unattested",))
    assert clinical_encounter(waiting).notes[0].signed is False
    attested = written.model_copy(update={"attested_at": written.signed_at})
    assert before_coding(record.model_copy(update={"notes": (attested,)})) is None
    unsigned = written.model_copy(update={"signed_at": None})
    assert before_coding(record.model_copy(update={"notes": (unsigned,)})) == Held("provider", ("note.unsigned",))


def test_one_unsigned_addendum_holds_the_whole_encounter() -> None:
    record = signed()
    notes = (*record.notes, record.notes[0].model_copy(update={"id": "n2", "signed_at": None}))
    assert before_coding(record.model_copy(update={"notes": notes})) == Held("provider", ("note.unsigned",))


@pytest.mark.parametrize(
    ("route", "reasons", "signature", "held"),
    [
        ("auto", (), False, None),
        ("queue", ("coding.excludes1",), False, Held("coder", ("coding.excludes1",))),
        ("queue", ("codeset.not-loaded",), False, Held("coder", ("codeset.not-loaded",))),
        ("queue", ("note.missing",), False, Held("provider", ("note.missing",))),
        ("queue", ("note.missing", "coding.no-service"), False, Held("coder", ("note.missing", "coding.no-service"))),
        ("queue", ("note.unsigned",), True, Held("provider", ("note.unsigned",))),
    ],
)
def test_after_coding(route: Any, reasons: tuple[str, ...], signature: bool, held: object) -> None:
    assert after_coding(CodeSheet(route=route, reasons=reasons), waiting_for_signature=signature) == held


def test_the_engine_is_told_all_that_is_clinical() -> None:
    told = clinical_encounter(signed())
    assert (told.date_of_service, told.sex, told.birth_date) == (date(2026, 5, 4), Sex.MALE, date(1935, 1, 1))
    assert [(d.code, d.system, d.snomed, d.rank) for d in told.diagnoses] == [
        ("M10.9", "ICD-10-CM", "90560007", 1),
        ("44054006", "SNOMED CT", "44054006", None),
    ]
    line = told.service_lines[0]
    assert (line.code, line.diagnosis_refs, line.line_id, line.date_of_service) == (
        "J1100",
        (0, 1),
        "1",
        date(2026, 5, 4),
    )
    assert told.orders[0].performed_in_practice is True
    assert told.mdm is not None
    assert (told.mdm.problems, told.mdm.data, told.mdm.risk) == (MdmLevel.MODERATE, MdmLevel.LOW, MdmLevel.LOW)
    assert (told.notes[0].note_id, told.notes[0].signed, told.total_minutes) == ("n1", True, 32)


def result() -> CodingResult:
    evidence = (Evidence("n1", 12, 16, "gout"),)
    return CodingResult(
        Route.AUTO,
        diagnoses=(
            CodeAssignment("M10.9", CodeSystem.ICD10CM, 0.98, evidence, auto=True),
            CodeAssignment("I10", CodeSystem.ICD10CM, 0.97, auto=True),
        ),
        em=EmDecision(
            "99214", "mdm", 0.95, ("25",), facts=(ElementFinding("risk", MdmLevel.MODERATE, "drug", evidence[0]),),
            problems=MdmLevel.MODERATE, diagnosis_pointers=(1, 0, 7),
        ),
        procedures=(
            ProcedureAssignment(
                "J1100", CodeSystem.HCPCS, 1.0, units=Decimal(4), diagnosis_pointers=(0,), line_id="1",
                charge_cents=1250,
            ),
        ),
        data_versions={"icd10cm": "2026-04"},
    )  # fmt: skip


def test_a_claim_gets_codes_pointers_drug_and_dates() -> None:
    sheet = sheet_of(result())
    assert [line.ref for line in sheet.lines] == ["l1", "l2"]
    assert sheet.em is not None
    assert sheet.em.facts[0].evidence is not None
    part = coded_encounter(signed(), sheet)
    visit, drug = part.lines
    assert (visit.line_number, visit.code, visit.modifiers, visit.pointers) == (1, "99214", ("25",), (2, 1))
    assert (drug.code, drug.units, drug.pointers, drug.charge_cents) == ("J1100", Decimal(4), (1,), 1250)
    assert drug.drug is not None
    assert (drug.drug.ndc, drug.drug.quantity) == ("12345678901", Decimal("1.5"))
    assert [(d.code, d.excerpt) for d in part.diagnoses] == [("M10.9", "gout"), ("I10", None)]
    assert part.coverages[0].subscriber.first_name == "Luis"
    assert part.medical_record_number == "M1"
    assert part.related_causes.auto_accident is True
    assert part.dates.onset == date(2026, 5, 1)
    assert part.pay_to_address is not None
    assert part.service_facility is not None
    assert CodeSheet.model_validate_json(sheet.model_dump_json(exclude_defaults=True)) == sheet


def test_long_evidence_is_cut_to_the_excerpt() -> None:
    made = result()
    long = CodeAssignment("M10.9", CodeSystem.ICD10CM, 0.98, (Evidence("n1", 0, 500, "x" * 500),))
    sheet = sheet_of(CodingResult(Route.AUTO, diagnoses=(long,), em=made.em))
    assert coded_encounter(signed(), sheet).diagnoses[0].excerpt == "x" * 300


def test_no_release_without_billing_provider() -> None:
    with pytest.raises(ValueError, match="billing provider"):
        coded_encounter(signed().model_copy(update={"billing_provider": None}), sheet_of(result()))


# A coder's edits

SHEET = CodeSheet(
    route="queue",
    reasons=(Reason.LOW_CONFIDENCE.value,),
    diagnoses=(
        SheetDiagnosis(ref="d1", code="M10.9", confidence=0.6),
        SheetDiagnosis(ref="d2", code="I10", confidence=0.9),
    ),
    lines=(SheetLine(ref="l1", code="99213", diagnosis_codes=("M10.9", "I10"), confidence=0.7),),
    candidates=(
        SheetCandidate(ref="c1", code="E11.9", system="ICD-10-CM", confidence=0.5),
        SheetCandidate(ref="c2", code="20610", system="CPT", confidence=0.4),
    ),
)


def edited(*edits: dict[str, Any]) -> CodeSheet:
    return apply_edits(SHEET, tuple(CodeEdit.model_validate({"reason": "because", **edit}) for edit in edits))


def test_no_edit_releases_what_was_proposed() -> None:
    after = edited()
    assert (after.route, after.reasons) == ("auto", ())
    assert (after.diagnoses, after.lines) == (SHEET.diagnoses, SHEET.lines)


def test_pointers_follow_a_changed_and_a_rejected_diagnosis() -> None:
    changed = edited({"action": "change", "ref": "d1", "diagnosis": "M10.00"})
    assert changed.lines[0].diagnosis_codes == ("M10.00", "I10")
    assert changed.diagnoses[0].origin == "coder"
    rejected = edited({"action": "reject", "ref": "d1"})
    assert rejected.lines[0].diagnosis_codes == ("I10",)


def test_candidates_and_additions_and_order() -> None:
    after = edited(
        {"action": "accept", "ref": "c1", "position": 1},
        {"action": "accept", "ref": "c2", "diagnosis_codes": ("M10.9",), "modifiers": ("RT",)},
        {"action": "reject", "ref": "l1"},
        {"action": "change", "ref": "d2", "position": 1},
        {"action": "add", "procedure": "J1100", "diagnosis_codes": ("M10.9",), "units": Decimal(4)},
    )
    assert [item.code for item in after.diagnoses] == ["I10", "E11.9", "M10.9"]
    assert [(x.code, x.system, x.modifiers, str(x.units)) for x in after.lines] == [
        ("20610", "CPT", ("RT",), "1"),
        ("J1100", "HCPCS", (), "4"),
    ]
    assert len({*(item.ref for item in after.diagnoses), *(line.ref for line in after.lines)}) == 5


@pytest.mark.parametrize(
    ("edits", "code", "pointer"),
    [
        (({"action": "accept", "ref": "d7"},), "review.ref-unknown", "/edits/0/ref"),
        (({"action": "accept", "ref": "c7"},), "review.ref-unknown", "/edits/0/ref"),
        (({"action": "add", "diagnosis": "I10"},), "review.code-present", "/edits/0/diagnosis"),
        (({"action": "change", "ref": "d1", "diagnosis": "I10"},), "review.code-present", "/edits/0/diagnosis"),
        (({"action": "change", "ref": "d1", "units": Decimal(2)},), "review.wrong-kind", "/edits/0"),
        (({"action": "change", "ref": "l1", "diagnosis": "I10"},), "review.wrong-kind", "/edits/0/diagnosis"),
        (({"action": "reject", "ref": "l1"},), "review.nothing-left", "/edits"),
        (({"action": "change", "ref": "l1", "diagnosis_codes": ("Z00.00",)},), "review.pointer-missing", "/edits"),
        (tuple({"action": "add", "diagnosis": f"A{n}"} for n in range(10, 60)), "review.too-many-diagnoses", "/edits"),
    ],
)  # fmt: skip
def test_edits_that_are_refused(edits: tuple[dict[str, Any], ...], code: str, pointer: str) -> None:
    made = tuple(CodeEdit.model_construct(reason="because", **_defaults(edit)) for edit in edits)
    with pytest.raises(EditRefused) as refused:
        apply_edits(SHEET, made)
    assert (refused.value.code, refused.value.pointer) == (code, pointer)


def _defaults(edit: dict[str, Any]) -> dict[str, Any]:
    names = ("ref", "diagnosis", "procedure", "modifiers", "units", "diagnosis_codes", "position")
    return {**dict.fromkeys(names), **edit}
