"""SNIP 6, visits: where each kind takes place, and who is a new patient."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from typing import Final

from events.phi import ClaimContent, ClaimLine

from claim_builder.scrubbing.edit import EarlierLine, EditTable, Place, Snip, Subject
from claim_builder.scrubbing.snip6_services import cpt_number

EDITS = EditTable(Snip.SERVICE)

_NO_WARD: Final = frozenset({"10", "11", "12", "20", "41", "42", "50", "65", "71", "72", "81"})
"""Offices, homes, clinics, ambulances, laboratories: where nobody lies in a ward or an emergency room."""
_UNLIKELY_PLACES: Final = (
    (99202, 99215, frozenset({"21", "41", "42", "51", "81"})),
    (99221, 99239, _NO_WARD),
    (99281, 99285, _NO_WARD | {"31", "32"}),
    (99304, 99316, _NO_WARD | {"21", "22", "23"}),
    (99341, 99350, _NO_WARD - {"10", "12", "65"} | {"19", "21", "22", "23", "24", "31", "32"}),
)
"""Kinds of visits by CPT number (office, hospital, emergency room, nursing facility, home), and where they are not."""
_NEW: Final = frozenset({*range(99202, 99206), *range(99381, 99388), 92002, 92004})
_ESTABLISHED: Final = frozenset({*range(99211, 99216), *range(99391, 99398), 92012, 92014})
_OFFICE: Final = frozenset({*range(99202, 99206), *range(99211, 99216)})
_PREVENTIVE: Final = frozenset({*range(99381, 99388), *range(99391, 99398)})
_SEPARATE: Final = frozenset({"25", "27"})
_SEEN: Final = frozenset({*_NEW, *_ESTABLISHED, *range(99221, 99240), *range(99281, 99286), *range(99304, 99351)})
"""Visits face to face, after which a patient is not new."""
_YEARS_UNTIL_NEW: Final = 3


@EDITS.warning(
    "visit.place",
    "The kind of visit does not take place at the place of service.",
    do="Correct the place of service, or have the kind of visit looked at.",
    source="CPT evaluation and management categories; CMS place of service codes; CARC 5",
)
def place(subject: Subject) -> Iterator[Place]:
    for path, line in subject.lines:
        at = line.place_of_service or subject.claim.place_of_service
        if at in _unlikely_places(line.code):
            on_line = line.place_of_service is not None
            yield Place(f"{path}/place_of_service" if on_line else "place_of_service", "2400", "SV105")


@lru_cache(maxsize=16_384)
def _unlikely_places(code: str) -> frozenset[str]:
    number = cpt_number(code)
    return next((places for first, last, places in _UNLIKELY_PLACES if first <= number <= last), frozenset())


@EDITS.error(
    "visit.new-and-established",
    "One clinician bills the patient as new and as established on one day.",
    do="Have the coder keep the one that is right: nobody is both.",
    source="CPT, evaluation and management: new and established patient; CARC B16",
)
def new_and_established(subject: Subject) -> Iterator[Place]:
    claim = subject.claim
    new = [(path, line) for path, line in subject.lines if cpt_number(line.code) in _NEW]
    if not new:
        return
    known = {
        (line.date_from, _who(each, line))
        for each in (claim, *subject.context.siblings)
        for line in each.lines
        if cpt_number(line.code) in _ESTABLISHED
    }
    for path, line in new:
        if (line.date_from, _who(claim, line)) in known:
            yield Place(f"{path}/code", "2400", "SV101-2")


@EDITS.error(
    "visit.separate-unmarked",
    "A visit for a problem stands beside a preventive one of the same clinician and day, without modifier 25.",
    do="Add 25 to the problem's visit if it was significant and its own; else leave it out.",
    source="CPT, preventive medicine services: modifier 25 on the office visit; NCCI policy manual chapter XI",
)
def separate_unmarked(subject: Subject) -> Iterator[Place]:
    for path, line, together in subject.once(_office_visits):
        if "25" not in line.modifiers and not _PREVENTIVE.isdisjoint(together):
            yield Place(f"{path}/modifiers", "2400", "SV101-3")


@EDITS.warning(
    "visit.twice",
    "One clinician bills two office visits of one day.",
    do="Bill one visit for all problems; two only for unrelated ones at different times, with 25 on the second.",
    source="Medicare Claims Processing Manual chapter 12, 30.6.7 B",
)
def twice(subject: Subject) -> Iterator[Place]:
    for path, line, together in subject.once(_office_visits):
        highest = max(number for number in together if number in _OFFICE)
        if cpt_number(line.code) < highest and _SEPARATE.isdisjoint(line.modifiers):
            yield Place(path, "2400", "SV101-2")


@EDITS.warning(
    "visit.span",
    "An office visit is dated over several days.",
    do="Give it its own day; each further visit is a line of its own.",
    source="CPT 99202 to 99215: one encounter; Medicare Claims Processing Manual chapter 26, 10.4 item 24A",
    only="date_to",
)
def span(subject: Subject) -> Iterator[Place]:
    for path, line, _ in subject.once(_office_visits):
        if line.date_to is not None and line.date_to != line.date_from:
            yield Place(f"{path}/date_to", "2400", "DTP*472")


def _office_visits(subject: Subject) -> tuple[tuple[str, ClaimLine, list[int]], ...]:
    """Path and line of each office visit, with the office and preventive visits of its day and clinician, by number.

    Over all claims of the encounter.
    """
    found = [(path, line) for path, line in subject.lines if cpt_number(line.code) in _OFFICE]
    if not found:
        return ()
    together: dict[tuple[date, str | None], list[int]] = {}
    for claim in (subject.claim, *subject.context.siblings):
        for line in claim.lines:
            if (number := cpt_number(line.code)) in _OFFICE or number in _PREVENTIVE:
                together.setdefault((line.date_from, _who(claim, line)), []).append(number)
    return tuple((path, line, together[line.date_from, _who(subject.claim, line)]) for path, line in found)


def _who(claim: ClaimContent, line: ClaimLine) -> str | None:
    return (line.rendering_provider or claim.rendering_provider or claim.billing_provider).npi


@EDITS.error(
    "visit.not-new",
    "The patient is billed as new, and was seen in the same specialty of the practice within three years.",
    do="Have the coder bill the visit of an established patient.",
    source="CPT, evaluation and management: new patient; Medicare Claims Processing Manual 12, 30.6.7; CARC B16",
    only="history",
)
def not_new(subject: Subject) -> Iterator[Place]:
    for path, line in subject.lines:
        mine = line.rendering_provider or subject.claim.rendering_provider or subject.claim.billing_provider
        if cpt_number(line.code) in _NEW and mine.taxonomy_code is not None:
            seen = (it.date_from for it in subject.context.history if _was_seen(it, mine.taxonomy_code))
            if any(_years_before(line.date_from) < day < line.date_from for day in seen):
                yield Place(f"{path}/code", "2400", "SV101-2")


def _was_seen(earlier: EarlierLine, specialty: str) -> bool:
    return earlier.specialty == specialty and cpt_number(earlier.code) in _SEEN


def _years_before(day: date) -> date:
    leap = (day.month, day.day) == (2, 29)
    return day.replace(year=day.year - _YEARS_UNTIL_NEW, day=28 if leap else day.day)
