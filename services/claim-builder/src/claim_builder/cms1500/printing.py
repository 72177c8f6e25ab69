"""Sheets of text for a printer that holds the form, 80 columns by 66 lines; the same placed on a page for a browser."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import escape
from typing import Final, NamedTuple

from claim_builder.cms1500.filling import Form
from claim_builder.cms1500.layout import COLUMNS, FIELDS, FIRST_SERVICE_LINE, LINE_FIELDS, LINES_PER_FORM, Field

_TOP_INCHES: Final = 0.19
_LEFT_INCHES: Final = 0.33
"""Where line 1 and column 1 lie on the paper of the form."""
_STYLE: Final = (
    "@page{{size:8.5in 11in;margin:0}}body{{margin:0}}pre{{box-sizing:border-box;width:8.5in;height:11in;margin:0;"
    "overflow:hidden;padding:{top:.3f}in 0 0 {left:.3f}in;break-after:page;font:10pt/12pt 'Courier New',monospace;"
    "letter-spacing:calc(.1in - 1ch)}}"
)
"""Ten characters an inch, six lines an inch, whatever the width of the browser's typewriter font."""


@dataclass(frozen=True, slots=True)
class Offset:
    """How far the form lies from where it should: lines down and columns right; negative is up and left.

    Text moves by whole lines and columns; a placed page also by parts of them.
    """

    lines: float = 0
    columns: float = 0

    @property
    def is_whole(self) -> bool:
        """Whether a text printer can do it."""
        return float(self.lines).is_integer() and float(self.columns).is_integer()


class Misfit(NamedTuple):
    """A value that its box cannot hold: `cut` was cut, else stars stand where the amount should."""

    sheet: int
    box: str
    name: str
    length: int
    cut: bool

    def __str__(self) -> str:
        what = "cut" if self.cut else "not printed; stars stand there"
        return (
            f"sheet {self.sheet}, box {self.box} ({self.name}): longer than the {self.length} characters there, {what}"
        )


class _Sheet:
    def __init__(self, offset: Offset) -> None:
        self._rows = [[" "] * COLUMNS for _ in range(LINES_PER_FORM)]
        self._down, self._right = int(offset.lines), int(offset.columns)

    def put(self, field: Field, value: str, line: int) -> None:
        text = _fitted(_printable(value), field)
        row = line - 1 + self._down
        if not 0 <= row < LINES_PER_FORM:
            return
        for at, letter in enumerate(text, start=field.column - 1 + self._right):
            if letter != " " and 0 <= at < COLUMNS:
                self._rows[row][at] = letter

    def __str__(self) -> str:
        return "\n".join("".join(row).rstrip() for row in self._rows) + "\n"


def as_text(forms: Iterable[Form], offset: Offset = Offset()) -> str:
    """The sheets one after the other, each ended by a form feed. What lies off the sheet is not printed.

    Raises ValueError for parts of lines or columns: a text printer moves whole ones.
    """
    if not offset.is_whole:
        raise ValueError("text moves by whole lines and columns")
    return "".join(f"{_sheet(form, offset)}\f" for form in forms)


def as_print_page(forms: Iterable[Form], offset: Offset = Offset()) -> str:
    """The sheets placed on letter paper, to be printed from a browser at 100 % without margins."""
    style = _STYLE.format(top=_TOP_INCHES + offset.lines / 6, left=_LEFT_INCHES + offset.columns / 10)
    # A line feed right behind <pre> is not part of it; without this one an empty first line would be lost.
    sheets = "".join(f"<pre>\n{escape(str(_sheet(form, Offset())))}</pre>" for form in forms)
    head = f"<!doctype html><html lang=en><meta charset=utf-8><title>CMS-1500</title><style>{style}</style>"
    return f"{head}<body>{sheets}</body></html>\n"


def misfits(forms: Iterable[Form]) -> Iterator[Misfit]:
    """The values that do not fit into their boxes; never the values themselves."""
    for number, form in enumerate(forms, start=1):
        for field, value, _ in _placed(form):
            if len(value.replace(" ", "") if field.right else value) > field.length:
                yield Misfit(number, field.box, field.name, field.length, not field.right)


def _placed(form: Form) -> Iterator[tuple[Field, str, int]]:
    """Every field of a sheet with its value and line."""
    for name, value in form.values.items():
        yield FIELDS[name], value, FIELDS[name].line
    for at, line in enumerate(form.lines):
        for name, value in line.items():
            yield LINE_FIELDS[name], value, FIRST_SERVICE_LINE + 2 * at + LINE_FIELDS[name].line


def _sheet(form: Form, offset: Offset) -> _Sheet:
    sheet = _Sheet(offset)
    for field, value, line in _placed(form):
        sheet.put(field, value, line)
    return sheet


def _fitted(text: str, field: Field) -> str:
    """A long name is cut, as a typist would; an amount never is: stars say that the form cannot hold it.

    The blank between dollars and cents stands on the form's own line, and gives way where six digits need its place.
    """
    if not field.right:
        return text[: field.length]
    if len(text) > field.length:
        text = text.replace(" ", "")
    return text.rjust(field.length) if len(text) <= field.length else "*" * field.length


def _printable(text: str) -> str:
    """Upper case, as forms are read by machines; what a printer cannot set becomes a blank."""
    return "".join(letter if " " <= letter <= "~" else " " for letter in text.upper())
