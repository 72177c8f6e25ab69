"""External code sets, asked for by rules and answered by whoever has them.

This package ships no code lists of others. An installed package can answer by an entry point of the group
``x12.code_sets`` that names a `CodeSets` object; without one every code passes whose form is right.
"""

from __future__ import annotations

from datetime import date
from enum import Enum, auto
from functools import lru_cache
from importlib.metadata import entry_points
from typing import Protocol

GROUP = "x12.code_sets"


class Standing(Enum):
    """How a code stands in its code set on a day. ``NOT_LOADED``: nobody here can say."""

    VALID = auto()
    INCOMPLETE = auto()
    """A heading or category: longer codes exist, and only they may be reported."""
    RETIRED = auto()
    UNKNOWN = auto()
    NOT_LOADED = auto()


class CodeSets(Protocol):
    """What rules ask. Diagnoses are ICD-10-CM, with or without their dot; days are dates of service."""

    def diagnosis(self, code: str, day: date) -> Standing:
        """Whether an ICD-10-CM code may be reported on a day."""
        ...

    def is_manifestation(self, code: str, day: date) -> bool:
        """Whether a diagnosis must never be the first (Medicare Code Editor)."""
        ...

    def ages(self, code: str, day: date) -> tuple[int, int] | None:
        """The completed years of age that a diagnosis fits, None if all."""
        ...

    def sex(self, code: str, day: date) -> str:
        """``F`` or ``M`` if a diagnosis is usual for one sex only, else ``""``."""
        ...

    def procedure(self, code: str, day: date) -> Standing:
        """How a CPT or HCPCS code stands."""
        ...

    def modifier(self, code: str) -> Standing:
        """How a two-character procedure modifier stands."""
        ...

    def taxonomy(self, code: str, day: date) -> Standing:
        """How a provider taxonomy code stands."""
        ...

    def npi(self, number: str, day: date) -> Standing:
        """How an NPI stands; ``RETIRED`` if it was taken back before the day."""
        ...

    def place_of_service(self, code: str) -> Standing:
        """How a place of service code stands."""
        ...

    def adjustment_reason(self, code: str) -> Standing:
        """How a claim adjustment reason code (CARC) stands."""
        ...

    def remark(self, code: str) -> Standing:
        """How a remittance advice remark code (RARC) stands."""
        ...


class NoCodeSets:
    """Knows nothing: every answer is ``NOT_LOADED``."""

    def diagnosis(self, code: str, day: date) -> Standing:
        """Unknown here."""
        return Standing.NOT_LOADED

    def is_manifestation(self, code: str, day: date) -> bool:
        """Unknown here."""
        return False

    def ages(self, code: str, day: date) -> tuple[int, int] | None:
        """Unknown here."""
        return None

    def sex(self, code: str, day: date) -> str:
        """Unknown here."""
        return ""

    def procedure(self, code: str, day: date) -> Standing:
        """Unknown here."""
        return Standing.NOT_LOADED

    def modifier(self, code: str) -> Standing:
        """Unknown here."""
        return Standing.NOT_LOADED

    def taxonomy(self, code: str, day: date) -> Standing:
        """Unknown here."""
        return Standing.NOT_LOADED

    def npi(self, number: str, day: date) -> Standing:
        """Unknown here."""
        return Standing.NOT_LOADED

    def place_of_service(self, code: str) -> Standing:
        """Unknown here."""
        return Standing.NOT_LOADED

    def adjustment_reason(self, code: str) -> Standing:
        """Unknown here."""
        return Standing.NOT_LOADED

    def remark(self, code: str) -> Standing:
        """Unknown here."""
        return Standing.NOT_LOADED


NO_CODE_SETS: CodeSets = NoCodeSets()


@lru_cache(maxsize=1)
def installed() -> CodeSets:
    """The code sets that an installed package offers, or those that know nothing."""
    for entry in entry_points(group=GROUP):
        found: CodeSets = entry.load()
        return found
    return NO_CODE_SETS
