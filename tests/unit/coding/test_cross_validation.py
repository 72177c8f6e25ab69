"""The error of the confidences on notes that the table was not made of."""

from __future__ import annotations

import pytest
from coding_svc.training.cross_validation import Coded, cross_validated


def _notes(right: int, wrong: int, group: str = "line-whole") -> list[list[Coded]]:
    return [[Coded(group, at < right, 0.5)] for at in range(right + wrong)]


def test_a_group_that_holds_everywhere_has_little_error() -> None:
    assert cross_validated({"one": _notes(190, 10)})["one"] < 0.03


def test_files_that_differ_pay_for_each_other() -> None:
    errors = cross_validated({"good": _notes(100, 0), "bad": _notes(50, 50)})
    assert errors["good"] == pytest.approx(0.25, abs=0.03)
    assert errors["bad"] == pytest.approx(0.25, abs=0.03)


def test_what_has_no_group_keeps_its_own_confidence() -> None:
    assert cross_validated({"one": _notes(20, 0, "")})["one"] == pytest.approx(0.5)
