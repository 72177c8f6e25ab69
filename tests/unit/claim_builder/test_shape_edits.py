"""Edits of particular shapes: each fires on its fault and is silent on its nearest neighbour that is right."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from claim_builder.scrubbing import ScrubContext, scrub
from claim_builder.scrubbing.snip4_shapes import EDITS
from events.phi import ClaimContent

from tests.unit.claim_builder.claim_examples import DAY, TODAY, changed, clean_claim, secondary_claim

Changes = dict[str, Any]
PLACE = {"line1": "9 RIVER RD", "city": "TROY", "state": "NY", "postal_code": "12180"}
RIDE = {"reason_code": "A", "distance_miles": "12", "pick_up": PLACE, "drop_off": {**PLACE, "line1": "1 HOSPITAL DR"}}
CLINIC = {"npi": "1234567893", "entity": "organization", "name": "REFERENCE LAB"}
DRUG = {"ndc": "00409401201", "quantity": "1", "unit": "ML", "compound": True}
MB = "coverage/filing_indicator"
EMERGENCY = {"lines/0/code": "A0429", "lines/0/modifiers": ["RH"]}
MILES = {"lines/0/code": "A0425", "lines/0/modifiers": ["RH"], "ambulance": RIDE}
ANESTHESIA = {"lines/0/code": "00840", "lines/0/unit_basis": "MJ", "lines/0/units": "45", MB: "MB"}
STRETCHER = [{"category": "07", "applies": True, "codes": ["04"]}]


def epsdt(applies: bool, code: str) -> Changes:
    return {"conditions": [{"category": "ZZ", "applies": applies, "codes": [code]}]}


CASES: dict[str, tuple[Changes, str, Changes, Callable[[], ClaimContent]]] = {
    "ambulance.transport-missing": (EMERGENCY, "lines/0/ambulance", {**EMERGENCY, "ambulance": RIDE}, clean_claim),
    "ambulance.modifier-missing": (
        {**EMERGENCY, "lines/0/modifiers": ["QM"], "ambulance": RIDE, MB: "MB"}, "lines/0/modifiers",
        {**EMERGENCY, "ambulance": RIDE, MB: "MB"}, clean_claim,
    ),
    "anesthesia.modifier-missing": (
        {**ANESTHESIA, "lines/0/modifiers": ["P2"]}, "lines/0/modifiers",
        {**ANESTHESIA, "lines/0/modifiers": ["QZ", "P2"]}, clean_claim,
    ),
    "ambulance.places-missing": (
        {"ambulance": {**RIDE, "drop_off": None}}, "ambulance/drop_off", {"ambulance": RIDE}, clean_claim
    ),
    "ambulance.condition-missing": (
        {"ambulance": RIDE}, "conditions", {"ambulance": RIDE, "conditions": STRETCHER}, clean_claim
    ),
    "ambulance.miles": (
        {**MILES, "lines/0/units": "30"}, "lines/0/units", {**MILES, "lines/0/units": "13"}, clean_claim
    ),
    "condition.code": (
        {"conditions": [{"category": "75", "codes": ["01"]}]}, "conditions/0/codes",
        {"conditions": [{"category": "75", "codes": ["IH"]}]}, clean_claim,
    ),
    "epsdt.referral": (epsdt(True, "NU"), "conditions/0/applies", epsdt(False, "NU"), clean_claim),
    "medicare.insurance-type-missing": (
        {MB: "MB"}, "coverage/insurance_type_code", {MB: "MB", "coverage/insurance_type_code": "12"}, secondary_claim
    ),
    "medicare.insurance-type-unexpected": (
        {MB: "MB", "coverage/insurance_type_code": "12"}, "coverage/insurance_type_code", {MB: "MB"}, clean_claim
    ),
    "medicare.insurance-type-age": (
        {MB: "MB", "coverage/insurance_type_code": "12"}, "coverage/insurance_type_code",
        {MB: "MB", "coverage/insurance_type_code": "43"}, secondary_claim,
    ),
    "medicare.earlier-payers": (
        {MB: "MB", "prior_payments": lambda old: old * 2}, "prior_payments", {MB: "MB"}, secondary_claim
    ),
    "casualty.claim-number": (
        {MB: "WC"}, "patient_details/property_casualty_claim_number",
        {MB: "WC", "patient_details/property_casualty_claim_number": "WC1"}, clean_claim,
    ),
    "casualty.cause": (
        {MB: "WC"}, "related_causes/employment", {MB: "WC", "related_causes/employment": True}, clean_claim
    ),
    "chiropractic.initial-treatment": (
        {MB: "MB", "lines/0/code": "98940"}, "dates/initial_treatment",
        {MB: "MB", "lines/0/code": "98940", "dates/initial_treatment": DAY.isoformat()}, clean_claim,
    ),
    "purchased-service.incomplete": (
        {"lines/0/purchased_service_cents": 900}, "lines/0/purchased_service_cents",
        {"lines/0/purchased_service_cents": 900, "lines/0/purchased_service_provider": CLINIC}, clean_claim,
    ),
    "drug.compound-number": (
        {"lines/0/drug": DRUG}, "lines/0/drug/prescription_number",
        {"lines/0/drug": {**DRUG, "prescription_number": "L1"}}, clean_claim,
    ),
    "patient-paid.too-much": (
        {"patient_paid_cents": 16_201}, "patient_paid_cents", {"patient_paid_cents": 16_200}, clean_claim
    ),
    "date.death-before-service": (
        {"patient_details/death_date": "2026-05-03"}, "patient_details/death_date",
        {"patient_details/death_date": DAY.isoformat()}, clean_claim,
    ),
    "date.period-order": (
        {"dates/assumed_care": "2026-05-05", "dates/relinquished_care": "2026-05-04"}, "dates/relinquished_care",
        {"dates/assumed_care": "2026-05-05", "dates/relinquished_care": "2026-05-05"}, clean_claim,
    ),
}  # fmt: skip


def places(claim: ClaimContent, code: str) -> set[str]:
    return {finding.path for finding in scrub(claim, ScrubContext(TODAY)).findings if finding.code == code}


def test_every_edit_has_a_case() -> None:
    assert sorted(CASES) == sorted(edit.code for edit in EDITS.edits)


@pytest.mark.parametrize("code", sorted(CASES))
def test_fires_and_is_silent(code: str) -> None:
    fires, at, silent, make = CASES[code]
    assert at in places(changed(make(), fires), code)
    assert places(changed(make(), silent), code) == set()


@pytest.mark.parametrize(
    ("kind", "born", "found"),
    [
        ("12", "1961-06-30", False),  # Medicare from June on, or from May if born on the first
        ("12", "1961-07-01", True),
        ("43", "1961-04-01", False),
        ("43", "1961-03-31", True),
        ("13", "1990-01-01", False),  # kidneys know no age
        ("12", None, False),
    ],
)
def test_the_aged_begin_with_the_month_of_their_birthday(kind: str, born: str | None, found: bool) -> None:
    who = {"coverage/subscriber/birth_date": born, "patient/birth_date": born}
    told = {MB: "MB", "coverage/insurance_type_code": kind, "service_date": "2026-05-04", **who}
    at = {"coverage/insurance_type_code"} if found else set()
    assert places(changed(secondary_claim(), told), "medicare.insurance-type-age") == at


def test_a_line_may_have_a_transport_of_its_own() -> None:
    claim = changed(clean_claim(), {**EMERGENCY, "lines/0/ambulance": {**RIDE, "pick_up": None}})
    assert places(claim, "ambulance.transport-missing") == set()
    assert places(claim, "ambulance.places-missing") == {"lines/0/ambulance/pick_up"}


def test_other_payers_take_a_transport_and_anesthesia_without_medicares_modifiers() -> None:
    ride = changed(clean_claim(), {**EMERGENCY, "lines/0/modifiers": [], "ambulance": RIDE})
    assert places(ride, "ambulance.modifier-missing") == set()
    asleep = changed(clean_claim(), {**ANESTHESIA, "lines/0/modifiers": [], MB: "CI"})
    assert places(asleep, "anesthesia.modifier-missing") == set()


@pytest.mark.parametrize(("worked", "returned", "found"), [("05-01", "04-30", True), ("05-01", "05-01", False)])
def test_work_is_resumed_after_it_ended(worked: str, returned: str, found: bool) -> None:
    claim = changed(clean_claim(), {"dates/last_worked": f"2026-{worked}", "dates/return_to_work": f"2026-{returned}"})
    assert places(claim, "date.period-order") == ({"dates/return_to_work"} if found else set())


def test_where_an_ambulance_went_is_a_known_modifier_of_its_services_alone() -> None:
    assert places(changed(clean_claim(), {**EMERGENCY, "ambulance": RIDE}), "modifier.unknown") == set()
    assert places(changed(clean_claim(), {"lines/0/modifiers": ["RH"]}), "modifier.unknown") == {"lines/0/modifiers/0"}
