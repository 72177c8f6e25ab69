"""SNIP 4, situation: dates in their order, and the dates that a situation demands."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from claim_builder.scrubbing.edit import EditTable, Place, Snip, Subject

EDITS = EditTable(Snip.SITUATION)

_OLDEST_YEARS: Final = 150
INPATIENT_PLACES: Final = frozenset({"21", "51", "61"})
# Claim dates that tell of something before the service, with their DTP qualifier.
_EARLIER: Final = (
    ("onset", "DTP*431"),
    ("initial_treatment", "DTP*454"),
    ("last_seen", "DTP*304"),
    ("last_menstrual_period", "DTP*484"),
    ("acute_manifestation", "DTP*453"),
    ("last_x_ray", "DTP*455"),
    ("hearing_vision_prescription", "DTP*471"),
)


@EDITS.error(
    "date.service-future",
    "A date of service lies in the future.",
    do="Correct the date, or wait until the service was given.",
    source="005010X222A1 loop 2400 DTP*472",
)
def service_in_future(subject: Subject) -> Iterator[Place]:
    claim, today = subject.claim, subject.context.today
    if max(claim.service_date, claim.service_date_to or claim.service_date) > today:
        yield Place("service_date", "2400", "DTP*472")
    for path, line in subject.lines:
        if max(line.date_from, line.date_to or line.date_from) > today:
            yield Place(f"{path}/date_from", "2400", "DTP*472")


@EDITS.error(
    "date.service-order",
    "A period of service ends before it begins.",
    do="Correct first or last day.",
    source="005010X222A1 loop 2400 DTP*472, RD8",
)
def service_order(subject: Subject) -> Iterator[Place]:
    claim = subject.claim
    if claim.service_date_to is not None and claim.service_date_to < claim.service_date:
        yield Place("service_date_to", "2400", "DTP*472")
    for path, line in subject.lines:
        if line.date_to is not None and line.date_to < line.date_from:
            yield Place(f"{path}/date_to", "2400", "DTP*472")


@EDITS.warning(
    "date.line-outside",
    "A line's date of service lies outside the encounter's.",
    do="Check the line's date.",
    source="consistency of the encounter",
)
def line_outside(subject: Subject) -> Iterator[Place]:
    first = subject.claim.service_date
    last = subject.claim.service_date_to or first
    for path, line in subject.lines:
        if line.date_from < first or (line.date_to or line.date_from) > last:
            yield Place(f"{path}/date_from", "2400", "DTP*472")


@EDITS.error(
    "date.birth-future",
    "A date of birth lies in the future.",
    do="Correct it.",
    source="claim edit lists (date of birth after submission)",
)
def birth_in_future(subject: Subject) -> Iterator[Place]:
    for path, loop, person in subject.people:
        if person.birth_date is not None and person.birth_date > subject.context.today:
            yield Place(f"{path}/birth_date", loop, "DMG02")


@EDITS.error(
    "date.birth-after-service",
    "The patient was born after the date of service.",
    do="Correct date of birth or date of service.",
    source="005010X222A1 loops 2010BA, 2010CA DMG02",
    version=2,
)
def birth_after_service(subject: Subject) -> Iterator[Place]:
    path, loop, patient = subject.people[-1]
    first_day = min((subject.claim.service_date, *(line.date_from for line in subject.claim.lines)))
    if patient.birth_date is not None and patient.birth_date > first_day:
        yield Place(f"{path}/birth_date", loop, "DMG02")


@EDITS.error(
    "date.birth-too-old",
    "A date of birth lies 150 years back or more.",
    do="Correct the century.",
    source="claim edit lists (age of 150 or more)",
)
def birth_too_old(subject: Subject) -> Iterator[Place]:
    for path, loop, person in subject.people:
        if person.birth_date is not None and subject.context.today.year - person.birth_date.year >= _OLDEST_YEARS:
            yield Place(f"{path}/birth_date", loop, "DMG02")


@EDITS.error(
    "date.accident-after-service",
    "The accident lies after the service.",
    do="Correct the accident date.",
    source="005010X222A1 loop 2300 DTP*439",
    only="related_causes",
)
def accident_after_service(subject: Subject) -> Iterator[Place]:
    accident = subject.claim.related_causes.accident_date
    if accident is not None and accident > subject.last_day:
        yield Place("related_causes/accident_date", "2300", "DTP*439")


@EDITS.error(
    "date.earlier-after-service",
    "Onset, an earlier treatment, visit, X-ray or prescription, or the last menstrual period lies after the service.",
    do="Correct the date.",
    source="005010X222A1 loop 2300 DTP*431, *454, *304, *484, *453, *455, *471",
    version=2,
    only="dates",
)
def earlier_after_service(subject: Subject) -> Iterator[Place]:
    last_day = subject.last_day
    for name, element in _EARLIER:
        day = getattr(subject.claim.dates, name)
        if day is not None and day > last_day:
            yield Place(f"dates/{name}", "2300", element)


@EDITS.error(
    "date.admission-missing",
    "The service was given in an inpatient facility, and the admission date is missing.",
    do="Add the admission date, or correct the place of service.",
    source="005010X222A1 loop 2300 DTP*435",
)
def admission_missing(subject: Subject) -> Iterator[Place]:
    claim = subject.claim
    places = {claim.place_of_service, *(line.place_of_service for line in claim.lines)}
    if claim.dates.admission is None and places & INPATIENT_PLACES:
        yield Place("dates/admission", "2300", "DTP*435")


@EDITS.error(
    "date.admission-after-service",
    "The admission lies after the service.",
    do="Correct the admission date.",
    source="005010X222A1 loop 2300 DTP*435",
    only="dates",
)
def admission_after_service(subject: Subject) -> Iterator[Place]:
    admission = subject.claim.dates.admission
    if admission is not None and admission > subject.last_day:
        yield Place("dates/admission", "2300", "DTP*435")


@EDITS.error(
    "date.discharge-before-admission",
    "The discharge lies before the admission.",
    do="Correct one of the two.",
    source="005010X222A1 loop 2300 DTP*096",
    only="dates",
)
def discharge_before_admission(subject: Subject) -> Iterator[Place]:
    dates = subject.claim.dates
    if dates.discharge is not None and dates.admission is not None and dates.discharge < dates.admission:
        yield Place("dates/discharge", "2300", "DTP*096")


@EDITS.error(
    "date.discharge-future",
    "The discharge lies in the future.",
    do="Leave it out until the patient was discharged.",
    source="005010X222A1 loop 2300 DTP*096",
    only="dates",
)
def discharge_in_future(subject: Subject) -> Iterator[Place]:
    discharge = subject.claim.dates.discharge
    if discharge is not None and discharge > subject.context.today:
        yield Place("dates/discharge", "2300", "DTP*096")


@EDITS.error(
    "accident.date-missing",
    "The claim says accident, and the accident date is missing.",
    do="Add the date of the accident.",
    source="005010X222A1 loop 2300 CLM11 AA or OA with DTP*439",
    only="related_causes",
)
def accident_date_missing(subject: Subject) -> Iterator[Place]:
    causes = subject.claim.related_causes
    if (causes.auto_accident or causes.other_accident) and causes.accident_date is None:
        yield Place("related_causes/accident_date", "2300", "DTP*439")


@EDITS.error(
    "accident.employment-date",
    "The claim is related to employment, and neither the accident's date nor the onset of a disease is named.",
    do="Add the date of the accident; of an occupational disease the onset.",
    source="005010X222A1 loop 2300 CLM11 EM with DTP*439, or DTP*431 of an occupational disease",
    version=2,
    only="related_causes",
)
def employment_date(subject: Subject) -> Iterator[Place]:
    causes = subject.claim.related_causes
    other = causes.auto_accident or causes.other_accident
    if causes.employment and not other and causes.accident_date is None and subject.claim.dates.onset is None:
        yield Place("related_causes/accident_date", "2300", "DTP*439")


@EDITS.error(
    "accident.state-missing",
    "The claim says auto accident, and neither the state nor the country where it happened is named.",
    do="Add the two-letter state; abroad the country.",
    source="005010X222A1 loop 2300 CLM11-4, CLM11-5; claim edit lists (auto accident without state)",
    version=2,
    only="related_causes",
)
def accident_state_missing(subject: Subject) -> Iterator[Place]:
    causes = subject.claim.related_causes
    if causes.auto_accident and not causes.accident_state and not causes.accident_country:
        yield Place("related_causes/accident_state", "2300", "CLM11-4")


@EDITS.error(
    "accident.cause-missing",
    "There is an accident date, but the claim does not say what kind of accident.",
    do="Mark auto, employment or other accident, or remove the date.",
    source="005010X222A1 loop 2300 CLM11 with DTP*439",
    version=2,
    only="related_causes",
)
def accident_cause_missing(subject: Subject) -> Iterator[Place]:
    causes = subject.claim.related_causes
    marked = causes.auto_accident or causes.employment or causes.other_accident
    if causes.accident_date is not None and not marked:
        yield Place("related_causes", "2300", "CLM11")


@EDITS.error(
    "cob.date",
    "An earlier payer's decision lies in the future or before the service.",
    do="Take the date from that payer's remittance advice.",
    source="005010X222A1 loop 2430 DTP*573",
    only="prior_payments",
)
def cob_date(subject: Subject) -> Iterator[Place]:
    tomorrow = subject.context.today + timedelta(days=1)  # a payer further east dates its decision ahead of us
    for path, payment in subject.prior_payments:
        if not subject.claim.service_date <= payment.adjudication_date <= tomorrow:
            yield Place(f"{path}/adjudication_date", "2430", "DTP*573")
