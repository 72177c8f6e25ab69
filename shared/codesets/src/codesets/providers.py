"""Who may bill, from the user's own files: NUCC's provider taxonomy and CMS's list of NPIs that were taken back.

NUCC publishes its taxonomy twice a year as CSV (``Code,Grouping,Classification,…``; older and extended layouts add
dates). CMS publishes the NPPES Deactivated NPI Report each month as a sheet of two columns under a title line: NPI and
the date of its deactivation; it is saved as CSV. An NPI that was given back to its owner is no longer in the report.
Only codes, numbers and dates are kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Final

from codesets import published, store
from codesets.store import Load, Loaded

TAXONOMY: Final = "taxonomy"
DEACTIVATED: Final = "npi-deactivated"
_TAXONOMY_CODE: Final = re.compile(r"[0-9A-Z]{9}X")
_NPI: Final = re.compile(r"[12]\d{9}")
_EARLIEST, _LATEST = 0, 99_999_999


def load_taxonomy(path: Path, root: Path, load: Load) -> int:
    """Compile NUCC's taxonomy; where the file has dates, a code counts from its first to its last day."""
    return store.write(root, load, ("code", "added", "ended"), 1, _taxonomy_rows(path))


def _taxonomy_rows(path: Path) -> Iterator[tuple[str, int, int]]:
    added = ended = None
    for row in published.cells(path):
        if row and row[0].upper() == "CODE":
            heads = [cell.upper() for cell in row]
            added, ended = (heads.index(it) if it in heads else None for it in ("EFFECTIVE DATE", "DEACTIVATION DATE"))
        elif row and _TAXONOMY_CODE.fullmatch(row[0]):
            yield row[0], _date(row, added, _EARLIEST), _date(row, ended, _LATEST)


def _date(row: list[str], at: int | None, default: int) -> int:
    return default if at is None or at >= len(row) else published.number(published.day(row[at]), default)


def load_deactivated(path: Path, root: Path, load: Load) -> int:
    """Compile the NPPES Deactivated NPI Report."""
    return store.write(root, load, ("npi", "ended"), 1, _deactivated_rows(path))


def _deactivated_rows(path: Path) -> Iterator[tuple[str, int]]:
    for row in published.cells(path):
        if len(row) >= 2 and _NPI.fullmatch(row[0]) and (ended := published.day(row[1])):
            yield row[0], published.number(ended, _LATEST)


def is_taxonomy_unknown(code: str, on: date) -> bool:
    """Whether NUCC's list is loaded for the day and the code is not in it, not yet, or no more."""
    load = store.in_force(TAXONOMY, on)
    if load is None:
        return False
    days = _days_of_taxonomy(load, code)
    return days is None or not days[0] <= published.number(on, 0) <= days[1]


def is_npi_deactivated(npi: str, on: date) -> bool:
    """Whether the report is loaded and the NPI was taken back before the day: what was done earlier may be billed."""
    load = store.in_force(DEACTIVATED, on)
    ended = _end_of_npi(load, npi) if load else None
    return ended is not None and ended < published.number(on, 0)


@lru_cache(maxsize=4_096)
def _days_of_taxonomy(load: Loaded, code: str) -> tuple[int, int] | None:
    rows = load.rows("SELECT added, ended FROM row WHERE code = ?", code)
    return (rows[0][0], rows[0][1]) if rows else None


@lru_cache(maxsize=16_384)
def _end_of_npi(load: Loaded, npi: str) -> int | None:
    rows = load.rows("SELECT ended FROM row WHERE npi = ?", npi)
    return rows[0][0] if rows else None
