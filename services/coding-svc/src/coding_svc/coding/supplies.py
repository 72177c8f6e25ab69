"""What a procedure uses up and the practice bills: devices, implants, and the material of casts and splints.

A device is billed with the procedure that places it, where the note names it. Cast and splint supplies go by the part
covered, the age (to ten years, older) and the material; without the material they are not told. (HCPCS Level II.)
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from functools import lru_cache
from typing import Final

from coding_svc.coding import doing, lexicon
from coding_svc.coding.procedures import Performed
from coding_svc.coding.reading import Reading
from coding_svc.domain import CodeSystem

_FIRST_SUPPLY: Final = {
    "29065": 4005, "29075": 4009, "29085": 4013, "29105": 4017, "29125": 4021, "29345": 4029, "29365": 4033,
    "29405": 4037, "29425": 4037, "29505": 4041, "29515": 4045,
}  # fmt: skip
"""By application: number of the Q code of plaster for adults; fiberglass is one more, children two more."""
_TREATMENT, _PER_TREATMENT = "94640", ("J7620",)
"""The nebulizer treatment, and unit doses that each one uses."""
_CHILD_UNTIL: Final = 10
_FINGER_SPLINT: Final = {"29130": "Q4049"}
_PLASTER: Final = re.compile(r"\bplaster\b|\borthopl[ae]st\b")
_BROKEN_OFF: Final = re.compile(r"\b(?:stopped|aborted|discontinued|abandoned|unsuccessful|failed|could not)\b")
_FIBERGLASS: Final = re.compile(r"fib(?:er|re)-?glass|\bscotchcast\b|ortho-?glass|synthetic")


def supplies(reading: Reading, services: Sequence[Performed], age_years: int | None) -> list[Performed]:
    """The supplies of the note's own procedures."""
    found: list[Performed] = []
    for service in services:
        code = _of_cast(reading, service, age_years) or _FINGER_SPLINT.get(service.code)
        if code is not None:
            found.append(_supply(service, code, "cast or splint supplies"))
    return found + _devices(reading, services)


def _of_cast(reading: Reading, service: Performed, age_years: int | None) -> str | None:
    number = _FIRST_SUPPLY.get(service.code)
    if number is None or age_years is None or not service.evidence:
        return None
    sentence = doing.sentence_at(reading, service.evidence[0].start)
    stretch = reading.lowered[sentence.start : sentence.end] if sentence else ""
    for text in (stretch, reading.lowered):
        plaster, synthetic = _PLASTER.search(text), _FIBERGLASS.search(text)
        if bool(plaster) != bool(synthetic):
            return f"Q{number + bool(synthetic) + 2 * (age_years <= _CHILD_UNTIL)}"
    return None


def _devices(reading: Reading, services: Sequence[Performed]) -> list[Performed]:
    found: list[Performed] = []
    for code, placed_by, pattern, label in _table():
        service = next((service for service in services if service.code in placed_by), None)
        if service is not None and pattern.search(reading.lowered) and not _given_up(reading, service):
            found.append(_supply(service, code, label))
    return found


def for_repeats(services: Sequence[Performed], again: Sequence[Performed]) -> list[Performed]:
    """A dose of a drug for each treatment that was given again."""
    times = sum((line.units for line in again if line.code == _TREATMENT), Decimal(0))
    return [replace(line, units=line.units + times) if line.code in _PER_TREATMENT else line for line in services]


def _given_up(reading: Reading, service: Performed) -> bool:
    """Whether the placing was broken off: then nothing was left in place."""
    sentence = doing.sentence_at(reading, service.evidence[0].start) if service.evidence else None
    return sentence is not None and _BROKEN_OFF.search(reading.lowered, sentence.start, sentence.end + 80) is not None


def _supply(service: Performed, code: str, label: str) -> Performed:
    return Performed(
        code, CodeSystem.HCPCS, label, (), Decimal(1), service.confidence, service.evidence, service.section
    )


@lru_cache(maxsize=1)
def _table() -> tuple[tuple[str, tuple[str, ...], re.Pattern[str], str], ...]:
    rows = lexicon.rows("devices.tsv")
    return tuple(
        (code, tuple(placed_by.split()), re.compile(pattern), label) for code, placed_by, pattern, label in rows
    )
