"""Procedure codes from the user's own files: HCPCS Level II, CPT, and the physician fee schedule, by date of service.

HCPCS Level II is CMS's and free; CPT is the AMA's and needs the user's licence; the fee schedule holds CPT numbers.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Final, NamedTuple

from codesets import published, store
from codesets.store import Load, Loaded

HCPCS: Final = "hcpcs"
CPT: Final = "cpt"
MPFS: Final = "mpfs"
_GLOBAL_DAYS: Final = frozenset(("000", "010", "090", "MMM", "XXX", "YYY", "ZZZ"))
_EARLIEST, _LATEST = 0, 99_999_999


class ProcedureCode(NamedTuple):
    """A code with the label of its owner's file, and the days on which it may be billed."""

    code: str
    label: str
    added: int
    """CCYYMMDD, 0 if the file does not say."""
    ended: int
    """CCYYMMDD, the last day it may be billed."""


class FeeScheduleRow(NamedTuple):
    """How Medicare's physician fee schedule treats a code; indicators as in the file (MPFS, PPRRVU)."""

    code: str
    status: str
    pc_tc: str
    global_days: str
    """000, 010, 090, MMM, XXX, YYY or ZZZ."""
    multiple: str
    bilateral: str
    """0 no 150 %, 1 150 %, 2 priced as bilateral, 3 no reduction, 9 does not apply."""
    assistant: str


def load_hcpcs(path: Path, root: Path, load: Load) -> int:
    """Compile CMS's HCPCS file: the fixed-width one of 320 characters, or a table with its headings as CSV."""
    return store.write(root, load, ProcedureCode._fields, 1, _hcpcs_rows(path))


def _hcpcs_rows(path: Path) -> Iterator[tuple[str, str, int, int]]:
    fixed = [line.rstrip("\r\n") for line in published.lines(path)]
    if any(_is_fixed(line) for line in fixed):
        for line in fixed:
            if _is_fixed(line) and line[10] == "3":
                dates = published.day(line[268:276]), published.day(line[284:292])
                yield _code_row(line[:5], line[91:119].strip() or line[11:91].strip(), *dates)
        return
    yield from _by_heading(path, ("HCPC", "HCPCS", "CODE"), ("SHORT", "LONG"), ("ADD",), ("TERM",))


def _is_fixed(line: str) -> bool:
    """Code, five digits, record id: the record layout of the contractors' file."""
    return len(line) > 118 and bool(published.CODE.fullmatch(line[:5])) and line[5:11].isdigit()


def _code_row(code: str, label: str, added: date | None, ended: date | None) -> tuple[str, str, int, int]:
    return code, label, published.number(added, _EARLIEST), published.number(ended, _LATEST)


def _by_heading(
    path: Path, code: tuple[str, ...], label: tuple[str, ...], added: tuple[str, ...], ended: tuple[str, ...]
) -> Iterator[tuple[str, str, int, int]]:
    """Rows under the first line whose headings name the code; headings are told by how they begin."""
    places: dict[str, int | None] | None = None
    for row in published.cells(path):
        if places is None:
            heads = [cell.upper() for cell in row]
            if _place(heads, code) is not None and _place(heads, label) is not None:
                wanted = {"code": code, "label": label, "added": added, "ended": ended}
                places = {name: _place(heads, words) for name, words in wanted.items()}
            continue
        values = {name: row[at] if at is not None and at < len(row) else "" for name, at in places.items()}
        if published.CODE.fullmatch(values["code"]):
            dates = published.day(values["added"]), published.day(values["ended"])
            yield _code_row(values["code"], values["label"], *dates)


def _place(heads: list[str], words: tuple[str, ...]) -> int | None:
    return next((at for word in words for at, head in enumerate(heads) if head.startswith(word)), None)


def load_cpt(path: Path, root: Path, load: Load) -> int:
    """Compile the AMA's CPT file under the user's licence: with headings, or rows of code and descriptor."""
    return store.write(root, load, ProcedureCode._fields, 1, _cpt_rows(path))


def _cpt_rows(path: Path) -> Iterator[tuple[str, str, int, int]]:
    found = list(_by_heading(path, ("CPT", "CODE"), ("SHORT", "MEDIUM", "LONG", "DESC"), ("EFFECTIVE",), ("TERM",)))
    if found:
        yield from found
        return
    for line in published.lines(path):
        code, _, label = line.rstrip("\r\n").replace("\t", " ").partition(" ")
        if published.CODE.fullmatch(code) and label.strip():
            yield code, label.strip(), _EARLIEST, _LATEST


def load_mpfs(path: Path, root: Path, load: Load) -> int:
    """Compile the relative value file (PPRRVU): columns are found around the one that holds the global days."""
    return store.write(root, load, FeeScheduleRow._fields, 1, _mpfs_rows(path))


def _mpfs_rows(path: Path) -> Iterator[tuple[str, ...]]:
    for row in published.cells(path):
        if len(row) < 21 or not published.CODE.fullmatch(row[0]) or row[1]:
            continue  # a row with a modifier (26, TC, 53) prices a part of the code
        at = next((at for at in range(5, len(row) - 6) if row[at] in _GLOBAL_DAYS), None)
        if at is not None:
            multiple, bilateral, assistant = row[at + 4 : at + 7]
            yield row[0], row[3], row[at - 1], row[at], multiple, bilateral, assistant


def lookup(code: str, on: date) -> ProcedureCode | None:
    """A HCPCS or CPT code of the user's files that may be billed on the day, None if not there or not loaded."""
    load = store.in_force(HCPCS if code[:1].isalpha() else CPT, on)
    found = _code(load, code) if load else None
    number = published.number(on, 0)
    return found if found is not None and found.added <= number <= found.ended else None


def is_loaded(code: str, on: date) -> bool:
    """Whether the file that would hold the code is loaded for the day: else its absence says nothing."""
    return store.in_force(HCPCS if code[:1].isalpha() else CPT, on) is not None


def fee_schedule_row(code: str, on: date) -> FeeScheduleRow | None:
    """The code's row of the fee schedule of that day."""
    load = store.in_force(MPFS, on)
    return _fees(load, code) if load else None


@lru_cache(maxsize=16_384)
def _code(load: Loaded, code: str) -> ProcedureCode | None:
    rows = load.rows("SELECT code, label, added, ended FROM row WHERE code = ?", code)
    return ProcedureCode(*rows[0]) if rows else None


@lru_cache(maxsize=16_384)
def _fees(load: Loaded, code: str) -> FeeScheduleRow | None:
    rows = load.rows("SELECT * FROM row WHERE code = ?", code)
    return FeeScheduleRow(*rows[0]) if rows else None
