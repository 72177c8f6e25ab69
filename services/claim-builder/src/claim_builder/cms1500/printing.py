"""Pages of text for a printer that holds the form: 80 columns, 66 lines, a form feed after each sheet."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from claim_builder.cms1500.filling import Form
from claim_builder.cms1500.layout import COLUMNS, FIELDS, FIRST_SERVICE_LINE, LINE_FIELDS, LINES_PER_FORM, Field


@dataclass(frozen=True, slots=True)
class Offset:
    """How far the form lies from where it should: whole lines down and columns right; negative is up and left."""

    lines: int = 0
    columns: int = 0


class _Sheet:
    def __init__(self, offset: Offset) -> None:
        self._rows = [[" "] * COLUMNS for _ in range(LINES_PER_FORM)]
        self._offset = offset

    def put(self, field: Field, value: str, line: int) -> None:
        text = _fitted(_printable(value), field)
        row = line - 1 + self._offset.lines
        if not 0 <= row < LINES_PER_FORM:
            return
        for at, letter in enumerate(text, start=field.column - 1 + self._offset.columns):
            if letter != " " and 0 <= at < COLUMNS:
                self._rows[row][at] = letter

    def __str__(self) -> str:
        return "\n".join("".join(row).rstrip() for row in self._rows) + "\n"


def as_text(forms: Iterable[Form], offset: Offset = Offset()) -> str:
    """The sheets one after the other, each ended by a form feed. What lies off the sheet is not printed."""
    return "".join(f"{_sheet(form, offset)}\f" for form in forms)


def _sheet(form: Form, offset: Offset) -> _Sheet:
    sheet = _Sheet(offset)
    for name, value in form.values.items():
        sheet.put(FIELDS[name], value, FIELDS[name].line)
    for at, line in enumerate(form.lines):
        for name, value in line.items():
            field = LINE_FIELDS[name]
            sheet.put(field, value, FIRST_SERVICE_LINE + 2 * at + field.line)
    return sheet


def _fitted(text: str, field: Field) -> str:
    """A long name is cut, as a typist would; an amount never is: stars say that the form cannot hold it."""
    if not field.right:
        return text[: field.length]
    return text.rjust(field.length) if len(text) <= field.length else "*" * field.length


def _printable(text: str) -> str:
    """Upper case, as forms are read by machines; what a printer cannot set becomes a blank."""
    return "".join(letter if " " <= letter <= "~" else " " for letter in text.upper())
