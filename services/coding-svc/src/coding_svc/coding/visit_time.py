"""Total time as the note states it: minutes of the billing clinician on the date, in digits or words.

Minutes that the note itself takes out (a separately billed service) are subtracted. A time spent on a
part of the visit ("ten minutes on smoking") is not total time.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from coding_svc.coding.reading import Reading
from coding_svc.coding.screened import Screened
from coding_svc.domain import Evidence

_UNITS: Final = {
    word: n for n, word in enumerate(["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"])
}
_TEENS: Final = {
    word: n
    for n, word in enumerate(
        ["ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"],
        start=10,
    )
}
_TENS: Final = {
    word: n * 10
    for n, word in enumerate(["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"], start=2)
}
_WORD: Final = "|".join((*_TENS, *_TEENS, *_UNITS))
NUMBER: Final = rf"(\d{{1,3}}|(?:{_WORD})(?:[ -](?:{'|'.join(_UNITS)}))?)"
MINUTES: Final = r"[ -]?min(?:ute)?s?\b"
_TOTAL: Final = (
    Screened(rf"\btotal (?:\w+ ){{0,3}}time\b[^.\n\d]{{0,70}}?\b{NUMBER}{MINUTES}"),
    Screened(rf"\b(?:total|whole|entire) (?:visit|encounter|time)\b[^.\n\d]{{0,60}}?\b{NUMBER}{MINUTES}"),
    Screened(rf"\btime(?: spent)?:\s*{NUMBER}{MINUTES}(?=[^.\n]{{0,50}}\b(?:total|all|by me|today|date))"),
    Screened(rf"\b{NUMBER}{MINUTES}(?: (?:were|was))? (?:in )?total\b"),
    Screened(
        rf"\bspent (?:a total of )?{NUMBER}{MINUTES}(?=[^.\n]{{0,80}}\b(?:total|on the date|on this date"
        rf"|today|on the day))"
),
    Screened(rf"\b{NUMBER}{MINUTES} of my time\b"),
    Screened(rf"\b(?:spent|took|lasted|visit was|time was)\b[^.\n\d]{{0,30}}?\ba total of {NUMBER}{MINUTES}"),
)  # fmt: skip
_TAKEN_OUT: Final = (
    Screened(
        rf"\b(?:includes?|including"
        rf"|of which)\s(?:about )?{NUMBER}{MINUTES}[^.\n]{{0,80}}(?:billed separately|taken out"
        rf"|separately (?:billed|reported)|subtract)"
),
    Screened(rf"\b(?:subtract|take out|minus|less)\s{NUMBER}{MINUTES}"),
)  # fmt: skip

_ANOTHER_CLOCK: Final = re.compile(
    r"\b(?:tourniquet|fluoro\w*|clamp|bypass|pump|an(?:a)?esthe\w+|operative|operating|surgical|procedur\w+|ischemi\w+"
    r"|discharge|infusion|exposure|imaging|exercise|sleep|screen|critical care|room|observation|emergency)\b"
)
"""Times that are measured in an operation, on a machine, or in another place."""
_OF_A_MONTH: Final = re.compile(r"\b(?:this|the|calendar|per|for the|each) month\b|\bmonthly\b|care management")
_WITHOUT: Final = re.compile(
    r"exclu|not (?:includ|count)|separate(?:ly)? from|in addition|besides|apart from|without the"
)
_ON_A_SERVICE: Final = re.compile(
    r"(?: (?:were|was|face to face|spent))* (?:on|of|for|in) (?:\w+ ){0,3}(?:advance care|advance directive"
    r"|smoking|tobacco|cessation|alcohol|obesity|depression screen)"
)


class StatedTime(NamedTuple):
    """Minutes that count, with the statement's span."""

    minutes: int
    evidence: tuple[Evidence, ...]


def stated_minutes(reading: Reading, minutes_apart: int = 0) -> StatedTime | None:
    """The note's own statement of total time, None if it makes none. Range 1 to 600.

    `minutes_apart`: those of services that are billed by their own minutes; they come out unless the note has taken
    some out itself or says that they are not in.
    """
    text = reading.lowered
    if "min" not in text:
        return None
    found = next((match for pattern in _TOTAL for match in pattern.finditer(text) if _of_the_visit(text, match)), None)
    if found is None:
        return None
    minutes = number(found.group(1))
    spans = [reading.evidence(*found.span())]
    for pattern in _TAKEN_OUT:
        for match in pattern.finditer(text):
            minutes -= number(match.group(1))
            spans.append(reading.evidence(*match.span()))
    line = text[found.start() : found.end() + 100]
    if minutes_apart and len(spans) == 1 and not _WITHOUT.search(line):
        minutes -= minutes_apart
    return StatedTime(minutes, tuple(spans)) if 1 <= minutes <= 600 else None


def _of_the_visit(text: str, found: re.Match[str]) -> bool:
    """Not the time of a month, nor of a service that is billed by its own minutes ("a total of 20 minutes on …")."""
    line = text[text.rfind("\n", 0, found.start()) + 1 : found.start()]
    rest = text[found.start() : found.end() + 60]
    if _ANOTHER_CLOCK.search(text, found.start(), found.end()):
        return False
    return not _OF_A_MONTH.search(line[-120:] + rest) and not _ON_A_SERVICE.match(text, found.end())


def number(words: str) -> int:
    """Digits or number words up to ninety-nine. Raises KeyError for other words."""
    if words.isdigit():
        return int(words)
    tables = {**_UNITS, **_TEENS, **_TENS}
    return sum(tables[word] for word in re.split(r"[ -]", words))
