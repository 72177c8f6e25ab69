"""The small print of FHIR reading: coverage kinds, relationships, care teams, accidents, drugs, names, addresses."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from coding_svc.fhir import MappedEncounter, map_bundle
from coding_svc.fhir.states import state_code
from coding_svc.fhir.values import cents, codings, decimal, npi_of, phone_of, storable, tax_id_of
from coding_svc.schemas import EncounterRecord

from tests.unit.coding_svc import fhir_bundles as fb

Json = dict[str, Any]


def changed(kind: str, *more: Json, **fields: Any) -> Json:
    """The plain bundle with elements of its first resource of a type replaced, and more resources."""
    body = fb.plain()
    resource = next(e["resource"] for e in body["entry"] if e["resource"]["resourceType"] == kind)
    resource |= fields
    body["entry"] += [fb.entry(item) for item in more]
    return body


def read(body: Json) -> tuple[EncounterRecord, set[str]]:
    (encounter,) = map_bundle(body, "America/New_York").encounters
    assert encounter.record is not None, encounter.notices
    return encounter.record, codes(encounter)


def codes(encounter: MappedEncounter) -> set[str]:
    return {notice.code for notice in encounter.notices}


@pytest.mark.parametrize(
    ("kind", "payer_name", "filing", "assumed"),
    [
        ({"coding": [{"code": "EHCPOL"}]}, "Harbor", "CI", False),
        ({"coding": [{"code": "PPO"}]}, "Harbor", "12", False),
        ({"coding": [{"code": "WCBPOL"}]}, "Harbor", "WC", False),
        ({"coding": [{"system": "https://nahdo.org/sopt", "code": "111"}]}, "Harbor", "16", False),
        ({"coding": [{"system": "https://nahdo.org/sopt", "code": "12"}]}, "Harbor", "MB", False),
        ({"coding": [{"system": "https://nahdo.org/sopt", "code": "2"}]}, "Harbor", "MC", False),
        ({"coding": [{"system": "urn:oid:2.16.840.1.114222.4.11.3591.221.5", "code": "611"}]}, "Harbor", "BL", False),
        ({"text": "Commercial"}, "Medicare Part B", "MB", True),
        (None, "Blue Cross of Harbor", "BL", True),
        (None, "State Medicaid", "MC", True),
        (None, "TRICARE East", "CH", True),
        (None, "Harbor Health", "ZZ", True),
    ],
)
def test_filing_indicator(kind: Json | None, payer_name: str, filing: str, assumed: bool) -> None:
    body = changed("Coverage", type=kind)
    next(e["resource"] for e in body["entry"] if e["resource"]["id"] == "payer-1")["name"] = payer_name
    got, named = read(body)
    assert got.coverages[0].filing_indicator == filing
    assert ("fhir.filing-indicator-assumed" in named) == assumed


@pytest.mark.parametrize(
    ("relationship", "ours"),
    [
        ({"coding": [{"code": "spouse"}]}, "spouse"),
        ({"coding": [{"code": "01"}]}, "spouse"),
        ({"coding": [{"code": "19"}]}, "child"),
        ({"coding": [{"code": "CHILD"}]}, "child"),
        ({"text": "Domestic Partner"}, "life_partner"),
        ({"coding": [{"code": "parent"}]}, "other"),
        ({"coding": [{"code": "friend"}]}, "unknown"),
        (None, "unknown"),
    ],
)
def test_relationship_to_another_subscriber(relationship: Json | None, ours: str) -> None:
    other = fb.patient(id="pat-2", name=[{"family": "Rivera", "given": ["Luis"]}])
    body = changed("Coverage", other, relationship=relationship, subscriber={"reference": "Patient/pat-2"})
    got, named = read(body)
    assert got.coverages[0].relationship == ours
    assert got.coverages[0].subscriber is not None
    assert got.coverages[0].subscriber.first_name == "Luis"
    assert ("fhir.relationship-not-understood" in named) == (ours == "unknown")


def test_relationship_that_is_missing_is_self_where_the_patient_subscribes() -> None:
    got, named = read(changed("Coverage", relationship=None, subscriber={"reference": "Patient/pat-1"}))
    assert got.coverages[0].relationship == "self"
    assert "fhir.relationship-assumed" in named


@pytest.mark.parametrize(
    ("identifiers", "payer_id"),
    [
        ([{"system": fb.NPI, "value": "1234567893"}, {"system": "urn:x", "value": "60054"}], "60054"),
        ([{"system": "urn:x", "value": "9"}, {"system": "urn:oid:2.16.840.1.113883.6.300", "value": "12345"}], "12345"),
        ([{"system": "urn:x", "value": "b1c2d3e4-0000-4000-8000-000000000000"}], None),
        ([], None),
    ],
)
def test_payer_id(identifiers: list[Json], payer_id: str | None) -> None:
    body = fb.plain()
    next(e["resource"] for e in body["entry"] if e["resource"]["id"] == "payer-1")["identifier"] = identifiers
    got, named = read(body)
    assert [c.payer_id for c in got.coverages] == ([payer_id] if payer_id else [])
    assert ("fhir.payer-id-missing" in named) == (payer_id is None)


def test_r5_subscriber_id_and_group_as_identifiers() -> None:
    group = [{"type": {"coding": [{"code": "group"}]}, "value": {"value": "G-5"}}]
    got, _ = read(changed("Coverage", **{"subscriberId": [{"value": "M-5"}], "class": group}))
    assert (got.coverages[0].member_id, got.coverages[0].group_number) == ("M-5", "G-5")


def test_only_three_payers_fit_on_a_claim() -> None:
    got, named = read(changed("Patient", *(fb.coverage(id=f"c{n}", subscriberId=f"M{n}") for n in range(4))))
    assert len(got.coverages) == 3
    assert "fhir.coverage-too-many" in named


def test_care_team_accident_referral_and_drug() -> None:
    roles = ("primary", "supervisor", "referring", "assist")
    team = [{"provider": {"reference": "Practitioner/doc-1"}, "role": {"coding": [{"code": role}]}} for role in roles]
    item = {
        "sequence": 1,
        "productOrService": {"coding": [{"code": "J1100"}]},
        "quantity": {"value": 4},
        "servicedPeriod": {"start": "2026-05-04", "end": "2026-05-05"},
        "diagnosisSequence": [1, 9],
        "detail": [
            {
                "productOrService": {"coding": [{"system": "http://hl7.org/fhir/sid/ndc", "code": "12345-6789-01"}]},
                "quantity": {"value": 1.5, "code": "mL"},
            }
        ],
    }
    claim = fb.claim(
        careTeam=team,
        item=[item],
        accident={"date": "2026-05-01", "type": {"coding": [{"code": "MVA"}]}, "locationAddress": {"state": "Ohio"}},
        referral={"identifier": {"value": "REF-7"}},
    )
    got, named = read(changed("Encounter", claim, participant=[]))
    assert got.rendering_provider is not None
    assert got.supervising_provider is not None
    assert got.referring_provider is not None
    assert {"fhir.role-not-understood", "fhir.pointer-not-found"} <= named
    assert got.related_causes.auto_accident is True
    assert (got.related_causes.accident_state, got.related_causes.accident_date) == ("OH", date(2026, 5, 1))
    assert got.referral_number == "REF-7"
    line = got.service_lines[0]
    assert (line.date_from, line.date_to, line.diagnosis_refs) == (date(2026, 5, 4), date(2026, 5, 5), (1,))
    assert line.drug is not None
    assert (line.drug.ndc, line.drug.quantity, line.drug.unit) == ("12345678901", Decimal("1.5"), "ML")


@pytest.mark.parametrize(
    ("fields", "notice"),
    [
        ({"type": {"coding": [{"code": "institutional"}]}}, "fhir.claim-type-not-used"),
        ({"type": {"coding": [{"code": "pharmacy"}]}}, "fhir.claim-type-not-used"),
        ({"status": "cancelled"}, "fhir.entered-in-error"),
    ],
)
def test_claims_that_are_not_used(fields: Json, notice: str) -> None:
    got, named = read(changed("Patient", fb.claim(**fields)))
    assert got.service_lines == ()
    assert notice in named


@pytest.mark.parametrize(
    ("reference", "entity", "name", "first", "npi"),
    [
        ({"display": "Dr. Ngozi Okafor"}, "person", "Okafor", "Ngozi", None),
        ({"display": "Ngozi Okafor, MD"}, "person", "Okafor", "Ngozi", None),
        ({"display": "Harbor Clinic"}, "organization", "Harbor Clinic", None, None),
        (
            {"display": "Dr. Sato", "identifier": {"system": fb.NPI, "value": "1972851461"}},
            "person",
            "Sato",
            None,
            "1972851461",
        ),
    ],
)
def test_providers_known_by_display_only(
    reference: Json, entity: str, name: str, first: str | None, npi: str | None
) -> None:
    got, named = read(changed("Encounter", participant=[{"individual": reference}]))
    who = got.rendering_provider
    assert who is not None
    assert (who.entity, who.name, who.first_name, who.npi) == (entity, name, first, npi)
    assert "fhir.provider-by-reference" in named


def test_provider_that_leads_nowhere_is_named() -> None:
    got, named = read(changed("Encounter", participant=[{"individual": {"reference": "Practitioner/gone"}}]))
    assert got.rendering_provider is None
    assert "fhir.reference-not-found" in named


def test_several_participants_take_their_parts() -> None:
    second = fb.doctor(id="doc-2", name=[{"family": "Sato"}])
    part = [
        {"type": [{"coding": [{"code": "REF"}]}], "individual": {"reference": "Practitioner/doc-2"}},
        {"type": [{"coding": [{"code": "ATND"}]}], "individual": {"reference": "Practitioner/doc-1"}},
        {"type": [{"coding": [{"code": "translator"}]}], "individual": {"reference": "Practitioner/doc-2"}},
    ]
    got, named = read(changed("Encounter", second, participant=part))
    assert got.rendering_provider is not None
    assert got.referring_provider is not None
    assert (got.rendering_provider.name, got.referring_provider.name) == ("Okafor", "Sato")
    assert "fhir.role-not-understood" in named


@pytest.mark.parametrize(
    ("name", "last", "first"),
    [
        ([{"text": "Ana Maria Rivera"}], "Rivera", "Ana Maria"),
        ([{"text": "Rivera, Ana"}], "Rivera", "Ana"),
        ({"family": "Rivera", "given": ["Ana"]}, "Rivera", "Ana"),
        ([{"family": "Rivera", "given": "Ana"}], "Rivera", "Ana"),
        ([{"use": "nickname", "family": "R"}, {"family": "Rivera"}], "Rivera", None),
    ],
)
def test_names(name: Any, last: str, first: str | None) -> None:
    got, _ = read(changed("Patient", name=name))
    assert (got.patient.last_name, got.patient.first_name) == (last, first)


def test_addresses() -> None:
    multi = [
        {
            "line": ["1 A St\nFloor 2"],
            "city": "Boston",
            "state": "massachusetts",
            "postalCode": "02110",
            "country": "USA",
        }
    ]
    got, _ = read(changed("Patient", address=multi))
    assert got.patient.address is not None
    assert (got.patient.address.line1, got.patient.address.line2) == ("1 A St", "Floor 2")
    assert (got.patient.address.state, got.patient.address.country) == ("MA", "US")
    got, named = read(changed("Patient", address=[{"text": "1 A St, Boston"}]))
    assert got.patient.address is None
    assert "fhir.address-incomplete" in named


def test_an_overlong_essential_is_cut_and_an_impossible_one_refuses() -> None:
    got, named = read(changed("Patient", name=[{"family": "R" * 80}]))
    assert got.patient.last_name == "R" * 60
    assert "fhir.value-clipped" in named
    (refused,) = map_bundle(changed("Patient", birthDate="1700-01-01"), "UTC").encounters
    assert refused.record is None
    assert "fhir.birth-date-missing" in codes(refused)
    (refused,) = map_bundle(changed("Encounter", identifier=[{"value": "V" * 129}]), "UTC").encounters
    assert refused.record is None
    assert "fhir.external-id-missing" in codes(refused)


def test_a_provider_is_found_by_its_identifier() -> None:
    who = {"type": "Practitioner", "identifier": {"system": fb.NPI, "value": "1245319599"}}
    got, _ = read(changed("Encounter", participant=[{"individual": who}]))
    assert got.rendering_provider is not None
    assert got.rendering_provider.name == "Okafor"


def test_small_values() -> None:
    assert [cents(v) for v in ({"value": Decimal("12.34")}, 7, "1.005", True, None, {"value": -1}, {"value": "x"})] == [
        1234, 700, 100, None, None, None, None,
    ]  # fmt: skip
    junk: Any
    for junk in ("NaN", "1e400", "Infinity", False, []):
        assert decimal(junk) is None
    assert list(codings([{"coding": [{"code": "a", "system": "s"}]}, {"code": "b"}, 3])) == [
        ("s", "a", ""),
        ("", "b", ""),
    ]
    assert npi_of([{"system": fb.NPI, "value": "12"}]) is None
    assert npi_of([{"type": {"coding": [{"code": "NPI"}]}, "value": "1245319599"}]) == "1245319599"
    assert tax_id_of([{"type": {"coding": [{"code": "TAX"}]}, "value": "12-3456789"}]) == "123456789"
    assert phone_of([{"system": "phone", "value": "555-123-4567 x89"}]) == "5551234567"
    assert storable("a\x00b\ud800c") == "abc"
    assert (state_code("new york"), state_code("ny"), state_code("Ontario")) == ("NY", "NY", "ONTARIO")


def test_a_code_of_the_practices_chargemaster_is_kept_as_one() -> None:
    own = {"coding": [{"system": "https://lakeside.example/chargemaster", "code": "INJ-1"}]}
    foreign = {"coding": [{"system": "https://lakeside.example/colours", "code": "INJ-1"}]}
    item = {"sequence": 1, "servicedDate": "2026-05-04", "productOrService": own}
    got, named = read(changed("Patient", fb.claim(item=[item])))
    assert [(line.code, line.charge_code) for line in got.service_lines] == [(None, "INJ-1")]
    assert "fhir.line-code-not-understood" not in named
    got, named = read(changed("Patient", fb.claim(item=[{**item, "productOrService": foreign}])))
    assert not got.service_lines
    assert "fhir.line-code-not-understood" in named
