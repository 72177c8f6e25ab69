"""Small tables and synonyms."""

from __future__ import annotations

import re
from datetime import date

from codesets import icd10cm, tables
from codesets.synonyms import synonyms


def test_places_of_service() -> None:
    places = tables.places_of_service()
    assert places["11"].payment_setting == "non-facility"
    assert places["22"].payment_setting == "facility"
    assert "00" not in places
    assert all(re.fullmatch(r"\d\d", code) for code in places)


def test_adjustment_reasons_have_numbers_and_own_words() -> None:
    reasons = tables.adjustment_reasons()
    assert reasons["29"] == "The filing limit has passed"
    assert {"1", "45", "A1", "B7", "P14"} <= set(reasons)
    assert "999" not in reasons


def test_remarks() -> None:
    assert "M76" in tables.remarks()
    assert all(re.fullmatch(r"(M|MA|N)\d{1,3}", code) for code in tables.remarks())


def test_modifiers_say_whether_they_bypass_an_edit() -> None:
    modifiers = tables.modifiers()
    assert modifiers["59"].ncci_bypass
    assert not modifiers["95"].ncci_bypass
    assert modifiers["25"].applies_to == "em"


def test_every_synonym_points_to_a_code_of_the_list_or_is_rare() -> None:
    release = icd10cm.on(date(2026, 5, 1))
    assert release is not None
    known = sum(release.is_valid(row.code) for row in synonyms())
    assert len(synonyms()) > 12_000
    assert known / len(synonyms()) > 0.95
    assert ("diabetes insipidus", "E23.2") in {(row.term, row.code) for row in synonyms()}
