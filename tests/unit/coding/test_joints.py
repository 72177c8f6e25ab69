"""Several joints of one visit: lines of their own with their sides and the drug's units; what must stay one line."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from coding_svc.domain import CodingResult

from tests.support.coding_cases import short_lines

Code = Callable[..., CodingResult]


def lines(code: Code, text: str) -> list[str]:
    return short_lines(code(f"{text}\nAssessment: arthritis."))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Right knee injected with Kenalog 40 mg today. Left shoulder injected with Kenalog 40 mg today.",
            ["20610-59-LT", "20610-RT", "J3301*8"],
        ),
        (
            "The right knee and left knee were injected with 40 mg Kenalog each. Left trochanteric bursa was injected"
            " with 20 mg Kenalog.",
            ["20610-50", "20610-59-LT", "J3301*10"],
        ),
        ("Both shoulders were each injected with 40 mg Depo-Medrol.", ["20610-50", "J1010*80"]),
        (
            "Left wrist joint was injected with 20 mg Kenalog, then the left knee was injected with 40 mg Kenalog.",
            ["20605-LT", "20610-LT", "J3301*2?"],
        ),
        (
            "Right knee aspirated, 20 cc. The right greater trochanteric bursa was injected with Kenalog 40 mg.",
            ["20610-59-RT", "20610-RT", "J3301*4"],
        ),
    ],
)
def test_a_line_for_each_joint(code: Code, text: str, expected: list[str]) -> None:
    assert lines(code, text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Right knee injected with Kenalog 40 mg today. Left shoulder exam normal.", ["20610-RT", "J3301*4"]),
        ("Right knee was aspirated and the right knee joint was injected with Kenalog 40 mg.", ["20610-RT", "J3301*4"]),
        ("Right knee was injected with Kenalog 40 mg. Left shoulder not injected.", ["20610-RT", "J3301*4"]),
        ("Right knee was injected with Kenalog 40 mg. Left shoulder was injected last month.", ["20610-RT", "J3301*4"]),
        ("Right knee was injected with Kenalog 40 mg. Will inject the left hip next visit.", ["20610-RT", "J3301*4"]),
        ("Right trochanteric bursa of the hip was injected with Kenalog 40 mg.", ["20610-RT", "J3301*4"]),
    ],
)
def test_one_joint_stays_one_line(code: Code, text: str, expected: list[str]) -> None:
    assert lines(code, text) == expected


def test_a_joint_whose_side_is_not_told_goes_to_a_person(code: Code) -> None:
    note = "Right knee was injected with Kenalog 40 mg. The shoulder was injected with Kenalog 40 mg."
    assert "20610-59?" in lines(code, note)
