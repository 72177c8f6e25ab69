"""From bytes to segments: tolerant, streaming, in memory that does not grow with the file.

Delimiters are taken from each ISA. Byte order marks, line breaks, indentation, blank segments and text around
interchanges are removed; whatever is wrong becomes a finding. Whole units of a transaction set that have the shape
of a right one (`x12.shapes.unit_shape`) can be handed out in one piece, which costs a tenth of looking at each segment.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from x12.envelope import Delimiters
from x12.findings import Report
from x12.headers import HEAD, find_header, guess_delimiters, parse_header
from x12.plans import RightUnit
from x12.sourcing import ByteStream, Source

MAX_SEGMENT = 1 << 16
MAX_BINARY = 1 << 26
MAX_BROKEN_HEADERS = 100
_BLANK = b" \t\r\n\x00\x0b\x0c\x1a\x04"
_UNIT = 1 << 16
_OVERLAP = 16
_NOTABLE = frozenset([b"IEA", b"ISA", b"BDS", b"BIN", b"iea", b"isa", b""])


Piece = list[str] | RightUnit


class Tokenizer:
    """The segments of a file as lists of element texts (index 0 is the segment id).

    While ``unit`` is set, text at the cursor that matches it is handed out as one `RightUnit`. ``spaced`` tells that
    the piece handed out last is a segment that had blanks before its id or its terminator; they are taken away.
    """

    def __init__(self, source: Source, report: Report) -> None:
        self.delimiters = Delimiters()
        self.unit: re.Pattern[str] | None = None
        self.spaced = False
        self._report = report
        self._stream = ByteStream(source, report)
        self._buffer = b""  # read, but not yet made text
        self._text = ""  # whole segments, each with its terminator
        self._at = 0
        self._over = True  # nothing follows the text in this interchange
        self._binary: list[str] | None = None  # follows the text
        self._broken_headers = 0
        self._capital = False

    def __iter__(self) -> Iterator[Piece]:
        while (found := self._find_interchange()) is not None:
            if found:
                header = self._header()
                yield header
                if len(header) == 1:
                    continue
            else:
                self.delimiters = guess_delimiters(self._buffer)
            yield from self._body()

    def _find_interchange(self) -> bool | None:
        """Move the buffer to the next ISA (True), or GS or ST without ISA (False); None at the end of the file."""
        noted = False
        self._buffer = self._buffer.lstrip(_BLANK + self.delimiters.segment.encode("latin-1"))
        while True:
            self._buffer = self._buffer.lstrip(_BLANK)
            while len(self._buffer) < 2 * HEAD and (more := self._stream.read()):
                self._buffer += more
            self._buffer = self._buffer.lstrip(_BLANK)
            found = find_header(self._buffer)
            if self._buffer and not noted and (found is None or found[0]):
                noted = True
                self._report.add("TA105-024", "data stands before or behind an interchange", "Send only ISA to IEA.")
            if found is not None and (found[0] == 0 or len(self._buffer) - found[0] >= HEAD):
                self._buffer = self._buffer[found[0] :]
                return found[1]
            more = self._stream.read()
            if not more:
                self._buffer = self._buffer[found[0] :] if found else b""
                return found[1] if found else None
            self._buffer = self._buffer[found[0] if found else -_OVERLAP :] + more

    def _header(self) -> list[str]:
        """The ISA segment, only its id if it cannot be made out; takes the delimiters from it."""
        header = parse_header(self._buffer)
        if header is None:
            self._report.add("TA105-022", "the ISA segment is not complete", "Send all sixteen elements.")
            self._broken_headers += 1
            self._buffer = self._buffer[3:] if self._broken_headers < MAX_BROKEN_HEADERS else b""
            return ["ISA"]
        for fault in header.faults:
            self._report.add(*fault)
        follows = self._buffer[header.length : HEAD].lstrip(_BLANK)
        self._capital = header.segment[0].islower() or follows.startswith((b"gs", b"st", b"ta1"))
        if self._capital:
            self._report.add("TA105-022", "the segment ids are in lower case", "Send them in capitals.")
        self.delimiters = header.delimiters
        self._buffer = self._buffer[header.length :]
        return ["ISA", *header.segment[1:]]

    def _body(self) -> Iterator[Piece]:
        """What is in the interchange, up to and including IEA, or to the end of the file."""
        self._text, self._at, self._over = "", 0, False
        clean = _Cleaner(self.delimiters, capital=self._capital)
        delimiters = self.delimiters
        end, separator, space = delimiters.segment, delimiters.element, clean.space
        while True:
            while len(self._text) - self._at < _UNIT and not self._over and self._binary is None:
                self._load(clean)
            text, at = self._text, self._at
            last = len(text) if self._over or self._binary else len(text) - _UNIT
            while at <= last and self.unit is not None and (match := self.unit.match(text, at)) is not None:
                stop = match.end()
                self.spaced = False
                yield RightUnit(text[at:stop], delimiters)
                at = stop
            stop = text.find(end, at)
            self._at = stop + 1 if stop >= 0 else at
            if stop >= 0:
                segment = text[at:stop]
                self.spaced = segment[-1:] == space or segment[:1] == space
                yield (segment.strip(space) if self.spaced else segment).split(separator)
            elif self._binary is not None:
                binary, self._binary = self._binary, None
                yield binary
            elif self._over:
                return

    def _load(self, clean: _Cleaner) -> None:
        """Read on, unless enough is there, and turn what is there of whole segments into text."""
        more = self._stream.read() if len(self._buffer) <= MAX_SEGMENT else b""
        is_last = not more and len(self._buffer) <= MAX_SEGMENT
        raw = self._buffer + more
        notable = clean.is_notable(raw)
        stop = clean.end_of_interchange(raw) if notable else -1
        whole = stop if stop >= 0 else len(raw) if is_last else raw.rfind(clean.end) + 1
        if notable and (binary := clean.binary(raw, whole)) is not None:
            whole = self._take_binary(raw, binary)
        else:
            self._over = stop >= 0 or is_last
            self._buffer = raw[whole:] if self._over else self._capped(raw[whole:])
        self._text = self._text[self._at :] + clean(raw[:whole], notable=notable)
        self._at = 0

    def _take_binary(self, raw: bytes, found: re.Match[bytes]) -> int:
        """Set apart a segment of declared length (BDS, BIN), whatever is in it; returns where it begins."""
        begin, stop = found.start("id"), found.end() + int(found["size"])
        while len(raw) <= stop and (more := self._stream.read()):
            raw += more
        end = self.delimiters.segment.encode("latin-1")
        if raw[stop : stop + 1] not in (end, b""):  # the length is wrong, so that only the terminator is left to go by
            stop = raw.find(end, found.end()) % (len(raw) + 1)
        head = raw[begin : found.end()].decode("latin-1")
        self._binary = [*head.split(self.delimiters.element)[:-1], raw[found.end() : stop].decode("latin-1")]
        self._buffer = raw[stop + 1 :]
        return begin

    def _capped(self, rest: bytes) -> bytes:
        if len(rest) <= MAX_SEGMENT:
            return rest
        self._report.add("TA105-022", "a segment is longer than 64 KiB", "Check the segment terminator.")
        return b""


class _Cleaner:
    """Turns the bytes of an interchange into text without line breaks, indentation and empty segments.

    Spaces on the line of a segment stay: they are no layout, and the tokenizer takes them away one by one.
    """

    def __init__(self, delimiters: Delimiters, *, capital: bool) -> None:
        self.end = delimiters.segment.encode("latin-1")
        self._terminator = delimiters.segment
        self._capital = capital
        own = delimiters.segment + delimiters.element + delimiters.component + delimiters.repetition
        self._breaks = [char for char in "\r\n" if char not in own]
        self._blank = "".join(char for char in " \t\x00\x0b\x0c\x1a\x04\xa0\u200b\ufeff" if char not in own)
        self.space = " " if " " in self._blank else "\n"
        self._marks = self._blank.replace(" ", "")
        blanks, marks = f"[{self._blank}]*", f"[{self._marks}]"
        terminator = re.escape(self._terminator)
        self._needless = re.compile(f"{marks}*{terminator}(?:{blanks}{terminator})*(?:{blanks}{marks})?")
        self._indented = re.compile(f"{terminator}[{self._blank}\r\n]*[\r\n]{blanks}")
        end, separator = re.escape(self.end), re.escape(delimiters.element.encode("latin-1"))
        start = rb"(?:^|" + end + rb")[\s\x00\x1a\x04]*"
        trailer, header = (rb"(?i:IEA)", rb"(?i:ISA)") if capital else (rb"IEA", rb"ISA")
        next_header = rb"(?=" + header + rb"[^A-Za-z0-9\s].{1,4}[^A-Za-z0-9])"
        self._last = re.compile(
            start + rb"(?:" + trailer + separator + rb"[^" + end + rb"]{0,60}?(?:" + end + rb"|\s*" + next_header
            + rb")|" + next_header + rb")"
        )  # fmt: skip
        self._declared = re.compile(
            start + rb"(?P<id>BDS" + separator + rb"[A-Z0-9]{1,6}" + separator + rb"|BIN" + separator + rb")"
            rb"(?P<size>\d{1,8})" + separator
        )
        self._notable = re.compile(
            end + rb"(?:[" + end + rb" ]|[\s\x00\x1a\x04]*(?:" + trailer + rb"|" + header + rb"|BDS|BIN))"
        )

    def is_notable(self, data: bytes) -> bool:
        """False if ``data``, as most, holds no end of the interchange, no binary segment and no indentation.

        One look at each terminator, where four searches would take longer than all of the splitting.
        """
        return self._notable.search(data) is not None or data[:3].strip() in _NOTABLE or data[:1].isspace()

    def __call__(self, data: bytes, *, notable: bool) -> str:
        """The text of ``data``, which begins and ends with a whole segment."""
        text = _decoded(data)
        end = self._terminator
        if notable and (f"{end} " in text or "\n " in text or "\r " in text):
            text = self._indented.sub(end, text)
        for line_break in self._breaks:
            if line_break in text:
                text = text.replace(line_break, "")
        if notable or any(char in text for char in self._marks):
            text = self._needless.sub(end, text)
        text = text.lstrip(self._blank + end)
        if not text.endswith(end) and (text := text.rstrip(self._blank)):
            text += end
        return text.upper() if self._capital else text

    def end_of_interchange(self, data: bytes) -> int:
        """Where the IEA segment of ``data`` ends, or the next ISA begins; -1 if neither is there yet."""
        match = self._last.search(data)
        return match.end() if match else -1

    def binary(self, data: bytes, limit: int) -> re.Match[bytes] | None:
        """The first segment of declared length that begins before ``limit``."""
        match = self._declared.search(data, 0, limit)
        return match if match and int(match["size"]) <= MAX_BINARY else None


def _decoded(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")
