"""The National Correct Coding Initiative from the user's own CMS files: procedure pairs and unit limits by date.

CMS publishes both quarterly, apart for practitioners and outpatient hospitals, and apart for Medicare and Medicaid.
They hold CPT numbers (AMA), so none is shipped. Nothing loaded means nothing found.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date
from functools import lru_cache
from itertools import permutations
from pathlib import Path
from typing import Final, Literal, NamedTuple

from codesets import published, store
from codesets.store import Load, Loaded

Setting = Literal["practitioner", "outpatient"]
PTP: Final = "ncci-ptp"
MUE: Final = "ncci-mue"
ADD_ON: Final = "ncci-add-on"
_MODIFIERS: Final = (
    "E1 E2 E3 E4 FA F1 F2 F3 F4 F5 F6 F7 F8 F9 TA T1 T2 T3 T4 T5 T6 T7 T8 T9 LT RT LC LD RC LM RI "
    "24 25 57 58 78 79 27 59 91 XE XS XP XU"
)
MODIFIERS: Final = frozenset(_MODIFIERS.split())
"""Modifiers that let a pair with indicator 1 pass (NCCI Policy Manual, chapter I, section E)."""
_EARLIEST, _LATEST = 0, 99_999_999


class PtpPair(NamedTuple):
    """Column 2 is not paid beside column 1, unless the indicator is 1 and an NCCI modifier says why."""

    column1: str
    column2: str
    modifier_indicator: int
    """0: no modifier helps. 1: an NCCI modifier with documentation helps. 9: the edit is not active."""


class Mue(NamedTuple):
    """The most units of a code that are plausible for one patient on one day."""

    code: str
    units: int
    adjudication_indicator: int
    """1: per claim line. 2: per day, absolute. 3: per day, may be appealed with documentation."""


def load_ptp(path: Path, root: Path, load: Load) -> int:
    """Compile a PTP file: column 1, column 2, mark of 1996, effective date, deletion date, indicator, rationale."""
    return store.write(root, load, ("column1", "column2", "effective", "deleted", "indicator"), 3, _ptp_rows(path))


def _ptp_rows(path: Path) -> Iterator[tuple[str, str, int, int, int]]:
    for row in published.cells(path):
        if len(row) < 6 or not published.CODE.fullmatch(row[0]) or not published.CODE.fullmatch(row[1]):
            continue
        effective, deleted = published.day(row[3]), published.day(row[4])
        if row[5][:1] in ("0", "1", "9"):
            first, last = published.number(effective, _EARLIEST), published.number(deleted, _LATEST)
            yield row[0], row[1], first, last, int(row[5][0])


def load_mue(path: Path, root: Path, load: Load) -> int:
    """Compile an MUE file: code, value, adjudication indicator with its words, rationale."""
    return store.write(root, load, ("code", "units", "indicator"), 1, _mue_rows(path))


def _mue_rows(path: Path) -> Iterator[tuple[str, int, int]]:
    for row in published.cells(path):
        if len(row) >= 3 and published.CODE.fullmatch(row[0]) and row[1].isdigit() and row[2][:1] in ("1", "2", "3"):
            yield row[0], int(row[1]), int(row[2][0])


def load_add_on(path: Path, root: Path, load: Load) -> int:
    """Compile CMS's add-on code file as CSV: add-on code, type, and the primary code on each row (empty for type 2)."""
    return store.write(root, load, ("code", "primary_code"), 2, _add_on_rows(path))


def _add_on_rows(path: Path) -> Iterator[tuple[str, str]]:
    for row in published.cells(path):
        codes = [cell for cell in row if published.CODE.fullmatch(cell)]
        if codes and row[0] == codes[0]:
            yield codes[0], codes[1] if len(codes) > 1 else ""


def ptp(column1: str, column2: str, on: date, setting: Setting = "practitioner", program: str = "") -> PtpPair | None:
    """The pair's edit if it is active on the date of service."""
    load = _in_force(PTP, on, setting, program)
    return _pair(load, column1, column2, published.number(on, 0)) if load else None


def pairs(
    codes: Collection[str], on: date, setting: Setting = "practitioner", program: str = ""
) -> tuple[PtpPair, ...]:
    """Every active edit among the codes of one patient, provider and day."""
    load = _in_force(PTP, on, setting, program)
    if load is None:
        return ()
    number = published.number(on, 0)
    found = (_pair(load, one, other, number) for one, other in permutations(sorted(set(codes)), 2))
    return tuple(pair for pair in found if pair is not None)


def mue(code: str, on: date, setting: Setting = "practitioner", program: str = "") -> Mue | None:
    """The code's unit limit on the date of service."""
    load = _in_force(MUE, on, setting, program)
    return _mue(load, code) if load else None


def primaries(code: str, on: date) -> frozenset[str] | None:
    """The codes beside which an add-on code may be billed; empty if any may; None if it is no add-on code."""
    load = store.in_force(ADD_ON, on)
    rows = load.rows("SELECT primary_code FROM row WHERE code = ?", code) if load else []
    return frozenset(primary for (primary,) in rows if primary) if rows else None


def is_loaded(on: date, setting: Setting = "practitioner", program: str = "") -> bool:
    """Whether pairs are loaded for that day."""
    return _in_force(PTP, on, setting, program) is not None


def version(on: date, setting: Setting = "practitioner", program: str = "") -> str:
    """Name of the release of pairs that counts on that day, empty if none is loaded."""
    load = _in_force(PTP, on, setting, program)
    return load.name if load else ""


def _in_force(kind: str, on: date, setting: Setting, program: str) -> Loaded | None:
    return store.in_force(kind, on, setting=setting, program=program)


@lru_cache(maxsize=65_536)
def _pair(load: Loaded, column1: str, column2: str, on: int) -> PtpPair | None:
    query = "SELECT indicator FROM row WHERE column1 = ? AND column2 = ? AND effective <= ? AND deleted >= ?"
    rows = load.rows(f"{query} ORDER BY effective DESC LIMIT 1", column1, column2, on, on)
    return PtpPair(column1, column2, rows[0][0]) if rows and rows[0][0] != 9 else None


@lru_cache(maxsize=16_384)
def _mue(load: Loaded, code: str) -> Mue | None:
    rows = load.rows("SELECT units, indicator FROM row WHERE code = ?", code)
    return Mue(code, *rows[0]) if rows else None
