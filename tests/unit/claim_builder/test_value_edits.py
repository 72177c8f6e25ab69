"""Values out of the guide's lists: each edit fires on one that is none and is silent on one that is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from claim_builder.scrubbing import ScrubContext, scrub
from claim_builder.scrubbing.snip2_values import EDITS
from events.phi import ClaimContent

from tests.unit.claim_builder.claim_examples import TODAY, changed, clean_claim, secondary_claim

Changes = dict[str, Any]
PLACE = {"line1": "9 RIVER RD", "city": "TROY", "state": "NY", "postal_code": "12180"}
RIDE = {"reason_code": "A", "distance_miles": "0", "weight_pounds": "150", "pick_up": PLACE, "drop_off": PLACE}
PAPER = {"report_type_code": "OZ", "transmission_code": "EL", "control_number": "DOC1"}
HEIGHT = {"reference_code": "OG", "qualifier": "HT", "value": "70"}
LABORATORY = {"npi": "1234567893", "entity": "organization", "name": "LABORATORY", "address": PLACE}
PLAN = {"name": "OTHER PLAN", "payer_id": "12345", "tax_id": "123456789", "address": PLACE}
DRUG = {"ndc": "00409401201", "quantity": "1", "unit": "ML"}
BILLING, PAYER = "billing_provider/secondary_ids", "coverage/payer_secondary_ids"


def number(qualifier: str) -> list[dict[str, str]]:
    return [{"qualifier": qualifier, "value": "A12345"}]


def said(*codes: str) -> Changes:
    return {"prior_payments/0/outpatient": {"remark_codes": codes}}


CASES: dict[str, tuple[Changes, str, Changes, Callable[[], ClaimContent]]] = {
    "special-program.unknown": (
        {"special_program_code": "07"}, "special_program_code", {"special_program_code": "05"}, clean_claim
    ),
    "delay-reason.unknown": (
        {"delay_reason_code": "12"}, "delay_reason_code", {"delay_reason_code": "11"}, clean_claim
    ),
    "authorization-exception.unknown": (
        {"service_authorization_exception_code": "8"}, "service_authorization_exception_code",
        {"service_authorization_exception_code": "7"}, clean_claim,
    ),
    "insurance-type.unknown": (
        {"coverage/insurance_type_code": "11"}, "coverage/insurance_type_code",
        {"coverage/insurance_type_code": "12"}, secondary_claim,
    ),
    "contract.type": (
        {"lines/1/contract": {"type_code": "07"}}, "lines/1/contract/type_code",
        {"contract": {"type_code": "09"}}, clean_claim,
    ),
    "spinal.condition": (
        {"spinal_manipulation": {"condition_code": "B"}}, "spinal_manipulation/condition_code",
        {"spinal_manipulation": {"condition_code": "M"}}, clean_claim,
    ),
    "ambulance.reason": (
        {"lines/0/ambulance": {**RIDE, "reason_code": "F"}}, "lines/0/ambulance/reason_code",
        {"ambulance": RIDE}, clean_claim,
    ),
    "measurement.qualifier": (
        {"lines/0/measurements": [{**HEIGHT, "qualifier": "R5"}]}, "lines/0/measurements/0/qualifier",
        {"lines/0/measurements": [HEIGHT]}, clean_claim,
    ),
    "attachment.report-type": (
        {"lines/0/attachments": [{**PAPER, "report_type_code": "ZZ"}]}, "lines/0/attachments/0/report_type_code",
        {"attachments": [PAPER]}, clean_claim,
    ),
    "secondary-id.qualifier": (
        {BILLING: number("G2")}, f"{BILLING}/0/qualifier",
        {BILLING: number("1G"), PAYER: number("FY"), "rendering_provider/secondary_ids": number("G2")}, clean_claim,
    ),
    "condition-code.format": (
        {"condition_codes": ["AA", "AA"]}, "condition_codes/1", {"condition_codes": ["AA", "09"]}, clean_claim
    ),
    "anesthesia.procedure": (
        {"anesthesia_procedures": ["4712"]}, "anesthesia_procedures/0",
        {"anesthesia_procedures": ["47120"]}, clean_claim,
    ),
    "count.too-many": (
        {"file_information": ["X"] * 11}, "file_information", {"file_information": ["X"] * 10}, clean_claim
    ),
    "charge.parts": (
        {"lines/1/sales_tax_cents": 1_000, "lines/1/postage_cents": 201}, "lines/1/charge_cents",
        {"lines/1/sales_tax_cents": 1_000, "lines/1/postage_cents": 200}, clean_claim,
    ),
    "secondary-id.repeated": (
        {BILLING: number("1G") * 2}, f"{BILLING}/1/value", {BILLING: number("1G") + number("0B")}, clean_claim
    ),
    "secondary-id.empty": (
        {"rendering_provider/secondary_ids": [{"qualifier": "G2", "value": " "}]},
        "rendering_provider/secondary_ids/0/value", {"rendering_provider/secondary_ids": number("G2")}, clean_claim,
    ),
    "accident.country": (
        {"related_causes/accident_country": "MEX"}, "related_causes/accident_country",
        {"related_causes/accident_country": "MX"}, clean_claim,
    ),
    "person.name-letters": (
        {"rendering_provider/name": "12345"}, "rendering_provider/name",
        {"rendering_provider/name": "O", "billing_provider/name": "360"}, clean_claim,
    ),
    "measure.negative": (
        {"ambulance": {**RIDE, "distance_miles": "-1"}}, "ambulance/distance_miles", {"ambulance": RIDE}, clean_claim
    ),
    "coverage.repeated": (
        {"other_coverages/0/payer_id": "87726", "other_coverages/0/member_id": "S987654321"},
        "other_coverages/0/member_id", {"other_coverages/0/payer_id": "87726"}, secondary_claim,
    ),
    "frequency.control-number-placeholder": (
        {"frequency_code": "7", "payer_claim_control_number": "0000"}, "payer_claim_control_number",
        {"frequency_code": "7", "payer_claim_control_number": "0001"}, clean_claim,
    ),
    "cob.remark-code": (
        said("N130", "N0"), "prior_payments/0/outpatient/remark_codes/1", said("MA01", "N130"), secondary_claim
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
    ("changes", "code", "at"),
    [
        ({"lines/1/prior_authorization_number": "PENDING"}, "authorization.placeholder", "lines/1/"),
        ({"lines/1/referral_number": "see fax"}, "authorization.format", "lines/1/"),
        ({"lines/1/referring_clia_number": "33D123456"}, "clia.format", "lines/1/"),
        ({"patient_details/weight_pounds": "0"}, "measure.negative", "patient_details/"),
        ({"ambulance": {**RIDE, "weight_pounds": "0"}}, "measure.negative", "ambulance/"),
        ({"lines/0/measurements": [{**HEIGHT, "value": "-1"}]}, "measure.negative", "lines/0/measurements/0/"),
        ({"lines/0/measurements": [HEIGHT] * 6}, "count.too-many", "lines/0/"),
        ({"condition_codes": [f"A{n}" for n in range(10)] + [f"B{n}" for n in range(15)]}, "count.too-many", ""),
        ({"anesthesia_procedures": ["47120"] * 3}, "count.too-many", "anesthesia_procedures"),
        ({"conditions": [{"category": "75", "codes": ["IH"] * 6}]}, "count.too-many", "conditions/0"),
        (
            {BILLING: [{"qualifier": "0B", "value": f"L{n}"} for n in range(3)]},
            "secondary-id.repeated",
            f"{BILLING}/2/",
        ),
        ({"lines/0/attachments": [PAPER] * 11}, "attachment.too-many", "lines/0/"),
        ({"lines/0/service_facility": {**LABORATORY, "address": None}}, "service-facility.address", "lines/0/"),
        ({"patient_details/property_casualty_claim_number": "X" * 51}, "text.too-long", "patient_details/"),
        ({"coverage/billing_provider_number": "X" * 51}, "text.too-long", "coverage/"),
        ({PAYER: [{"qualifier": "FY", "value": "A~B"}]}, "text.delimiter", f"{PAYER}/0/"),
        ({"care_plan_oversight_number": "   "}, "text.too-short", "care_plan_oversight_number"),
        ({"lines/1/ordering_provider": {**LABORATORY, "phone": "12"}}, "phone.format", "lines/1/"),
        ({"patient/phone": "12", "patient_details/property_casualty_claim_number": "WC1"}, "phone.format", "patient/"),
        ({"pay_to_plan": {**PLAN, "name": "P" * 61}}, "text.too-long", "pay_to_plan/"),
        ({"contract": {"type_code": "09", "code": "C" * 51}}, "text.too-long", "contract/"),
        ({"lines/1/drug": {**DRUG, "prescription_number": "R" * 51}}, "text.too-long", "lines/1/drug/"),
        (
            {"lines/1/forms": [{"code": "484.03", "answers": [{"question": "Q" * 21}]}]},
            "text.too-long",
            "lines/1/forms/",
        ),
        (
            {
                "patient/address/country": "CA",
                "coverage/subscriber/address": {**PLACE, "country": "CA", "postal_code": "A1"},
            },
            "text.too-short",
            "coverage/subscriber/address/",
        ),
    ],
)
def test_what_a_line_carries_is_looked_at_as_well(changes: Changes, code: str, at: str) -> None:
    (place,) = places(changed(clean_claim(), changes), code)
    assert place.startswith(at)
    assert places(clean_claim(), code) == set()


def test_what_an_earlier_payer_says_is_looked_at_as_well() -> None:
    long = changed(secondary_claim(), {"prior_payments/0/payer_claim_control_number": "X" * 51})
    assert places(long, "text.too-long") == {"prior_payments/0/payer_claim_control_number"}
    nobody = changed(secondary_claim(), {"other_coverages/0/member_id": "UNKNOWN"})
    assert places(nobody, "subscriber.member-id-placeholder") == {"other_coverages/0/member_id"}
    nowhere = changed(secondary_claim(), {"other_coverages/0/subscriber/address/state": "ZZ"})
    assert places(nowhere, "address.state") == {"other_coverages/0/subscriber/address/state"}
    odd = changed(secondary_claim(), {"other_coverages/0/insurance_type_code": "11"})
    assert places(odd, "insurance-type.unknown") == {"other_coverages/0/insurance_type_code"}
    told = changed(secondary_claim(), {"prior_payments/0/coverage/member_id": "*"})
    assert places(told, "text.too-short") == {"prior_payments/0/coverage/member_id"}
    assert places(secondary_claim(), "text.too-short") == set(), "the same cover is not looked at twice"


def test_a_telephone_that_is_not_sent_is_not_looked_at() -> None:
    assert places(changed(clean_claim(), {"patient/phone": "12"}), "phone.format") == set()


def test_conditions_of_a_category_stand_as_often_as_it_may() -> None:
    ride = {"category": "07", "codes": ["04"]}
    home = {"category": "75", "codes": ["IH"]}
    assert places(changed(clean_claim(), {"conditions": [ride] * 3 + [home]}), "count.too-many") == set()
    assert places(changed(clean_claim(), {"conditions": [home] * 2}), "count.too-many") == {
        "conditions/0",
        "conditions/1",
    }
