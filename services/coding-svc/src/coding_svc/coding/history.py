"""Conditions that are over, or a relative's: they have Z codes of their own (guideline I.C.21.c.4).

A table from the category of the condition to the code of its history. What is not in it gives no code.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from codesets.icd10cm import Codes, Release, matches

_PERSONAL: Final = (
    ("C00-C14", "Z85.819"), ("C15", "Z85.01"), ("C16", "Z85.028"), ("C18", "Z85.038"), ("C19-C21", "Z85.048"),
    ("C22", "Z85.05"), ("C25", "Z85.07"), ("C32", "Z85.21"), ("C33-C34", "Z85.118"), ("C43", "Z85.820"),
    ("C44", "Z85.828"), ("C50", "Z85.3"), ("C53", "Z85.41"), ("C54-C55", "Z85.42"), ("C56", "Z85.43"),
    ("C61", "Z85.46"), ("C62", "Z85.47"), ("C64", "Z85.528"), ("C67", "Z85.51"), ("C71", "Z85.841"),
    ("C73", "Z85.850"), ("C81", "Z85.71"), ("C82-C85", "Z85.72"), ("C90", "Z85.79"), ("C91-C95", "Z85.6"),
    ("D05", "Z86.000"), ("D12", "Z86.0100"), ("K63.5", "Z86.0100"), ("I26", "Z86.711"), ("I82", "Z86.718"),
    ("I63", "Z86.73"), ("G45.9", "Z86.73"), ("I21", "I25.2"), ("I71", "Z86.79"), ("N20", "Z87.442"),
    ("N39.0", "Z87.440"), ("J18", "Z87.01"), ("K25-K28", "Z87.11"), ("F17", "Z87.891"), ("U07.1", "Z86.16"),
    ("O24", "Z86.32"), ("A15", "Z86.11"), ("B20", ""), ("K35", ""),
)  # fmt: skip
_FAMILY: Final = (
    ("C18-C21", "Z80.0"), ("C15-C17", "Z80.0"), ("C25", "Z80.0"), ("C33-C34", "Z80.1"), ("C50", "Z80.3"),
    ("C56", "Z80.41"), ("C61", "Z80.42"), ("C64", "Z80.51"), ("C67", "Z80.52"), ("C43-C44", "Z80.8"),
    ("C81-C85", "Z80.7"), ("C91-C95", "Z80.6"), ("I10-I16", "Z82.49"), ("I20-I25", "Z82.49"), ("I50", "Z82.49"),
    ("I63", "Z82.3"), ("E08-E13", "Z83.3"), ("J45", "Z82.5"), ("M81", "Z82.62"), ("K63.5", "Z83.719"),
    ("G30", "Z82.0"), ("F03", "Z81.8"), ("H40", "Z83.511"), ("N18", "Z84.19"),
)  # fmt: skip
CHRONIC: Final = Codes(
    "E03",
    "E05",
    "E06",
    "E08-E14",
    "E28.2",
    "E29.1",
    "E66",
    "E78",
    "F20-F48",
    "F90",
    "G20",
    "G25.0",
    "G25.81",
    "G35",
    "G40",
    "G43",
    "G47",
    "I10-I16",
    "I20",
    "I25",
    "I34-I36",
    "I42",
    "I48",
    "I50",
    "I73.9",
    "J30",
    "J42-J47",
    "K21",
    "K40-K46",
    "K50-K51",
    "K58",
    "K90.0",
    "L20",
    "L40",
    "L71",
    "M05-M06",
    "M10",
    "M15-M19",
    "M32",
    "M47-M51",
    "M79.7",
    "M81",
    "N18",
    "N40",
    "D50",
    "B20",
    "B18",
    "H40",
    "G30",
    "F03",
)
"""Conditions that go on: "history of" them with today's treatment means they are there (not a Z code)."""


def personal_history(code: str, release: Release) -> str | None:
    """The Z code of a past condition, None if the table has none for it."""
    return _billable(_personal(code), release)


def family_history(code: str, release: Release) -> str | None:
    """The Z code of a relative's condition."""
    return _billable(_family(code), release)


def is_chronic(code: str) -> bool:
    """Whether the condition usually lasts."""
    return code in CHRONIC


def _billable(history: str, release: Release) -> str | None:
    return history if history and release.is_billable(history) else None


@lru_cache(maxsize=8_192)
def _personal(code: str) -> str:
    return _look_up(_PERSONAL, code)


@lru_cache(maxsize=8_192)
def _family(code: str) -> str:
    return _look_up(_FAMILY, code)


def _look_up(table: tuple[tuple[str, str], ...], code: str) -> str:
    return next((history for reference, history in table if matches(code, reference)), "")
