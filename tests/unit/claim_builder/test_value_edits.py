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
    "file-information.too-many": (
        {"file_information": ["X"] * 11}, "file_information", {"file_information": ["X"] * 10}, clean_claim
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
    ],
)
def test_what_a_line_carries_is_looked_at_as_well(changes: Changes, code: str, at: str) -> None:
    (place,) = places(changed(clean_claim(), changes), code)
    assert place.startswith(at)
    assert places(clean_claim(), code) == set()
