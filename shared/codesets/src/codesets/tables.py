"""Small look-up tables: place of service, adjustment reasons, remarks, modifiers.

Code numbers with our own words. The owners' texts (X12 for CARC, AMA for CPT modifiers) are not shipped.
"""

from __future__ import annotations

from functools import lru_cache
from importlib import resources
from typing import NamedTuple


class PlaceOfService(NamedTuple):
    """CMS place of service code; `payment_setting` is `facility` or `non-facility` (Medicare fee schedule)."""

    code: str
    payment_setting: str
    name: str


class Modifier(NamedTuple):
    """A claim modifier. `applies_to`: em, procedure, lab, drug, anatomic or any."""

    code: str
    system: str
    applies_to: str
    ncci_bypass: bool
    """True: bypasses an NCCI pair with modifier indicator 1 (NCCI policy manual, chapter I)."""
    label: str


def _rows(name: str) -> list[list[str]]:
    text = (resources.files("codesets") / "data" / name).read_text("utf-8")
    return [line.split("\t") for line in text.splitlines()[1:]]


@lru_cache(maxsize=1)
def places_of_service() -> dict[str, PlaceOfService]:
    """By two-digit code."""
    return {row[0]: PlaceOfService(*row) for row in _rows("place_of_service.tsv")}


@lru_cache(maxsize=1)
def adjustment_reasons() -> dict[str, str]:
    """CARC number to our own words; empty words where nobody needed them yet."""
    return {row[0]: row[1] for row in _rows("carc.tsv")}


@lru_cache(maxsize=1)
def remarks() -> dict[str, str]:
    """The frequent RARC numbers with our own words; the full list is longer (see SOURCES.md)."""
    return {row[0]: row[1] for row in _rows("rarc.tsv")}


@lru_cache(maxsize=1)
def modifiers() -> dict[str, Modifier]:
    """By two-character code."""
    return {
        code: Modifier(code, system, applies_to, bypass == "1", label)
        for code, system, applies_to, bypass, label in _rows("modifiers.tsv")
    }
