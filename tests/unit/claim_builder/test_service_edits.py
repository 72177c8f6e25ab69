"""Visits, and what a service needs beside it or forbids: each edit fires, and is silent where it should be."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from claim_builder.scrubbing import EarlierLine, ScrubContext, scrub, snip6_companions, snip6_visits
from events.phi import ClaimContent

from tests.unit.claim_builder.claim_examples import CLINICIAN, DAY, TODAY, changed, clean_claim
from tests.unit.claim_builder.test_bundling_edits import billed

MB = {"coverage/filing_indicator": "MB", "coverage/member_id": "1EG4TE5MK73"}
ORDERED = CLINICIAN.model_dump(mode="json")
FAMILY, SURGERY = "207Q00000X", "208600000X"
SEEN = (EarlierLine("99213", (), date(2024, 5, 4), Decimal(1), FAMILY),)


def codes(claim: ClaimContent, **context: Any) -> set[str]:
    return {finding.code for finding in scrub(claim, ScrubContext(TODAY, **context)).findings}


CASES: dict[str, tuple[ClaimContent, ClaimContent]] = {
    "visit.place": (billed("99223"), billed("99223", place_of_service="21", **{"dates/admission": DAY.isoformat()})),
    "visit.new-and-established": (billed("99203", "99213"), billed("99203", "99381")),
    "visit.separate-unmarked": (billed("99395", "99213"), billed("99395", "99213-25")),
    "visit.twice": (billed("99214", "99212"), billed("99214", "99212-25")),
    "visit.span": (
        billed("99213", **{"lines/0/date_to": "2026-05-05"}),
        billed("99213", **{"lines/0/date_to": DAY.isoformat()}),
    ),
    "visit.not-new": (billed("99203"), billed("99213")),
    "modifier.contradiction": (billed("J9035-JW-JZ"), billed("J9035-JW", "J9035-JZ")),
    "medicare.therapy-modifier": (billed("97110", **MB), billed("97110-GP", **MB)),
    "medicare.orderer-missing": (
        billed("80053", clia_number="33D1234567", **MB),
        billed("80053", clia_number="33D1234567", ordering_provider=ORDERED, **MB),
    ),
    "vaccine.not-given": (billed("90715"), billed("90715", "90471")),
    "vaccine.missing": (billed("90471"), billed("Q2039", "G0008")),
}


def test_every_edit_has_a_case() -> None:
    tables = (snip6_visits.EDITS, snip6_companions.EDITS)
    assert sorted(CASES) == sorted(edit.code for table in tables for edit in table.edits)


@pytest.mark.parametrize("code", sorted(CASES))
def test_fires_and_is_silent(code: str) -> None:
    fires, silent = CASES[code]
    assert code in codes(fires, history=SEEN)
    assert code not in codes(silent, history=SEEN)


@pytest.mark.parametrize(
    ("code", "place", "found"),
    [
        ("99213", "21", True),
        ("99213", "22", False),
        ("99213", "31", False),  # seen there by another specialty
        ("99232", "02", False),  # at a distance, the patient in hospital
        ("99238", "22", False),  # observation
        ("99284", "23", False),
        ("99284", "11", True),
        ("99308", "32", False),
        ("99308", "11", True),
        ("99349", "13", False),
        ("99349", "11", True),
        ("80053", "11", False),
    ],
)
def test_where_visits_take_place(code: str, place: str, found: bool) -> None:
    assert ("visit.place" in codes(billed(code, place_of_service=place))) is found
    assert ("visit.place" in codes(billed(code, **{"lines/0/place_of_service": place}))) is found


def test_a_clinician_of_another_specialty_may_see_the_patient_as_new_on_the_same_day() -> None:
    surgeon = {**ORDERED, "npi": "1003000126", "taxonomy_code": SURGERY}
    claim = billed("99203", "99213", **{"lines/0/rendering_provider": surgeon})
    assert codes(claim, history=SEEN).isdisjoint({"visit.new-and-established", "visit.not-new"})


def test_visits_of_another_day_or_clinician_are_apart() -> None:
    told = {"lines/0/date_from": "2026-05-03"}
    of_day = {"visit.separate-unmarked", "visit.twice"}
    assert codes(billed("99395", "99213", **told)).isdisjoint(of_day)
    assert codes(billed("99214", "99212", **told)).isdisjoint(of_day)
    another = {"lines/0/rendering_provider": {**ORDERED, "npi": "1003000126"}}
    assert codes(billed("99395", "99213", **another)).isdisjoint(of_day)
    assert codes(billed("99395", "36415", "99417")).isdisjoint(of_day)


def test_another_page_of_the_encounter_counts() -> None:
    assert "visit.new-and-established" in codes(billed("99203"), siblings=(billed("99213"),))
    assert "vaccine.missing" not in codes(billed("90471"), siblings=(billed("90715"),))


@pytest.mark.parametrize(
    ("earlier", "found"),
    [
        (EarlierLine("99213", (), date(2023, 5, 5), Decimal(1), FAMILY), True),
        (EarlierLine("99213", (), date(2023, 5, 4), Decimal(1), FAMILY), False),  # three years ago
        (EarlierLine("99213", (), DAY, Decimal(1), FAMILY), False),  # the same day has an edit of its own
        (EarlierLine("99213", (), date(2026, 1, 4), Decimal(1), SURGERY), False),
        (EarlierLine("99213", (), date(2026, 1, 4), Decimal(1), None), False),
        (EarlierLine("80053", (), date(2026, 1, 4), Decimal(1), FAMILY), False),  # blood was drawn, nobody was seen
        (EarlierLine("99284", (), date(2026, 1, 4), Decimal(1), FAMILY), True),
    ],
)
def test_a_patient_is_new_after_three_years_and_in_another_specialty(earlier: EarlierLine, found: bool) -> None:
    assert ("visit.not-new" in codes(billed("99203"), history=(earlier,))) is found


@pytest.mark.parametrize(
    ("modifiers", "found"),
    [
        ("RT-59", False), ("25-57", False), ("80-82", True), ("62-66", True), ("80-RT", False), ("58-79", True),
        ("76-59", False), ("GA-GY", False), ("GA-GZ", True), ("93-95", True), ("GP-CQ", False), ("QK-P3", False),
        ("AA-QZ", True), ("RR-KX", False), ("RR-NU", True), ("JZ-JZ", False),
    ],
)  # fmt: skip
def test_modifiers_that_deny_one_another(modifiers: str, found: bool) -> None:
    assert ("modifier.contradiction" in codes(billed(f"20610-{modifiers}"))) is found


@pytest.mark.parametrize(
    ("lines", "more", "code"),
    [
        (("97110",), {"coverage/filing_indicator": "CI"}, "medicare.therapy-modifier"),
        (("95851",), MB, "medicare.therapy-modifier"),  # therapy only under a plan of care
        (("80053",), {"coverage/filing_indicator": "CI"}, "medicare.orderer-missing"),
        (("71046-26",), MB, "medicare.orderer-missing"),  # read only
        (("77067",), MB, "medicare.orderer-missing"),  # patients ask for it themselves
        (("36415", "93000"), MB, "medicare.orderer-missing"),
        (("96372", "J1885"), {}, "vaccine.missing"),
        (("90834",), {}, "vaccine.not-given"),
        (("90375",), {}, "vaccine.not-given"),  # an immune globulin
    ],
)
def test_what_is_left_alone(lines: tuple[str, ...], more: dict[str, Any], code: str) -> None:
    assert code not in codes(changed(billed(*lines), more))


def test_a_clean_claim_stays_clean() -> None:
    assert codes(clean_claim(), history=SEEN) == set()
