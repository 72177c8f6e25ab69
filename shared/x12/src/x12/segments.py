"""Segments out: a strict element writer. (Segments in: `x12.tokenizing`.)

The writer is the one place where data becomes X12: delimiters and control characters in names,
addresses and notes are mapped, in codes and identifiers they are refused (`WriteError`), so that no value can ever
begin an element or a segment of its own.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal

from x12.amounts import cents_text, decimal_text
from x12.envelope import Delimiters
from x12.findings import Finding, Severity, WriteError
from x12.sourcing import CHUNK, Source

__all__ = ["CHUNK", "FREE_TEXT", "Element", "SegmentWriter", "Source", "refusal"]

Element = str | int | date | Decimal | tuple["Element", ...] | None


# Where free text stands: element position -> maximum length. Everything else is a code or an identifier.
FREE_TEXT: dict[str, dict[int, int]] = {
    "NM1": {3: 60, 4: 35, 5: 25, 7: 10},
    "N1": {2: 60},
    "N3": {1: 55, 2: 55},
    "N4": {1: 30},
    "PER": {2: 60},
    "NTE": {2: 80},
    "K3": {1: 80},
    "SBR": {4: 60},
    "CR1": {9: 80, 10: 80},
    "CR2": {10: 80, 11: 80},
    "STC": {12: 264},
    "FRM": {3: 50},
    "RDM": {2: 60},
}
_MAX_FORMS = 1 << 10
"""How many forms a writer keeps ready; claims of many lines make ever new ones."""
_BINARY_CODE = re.compile("[A-Z0-9]{1,6}")
_LOOKALIKES = str.maketrans(
    {
        "ß": "ss", "ẞ": "SS", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L",
        "đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "þ": "th", "Þ": "Th", "ı": "i", "‘": "'", "’": "'", "“": '"',
        "”": '"', "–": "-", "—": "-", "…": "...", "µ": "u", "×": "x", "°": " deg ", "\u00a0": " ",
    }
)  # fmt: skip


class _Form:
    """A form made ready for one writer's delimiters, and what is looked at in it when it is filled.

    ``plain`` are the bytes that any value may hold; without them nothing but ``marks``, the separators of the form,
    may be left of it.
    """

    __slots__ = ("edge_blanks", "empty", "end", "marks", "open_ends", "plain", "template")

    def __init__(self, template: str, delimiters: Delimiters) -> None:
        self.template = template
        self.end = delimiters.segment
        element, component, end = delimiters.element, delimiters.component, delimiters.segment
        own = element + component + end + delimiters.repetition
        self.plain = bytes(code for code in range(0x20, 0x7F) if chr(code) not in own)
        self.marks = (template % (("",) * template.count("%s"))).encode().translate(None, self.plain)
        self.open_ends = element + component + " "
        self.edge_blanks = [edge for mark in (element, component, end) for edge in (f" {mark}", f"{mark} ")]
        self.empty = element + end, component + element, component + end


class _Refused(ValueError):
    """A code or identifier holds what X12 cannot carry."""


class _Codes(dict[Element, str]):
    """Element text of codes, identifiers, dates and numbers; the cache of one writer."""

    def __init__(self, delimiters: Delimiters) -> None:
        super().__init__()
        self._component = delimiters.component
        reserved = delimiters.element + delimiters.component + delimiters.repetition + delimiters.segment
        self._carried = re.compile(f"[^{re.escape(reserved)}\\x00-\\x1f\\x7f-\\U0010ffff]*").fullmatch
        self[None] = ""

    def __missing__(self, value: Element) -> str:
        if isinstance(value, str) and self._carried(value) is not None and value[-1:] != " ":
            self[value] = value
            return value
        text = self[value] = self._text(value)
        return text

    def _text(self, value: Element) -> str:
        if isinstance(value, str):
            text = value.rstrip(" ")
            if self._carried(text) is None:
                raise _Refused
            return text
        if value is None:
            return ""
        if isinstance(value, tuple):
            return self._component.join([self._text(part) for part in value]).rstrip(self._component)
        if isinstance(value, Decimal):
            return decimal_text(value)
        if isinstance(value, date):
            return f"{value.year:04d}{value.month:02d}{value.day:02d}"
        return str(value)


class _FreeText(dict[Element, str]):
    """Names and notes: accents are dropped, delimiters and control characters become spaces, length is cut."""

    def __init__(self, delimiters: Delimiters, limit: int, codes: _Codes) -> None:
        super().__init__()
        self._codes = codes
        reserved = (delimiters.element, delimiters.component, delimiters.repetition, delimiters.segment)
        self._blanked = {ord(char): " " for char in reserved if char}
        self._limit = limit

    def __missing__(self, value: Element) -> str:
        text = self[value] = self._text(value if isinstance(value, str) else "")
        self._codes[text] = text
        return text

    def _text(self, value: str) -> str:
        if not value.isascii():
            plain = unicodedata.normalize("NFKD", value.translate(_LOOKALIKES))
            value = "".join(c if c.isascii() else "" if unicodedata.combining(c) else "?" for c in plain)
        text = value.translate(self._blanked)
        if not text.isprintable():
            text = "".join(c if c.isprintable() else " " for c in text)
        return text.strip()[: self._limit].rstrip()


class _Money(dict[int | None, str]):
    """The texts of amounts in cents, ``""`` for None."""

    def __init__(self) -> None:
        super().__init__({None: ""})

    def __missing__(self, amount_cents: int | None) -> str:
        text = self[amount_cents] = cents_text(amount_cents or 0)
        return text


class SegmentWriter:
    """Collects the segments of one transaction set; the only place where elements become text.

    ``money`` is the text of an amount in cents, ``""`` for None; ``code`` that of a number, date or code, and raises
    `ValueError` where `add` would refuse it.
    """

    def __init__(self, delimiters: Delimiters) -> None:
        _check_delimiters(delimiters)
        self.segments: list[str] = []
        self._delimiters = delimiters
        self.separator = delimiters.element
        self._codes = _Codes(delimiters)
        self._element = self._codes.__getitem__
        limits = {limit for positions in FREE_TEXT.values() for limit in positions.values()}
        self._free = {limit: _FreeText(delimiters, limit, self._codes) for limit in limits}
        self._free_at = {
            segment_id: [(at - 1, self._free[limit].__getitem__) for at, limit in positions.items()]
            for segment_id, positions in FREE_TEXT.items()
        }
        self.code: Callable[[Element], str] = self._codes.__getitem__
        self.money: Callable[[int | None], str] = _Money().__getitem__
        self._forms: dict[str, _Form] = {}

    def add(self, segment_id: str, *elements: Element) -> None:
        """Append a segment; trailing empty elements are dropped.

        Raises `WriteError` (IK403-6) if a code or identifier holds a delimiter, a control or a non-ASCII character.
        """
        separator = self.separator
        free = self._free_at.get(segment_id)
        try:
            if free is None:
                texts = separator.join(map(self._element, elements))
            else:
                texts = separator.join(self._with_free_text(elements, free))
        except _Refused:
            raise self._refusal(segment_id, elements) from None
        self.segments.append(f"{segment_id}{separator}{texts}".rstrip(separator))

    def _with_free_text(
        self, elements: tuple[Element, ...], free: list[tuple[int, Callable[[Element], str]]]
    ) -> list[str]:
        """The texts of elements of which some are free text."""
        codes = list(elements)
        mapped: list[tuple[int, str]] = []
        for at, text_of in free:
            if at < len(codes) and codes[at]:
                mapped.append((at, text_of(codes[at])))
                codes[at] = None
        texts = list(map(self._element, codes))
        for at, text in mapped:
            texts[at] = text
        return texts

    def fill(self, form: str, values: Sequence[str | int]) -> bool:
        """Append the segments of a form: one a line, ``*`` and ``:`` for the separators, a ``?`` for each value.

        For segments that stand together thousands of times: they are looked at together. False, and nothing is
        appended, if anything is not to be written exactly as it is: a value that is mapped, cut or refused, an empty
        element or blank at an end. `add` knows what to do then.
        """
        ready = self._forms.get(form) or self._prepare(form)
        filled = ready.template % tuple(values)
        element_end, component_element, component_end = ready.empty
        if (
            not filled.isascii()
            or filled.encode().translate(None, ready.plain) != ready.marks
            or element_end in filled
            or component_element in filled
            or component_end in filled
            or filled[-1] in ready.open_ends
            or (" " in filled and any(map(filled.__contains__, ready.edge_blanks)))
        ):
            return False
        self.segments += filled.split(ready.end)
        return True

    def _prepare(self, form: str) -> _Form:
        delimiters = self._delimiters
        marks = {"*": delimiters.element, ":": delimiters.component, "\n": delimiters.segment, "%": "%"}
        template = form.translate(
            {ord(mark): text.replace("%", "%%") for mark, text in marks.items()} | {ord("?"): "%s"}
        )
        if len(self._forms) >= _MAX_FORMS:
            self._forms.clear()
        ready = self._forms[form] = _Form(template, self._delimiters)
        return ready

    def add_binary(self, segment_id: str, data: bytes, *elements: Element) -> None:
        """Append a segment that ends with the length of ``data`` and ``data`` as they are (BIN, BDS).

        The elements before them are codes (BDS01, the filter): a reader tells by them that data with terminators in
        them follow. Raises `WriteError` if there are no data or no such code, or as `add` does.
        """
        if not data:
            raise refusal(f"{segment_id}{len(elements) + 2:02d}", "there are no binary data", "IK403-1")
        for position, element in enumerate(elements, 1):
            if not isinstance(element, str) or _BINARY_CODE.fullmatch(element) is None:
                message = "a code before binary data has one to six capital letters or digits, as B64"
                raise refusal(f"{segment_id}{position:02d}", message, "IK403-7")
        self.add(segment_id, *elements, len(data))
        self.segments[-1] += self.separator + data.decode("latin-1")

    def text(self, value: str, limit: int = 80) -> str:
        """Free text inside a composite, mapped so that it is safe to add."""
        if limit not in self._free:
            self._free[limit] = _FreeText(self._delimiters, limit, self._codes)
        return self._free[limit][value]

    def _refusal(self, segment_id: str, elements: tuple[Element, ...]) -> WriteError:
        position = next(i for i, element in enumerate(elements, 1) if self._refuses(element))
        message = "a code or identifier holds a delimiter, a control character or a letter outside ASCII"
        return refusal(f"{segment_id}{position:02d}", message, "IK403-6")

    def _refuses(self, element: Element) -> bool:
        try:
            self._codes[element]
        except _Refused:
            return True
        return False


def refusal(element: str, message: str, code: str = "IK403-7") -> WriteError:
    """The error of a writer that refuses the value of ``element`` ("ISA13")."""
    action = "Correct the value where it was entered."
    return WriteError(Finding(Severity.ERROR, code, message, action, segment=element[:-2], element=element))


def _check_delimiters(delimiters: Delimiters) -> None:
    chars = (delimiters.element, delimiters.repetition, delimiters.component, delimiters.segment)
    if len(set(chars)) != 4 or any(len(c) != 1 or c.isalnum() or not c.isascii() or c in " .-" for c in chars):
        raise refusal("ISA16", "delimiters must be four different single characters; no letters, digits, blank, . or -")
