"""Bytes of a file, whatever it was saved as: byte order marks are dropped, UTF-16, UTF-32 and EBCDIC become UTF-8."""

from __future__ import annotations

import codecs
import io
from typing import BinaryIO

from x12.findings import Report, Severity

CHUNK = 1 << 17

Source = bytes | BinaryIO

_MARKS = (
    (codecs.BOM_UTF8, ""),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SPELLINGS = (("utf-32-le", 4), ("utf-32-be", 4), ("utf-16-le", 2), ("utf-16-be", 2), ("cp037", 1))
"""Encodings that are told by how they spell ISA, with the width of a character; cp037 is EBCDIC."""


class ByteStream:
    """Reads a source in chunks as ASCII, Latin-1 or UTF-8; another encoding is decoded, with a warning."""

    def __init__(self, source: Source, report: Report) -> None:
        self._source = io.BytesIO(source) if isinstance(source, bytes) else source
        self._report = report
        self._decoder: codecs.IncrementalDecoder | None = None
        self._begun = False

    def read(self) -> bytes:
        """The next bytes, about `CHUNK` of them; ``b""`` at the end of the file."""
        data = self._gathered()
        if not self._begun:
            self._begun = True
            data = self._recognised(data)
        if self._decoder is None:
            return data
        text = self._decoder.decode(data, final=not data)
        return text.encode("utf-8", "replace") or (self.read() if data else b"")

    def _gathered(self) -> bytes:
        """A chunk, also where the source (a pipe) gives little at a time."""
        data = self._source.read(CHUNK)
        if not data or len(data) >= CHUNK // 4:
            return data
        parts, size = [data], len(data)
        while size < CHUNK // 4 and (more := self._source.read(CHUNK)):
            parts.append(more)
            size += len(more)
        return b"".join(parts)

    def _recognised(self, data: bytes) -> bytes:
        """Choose a decoder by the first bytes of the file, which are given back without their mark."""
        for mark, encoding in _MARKS:
            if data.startswith(mark):
                self._decode_as(encoding)
                return data[len(mark) :]
        head = data[:CHUNK]
        if b"ISA" not in head:
            self._decode_as(next((name for name, width in _SPELLINGS if _spells(head, "ISA".encode(name), width)), ""))
        return data

    def _decode_as(self, encoding: str) -> None:
        if encoding:
            self._decoder = codecs.getincrementaldecoder(encoding)("replace")
            message = f"the file is in {encoding.upper()}"
            self._report.add("TA105-024", message, "Send ASCII or UTF-8.", severity=Severity.WARNING)


def _spells(data: bytes, word: bytes, width: int) -> bool:
    at = data.find(word)
    return at >= 0 and at % width == 0
