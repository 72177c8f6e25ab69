"""Reads the files that the owners of code sets publish: text, CSV or tab-separated, alone or in a zip.

Their headings change from release to release and run over several lines; so rows are told by what stands in them.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Final

CODE: Final = re.compile(r"[A-Z0-9]{5}")
"""A CPT or HCPCS code."""
_TEXT_ENDINGS: Final = (".csv", ".txt", ".tsv")


def lines(path: Path) -> Iterator[str]:
    """The lines of a text file, or of every text file in a zip. Raises ValueError for a zip without any."""
    for text in _texts(path):
        yield from io.StringIO(text, newline="")


def _texts(path: Path) -> Iterator[str]:
    if not zipfile.is_zipfile(path):
        yield _decoded(path.read_bytes())
        return
    with zipfile.ZipFile(path) as packed:
        names = [name for name in sorted(packed.namelist()) if name.lower().endswith(_TEXT_ENDINGS)]
        if not names:
            raise ValueError(f"{path.name}: the zip holds no .txt or .csv file; save the sheet as CSV")
        for name in names:
            yield _decoded(packed.read(name))


def _decoded(data: bytes) -> str:
    """UTF-8 with or without BOM, UTF-16, or Windows-1252, which the owners use in turn."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def cells(path: Path) -> Iterator[list[str]]:
    """Rows of stripped cells; a file that holds more tabs than commas is separated by tabs."""
    for text in _texts(path):
        delimiter = "\t" if text.count("\t") > text.count(",") else ","
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            yield [cell.strip() for cell in row]


def day(text: str) -> date | None:
    """A date as CCYYMMDD, MM/DD/CCYY or CCYY-MM-DD; None for anything else (``*`` means none)."""
    found = re.fullmatch(r"(\d{4})-?(\d\d)-?(\d\d)", text)
    if found:
        year, month, dom = found.groups()
    elif american := re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{4})", text):
        month, dom, year = american.groups()
    else:
        return None
    try:
        return date(int(year), int(month), int(dom))
    except ValueError:
        return None


def number(day_or_none: date | None, default: int) -> int:
    """A date as CCYYMMDD in an integer, for the compiled tables."""
    return default if day_or_none is None else day_or_none.year * 10_000 + day_or_none.month * 100 + day_or_none.day
