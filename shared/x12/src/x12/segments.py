"""Segments in and out: a tolerant streaming tokenizer and a strict element writer.

The tokenizer takes delimiters from the ISA only, removes line breaks and indentation, and turns whatever is wrong
into findings. The writer is the one place where data becomes X12: delimiters and control characters in names,
addresses and notes are mapped, in codes and identifiers they are refused (`WriteError`), so that no value can ever
begin an element or a segment of its own.
"""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import BinaryIO

from x12.amounts import cents_text, decimal_text
from x12.envelope import Delimiters
from x12.findings import Finding, Report, Severity, WriteError

CHUNK = 1 << 18
MAX_SEGMENT = 1 << 16
ISA_LENGTH = 106
_BLANK = b" \t\r\n\x00\x1a\x04"
_PREAMBLE = 1 << 16
_HEADLESS = (b"GS", b"ST")
MAX_BROKEN_HEADERS = 100

Source = bytes | BinaryIO
Element = str | int | date | Decimal | tuple["Element", ...] | None


class Tokenizer:
    """The segments of a file as lists of element texts (index 0 is the segment id). Memory does not grow with size."""

    def __init__(self, source: Source, report: Report) -> None:
        self.delimiters = Delimiters()
        self._report = report
        self._source = io.BytesIO(source) if isinstance(source, bytes) else source
        self._buffer = b""
        self._broken_headers = 0

    def __iter__(self) -> Iterator[list[str]]:
        while self._find_interchange():
            header = self._header()
            yield header
            if len(header) > 1 or self._buffer[:2] in _HEADLESS:
                yield from self._body()

    def _find_interchange(self) -> bool:
        """Move the buffer to the next ISA; False at the end of the file."""
        while True:
            self._buffer = self._buffer.lstrip(_BLANK).removeprefix(b"\xef\xbb\xbf")
            if len(self._buffer) >= ISA_LENGTH + 400 or not (more := self._source.read(CHUNK)):
                break
            self._buffer += more
        at = self._buffer.find(b"ISA", 0, _PREAMBLE)
        if at > 0 or (at < 0 and self._buffer):
            self._report.add("TA105-024", "data stands before or behind an interchange", "Send only ISA to IEA.")
        if at < 0:
            return self._headless()
        self._buffer = self._buffer[at:]
        return True

    def _headless(self) -> bool:
        """A file that begins with GS or ST: guess the delimiters, so that it can be shown."""
        if self._buffer[:2] not in _HEADLESS or len(self._buffer) < 4:
            return False
        head = self._buffer[: 1 << 12]
        end = b"~" if b"~" in head else b"\n"
        self.delimiters = Delimiters(chr(head[2]), "^", ":", end.decode())
        return True

    def _header(self) -> list[str]:
        """The ISA segment; takes the delimiters from it."""
        if self._buffer[:3] != b"ISA":
            return ["ISA"]
        self._unwrap_header()
        head = self._buffer[:512].decode("latin-1")
        separator = head[3:4] or "*"
        parts = head.split(separator, 16)
        tail = parts[16] if len(parts) == 17 else ""
        if separator.isalnum() or not tail:
            self._report.add("TA105-022", "the ISA segment is not complete", "Send all sixteen elements.")
            self._broken_headers += 1
            self._buffer = self._buffer[3:] if self._broken_headers < MAX_BROKEN_HEADERS else b""
            return ["ISA"]
        self._declare(separator, parts[11], tail)
        self._buffer = self._buffer[len(head) - len(tail) + 2 :]
        return [*parts[:16], tail[0]]

    def _unwrap_header(self) -> None:
        """Take line breaks out of an ISA that was wrapped at a fixed width."""
        head = self._buffer[: ISA_LENGTH - 1]
        if b"\n" in head and head[3:4] not in b"\r\n":
            joined = self._buffer[: ISA_LENGTH + 2].replace(b"\r", b"").replace(b"\n", b"")
            self._buffer = joined + self._buffer[ISA_LENGTH + 2 :]

    def _declare(self, separator: str, repetition: str, tail: str) -> None:
        end = tail[1:2]
        if not end or end.isalnum() or end == separator:
            message = "no segment terminator follows the ISA segment"
            self._report.add("TA105-004", message, "Put the terminator at position 106.")
            end = "~"
        single = repetition if len(repetition) == 1 and not repetition.isalnum() else ""
        self.delimiters = Delimiters(separator, single, tail[0], end)

    def _body(self) -> Iterator[list[str]]:
        """Segments up to and including IEA, or to the end of the file."""
        end = self.delimiters.segment.encode("latin-1")
        block = self._buffer
        while True:
            stop = self._end_of_interchange(block, end)
            if stop:
                self._buffer = block[stop:]
                yield from self._split(block[:stop])
                return
            cut = block.rfind(end) + 1
            yield from self._split(block[:cut])
            block = self._capped(block[cut:])
            more = self._source.read(CHUNK)
            if not more:
                self._buffer = b""
                yield from self._split(block)
                return
            block += more

    def _capped(self, block: bytes) -> bytes:
        if len(block) <= MAX_SEGMENT:
            return block
        self._report.add("TA105-022", "a segment is longer than 64 KiB", "Check the segment terminator.")
        return b""

    def _end_of_interchange(self, block: bytes, end: bytes) -> int:
        """Where the IEA segment of ``block`` ends, 0 if it is not there yet."""
        mark = b"IEA" + self.delimiters.element.encode("latin-1")
        at = block.find(mark)
        while at >= 0:
            before = block[max(0, at - 64) : at].rstrip(_BLANK.replace(end, b""))
            if not before or before.endswith(end):
                return block.find(end, at) + 1
            at = block.find(mark, at + 1)
        return 0

    def _split(self, block: bytes) -> Iterator[list[str]]:
        delimiters = self.delimiters
        text = _decoded(block)
        for line_break in "\r\n":
            if line_break not in (delimiters.segment, delimiters.element):
                text = text.replace(line_break, "")
        separator = delimiters.element
        for raw in text.split(delimiters.segment):
            line = raw.strip()
            if line and line != "\x00":
                yield line.split(separator)


def _decoded(block: bytes) -> str:
    try:
        return block.decode("utf-8")
    except UnicodeDecodeError:
        return block.decode("latin-1")


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
_LOOKALIKES = str.maketrans(
    {
        "ß": "ss", "ẞ": "SS", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L",
        "đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "þ": "th", "Þ": "Th", "ı": "i", "‘": "'", "’": "'", "“": '"',
        "”": '"', "–": "-", "—": "-", "…": "...", "µ": "u", "×": "x", "°": " deg ", "\u00a0": " ",
    }
)  # fmt: skip


class _Refused(ValueError):
    """A code or identifier holds what X12 cannot carry."""


class _Codes(dict[Element, str]):
    """Element text of codes, identifiers, dates and numbers; the cache of one writer."""

    def __init__(self, delimiters: Delimiters) -> None:
        super().__init__()
        self._component = delimiters.component
        self._reserved = frozenset(
            (delimiters.element, delimiters.component, delimiters.repetition, delimiters.segment)
        )

    def __missing__(self, value: Element) -> str:
        text = self[value] = self._text(value)
        return text

    def _text(self, value: Element) -> str:
        if value is None:
            return ""
        if isinstance(value, str):
            return self._checked(value)
        if isinstance(value, tuple):
            return self._component.join([self._text(part) for part in value]).rstrip(self._component)
        if isinstance(value, Decimal):
            return decimal_text(value)
        if isinstance(value, date):
            return f"{value.year:04d}{value.month:02d}{value.day:02d}"
        return str(value)

    def _checked(self, value: str) -> str:
        text = value.rstrip(" ")
        if text.isascii() and text.isprintable() and self._reserved.isdisjoint(text):
            return text
        raise _Refused


class _FreeText(dict[Element, str]):
    """Names and notes: accents are dropped, delimiters and control characters become spaces, length is cut."""

    def __init__(self, delimiters: Delimiters, limit: int) -> None:
        super().__init__()
        reserved = (delimiters.element, delimiters.component, delimiters.repetition, delimiters.segment)
        self._blanked = {ord(char): " " for char in reserved if char}
        self._limit = limit

    def __missing__(self, value: Element) -> str:
        text = self[value] = self._text(value if isinstance(value, str) else "")
        return text

    def _text(self, value: str) -> str:
        if not value.isascii():
            plain = unicodedata.normalize("NFKD", value.translate(_LOOKALIKES))
            value = "".join(c if c.isascii() else "" if unicodedata.combining(c) else "?" for c in plain)
        text = value.translate(self._blanked)
        if not text.isprintable():
            text = "".join(c if c.isprintable() else " " for c in text)
        return text.strip()[: self._limit].rstrip()


class SegmentWriter:
    """Collects the segments of one transaction set; the only place where elements become text."""

    def __init__(self, delimiters: Delimiters) -> None:
        _check_delimiters(delimiters)
        self.segments: list[str] = []
        self._delimiters = delimiters
        self._separator = delimiters.element
        self._codes = _Codes(delimiters)
        limits = {limit for positions in FREE_TEXT.values() for limit in positions.values()}
        self._free = {limit: _FreeText(delimiters, limit) for limit in limits}
        self._cents: dict[int | None, str] = {None: ""}

    def add(self, segment_id: str, *elements: Element) -> None:
        """Append a segment; trailing empty elements are dropped.

        Raises `WriteError` (IK403-6) if a code or identifier holds a delimiter, a control or a non-ASCII character.
        """
        codes = self._codes
        free = FREE_TEXT.get(segment_id)
        try:
            if free is None:
                texts = [codes[element] for element in elements]
            else:
                texts = [
                    self._free[free[position]][element] if position in free else codes[element]
                    for position, element in enumerate(elements, 1)
                ]
        except _Refused:
            raise self._refusal(segment_id, elements) from None
        self.segments.append(f"{segment_id}{self._separator}{self._separator.join(texts)}".rstrip(self._separator))

    def text(self, value: str, limit: int = 80) -> str:
        """Free text inside a composite, mapped so that it is safe to add."""
        if limit not in self._free:
            self._free[limit] = _FreeText(self._delimiters, limit)
        return self._free[limit][value]

    def money(self, amount_cents: int | None) -> str:
        """The text of an amount in cents, ``""`` for None."""
        text = self._cents.get(amount_cents)
        if text is None and amount_cents is not None:
            text = self._cents[amount_cents] = cents_text(amount_cents)
        return text or ""

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
