"""What the sandbox payer allows: its own table, else a percentage of the charge by code family; cents."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from importlib.resources import files
from typing import Final

_PERCENT_BY_FAMILY: Final = (
    ("99", 72),
    ("0", 55),
    ("1", 62),
    ("2", 60),
    ("3", 60),
    ("4", 60),
    ("5", 60),
    ("6", 60),
    ("7", 55),
    ("8", 45),
    ("9", 65),
    ("A", 70),
    ("E", 68),
    ("G", 70),
    ("J", 80),
    ("L", 68),
    ("Q", 75),
)
"""Of the charge, for codes that the table does not list; the first prefix that fits counts."""
_OTHER_PERCENT: Final = 60
_MODIFIER_PERCENT: Final = {"26": 30, "TC": 70, "50": 150, "52": 50, "53": 25, "62": 63, "80": 16, "82": 16, "AS": 14}
"""Professional and technical part, bilateral, reduced, discontinued, two surgeons, assistants."""


@cache
def _table() -> dict[str, int]:
    text = files("sandbox.payer").joinpath("fees.tsv").read_text(encoding="ascii")
    rows = (line.split("\t") for line in text.splitlines() if line and not line.startswith("#"))
    return {code: int(Decimal(amount) * 100) for code, amount in rows}


def percent_of(cents: int, percent: int | Decimal) -> int:
    """A percentage of an amount, half a cent rounded up."""
    exact = Decimal(cents) * Decimal(percent) / 100
    return int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def allowed_cents(code: str, modifiers: tuple[str, ...], units: Decimal, charge_cents: int, plan_percent: int) -> int:
    """The allowed amount of a line: table × units × plan level × modifiers, never above the charge."""
    listed = _table().get(code)
    if listed is None:
        amount = percent_of(charge_cents, _family_percent(code))
    else:
        amount = int((Decimal(listed) * units).quantize(Decimal(1), rounding=ROUND_HALF_UP))
        amount = percent_of(amount, plan_percent)
    for modifier in modifiers:
        amount = percent_of(amount, _MODIFIER_PERCENT.get(modifier, 100))
    return min(amount, charge_cents)


def _family_percent(code: str) -> int:
    return next((percent for prefix, percent in _PERCENT_BY_FAMILY if code.startswith(prefix)), _OTHER_PERCENT)
