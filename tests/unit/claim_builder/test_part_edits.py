"""Further dates, and parts of a claim that are there but not whole: each edit fires, and is silent beside it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from claim_builder.scrubbing import ScrubContext, scrub, snip4_order, snip4_parts
from events.phi import ClaimContent

from tests.unit.claim_builder.claim_examples import (
    DAY,
    PRACTICE,
    TODAY,
    changed,
    clean_claim,
    dependent_claim,
    institutional_claim,
    secondary_claim,
)

Changes = dict[str, Any]
THE_DAY = DAY.isoformat()
PLACE = {"line1": "9 RIVER RD", "city": "TROY", "state": "NY", "postal_code": "121801111"}
RIDE = {"reason_code": "A", "distance_miles": "12", "pick_up": PLACE, "drop_off": PLACE}
CLINIC = {"npi": "1234567893", "entity": "organization", "name": "CLINIC", "address": PLACE}
PLAN = {"name": "OTHER PLAN", "payer_id": "12345", "tax_id": "123456789", "address": PLACE}
MACHINE = {"code": "E0601", "days": "30", "rental_cents": 9000, "purchase_cents": 0, "rental_frequency": "4"}
FORM = {"code": "484.03", "answers": [{"question": "1A", "percentage": "88"}]}
BILLED_FROM = PRACTICE.model_dump(mode="json")["address"]
DECIDED = "prior_payments/0/lines/0"
IN_HOSPITAL = {"place_of_service": "21", "dates/admission": THE_DAY}


CASES: dict[str, tuple[Changes, str, Changes, Callable[[], ClaimContent]]] = {
    "subscriber.child-older": (
        {"patient/birth_date": "1955-07-09"}, "coverage/relationship", {"patient/birth_date": "1955-07-10"},
        dependent_claim,
    ),
    "coverage.medicaid-not-last": (
        {"other_coverages/0/filing_indicator": "MC"}, "other_coverages/0/sequence",
        {"coverage/filing_indicator": "MC"}, secondary_claim,
    ),
    "date.line-date": (
        {"lines/1/dates": {"prescription": "2026-05-05"}}, "lines/1/dates/prescription",
        {"lines/1/dates": {"prescription": THE_DAY, "shipped": TODAY.isoformat()}}, clean_claim,
    ),
    "date.past-in-future": (
        {"dates/first_contact": "2026-09-02"}, "dates/first_contact", {"dates/first_contact": "2026-09-01"}, clean_claim
    ),
    "date.before-birth": (
        {"dates/onset": "1980-02-02"}, "dates/onset", {"dates/onset": "1980-02-03"}, clean_claim
    ),
    "date.before-admission": (
        {**IN_HOSPITAL, "lines/1/date_from": "2026-05-03"}, "lines/1/date_from",
        {**IN_HOSPITAL, "lines/1/date_from": "2026-05-03", "lines/1/place_of_service": "11"}, clean_claim,
    ),
    "date.after-discharge": (
        {**IN_HOSPITAL, "dates/discharge": THE_DAY, "lines/1/date_from": "2026-05-05"}, "lines/1/date_from",
        {**IN_HOSPITAL, "dates/discharge": THE_DAY}, clean_claim,
    ),
    "cob.adjustment-repeated": (
        {f"{DECIDED}/adjustments": lambda old: [{**old[0], "amount_cents": 2500}] * 2 + old[1:]},
        f"{DECIDED}/adjustments", {}, secondary_claim,
    ),
    "cob.line-service": ({f"{DECIDED}/code": "9921"}, f"{DECIDED}/code", {f"{DECIDED}/code": "99212"}, secondary_claim),
    "cob.bundled-line": (
        {f"{DECIDED}/bundled_line_number": 3}, f"{DECIDED}/bundled_line_number",
        {f"{DECIDED}/bundled_line_number": 2}, secondary_claim,
    ),
    "coverage.turn-missing": ({"coverage/sequence": "T"}, "coverage/sequence", {}, secondary_claim),
    "subscriber.dependent-is-subscriber": (
        {"patient/first_name": "LUZ", "patient/birth_date": "1955-07-09"}, "coverage/relationship",
        {"patient/first_name": "LUIS", "patient/birth_date": "1955-07-09"}, dependent_claim,
    ),
    "subscriber.organization-patient": (
        {"coverage/subscriber/organization": True}, "coverage/relationship",
        {"coverage/subscriber/organization": True, "coverage/relationship": "employee"}, clean_claim,
    ),
    "address.facility-po-box": (
        {"service_facility": {**CLINIC, "address": {**PLACE, "line1": "PO BOX 9"}}},
        "service_facility/address/line1", {"service_facility": CLINIC}, clean_claim,
    ),
    "pay-to-plan.tax-id": (
        {"pay_to_plan": {**PLAN, "tax_id": "12345678"}}, "pay_to_plan/tax_id", {"pay_to_plan": PLAN}, clean_claim
    ),
    "address.pay-to-repeated": (
        {"pay_to_address": BILLED_FROM}, "pay_to_address",
        {"pay_to_address": PLACE}, clean_claim,
    ),
    "patient.pregnant-male": (
        {"patient_details/pregnant": True, "coverage/subscriber/sex": "M"}, "patient_details/pregnant",
        {"patient_details/pregnant": True}, clean_claim,
    ),
    "oversight.agency-missing": (
        {"lines/1/code": "G0181"}, "care_plan_oversight_number",
        {"lines/1/code": "G0181", "care_plan_oversight_number": "HHA1"}, clean_claim,
    ),
    "procedure.undescribed": (
        {"lines/1/code": "17999"}, "lines/1/description",
        {"lines/1/code": "17999", "lines/1/description": "LASER OF A SCAR"}, clean_claim,
    ),
    "equipment.incomplete": (
        {"lines/1/code": "E0143", "lines/1/equipment": MACHINE}, "lines/1/equipment/code",
        {"lines/1/code": "E0601", "lines/1/equipment": MACHINE}, clean_claim,
    ),
    "form.unanswered": (
        {"lines/1/forms": [{**FORM, "answers": [{"question": "1A"}]}]}, "lines/1/forms/0/answers",
        {"lines/1/forms": [FORM]}, clean_claim,
    ),
    "count.positive": (
        {"ambulance": {**RIDE, "patient_count": 0}}, "ambulance/patient_count",
        {"ambulance": {**RIDE, "patient_count": 1}}, clean_claim,
    ),
    "units.days": ({"lines/1/unit_basis": "DA"}, "lines/1/unit_basis", {"lines/1/unit_basis": "UN"}, clean_claim),
}  # fmt: skip


def places(claim: ClaimContent, code: str) -> set[str]:
    return {finding.path for finding in scrub(claim, ScrubContext(TODAY)).findings if finding.code == code}


def test_every_edit_has_a_case() -> None:
    own = (*snip4_order.EDITS.edits, *snip4_parts.EDITS.edits)
    assert sorted(CASES) == sorted(edit.code for edit in own)


@pytest.mark.parametrize("code", sorted(CASES))
def test_fires_and_is_silent(code: str) -> None:
    fires, at, silent, make = CASES[code]
    assert at in places(changed(make(), fires), code)
    assert places(changed(make(), silent), code) == set()


@pytest.mark.parametrize(
    ("changes", "code", "at"),
    [
        ({"lines/1/dates": {"shipped": "2026-09-02"}}, "date.line-date", "lines/1/dates/shipped"),
        ({"related_causes/accident_date": "1979-01-01"}, "date.before-birth", "related_causes/accident_date"),
        ({"dates/last_x_ray": "2026-05-05"}, "date.earlier-after-service", "dates/last_x_ray"),
        ({"lines/1/forms": [{**FORM, "code": " "}]}, "form.unanswered", "lines/1/forms/0/code"),
        ({"lines/1/forms": [{**FORM, "answers": []}]}, "form.unanswered", "lines/1/forms/0/answers"),
        ({"lines/1/obstetric_units": "0"}, "count.positive", "lines/1/obstetric_units"),
        (
            {"lines/1/equipment_certification": {"type_code": "I", "months": "0"}},
            "equipment.incomplete",
            "lines/1/equipment_certification/months",
        ),
        ({"lines/1/immunization_batch_number": "B" * 51}, "text.too-long", "lines/1/immunization_batch_number"),
        ({"care_plan_oversight_number": "A*B"}, "text.delimiter", "care_plan_oversight_number"),
        ({"patient/first_name": "BOB"}, "subscriber.self-name", "coverage/subscriber/first_name"),
    ],
)
def test_further_places(changes: Changes, code: str, at: str) -> None:
    assert places(changed(clean_claim(), changes), code) == {at}
    assert places(clean_claim(), code) == set()


@pytest.mark.parametrize(("first", "second"), [("MC", "MC"), ("MC", "OF"), ("CI", "MC")])
def test_medicaid_may_precede_itself_and_federal_programs(first: str, second: str) -> None:
    told = {"other_coverages/0/filing_indicator": first, "coverage/filing_indicator": second}
    assert places(changed(secondary_claim(), told), "coverage.medicaid-not-last") == set()


def test_another_relative_may_be_older() -> None:
    told = {"patient/birth_date": "1950-01-01", "coverage/relationship": "spouse"}
    assert places(changed(dependent_claim(), told), "subscriber.child-older") == set()


def test_units_of_a_stay_are_days_and_services_may_precede_it() -> None:
    claim = changed(institutional_claim(), {"lines/0/unit_basis": "DA", "lines/0/date_from": "2026-05-02"})
    assert places(claim, "units.days") == places(claim, "date.before-admission") == set()


def test_negative_units_of_a_decision() -> None:
    claim = changed(secondary_claim(), {f"{DECIDED}/units": "-1"})
    assert places(claim, "cob.line-service") == {f"{DECIDED}/units"}
