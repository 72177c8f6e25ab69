"""The forms of identifiers: what passes, what does not, and that no text makes any of them raise."""

from __future__ import annotations

import inspect

import pytest
from hypothesis import given
from hypothesis import strategies as st
from x12 import identifiers as ids

FORMS = [
    function
    for name, function in inspect.getmembers(ids)
    if name.startswith(("is_", "has_")) and callable(function) and function.__module__ == ids.__name__
]
CASES = (
    (ids.is_npi, ["1234567893", "2000000002"], ["1234567890", "123456789", "3234567893", "123456789A", "１234567893"]),
    (ids.has_npi_form, ["1234567893", "1234567890"], ["123456789", "3234567893", "123456789A"]),
    (ids.is_employer_number, ["231234567"], ["23123456", "23-1234567", "001234567", "999999999"]),
    (ids.is_social_security_number, ["123456789", "900701234", "999881234"],
     ["900451234", "900931234", "000123456", "666123456", "123006789", "123450000"]),
    (ids.is_taxonomy, ["207Q00000X", "3416L0300X", "390200000X"],
     ["207Q00000", "997Q00000X", "207Q00000Y", "207q00000X"]),
    (ids.is_zip, ["19103", "191031234"], ["1910", "19103-1234", "00000", "99999", "1910A"]),
    (ids.is_canadian_postal_code, ["M5V2T6", "M5V 2T6"], ["M5V2T", "12345"]),
    (ids.is_phone, ["2155550142", "442079460000"], ["215555014", "215-555-0142", "0155550142", "215555014A"]),
    (ids.is_clia, ["39D1234567"], ["3991234567", "39D123456"]),
    (ids.is_upin, ["A12345", "OTH000"], ["12345", "AB1234", "OTH00", "123456789"]),
    (ids.is_post_office_box, ["PO BOX 12", "P.O. Box 12", "P O BOX 1", "POST OFFICE BOX 7", "LOCK BOX 9"],
     ["12 BOXWOOD LANE", "500 POBOXER ROAD", "1 PORT ROAD"]),
    (ids.is_placeholder, ["NONE", "unknown", "0000", "XXXX", "on file"], ["AUTH77812", "A0A0"]),
    (ids.has_procedure_form, ["99213", "09999", "J3301", "D0120"], ["3641", "Z1234", "J330", "j3301"]),
    (ids.is_procedure, ["99213", "00100", "J3301", "0275T", "0001U"],
     ["09999", "99999", "3641", "Z1234", "J330", "j3301"]),
    (ids.is_modifier, ["25", "LT", "X5"], ["5", "-5", "lt", "259"]),
    (ids.is_icd_10, ["E119", "S8001XA", "U071", "I10"], ["E11.9", "1234", "E1", "e119", "S8001XAXX"]),
    (ids.is_icd_9, ["25000", "V4581", "E8120"], ["2500000", "A123"]),
    (ids.is_remark, ["N130", "MA01", "M15"], ["XX1", "N", "N12345"]),
    (ids.is_routing_number, ["021000021", "031100209"], ["021000022", "02100002"]),
    (ids.is_nine_digits, ["123456789"], ["12345678", "12345678A"]),
)  # fmt: skip


@pytest.mark.parametrize(("form", "right", "wrong"), CASES, ids=lambda part: getattr(part, "__name__", ""))
def test_what_has_the_form(form, right: list[str], wrong: list[str]) -> None:
    assert [value for value in right if not form(value)] == []
    assert [value for value in wrong if form(value)] == []


def test_every_form_is_tried() -> None:
    assert {form.__name__ for form, _, _ in CASES} == {form.__name__ for form in FORMS}


@given(st.text(max_size=40))
def test_no_text_makes_a_form_raise(value: str) -> None:
    for form in FORMS:
        assert form(value) in (True, False)


@given(st.integers(100_000_000, 299_999_999), st.integers(1, 9), st.integers(0, 8))
def test_one_wrong_digit_is_no_npi(stem: int, change: int, at: int) -> None:
    npi = next(f"{stem}{digit}" for digit in range(10) if ids.is_npi(f"{stem}{digit}"))
    wrong = npi[:at] + str((int(npi[at]) + change) % 10) + npi[at + 1 :]
    assert not ids.is_npi(wrong)
