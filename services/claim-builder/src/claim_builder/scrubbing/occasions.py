"""What many claims have nothing of. An edit that looks at nothing else runs only where it is there (`only=`).

Each tells in no time whether there is anything for such edits to look at. None of them is a rule: with and without it
an edit finds the same.
"""

from __future__ import annotations

from typing import Final

from codesets import store
from events.phi import ClaimContent, ClaimDates, ClaimLine, LineDates, RelatedCauses

from claim_builder.scrubbing.edit import Subject

_NO_CAUSES: Final[RelatedCauses] = ClaimContent.model_fields["related_causes"].default
_NO_DATES: Final[ClaimDates] = ClaimContent.model_fields["dates"].default
_NO_LINE_DATES: Final[LineDates] = ClaimLine.model_fields["dates"].default
"""Mostly the very ones that a claim holds that was told of none."""
_MEDICARE: Final = ("MB", "MA")


def earlier_decisions(subject: Subject) -> bool:
    """Another payer has decided before."""
    return bool(subject.claim.prior_payments)


def other_coverages(subject: Subject) -> bool:
    """The patient has another cover."""
    return bool(subject.claim.other_coverages)


def medicare(subject: Subject) -> bool:
    """Medicare is asked."""
    return subject.claim.coverage.filing_indicator in _MEDICARE


def payer_data(subject: Subject) -> bool:
    """The demands of the payer are known."""
    return subject.profile is not None


def own_tables(subject: Subject) -> bool:
    """The practice keeps code sets of its own: NCCI, coverage, fee schedules."""
    return store.directory() is not None


def history(subject: Subject) -> bool:
    """Something was billed of the patient before."""
    return bool(subject.context.history)


def related_causes(subject: Subject) -> bool:
    """An accident, or work."""
    causes = subject.claim.related_causes
    return causes is not _NO_CAUSES and causes != _NO_CAUSES


def situational_dates(subject: Subject) -> bool:
    """Any date besides those of service."""
    dates = subject.claim.dates
    return dates is not _NO_DATES and dates != _NO_DATES


def line_dates(subject: Subject) -> bool:
    """Any date of a line besides that of its service."""
    dates = [line.dates for line in subject.claim.lines if line.dates is not _NO_LINE_DATES]
    return any(each != _NO_LINE_DATES for each in dates)


def attachments(subject: Subject) -> bool:
    """A document goes with the claim or a line."""
    return bool(subject.attachments)


def rides(subject: Subject) -> bool:
    """An ambulance transport."""
    return bool(subject.rides)


def conditions(subject: Subject) -> bool:
    """A condition of the claim or of a line (CRC)."""
    return bool(subject.conditions)


def modifiers(subject: Subject) -> bool:
    """Any modifier on any line."""
    return any(line.modifiers for line in subject.claim.lines)


def drugs(subject: Subject) -> bool:
    """A line tells of a drug (loop 2410)."""
    return any(line.drug is not None for line in subject.claim.lines)
