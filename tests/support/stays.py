"""The shapes of institutional claims, each as a function that makes an encounter of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

from events.phi import (
    Attachment,
    ClaimDates,
    CodedDiagnosis,
    CodedEncounter,
    CodedValue,
    Drug,
    InpatientProcedure,
    Institutional,
    Occurrence,
    OccurrenceSpan,
    RevenueLine,
)

from tests.support.encounters import DIAGNOSES, TESTS, EncounterMaker

STAYS: dict[str, Callable[[EncounterMaker], CodedEncounter]] = {}


def stay(make: Callable[[EncounterMaker], CodedEncounter]) -> Callable[[EncounterMaker], CodedEncounter]:
    """Register a shape under its function's name."""
    STAYS[make.__name__] = make
    return make


def billed(m: EncounterMaker, facts: dict[str, Any], **more: Any) -> CodedEncounter:
    """A visit as a facility bills it: every line under a revenue code, an attending provider, no diagnosis pointers."""
    made = m.visit()
    lines = tuple(
        it.model_copy(update={"code": code, "revenue_code": "0300", "pointers": ()})
        for it, code in zip(made.lines, TESTS, strict=False)
    )
    told = {"patient_status_code": "01", "admission_type_code": "3", "admission_source_code": "1", **facts}
    update = {
        "institutional": Institutional.model_validate(told),
        "attending_provider": m.clinician(),
        "rendering_provider": m.maybe(m.clinician, 0.2),
        "billing_provider": m.organization(
            "ALBANY GENERAL HOSPITAL", tax_id="14" + m.digits(7), taxonomy_code="282N00000X", contact_name="BILLING",
            phone="5185550100",
        ),
        "lines": lines,
        "clia_number": None,
    }  # fmt: skip
    return made.model_copy(update={**update, **more})


def room_and_board(m: EncounterMaker, days: int) -> RevenueLine:
    """Room and board for some days."""
    code = m.pick(("0110", "0120", "0206"))
    return RevenueLine(revenue_code=code, units=Decimal(days), unit_basis="DA", charge_cents=100_000 * days)


@stay
def hospital_stay(m: EncounterMaker) -> CodedEncounter:
    days, codes = m.rng.randint(1, 9), m.rng.sample(DIAGNOSES, m.rng.randint(2, 25))
    facts = {
        "type_of_bill": "11", "admission_type_code": m.pick(("1", "2", "3")), "admission_source_code": "1",
        "admission_time": "0930", "discharge_time": "1405", "admitting_diagnosis_code": "R07.9", "drg_code": "313",
        "present_on_admission": tuple(m.pick(("Y", "N", "U", "W", "")) for _ in codes[1:]) or ("Y",),
        "values": (CodedValue(code="80", amount=Decimal(days)), CodedValue(code="A1", amount=Decimal("1632.00"))),
        "revenue_lines": (
            room_and_board(m, days), RevenueLine(revenue_code="0250", units=Decimal(8), charge_cents=41_250),
        ),
    }  # fmt: skip
    facts["present_on_admission"] = ("Y", *facts["present_on_admission"])[: len(codes)]
    made = billed(m, facts, diagnoses=tuple(CodedDiagnosis(code=code, confidence=1) for code in codes))
    last = made.service_date + timedelta(days=days)
    return made.model_copy(update={"service_date_to": last, "dates": ClaimDates(admission=made.service_date)})


@stay
def surgery(m: EncounterMaker) -> CodedEncounter:
    made = hospital_stay(m)
    assert made.institutional is not None
    first = InpatientProcedure(code="0SR90JZ", on=made.service_date)
    others = tuple(InpatientProcedure(code=code, on=made.service_date) for code in ("4A023N7", "B2111ZZ"))
    facts = made.institutional.model_copy(
        update={
            "principal_procedure": first,
            "other_procedures": others[: m.rng.randint(0, 2)],
            "occurrences": (Occurrence(code="11", on=made.service_date),),
            "occurrence_spans": (
                OccurrenceSpan(code="74", date_from=made.service_date, date_to=made.service_date + timedelta(days=1)),
            ),
            "external_cause_codes": ("W01.0XXA",),
        }
    )
    return made.model_copy(
        update={
            "institutional": facts,
            "operating_provider": m.clinician(),
            "other_operating_provider": m.maybe(m.clinician, 0.3),
            "condition_codes": ("09",),
        }
    )


@stay
def still_a_patient(m: EncounterMaker) -> CodedEncounter:
    made = hospital_stay(m)
    assert made.institutional is not None
    facts = made.institutional.model_copy(update={"patient_status_code": "30", "discharge_time": None})
    return made.model_copy(update={"institutional": facts})


@stay
def outpatient(m: EncounterMaker) -> CodedEncounter:
    return billed(m, {"type_of_bill": "13"}, referring_provider=m.maybe(m.clinician))


@stay
def emergency_room(m: EncounterMaker) -> CodedEncounter:
    made = billed(m, {"type_of_bill": "13", "admission_type_code": "1", "reason_for_visit_codes": ("R07.9", "R10.9")})
    first = made.lines[0].model_copy(update={"code": "99284", "revenue_code": "0450", "modifiers": ("25",)})
    drug = Drug(ndc=m.digits(11), quantity=Decimal(2), unit="ML")
    medicine = m.line(90, "J1885", made.service_date, (), revenue_code="0636", drug=drug)
    return made.model_copy(update={"lines": (first, *made.lines[1:], medicine)})


@stay
def laboratory_only(m: EncounterMaker) -> CodedEncounter:
    return billed(m, {"type_of_bill": "14", "admission_source_code": None})


@stay
def nursing_facility(m: EncounterMaker) -> CodedEncounter:
    facts = {
        "type_of_bill": "21", "admitting_diagnosis_code": "M25.511", "revenue_lines": (room_and_board(m, 20),),
        "values": (CodedValue(code="80", amount=Decimal(20)),),
        "occurrence_spans": (),
    }  # fmt: skip
    made = billed(m, facts)
    last = made.service_date + timedelta(days=20)
    return made.model_copy(update={"service_date_to": last, "dates": ClaimDates(admission=made.service_date)})


@stay
def home_health_of_two_payers(m: EncounterMaker) -> CodedEncounter:
    made = billed(m, {"type_of_bill": "32"})
    return made.model_copy(
        update={
            "dates": ClaimDates(admission=made.service_date - timedelta(days=3)),
            "coverages": (*made.coverages, m.coverage(made.patient, "S")),
        }
    )


@stay
def a_childs_stay(m: EncounterMaker) -> CodedEncounter:
    made = hospital_stay(m)
    papers = (Attachment(report_type_code="OZ", transmission_code="EL", control_number=m.number("ATT")),)
    cover = m.coverage(m.person(), relationship="child")
    notes = {"claim_note": "SEE THE REPORT", "claim_note_code": m.pick(("ADD", "DGN"))}
    return made.model_copy(update={"coverages": (cover,), "attachments": papers, **notes})
