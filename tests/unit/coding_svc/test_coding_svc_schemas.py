"""The strict encounter and the decision: what is taken, what is refused and where."""

from __future__ import annotations

import copy
import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from coding_svc.encounters import content_of, record_of, sha256_of
from coding_svc.schemas import DecisionIn, EncounterIn, EncounterRecord
from pydantic import ValidationError

Json = dict[str, Any]


def whole() -> Json:
    """Every field once."""
    address = {"line1": "12 Elm St", "line2": "Apt 4", "city": "Boston", "state": "MA", "postal_code": "02139-1234"}
    person = {"last_name": "Rivera", "first_name": "Luis", "birth_date": "1935-01-01", "sex": "M", "address": address}
    provider = {"entity": "person", "name": "Okafor", "first_name": "Ngozi", "npi": "1245319599"}
    return {
        "external_id": "V-1",
        "status": "final",
        "self_pay": False,
        "withhold_from_payer": False,
        "patient": {**person, "last_name": "Rivera", "medical_record_number": "M1", "phone": "6175550100"},
        "coverages": [
            {
                "payer_id": "HARB1",
                "payer_name": "Harbor",
                "filing_indicator": "CI",
                "member_id": "HH1",
                "group_number": "G",
                "group_name": "Works",
                "relationship": "child",
                "subscriber": person,
                "payer_address": address,
            }
        ],
        "billing_provider": {
            "entity": "organization",
            "name": "Elm",
            "npi": "1234567893",
            "tax_id": "123456789",
            "tax_id_type": "EI",
            "taxonomy_code": "207Q00000X",
            "address": address,
            "contact_name": "Jo",
            "phone": "6175550199",
        },
        "rendering_provider": provider,
        "referring_provider": provider,
        "ordering_provider": provider,
        "supervising_provider": provider,
        "service_facility": {"entity": "organization", "name": "Site", "address": address},
        "pay_to_address": address,
        "service_date": "2026-05-04",
        "service_date_to": "2026-05-05",
        "place_of_service": "11",
        "visit_type": "office",
        "new_patient": True,
        "notes": [
            {
                "id": "n1",
                "type": "progress",
                "text": "Assessment: gout.",
                "author": "Ngozi Okafor",
                "author_npi": "1245319599",
                "authored_at": "2026-05-04T10:00:00-04:00",
                "signed_at": None,
            }
        ],
        "diagnoses": [{"icd10cm": "m109", "snomed": "90560007", "text": "Gout", "rank": 1}, {"snomed": "44054006"}],
        "service_lines": [
            {
                "id": "1",
                "code": "J1100",
                "modifiers": ["JZ"],
                "units": 4,
                "charge_cents": 1250,
                "diagnosis_refs": [1, 2],
                "drug": {"ndc": "12345678901", "quantity": "1.5", "unit": "ML"},
                "note": "x",
            }
        ],
        "orders": [{"id": "o", "text": "HbA1c", "code": "83036", "status": "completed", "performed_in_practice": True}],
        "total_minutes": 32,
        "mdm": {"problems": "moderate", "data": "limited", "risk": "low"},
        "prior_authorization_number": "PA1",
        "referral_number": "R1",
        "clia_number": "22D1234567",
        "related_causes": {"auto_accident": True, "accident_date": "2026-05-01", "accident_state": "MA"},
        "dates": {"onset": "2026-05-01"},
        "attachments": [
            {"report_type_code": "OZ", "transmission_code": "EL", "control_number": "A1", "sha256": "a" * 64}
        ],
        "claim_note": "see note",
    }


def taken(body: Json) -> EncounterIn:
    return EncounterIn.model_validate_json(json.dumps(body))


def at(body: Json, path: str, value: Any) -> Json:
    """The body with one place changed; `path` is a JSON pointer, a last step that is missing is made."""
    made = copy.deepcopy(body)
    holder: Any = made
    *steps, last = path.strip("/").split("/")
    for step in steps:
        holder = holder[int(step)] if isinstance(holder, list) else holder[step]
    if isinstance(holder, list):
        holder[int(last)] = value
    else:
        holder[last] = value
    return made


def test_everything_is_taken_and_normalised() -> None:
    got = taken(whole())
    assert got.diagnoses[0].icd10cm == "M10.9"
    assert got.pay_to_address is not None
    assert got.pay_to_address.postal_code == "021391234"
    assert got.service_lines[0].units == Decimal(4)
    assert got.coverages[0].subscriber is not None
    assert got.service_date_to == date(2026, 5, 5)


def test_the_least_that_is_taken() -> None:
    body = {
        "external_id": "V",
        "patient": {"last_name": "R", "birth_date": "1961-02-03"},
        "billing_provider": {"entity": "organization", "name": "Elm"},
        "service_date": "2026-05-04",
    }
    got = taken(body)
    assert (got.status, got.place_of_service, got.notes, got.coverages) == ("final", "11", (), ())


def test_stored_form_is_the_same_for_equal_encounters() -> None:
    spoken = {**whole(), "status": "final", "self_pay": False, "mdm": whole()["mdm"]}
    silent = {k: v for k, v in whole().items() if k not in {"status", "self_pay", "withhold_from_payer"}}
    assert content_of(taken(spoken)) == content_of(taken(silent))
    assert sha256_of(content_of(taken(spoken))) != sha256_of(content_of(taken(at(whole(), "/claim_note", "other"))))
    stored = record_of(content_of(taken(whole())))
    assert content_of(stored) == content_of(taken(whole()))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("/unknown", 1),
        ("/patient/ssn", "1"),
        ("/coverages/0/plan", "x"),
        ("/notes/0/html", "x"),
        ("/external_id", ""),
        ("/external_id", "a" * 129),
        ("/external_id", 7),
        ("/external_id", None),
        ("/external_id", "a\x00b"),
        ("/external_id", "a\ud800b"),
        ("/notes/0/text", "a\x00b"),
        ("/notes/0/text", "x\udfff"),
        ("/notes/0/text", "x" * 200_001),
        ("/notes/0/text", ""),
        ("/notes/0/authored_at", "2026-05-04T10:00:00"),
        ("/notes/0/signed_at", True),
        ("/notes", "text"),
        ("/notes", [{"text": "x"}] * 51),
        ("/self_pay", 1),
        ("/self_pay", "true"),
        ("/status", "done"),
        ("/patient", []),
        ("/patient/birth_date", None),
        ("/patient/birth_date", "1961-02-30"),
        ("/patient/birth_date", 19610203),
        ("/patient/birth_date", "0001-01-01"),
        ("/patient/sex", "female"),
        ("/patient/last_name", "x" * 61),
        ("/patient/phone", "617-555"),
        ("/patient/address/state", "Mass"),
        ("/patient/address/postal_code", "?"),
        ("/coverages/0/relationship", "cousin"),
        ("/coverages/0/subscriber", None),
        ("/coverages/0/filing_indicator", "XX"),
        ("/coverages", [{}] * 4),
        ("/billing_provider", None),
        ("/billing_provider/npi", "123"),
        ("/billing_provider/npi", 1234567893),
        ("/billing_provider/tax_id", "12-3456789"),
        ("/billing_provider/entity", "group"),
        ("/service_date", "2026-05-04T00:00:00Z"),
        ("/service_date", "04.05.2026"),
        ("/service_date_to", "2026-05-03"),
        ("/place_of_service", 11),
        ("/place_of_service", "1"),
        ("/visit_type", "drive-through"),
        ("/new_patient", 0),
        ("/diagnoses/0/icd10cm", "10.9"),
        ("/diagnoses/0/rank", 0),
        ("/diagnoses/1", {"text": "no code"}),
        ("/service_lines/0/code", "9921"),
        ("/service_lines/0/modifiers", ["25", "59", "RT", "XS", "GT"]),
        ("/service_lines/0/units", 0),
        ("/service_lines/0/units", True),
        ("/service_lines/0/units", -1),
        ("/service_lines/0/units", 10**12),
        ("/service_lines/0/charge_cents", 12.5),
        ("/service_lines/0/charge_cents", "1250"),
        ("/service_lines/0/charge_cents", False),
        ("/service_lines/0/charge_cents", -1),
        ("/service_lines/0/charge_cents", 2**63),
        ("/service_lines/0/charge_cents", 10**400),
        ("/service_lines/0/diagnosis_refs", [3]),
        ("/service_lines/0/diagnosis_refs", [0]),
        ("/service_lines/0/diagnosis_refs", [1, 1, 1, 1, 1]),
        ("/service_lines/0/drug/ndc", "1234-5678-90"),
        ("/orders/0/status", "maybe"),
        ("/total_minutes", 1441),
        ("/total_minutes", 3.5),
        ("/total_minutes", float("nan")),
        ("/total_minutes", float("inf")),
        ("/mdm/risk", "enormous"),
        ("/clia_number", "22X1234567"),
        ("/attachments/0/sha256", "zz"),
        ("/attachments/0/transmission_code", "QQ"),
        ("/claim_note", ""),
        ("/dates/onset", "yesterday"),
    ],
)
def test_what_is_refused_and_where(path: str, value: Any) -> None:
    with pytest.raises(ValidationError) as refused:
        taken(at(whole(), path, value))
    places = {"/" + "/".join(map(str, fault["loc"])) for fault in refused.value.errors()}
    assert any(path.startswith(place) or place.startswith(path) for place in places), places


@pytest.mark.parametrize("missing", ["external_id", "patient", "billing_provider", "service_date"])
def test_what_must_be_there(missing: str) -> None:
    body = whole()
    del body[missing]
    with pytest.raises(ValidationError):
        taken(body)


def test_a_stored_record_may_lack_the_billing_provider() -> None:
    body = whole()
    del body["billing_provider"]
    assert EncounterRecord.model_validate_json(json.dumps(body)).billing_provider is None


@pytest.mark.parametrize(
    "body",
    [
        {"encounter_version": None},
        {"reason": "no"},
        {"encounter_version": True},
        {"decision": "delete"},
        {"decision": "close", "edits": [{"action": "reject", "ref": "d1", "reason": "why"}]},
        {"edits": [{"action": "reject", "reason": "why"}]},
        {"edits": [{"action": "add", "ref": "d1", "reason": "why"}]},
        {"edits": [{"action": "add", "reason": "why"}]},
        {"edits": [{"action": "add", "diagnosis": "I10", "procedure": "99213", "reason": "why"}]},
        {"edits": [{"action": "accept", "ref": "x1", "reason": "why"}]},
        {"edits": [{"action": "accept", "ref": "d1"}]},
        {"edits": [{"action": "accept", "ref": "d1", "reason": "why", "color": "red"}]},
    ],
)
def test_decisions_that_are_refused(body: Json) -> None:
    given = {"encounter_version": 1, "reason": "ok then", **body}
    DecisionIn.model_validate_json('{"encounter_version": 1, "reason": "ok then"}')
    with pytest.raises(ValidationError):
        DecisionIn.model_validate_json(json.dumps(given))
