"""Bad input of every kind gets a 4xx problem with a code and a pointer, and is never echoed."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kit.api import Problem, SmallInt, StrictModel, Text
from kit.api.bodies import parse_body
from kit.api.fields import CentsIn


class Line(StrictModel):
    code: Text
    units: Decimal
    charge_cents: CentsIn


class Body(StrictModel):
    name: Text
    kind: Literal["a", "b"]
    count: SmallInt
    ratio: float = 0.0
    on: date | None = None
    lines: tuple[Line, ...] = ()


GOOD = (
    b'{"name": "x", "kind": "a", "count": 1, "on": "2026-06-01",'
    b' "lines": [{"code": "c", "units": "1.5", "charge_cents": 100}]}'
)


def test_a_good_body_passes() -> None:
    assert parse_body(GOOD, Body).lines[0].units == Decimal("1.5")


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        (b"", ""),
        (b"{", ""),
        (b"\xff\xfe", ""),
        (b"[]", ""),
        (b"null", ""),
        (GOOD.replace(b'"x"', b'"\\u0000 SECRET"'), "/name"),
        (GOOD.replace(b'"x"', b'"\\ud800 SECRET"'), ""),
        (GOOD.replace(b'"x"', b'"' + b"S" * 501 + b'"'), "/name"),
        (GOOD.replace(b'"count": 1', b'"count": 1e400'), "/count"),
        (GOOD.replace(b'"count": 1', b'"count": 99999999999999999999999'), "/count"),
        (GOOD.replace(b'"count": 1', b'"count": true'), "/count"),
        (GOOD.replace(b'"count": 1', b'"count": "1"'), "/count"),
        (GOOD.replace(b'"count": 1', b'"count": 1, "ratio": NaN'), "/ratio"),
        (GOOD.replace(b'"count": 1', b'"count": 1, "ratio": Infinity'), "/ratio"),
        (GOOD.replace(b'"count": 1', b'"count": 1, "SECRET": 1'), ""),
        (GOOD.replace(b"100", b"100.5"), "/lines/0/charge_cents"),
        (GOOD.replace(b"100", b"false"), "/lines/0/charge_cents"),
        (GOOD.replace(b'"1.5"', b'"SECRET"'), "/lines/0/units"),
        (GOOD.replace(b'"1.5"', b'"NaN"'), "/lines/0/units"),
        (GOOD.replace(b'"a"', b'"SECRET"'), "/kind"),
        (GOOD.replace(b"2026-06-01", b"2026-13-41"), "/on"),
        (b"[" * 100_000, ""),
    ],
)
def test_a_bad_body_is_told_where_and_not_repeated(body: bytes, pointer: str) -> None:
    with pytest.raises(Problem) as caught:
        parse_body(body, Body)
    problem = caught.value
    assert problem.status == 422
    assert problem.items[0].pointer == pointer
    assert problem.items[0].hint
    assert b"SECRET" not in problem.response().body


@given(st.binary(max_size=300))
def test_any_bytes_are_a_body_or_a_problem(body: bytes) -> None:
    try:
        parse_body(body, Body)
    except Problem as problem:
        assert problem.response().status_code == 422
