"""What `x12 validate` is told of codes: by date, and never a guess."""

from datetime import date

import pytest
from codesets import tables
from codesets.x12_code_sets import CODE_SETS, MODIFIERS, RETIRED_REASONS
from x12.code_sets import Standing, installed

DAY = date(2026, 5, 1)


def test_the_installed_code_sets_are_these() -> None:
    assert installed() is CODE_SETS


@pytest.mark.parametrize(
    ("code", "day", "standing"),
    [
        ("E119", DAY, Standing.VALID),
        ("E11", DAY, Standing.INCOMPLETE),
        ("Z9999", DAY, Standing.UNKNOWN),
        ("E119", date(2025, 5, 1), Standing.NOT_LOADED),
        ("Z9999", date(2025, 5, 1), Standing.UNKNOWN),
        ("Z9999", date(2016, 5, 1), Standing.NOT_LOADED),
        ("Z9999", date(2099, 5, 1), Standing.NOT_LOADED),
    ],
)
def test_diagnoses(code: str, day: date, standing: Standing) -> None:
    assert CODE_SETS.diagnosis(code, day) is standing


def test_what_the_code_editor_says() -> None:
    assert CODE_SETS.is_manifestation("F0280", DAY) and not CODE_SETS.is_manifestation("E119", DAY)
    assert CODE_SETS.ages("Z3801", DAY) == (0, 0) and CODE_SETS.ages("E119", DAY) is None
    assert CODE_SETS.sex("N400", DAY) == "M" and CODE_SETS.sex("E119", DAY) == ""
    assert CODE_SETS.ages("Z3801", date(2099, 1, 1)) is None
    assert CODE_SETS.procedure("99213", DAY) is Standing.NOT_LOADED


@pytest.mark.parametrize(
    ("code", "standing"),
    [
        ("N130", Standing.VALID), ("MA01", Standing.VALID), ("M15", Standing.VALID), ("N781", Standing.VALID),
        ("MA1", Standing.UNKNOWN), ("N0130", Standing.UNKNOWN), ("N9999", Standing.UNKNOWN), ("N0", Standing.UNKNOWN),
        ("M145", Standing.UNKNOWN), ("N", Standing.UNKNOWN), ("", Standing.UNKNOWN), ("XX1", Standing.UNKNOWN),
    ],
)  # fmt: skip
def test_remarks(code: str, standing: Standing) -> None:
    assert CODE_SETS.remark(code) is standing


def test_adjustment_reasons_are_in_force_or_retired_but_not_both() -> None:
    assert RETIRED_REASONS.isdisjoint(tables.adjustment_reasons())
    assert CODE_SETS.adjustment_reason("45") is Standing.VALID
    assert CODE_SETS.adjustment_reason("42") is Standing.RETIRED
    assert CODE_SETS.adjustment_reason("310") is Standing.NOT_LOADED
    assert CODE_SETS.adjustment_reason("999") is Standing.UNKNOWN


def test_modifiers_and_places() -> None:
    assert set(tables.modifiers()) <= MODIFIERS
    assert CODE_SETS.modifier("LT") is Standing.VALID and CODE_SETS.modifier("ZZ") is Standing.UNKNOWN
    assert CODE_SETS.place_of_service("11") is Standing.VALID
    assert CODE_SETS.place_of_service("98") is Standing.UNKNOWN
