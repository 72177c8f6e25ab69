"""Forty single defects in a clean encounter are each found by the dry run, and rare but right encounters are not held.

Each was written down before it was tried. A value that the schema refuses is found as well: the answer is 422.
"""

from __future__ import annotations

from typing import Any

from claim_builder import fields

from tests.service.claim_builder.conftest import Stage
from tests.unit.claim_builder.claim_examples import CODED

Changes = dict[str, Any]
COVER, SUBSCRIBER = "coverages/0", "coverages/0/subscriber"
PLACE = {"line1": "1 HILL RD", "city": "ALBANY", "state": "NY", "postal_code": "122081111"}
HOSPITAL = {"npi": "1003000126", "entity": "organization", "name": "HILL HOSPITAL", "address": PLACE}
DOCTOR = {"npi": "1003000126", "entity": "person", "name": "COLE", "first_name": "ANN"}
RIDE = {"reason_code": "A", "distance_miles": "10", "pick_up": PLACE, "drop_off": PLACE}
PAPER = {"report_type_code": "OZ", "transmission_code": "EL"}
DRUG = {"ndc": "00409401201", "quantity": "1", "unit": "ML"}
OTHER = {**CODED.coverages[0].model_dump(mode="json"), "sequence": "S", "payer_id": "87726", "member_id": "S1"}


def both(field: str, value: Any) -> Changes:
    """A fact about the patient, who is the subscriber."""
    return {f"patient/{field}": value, f"{SUBSCRIBER}/{field}": value}


def second(**changes: Any) -> Changes:
    """A second coverage."""
    return {"coverages": lambda old: [*old, {**OTHER, **changes}]}


DEFECTS: dict[str, Changes] = {
    "member id of blanks": {f"{COVER}/member_id": "  "},
    "member id says self": {f"{COVER}/member_id": "Self"},
    "member id with a control character": {f"{COVER}/member_id": "W12\u000334"},
    "born after the service": both("birth_date", "2026-06-01"),
    "born in 1850": both("birth_date", "1850-06-01"),
    "a name of digits": both("last_name", "12345"),
    "sex missing": both("sex", None),
    "no such state": {f"{SUBSCRIBER}/address/state": "ZZ"},
    "five zeros as ZIP": {f"{SUBSCRIBER}/address/postal_code": "00000"},
    "country of three letters": {f"{SUBSCRIBER}/address/country": "USA"},
    "NPI mistyped": {"billing_provider/npi": "1234567890"},
    "NPI too short": {"rendering_provider/npi": "124531959"},
    "tax id of one digit": {"billing_provider/tax_id": "000000000"},
    "billing from a box": {"billing_provider/address/line1": "P O Box 9"},
    "billing ZIP without +4": {"billing_provider/address/postal_code": "12207"},
    "taxonomy cut": {"rendering_provider/taxonomy_code": "207Q0000X"},
    "referred by an organization": {"referring_provider": {**DOCTOR, "entity": "organization"}},
    "unknown filing indicator": {f"{COVER}/filing_indicator": "XX"},
    "diagnosis with a digit too many": {"diagnoses/0/code": "I10.0"},
    "category for a diagnosis": {"diagnoses/1/code": "E11"},
    "external cause first": {"diagnoses/0/code": "W19.XXXA"},
    "diagnosis twice": {"diagnoses/1/code": "I10"},
    "pointer to nowhere": {"lines/1/pointers": [3]},
    "code beyond CPT": {"lines/1/code": "99999"},
    "modifier of one character": {"lines/0/modifiers": ["2"]},
    "professional and technical component": {"lines/1/modifiers": ["26", "TC"]},
    "no units": {"lines/0/units": "0"},
    "negative charge": {"lines/0/charge_cents": -1},
    "minutes of a visit": {"lines/0/unit_basis": "MJ"},
    "no such place of service": {"place_of_service": "98"},
    "inpatient without admission": {"place_of_service": "21", "service_facility": HOSPITAL},
    "auto accident without state": {"related_causes": {"auto_accident": True, "accident_date": "2026-05-01"}},
    "service still to come": {"lines/1/date_from": "2026-12-04"},
    "onset after the service": {"dates": {"onset": "2026-06-01"}},
    "authorization pending": {"lines/0/prior_authorization_number": "PENDING"},
    "NDC of zeros": {"lines/1/drug": {**DRUG, "ndc": "00000000000"}},
    "letter sent without number": {"attachments": [PAPER]},
    "two primary payers": second(sequence="P"),
    "the same coverage twice": second(payer_id=CODED.coverages[0].payer_id, member_id=CODED.coverages[0].member_id),
    "ambulance for no reason": {"lines/1/code": "A0429", "ambulance": {**RIDE, "reason_code": "Z"}},
}
RARE: dict[str, Changes] = {
    "a patient of one name": {**both("first_name", None), **both("last_name", "SUKARNO")},
    "a newborn of the day": both("birth_date", "2026-05-04"),
    "a patient of 104 years": both("birth_date", "1922-01-31"),
    "from Canada": both("address", {**PLACE, "state": "ON", "postal_code": "M5V2T6", "country": "CA"}),
    "at an army post office": both("address", {**PLACE, "city": "APO", "state": "AE", "postal_code": "09012"}),
    "a hyphen and an apostrophe": both("last_name", "O'BRIEN-SMITH"),
    "billed under an ITIN": {"billing_provider/tax_id": "900701234", "billing_provider/tax_id_type": "SY"},
    "video at home": {"place_of_service": "10", "lines/0/modifiers": ["25", "95"]},
    "half a unit of a drug": {"lines/1/code": "J1100", "lines/1/units": "0.5", "lines/1/drug": DRUG},
    "a code of category III over two days": {"lines/1/code": "0275T", "lines/0/date_to": "2026-05-05"},
    "an unlisted service in words": {"lines/1/code": "17999", "lines/1/description": "LASER OF A SCAR"},
    "three payers": {"coverages": lambda old: [*old, OTHER, {**OTHER, "sequence": "T", "payer_id": "11111"}]},
    "an employer insured for work": {
        SUBSCRIBER: {"last_name": "ELM FOUNDRY", "organization": True},
        f"{COVER}/relationship": "employee",
        f"{COVER}/filing_indicator": "WC",
        "related_causes": {"employment": True, "accident_date": "2026-05-01"},
    },
    "a crash in Mexico": {
        "related_causes": {"auto_accident": True, "accident_date": "2026-05-01", "accident_country": "MX"}
    },
}
PRICED = {"lines/0/charge_cents": 15_000, "lines/1/charge_cents": 1_200}


async def errors(stage: Stage, changes: Changes) -> set[str]:
    """Codes of what would hold the encounter with these changes; the schema's refusal is one of them."""
    tree = CODED.model_dump(mode="json")
    for path, value in {**PRICED, **changes}.items():
        fields.write(tree, path, value(fields.read(tree, path)) if callable(value) else value)
    answer = await stage.post("/v1/claims/validate", {"encounter": tree})
    if answer.status_code == 422:
        return {answer.json()["code"]}
    return {finding["code"] for finding in answer.json()["findings"] if finding["severity"] == "error"}


async def test_every_defect_is_found(stage: Stage) -> None:
    assert len(DEFECTS) == 40
    assert [name for name, changes in DEFECTS.items() if not await errors(stage, changes)] == []


async def test_what_is_rare_but_right_is_not_held(stage: Stage) -> None:
    held = {name: found for name, changes in RARE.items() if (found := await errors(stage, changes))}
    assert held == {}
    assert await errors(stage, {}) == set()
