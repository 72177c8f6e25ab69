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
_NUMBER: Final = rf"(?:\d{{1,3}}|(?:{_WORD})(?:[ -](?:{'|'.join(_UNITS)}))?)"
WORDS: Final = rf"(?:{_WORD})(?:[ -](?:{'|'.join(_UNITS)}))?"
"""Pattern of a number in words, for `number`."""
_MINUTES: Final = r"[ -]?min(?:ute)?s?\b"
_HOURS: Final = rf"(?:an?|\d{{1,2}}(?:\.\d{{1,2}})?|{_WORD})(?: and a half)?[ -]?(?:hours?|hrs?)\b"
DURATION: Final = rf"({_HOURS}(?:,? (?:and )?{_NUMBER}{_MINUTES})?|{_NUMBER}{_MINUTES})"
"""Pattern of a time in lower-case text, for `duration`."""
_TOTAL: Final = (
    Screened(rf"\btotal (?:\w+ ){{0,3}}time\b(?:[^.\n\d]|\d{{1,2}}/\d{{1,2}}(?:/\d+)?){{0,70}}?\b{DURATION}"),
    Screened(rf"\b(?:total|whole|entire) (?:visit|encounter|time)\b[^.\n\d]{{0,60}}?\b{DURATION}"),
    Screened(rf"\btime(?: spent)?:\s*{DURATION}(?=[^.\n]{{0,50}}\b(?:total|all|by me|today|date))"),
    Screened(rf"\b{DURATION}(?: (?:were|was))?(?: spent)? (?:in )?total\b"),
    Screened(rf"\b{DURATION}(?: (?:were|was))? spent[^.\n]{{0,60}}\b(?:date of (?:service|th)"
             r"|on the day|on this date)"),
    Screened(rf"\btime (?:in|out)\b[^\n]{{0,60}}\btotal:? {DURATION}"),
    Screened(
        rf"\bspent (?:a total of )?{DURATION}(?=[^.\n]{{0,80}}\b(?:total|on the date|on this date"
        rf"|today|on the day))"
),
    Screened(rf"\b{DURATION} of my time\b"),
    Screened(rf"\b(?:spent|took|lasted|visit was|time was)\b[^.\n\d]{{0,30}}?\ba total of {DURATION}"),
)  # fmt: skip
_TAKEN_OUT: Final = (
    Screened(
        rf"\b(?:includes?|including"
        rf"|of which)\s(?:about )?{DURATION}[^.\n]{{0,80}}(?:bill(?:ed)? (?:separately|apart|by itself)"
        rf"|taken out|separately (?:billed|reported)|report(?:ed)? separately|has its own code|subtract)"
),
    Screened(rf"\b(?:subtract|take out|minus|less)\s{DURATION}"),
    Screened(rf"\b(?:of which|includ\w+) (?:about )?({_NUMBER})(?:{_MINUTES})?[^.\n]{{0,40}}"
             r"\b(?:teaching|not counted)"),
)  # fmt: skip

_ANOTHER_CLOCK: Final = re.compile(
    r"\b(?:tourniquet|fluoro\w*|clamp|bypass|pump|an(?:a)?esthe\w+|operative|operating|surgical|procedur\w+|ischemi\w+"
    r"|interventions?|operation|surgery|travel"
    r"|discharge|infusion|exposure|imaging|exercise|sleep|screen|critical care|room|observation|emergency)\b"
)
"""Times that are measured in an operation, on a machine, or in another place."""
_SOMEBODY_ELSE: Final = re.compile(
    r"\b(?:nurse|rn|ma|medical assistant|staff|resident|student|scribe|technician|dietitian|wait(?:ed|ing)?|commut\w+"
    r"|walk\w*|exercis\w+)\b"
)
_ONESELF: Final = re.compile(r"\b(?:i|me|my|myself|personally|physician|provider|clinician)\b")
_OF_A_MONTH: Final = re.compile(r"\b(?:this|the|calendar|per|for the|each) month\b|\bmonthly\b|care management")
_WITHOUT: Final = re.compile(
    r"exclu|not (?:includ|count)|separate(?:ly)? from|in addition|besides|apart from|without the"
)
LONGEST: Final = 240
"""Minutes; more is a slip of the pen, or about something else."""
_ON_A_SERVICE: Final = re.compile(
    r"(?: (?:were|was|face to face|spent))* (?:on|of|for|in) (?:\w+ ){0,3}(?:advance care|advance directive"
    r"|smoking|tobacco|cessation|alcohol|obesity|depression screen)"
)

_HOUR_WORDS: Final = re.compile(rf"(an?|\d{{1,2}}(?:\.\d{{1,2}})?|{_WORD})( and a half)?[ -]?(?:hours?|hrs?)\b")


class StatedTime(NamedTuple):
    """Minutes that count, with the statement's span."""

    minutes: int
    evidence: tuple[Evidence, ...]


def stated_minutes(reading: Reading, minutes_apart: int = 0) -> StatedTime | None:
    """The note's own statement of total time, None if it makes none. Range 1 to 240.

    `minutes_apart`: those of services that are billed by their own minutes; they come out unless the note has taken
    some out itself or says that they are not in.
    """
    text = reading.lowered
    if not any(unit in text for unit in ("min", "hour", "hr")):
        return None
    found = next((match for pattern in _TOTAL for match in pattern.finditer(text) if _of_the_visit(text, match)), None)
    if found is None:
        return None
    minutes = duration(found.group(1))
    spans = [reading.evidence(*found.span())]
    for pattern in _TAKEN_OUT:
        for match in pattern.finditer(text):
            minutes -= duration(match.group(1))
            spans.append(reading.evidence(*match.span()))
    line = text[found.start() : found.end() + 100]
    if minutes_apart and len(spans) == 1 and not _WITHOUT.search(line):
        minutes -= minutes_apart
    return StatedTime(minutes, tuple(spans)) if 1 <= minutes <= LONGEST else None


def _of_the_visit(text: str, found: re.Match[str]) -> bool:
    """Not the time of a month, of somebody else, or of a service by its own minutes ("a total of 20 minutes on …")."""
    begin = max(text.rfind(mark, 0, found.start()) for mark in (". ", "\n")) + 1
    said = text[max(begin, found.start() - 120) : found.end()]
    if _ANOTHER_CLOCK.search(text, found.start(), found.end()):
        return False
    if _SOMEBODY_ELSE.search(said) and not _ONESELF.search(said):
        return False
    return not _OF_A_MONTH.search(said + text[found.end() : found.end() + 60]) and not _ON_A_SERVICE.match(
        text, found.end()
    )


def duration(words: str) -> int:
    """Minutes of words that `DURATION` matched: "35 min", "an hour", "1 hr 15 min", "one and a half hours"."""
    hours = _HOUR_WORDS.match(words)
    if hours is None:
        return number(re.split(r"[ -]?min", words)[0])
    amount = hours.group(1)
    whole = 60.0 if amount in ("a", "an") else 60 * (float(amount) if amount[0].isdigit() else number(amount))
    rest = re.search(rf"({_NUMBER}){_MINUTES}", words[hours.end() :])
    return round(whole + 30 * bool(hours.group(2)) + (number(rest.group(1)) if rest else 0))


def number(words: str) -> int:
    """Digits or number words up to ninety-nine. Raises KeyError for other words."""
    if words.isdigit():
        return int(words)
    tables = {**_UNITS, **_TEENS, **_TENS}
    return sum(tables[word] for word in re.split(r"[ -]", words))
