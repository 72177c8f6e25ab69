"""Finds where an interchange begins in any bytes, and takes its delimiters from the ISA segment.

Right headers declare their delimiters by position. Of a wrong one (other widths, an element too many or too few, no
terminator) the delimiters are told from the segment that follows it; of a file without ISA from its first segments.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from x12.envelope import Delimiters

HEAD = 1 << 10
ELEMENTS = 16
_HEADER = re.compile(
    rb"(?P<isa>[iI][sS][aA]([^A-Za-z0-9 \r\n])(?=[^\x00]{0,8}?\2))"
    rb"|(?<![^\s~'|^\x1c-\x1f])(?:GS([^A-Za-z0-9\s])[A-Z]{2}\3|ST([^A-Za-z0-9\s])\d{3}\4)",
    re.DOTALL,
)
_UNUSED = 400
"""A terminator that is not used again within as many characters is none: there is no header segment that long."""
_LINE_BREAKS = re.compile(r"[\r\n]")


@dataclass(frozen=True, slots=True)
class Header:
    """An ISA segment as read. ``length`` is the number of bytes up to and including its terminator."""

    segment: list[str]
    delimiters: Delimiters
    length: int
    faults: tuple[tuple[str, str, str], ...] = ()
    """TA105 code, message and action of each fault."""


def find_header(data: bytes) -> tuple[int, bool] | None:
    """Where the first interchange (True) or the first group or set without one (False) begins."""
    match = _HEADER.search(data)
    return (match.start(), match["isa"] is not None) if match else None


def parse_header(data: bytes) -> Header | None:
    """The ISA segment at the beginning of ``data`` (its first `HEAD` bytes); None if none can be made out."""
    head = data[:HEAD].decode("latin-1")
    separator = head[3]
    unwrapped, taken = _unwrapped(head, separator)
    parts = unwrapped.split(separator, 16)
    if len(parts) == 17 and (header := _by_position(parts, separator, taken)):
        return header
    return _by_what_follows(head, separator)


def _unwrapped(head: str, separator: str) -> tuple[str, Sequence[int]]:
    """``head`` with the line breaks taken out of a wrapped ISA; for every character how many were read up to it."""
    last = max(head.find("\n"), head.find("\r"))
    if last < 0 or head.count(separator, 0, last) >= ELEMENTS:
        return head, range(1, len(head) + 1)
    kept: list[str] = []
    taken: list[int] = []
    separators = 0
    for at, char in enumerate(head, 1):
        if char in "\r\n" and separators < ELEMENTS:
            continue
        separators += char == separator
        kept.append(char)
        taken.append(at)
    return "".join(kept), taken


def _by_position(parts: list[str], separator: str, taken: Sequence[int]) -> Header | None:
    """The header whose sixteenth element is one character, followed by the terminator."""
    tail = parts[16]
    component, end = tail[:1], tail[1:2]
    if not component or component.isalnum() or component == separator or max(map(len, parts[:16])) > 60:
        return None
    at = sum(map(len, parts[:16])) + 16  # of the component separator
    if tail[1:3] == "\r\n" and _terminator(tail[2:], separator) == "\n":
        return _header(parts, separator, component, "\n", taken[at + 2])
    if not end or end.isalnum() or end in (separator, " "):
        missing = ("TA105-004", "no segment terminator follows the ISA segment", "Put the terminator at position 106.")
        return _header(parts, separator, component, _terminator(tail[1:], separator), taken[at], missing)
    if end in "\r\n" or (len(tail) > _UNUSED and end not in tail[2:]):
        end = _terminator(tail[1:], separator)
    return _header(parts, separator, component, end, taken[at + 1])


def _header(
    parts: list[str], separator: str, component: str, end: str, length: int, *faults: tuple[str, str, str]
) -> Header:
    repetition = parts[11]
    single = repetition if len(repetition) == 1 and not repetition.isalnum() and repetition != separator else ""
    return Header([*parts[:16], component], Delimiters(separator, single.strip(), component, end), length, faults)


def _terminator(text: str, separator: str) -> str:
    """The character that stands before most segments in ``text`` that can be told for sure; ``~`` if none can."""
    found: Counter[str] = Counter()
    for match in re.finditer(rf"(\W)(\s*)(?:GS|ST|TA1|BHT|BPR|AK1|BGN|SE|IEA){re.escape(separator)}", text):
        if match[1] not in (separator, " "):
            found["\n" if match[1] == "\r" and "\n" in match[2] else match[1]] += 1
    if found:
        return max(reversed(found), key=found.__getitem__)
    return "~" if "~" in text or "\n" not in text else "\n"


def _by_what_follows(head: str, separator: str) -> Header | None:
    """A header with too few or too many elements, that ends where GS, TA1, ST or IEA begins."""
    follows = re.search(rf"\s*(?:GS|TA1|ST|IEA){re.escape(separator)}", head[4:])
    if follows is None or head.count(separator, 0, follows.start()) < 8:
        return None
    text = head[: 4 + follows.start()]
    end = text[-1] if not text[-1].isalnum() and text[-1] not in (separator, " ") else "\n"
    parts = _LINE_BREAKS.sub("", text.removesuffix(end)).split(separator)
    last = parts[-1]
    component = last if len(last) == 1 and not last.isalnum() else ":"
    padded = [*parts[:16], *[""] * (16 - len(parts)), component]
    fault = ("TA105-022", "the ISA segment has not sixteen elements", "Send all sixteen elements.")
    return _header(padded, separator, component, end, len(text), fault)


def guess_delimiters(data: bytes) -> Delimiters:
    """The delimiters of a file that begins with GS or ST."""
    head = data[: 1 << 12].decode("latin-1")
    separator = head[2]
    procedure = re.search(rf"{re.escape(separator)}(?:HC|AD|NU|HP|ABK|BK)([^\w\s.{re.escape(separator)}])\w", head)
    return Delimiters(separator, "^", procedure[1] if procedure else ":", _terminator(head[2:], separator))
