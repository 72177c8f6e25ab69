"""A coded encounter with nothing wrong with it, and the claim built from it: what every test starts from."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from claim_builder import fields
from claim_builder.building import Turn, build
from claim_builder.fees import Price, PriceList
from events.phi import (
    Address,
    ClaimContent,
    ClaimDates,
    CodedDiagnosis,
    CodedEncounter,
    CodedLine,
    CodedValue,
    Coverage,
    InpatientProcedure,
    Institutional,
    Occurrence,
    OccurrenceSpan,
    Person,
    PriorAdjustment,
    PriorLinePayment,
    PriorPayment,
    Provider,
    RevenueLine,
)

TODAY = date(2026, 9, 1)
DAY = date(2026, 5, 4)
ENCOUNTER_ID = UUID("0b0f9e7c-5a3a-4a55-9d67-2f3f8c1b7a10")

HOME = Address(line1="12 ELM ST", city="ALBANY", state="NY", postal_code="12207")
PATIENT = Person(last_name="RIVERA", first_name="ANA", birth_date=date(1980, 2, 3), sex="F", address=HOME)
PARENT = Person(last_name="RIVERA", first_name="LUZ", birth_date=date(1955, 7, 9), sex="F", address=HOME)
PRACTICE = Provider(
    npi="1234567893",
    entity="organization",
    name="ELM FAMILY PRACTICE",
    taxonomy_code="207Q00000X",
    tax_id="123456789",
    address=Address(line1="500 MAIN ST", city="ALBANY", state="NY", postal_code="122071234"),
    contact_name="BILLING OFFICE",
    phone="5185550100",
)
CLINICIAN = Provider(npi="1245319599", entity="person", name="OKAFOR", first_name="JOHN", taxonomy_code="207Q00000X")
COMMERCIAL = Coverage(
    sequence="P",
    payer_id="60054",
    payer_name="EXAMPLE HEALTH",
    filing_indicator="CI",
    member_id="W123456789",
    group_number="G100",
    relationship="self",
    subscriber=PATIENT,
)
SECONDARY = COMMERCIAL.model_copy(
    update={"sequence": "S", "payer_id": "87726", "payer_name": "SECOND HEALTH", "member_id": "S987654321"}
)
PRICES = PriceList(
    [Price("99213", "", 15000, date(2026, 1, 1), None), Price("36415", "", 1200, date(2026, 1, 1), None)]
)

CODED = CodedEncounter(
    external_id="visit-1",
    patient=PATIENT,
    coverages=(COMMERCIAL,),
    billing_provider=PRACTICE,
    rendering_provider=CLINICIAN,
    place_of_service="11",
    service_date=DAY,
    diagnoses=(CodedDiagnosis(code="I10", confidence=1), CodedDiagnosis(code="E11.22", confidence=0.9)),
    lines=(
        CodedLine(line_number=1, code="99213", modifiers=("25",), units=Decimal(1), pointers=(1, 2), date_from=DAY),
        CodedLine(line_number=2, code="36415", units=Decimal(1), pointers=(2,), date_from=DAY),
    ),
)


def clean_claim() -> ClaimContent:
    """A primary claim of two lines that no edit has anything to say about."""
    return build(ENCOUNTER_ID, CODED, Turn(), PRICES).content


def secondary_claim() -> ClaimContent:
    """A secondary claim with a balanced decision of the primary on both lines."""
    coded = CODED.model_copy(update={"coverages": (COMMERCIAL, SECONDARY)})
    turn = Turn("S", prior_payments=(decision(),))
    return build(ENCOUNTER_ID, coded, turn, PRICES).content


def decision() -> PriorPayment:
    """The primary allowed 100 and 8 dollars, kept 20 for the patient, and paid the rest."""
    lines = clean_claim().lines
    return PriorPayment(
        coverage=COMMERCIAL,
        paid_cents=8800,
        adjudication_date=date(2026, 6, 1),
        lines=(
            _decided(lines[0].line_item_control_number, "99213", 8000, (("CO", "45", 5000), ("PR", "2", 2000))),
            _decided(lines[1].line_item_control_number, "36415", 800, (("CO", "45", 400),)),
        ),
    )


def _decided(number: str, code: str, paid: int, adjustments: tuple[tuple[str, str, int], ...]) -> PriorLinePayment:
    cas = tuple(PriorAdjustment(group_code=g, reason_code=r, amount_cents=a) for g, r, a in adjustments)
    return PriorLinePayment(
        line_item_control_number=number, paid_cents=paid, code=code, units=Decimal(1), adjustments=cas
    )


def dependent_claim() -> ClaimContent:
    """A claim for a child whose parent is the subscriber."""
    coverage = COMMERCIAL.model_copy(update={"relationship": "child", "subscriber": PARENT})
    return build(ENCOUNTER_ID, CODED.model_copy(update={"coverages": (coverage,)}), Turn(), PRICES).content


STAY = Institutional(
    type_of_bill="11",
    admission_type_code="1",
    admission_source_code="7",
    patient_status_code="01",
    admission_time="0930",
    discharge_time="1400",
    admitting_diagnosis_code="R07.9",
    external_cause_codes=("W01.0XXA",),
    present_on_admission=("Y", "N"),
    drg_code="313",
    principal_procedure=InpatientProcedure(code="4A023N7", on=DAY),
    other_procedures=(InpatientProcedure(code="B2111ZZ", on=DAY),),
    occurrences=(Occurrence(code="11", on=date(2026, 5, 3)),),
    occurrence_spans=(OccurrenceSpan(code="74", date_from=DAY, date_to=date(2026, 5, 5)),),
    values=(CodedValue(code="80", amount=Decimal(2)), CodedValue(code="A1", amount=Decimal("12.50"))),
    revenue_lines=(RevenueLine(revenue_code="0120", units=Decimal(2), unit_basis="DA", charge_cents=200_000),),
)


def stay_in_hospital() -> CodedEncounter:
    """Two days in hospital: room and board, and two services with revenue codes."""
    first, second = CODED.lines
    return CODED.model_copy(
        update={
            "institutional": STAY,
            "attending_provider": CLINICIAN,
            "operating_provider": CLINICIAN.model_copy(update={"npi": "1003000126", "name": "COLE"}),
            "rendering_provider": None,
            "place_of_service": "21",
            "service_date_to": date(2026, 5, 5),
            "dates": ClaimDates(admission=DAY),
            "condition_codes": ("09",),
            "lines": (
                first.model_copy(update={"code": "36415", "revenue_code": "0300", "pointers": (), "modifiers": ()}),
                second.model_copy(
                    update={"code": "80053", "revenue_code": "0301", "pointers": (), "charge_cents": 4_000}
                ),
            ),
        }
    )


def institutional_claim() -> ClaimContent:
    """The 837I of that stay, that no edit has anything to say about."""
    return build(ENCOUNTER_ID, stay_in_hospital(), Turn(), PRICES).content


def changed(claim: ClaimContent, changes: dict[str, Any]) -> ClaimContent:
    """A claim with other values at some paths; a callable is given the old value."""
    tree = claim.model_dump(mode="json")
    for path, value in changes.items():
        fields.write(tree, path, value(fields.read(tree, path)) if isinstance(value, Callable) else value)  # type: ignore[arg-type]
    return ClaimContent.model_validate(tree)
