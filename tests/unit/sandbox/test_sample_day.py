"""The sample day: varied, deterministic, and taken by the services' own schemas without a complaint."""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import date

import pytest
from coding_svc.fhir.mapping import map_bundle
from coding_svc.schemas import EncounterIn
from sandbox.emr import people
from sandbox.emr.day import SampleEncounter, sample_day, visit_code
from sandbox.payer.front_door import is_npi
from sandbox.payer.switches import switch_of

DAY = sample_day()
JSON_ENCOUNTERS = [each for each in DAY if each.format == "json"]
BUNDLES = [each for each in DAY if each.format == "fhir"]


def test_it_has_the_breadth_that_it_promises() -> None:
    assert len(DAY) >= 60
    assert len({each.external_id for each in DAY}) == len(DAY)
    expected = Counter(each.expected for each in DAY)
    assert {
        *("paid", "paid_coinsurance", "paid_copay", "deductible", "denied", "partially_paid", "rejected_277ca"),
        *("rejected_999", "accepted_999_e", "reversed_corrected", "reversed", "takeback", "interest", "split"),
        *("crossover", "acks_out_of_order", "remittance_first", "duplicated_same_id", "duplicated_new_id", "late"),
        *("unbalanced", "error_before", "error_after", "hang_before", "hang_after", "too_many_requests", "secondary"),
        *("waiting_for_signature", "codeset_not_loaded", "coder_queue", "held", "self_pay", "withheld", "revised"),
        *("cancelled", "natural"),
    } == set(expected)
    assert len({each.body["type"] for each in BUNDLES}) == 4
    relationships = Counter(c["relationship"] for each in JSON_ENCOUNTERS for c in each.body.get("coverages", []))
    assert {"self", "child", "spouse"} <= set(relationships)
    indicators = {c["filing_indicator"] for each in JSON_ENCOUNTERS for c in each.body.get("coverages", [])}
    assert {"CI", "12", "BL", "MB", "MC"} <= indicators


@pytest.mark.parametrize("sample", JSON_ENCOUNTERS, ids=lambda each: each.external_id)
def test_json_encounters_fit_the_schema(sample: SampleEncounter) -> None:
    EncounterIn.model_validate_json(json.dumps(sample.body))
    if sample.revision:
        EncounterIn.model_validate_json(json.dumps(sample.revision.body))


@pytest.mark.parametrize("sample", BUNDLES, ids=lambda each: each.external_id)
def test_bundles_are_read_whole(sample: SampleEncounter) -> None:
    mapped = map_bundle(json.loads(json.dumps(sample.body)), "America/New_York")
    (encounter,) = mapped.encounters
    assert encounter.record is not None
    assert encounter.record.external_id == sample.external_id
    assert encounter.record.notes[0].signed_at is not None
    assert encounter.record.coverages[0].member_id
    assert encounter.record.rendering_provider is not None
    assert {n.code for n in (*encounter.notices, *mapped.notices)} <= {
        "fhir.note-without-text",
        "fhir.place-of-service-assumed",
    }


def test_the_same_seed_gives_the_same_day_and_another_gives_other_people() -> None:
    assert sample_day(1) == DAY
    others = sample_day(2)
    assert [each.expected for each in others] == [each.expected for each in DAY]
    assert not {json.dumps(each.body) for each in others} & {json.dumps(each.body) for each in DAY}


def test_every_npi_is_valid_but_the_locums() -> None:
    npis = {
        provider["npi"]
        for each in JSON_ENCOUNTERS
        for name, provider in each.body.items()
        if name.endswith("_provider")
    }
    wrong = {npi for npi in npis if not is_npi(npi)}
    assert wrong == {people.provider("locum")["npi"]}


def test_people_have_what_a_claim_needs() -> None:
    for each in JSON_ENCOUNTERS:
        who = each.body["patient"]
        if each.expected == "held" and "address" not in who:
            continue
        assert re.fullmatch(r"\d{5}-\d{4}", who["address"]["postal_code"])
        assert re.fullmatch(r"\d{3}[0-9A-Z]{6}X", each.body["rendering_provider"]["taxonomy_code"])
        for cover in each.body.get("coverages", []):
            assert cover["relationship"] == "self" or cover["subscriber"]["birth_date"] < "2009"


def test_dates_of_service_lie_in_the_loaded_release_unless_meant_not_to() -> None:
    for each in JSON_ENCOUNTERS:
        inside = date(2026, 4, 1) <= date.fromisoformat(each.body["service_date"]) <= date(2026, 9, 30)
        assert inside is (each.expected != "codeset_not_loaded")


def test_members_are_unique_and_say_the_expected_outcome() -> None:
    members = [each.body["coverages"][0]["member_id"] for each in JSON_ENCOUNTERS if each.body.get("coverages")]
    assert len(set(members)) == len(members)
    for each in JSON_ENCOUNTERS:
        special = {"secondary", "held", "coder_queue", "waiting_for_signature", "codeset_not_loaded"}
        special |= {"revised", "cancelled", "self_pay", "withheld"}
        if each.expected not in special:
            assert switch_of(each.body["coverages"][0]["member_id"]).name == each.expected


def test_notes_differ_in_style() -> None:
    notes = [each.body["notes"][0]["text"] for each in JSON_ENCOUNTERS]
    assert len(set(notes)) == len(notes)
    assert sum("ASSESSMENT" in note or "\nA: " in note or "\nASSESSMENT" in note for note in notes) > 20
    assert sum("\n" not in note for note in notes) >= 8  # dictated: one run of text


@pytest.mark.parametrize(
    ("mdm", "new", "code"),
    [
        (["low", "minimal", "moderate"], False, "99213"),
        (["moderate", "moderate", "moderate"], True, "99204"),
        (["high", "extensive", "low"], False, "99215"),
        (["minimal", "minimal", "low"], True, "99202"),
    ],
)
def test_two_of_three_elements_decide_the_visit(mdm: list[str], new: bool, code: str) -> None:
    assert visit_code(mdm, new=new) == code
