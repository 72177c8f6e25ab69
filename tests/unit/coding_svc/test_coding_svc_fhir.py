"""FHIR bundles of many shapes become encounters; what is missing or not understood is named."""

from __future__ import annotations

import base64
import copy
import json
import time
from datetime import date
from typing import Any

import pytest
from coding_svc.fhir import MappedBundle, MappedEncounter, NotABundle, map_bundle
from coding_svc.fhir.values import moment, words_of_html
from coding_svc.schemas import EncounterRecord

from tests.unit.coding_svc import fhir_bundles as fb

Json = dict[str, Any]


def mapped(bundle: Json, zone: str = "America/New_York") -> MappedBundle:
    return map_bundle(json.loads(json.dumps(bundle)), zone)


def only(bundle: Json, zone: str = "America/New_York") -> MappedEncounter:
    result = mapped(bundle, zone)
    assert len(result.encounters) == 1
    return result.encounters[0]


def record(bundle: Json, zone: str = "America/New_York") -> EncounterRecord:
    encounter = only(bundle, zone)
    assert encounter.record is not None, encounter.notices
    return encounter.record


def codes(encounter: MappedEncounter) -> set[str]:
    return {notice.code for notice in encounter.notices}


def with_urls(bundle: Json, url_of: Any) -> Json:
    """The same bundle with every id and reference in another style."""
    made = copy.deepcopy(bundle)
    known = {f"{e['resource']['resourceType']}/{e['resource']['id']}": url_of(e["resource"]) for e in made["entry"]}

    def rewrite(value: Any) -> Any:
        if isinstance(value, dict):
            return {
                k: known.get(v, v) if k == "reference" and isinstance(v, str) else rewrite(v) for k, v in value.items()
            }
        return [rewrite(item) for item in value] if isinstance(value, list) else value

    for item in made["entry"]:
        resource = item["resource"]
        item["fullUrl"] = known[f"{resource['resourceType']}/{resource['id']}"]
        item["resource"] = rewrite(resource)
    return made


def test_plain_collection_is_read_whole() -> None:
    got = record(fb.plain())
    assert got.external_id == "V-1001"
    assert (got.patient.last_name, got.patient.first_name, got.patient.middle_name) == ("Rivera", "Ana", "Maria")
    assert got.patient.birth_date == date(1961, 2, 3)
    assert got.patient.sex == "F"
    assert got.patient.phone == "6175550100"
    assert got.patient.medical_record_number == "MRN-77"
    assert got.patient.address is not None
    assert got.patient.address.postal_code == "021391234"
    assert got.billing_provider is not None
    assert (got.billing_provider.npi, got.billing_provider.tax_id) == ("1234567893", "123456789")
    assert got.billing_provider.address is not None
    assert got.billing_provider.address.state == "MA"
    assert got.rendering_provider is not None
    assert (got.rendering_provider.npi, got.rendering_provider.name) == ("1245319599", "Okafor")
    cover = got.coverages[0]
    assert (cover.payer_id, cover.payer_name, cover.member_id) == ("HARB1", "Harbor Health Plan", "HH0012345")
    assert (cover.group_number, cover.group_name, cover.filing_indicator) == ("GRP9", "Harbor Works", "CI")
    assert (cover.relationship, cover.subscriber) == ("self", None)
    assert got.service_date == date(2026, 5, 4)
    assert got.place_of_service == "11"
    assert [(d.icd10cm, d.snomed, d.active, d.confirmed) for d in got.diagnoses] == [("E11.9", "44054006", True, True)]
    assert [(n.text, n.author, n.author_npi) for n in got.notes] == [(fb.NOTE, "Ngozi Okafor", "1245319599")]
    assert got.notes[0].signed_at is not None


@pytest.mark.parametrize(
    "url_of",
    [
        lambda r: f"urn:uuid:{r['id']}-0000-4000-8000-000000000000",
        lambda r: f"https://emr.example.org/fhir/{r['resourceType']}/{r['id']}",
        lambda r: f"https://emr.example.org/fhir/{r['resourceType']}/{r['id']}/_history/3",
    ],
    ids=["urn-uuid", "absolute", "absolute-with-version"],
)
def test_reference_styles_give_the_same_encounter(url_of: Any) -> None:
    assert record(with_urls(fb.plain(), url_of)) == record(fb.plain())


@pytest.mark.parametrize("kind", ["collection", "document", "transaction", "message", "batch", "searchset"])
def test_every_bundle_type_is_taken(kind: str) -> None:
    body = fb.plain()
    body["type"] = kind
    if kind == "message":
        body["entry"].insert(0, fb.entry({"resourceType": "MessageHeader", "eventUri": "urn:x"}))
    result = mapped(body)
    assert result.encounters[0].record == record(fb.plain())
    assert not any(notice.hint.startswith("MessageHeader") for notice in result.notices)


def test_bundle_nested_in_a_message_is_read() -> None:
    assert record(fb.bundle(fb.entry(fb.plain()), kind="message")) == record(fb.plain())


def test_contained_resources_are_found() -> None:
    body = fb.bundle(
        fb.entry(fb.patient()),
        fb.entry(
            fb.encounter(
                contained=[fb.practice(id="o"), fb.doctor(id="d"), {**fb.payer(), "id": "p"}, fb.coverage(id="c")],
                participant=[{"individual": {"reference": "#d"}}],
                serviceProvider={"reference": "#o"},
            )
        ),
    )
    body["entry"][1]["resource"]["contained"][3]["payor"] = [{"reference": "#p"}]
    got = record(body)
    assert got.billing_provider is not None
    assert got.billing_provider.npi == "1234567893"
    assert got.rendering_provider is not None
    assert got.rendering_provider.npi == "1245319599"
    assert got.coverages[0].payer_id == "HARB1"


def test_claim_gives_lines_charges_order_and_authorization() -> None:
    body = fb.plain()
    body["entry"].append(fb.entry(fb.claim()))
    got = record(body)
    assert [d.icd10cm for d in got.diagnoses] == ["E11.9", "I10"]
    assert [d.rank for d in got.diagnoses] == [1, 2]
    line = got.service_lines[0]
    assert (line.code, line.modifiers, line.charge_cents, line.diagnosis_refs) == ("99213", ("25",), 14850, (1, 2))
    assert got.place_of_service == "22"
    assert got.prior_authorization_number == "PA-55"


def test_claim_alone_stands_for_the_encounter() -> None:
    parts = (
        fb.patient(),
        fb.practice(),
        fb.payer(),
        fb.doctor(),
        fb.coverage(),
        fb.condition(encounter=None),
        fb.claim(),
    )
    body = fb.bundle(*map(fb.entry, parts))
    body["entry"][-1]["resource"]["item"][0].pop("encounter")
    got = record(body)
    assert (got.external_id, got.service_date) == ("clm-1", date(2026, 5, 4))
    assert got.rendering_provider is not None
    assert [line.code for line in got.service_lines] == ["99213"]


def test_document_without_encounter_is_read_from_its_composition() -> None:
    composition = {
        "resourceType": "Composition",
        "id": "comp-9",
        "identifier": {"system": "urn:doc", "value": "DOC-9"},
        "status": "final",
        "title": "Office note",
        "date": "2026-05-04T10:00:00-04:00",
        "subject": {"reference": "Patient/pat-1"},
        "author": [{"reference": "Practitioner/doc-1"}],
        "custodian": {"reference": "Organization/org-1"},
        "section": [{"title": "Assessment", "text": {"div": "<div>Gout.</div>"}}],
    }
    parts = (composition, fb.patient(), fb.practice(), fb.payer(), fb.doctor(), fb.coverage())
    got = record(fb.bundle(*map(fb.entry, parts), kind="document"))
    assert (got.external_id, got.service_date) == ("DOC-9", date(2026, 5, 4))
    assert [note.text for note in got.notes] == ["Assessment:\nGout."]
    assert got.rendering_provider is not None
    assert got.billing_provider is not None
    assert (got.rendering_provider.npi, got.billing_provider.npi) == ("1245319599", "1234567893")


def test_a_long_history_is_read_in_time_that_grows_with_its_length() -> None:
    def seconds(visits: int) -> float:
        entries = [fb.entry(fb.patient()), fb.entry(fb.practice()), fb.entry(fb.payer()), fb.entry(fb.coverage())]
        for n in range(visits):
            link = {"reference": f"Encounter/e{n}"}
            entries.append(fb.entry(fb.encounter(id=f"e{n}", identifier=[{"value": f"V-{n}"}])))
            entries += [fb.entry(fb.condition(id=f"c{n}-{k}", encounter=link)) for k in range(5)]
            item = {"sequence": 1, "productOrService": {"coding": [{"code": "99213"}]}, "encounter": [link]}
            entries.append(fb.entry(fb.claim(id=f"m{n}", item=[item], diagnosis=[], careTeam=[])))
        body = fb.bundle(*entries)
        start = time.process_time()
        assert all(e.record and len(e.record.service_lines) == 1 for e in map_bundle(body, "UTC").encounters)
        return time.process_time() - start

    small = seconds(20)
    assert seconds(160) < 8 * small * 3


def test_unit_price_times_quantity_and_other_currency() -> None:
    body = fb.plain()
    item = {
        "sequence": 1,
        "productOrService": {"coding": [{"system": "urn:oid:2.16.840.1.113883.6.285", "code": "J1100"}]},
        "quantity": {"value": 4},
        "unitPrice": {"value": "2.25"},
    }
    euro = {**item, "sequence": 2, "net": {"value": 9, "currency": "EUR"}, "unitPrice": None}
    body["entry"].append(fb.entry(fb.claim(item=[item, euro], insurance=[])))
    encounter = only(body)
    assert encounter.record is not None
    assert [(x.charge_cents, str(x.units)) for x in encounter.record.service_lines] == [(900, "4"), (None, "4")]
    assert {"fhir.amount-not-usable", "fhir.line-date-assumed"} <= codes(encounter)


def test_generator_style_conditional_references_and_displays() -> None:
    """Providers live in other bundles: only `Type?identifier=` references and displays lead to them."""
    body = fb.bundle(
        fb.entry(fb.patient(id="p"), "urn:uuid:p"),
        fb.entry(
            fb.encounter(
                subject={"reference": "urn:uuid:p"},
                participant=[
                    {
                        "type": [{"coding": [{"code": "PPRF"}]}],
                        "individual": {
                            "reference": f"Practitioner?identifier={fb.NPI}|9999999799",
                            "display": "Dr. Jo Hale",
                        },
                    }
                ],
                serviceProvider={"reference": "Organization?identifier=urn:gen|aa", "display": "CITY CLINIC"},
                location=[{"location": {"reference": "Location?identifier=urn:gen|bb", "display": "CITY CLINIC"}}],
            ),
            "urn:uuid:enc-1",
            "POST",
        ),
        fb.entry(
            fb.claim(
                patient={"reference": "urn:uuid:p"},
                diagnosis=[],
                careTeam=[],
                provider={"reference": "Organization?identifier=urn:gen|aa", "display": "CITY CLINIC"},
                insurance=[{"sequence": 1, "focal": True, "coverage": {"display": "Humana"}}],
                item=[
                    {
                        "sequence": 1,
                        "productOrService": {"coding": [{"system": fb.SCT, "code": "185345009"}]},
                        "encounter": [{"reference": "urn:uuid:enc-1"}],
                    }
                ],
            ),
            "urn:uuid:clm-1",
            "POST",
        ),
        fb.entry({"resourceType": "Observation", "id": "o1"}),
        fb.entry({"resourceType": "Observation", "id": "o2"}),
        kind="transaction",
    )
    result = mapped(body)
    encounter = result.encounters[0]
    assert encounter.record is not None
    assert encounter.record.rendering_provider is not None
    assert (encounter.record.rendering_provider.npi, encounter.record.rendering_provider.name) == ("9999999799", "Hale")
    assert encounter.record.billing_provider is not None
    assert encounter.record.billing_provider.name == "CITY CLINIC"
    assert {"fhir.coverage-missing", "fhir.payer-id-missing", "fhir.line-code-not-understood"} <= codes(encounter)
    unused = [n for n in result.notices if n.hint.startswith("Observation")]
    assert [(n.code, n.count, n.pointer) for n in unused] == [("fhir.resource-not-used", 2, "/entry/3/resource")]


def test_no_insurance_is_self_pay() -> None:
    body = fb.plain()
    body["entry"] = [e for e in body["entry"] if e["resource"]["id"] != "cov-1"]
    body["entry"].append(fb.entry(fb.claim(insurance=[{"sequence": 1, "coverage": {"display": "NO_INSURANCE"}}])))
    assert record(body).self_pay is True


def test_payor_patient_is_self_pay_and_beside_a_payer_is_not() -> None:
    alone = fb.plain()
    own = fb.coverage(id="cov-2", payor=[{"reference": "Patient/pat-1"}], order=2)
    alone["entry"] = [e for e in alone["entry"] if e["resource"]["id"] != "cov-1"] + [fb.entry(own)]
    assert record(alone).self_pay is True
    both = fb.plain()
    both["entry"].append(fb.entry(own))
    assert record(both).self_pay is False
    assert len(record(both).coverages) == 1


def test_dependent_with_related_person_as_subscriber() -> None:
    body = fb.plain()
    parent = {
        "resourceType": "RelatedPerson",
        "id": "rp-1",
        "patient": {"reference": "Patient/pat-1"},
        "name": [{"text": "Rivera, Luis"}],
        "birthDate": "1935-01-01",
        "gender": "male",
    }
    for item in body["entry"]:
        if item["resource"]["resourceType"] == "Coverage":
            item["resource"] |= {
                "subscriber": {"reference": "RelatedPerson/rp-1"},
                "relationship": {"coding": [{"code": "child"}]},
            }
    body["entry"].append(fb.entry(parent))
    encounter = only(body)
    assert encounter.record is not None
    cover = encounter.record.coverages[0]
    assert cover.relationship == "child"
    assert cover.subscriber is not None
    assert (cover.subscriber.last_name, cover.subscriber.first_name, cover.subscriber.sex) == ("Rivera", "Luis", "M")
    assert "fhir.name-split" in codes(encounter)


def test_dependent_without_subscriber_is_named_and_waits() -> None:
    body = fb.plain()
    for item in body["entry"]:
        if item["resource"]["resourceType"] == "Coverage":
            item["resource"]["relationship"] = {"coding": [{"code": "spouse"}]}
    encounter = only(body)
    assert encounter.record is not None
    assert encounter.record.coverages == ()
    assert {"fhir.subscriber-missing", "fhir.coverage-missing"} <= codes(encounter)


def test_two_coverages_by_order_and_one_out_of_force() -> None:
    body = fb.plain()
    second = {
        **fb.payer(),
        "id": "payer-2",
        "name": "Medicare",
        "identifier": [{"system": "urn:payer", "value": "12502"}],
    }
    body["entry"] += map(
        fb.entry,
        (
            second,
            fb.coverage(id="cov-2", order=1, type={"coding": [{"system": "https://nahdo.org/sopt", "code": "1"}]},
                        payor=[{"reference": "Organization/payer-2"}]),
            fb.coverage(id="cov-3", period={"start": "2020-01-01", "end": "2021-12-31"}),
        ),
    )  # fmt: skip
    encounter = only(body)
    assert encounter.record is not None
    assert [c.payer_id for c in encounter.record.coverages] == ["12502", "HARB1"]
    assert encounter.record.coverages[0].filing_indicator == "MB"
    assert "fhir.coverage-not-in-force" in codes(encounter)


def test_payor_display_alone_is_not_guessed_into_a_payer() -> None:
    body = fb.plain()
    for item in body["entry"]:
        if item["resource"]["resourceType"] == "Coverage":
            item["resource"]["payor"] = [{"display": "Aetna"}]
    encounter = only(body)
    assert encounter.record is not None
    assert encounter.record.coverages == ()
    assert {"fhir.payer-id-missing", "fhir.coverage-missing"} <= codes(encounter)


def test_payor_identifier_beside_display_is_enough() -> None:
    body = fb.plain()
    for item in body["entry"]:
        if item["resource"]["resourceType"] == "Coverage":
            item["resource"]["payor"] = [{"display": "Aetna", "identifier": {"system": "urn:payer", "value": "60054"}}]
            item["resource"].pop("subscriberId")
            item["resource"]["identifier"] = [{"type": {"coding": [{"code": "MB"}]}, "value": "W123"}]
    cover = record(body).coverages[0]
    assert (cover.payer_id, cover.payer_name, cover.member_id) == ("60054", "Aetna", "W123")


def test_practitioner_role_gives_taxonomy_and_billing_organization() -> None:
    body = fb.plain()
    role = {
        "resourceType": "PractitionerRole",
        "id": "role-1",
        "practitioner": {"reference": "Practitioner/doc-1"},
        "organization": {"reference": "Organization/org-1"},
        "specialty": [{"coding": [{"system": "http://nucc.org/provider-taxonomy", "code": "207Q00000X"}]}],
    }
    body["entry"].append(fb.entry(role))
    for item in body["entry"]:
        if item["resource"]["resourceType"] == "Encounter":
            item["resource"].pop("serviceProvider")
            item["resource"]["participant"] = [{"individual": {"reference": "PractitionerRole/role-1"}}]
    got = record(body)
    assert got.rendering_provider is not None
    assert got.rendering_provider.taxonomy_code == "207Q00000X"
    assert got.billing_provider is not None
    assert got.billing_provider.npi == "1234567893"


def test_location_part_of_gives_the_service_facility() -> None:
    body = fb.plain()
    room = {"resourceType": "Location", "id": "room", "name": "Room 3", "partOf": {"reference": "Location/site"}}
    site = {
        "resourceType": "Location",
        "id": "site",
        "name": "Harbor Surgery Center",
        "identifier": [{"system": fb.NPI, "value": "1972851461"}],
        "address": {"line": ["9 Dock Rd"], "city": "Salem", "state": "MA", "postalCode": "01970"},
    }
    body["entry"] += [fb.entry(room), fb.entry(site)]
    for item in body["entry"]:
        if item["resource"]["resourceType"] == "Encounter":
            item["resource"]["location"] = [{"location": {"reference": "Location/room"}}]
    facility = record(body).service_facility
    assert facility is not None
    assert (facility.npi, facility.address and facility.address.city) == ("1972851461", "Salem")


@pytest.mark.parametrize(
    ("kind", "place", "visit"),
    [
        ({"code": "AMB"}, "11", "office"),
        ({"coding": [{"code": "VR"}]}, "10", "telehealth_video"),
        ([{"coding": [{"code": "EMER"}]}], "23", "other"),
        ("IMP", "11", "office"),
        (None, "11", "office"),
    ],
    ids=["coding", "concept", "list", "malformed", "missing"],
)
def test_class_shapes(kind: Any, place: str, visit: str) -> None:
    body = fb.plain()
    for item in body["entry"]:
        if item["resource"]["resourceType"] == "Encounter":
            item["resource"]["class"] = kind
    got = record(body)
    assert (got.place_of_service, got.visit_type.value) == (place, visit)


def test_composition_document_with_nested_sections() -> None:
    composition = {
        "resourceType": "Composition",
        "id": "comp",
        "status": "final",
        "title": "Visit note",
        "date": "2026-05-04T10:00:00-04:00",
        "subject": {"reference": "Patient/pat-1"},
        "encounter": {"reference": "Encounter/enc-1"},
        "author": [{"reference": "Practitioner/doc-1"}],
        "attester": [{"mode": "legal", "time": "2026-05-04T11:00:00-04:00"}],
        "section": [
            {"title": "Subjective", "text": {"status": "generated", "div": "<div><p>Feels &amp; eats well.</p></div>"}},
            {
                "title": "Assessment",
                "section": [
                    {"title": "Problems", "text": {"div": "<div><ul><li>Gout</li><li>Asthma</li></ul></div>"}},
                ],
            },
        ],
    }
    body = fb.plain()
    body["type"] = "document"
    body["entry"] = [fb.entry(composition), *(e for e in body["entry"] if e["resource"]["id"] != "note-1")]
    note = record(body).notes[0]
    assert note.type == "Visit note"
    assert "Subjective:\nFeels & eats well." in note.text
    assert "Assessment:\nProblems:\n- Gout\n\n- Asthma" in note.text
    assert note.signed_at is not None
    assert note.signed_at.isoformat() == "2026-05-04T11:00:00-04:00"


def test_report_and_document_with_the_same_text_are_one_note() -> None:
    body = fb.plain()
    report = {
        "resourceType": "DiagnosticReport",
        "id": "rep",
        "status": "final",
        "code": {"text": "History and physical"},
        "subject": {"reference": "Patient/pat-1"},
        "encounter": {"reference": "Encounter/enc-1"},
        "effectiveDateTime": "2026-05-04T09:00:00-04:00",
        "presentedForm": [{"contentType": "text/plain", "data": fb.b64(fb.NOTE)}],
    }
    body["entry"].append(fb.entry(report))
    encounter = only(body)
    assert encounter.record is not None
    assert len(encounter.record.notes) == 1
    assert "fhir.note-duplicate" in codes(encounter)


@pytest.mark.parametrize(
    ("attachment", "text", "notice"),
    [
        ({"contentType": "text/html", "data": fb.b64("<p>Has<br/>gout</p><script>x</script>")}, "Has\ngout", None),
        (
            {
                "contentType": "text/plain; charset=iso-8859-1",
                "data": base64.b64encode("Ménière".encode("latin-1")).decode(),
            },
            "Ménière",
            None,
        ),
        ({"contentType": "application/pdf", "data": fb.b64("%PDF")}, None, "fhir.attachment-not-text"),
        ({"contentType": "text/plain", "data": "!!!"}, None, "fhir.attachment-not-read"),
        ({"contentType": "text/plain", "url": "https://emr.example.org/x"}, None, "fhir.attachment-url-not-fetched"),
        ({"contentType": "text/plain", "url": "Binary/bin-1"}, "From the binary", None),
        ({"contentType": "text/plain", "data": fb.b64("a\x00b")}, "ab", "fhir.note-cleaned"),
    ],
    ids=["html", "latin1", "pdf", "not-base64", "remote", "binary", "nul"],
)
def test_attachments(attachment: Json, text: str | None, notice: str | None) -> None:
    body = fb.plain()
    body["entry"].append(
        fb.entry(
            {"resourceType": "Binary", "id": "bin-1", "contentType": "text/plain", "data": fb.b64("From the binary")}
        )
    )
    for item in body["entry"]:
        if item["resource"]["resourceType"] == "DocumentReference":
            item["resource"]["content"] = [{"attachment": attachment}]
    encounter = only(body)
    assert encounter.record is not None
    assert [n.text for n in encounter.record.notes] == ([text] if text else [])
    assert notice is None or notice in codes(encounter)


@pytest.mark.parametrize(
    ("states", "count", "signed"),
    [
        ({"docStatus": "preliminary"}, 1, False),
        ({"docStatus": "amended"}, 1, True),
        ({"docStatus": None}, 1, True),
        ({"status": "superseded"}, 0, None),
        ({"docStatus": "entered-in-error"}, 0, None),
    ],
)
def test_document_states(states: Json, count: int, signed: bool | None) -> None:
    body = fb.plain()
    for item in body["entry"]:
        if item["resource"]["resourceType"] == "DocumentReference":
            item["resource"] |= states
    notes = record(body).notes
    assert len(notes) == count
    assert signed is None or (notes[0].signed_at is not None) == signed


def test_several_encounters_keep_their_own_documents() -> None:
    body = fb.plain()
    body["entry"] += map(
        fb.entry,
        (
            fb.encounter(id="enc-2", identifier=[{"value": "V-1002"}], period={"start": "2026-05-11T14:00:00-04:00"}),
            fb.document(id="note-2", context={"encounter": [{"reference": "Encounter/enc-2"}]},
                        content=[{"attachment": {"contentType": "text/plain", "data": fb.b64("Second visit: gout.")}}]),
            fb.document(id="note-3", context={}),
        ),
    )  # fmt: skip
    result = mapped(body)
    records = [e.record for e in result.encounters]
    assert [r.external_id for r in records if r] == ["V-1001", "V-1002"]
    assert [[n.text for n in r.notes] for r in records if r] == [[fb.NOTE], ["Second visit: gout."]]
    assert [len(r.diagnoses) for r in records if r] == [1, 0]
    assert any(n.code == "fhir.resource-not-linked" and n.hint.startswith("DocumentReference") for n in result.notices)


def test_one_usable_and_one_unusable_encounter() -> None:
    body = fb.plain()
    body["entry"].append(fb.entry(fb.encounter(id="enc-2", identifier=[], period={"start": "May 4"})))
    first, second = mapped(body).encounters
    assert first.record is not None
    assert second.record is None
    assert {"fhir.service-date-missing", "fhir.date-not-usable"} <= codes(second)


@pytest.mark.parametrize(
    ("break_it", "code"),
    [
        (lambda r: r["Patient"].pop("birthDate"), "fhir.birth-date-missing"),
        (lambda r: r["Patient"].update(birthDate="1961"), "fhir.birth-date-missing"),
        (lambda r: r["Patient"].update(name=[]), "fhir.patient-name-missing"),
        (lambda r: r["Patient"].update(name="Ana Rivera"), "fhir.patient-name-missing"),
        (lambda r: r["Encounter"].update(period=7), "fhir.service-date-missing"),
        (lambda r: r["Encounter"].update(status="entered-in-error"), "fhir.encounter-in-error"),
    ],
)
def test_missing_essentials_are_named(break_it: Any, code: str) -> None:
    body = fb.plain()
    break_it({e["resource"]["resourceType"]: e["resource"] for e in body["entry"]})
    encounter = only(body)
    assert encounter.record is None
    assert code in codes(encounter)
    assert not any("Rivera" in n.hint or "Rivera" in n.pointer for n in encounter.notices)


@pytest.mark.parametrize(
    ("status", "ours"), [("cancelled", "cancelled"), ("in-progress", "draft"), ("finished", "final"), (None, "final")]
)
def test_encounter_status(status: str | None, ours: str) -> None:
    body = fb.plain()
    for item in body["entry"]:
        if item["resource"]["resourceType"] == "Encounter":
            item["resource"]["status"] = status
    assert record(body).status == ours


def test_problem_list_uncertain_and_refuted_conditions() -> None:
    body = fb.plain()

    def made(name: str, code: str, **extra: Any) -> Json:
        return fb.entry(fb.condition(id=name, code={"coding": [{"system": fb.ICD, "code": code}]}, **extra))

    body["entry"] += [
        made("c2", "I10", encounter=None, category=[{"coding": [{"code": "problem-list-item"}]}]),
        made("c3", "J45.909", verificationStatus={"coding": [{"code": "provisional"}]}),
        made("c4", "M10.9", verificationStatus={"coding": [{"code": "refuted"}]}),
        made("c5", "K21.9", clinicalStatus={"coding": [{"code": "resolved"}]}),
        fb.entry(fb.condition(id="c6", code={"text": "Something in words"})),
    ]
    encounter = only(body)
    assert encounter.record is not None
    got = {d.icd10cm: (d.active, d.confirmed) for d in encounter.record.diagnoses}
    assert got == {"E11.9": (True, True), "I10": (False, True), "J45.909": (True, False), "K21.9": (False, True)}
    assert {"fhir.entered-in-error", "fhir.code-not-understood"} <= codes(encounter)


def test_encounter_diagnosis_ranks_lead() -> None:
    body = fb.plain()
    body["entry"].append(fb.entry(fb.condition(id="con-2", code={"coding": [{"code": "I10"}]}, encounter=None)))
    for item in body["entry"]:
        if item["resource"]["resourceType"] == "Encounter":
            item["resource"]["diagnosis"] = [
                {"condition": {"reference": "Condition/con-1"}, "rank": 2},
                {"condition": {"reference": "Condition/con-2"}, "rank": 1},
            ]
    encounter = only(body)
    assert encounter.record is not None
    assert [(d.icd10cm, d.rank) for d in encounter.record.diagnoses] == [("I10", 1), ("E11.9", 2)]
    assert "fhir.code-system-assumed" in codes(encounter)


def test_procedures_and_orders() -> None:
    body = fb.plain()
    cpt = {"coding": [{"system": fb.CPT, "code": "20610"}], "text": "Knee injection"}
    sct = {"coding": [{"system": fb.SCT, "code": "430193006", "display": "Medication reconciliation"}]}
    base: Json = {"subject": {"reference": "Patient/pat-1"}, "encounter": {"reference": "Encounter/enc-1"}}
    made: list[Json] = [
        {"resourceType": "Procedure", "id": "p1", "status": "completed", "code": cpt, **base,
         "performedPeriod": {"start": "2026-05-04T09:10:00-04:00"},
         "reasonReference": [{"reference": "Condition/con-1"}]},
        {"resourceType": "Procedure", "id": "p2", "status": "completed", "code": sct, **base},
        {"resourceType": "ServiceRequest", "id": "s1", "status": "active", "code": {"text": "HbA1c"}, **base},
    ]  # fmt: skip
    body["entry"] += [fb.entry(resource) for resource in made]
    got = record(body)
    assert [(x.code, x.diagnosis_refs, x.date_from) for x in got.service_lines] == [("20610", (1,), date(2026, 5, 4))]
    assert [(o.text, o.status, o.performed_in_practice) for o in got.orders] == [
        ("Medication reconciliation", "completed", True),
        ("HbA1c", "active", False),
    ]


def test_utc_instant_is_told_in_the_practice_zone() -> None:
    body = fb.plain()
    for item in body["entry"]:
        if item["resource"]["resourceType"] == "Encounter":
            item["resource"]["period"] = {"start": "2026-05-05T02:30:00Z"}
    encounter = only(body, "America/Los_Angeles")
    assert encounter.record is not None
    assert encounter.record.service_date == date(2026, 5, 4)
    assert "fhir.date-in-utc" in codes(encounter)


def test_unread_fields_and_modifier_extensions_are_named() -> None:
    body = fb.plain()
    body["entry"].append(fb.entry(fb.condition(id="c9", modifierExtension=[{"url": "x"}])))
    for item in body["entry"]:
        if item["resource"]["resourceType"] == "Encounter":
            item["resource"]["hospitalization"] = {}
            item["resource"]["participant"] = "nobody"
    result = mapped(body)
    by_code = {n.code: n for n in result.notices}
    assert by_code["fhir.field-not-used"].pointer.endswith("/hospitalization")
    assert by_code["fhir.malformed"].pointer.endswith("/participant")
    assert by_code["fhir.modifier-extension"].pointer == "/entry/8/resource/modifierExtension"
    assert [len(e.record.diagnoses) for e in result.encounters if e.record] == [1]


def test_names_that_fhir_does_not_know_are_not_repeated() -> None:
    body = fb.plain()
    body["entry"][0]["resource"]["Rivera, Ana"] = 1
    body["entry"].append(fb.entry({"resourceType": "Rivera Ana"}))
    notices = mapped(body).notices
    assert {"fhir.field-not-used", "fhir.resource-not-used"} <= {n.code for n in notices}
    assert not any("Rivera" in n.hint + n.pointer for n in notices)


def test_overlong_and_unusable_values_are_cut_or_left_out() -> None:
    body = fb.plain()
    for item in body["entry"]:
        if item["resource"]["resourceType"] == "Organization" and item["resource"]["id"] == "org-1":
            item["resource"]["name"] = "Very " * 30
            item["resource"]["address"][0]["state"] = "Ontario"
    encounter = only(body)
    assert encounter.record is not None
    assert encounter.record.billing_provider is not None
    assert len(encounter.record.billing_provider.name) <= 60
    assert encounter.record.billing_provider.address is None
    assert {"fhir.value-clipped", "fhir.value-not-usable"} <= codes(encounter)


def test_not_disclosed_label_is_kept() -> None:
    body = fb.plain()
    for item in body["entry"]:
        if item["resource"]["resourceType"] == "Encounter":
            item["resource"]["meta"] = {"security": [{"code": "NODSCLCD"}]}
    assert record(body).withhold_from_payer is True


def test_put_and_delete_entries() -> None:
    body = fb.plain()
    body["type"] = "transaction"
    for item in body["entry"]:
        item["request"] = {"method": "PUT", "url": "x"}
    body["entry"].append({"request": {"method": "DELETE", "url": "Encounter/enc-1"}})
    result = mapped(body)
    assert result.encounters[0].revises is True
    assert any(n.code == "fhir.delete-not-supported" for n in result.notices)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ([], "fhir.not-a-bundle"),
        ("x", "fhir.not-a-bundle"),
        ({"resourceType": "Patient"}, "fhir.not-a-bundle"),
        ({"resourceType": "Bundle", "type": "history"}, "fhir.bundle-type"),
        ({"resourceType": "Bundle", "type": ["collection"]}, "fhir.bundle-type"),
    ],
)
def test_what_is_no_bundle_is_refused(body: Any, code: str) -> None:
    with pytest.raises(NotABundle) as refused:
        map_bundle(body, "UTC")
    assert refused.value.code == code


def _mutations(value: Any) -> Any:
    """Every single place of a bundle replaced by junk, one at a time."""
    for junk in (None, 7, "x", [], {}, [None], [[1]], True, {"reference": 5}, {"coding": [{"code": 3}]}):
        for path in _paths(value):
            made = copy.deepcopy(value)
            holder = made
            for step in path[:-1]:
                holder = holder[step]
            holder[path[-1]] = junk
            yield made


def _paths(value: Any, path: tuple[Any, ...] = ()) -> Any:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield (*path, key)
        yield from _paths(item, (*path, key))


def test_junk_anywhere_never_raises() -> None:
    body = fb.plain()
    body["entry"].append(fb.entry(fb.claim()))
    count = 0
    for broken in _mutations(body):
        try:
            result = map_bundle(broken, "America/New_York")
        except NotABundle:
            continue
        count += 1
        assert result.encounters or result.notices
    assert count > 1000


def test_words_of_html_and_moments() -> None:
    assert words_of_html("<table><tr><td>A</td><td>B</td></tr></table><p>x &lt; y") == "A B\n\nx < y"
    assert moment("2026-02-30", "UTC") is None
    assert moment("2026-05", "UTC") is None
    local = moment("2026-05-04T23:30:00-07:00", "America/New_York")
    assert local is not None
    assert local.day == date(2026, 5, 4)
    naive = moment("2026-05-04T23:30:00", "America/New_York")
    assert naive is not None
    assert naive.instant is not None
    assert naive.day == date(2026, 5, 4)
