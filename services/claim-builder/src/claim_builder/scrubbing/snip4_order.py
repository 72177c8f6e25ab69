"""SNIP 4, situation: further dates of claim and lines, held against birth, admission, service and today."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Final

from events.phi import ClaimDates

from claim_builder.scrubbing.edit import EditTable, Place, Snip, Subject
from claim_builder.scrubbing.snip4_dates import INPATIENT_PLACES

EDITS = EditTable(Snip.SITUATION)

_PAST: Final = (
    ("last_worked", "DTP*297"),
    ("assumed_care", "DTP*090"),
    ("relinquished_care", "DTP*091"),
    ("first_contact", "DTP*444"),
)
"""Claim dates of what has happened, whether before or after the service."""
_AFTER_BIRTH: Final = tuple(sorted(ClaimDates.model_fields.keys() - {"last_menstrual_period"}))
"""All dates of the claim; the last menstrual period may be a mother's."""
_BEFORE_SERVICE: Final = (
    ("prescription", "DTP*471"),
    ("begin_therapy", "DTP*463"),
    ("last_seen", "DTP*304"),
    ("hemoglobin_test", "DTP*738"),
    ("creatinine_test", "DTP*739"),
    ("last_x_ray", "DTP*455"),
    ("initial_treatment", "DTP*454"),
)
_BEFORE_TODAY: Final = (
    ("certification_revision", "DTP*607"),
    ("last_certification", "DTP*461"),
    ("shipped", "DTP*011"),
)


@EDITS.error(
    "date.line-date",
    "A date of the line lies after its service, or in the future.",
    do="Correct it, or the date of service.",
    source="005010X222A1 loop 2400 DTP: prescription, begin of therapy, last seen, tests, certification, shipped",
    only="dates",
)
def line_dates(subject: Subject) -> Iterator[Place]:
    for path, line in subject.lines:
        served = line.date_to or line.date_from
        for names, limit in ((_BEFORE_SERVICE, served), (_BEFORE_TODAY, subject.context.today)):
            for name, element in names:
                day: date | None = getattr(line.dates, name)
                if day is not None and day > limit:
                    yield Place(f"{path}/dates/{name}", "2400", element)


@EDITS.error(
    "date.past-in-future",
    "A date of what has happened lies in the future: last worked, care taken over or given up, first contact.",
    do="Correct it, or leave it out.",
    source="005010X222A1 loop 2300 DTP*297, *090, *091, *444",
    only="dates",
)
def past_in_future(subject: Subject) -> Iterator[Place]:
    for name, element in _PAST:
        day: date | None = getattr(subject.claim.dates, name)
        if day is not None and day > subject.context.today:
            yield Place(f"dates/{name}", "2300", element)


@EDITS.error(
    "date.before-birth",
    "Onset, accident or another date of the claim lies before the patient was born.",
    do="Correct it, or the date of birth.",
    source="005010X222A1 DMG02 beside DTP of loop 2300",
    only=("dates", "related_causes"),
)
def before_birth(subject: Subject) -> Iterator[Place]:
    born, accident = subject.patient.birth_date, subject.claim.related_causes.accident_date
    if born is None:
        return
    if accident is not None and accident < born:
        yield Place("related_causes/accident_date", "2300", "DTP*439")
    for name in _AFTER_BIRTH:
        day: date | None = getattr(subject.claim.dates, name)
        if day is not None and day < born:
            yield Place(f"dates/{name}", "2300", "DTP")


@EDITS.error(
    "date.before-admission",
    "A service to an inpatient is dated before the admission.",
    do="Correct the date of service, the place of service, or the admission date.",
    source="005010X222A1 loop 2400 DTP*472 and loop 2300 DTP*435",
    only="dates",
)
def before_admission(subject: Subject) -> Iterator[Place]:
    admitted = subject.claim.dates.admission
    for path, line in subject.lines:
        place = line.place_of_service or subject.claim.place_of_service
        if admitted and place in INPATIENT_PLACES and (line.date_to or line.date_from) < admitted:
            yield Place(f"{path}/date_from", "2400", "DTP*472")


@EDITS.warning(
    "date.after-discharge",
    "A service to an inpatient is dated after the discharge.",
    do="Check the date of service and of discharge.",
    source="005010X222A1 loop 2400 DTP*472 and loop 2300 DTP*096",
    only="dates",
)
def after_discharge(subject: Subject) -> Iterator[Place]:
    left = subject.claim.dates.discharge
    for path, line in subject.lines:
        place = line.place_of_service or subject.claim.place_of_service
        if left and place in INPATIENT_PLACES and line.date_from > left:
            yield Place(f"{path}/date_from", "2400", "DTP*472")
