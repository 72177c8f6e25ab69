"""What a biller may fix, and how fixes survive a rebuild."""

from __future__ import annotations

import pytest
from claim_builder import fields
from claim_builder.errors import FieldNotFixable
from claim_builder.fixing import FIXABLE, Fix, apply_fixes, fix_for, fixed_lines
from pydantic import ValidationError
from submission_svc.claim_837p import claim as claim_837p

from tests.unit.claim_builder.claim_examples import changed, clean_claim, institutional_claim, secondary_claim


def test_a_fix_remembers_what_it_was_made_for() -> None:
    claim = clean_claim()
    fix = fix_for(claim, "coverage/member_id", "W999")
    assert fix == Fix("coverage/member_id", "W123456789", "W999")
    assert apply_fixes(claim, [fix]).coverage.member_id == "W999"
    rebuilt = changed(claim, {"coverage/member_id": "BETTER"})
    assert apply_fixes(rebuilt, [fix]) == rebuilt


def test_fixes_build_on_each_other_and_the_total_follows() -> None:
    claim = clean_claim()
    first = fix_for(claim, "lines/0/charge_cents", 20_000)
    second = fix_for(apply_fixes(claim, [first]), "lines/0/charge_cents", 21_000)
    assert apply_fixes(claim, [first, second]).charge_cents == 22_200
    assert apply_fixes(claim, [second]).charge_cents == 16_200
    assert fixed_lines([first, second]) == {0}


def test_whole_parts_can_be_given_or_emptied() -> None:
    claim = clean_claim()
    provider = {"npi": "1245319599", "entity": "person", "name": "ADAMS"}
    added = apply_fixes(claim, [fix_for(claim, "referring_provider", provider)])
    assert added.referring_provider is not None and added.referring_provider.name == "ADAMS"
    assert apply_fixes(claim, [fix_for(claim, "rendering_provider", None)]).rendering_provider is None
    assert apply_fixes(claim, [fix_for(claim, "lines/1/pointers", [1, 2])]).lines[1].pointers == (1, 2)


def test_a_fixed_cover_stands_beside_its_payers_decision_as_well() -> None:
    """The file says of a payer that has decided what stands beside its decision."""
    claim = secondary_claim()
    fixed = apply_fixes(claim, [fix_for(claim, "other_coverages/0/member_id", "W9")])
    assert [it.member_id for it in (*fixed.other_coverages, fixed.prior_payments[0].coverage)] == ["W9", "W9"]
    assert fixed.prior_payments[0].lines == claim.prior_payments[0].lines
    written = {it.member_id for it in claim_837p(fixed).other_coverages}
    assert written == {"W9"}
    alone = apply_fixes(claim, [fix_for(claim, "prior_payments/0/coverage/member_id", "W8")])
    assert (alone.other_coverages[0].member_id, alone.prior_payments[0].coverage.member_id) == ("W123456789", "W8")


NOT_A_BILLERS = [
    "diagnosis_codes",
    "diagnosis_codes/0",
    "lines",
    "lines/0/code",
    "lines/0/units/0",
    "charge_cents",
    "frequency_code",
    "patient",
    "/",
    "",
]


@pytest.mark.parametrize("field", NOT_A_BILLERS)
def test_what_is_not_a_billers(field: str) -> None:
    with pytest.raises(FieldNotFixable, match=r"fix\.field-not-allowed"):
        fix_for(clean_claim(), field, None)


@pytest.mark.parametrize("field", ["lines/9/units", "referring_provider/npi", "other_coverages/0/member_id"])
def test_what_is_not_there(field: str) -> None:
    with pytest.raises(FieldNotFixable, match=r"fix\.field-not-there"):
        fix_for(clean_claim(), field, None)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("service_date", "4 May"),
        ("lines/0/units", "many"),
        ("lines/0/charge_cents", -1),
        ("coverage/member_id", None),
    ],
)
def test_a_value_that_the_field_cannot_hold(field: str, value: object) -> None:
    with pytest.raises(ValidationError):
        fix_for(clean_claim(), field, value)


def test_a_fix_for_a_line_that_is_gone_does_nothing() -> None:
    claim = clean_claim()
    fix = fix_for(claim, "lines/1/units", "2")
    shorter = changed(claim, {"lines": lambda lines: lines[:1], "charge_cents": 15_000})
    assert apply_fixes(shorter, [fix]) == shorter


def test_no_code_and_no_number_of_ours_is_fixable() -> None:
    forbidden = {
        "lines/*/code",
        "diagnosis_codes/*",
        "patient_control_number",
        "lines/*/line_item_control_number",
    }
    assert not forbidden & set(FIXABLE)
    assert len(FIXABLE) == len(set(FIXABLE))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("institutional/patient_status_code", "30"),
        ("institutional/values", [{"code": "80", "amount": "3"}]),
        ("attending_provider/npi", "1003000126"),
        ("lines/2/revenue_code", "0110"),
        ("patient_paid_cents", 500),
        ("conditions", [{"category": "75", "applies": True, "codes": ["IH"]}]),
    ],
)
def test_what_a_claims_situation_lacks_can_be_completed(field: str, value: object) -> None:
    content = institutional_claim()
    fixed = apply_fixes(content, [fix_for(content, field, value)])
    assert fields.read(fixed.model_dump(mode="json"), field) != fields.read(content.model_dump(mode="json"), field)


@pytest.mark.parametrize("field", ["institutional/admitting_diagnosis_code", "institutional/principal_procedure"])
def test_codes_of_a_stay_come_from_the_record(field: str) -> None:
    with pytest.raises(FieldNotFixable, match=r"fix\.field-not-allowed"):
        fix_for(institutional_claim(), field, None)
